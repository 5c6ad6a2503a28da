package app.gasket.ui

import app.gasket.history.History
import app.gasket.history.HistoryItem
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.mapLatest
import kotlinx.coroutines.flow.update

/** What the history screen shows; null items mean that they are being read. */
data class HistoryState(
    val items: List<HistoryItem>,
    val mayHaveMore: Boolean,
)

/** Reads the history page by page, and anew when it changes. */
class HistoryPresenter(
    private val history: History,
) {
    private val wanted = MutableStateFlow(PAGE)

    @OptIn(ExperimentalCoroutinesApi::class)
    val states: Flow<HistoryState> =
        combine(history.revision, wanted) { _, wanted -> wanted }
            .mapLatest { wanted ->
                val items = history.newest(wanted)
                HistoryState(items, mayHaveMore = items.size == wanted)
            }

    /** The user has come to the end of what is shown. */
    fun more() = wanted.update { it + PAGE }

    suspend fun clear() = history.clear()

    private companion object {
        const val PAGE = 100
    }
}
