package app.gasket.ui

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.Decision
import app.gasket.bridge.Event
import app.gasket.history.HistoryItem
import app.gasket.history.OutageCause
import kotlinx.coroutines.launch

/** What was stopped and reported, newest first; a touch shows all there is to know about a line. */
@Composable
fun HistoryScreen(
    presenter: HistoryPresenter,
    actions: Actions,
) {
    val state by presenter.states.collectAsState()
    val shown = state ?: return
    var openedId by rememberSaveable { mutableStateOf<Long?>(null) }
    val opened = shown.items.firstNotNullOfOrNull { item -> (item as? HistoryItem.Told)?.takeIf { it.id == openedId } }
    val kept = rememberSaveableStateHolder()
    if (opened != null) {
        EventDetails(opened.event, actions) { openedId = null }
    } else {
        kept.SaveableStateProvider("list") { HistoryList(shown, presenter) { openedId = it.id } }
    }
}

@Composable
private fun HistoryList(
    shown: HistoryState,
    presenter: HistoryPresenter,
    open: (HistoryItem.Told) -> Unit,
) {
    val scope = rememberCoroutineScope()
    if (shown.items.isEmpty()) {
        return Text(stringResource(R.string.history_empty), Modifier.padding(24.dp), style = MaterialTheme.typography.bodyLarge)
    }
    LazyColumn(Modifier.fillMaxSize()) {
        item {
            TextButton(onClick = { scope.launch { presenter.clear() } }) { Text(stringResource(R.string.clear_history)) }
        }
        items(shown.items) { item ->
            when (item) {
                is HistoryItem.Told -> EventLine(item.event) { open(item) }
                is HistoryItem.Outage -> OutageLine(item)
            }
            HorizontalDivider()
        }
        if (shown.mayHaveMore) item { LaunchedEffect(shown.items.size) { presenter.more() } }
    }
}

@Composable
private fun EventLine(
    event: Event,
    open: () -> Unit,
) {
    val receipt = Receipt.of(event, LocalResources.current)
    Column(Modifier.fillMaxWidth().clickable(onClick = open).padding(horizontal = 16.dp, vertical = 12.dp)) {
        Row {
            val color = if (event.verdict == Decision.BLOCK) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurface
            Text(stringResource(wordOf(event)), color = color, style = MaterialTheme.typography.labelLarge)
            Text("  " + momentText(LocalContext.current, event.timeMs), style = MaterialTheme.typography.labelLarge)
        }
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

@Composable
private fun OutageLine(outage: HistoryItem.Outage) {
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
