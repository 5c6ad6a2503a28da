package app.gasket.ui

import android.content.res.Resources
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.Decision
import app.gasket.bridge.Subject
import app.gasket.history.HistoryItem
import app.gasket.history.Standing

/** Evidence of a line that was stopped or reported: what is in it, what it can be known by, and the way out of the phone. */
@Composable
internal fun EvidenceSection(
    told: HistoryItem.Told,
    words: Telling,
    presenter: EvidencePresenter,
    actions: Actions,
) {
    if (told.event.verdict == Decision.ALLOW || told.event.subject == Subject.UNREADABLE) return
    val state by presenter.state.collectAsState()
    val resources = LocalResources.current
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        when (val outcome = state?.takeIf { it.line == told.id }?.outcome) {
            null -> {
                OutlinedButton(onClick = { presenter.make(told, wordsOf(words, resources)) }) {
                    Text(stringResource(R.string.evidence_share))
                }
            }

            EvidenceState.Outcome.Making -> {
                Announced(stringResource(R.string.evidence_making))
                TextButton(onClick = presenter::dismiss) { Text(stringResource(R.string.cancel)) }
            }

            is EvidenceState.Outcome.Made -> {
                Made(outcome, presenter, actions)
            }

            is EvidenceState.Outcome.Refused -> {
                Ended(stringResource(reasonOf(outcome.why)), presenter)
            }

            is EvidenceState.Outcome.Failed -> {
                Ended(stringResource(R.string.evidence_failed, outcome.why), presenter)
            }
        }
    }
}

@Composable
private fun Made(
    made: EvidenceState.Outcome.Made,
    presenter: EvidencePresenter,
    actions: Actions,
) {
    Announced(stringResource(R.string.evidence_text))
    Text(stringResource(R.string.evidence_note_down), style = MaterialTheme.typography.bodyMedium)
    SelectionContainer {
        Text(apart(grouped(made.fingerprint), LocalResources.current), style = MaterialTheme.typography.bodyLarge)
    }
    BesideOrBeneath {
        OutlinedButton(onClick = { actions.documents.shareEvidence(made.file) }) { Text(stringResource(R.string.evidence_share)) }
        TextButton(onClick = presenter::dismiss) { Text(stringResource(R.string.close)) }
    }
}

@Composable
private fun Ended(
    why: String,
    presenter: EvidencePresenter,
) {
    Announced(why)
    TextButton(onClick = presenter::dismiss) { Text(stringResource(R.string.close)) }
}

/** To be read and written down by people; `gasket verify` does not mind. */
internal fun grouped(fingerprint: String): String = fingerprint.chunked(GROUP).joinToString(" ")

private const val GROUP = 4

private fun reasonOf(standing: Standing): Int =
    when (standing) {
        Standing.Before -> R.string.evidence_before
        Standing.Gone -> R.string.evidence_gone
        Standing.Broken, is Standing.Holds -> R.string.evidence_broken
    }

/** What the page of the line says, for the bundle. */
private fun wordsOf(
    told: Telling,
    resources: Resources,
) = EvidenceWords(
    language = resources.getString(R.string.language_tag),
    sentence = (told.receipt.lines + told.receipt.outcome).joinToString(" "),
    facts = told.facts.map { "${it.label}: ${it.lines.joinToString("; ")}" },
)
