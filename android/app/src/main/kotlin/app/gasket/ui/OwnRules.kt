package app.gasket.ui

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.Card
import androidx.compose.material3.FilterChip
import androidx.compose.material3.LocalTextStyle
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.style.TextDirection
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.rules.OwnAction

/** Takes a name or an address to block, or to be told of. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
internal fun OwnRuleForm(
    presenter: OwnRulesPresenter,
    close: () -> Unit,
) {
    val draft by presenter.draft.collectAsState()
    var typed by rememberSaveable { mutableStateOf("") }
    var action by rememberSaveable { mutableStateOf(OwnAction.BLOCK) }
    LaunchedEffect(draft.isDone) { if (draft.isDone) close() }
    Card(Modifier.fillMaxWidth().padding(horizontal = 16.dp, vertical = 8.dp)) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            OutlinedTextField(
                value = typed,
                onValueChange = { typed = typed(it) },
                label = { Text(stringResource(R.string.own_rule_target)) },
                textStyle = LocalTextStyle.current.copy(textDirection = TextDirection.Ltr),
                isError = draft.problem != null,
                supportingText = { Text(draft.problem ?: stringResource(R.string.own_rule_examples)) },
                singleLine = true,
                modifier = Modifier.fillMaxWidth(),
            )
            FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                for (offered in listOf(OwnAction.BLOCK, OwnAction.WARN)) {
                    FilterChip(
                        selected = offered == action,
                        onClick = { action = offered },
                        label = { Text(stringResource(wordOf(offered))) },
                    )
                }
            }
            BesideOrBeneath(arrangement = Arrangement.End) {
                TextButton(onClick = close) { Text(stringResource(R.string.close)) }
                TextButton(onClick = { presenter.add(typed, action) }, enabled = typed.isNotBlank()) {
                    Text(stringResource(R.string.own_rule_take))
                }
            }
        }
    }
}

/** One own rule; a touch offers what it may do, and to remove it. */
@Composable
internal fun OwnRuleLine(
    row: OwnRow,
    presenter: OwnRulesPresenter,
) {
    var isOpen by rememberSaveable { mutableStateOf(false) }
    Column(Modifier.fillMaxWidth().clickable { isOpen = true }.padding(horizontal = 16.dp, vertical = 12.dp)) {
        Text(apart(row.target, LocalResources.current), style = MaterialTheme.typography.bodyLarge)
        Text(stringResource(effectOf(row.action)), color = MaterialTheme.colorScheme.primary, style = MaterialTheme.typography.labelLarge)
    }
    if (isOpen) {
        RadioDialog(
            title = apart(row.target, LocalResources.current),
            options =
                OwnAction.entries.map {
                    Option(stringResource(wordOf(it)), it == row.action) { presenter.choose(row.target, it) }
                },
            close = { isOpen = false },
            remove = { presenter.remove(row.target) },
        )
    }
}

private fun effectOf(action: OwnAction): Int =
    when (action) {
        OwnAction.BLOCK -> R.string.effect_block
        OwnAction.WARN -> R.string.effect_warn
        OwnAction.OFF -> R.string.effect_off
    }

/** One of several things to choose. */
internal class Option(
    val label: String,
    val isChosen: Boolean,
    val choose: () -> Unit,
)

/** One of several things, chosen by a touch; stays until closed, so that a slip can be undone. */
@Composable
internal fun RadioDialog(
    title: String,
    options: List<Option>,
    close: () -> Unit,
    remove: (() -> Unit)? = null,
) = AlertDialog(
    onDismissRequest = close,
    confirmButton = { TextButton(onClick = close) { Text(stringResource(R.string.close)) } },
    dismissButton = remove?.let { { TextButton(onClick = it) { Text(stringResource(R.string.rule_remove)) } } },
    title = { Text(title) },
    text = {
        Column(Modifier.verticalScroll(rememberScrollState())) {
            for (option in options) RadioRow(option.label, option.isChosen, choose = option.choose)
        }
    },
)
