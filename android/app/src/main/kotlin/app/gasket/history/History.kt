package app.gasket.history

import android.content.Context
import app.gasket.bridge.Event
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.StateFlow
import kotlinx.serialization.json.Json

/**
 * What was blocked, warned about and noted, and when there was no protection. All writing is done one
 * after the other; what [add] has returned from is on disk.
 */
class History private constructor(
    private val store: Store,
) : Runs by RunTable(store),
    Counts by CountingQueries(store),
    Senders by SenderQueries(store),
    Retention by Retained(store),
    Proof by ChainCheck(store),
    AutoCloseable {
    internal constructor(database: HistoryDatabase, io: CoroutineDispatcher) : this(Store(database, io))

    constructor(context: Context) : this(HistoryDatabase(context), Dispatchers.IO)

    /** Changes when lines go out of sight or come back: what was read before then is no longer true. */
    val sight: Any get() = store.sight

    /** Earlier histories, which could not be read any more. */
    internal val damaged: SetAside get() = store.damaged

    /** Counts up with every change. */
    val revision: StateFlow<Long> = store.revision

    /** Writes a batch, whole or not at all; gives the number of each line. */
    suspend fun add(events: List<Event>): List<Long> {
        if (events.isEmpty()) return emptyList()
        return store.write { db, chain ->
            val sources = SourceTable(db)
            val ids = events.map { chain.add(stored(it, sources)) }
            db.execSQL("UPDATE run SET seen_ms = max(seen_ms, ?) WHERE ended_ms IS NULL", arrayOf(events.last().timeMs))
            ids
        }
    }

    /** At most [limit] lines older than [before], newest first. */
    suspend fun older(
        search: Search,
        before: Place,
        limit: Int,
    ): List<HistoryItem.Told> = lines(search, Place.FIRST, before, limit, fromBelow = false)

    /** At most [limit] lines newer than [after], the oldest of them, newest first. */
    suspend fun newer(
        search: Search,
        after: Place,
        limit: Int,
    ): List<HistoryItem.Told> = lines(search, after, Place.LAST, limit, fromBelow = true)

    private suspend fun lines(
        search: Search,
        lower: Place,
        upper: Place,
        limit: Int,
        fromBelow: Boolean,
    ): List<HistoryItem.Told> =
        store.read { db, hidden ->
            Query(search, hidden.told)
                .lines(db, lower, upper, limit, fromBelow)
        }

    /** The line with this number, as long as it is there. */
    suspend fun line(id: Long): HistoryItem.Told? =
        store.read { db, hidden ->
            db
                .query("SELECT ${Query.TOLD} FROM told WHERE id = $id AND id > ${hidden.told}", read = Query::told)
                .singleOrNull()
        }

    /** Has all lines so far out of sight. They are there until [Retention.deleteHidden], and come back with [unhide] or the next process. */
    suspend fun hide() =
        store.hide(
            store.read { db, _ ->
                val last = { rows: String -> db.query("SELECT max(id) FROM $rows") { it.getLong(0) }.single() }
                // The stretch that lasts stays in sight: what follows it is new.
                Hidden(last("told"), last("run WHERE ended_ms IS NOT NULL"))
            },
        )

    /** Undoes [hide]. */
    fun unhide() = store.hide(Hidden(0, 0))

    override fun close() = store.close()

    private companion object {
        fun stored(
            event: Event,
            sources: SourceTable,
        ) = StoredLine(
            timeMs = event.timeMs,
            verdict = event.verdict.name,
            packageName = null,
            source = sources.idOf(Source.of(event)),
            event = Json.encodeToString(Event.serializer(), event),
        )
    }
}
