package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.scale
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.history.HistoryItem
import app.gasket.history.OutageCause
import app.gasket.vpn.Notice
import app.gasket.vpn.Notifications
import app.gasket.vpn.Protection

/** The one switch of the app is as large as its meaning. */
private const val SWITCH_SCALE = 1.8f

/** One large switch, how protection stands, what was stopped today, and what there is to do. */
@Composable
fun HomeScreen(
    presenter: HomePresenter,
    line: LinePresenter,
    actions: Actions,
) {
    val state by presenter.states.collectAsState()
    DetailsOr(presenter.opened, line, actions, close = { presenter.open(null) }) { kept ->
        state?.let { kept.SaveableStateProvider("home") { HomeOverview(it, presenter, actions) } }
    }
}

@Composable
private fun HomeOverview(
    shown: HomeState,
    presenter: HomePresenter,
    actions: Actions,
) {
    Column(
        modifier = Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(24.dp),
        horizontalAlignment = Alignment.CenterHorizontally,
        verticalArrangement = Arrangement.spacedBy(20.dp, Alignment.CenterVertically),
    ) {
        Text(
            stringResource(titleOf(shown.protection)),
            Modifier.semantics { heading() },
            style = MaterialTheme.typography.headlineMedium,
            textAlign = TextAlign.Center,
        )
        val label = stringResource(R.string.protection_switch)
        Switch(
            checked = shown.isOn,
            onCheckedChange = actions::switchProtection,
            modifier = Modifier.scale(SWITCH_SCALE).padding(16.dp).semantics { contentDescription = label },
        )
        Text(detailOf(shown.protection), style = MaterialTheme.typography.bodyLarge, textAlign = TextAlign.Center)
        for (question in shown.questions) QuestionCard(question) { presenter.answer(question, it) }
        if (shown.isOn) Text(todayOf(shown), style = MaterialTheme.typography.titleMedium, textAlign = TextAlign.Center)
        PauseButton(shown, actions)
        shown.canary?.let { CanaryPart(it, presenter.test) }
        for (advice in shown.advice) AdviceCard(advice, presenter, actions)
        shown.picture?.let { PictureCard(it) }
        if (shown.latest.isNotEmpty()) LatestCard(shown.latest, presenter::open)
    }
}

@Composable
private fun LatestCard(
    latest: List<HistoryItem.Told>,
    open: (Long) -> Unit,
) {
    Card(Modifier.widthIn(max = 560.dp).fillMaxWidth()) {
        Text(
            stringResource(R.string.latest),
            Modifier.padding(start = 16.dp, end = 16.dp, top = 16.dp).semantics { heading() },
            style = MaterialTheme.typography.titleMedium,
        )
        for (line in latest) EventLine(line.event) { open(line.id) }
    }
}

/** Where the advice is to pause, its own button does so. */
@Composable
private fun PauseButton(
    state: HomeState,
    actions: Actions,
) {
    when (state.protection) {
        is Protection.Paused -> {
            OutlinedButton(onClick = { actions.switchProtection(true) }) { Text(stringResource(R.string.resume)) }
        }

        is Protection.On -> {
            if (Advice.LogIn !in state.advice) {
                TextButton(onClick = { actions.pause(Notifications.SHORT_PAUSE_MS) }) { Text(stringResource(R.string.pause_shortly)) }
            }
        }

        else -> {}
    }
}

@Composable
private fun AdviceCard(
    advice: Advice,
    presenter: HomePresenter,
    actions: Actions,
) {
    Card(Modifier.widthIn(max = 560.dp).fillMaxWidth()) {
        Column(Modifier.padding(start = 16.dp, end = 16.dp, top = 16.dp, bottom = 8.dp)) {
            Text(textOf(advice), style = MaterialTheme.typography.bodyMedium)
            val (label, act) = buttonOf(advice, presenter, actions) ?: return@Column
            TextButton(onClick = act, modifier = Modifier.align(Alignment.End)) { Text(stringResource(label)) }
        }
    }
}

@Composable
private fun textOf(advice: Advice): String =
    when (advice) {
        Advice.LogIn -> stringResource(R.string.notice_captive)
        Advice.OtherVpn -> stringResource(R.string.notice_other_vpn)
        Advice.NoNetworkWhilePaused -> stringResource(R.string.notice_paused_lockdown)
        is Advice.SettingsRefused -> stringResource(R.string.notice_settings, advice.why)
        is Advice.HistoryFailing -> stringResource(R.string.notice_history, advice.why)
        is Advice.PrivateDns -> stringResource(R.string.notice_private_dns, advice.server)
        Advice.NoNetwork -> stringResource(R.string.notice_no_network)
        Advice.LiftRestriction -> stringResource(R.string.notice_restricted)
        Advice.AllowNotifications -> stringResource(R.string.notice_alerts)
        Advice.SwitchAlwaysOnOn -> stringResource(R.string.notice_always_on)
        Advice.SwitchLockdownOn -> stringResource(R.string.notice_lockdown)
    }

private fun buttonOf(
    advice: Advice,
    presenter: HomePresenter,
    actions: Actions,
): Pair<Int, () -> Unit>? =
    when (advice) {
        Advice.LogIn -> {
            R.string.pause_to_log_in to { actions.pause(Notifications.PORTAL_PAUSE_MS) }
        }

        Advice.OtherVpn -> {
            R.string.switch_to_gasket to { actions.switchProtection(true) }
        }

        is Advice.SettingsRefused, is Advice.HistoryFailing -> {
            null
        }

        is Advice.PrivateDns -> {
            R.string.understood to presenter::privateDnsRead
        }

        Advice.NoNetwork -> {
            R.string.open_network_settings to actions::openNetworkSettings
        }

        Advice.LiftRestriction -> {
            R.string.open_app_settings to actions::openOwnSettings
        }

        Advice.AllowNotifications -> {
            R.string.allow_alerts to actions::allowNotifications
        }

        Advice.NoNetworkWhilePaused, Advice.SwitchAlwaysOnOn, Advice.SwitchLockdownOn -> {
            R.string.open_vpn_settings to actions::openVpnSettings
        }
    }

@Composable
private fun detailOf(protection: Protection): String =
    when (protection) {
        is Protection.On if Notice.TestFailed in protection.notices -> ""
        is Protection.On -> stringResource(R.string.protected_since, momentText(LocalContext.current, protection.sinceMs))
        Protection.Starting -> ""
        is Protection.Off -> offText(protection.cause)
        is Protection.Paused -> stringResource(R.string.paused_until, momentText(LocalContext.current, protection.untilMs))
        is Protection.Swallowing -> stringResource(R.string.swallowing_text, protection.why)
        Protection.ConsentNeeded -> stringResource(R.string.consent_needed_text)
    }

@Composable
private fun offText(cause: OutageCause?): String =
    when (cause) {
        OutageCause.REVOKED -> stringResource(R.string.revoked_text)
        OutageCause.FAILURE -> stringResource(R.string.failed_text)
        else -> stringResource(R.string.off_text) + "\n\n" + stringResource(R.string.vpn_explanation)
    }

@Composable
private fun todayOf(state: HomeState): String =
    if (state.today.blocked + state.today.warned == 0) {
        stringResource(R.string.nothing_today)
    } else {
        stringResource(R.string.stopped_and_reported, state.today.blocked, state.today.warned)
    }
