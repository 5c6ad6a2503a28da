package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.itemsIndexed
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.bridge.Event

/** What is in a capture: what Gasket would have blocked or reported, each with all there is to know about it. */
@Composable
internal fun CapturePage(
    state: CaptureState,
    presenter: CapturePresenter,
    actions: Actions,
) {
    val kept = rememberSaveableStateHolder()
    when (state) {
        CaptureState.Reading -> {
            Plain(presenter::dismiss) {
                Text(stringResource(R.string.import_reading))
                LinearProgressIndicator(Modifier.fillMaxWidth())
                OutlinedButton(onClick = presenter::dismiss) { Text(stringResource(R.string.cancel)) }
            }
        }

        is CaptureState.Failed -> {
            Plain(presenter::dismiss) {
                CaptureTitle(stringResource(R.string.capture_unread, state.file))
                Text(state.why, color = MaterialTheme.colorScheme.error, style = MaterialTheme.typography.bodyLarge)
                OutlinedButton(onClick = presenter::dismiss) { Text(stringResource(R.string.close)) }
            }
        }

        is CaptureState.Read -> {
            val opened = state.opened
            if (opened == null) {
                kept.SaveableStateProvider("lines") { Lines(state, presenter) }
            } else {
                Details(state.report.events[opened], opened in state.report.nameless, actions) { presenter.open(null) }
            }
        }
    }
}

@Composable
private fun Plain(
    close: () -> Unit,
    content: @Composable () -> Unit,
) {
    BackHandler(onBack = close)
    Column(
        Modifier.fillMaxSize().padding(horizontal = 16.dp, vertical = 24.dp),
        verticalArrangement = Arrangement.spacedBy(16.dp),
    ) { content() }
}

@Composable
private fun Lines(
    state: CaptureState.Read,
    presenter: CapturePresenter,
) {
    BackHandler(onBack = presenter::dismiss)
    val report = state.report
    LazyColumn(Modifier.fillMaxSize()) {
        item("top") { CaptureOverview(state, presenter) }
        itemsIndexed(report.events) { at, event ->
            val receipt = receiptOfCapture(event, at in report.nameless, LocalResources.current)
            ReceiptLine(event, captureWordOf(event), receipt) { presenter.open(at) }
            HorizontalDivider()
        }
        if (report.leftOut > 0) {
            val count = countOf(report.leftOut)
            item("left out") { Text(pluralStringResource(R.plurals.capture_left_out, count, count), Modifier.padding(16.dp)) }
        }
    }
}

@Composable
private fun Details(
    event: Event,
    isNameless: Boolean,
    actions: Actions,
    close: () -> Unit,
) {
    BackHandler(onBack = close)
    val resources = LocalResources.current
    val facts = Facts.of(event, resources, hasSender = false)
    val told = Telling(momentText(LocalContext.current, event.timeMs), receiptOfCapture(event, isNameless, resources), facts)
    EventPage(told, event.rules, actions, close) {}
}
