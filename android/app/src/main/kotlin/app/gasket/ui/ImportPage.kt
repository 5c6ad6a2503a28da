package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R

/** A rule file before it is taken: what it is, or what is wrong with it, and what it would have done. */
@Composable
internal fun ImportPage(
    import: Import,
    presenter: RuleImport,
) {
    BackHandler(onBack = presenter::dismiss)
    Column(
        Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(horizontal = 16.dp, vertical = 24.dp),
        verticalArrangement = Arrangement.spacedBy(16.dp),
    ) {
        when (import) {
            Import.Reading -> {
                Text(stringResource(R.string.import_reading))
                LinearProgressIndicator(Modifier.fillMaxWidth())
            }

            is Import.NoText -> {
                Title(stringResource(R.string.import_refused, import.file))
                Text(stringResource(R.string.import_no_text), style = MaterialTheme.typography.bodyLarge)
                OutlinedButton(onClick = presenter::dismiss) { Text(stringResource(R.string.close)) }
            }

            is Import.Refused -> {
                Title(stringResource(R.string.import_refused, import.file))
                Text(import.problem, color = MaterialTheme.colorScheme.error, style = MaterialTheme.typography.bodyLarge)
                OutlinedButton(onClick = presenter::dismiss) { Text(stringResource(R.string.close)) }
            }

            is Import.Ready -> {
                Offer(import, presenter)
            }
        }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Offer(
    import: Import.Ready,
    presenter: RuleImport,
) {
    Title(import.rule.title)
    Text(import.rule.receipt, style = MaterialTheme.typography.bodyLarge)
    Text(stringResource(effectOf(import.rule.action)), style = MaterialTheme.typography.titleMedium)
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) { Outcome(import.lookBack) }
    }
    if (import.replaces) Text(stringResource(R.string.import_replaces, import.file), style = MaterialTheme.typography.bodyMedium)
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        Button(onClick = presenter::take) { Text(stringResource(R.string.import_take)) }
        OutlinedButton(onClick = presenter::dismiss) { Text(stringResource(R.string.cancel)) }
    }
    RuleFacts(import.rule)
}

/** What it would have done, and what nobody can tell any more. */
@Composable
private fun Outcome(found: LookBack) {
    val resources = LocalResources.current
    Text(stringResource(R.string.import_last_week), style = MaterialTheme.typography.titleMedium)
    val looked = if (found.isCut) R.plurals.import_latest_lines else R.plurals.import_lines
    Text(pluralStringResource(looked, found.lines, found.lines))
    if (found.lines > 0) Text(pluralStringResource(R.plurals.import_matches, found.matches, found.matches))
    if (found.passed > 0) Text(pluralStringResource(R.plurals.import_passed, found.passed, found.passed))
    for (line in found.examples) {
        val receipt = Receipt.of(line.event, resources, LocalLabels.current)
        Text("• ${receipt.lines.first()}", style = MaterialTheme.typography.bodyMedium)
    }
    if (found.undecided > 0) {
        val missing = listing(found.missing.map { fieldName(it)?.let(resources::getString) ?: it }.distinct(), resources)
        Text(pluralStringResource(R.plurals.import_undecided, found.undecided, found.undecided, missing))
    }
    Text(stringResource(R.string.import_not_told), style = MaterialTheme.typography.bodySmall)
}

@Composable
private fun Title(text: String) = Text(text, Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineSmall)

/** What a rule's field is, for people; null where its name must do. */
private fun fieldName(field: String): Int? =
    when (field) {
        "http.query", "coap.query" -> R.string.field_query
        "http.body", "body.decoded" -> R.string.field_body
        "http.content_type" -> R.string.field_content_type
        "http.user_agent" -> R.string.field_user_agent
        "http.path", "coap.path" -> R.string.field_path
        "http.host", "dns.query" -> R.string.field_name
        "dst.country", "dst.asn" -> R.string.field_place
        "pii.types", "pii.encodings" -> R.string.field_identifiers
        else -> null
    }
