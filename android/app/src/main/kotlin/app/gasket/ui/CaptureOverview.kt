package app.gasket.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.CaptureEnding
import app.gasket.bridge.CaptureReport

/** What came of a capture as a whole. */
@Composable
internal fun CaptureOverview(
    state: CaptureState.Read,
    presenter: CapturePresenter,
) {
    val report = state.report
    Column(Modifier.fillMaxWidth()) {
        TextButton(
            onClick = presenter::dismiss,
            Modifier.padding(horizontal = 4.dp, vertical = 8.dp),
        ) { Text(stringResource(R.string.close)) }
        Column(Modifier.padding(start = 16.dp, end = 16.dp, bottom = 16.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
            CaptureTitle(state.file)
            Problem(report)
            if (report.summary.packets > 0) {
                Text(foundText(report), style = MaterialTheme.typography.titleMedium)
                for (line in countLines(report)) Text(line, style = MaterialTheme.typography.bodyMedium)
                Text(stringResource(R.string.capture_not_kept), style = MaterialTheme.typography.bodySmall)
            }
        }
    }
}

/** Why it was not read to its end. */
@Composable
private fun Problem(report: CaptureReport) {
    val ending = report.ending
    val text =
        when (ending.kind) {
            CaptureEnding.Kind.WHOLE -> return
            CaptureEnding.Kind.DAMAGED -> stringResource(R.string.capture_damaged, ending.offset ?: 0, ending.what.orEmpty())
            CaptureEnding.Kind.TOO_LONG -> stringResource(R.string.capture_too_long, CaptureReport.MOST_BYTES / BYTES_IN_MB)
            CaptureEnding.Kind.TOO_MANY_FLOWS -> stringResource(R.string.capture_too_many)
        }
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Text(text, color = MaterialTheme.colorScheme.error, style = MaterialTheme.typography.bodyLarge)
            if (report.summary.packets > 0) Text(stringResource(R.string.capture_before), style = MaterialTheme.typography.bodyMedium)
        }
    }
}

@Composable
private fun foundText(report: CaptureReport): String {
    val (blocks, warnings) = report.summary.looked.let { countOf(it.blocks) to countOf(it.warnings) }
    return if (report.events.isEmpty()) {
        stringResource(
            R.string.capture_nothing,
        )
    } else {
        stringResource(R.string.capture_found, blocks, warnings)
    }
}

/** How much was looked at, and how much could not be. */
@Composable
private fun countLines(report: CaptureReport): List<String> {
    val summary = report.summary
    val flows = countOf(summary.flows.tcp + summary.flows.udp)
    val packets = countOf(summary.packets)
    val looked =
        listOf(
            pluralStringResource(R.plurals.capture_packets, packets, packets),
            pluralStringResource(R.plurals.capture_connections, flows, flows),
        )
    val unreadFlows = countOf(summary.flows.run { begunBefore + gaps })
    val unreadPackets =
        countOf(summary.run { cut + foreignLinks.values.sum() } + summary.flows.run { fragments + malformed + otherTransport + notIp })
    val unread =
        listOfNotNull(
            pluralStringResource(R.plurals.capture_packets, unreadPackets, unreadPackets).takeIf { unreadPackets > 0 },
            pluralStringResource(R.plurals.capture_connections, unreadFlows, unreadFlows).takeIf { unreadFlows > 0 },
        )
    return listOfNotNull(
        stringResource(R.string.capture_looked, looked.joinToString()),
        if (unread.isEmpty()) null else stringResource(R.string.capture_not_looked, unread.joinToString()),
    )
}

@Composable
internal fun CaptureTitle(text: String) = Text(text, Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineSmall)

internal fun countOf(count: Long): Int = count.coerceAtMost(Int.MAX_VALUE.toLong()).toInt()

private const val BYTES_IN_MB = 1_000_000L
