package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.scale
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection

/** The one switch of the app is as large as its meaning. */
private const val SWITCH_SCALE = 1.8f

/** One large switch, how protection stands, and what was stopped today. */
@Composable
fun HomeScreen(
    presenter: HomePresenter,
    switchProtection: (Boolean) -> Unit,
) {
    val state by remember(presenter) { presenter.states }.collectAsState(initial = null)
    val shown = state ?: return
    Column(
        modifier = Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(24.dp),
        horizontalAlignment = Alignment.CenterHorizontally,
        verticalArrangement = Arrangement.spacedBy(20.dp, Alignment.CenterVertically),
    ) {
        Text(stringResource(titleOf(shown.protection)), style = MaterialTheme.typography.headlineMedium, textAlign = TextAlign.Center)
        val label = stringResource(R.string.protection_switch)
        Switch(
            checked = shown.isOn,
            onCheckedChange = switchProtection,
            modifier = Modifier.scale(SWITCH_SCALE).padding(16.dp).semantics { contentDescription = label },
        )
        Text(detailOf(shown.protection), style = MaterialTheme.typography.bodyLarge, textAlign = TextAlign.Center)
        if (shown.isOn) Text(todayOf(shown), style = MaterialTheme.typography.titleMedium)
        noticeOf(shown.protection)?.let { Card { Text(it, Modifier.padding(16.dp)) } }
    }
}

@Composable
private fun detailOf(protection: Protection): String =
    when (protection) {
        is Protection.On -> stringResource(R.string.protected_since, momentText(LocalContext.current, protection.sinceMs))
        Protection.Starting -> ""
        is Protection.Off -> stringResource(R.string.off_text) + "\n\n" + stringResource(R.string.vpn_explanation)
        is Protection.Swallowing -> stringResource(R.string.swallowing_text, protection.why)
        Protection.ConsentNeeded -> stringResource(R.string.consent_needed_text)
    }

@Composable
private fun todayOf(state: HomeState): String =
    if (state.today.blocked + state.today.warned == 0) {
        stringResource(R.string.nothing_today)
    } else {
        stringResource(R.string.stopped_and_reported, state.today.blocked, state.today.warned)
    }

@Composable
private fun noticeOf(protection: Protection): String? =
    when (val notice = (protection as? Protection.On)?.notice) {
        null -> null
        is Notice.StrictPrivateDns -> stringResource(R.string.notice_private_dns, notice.server)
        Notice.CaptivePortal -> stringResource(R.string.notice_captive)
        is Notice.SettingsRefused -> stringResource(R.string.notice_settings, notice.why)
    }
