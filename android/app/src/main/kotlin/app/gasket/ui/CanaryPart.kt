package app.gasket.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.Card
import androidx.compose.material3.CardDefaults
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.vpn.CanaryOutcome
import app.gasket.vpn.CanaryOutcome.Observation
import app.gasket.vpn.CanaryOutcome.Why
import app.gasket.vpn.CanaryResult
import app.gasket.vpn.CanaryState

/** A quiet line where the last test went well; a red card with what to do where it did not. */
@Composable
internal fun CanaryPart(
    state: CanaryState,
    test: () -> Unit,
) {
    val latest = state.latest
    when {
        state.isRunning -> {
            Quiet(stringResource(R.string.canary_running), test = null)
        }

        latest == null -> {}

        latest.outcome.isAlarm -> {
            Alarm(latest, test)
        }

        else -> {
            Quiet(stringResource(canaryText(latest.outcome), momentText(LocalContext.current, latest.atMs)), test)
        }
    }
}

@Composable
private fun Quiet(
    text: String,
    test: (() -> Unit)?,
) = Column(horizontalAlignment = Alignment.CenterHorizontally) {
    Text(
        text,
        Modifier.semantics { liveRegion = LiveRegionMode.Polite },
        style = MaterialTheme.typography.bodyMedium,
        textAlign = TextAlign.Center,
    )
    test?.let { TextButton(onClick = it) { Text(stringResource(R.string.canary_now)) } }
}

@Composable
private fun Alarm(
    result: CanaryResult,
    test: () -> Unit,
) {
    val colours = MaterialTheme.colorScheme
    Card(
        Modifier.widthIn(max = 560.dp).fillMaxWidth().semantics { liveRegion = LiveRegionMode.Assertive },
        colors = CardDefaults.cardColors(colours.errorContainer, colours.onErrorContainer),
    ) {
        Column(Modifier.padding(start = 16.dp, end = 16.dp, top = 16.dp, bottom = 8.dp)) {
            Text(
                stringResource(R.string.canary_alarm),
                Modifier.semantics { heading() },
                style = MaterialTheme.typography.titleMedium,
            )
            Text(
                stringResource(canaryText(result.outcome), momentText(LocalContext.current, result.atMs)),
                Modifier.padding(top = 8.dp),
                style = MaterialTheme.typography.bodyMedium,
            )
            Text(stringResource(R.string.canary_remedy), Modifier.padding(top = 8.dp), style = MaterialTheme.typography.bodyMedium)
            TextButton(onClick = test, modifier = Modifier.align(Alignment.End)) {
                Text(stringResource(R.string.canary_now), color = colours.onErrorContainer)
            }
        }
    }
}

/** What a test says, with room for when it was. */
internal fun canaryText(outcome: CanaryOutcome): Int =
    when (outcome) {
        CanaryOutcome.Stopped -> {
            R.string.canary_stopped
        }

        CanaryOutcome.NeverCame -> {
            R.string.canary_never_came
        }

        is CanaryOutcome.WouldHaveLeft -> {
            when (outcome.observation) {
                Observation.LET_PASS -> R.string.canary_let_pass
                Observation.BYTES_LEFT -> R.string.canary_bytes_left
                Observation.ANSWERED -> R.string.canary_answered
            }
        }

        is CanaryOutcome.Untested -> {
            when (outcome.why) {
                Why.SETTINGS -> R.string.canary_settings
                Why.STOPPED_OTHERWISE -> R.string.canary_otherwise
                Why.NOT_SENT -> R.string.canary_not_sent
            }
        }
    }
