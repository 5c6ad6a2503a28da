package app.gasket.history

import android.content.ContentValues
import android.content.Context
import android.database.sqlite.SQLiteDatabase
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
    AutoCloseable {
    internal constructor(database: HistoryDatabase, io: CoroutineDispatcher) : this(Store(database, io))

    constructor(context: Context) : this(HistoryDatabase(context), Dispatchers.IO)

    /** Changes when lines go out of sight or come back: what was read before then is no longer true. */
    val sight: Any get() = store.hidden

    /** Counts up with every change. */
    val revision: StateFlow<Long> = store.revision

    /** Writes a batch, whole or not at all; gives the number of each line. */
    suspend fun add(events: List<Event>): List<Long> {
        if (events.isEmpty()) return emptyList()
        return store.write { db ->
            val sources = SourceTable(db)
            val ids = events.map { db.insertOrThrow("told", null, row(it, sources)) }
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
                .map { (id, event) -> HistoryItem.Told(id, decode(event)) }
        }

    /** The line with this number, as long as it is there. */
    suspend fun line(id: Long): HistoryItem.Told? =
        store.read { db, hidden ->
            db
                .query("SELECT event FROM told WHERE id = $id AND id > ${hidden.told}") { HistoryItem.Told(id, decode(it.getString(0))) }
                .singleOrNull()
        }

    /** Drops what is older than [oldestMs], and the oldest lines for as long as the tables take more than [mostBytes]. */
    suspend fun prune(
        oldestMs: Long,
        mostBytes: Long,
    ) = store.write { db ->
        db.execSQL("DELETE FROM told WHERE time_ms < ?", arrayOf(oldestMs))
        db.execSQL("DELETE FROM run WHERE ended_ms < ?", arrayOf(oldestMs))
        while (usedBytes(db) > mostBytes) {
            val rows = db.query("SELECT count(*) FROM told") { it.getInt(0) }.single()
            if (rows == 0) break
            db.execSQL("DELETE FROM told WHERE id IN (SELECT id FROM told ORDER BY id LIMIT ?)", arrayOf(rows / PRUNED_PART + 1))
        }
        db.execSQL(FORGOTTEN_SOURCES)
    }

    /** Has all lines so far out of sight. They are there until [deleteHidden], and come back with [unhide] or the next process. */
    suspend fun hide() =
        store.hide(
            store.read { db, _ ->
                val last = { table: String -> db.query("SELECT max(id) FROM $table") { it.getLong(0) }.single() }
                Hidden(last("told"), last("run"))
            },
        )

    /** Undoes [hide]. */
    fun unhide() = store.hide(Hidden(0, 0))

    /** Forgets what is hidden; the current stretch of protection stays. */
    suspend fun deleteHidden() =
        store.write { db ->
            val hidden = store.hidden
            db.execSQL("DELETE FROM told WHERE id <= ?", arrayOf(hidden.told))
            db.execSQL("DELETE FROM run WHERE ended_ms IS NOT NULL AND id <= ?", arrayOf(hidden.run))
            db.execSQL(FORGOTTEN_SOURCES)
        }

    override fun close() = store.close()

    private companion object {
        /** So much of a history that is too large goes at once. */
        const val PRUNED_PART = 10

        const val FORGOTTEN_SOURCES = "DELETE FROM source WHERE NOT EXISTS (SELECT 1 FROM told WHERE told.source = source.id)"

        fun row(
            event: Event,
            sources: SourceTable,
        ) = ContentValues().apply {
            put("time_ms", event.timeMs)
            put("verdict", event.verdict.name)
            put("source", sources.idOf(Source.of(event)))
            put("event", Json.encodeToString(Event.serializer(), event))
        }

        fun usedBytes(db: SQLiteDatabase): Long {
            val (pages, free, size) =
                listOf("page_count", "freelist_count", "page_size").map {
                    db.query("PRAGMA $it") { row -> row.getLong(0) }.single()
                }
            return (pages - free) * size
        }

        fun decode(event: String): Event = Json.decodeFromString(Event.serializer(), event)
    }
}
