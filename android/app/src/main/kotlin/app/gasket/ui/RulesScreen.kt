package app.gasket.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.RefusedFile
import app.gasket.rules.OwnAction
import app.gasket.rules.RuleChoice

/** What Gasket looks for, by whose doing it is; what the user made; what was imported. */
@Composable
fun RulesScreen(
    presenters: RulesPresenters,
    actions: Actions,
) {
    val state by presenters.rules.states.collectAsState()
    val import by presenters.import.state.collectAsState()
    val kept = rememberSaveableStateHolder()
    val shown = state ?: return
    val wanted = import
    when {
        wanted != null -> ImportPage(wanted, presenters.import)
        shown.opened != null -> RulePage(shown.opened, presenters.rules, actions)
        else -> kept.SaveableStateProvider("list") { RulesList(shown, presenters, actions) }
    }
}

@Composable
private fun RulesList(
    shown: RulesState,
    presenters: RulesPresenters,
    actions: Actions,
) {
    var asked by rememberSaveable { mutableStateOf("") }
    LazyColumn(Modifier.fillMaxSize()) {
        item("top") { RulesTop(shown, presenters, actions) }
        ownRules(shown.own, presenters.own)
        refusedFiles(shown.refused, presenters.rules)
        for (family in shown.families) {
            item("family ${family.name}") { FamilyLine(family) { asked = family.name } }
            items(family.rows, key = { it.rule.id }) { row ->
                RuleLine(row) { presenters.rules.open(row.rule.id) }
                HorizontalDivider()
            }
        }
    }
    shown.families.firstOrNull { it.name == asked }?.let { family ->
        FamilyDialog(family, choose = { presenters.rules.chooseFamily(family, it) }) { asked = "" }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun RulesTop(
    shown: RulesState,
    presenters: RulesPresenters,
    actions: Actions,
) {
    val query by presenters.rules.query.collectAsState()
    var isAdding by rememberSaveable { mutableStateOf(false) }
    Column(Modifier.fillMaxWidth()) {
        OutlinedTextField(
            value = query,
            onValueChange = presenters.rules::lookFor,
            label = { Text(stringResource(R.string.search_rules)) },
            singleLine = true,
            modifier = Modifier.fillMaxWidth().padding(start = 16.dp, end = 16.dp, top = 16.dp, bottom = 8.dp),
        )
        if (isAdding) {
            OwnRuleForm(presenters.own) { isAdding = false }
        } else {
            FlowRow(Modifier.padding(horizontal = 4.dp)) {
                TextButton(
                    onClick = {
                        presenters.own.begin()
                        isAdding = true
                    },
                ) { Text(stringResource(R.string.rule_add_own)) }
                TextButton(onClick = actions.documents::openRuleFile) { Text(stringResource(R.string.rule_import)) }
            }
        }
        if (shown.families.isEmpty() && shown.own.isEmpty()) {
            Text(stringResource(R.string.no_rule_found), Modifier.padding(16.dp), style = MaterialTheme.typography.bodyLarge)
        }
    }
}

private fun LazyListScope.ownRules(
    own: List<OwnRow>,
    presenter: OwnRulesPresenter,
) {
    if (own.isEmpty()) return
    item("own") { Heading(stringResource(R.string.own_rules)) }
    items(own, key = { "own ${it.target}" }) { row ->
        OwnRuleLine(row, presenter)
        HorizontalDivider()
    }
}

private fun LazyListScope.refusedFiles(
    refused: List<RefusedFile>,
    presenter: RulesPresenter,
) {
    if (refused.isEmpty()) return
    item("refused") { Heading(stringResource(R.string.rules_left_out)) }
    items(refused, key = { "refused ${it.file} ${it.problem}" }) { file ->
        Text(
            file.problem,
            Modifier.padding(horizontal = 16.dp),
            color = MaterialTheme.colorScheme.error,
            style = MaterialTheme.typography.bodyMedium,
        )
        TextButton(onClick = { presenter.removeFile(file.file) }, Modifier.padding(horizontal = 4.dp)) {
            Text(stringResource(R.string.rule_remove))
        }
        HorizontalDivider()
    }
}

@Composable
private fun Heading(text: String) =
    Text(
        text,
        Modifier.padding(start = 16.dp, end = 16.dp, top = 20.dp, bottom = 4.dp).semantics { heading() },
        color = MaterialTheme.colorScheme.primary,
        style = MaterialTheme.typography.titleMedium,
    )

@Composable
private fun FamilyDialog(
    family: RuleFamily,
    choose: (RuleChoice) -> Unit,
    close: () -> Unit,
) = RadioDialog(
    title = family.name,
    options = FAMILY_CHOICES.map { Option(stringResource(wordOf(it)), it == family.choice) { choose(it) } },
    close = close,
)

private val FAMILY_CHOICES = listOf(RuleChoice.ON, RuleChoice.WARN, RuleChoice.BLOCK, RuleChoice.OFF)

internal fun wordOf(choice: RuleChoice): Int =
    when (choice) {
        RuleChoice.ON -> R.string.choice_on
        RuleChoice.WARN -> R.string.choice_warn
        RuleChoice.OFF -> R.string.choice_off
        RuleChoice.BLOCK -> R.string.choice_block
    }

internal fun wordOf(action: OwnAction): Int =
    when (action) {
        OwnAction.BLOCK -> R.string.choice_block
        OwnAction.WARN -> R.string.choice_warn
        OwnAction.OFF -> R.string.choice_off
    }
