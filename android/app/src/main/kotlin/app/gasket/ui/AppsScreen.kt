package app.gasket.ui

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.FilterChip
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.rules.AppChoice
import app.gasket.rules.Network

/** Every app of the phone, and how it is treated; a touch opens its page. */
@Composable
fun AppsScreen(
    presenter: AppsPresenter,
    app: AppPresenter,
    line: LinePresenter,
    actions: Actions,
) {
    val page by app.page.collectAsState()
    DetailsOr(app.opened, line, actions, close = { app.openLine(null) }) { kept ->
        when (val shown = page) {
            null -> kept.SaveableStateProvider("list") { AppList(presenter, app::open) }
            else -> kept.SaveableStateProvider(shown.row.app.packageName) { AppPageScreen(shown, app, actions) }
        }
    }
}

@Composable
private fun AppList(
    presenter: AppsPresenter,
    open: (String) -> Unit,
) {
    val known by presenter.rows.collectAsState()
    val query by presenter.query.collectAsState()
    val order by presenter.order.collectAsState()
    val rows = known ?: return
    LazyColumn(Modifier.fillMaxSize()) {
        item("top") {
            OutlinedTextField(
                value = query,
                onValueChange = presenter::lookFor,
                label = { Text(stringResource(R.string.search_apps)) },
                singleLine = true,
                modifier = Modifier.fillMaxWidth().padding(start = 16.dp, end = 16.dp, top = 16.dp, bottom = 8.dp),
            )
            Orders(order, presenter::orderBy)
            if (rows.isEmpty()) Text(stringResource(R.string.no_app_found), Modifier.padding(24.dp))
        }
        items(rows, key = { it.app.packageName }) { row ->
            AppLine(row, order) { open(row.app.packageName) }
            HorizontalDivider()
        }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Orders(
    chosen: AppOrder,
    choose: (AppOrder) -> Unit,
) = FlowRow(Modifier.fillMaxWidth().padding(horizontal = 16.dp), horizontalArrangement = Arrangement.spacedBy(8.dp)) {
    for (order in AppOrder.entries) {
        FilterChip(selected = order == chosen, onClick = { choose(order) }, label = { Text(stringResource(nameOf(order))) })
    }
}

private fun nameOf(order: AppOrder): Int =
    when (order) {
        AppOrder.LEAKS -> R.string.order_leaks
        AppOrder.NAME -> R.string.order_name
        AppOrder.DATA -> R.string.order_data
    }

@Composable
private fun AppLine(
    row: AppRow,
    order: AppOrder,
    open: () -> Unit,
) {
    Row(
        Modifier.fillMaxWidth().clickable(onClick = open).padding(horizontal = 16.dp, vertical = 12.dp),
        horizontalArrangement = Arrangement.spacedBy(16.dp),
    ) {
        AppIcon(row.app.packageName, Modifier.padding(top = 4.dp))
        Column {
            Text(row.app.label, style = MaterialTheme.typography.bodyLarge)
            if (row.app.label != row.app.packageName) Text(row.app.packageName, style = MaterialTheme.typography.bodySmall)
            if (row.app.isPreinstalled) Text(stringResource(R.string.preinstalled), style = MaterialTheme.typography.bodySmall)
            sentText(row, order)?.let { Text(it, style = MaterialTheme.typography.bodySmall) }
            treatmentText(row)?.let { Text(it, color = MaterialTheme.colorScheme.primary, style = MaterialTheme.typography.labelLarge) }
        }
    }
}

/** What the order goes by; leaks where it is the name. */
@Composable
private fun sentText(
    row: AppRow,
    order: AppOrder,
): String? =
    when {
        order == AppOrder.DATA && row.sent.bytesLeft > 0 -> {
            stringResource(R.string.bytes_left_lately, byteCount(row.sent.bytesLeft, LocalResources.current))
        }

        row.sent.leaks > 0 -> {
            pluralStringResource(R.plurals.leaks_in_week, row.sent.leaks, row.sent.leaks)
        }

        else -> {
            null
        }
    }

@Composable
private fun treatmentText(row: AppRow): String? =
    when {
        row.allowedUntilMs != null -> stringResource(R.string.allowed_until, momentText(LocalContext.current, row.allowedUntilMs))
        row.choice.copy(allowed = null) != AppChoice() -> choiceText(row.choice)
        else -> null
    }

@Composable
private fun choiceText(choice: AppChoice): String {
    val networks =
        listOfNotNull(
            stringResource(R.string.block_on_mobile).takeIf { Network.MOBILE in choice.blockedOn },
            stringResource(R.string.block_on_wifi).takeIf { Network.WIFI in choice.blockedOn },
        )
    return (listOf(stringResource(wordOf(choice.mode))) + networks).joinToString(" · ")
}
