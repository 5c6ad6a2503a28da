package app.gasket.ui

import app.gasket.history.History
import app.gasket.history.HistoryItem
import app.gasket.history.Place
import app.gasket.history.Search

/** The stretch of the history that is held in memory; it moves along as the user scrolls. */
internal data class HistoryWindow(
    val search: Search,
    val told: List<HistoryItem.Told>,
    val outages: List<HistoryItem.Outage>,
    val hasNewer: Boolean,
    val hasOlder: Boolean,
    private val sight: Any,
) {
    /** Lines and stretches without protection, newest first. */
    val items: List<HistoryItem> by lazy {
        val from = if (hasOlder) told.last().timeMs else search.span.first
        val to = if (hasNewer) told.first().timeMs else search.span.last
        val among = if (search.isOfAnySource) outages.filter { it.timeMs in from..to } else emptyList()
        (told + among).sortedByDescending { it.timeMs }
    }

    /** Moves windows over [history]. */
    class Reader(
        private val history: History,
        private val page: Int = PAGE,
        private val most: Int = MOST,
    ) {
        /** The newest lines. */
        suspend fun newest(search: Search): HistoryWindow {
            val sight = history.sight
            val told = history.older(search, Place.LAST, page)
            return HistoryWindow(search, told, history.outages(), hasNewer = false, hasOlder = told.size == page, sight)
        }

        /** Further into the past. What is farthest from there is let go. */
        suspend fun older(window: HistoryWindow): HistoryWindow {
            val last = window.told.lastOrNull()?.takeIf { window.hasOlder } ?: return window
            val more = history.older(window.search, last.place, page)
            val told = (window.told + more).takeLast(most)
            val isCut = window.told.size + more.size > most
            return window.copy(told = told, hasOlder = more.size == page, hasNewer = window.hasNewer || isCut)
        }

        /** Back towards now. */
        suspend fun newer(window: HistoryWindow): HistoryWindow {
            val first = window.told.firstOrNull() ?: return newest(window.search)
            val more = history.newer(window.search, first.place, page)
            val told = (more + window.told).take(most)
            val isCut = window.told.size + more.size > most
            return window.copy(told = told, hasNewer = more.size == page, hasOlder = window.hasOlder || isCut)
        }

        /** The same place after something was added; from the beginning after something went. */
        suspend fun refreshed(window: HistoryWindow): HistoryWindow =
            when {
                window.sight != history.sight -> newest(window.search)
                window.hasNewer -> window
                else -> newer(window)
            }.copy(outages = history.outages())
    }

    companion object {
        /** A few screens of lines. */
        const val PAGE = 100

        /** About 1 MB, however long the history is. */
        const val MOST = 600
    }
}
