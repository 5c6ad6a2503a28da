package app.gasket.history

import android.content.ContentValues
import android.content.Context
import android.database.Cursor
import android.database.sqlite.SQLiteDatabase
import app.gasket.bridge.Decision
import app.gasket.bridge.Event
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json

/**
 * What was blocked, warned about and noted, and when there was no protection. All writing is done one
 * after the other; what [add] has returned from is on disk.
 */
class History internal constructor(
    private val database: HistoryDatabase,
    io: CoroutineDispatcher,
) : AutoCloseable {
    constructor(context: Context) : this(HistoryDatabase(context), Dispatchers.IO)

    private val writer = io.limitedParallelism(1)
    private val reader = io
    private val changes = MutableStateFlow(0L)

    /** Counts up with every change. */
    val revision: StateFlow<Long> = changes.asStateFlow()

    /** Writes a batch, whole or not at all. */
    suspend fun add(events: List<Event>) {
        if (events.isEmpty()) return
        write { db ->
            events.forEach { db.insertOrThrow("told", null, row(it)) }
            db.execSQL("UPDATE run SET seen_ms = max(seen_ms, ?) WHERE ended_ms IS NULL", arrayOf(events.last().timeMs))
        }
    }

    /** Protection that nobody ended was cut off at its last sign of life: by the end of the process, or of the phone. */
    suspend fun protectionWasCutOff() = write { it.execSQL(CUT_OFF) }

    /** Protection began. */
    suspend fun protectionBegan(nowMs: Long) =
        write { db ->
            db.execSQL(CUT_OFF)
            db.insertOrThrow(
                "run",
                null,
                ContentValues().apply {
                    put("started_ms", nowMs)
                    put("seen_ms", nowMs)
                },
            )
        }

    /** Protection ended. Without one that began this says nothing. */
    suspend fun protectionEnded(
        nowMs: Long,
        cause: OutageCause,
    ) = write { db ->
        // Switched off while it rested: the stretch goes on for that reason.
        if (cause == OutageCause.USER) {
            val replaced = arrayOf(cause.number, OutageCause.PAUSED.number)
            db.execSQL("UPDATE run SET cause = ? WHERE cause = ? AND id = (SELECT max(id) FROM run)", replaced)
        }
        db.execSQL("UPDATE run SET ended_ms = ?, cause = ? WHERE ended_ms IS NULL", arrayOf<Any>(nowMs, cause.number))
    }

    /** The newest lines, at most [limit]; only those before [beforeMs] if that is given. */
    suspend fun newest(
        limit: Int,
        beforeMs: Long = Long.MAX_VALUE,
    ): List<HistoryItem> =
        withContext(reader) {
            val told = database.readableDatabase.query(TOLD, beforeMs, limit) { HistoryItem.Told(it.getLong(0), decode(it.getString(1))) }
            val outages = outages().filter { it.timeMs < beforeMs }
            (told + outages).sortedByDescending { it.timeMs }.take(limit)
        }

    /** What was stopped and reported since then. */
    suspend fun tally(sinceMs: Long): Tally =
        withContext(reader) {
            val counts =
                database.readableDatabase
                    .query("SELECT verdict, count(*) FROM told WHERE time_ms >= ? GROUP BY verdict", sinceMs) {
                        it.getString(0) to
                            it.getInt(1)
                    }.toMap()
            Tally(counts[Decision.BLOCK.name] ?: 0, counts[Decision.WARN.name] ?: 0)
        }

    /** Drops what is older than [oldestMs], and the oldest lines for as long as the tables take more than [mostBytes]. */
    suspend fun prune(
        oldestMs: Long,
        mostBytes: Long,
    ) = write { db ->
        db.execSQL("DELETE FROM told WHERE time_ms < ?", arrayOf(oldestMs))
        db.execSQL("DELETE FROM run WHERE ended_ms < ?", arrayOf(oldestMs))
        while (usedBytes(db) > mostBytes) {
            val rows = db.query("SELECT count(*) FROM told") { it.getInt(0) }.single()
            if (rows == 0) break
            db.execSQL("DELETE FROM told WHERE id IN (SELECT id FROM told ORDER BY id LIMIT ?)", arrayOf(rows / PRUNED_PART + 1))
        }
    }

    /** Forgets all lines; the current stretch of protection stays. */
    suspend fun clear() =
        write { db ->
            db.execSQL("DELETE FROM told")
            db.execSQL("DELETE FROM run WHERE ended_ms IS NOT NULL")
        }

    override fun close() = database.close()

    /** The stretches between runs, and the one since the last. */
    private fun outages(): List<HistoryItem.Outage> {
        val runs = database.readableDatabase.query(RUNS) { Run(it.getLong(0), if (it.isNull(1)) null else it.getLong(1), it.getInt(2)) }
        val starts = runs.map { it.startedMs as Long? }.drop(1) + null
        return runs.zip(starts).mapNotNull { (run, nextStart) ->
            run.endedMs?.let { HistoryItem.Outage(it, nextStart, OutageCause.of(run.cause)) }
        }
    }

    private suspend fun write(change: (SQLiteDatabase) -> Unit) =
        withContext(writer) {
            val db = database.writableDatabase
            db.beginTransactionNonExclusive()
            try {
                change(db)
                db.setTransactionSuccessful()
            } finally {
                db.endTransaction()
            }
            changes.update { it + 1 }
        }

    private data class Run(
        val startedMs: Long,
        val endedMs: Long?,
        val cause: Int,
    )

    private companion object {
        /** So much of a history that is too large goes at once. */
        const val PRUNED_PART = 10

        const val CUT_OFF = "UPDATE run SET ended_ms = seen_ms WHERE ended_ms IS NULL"

        const val TOLD = "SELECT id, event FROM told WHERE time_ms < ? ORDER BY time_ms DESC, id DESC LIMIT ?"
        const val RUNS = "SELECT started_ms, ended_ms, cause FROM run ORDER BY id"

        fun row(event: Event) =
            ContentValues().apply {
                put("time_ms", event.timeMs)
                put("verdict", event.verdict.name)
                put("package", event.app?.packages?.firstOrNull())
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

        fun <T> SQLiteDatabase.query(
            sql: String,
            vararg arguments: Any,
            read: (Cursor) -> T,
        ): List<T> =
            rawQuery(sql, arguments.map(Any::toString).toTypedArray()).use { cursor ->
                buildList { while (cursor.moveToNext()) add(read(cursor)) }
            }
    }
}
