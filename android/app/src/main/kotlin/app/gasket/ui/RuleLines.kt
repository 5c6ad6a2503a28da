package app.gasket.ui

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.rules.RuleChoice

/** Whose doing it is; a touch offers one choice for all of these rules. */
@Composable
internal fun FamilyLine(
    family: RuleFamily,
    open: () -> Unit,
) {
    Column(Modifier.fillMaxWidth().clickable(onClick = open).padding(start = 16.dp, end = 16.dp, top = 20.dp, bottom = 8.dp)) {
        Text(
            family.name,
            Modifier.semantics { heading() },
            color = MaterialTheme.colorScheme.primary,
            style = MaterialTheme.typography.titleMedium,
        )
        val count = pluralStringResource(R.plurals.rules, family.rows.size, family.rows.size)
        val choice = family.choice.takeIf { it != RuleChoice.ON }?.let { stringResource(wordOf(it)) }
        Text(listOfNotNull(count, choice).joinToString(" · "), style = MaterialTheme.typography.bodySmall)
    }
}

@Composable
internal fun RuleLine(
    row: RuleRow,
    open: () -> Unit,
) {
    Column(Modifier.fillMaxWidth().clickable(onClick = open).padding(horizontal = 16.dp, vertical = 12.dp)) {
        Text(row.rule.title, style = MaterialTheme.typography.bodyLarge)
        val imported = stringResource(R.string.rule_imported).takeIf { row.rule.file != null }
        val words = listOfNotNull(stringResource(effectOf(row)), imported).joinToString(" · ")
        val color = if (row.choice == RuleChoice.ON) MaterialTheme.colorScheme.onSurfaceVariant else MaterialTheme.colorScheme.primary
        Text(words, color = color, style = MaterialTheme.typography.labelLarge)
    }
}
