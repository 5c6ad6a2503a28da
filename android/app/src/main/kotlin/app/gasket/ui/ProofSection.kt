package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.LocalTextStyle
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextDirection
import androidx.compose.ui.unit.dp
import app.gasket.R

/** The check of the history, and what it found. */
@Composable
internal fun ProofSection(presenter: ProofPresenter) {
    val state by presenter.state.collectAsState()
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        when (val shown = state) {
            ProofState.None -> {
                OutlinedButton(onClick = presenter::check) { Text(stringResource(R.string.proof_check)) }
            }

            is ProofState.Checking -> {
                val lines = shown.lines.toInt()
                Text(pluralStringResource(R.plurals.proof_checking, lines, lines), style = MaterialTheme.typography.bodyMedium)
                TextButton(onClick = presenter::dismiss) { Text(stringResource(R.string.cancel)) }
            }

            is ProofState.Failed -> {
                Announced(stringResource(R.string.proof_failed, shown.why))
                TextButton(onClick = presenter::dismiss) { Text(stringResource(R.string.close)) }
            }

            is ProofState.Done -> {
                Found(shown, presenter)
            }
        }
    }
}

@Composable
internal fun Announced(text: String) =
    Text(text, Modifier.semantics { liveRegion = LiveRegionMode.Polite }, style = MaterialTheme.typography.bodyMedium)

@Composable
private fun Found(
    done: ProofState.Done,
    presenter: ProofPresenter,
) {
    val words = ProofText(LocalContext.current, LocalLabels.current)
    val report = done.report
    for (line in words.summary(report)) Announced(line)
    for (place in report.breaks.map(words::place)) {
        Column {
            Text(place.what, color = MaterialTheme.colorScheme.error, style = MaterialTheme.typography.titleSmall)
            place.where?.let { Text(it, style = MaterialTheme.typography.bodyMedium) }
        }
    }
    if (report.isIntact) {
        Text(stringResource(R.string.proof_head_text), style = MaterialTheme.typography.bodyMedium)
        SelectionContainer {
            Text(apart(report.head.short, LocalResources.current), style = MaterialTheme.typography.bodyLarge)
        }
        Compare(done, words, presenter)
    }
    TextButton(onClick = presenter::dismiss) { Text(stringResource(R.string.close)) }
}

@Composable
private fun Compare(
    done: ProofState.Done,
    words: ProofText,
    presenter: ProofPresenter,
) {
    var noted by rememberSaveable { mutableStateOf("") }
    OutlinedTextField(
        value = noted,
        onValueChange = { noted = typed(it) },
        label = { Text(stringResource(R.string.proof_noted)) },
        textStyle = LocalTextStyle.current.copy(textDirection = TextDirection.Ltr),
        modifier = Modifier.fillMaxWidth(),
    )
    done.agreement?.let { Announced(words.agreement(it)) }
    OutlinedButton(onClick = { presenter.compare(noted) }, enabled = noted.isNotBlank()) { Text(stringResource(R.string.proof_compare)) }
}
