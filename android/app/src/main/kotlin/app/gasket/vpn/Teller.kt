package app.gasket.vpn

import android.util.Log
import app.gasket.bridge.Event
import app.gasket.history.History
import app.gasket.history.HistoryItem
import app.gasket.rules.Settings
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first

/**
 * Writes down what the engine tells, and only then passes it on. What cannot be written is kept for the
 * next time; protection does not depend on it.
 */
internal class Teller(
    private val history: History,
    private val settings: Flow<Settings>,
    private val clock: () -> Long,
    private val onTold: suspend (List<HistoryItem.Told>) -> Unit,
) {
    private val unwritten = ArrayDeque<Event>()
    private var sincePrune = 0

    /** Why the latest attempt to write failed; null if it did not. */
    var failure: Notice.HistoryFailing? = null
        private set

    suspend fun tell(events: List<Event>) {
        unwritten += events
        while (unwritten.size > MOST_UNWRITTEN) unwritten.removeFirst()
        val batch = unwritten.toList()
        var ids = emptyList<Long>()
        if (attempt { ids = it.add(batch) }) unwritten.clear()
        if (events.isNotEmpty()) onTold(numbered(events, ids))
        sincePrune += events.size
        if (sincePrune >= PRUNE_EVERY) prune()
    }

    /** Drops what is older, or more, than the user wants kept. */
    suspend fun prune() {
        val limits = settings.first()
        attempt { it.prune(oldestMs = clock() - limits.historyDays * DAY_MS, mostBytes = limits.historyMegabytes * MEGABYTE) }
        sincePrune = 0
    }

    /** The latest of what was written have the latest numbers. */
    private fun numbered(
        events: List<Event>,
        ids: List<Long>,
    ): List<HistoryItem.Told> {
        val numbers = List((events.size - ids.size).coerceAtLeast(0)) { HistoryItem.UNWRITTEN } + ids.takeLast(events.size)
        return events.zip(numbers) { event, id -> HistoryItem.Told(id, event) }
    }

    /** Writes, or says why that was impossible. A database that is found to be damaged is closed under whoever writes. */
    suspend fun attempt(write: suspend (History) -> Unit): Boolean {
        val why = runCatching { write(history) }.exceptionOrNull()
        currentCoroutineContext().ensureActive()
        why?.let { Log.e(TAG, "the history cannot be written", it) }
        failure = why?.let { Notice.HistoryFailing(it.message.orEmpty()) }
        return why == null
    }

    private companion object {
        const val TAG = "Gasket"

        /** About 5 MB of memory. */
        const val MOST_UNWRITTEN = 5_000

        /** So that a busy day stays near the limit: 500 lines are 0.4 MB. */
        const val PRUNE_EVERY = 500
        const val DAY_MS = 24 * 60 * 60 * 1000L
        const val MEGABYTE = 1_000_000L
    }
}
