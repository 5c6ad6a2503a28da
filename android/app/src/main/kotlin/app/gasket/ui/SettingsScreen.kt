package app.gasket.ui

import android.os.Build
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.FilterChip
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.rules.BeaconSearch
import app.gasket.rules.Settings
import app.gasket.rules.Theme

internal val THEMES =
    mapOf(Theme.SYSTEM to R.string.theme_system, Theme.LIGHT to R.string.theme_light, Theme.DARK to R.string.theme_dark)

internal val SEARCHES =
    mapOf(
        BeaconSearch.OFF to R.string.beacons_off,
        BeaconSearch.SYSTEM to R.string.beacons_system,
        BeaconSearch.ALL to R.string.beacons_all,
    )

/** What can be set, each with one sentence about what it does. */
@Composable
fun SettingsScreen(
    presenters: Presenters,
    actions: Actions,
) {
    val capture by presenters.capture.state.collectAsState()
    val diagnostics by presenters.diagnostics.state.collectAsState()
    val kept = rememberSaveableStateHolder()
    val licences by presenters.licences.state.collectAsState()
    val (recording, report, texts) = Triple(capture, diagnostics, licences)
    when {
        recording != null -> CapturePage(recording, presenters.capture, actions)
        report != null -> DiagnosticsPage(report, presenters.diagnostics, actions)
        texts != null -> LicencesPage(texts, presenters.licences)
        else -> kept.SaveableStateProvider("settings") { AllSettings(presenters, actions) }
    }
}

@Composable
private fun AllSettings(
    presenters: Presenters,
    actions: Actions,
) {
    val presenter = presenters.settings
    val settings by presenter.settings.collectAsState()
    Column(
        Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(horizontal = 16.dp, vertical = 24.dp),
        verticalArrangement = Arrangement.spacedBy(24.dp),
    ) {
        Setting(R.string.setting_gaps, R.string.setting_gaps_text) {
            OutlinedButton(onClick = actions::openVpnSettings) { Text(stringResource(R.string.open_vpn_settings)) }
        }
        Setting(R.string.setting_battery, R.string.setting_battery_text) {
            OutlinedButton(onClick = actions::openOwnSettings) { Text(stringResource(R.string.open_app_settings)) }
        }
        Setting(R.string.identifiers, R.string.identifiers_text) { IdentifiersSection(presenters.identifiers) }
        if (settings.mutedFamilies.isNotEmpty()) {
            Setting(R.string.setting_muted, R.string.setting_muted_text) { MutedSection(settings.mutedFamilies, presenter::unmute) }
        }
        Setting(R.string.setting_dns, R.string.setting_dns_text) { DnsSection(settings.dnsServers, presenters.dns) }
        SwitchSetting(R.string.setting_ipv6, R.string.setting_ipv6_text, settings.ipv6, presenter::allowIpv6)
        SwitchSetting(R.string.setting_lan, R.string.setting_lan_text, settings.relaysLan, presenter::relayLan)
        Setting(R.string.setting_beacons, R.string.setting_beacons_text) { OneOf(SEARCHES, settings.beacons, presenter::lookForBeacons) }
        Setting(R.string.setting_days, R.string.setting_days_text) {
            Choices(SettingsPresenter.DAYS, settings.historyDays, presenter::keepFor) { pluralStringResource(R.plurals.days, it, it) }
        }
        Setting(R.string.setting_size, R.string.setting_size_text) {
            Choices(SettingsPresenter.MEGABYTES, settings.historyMegabytes, presenter::keepAtMost) {
                stringResource(R.string.megabytes, it)
            }
        }
        Setting(R.string.proof, R.string.proof_text) { ProofSection(presenters.proof) }
        Setting(R.string.setting_mtu, R.string.setting_mtu_text) {
            Choices(SettingsPresenter.MTUS, settings.mtu, presenter::chooseMtu) { pluralStringResource(R.plurals.bytes, it, it) }
        }
        Appearance(settings, presenter, actions)
        Setting(R.string.backup, R.string.backup_text) { BackupSection(presenters.backup, actions) }
        Setting(R.string.capture, R.string.capture_text) {
            OutlinedButton(onClick = actions.documents::openCapture) { Text(stringResource(R.string.capture_open)) }
        }
        Setting(R.string.diagnostics, R.string.diagnostics_text) {
            OutlinedButton(onClick = presenters.diagnostics::open) { Text(stringResource(R.string.diagnostics_show)) }
        }
        Setting(R.string.about, R.string.about_text) { AboutSection(presenters.about, presenters.licences::open) }
        Setting(R.string.about_data, R.string.about_data_text) {}
    }
}

/** How Gasket itself looks and speaks. */
@Composable
private fun Appearance(
    settings: Settings,
    presenter: SettingsPresenter,
    actions: Actions,
) {
    Setting(R.string.setting_theme, R.string.setting_theme_text) { OneOf(THEMES, settings.theme, presenter::choose) }
    if (hasWallpaperColours()) {
        val choose = presenter::useWallpaperColours
        SwitchSetting(R.string.setting_wallpaper, R.string.setting_wallpaper_text, settings.wallpaperColours, choose)
    }
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
        Setting(R.string.setting_language, R.string.setting_language_text) {
            OutlinedButton(onClick = actions::openLanguageSettings) { Text(stringResource(R.string.choose_language)) }
        }
    }
}

@Composable
private fun SwitchSetting(
    title: Int,
    text: Int,
    isOn: Boolean,
    choose: (Boolean) -> Unit,
) {
    Row(
        Modifier.fillMaxWidth().toggleable(isOn, role = Role.Switch, onValueChange = choose),
        horizontalArrangement = Arrangement.spacedBy(16.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Column(Modifier.weight(1f)) { SettingText(title, text) }
        Switch(checked = isOn, onCheckedChange = null)
    }
}

@Composable
private fun Setting(
    title: Int,
    text: Int,
    control: @Composable () -> Unit,
) {
    Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
        SettingText(title, text)
        control()
    }
}

@Composable
private fun SettingText(
    title: Int,
    text: Int,
) {
    Text(stringResource(title), Modifier.semantics { heading() }, style = MaterialTheme.typography.titleMedium)
    Text(stringResource(text), style = MaterialTheme.typography.bodyMedium)
}

/** One of several, each with its name. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun <T> OneOf(
    offered: Map<T, Int>,
    chosen: T,
    choose: (T) -> Unit,
) {
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        for ((one, label) in offered) {
            FilterChip(selected = one == chosen, onClick = { choose(one) }, label = { Text(stringResource(label)) })
        }
    }
}

/** One of several numbers; one that was set otherwise is offered, too. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Choices(
    offered: List<Int>,
    chosen: Int,
    choose: (Int) -> Unit,
    label: @Composable (Int) -> String,
) {
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        for (number in (offered + chosen).distinct().sorted()) {
            FilterChip(selected = number == chosen, onClick = { choose(number) }, label = { Text(label(number)) })
        }
    }
}
