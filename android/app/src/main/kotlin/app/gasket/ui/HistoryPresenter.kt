package app.gasket.ui

import app.gasket.history.History
import app.gasket.history.HistoryItem
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.mapLatest
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.flow.update

/** What the history screen shows. */
data class HistoryState(
    val items: List<HistoryItem>,
    val mayHaveMore: Boolean,
)

/** Reads the history page by page, and anew when it changes. */
class HistoryPresenter(
    scope: CoroutineScope,
    private val history: History,
) {
    private val wanted = MutableStateFlow(PAGE)

    /** Null while it is read for the first time. */
    @OptIn(ExperimentalCoroutinesApi::class)
    val states: StateFlow<HistoryState?> =
        combine(history.revision, wanted) { _, wanted -> wanted }
            .mapLatest { wanted ->
                val items = history.newest(wanted)
                HistoryState(items, mayHaveMore = items.size == wanted)
            }.stateIn(scope, WhileShown, null)

    /** The user has come to the end of what is shown. */
    fun more() = wanted.update { it + PAGE }

    suspend fun clear() = history.clear()

    private companion object {
        const val PAGE = 100
    }
}
