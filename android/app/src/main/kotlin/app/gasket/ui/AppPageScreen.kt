package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Checkbox
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.history.Destinations
import app.gasket.history.Visited
import app.gasket.rules.AppMode
import app.gasket.rules.Network

/** One app: how it is treated, where it wanted to, what it did last. */
@Composable
internal fun AppPageScreen(
    page: AppPage,
    presenter: AppPresenter,
    actions: Actions,
) {
    val close = { presenter.open(null) }
    BackHandler(onBack = close)
    Column(Modifier.fillMaxSize()) {
        TextButton(onClick = close, Modifier.padding(horizontal = 4.dp, vertical = 8.dp)) { Text(stringResource(R.string.back)) }
        Column(
            Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(bottom = 24.dp),
            verticalArrangement = Arrangement.spacedBy(24.dp),
        ) {
            About(page.row)
            Treatment(page.row, presenter)
            AllowControl(
                page.row.allowedUntilMs,
                { presenter.allow(page.row) },
                { presenter.endAllow(page.row) },
                Modifier.padding(horizontal = 16.dp),
            )
            Visits(page.destinations)
            if (page.latest.isNotEmpty()) {
                Column {
                    Title(R.string.latest)
                    for (line in page.latest) EventLine(line.event) { presenter.openLine(line.id) }
                }
            }
            Elsewhere(page.row, actions)
        }
    }
}

@Composable
private fun About(row: AppRow) =
    Column(Modifier.padding(horizontal = 16.dp)) {
        Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(16.dp)) {
            AppIcon(row.app.packageName)
            Text(row.app.label, Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineSmall)
        }
        if (row.app.label != row.app.packageName) Text(row.app.packageName, style = MaterialTheme.typography.bodyMedium)
        if (row.app.isPreinstalled) Text(stringResource(R.string.preinstalled), style = MaterialTheme.typography.bodyMedium)
        if (row.sharers.isNotEmpty()) {
            val shared = stringResource(R.string.shares_user_id, row.sharers.joinToString(stringResource(R.string.comma)))
            Text(shared, Modifier.padding(top = 8.dp), style = MaterialTheme.typography.bodyMedium)
        }
    }

@Composable
private fun Treatment(
    row: AppRow,
    presenter: AppPresenter,
) = Column {
    val name = row.app.packageName
    Title(R.string.treatment)
    for (mode in AppMode.entries) {
        RadioRow(stringResource(wordOf(mode)), row.choice.mode == mode, inset = 4.dp) { presenter.choose(name, mode) }
        if (mode == AppMode.ASK && row.choice.mode == mode) {
            Text(
                stringResource(R.string.ask_text),
                Modifier.padding(start = 52.dp, end = 16.dp, bottom = 8.dp),
                style = MaterialTheme.typography.bodyMedium,
            )
        }
    }
    for ((network, label) in NETWORKS) {
        val isBlocked = network in row.choice.blockedOn
        Row(
            Modifier
                .fillMaxWidth()
                .toggleable(isBlocked, role = Role.Checkbox) { presenter.blockOn(name, network, it) }
                .padding(horizontal = 4.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Checkbox(checked = isBlocked, onCheckedChange = null, modifier = Modifier.padding(12.dp))
            Text(stringResource(label), Modifier.padding(vertical = 6.dp))
        }
    }
}

@Composable
private fun Visits(destinations: Destinations) =
    Column(Modifier.padding(horizontal = 16.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
        Text(
            stringResource(R.string.destinations),
            Modifier.semantics { heading() },
            color = MaterialTheme.colorScheme.primary,
            style = MaterialTheme.typography.titleSmall,
        )
        if (destinations.all.isEmpty()) Text(stringResource(R.string.no_destinations), style = MaterialTheme.typography.bodyMedium)
        for (visited in destinations.all.take(MOST_SHOWN)) Visit(visited)
        val more = destinations.all.size - MOST_SHOWN
        if (more > 0) Text(pluralStringResource(R.plurals.more_destinations, more, more), style = MaterialTheme.typography.bodyMedium)
        if (destinations.isPart) {
            val part = pluralStringResource(R.plurals.newest_lines_only, Destinations.MOST, Destinations.MOST)
            Text(part, style = MaterialTheme.typography.bodySmall)
        }
    }

@Composable
private fun Visit(visited: Visited) {
    val resources = LocalResources.current
    val destination = visited.destination
    val times = pluralStringResource(R.plurals.times, visited.count, visited.count)
    val left = stringResource(R.string.bytes_that_left, byteCount(visited.bytesLeft, resources))
    Column(Modifier.semantics(mergeDescendants = true) {}) {
        Text(apart(destination.name ?: destination.address, resources), style = MaterialTheme.typography.bodyLarge)
        whereabouts(destination, resources.configuration.locales[0])?.let { Text(it, style = MaterialTheme.typography.bodyMedium) }
        Text("$times · $left", style = MaterialTheme.typography.bodyMedium)
    }
}

/** What only the system's own settings can do. */
@Composable
private fun Elsewhere(
    row: AppRow,
    actions: Actions,
) = Column(Modifier.padding(horizontal = 16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
    if (row.app.isPreinstalled && row.sent.leaks > 0) {
        Text(stringResource(R.string.how_to_disable), style = MaterialTheme.typography.bodyMedium)
    }
    OutlinedButton(onClick = { actions.openAppSettings(row.app.packageName) }) { Text(stringResource(R.string.open_app_settings)) }
}

@Composable
private fun Title(text: Int) =
    Text(
        stringResource(text),
        Modifier.padding(horizontal = 16.dp).semantics { heading() },
        color = MaterialTheme.colorScheme.primary,
        style = MaterialTheme.typography.titleSmall,
    )

internal fun wordOf(mode: AppMode): Int =
    when (mode) {
        AppMode.GUARD -> R.string.mode_guard
        AppMode.ASK -> R.string.ask_mode
        AppMode.BLOCK -> R.string.mode_block
        AppMode.WATCH -> R.string.mode_watch
        AppMode.TRUST -> R.string.mode_trust
    }

private val NETWORKS = listOf(Network.MOBILE to R.string.block_on_mobile, Network.WIFI to R.string.block_on_wifi)

/** A longer list says nothing more about an app. */
private const val MOST_SHOWN = 20
