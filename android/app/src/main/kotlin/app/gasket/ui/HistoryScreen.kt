package app.gasket.ui

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.DropdownMenu
import androidx.compose.material3.DropdownMenuItem
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Snackbar
import androidx.compose.material3.SnackbarDefaults
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.runtime.snapshotFlow
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.gasket.R
import app.gasket.history.ExportFormat
import app.gasket.history.HistoryItem

/** What was stopped and reported, newest first; a touch shows all there is to know about a line. */
@Composable
fun HistoryScreen(
    presenter: HistoryPresenter,
    line: LinePresenter,
    actions: Actions,
) {
    val state by presenter.states.collectAsState()
    DetailsOr(presenter.opened, line, actions, close = { presenter.open(null) }) { kept ->
        Column(Modifier.fillMaxSize()) {
            Box(Modifier.weight(1f)) {
                state?.let { kept.SaveableStateProvider("list") { HistoryList(it, presenter, actions) } }
            }
            FootNote(presenter.chores)
        }
    }
}

@Composable
private fun HistoryList(
    shown: HistoryState,
    presenter: HistoryPresenter,
    actions: Actions,
) {
    val list = rememberLazyListState()
    LookAhead(list, shown, presenter)
    LazyColumn(Modifier.fillMaxSize(), list) {
        // While this is in sight, what is new comes in beneath it; else the place is kept.
        item("top") { HistoryTop(shown, presenter, actions) }
        items(shown.items, key = ::keyOf) { item ->
            when (item) {
                is HistoryItem.Told -> EventLine(item.event) { presenter.open(item.id) }
                is HistoryItem.Outage -> OutageLine(item)
            }
            HorizontalDivider()
        }
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun HistoryTop(
    shown: HistoryState,
    presenter: HistoryPresenter,
    actions: Actions,
) {
    val filters by presenter.filters.collectAsState()
    Column(Modifier.fillMaxWidth()) {
        OutlinedTextField(
            value = filters.text,
            onValueChange = { presenter.lookFor(filters.copy(text = typed(it))) },
            label = { Text(stringResource(R.string.search_history)) },
            singleLine = true,
            modifier = Modifier.fillMaxWidth().padding(start = 16.dp, end = 16.dp, top = 16.dp, bottom = 8.dp),
        )
        FilterChips(shown.labels, presenter)
        // A text button's own padding makes it 16.
        FlowRow(Modifier.padding(horizontal = 4.dp)) {
            if (shown.isFiltered) {
                TextButton(onClick = { presenter.lookFor(Filters()) }) { Text(stringResource(R.string.show_all)) }
            }
            if (shown.items.isNotEmpty()) {
                ExportButton(actions)
                if (!shown.isFiltered) {
                    TextButton(onClick = presenter.chores::clear) { Text(stringResource(R.string.clear_history)) }
                }
            }
        }
        DamagedHistories(presenter.chores, actions)
        if (shown.items.isEmpty()) {
            val text = if (shown.isFiltered) R.string.nothing_fits else R.string.history_empty
            Text(stringResource(text), Modifier.padding(16.dp), style = MaterialTheme.typography.bodyLarge)
        }
    }
}

@Composable
private fun ExportButton(actions: Actions) {
    var isOpen by rememberSaveable { mutableStateOf(false) }
    Box {
        TextButton(onClick = { isOpen = true }) { Text(stringResource(R.string.export)) }
        DropdownMenu(expanded = isOpen, onDismissRequest = { isOpen = false }) {
            for ((format, label) in FORMATS) {
                DropdownMenuItem(
                    text = { Text(stringResource(label)) },
                    onClick = {
                        isOpen = false
                        actions.documents.export(format)
                    },
                )
            }
        }
    }
}

private val FORMATS = listOf(ExportFormat.CSV to R.string.export_csv, ExportFormat.JSON to R.string.export_json)

/** What became of the last chore, for as long as it matters. */
@Composable
private fun FootNote(chores: HistoryChores) {
    val note by chores.note.collectAsState()
    val shown = note ?: return
    val (text, button, act) =
        when (shown) {
            Note.Cleared -> Triple(stringResource(R.string.history_cleared), R.string.undo, chores::undo)
            Note.DamagedSaved -> Triple(stringResource(R.string.damaged_history_saved), R.string.close, chores::dismiss)
            Note.Exporting -> Triple(stringResource(R.string.exporting), null, chores::dismiss)
            is Note.Exported -> Triple(pluralStringResource(R.plurals.exported, shown.lines, shown.lines), R.string.close, chores::dismiss)
            is Note.ExportFailed -> Triple(stringResource(R.string.export_failed, shown.why), R.string.close, chores::dismiss)
        }
    Snackbar(
        Modifier.padding(16.dp).semantics { liveRegion = LiveRegionMode.Polite },
        action = { button?.let { TextButton(onClick = act, colors = noteColors()) { Text(stringResource(it)) } } },
        // Beside it, large letters would leave the text no room.
        actionOnNewLine = LocalDensity.current.fontScale > ROOMY_FONT_SCALE,
    ) { Text(text) }
}

private const val ROOMY_FONT_SCALE = 1.3f

@Composable
private fun noteColors() = ButtonDefaults.textButtonColors(contentColor = SnackbarDefaults.actionContentColor)

/** Has the next lines read before the user gets there. */
@Composable
private fun LookAhead(
    list: LazyListState,
    shown: HistoryState,
    presenter: HistoryPresenter,
) = LaunchedEffect(list, shown) {
    snapshotFlow {
        list.firstVisibleItemIndex to
            list.layoutInfo.visibleItemsInfo
                .lastOrNull()
                ?.index
    }.collect { (first, last) ->
        if (shown.hasNewer && first < AHEAD) presenter.newer()
        if (shown.hasOlder && last != null && last > shown.items.size - AHEAD) presenter.older()
    }
}

private fun keyOf(item: HistoryItem): String =
    when (item) {
        is HistoryItem.Told -> "line ${item.id}"
        is HistoryItem.Outage -> "outage ${item.run}"
    }

/** So many lines pass in a quick fling while a page is read. */
private const val AHEAD = 30
