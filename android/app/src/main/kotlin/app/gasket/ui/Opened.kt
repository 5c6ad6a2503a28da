package app.gasket.ui

import app.gasket.history.History
import app.gasket.history.HistoryItem
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.mapLatest
import kotlinx.coroutines.flow.stateIn

/** No line: lines are numbered from 1 on. */
internal const val NONE = 0L

/** The line whose details are looked at, as long as it is there. */
@OptIn(ExperimentalCoroutinesApi::class)
internal fun opened(
    scope: CoroutineScope,
    history: History,
    id: Flow<Long>,
): StateFlow<HistoryItem.Told?> =
    combine(id, history.revision) { id, _ -> id }
        .mapLatest { if (it == NONE) null else history.line(it) }
        .distinctUntilChanged()
        .stateIn(scope, WhileShown, null)
