package app.gasket.ui

import app.gasket.history.ExportFormat
import app.gasket.history.Facets
import app.gasket.history.History
import app.gasket.history.HistoryItem
import app.gasket.history.Search
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.merge
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.flow.stateIn
import java.io.OutputStream
import java.time.ZoneId

/** What the history screen shows. */
data class HistoryState(
    val items: List<HistoryItem>,
    val hasNewer: Boolean,
    val hasOlder: Boolean,
    /** What is chosen to filter by, in words. */
    val labels: Map<Facet, String>,
    /** Whether there may be lines that do not fit. */
    val isFiltered: Boolean,
)

/** Reads the history around the place where the user is, and goes along with what is added. */
class HistoryPresenter(
    scope: CoroutineScope,
    private val history: History,
    private val names: Flow<Names>,
    private val saved: Saved,
    private val zone: () -> ZoneId = ZoneId::systemDefault,
) {
    /** What outlives the process. */
    class Saved(
        val filters: MutableStateFlow<String>,
        val openedId: MutableStateFlow<Long>,
    )

    private enum class Wish { NEWER, OLDER, REFRESHED }

    private val reader = HistoryWindow.Reader(history)
    private val wishes = Channel<Wish>(Channel.UNLIMITED)
    private var kept: HistoryWindow? = null

    val chores = HistoryChores(scope, history)

    /** What is looked for; [states] follows. */
    val filters: StateFlow<Filters> = saved.filters.map(Filters::of).stateIn(scope, WhileShown, Filters.of(saved.filters.value))

    /** Null while it is read for the first time. */
    @OptIn(ExperimentalCoroutinesApi::class)
    val states: StateFlow<HistoryState?> =
        combine(saved.filters.map(Filters::of), names, ::Pair)
            .flatMapLatest { (filters, names) -> windows(filters, names).map { stateOf(it, filters, names) } }
            .stateIn(scope, WhileShown, null)

    /** What there is to choose from. */
    val choices: StateFlow<Map<Facet, List<Choice>>> =
        combine(history.revision.map { history.facets(zone()) }, filters, names) { facets, filters, names ->
            Facet.entries.associateWith { filters.choices(it, facets, names) }
        }.stateIn(scope, WhileShown, emptyMap())

    /** The line whose details are looked at; it stays while others come. */
    val opened: StateFlow<HistoryItem.Told?> = opened(scope, history, saved.openedId)

    fun lookFor(filters: Filters) {
        saved.filters.value = filters.toJson()
    }

    fun open(id: Long?) {
        saved.openedId.value = id ?: NONE
    }

    /** The user comes near the end of what is shown. */
    fun older() {
        wishes.trySend(Wish.OLDER)
    }

    /** The user comes near the beginning of what is shown. */
    fun newer() {
        wishes.trySend(Wish.NEWER)
    }

    /** Writes what is looked for into the document that [open] gives. */
    fun export(
        format: ExportFormat,
        open: () -> OutputStream,
    ) = chores.export(format, { searchFor(Filters.of(saved.filters.value), names.first()) }, open)

    private suspend fun searchFor(
        filters: Filters,
        names: Names,
    ): Search {
        // What there is to filter by takes longer to read than a page of lines, and only words are looked for in it.
        val facets = if (filters.text.isBlank()) Facets() else history.facets(zone())
        return filters.toSearch(facets, names, zone())
    }

    private fun windows(
        filters: Filters,
        names: Names,
    ): Flow<HistoryWindow> =
        flow {
            val search = searchFor(filters, names)
            var window = kept?.takeIf { it.search == search } ?: reader.newest(search)
            emit(window)
            merge(history.revision.map { Wish.REFRESHED }, wishes.receiveAsFlow()).collect { wish ->
                window =
                    when (wish) {
                        Wish.OLDER -> reader.older(window)
                        Wish.NEWER -> reader.newer(window)
                        Wish.REFRESHED -> reader.refreshed(window)
                    }
                kept = window
                emit(window)
            }
        }

    private fun stateOf(
        window: HistoryWindow,
        filters: Filters,
        names: Names,
    ) = HistoryState(window.items, window.hasNewer, window.hasOlder, filters.labels(names), !filters.isEmpty)
}
