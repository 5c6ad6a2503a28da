package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.saveable.SaveableStateHolder
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.Decision
import app.gasket.bridge.Event
import app.gasket.bridge.MatchedRule
import app.gasket.history.HistoryItem
import kotlinx.coroutines.flow.StateFlow

/** The event that is [opened], in the place of [overview], which finds its state again in what it is given. */
@Composable
internal fun DetailsOr(
    opened: StateFlow<HistoryItem.Told?>,
    line: LinePresenter,
    actions: Actions,
    close: () -> Unit,
    overview: @Composable (SaveableStateHolder) -> Unit,
) {
    val told by opened.collectAsState()
    val kept = rememberSaveableStateHolder()
    when (val shown = told) {
        null -> overview(kept)
        else -> EventDetails(shown, line, actions, close)
    }
}

/** All there is to know about one event: what happened, in words, and what that rests on. */
@Composable
private fun EventDetails(
    item: HistoryItem.Told,
    line: LinePresenter,
    actions: Actions,
    close: () -> Unit,
) {
    BackHandler(onBack = close)
    val event = item.event
    val resources = LocalResources.current
    val receipt = Receipt.of(event, resources, LocalLabels.current)
    val told = Telling(momentText(LocalContext.current, event.timeMs), receipt, Facts.of(event, resources))
    EventPage(told, event.rules, actions, close) {
        Choices(event, line)
        EvidenceSection(item, told, line.evidence, actions)
    }
}

/** An event in words. */
internal class Telling(
    val time: String,
    val receipt: Receipt,
    val facts: List<Fact>,
)

/** What happened, what can be done about it, and what that rests on. */
@Composable
internal fun EventPage(
    told: Telling,
    rules: List<MatchedRule>,
    actions: Actions,
    close: () -> Unit,
    choices: @Composable () -> Unit,
) {
    Column(Modifier.fillMaxSize()) {
        BesideOrBeneath(Modifier.padding(horizontal = 4.dp, vertical = 8.dp)) {
            TextButton(onClick = close) { Text(stringResource(R.string.back)) }
            TextButton(
                onClick = { actions.share(sharedText(told.time, told.receipt, told.facts)) },
            ) { Text(stringResource(R.string.share)) }
        }
        Told(told, choices) {
            for (rule in rules) MatchedRuleFacts(rule, actions)
        }
    }
}

@Composable
private fun Told(
    told: Telling,
    choices: @Composable () -> Unit,
    more: @Composable () -> Unit,
) {
    Column(
        Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(start = 16.dp, end = 16.dp, bottom = 24.dp),
        verticalArrangement = Arrangement.spacedBy(16.dp),
    ) {
        Text(told.receipt.title, Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineSmall)
        Text(told.time, style = MaterialTheme.typography.labelLarge)
        for (line in told.receipt.lines) Text(line, style = MaterialTheme.typography.bodyLarge)
        Card(Modifier.fillMaxWidth()) {
            Text(told.receipt.outcome, Modifier.padding(16.dp), style = MaterialTheme.typography.titleMedium)
        }
        choices()
        for (fact in told.facts) {
            Column(Modifier.semantics(mergeDescendants = true) {}) {
                Text(fact.label, color = MaterialTheme.colorScheme.primary, style = MaterialTheme.typography.labelLarge)
                for (line in fact.lines) Text(line, style = MaterialTheme.typography.bodyMedium)
            }
        }
        more()
    }
}

/** What can be done about it. */
@Composable
private fun Choices(
    event: Event,
    line: LinePresenter,
) {
    val choicesFor by line.choices.collectAsState()
    val choices = choicesFor(event)
    if (choices.packages.isNotEmpty()) {
        AllowControl(choices.allowedUntilMs, { line.allow(choices.packages) }, { line.endAllow(choices.packages) })
    }
    val family = choices.family
    if (family != null && event.verdict == Decision.BLOCK) {
        Column {
            if (choices.isMuted) Text(stringResource(R.string.muted, family), style = MaterialTheme.typography.bodyMedium)
            OutlinedButton(onClick = { line.mute(family, !choices.isMuted) }) {
                Text(stringResource(if (choices.isMuted) R.string.unmute else R.string.mute))
            }
        }
    }
}

/** The rule behind it: what it says to people, where that is known from, and the way to it. */
@Composable
private fun MatchedRuleFacts(
    matched: MatchedRule,
    actions: Actions,
) {
    val guide = LocalRules.current
    val known by guide.known.collectAsState()
    val rules = known ?: return
    val rule = rules[matched.id]
    if (rule == null) {
        Titled(R.string.fact_rules) {
            Text(stringResource(R.string.rule_gone, matched.title), style = MaterialTheme.typography.bodyMedium)
        }
        return
    }
    Column {
        Text(rule.title, Modifier.semantics { heading() }, style = MaterialTheme.typography.titleMedium)
        Text(rule.receipt, style = MaterialTheme.typography.bodyMedium)
        OutlinedButton(onClick = { guide.open(rule.id) }) { Text(stringResource(R.string.rule_open)) }
    }
    RuleSources(rule, actions)
}

/** The same as text, identifiers masked as everywhere. */
internal fun sharedText(
    time: String,
    receipt: Receipt,
    facts: List<Fact>,
): String = (listOf(receipt.title, time, receipt.text) + facts.map { "${it.label}: ${it.lines.joinToString("; ")}" }).joinToString("\n")
