package app.gasket.vpn

import android.database.sqlite.SQLiteException
import android.util.Log
import app.gasket.bridge.Event
import app.gasket.history.History
import app.gasket.rules.Settings
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
    private val onEvents: suspend (List<Event>) -> Unit,
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
        if (attempt { it.add(batch) }) unwritten.clear()
        if (events.isNotEmpty()) onEvents(events)
        sincePrune += events.size
        if (sincePrune >= PRUNE_EVERY) prune()
    }

    /** Drops what is older, or more, than the user wants kept. */
    suspend fun prune() {
        val limits = settings.first()
        attempt { it.prune(oldestMs = clock() - limits.historyDays * DAY_MS, mostBytes = limits.historyMegabytes * MEGABYTE) }
        sincePrune = 0
    }

    /** Writes, or says why that was impossible. */
    suspend fun attempt(write: suspend (History) -> Unit): Boolean =
        try {
            write(history)
            failure = null
            true
        } catch (e: SQLiteException) {
            Log.e(TAG, "the history cannot be written", e)
            failure = Notice.HistoryFailing(e.message.orEmpty())
            false
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
