package app.gasket.ui

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.text.withStyle
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.Decision
import app.gasket.bridge.Event
import app.gasket.history.HistoryItem
import app.gasket.history.OutageCause

/** One event in short; a touch opens the details. */
@Composable
internal fun EventLine(
    event: Event,
    open: () -> Unit,
) {
    ReceiptLine(event, wordOf(event), Receipt.of(event, LocalResources.current, LocalLabels.current), open)
}

/** An event in short, told as [receipt] does; [word] is the resource of what became of it. */
@Composable
internal fun ReceiptLine(
    event: Event,
    word: Int,
    receipt: Receipt,
    open: () -> Unit,
) {
    Column(Modifier.fillMaxWidth().clickable(onClick = open).padding(horizontal = 16.dp, vertical = 12.dp)) {
        val color = if (event.verdict == Decision.BLOCK) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurface
        val head =
            buildAnnotatedString {
                withStyle(SpanStyle(color = color)) { append(stringResource(word)) }
                append(" · ")
                append(momentText(LocalContext.current, event.timeMs))
            }
        Text(head, style = MaterialTheme.typography.labelLarge)
        Text(receipt.lines.first(), style = MaterialTheme.typography.bodyLarge)
        Text(receipt.outcome, style = MaterialTheme.typography.bodyMedium)
    }
}

private fun wordOf(event: Event): Int =
    when (event.verdict) {
        Decision.BLOCK -> if (event.bytesLeft > 0) R.string.verdict_cut_off else R.string.verdict_blocked
        Decision.WARN -> R.string.verdict_warning
        Decision.ALLOW -> R.string.verdict_noted
    }

/** A stretch without protection. */
@Composable
internal fun OutageLine(outage: HistoryItem.Outage) {
    val context = LocalContext.current
    val isSilence = outage.cause == OutageCause.CUT_OFF
    val began = momentText(context, outage.timeMs)
    val ended = outage.endedMs?.let { momentText(context, it) }
    val text =
        when (ended) {
            null -> stringResource(if (isSilence) R.string.silence_open else R.string.outage_open, began)
            began -> stringResource(if (isSilence) R.string.silence_short else R.string.outage_short, began)
            else -> stringResource(if (isSilence) R.string.silence else R.string.outage, began, ended)
        }
    val cause =
        when (outage.cause) {
            OutageCause.USER -> R.string.cause_user
            OutageCause.REVOKED -> R.string.cause_revoked
            OutageCause.FAILURE -> R.string.cause_failure
            OutageCause.PAUSED -> R.string.cause_paused
            OutageCause.CUT_OFF -> R.string.cause_cut_off
            OutageCause.UNKNOWN -> R.string.cause_unknown
        }
    Column(Modifier.padding(horizontal = 16.dp, vertical = 12.dp)) {
        Text(text, style = MaterialTheme.typography.bodyLarge)
        Text(stringResource(cause), style = MaterialTheme.typography.bodyMedium)
    }
}
