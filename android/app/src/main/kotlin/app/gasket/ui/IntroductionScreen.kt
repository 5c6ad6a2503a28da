package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R

/** What Gasket does, why Android asks, and what only the user can do: a step at a time, each to be skipped. */
@Composable
internal fun IntroductionScreen(
    state: IntroductionState,
    presenter: IntroductionPresenter,
    actions: Actions,
) {
    val (title, texts) = wordsOf(state.step)
    Column(Modifier.fillMaxSize().padding(24.dp), verticalArrangement = Arrangement.spacedBy(16.dp)) {
        Column(
            Modifier.weight(1f).verticalScroll(rememberScrollState()),
            verticalArrangement = Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
        ) {
            Text(
                stringResource(R.string.intro_step, state.step.ordinal + 1, IntroductionStep.entries.size),
                style = MaterialTheme.typography.labelLarge,
            )
            Text(stringResource(title), Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineMedium)
            for (text in texts) Text(stringResource(text), style = MaterialTheme.typography.bodyLarge)
            Offer(state, actions)
        }
        BesideOrBeneath {
            TextButton(onClick = presenter::skip) { Text(stringResource(R.string.intro_skip)) }
            val isLast = state.step == IntroductionStep.entries.last()
            TextButton(onClick = presenter::next) { Text(stringResource(if (isLast) R.string.intro_done else R.string.intro_next)) }
        }
    }
}

@Composable
private fun Offer(
    state: IntroductionState,
    actions: Actions,
) {
    when (state.step) {
        IntroductionStep.WHAT -> {}

        IntroductionStep.CONSENT -> {
            if (state.isOn) {
                Text(stringResource(R.string.intro_is_on), style = MaterialTheme.typography.titleMedium)
            } else {
                Button(onClick = { actions.switchProtection(true) }) { Text(stringResource(R.string.intro_switch_on)) }
            }
        }

        IntroductionStep.ALWAYS_ON -> {
            OutlinedButton(onClick = actions::openVpnSettings) { Text(stringResource(R.string.open_vpn_settings)) }
        }
    }
}

private fun wordsOf(step: IntroductionStep): Pair<Int, List<Int>> =
    when (step) {
        IntroductionStep.WHAT -> R.string.intro_what to listOf(R.string.intro_what_does, R.string.intro_what_not)
        IntroductionStep.CONSENT -> R.string.intro_consent to listOf(R.string.vpn_explanation)
        IntroductionStep.ALWAYS_ON -> R.string.setting_gaps to listOf(R.string.intro_always_on, R.string.intro_lockdown)
    }
