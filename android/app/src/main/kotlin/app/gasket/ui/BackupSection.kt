package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.rules.AppMode
import app.gasket.rules.Backup
import app.gasket.rules.Settings

/** Settings into a file and back; what a file would change is shown before it does. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
internal fun BackupSection(
    presenter: BackupPresenter,
    actions: Actions,
) {
    val state by presenter.states.collectAsState()
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        OutlinedButton(onClick = actions.documents::saveBackup) { Text(stringResource(R.string.backup_save)) }
        OutlinedButton(onClick = actions.documents::openBackup) { Text(stringResource(R.string.backup_restore)) }
    }
    when (val shown = state) {
        BackupState.None -> {}

        BackupState.Saved -> {
            Told(stringResource(R.string.backup_saved), R.string.close, presenter::dismiss)
        }

        is BackupState.Failed -> {
            Told(stringResource(R.string.backup_failed, shown.why), R.string.close, presenter::dismiss)
        }

        is BackupState.Refused -> {
            Told(refusalText(shown.why), R.string.close, presenter::dismiss)
        }

        is BackupState.Restored -> {
            Told(stringResource(R.string.backup_restored), R.string.undo, presenter::undo)
        }

        is BackupState.Preview -> {
            PreviewDialog(shown, presenter)
        }
    }
}

@Composable
private fun Told(
    text: String,
    button: Int,
    act: () -> Unit,
) {
    Text(text, Modifier.semantics { liveRegion = LiveRegionMode.Polite }, style = MaterialTheme.typography.bodyMedium)
    TextButton(onClick = act) { Text(stringResource(button)) }
}

@Composable
private fun refusalText(why: Backup.Refusal): String =
    when (why) {
        is Backup.Refusal.OtherFile -> stringResource(R.string.backup_other_file)
        is Backup.Refusal.Newer -> stringResource(R.string.backup_newer)
        is Backup.Refusal.Damaged -> stringResource(R.string.backup_damaged, why.where)
    }

@Composable
private fun PreviewDialog(
    preview: BackupState.Preview,
    presenter: BackupPresenter,
) = AlertDialog(
    onDismissRequest = presenter::dismiss,
    title = { Text(stringResource(R.string.backup_preview)) },
    text = {
        Column(Modifier.verticalScroll(rememberScrollState()), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            if (preview.then == preview.now) {
                Text(stringResource(R.string.backup_same))
            } else {
                Text(stringResource(R.string.backup_now, summaryOf(preview.now)))
                Text(stringResource(R.string.backup_then, summaryOf(preview.then)))
                preview.changes.forEach { Changed(it, preview) }
            }
            Text(stringResource(R.string.backup_numbers_stay))
        }
    },
    confirmButton = {
        if (preview.then != preview.now) TextButton(onClick = presenter::restore) { Text(stringResource(R.string.backup_take)) }
    },
    dismissButton = { TextButton(onClick = presenter::dismiss) { Text(stringResource(R.string.close)) } },
)

@Composable
private fun summaryOf(settings: Settings): String =
    listOf(
        pluralStringResource(R.plurals.backup_apps, settings.apps.size, settings.apps.size),
        pluralStringResource(R.plurals.backup_rules, settings.rules.own.size, settings.rules.own.size),
        stringResource(R.string.backup_days, pluralStringResource(R.plurals.days, settings.historyDays, settings.historyDays)),
    ).joinToString(stringResource(R.string.comma))

@Composable
private fun Changed(
    change: Change,
    preview: BackupState.Preview,
) = Column {
    Text(stringResource(labelOf(change)), style = MaterialTheme.typography.titleSmall)
    Text(stringResource(R.string.backup_now, valueOf(change, preview.now)))
    Text(stringResource(R.string.backup_then, valueOf(change, preview.then)))
}

private fun labelOf(change: Change): Int =
    when (change) {
        Change.APPS -> R.string.apps
        Change.RULES -> R.string.rules
        Change.DNS -> R.string.setting_dns
        Change.IPV6 -> R.string.setting_ipv6
        Change.LAN -> R.string.setting_lan
        Change.BEACONS -> R.string.setting_beacons
        Change.MTU -> R.string.setting_mtu
        Change.SIZE -> R.string.setting_size
        Change.MUTED -> R.string.setting_muted
        Change.THEME -> R.string.setting_theme
        Change.WALLPAPER -> R.string.setting_wallpaper
    }

@Composable
private fun valueOf(
    change: Change,
    settings: Settings,
): String =
    when (change) {
        Change.APPS -> {
            listed(settings.apps.filterValues { it.mode != AppMode.GUARD }.map { (name, choice) -> name to wordOf(choice.mode) })
        }

        Change.RULES -> {
            listed(
                settings.rules.run {
                    families.map { it.key to wordOf(it.value) } + rules.map { it.key to wordOf(it.value) } +
                        own.map { it.key to wordOf(it.value) } + files.map { it.key to null }
                },
            )
        }

        Change.DNS -> {
            val resources = LocalResources.current
            val servers = settings.dnsServers.map { apart(it, resources) }
            servers.ifEmpty { listOf(stringResource(R.string.dns_network)) }.joinToString(stringResource(R.string.comma))
        }

        Change.IPV6 -> {
            onOrOff(settings.ipv6)
        }

        Change.LAN -> {
            onOrOff(settings.relaysLan)
        }

        Change.BEACONS -> {
            stringResource(SEARCHES.getValue(settings.beacons))
        }

        Change.MTU -> {
            settings.mtu.toString()
        }

        Change.SIZE -> {
            stringResource(R.string.megabytes, settings.historyMegabytes)
        }

        Change.MUTED -> {
            listed(settings.mutedFamilies.sorted().map { it to null })
        }

        Change.THEME -> {
            stringResource(THEMES.getValue(settings.theme))
        }

        Change.WALLPAPER -> {
            onOrOff(settings.wallpaperColours)
        }
    }

/** Names, and what is chosen for them; of many the first, and first what protects less. */
@Composable
private fun listed(names: List<Pair<String, Int?>>): String {
    val told =
        names.sortedBy { it.second !in LESS }.take(MOST_LISTED).map { (name, word) ->
            listOfNotNull(tame(name), word?.let { stringResource(it) }).joinToString(": ")
        }
    val rest = if (names.size > MOST_LISTED) listOf("… (${names.size})") else emptyList()
    return (told + rest).ifEmpty { listOf("–") }.joinToString(stringResource(R.string.comma))
}

/** As many as can be read. */
private const val MOST_LISTED = 50

private val LESS = setOf(R.string.mode_trust, R.string.mode_watch, R.string.choice_off, R.string.choice_warn)

@Composable
private fun onOrOff(isOn: Boolean): String = stringResource(if (isOn) R.string.switched_on else R.string.switched_off)
