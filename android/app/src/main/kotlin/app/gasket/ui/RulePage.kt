package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextDecoration
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.Confidence
import app.gasket.bridge.KnownRule
import app.gasket.bridge.RuleAction
import app.gasket.rules.RuleChoice

/** One rule: what it catches, what the user wants of it, and where we know it from. */
@Composable
internal fun RulePage(
    row: RuleRow,
    presenter: RulesPresenter,
    actions: Actions,
) {
    val close = { presenter.open(null) }
    val rule = row.rule
    BackHandler(onBack = close)
    Column(Modifier.fillMaxSize()) {
        BesideOrBeneath(Modifier.padding(horizontal = 4.dp, vertical = 8.dp)) {
            TextButton(onClick = close) { Text(stringResource(R.string.back)) }
            rule.file?.let { file ->
                TextButton(
                    onClick = {
                        presenter.removeFile(file, rule)
                        close()
                    },
                ) { Text(stringResource(R.string.rule_remove)) }
            }
        }
        Column(
            Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(start = 16.dp, end = 16.dp, bottom = 24.dp),
            verticalArrangement = Arrangement.spacedBy(16.dp),
        ) {
            Text(rule.title, Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineSmall)
            Text(rule.receipt, style = MaterialTheme.typography.bodyLarge)
            RuleChoices(row) { presenter.choose(rule, it) }
            RuleFacts(rule)
            RuleSources(rule, actions)
            rule.file?.let { Titled(R.string.rule_file) { Text(it, style = MaterialTheme.typography.bodyMedium) } }
        }
    }
}

@Composable
private fun RuleChoices(
    row: RuleRow,
    choose: (RuleChoice) -> Unit,
) = Column {
    for (choice in offered(row)) {
        val isChosen = row.choice == choice
        Row(
            Modifier
                .fillMaxWidth()
                .heightIn(min = 48.dp)
                .selectable(isChosen, role = Role.RadioButton) { choose(choice) },
            verticalAlignment = Alignment.CenterVertically,
        ) {
            RadioButton(selected = isChosen, onClick = null, modifier = Modifier.padding(end = 12.dp))
            val own = stringResource(effectOf(row.rule.action)).takeIf { choice == RuleChoice.ON }
            Text(listOfNotNull(stringResource(wordOf(choice)), own).joinToString(": "))
        }
    }
}

/** What the rule does anyway is no choice of its own. */
private fun offered(row: RuleRow): List<RuleChoice> {
    val own =
        when (row.rule.action) {
            RuleAction.BLOCK -> RuleChoice.BLOCK
            RuleAction.WARN -> RuleChoice.WARN
            RuleAction.LOG -> null
        }
    return listOf(RuleChoice.ON, RuleChoice.WARN, RuleChoice.BLOCK, RuleChoice.OFF).filter { it != own || it == row.choice }
}

/** What is known of it, and how well. */
@Composable
internal fun RuleFacts(rule: KnownRule) {
    Titled(R.string.rule_about) { Text(rule.description, style = MaterialTheme.typography.bodyMedium) }
    Titled(R.string.rule_breaks) { Text(rule.breakage, style = MaterialTheme.typography.bodyMedium) }
    Titled(R.string.rule_harmless_if) {
        for (line in rule.harmlessIf) Text(line, style = MaterialTheme.typography.bodyMedium)
    }
}

/** Where it is known from; what is an address can be opened. */
@Composable
internal fun RuleSources(
    rule: KnownRule,
    actions: Actions,
) = Titled(R.string.rule_known_from) {
    Text(stringResource(wordOf(rule.confidence)), style = MaterialTheme.typography.bodyMedium)
    for (reference in rule.references) {
        if (reference.startsWith("https://") || reference.startsWith("http://")) {
            Row(
                Modifier
                    .fillMaxWidth()
                    .heightIn(min = 48.dp)
                    .clickable(role = Role.Button) { actions.openPage(reference) },
                verticalAlignment = Alignment.CenterVertically,
            ) {
                Text(
                    reference,
                    color = MaterialTheme.colorScheme.primary,
                    style = MaterialTheme.typography.bodyMedium,
                    textDecoration = TextDecoration.Underline,
                )
            }
        } else {
            Text(reference, style = MaterialTheme.typography.bodyMedium)
        }
    }
}

@Composable
internal fun Titled(
    title: Int,
    content: @Composable () -> Unit,
) = Column {
    Text(stringResource(title), color = MaterialTheme.colorScheme.primary, style = MaterialTheme.typography.labelLarge)
    content()
}

/** What a match causes as things are. */
internal fun effectOf(row: RuleRow): Int =
    when (row.choice) {
        RuleChoice.ON -> effectOf(row.rule.action)
        RuleChoice.BLOCK -> R.string.effect_block
        RuleChoice.WARN -> R.string.effect_warn
        RuleChoice.OFF -> R.string.effect_off
    }

internal fun effectOf(action: RuleAction): Int =
    when (action) {
        RuleAction.BLOCK -> R.string.effect_block
        RuleAction.WARN -> R.string.effect_warn
        RuleAction.LOG -> R.string.effect_log
    }

private fun wordOf(confidence: Confidence): Int =
    when (confidence) {
        Confidence.OBSERVED -> R.string.known_observed
        Confidence.SOURCE_CODE -> R.string.known_source_code
        Confidence.REPORTED -> R.string.known_reported
        Confidence.SUSPECTED -> R.string.known_suspected
    }
