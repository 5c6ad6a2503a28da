package app.gasket.ui

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.Checkbox
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Network

/** Every app of the phone, and how it is treated. */
@Composable
fun AppsScreen(presenter: AppsPresenter) {
    val known by presenter.rows.collectAsState()
    val query by presenter.query.collectAsState()
    val rows = known ?: return
    var opened by rememberSaveable { mutableStateOf<String?>(null) }
    Column(Modifier.fillMaxSize()) {
        OutlinedTextField(
            value = query,
            onValueChange = presenter::lookFor,
            label = { Text(stringResource(R.string.search_apps)) },
            singleLine = true,
            modifier = Modifier.fillMaxWidth().padding(16.dp),
        )
        if (rows.isEmpty()) Text(stringResource(R.string.no_app_found), Modifier.padding(horizontal = 24.dp))
        LazyColumn(Modifier.fillMaxSize()) {
            items(rows, key = { it.app.packageName }) { row ->
                AppLine(row) { opened = row.app.packageName }
                HorizontalDivider()
            }
        }
    }
    rows.firstOrNull { it.app.packageName == opened }?.let { row ->
        ChoiceDialog(row, presenter) { opened = null }
    }
}

@Composable
private fun AppLine(
    row: AppRow,
    open: () -> Unit,
) {
    Column(Modifier.fillMaxWidth().clickable(onClick = open).padding(horizontal = 16.dp, vertical = 12.dp)) {
        Text(row.app.label, style = MaterialTheme.typography.bodyLarge)
        if (row.app.label != row.app.packageName) Text(row.app.packageName, style = MaterialTheme.typography.bodySmall)
        if (row.app.isPreinstalled) Text(stringResource(R.string.preinstalled), style = MaterialTheme.typography.bodySmall)
        if (row.allowedUntilMs != null) {
            val until = stringResource(R.string.allowed_until, momentText(LocalContext.current, row.allowedUntilMs))
            Text(until, color = MaterialTheme.colorScheme.primary, style = MaterialTheme.typography.labelLarge)
        } else if (row.choice != AppChoice()) {
            Text(choiceText(row.choice), color = MaterialTheme.colorScheme.primary, style = MaterialTheme.typography.labelLarge)
        }
    }
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

private fun wordOf(mode: AppMode): Int =
    when (mode) {
        AppMode.GUARD -> R.string.mode_guard
        AppMode.BLOCK -> R.string.mode_block
        AppMode.WATCH -> R.string.mode_watch
        AppMode.TRUST -> R.string.mode_trust
    }

@Composable
private fun ChoiceDialog(
    row: AppRow,
    presenter: AppsPresenter,
    close: () -> Unit,
) {
    val name = row.app.packageName
    AlertDialog(
        onDismissRequest = close,
        confirmButton = { TextButton(onClick = close) { Text(stringResource(R.string.close)) } },
        title = { Text(row.app.label) },
        text = {
            Column(Modifier.verticalScroll(rememberScrollState())) {
                for (mode in AppMode.entries) {
                    val isChosen = row.choice.mode == mode
                    Row(
                        Modifier.fillMaxWidth().selectable(isChosen, role = Role.RadioButton) { presenter.choose(name, mode) },
                        verticalAlignment = Alignment.CenterVertically,
                    ) {
                        RadioButton(selected = isChosen, onClick = null, modifier = Modifier.padding(12.dp))
                        Text(stringResource(wordOf(mode)))
                    }
                }
                HorizontalDivider()
                AllowControl(row.allowedUntilMs, { presenter.allow(row) }, { presenter.endAllow(row) }, Modifier.padding(vertical = 12.dp))
                HorizontalDivider()
                if (row.sharers.isNotEmpty()) {
                    Text(stringResource(R.string.shares_user_id, row.sharers.joinToString(", ")), Modifier.padding(vertical = 12.dp))
                }
                for ((network, label) in NETWORKS) {
                    val isBlocked = network in row.choice.blockedOn
                    Row(
                        Modifier.fillMaxWidth().toggleable(isBlocked, role = Role.Checkbox) { presenter.blockOn(name, network, it) },
                        verticalAlignment = Alignment.CenterVertically,
                    ) {
                        Checkbox(checked = isBlocked, onCheckedChange = null, modifier = Modifier.padding(12.dp))
                        Text(stringResource(label))
                    }
                }
            }
        },
    )
}

private val NETWORKS = listOf(Network.MOBILE to R.string.block_on_mobile, Network.WIFI to R.string.block_on_wifi)
