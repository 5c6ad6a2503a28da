package app.gasket.history

import android.content.ContentValues
import android.content.Context
import android.database.sqlite.SQLiteDatabase
import app.gasket.bridge.Decision
import app.gasket.bridge.Event
import app.gasket.bridge.Network
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId

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

    /** Numbers are never used twice, so what was hidden may stay so after it is deleted. */
    @Volatile
    private var hidden = Hidden(0, 0)

    /** Changes when lines go out of sight or come back: what was read before then is no longer true. */
    val sight: Any get() = hidden

    /** Counts up with every change. */
    val revision: StateFlow<Long> = changes.asStateFlow()

    /** Writes a batch, whole or not at all. */
    suspend fun add(events: List<Event>) {
        if (events.isEmpty()) return
        write { db ->
            val sources = SourceTable(db)
            events.forEach { db.insertOrThrow("told", null, row(it, sources)) }
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
        withContext(reader) {
            Query(search, hidden.told)
                .lines(database.readableDatabase, lower, upper, limit, fromBelow)
                .map { (id, event) -> HistoryItem.Told(id, decode(event)) }
        }

    /** The line with this number, as long as it is there. */
    suspend fun line(id: Long): HistoryItem.Told? =
        withContext(reader) {
            database.readableDatabase
                .query("SELECT event FROM told WHERE id = $id AND id > ${hidden.told}") { HistoryItem.Told(id, decode(it.getString(0))) }
                .singleOrNull()
        }

    /** What there is to filter by, as days of [zone]. */
    suspend fun facets(zone: ZoneId): Facets =
        withContext(reader) {
            val db = database.readableDatabase
            Facets(
                senders = db.query("SELECT DISTINCT sender FROM source ORDER BY sender") { it.getString(0) },
                kinds =
                    db
                        .query("SELECT DISTINCT kinds FROM source") { it.getString(0) }
                        .flatMap(Source::kindsIn)
                        .distinct()
                        .sorted(),
                countries = db.query("SELECT DISTINCT country FROM source WHERE country != '' ORDER BY country") { it.getString(0) },
                networks =
                    db.query("SELECT asn, max(network) FROM source WHERE asn != 0 GROUP BY asn ORDER BY 2, asn") {
                        Network(it.getLong(0), it.getString(1).ifEmpty { null })
                    },
                days = days(db, zone),
            )
        }

    /** From each day's beginning to the newest line before it: one look-up a day, however many lines it has. */
    private fun days(
        db: SQLiteDatabase,
        zone: ZoneId,
    ): List<LocalDate> {
        val dayBefore = { timeMs: Long ->
            db
                .query("SELECT max(time_ms) FROM told WHERE time_ms < $timeMs") { if (it.isNull(0)) null else it.getLong(0) }
                .single()
                ?.let { Instant.ofEpochMilli(it).atZone(zone).toLocalDate() }
        }
        return generateSequence(dayBefore(Long.MAX_VALUE)) { day -> dayBefore(day.atStartOfDay(zone).toInstant().toEpochMilli()) }
            .take(MOST_DAYS)
            .toList()
    }

    /** What was stopped and reported since then. */
    suspend fun tally(sinceMs: Long): Tally =
        withContext(reader) {
            val counts =
                database.readableDatabase.query(TALLY, sinceMs, hidden.told) { it.getString(0) to it.getInt(1) }.toMap()
            Tally(counts[Decision.BLOCK.name] ?: 0, counts[Decision.WARN.name] ?: 0)
        }

    /** What was stopped since then. */
    suspend fun stopped(sinceMs: Long): Stopped =
        withContext(reader) {
            val db = database.readableDatabase
            val quarters = db.query(STOPPED, sinceMs, hidden.told) { it.getLong(0) * Stopped.QUARTER_MS to it.getInt(1) }
            val kinds =
                db
                    .query(STOPPED_KINDS, sinceMs, hidden.told) { Source.kindsIn(it.getString(0)) to it.getInt(1) }
                    .flatMap { (kinds, count) -> kinds.map { it to count } }
                    .groupingBy { it.first }
                    .fold(0) { sum, (_, count) -> sum + count }
            Stopped(quarters.toMap(), kinds)
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
        db.execSQL(FORGOTTEN_SOURCES)
    }

    /** Has all lines so far out of sight. They are there until [deleteHidden], and come back with [unhide] or the next process. */
    suspend fun hide() {
        val last = { table: String -> database.readableDatabase.query("SELECT max(id) FROM $table") { it.getLong(0) }.single() }
        conceal(withContext(reader) { Hidden(last("told"), last("run")) })
    }

    /** Undoes [hide]. */
    fun unhide() = conceal(Hidden(0, 0))

    /** Forgets what is hidden; the current stretch of protection stays. */
    suspend fun deleteHidden() =
        write { db ->
            db.execSQL("DELETE FROM told WHERE id <= ?", arrayOf(hidden.told))
            db.execSQL("DELETE FROM run WHERE ended_ms IS NOT NULL AND id <= ?", arrayOf(hidden.run))
            db.execSQL(FORGOTTEN_SOURCES)
        }

    private fun conceal(what: Hidden) {
        hidden = what
        changes.update { it + 1 }
    }

    /** The stretches without protection, newest first: those between runs, and the one since the last. */
    suspend fun outages(): List<HistoryItem.Outage> =
        withContext(reader) {
            val runs =
                database.readableDatabase.query(RUNS) {
                    Run(it.getLong(0), it.getLong(1), if (it.isNull(2)) null else it.getLong(2), it.getInt(3))
                }
            val starts = runs.map { it.startedMs as Long? }.drop(1) + null
            runs
                .zip(starts)
                .filter { (run) -> run.id > hidden.run }
                .mapNotNull { (run, nextStart) ->
                    run.endedMs?.let { HistoryItem.Outage(it, nextStart, OutageCause.of(run.cause), run.id) }
                }.reversed()
        }

    override fun close() = database.close()

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

    /** The last line and the last run that are out of sight. */
    private data class Hidden(
        val told: Long,
        val run: Long,
    )

    private data class Run(
        val id: Long,
        val startedMs: Long,
        val endedMs: Long?,
        val cause: Int,
    )

    private companion object {
        /** So much of a history that is too large goes at once. */
        const val PRUNED_PART = 10

        /** More than the history may be kept. */
        const val MOST_DAYS = 400

        const val CUT_OFF = "UPDATE run SET ended_ms = seen_ms WHERE ended_ms IS NULL"

        const val RUNS = "SELECT id, started_ms, ended_ms, cause FROM run ORDER BY id"

        /** From the index alone; the sources are few. */
        const val TALLY =
            "SELECT verdict, sum(lines) FROM (SELECT source, count(*) AS lines FROM told WHERE time_ms >= ? AND id > ? GROUP BY source) " +
                "AS counted JOIN source ON source.id = counted.source GROUP BY verdict"

        const val STOPPED =
            "SELECT time_ms / ${Stopped.QUARTER_MS} AS quarter, count(*) FROM told WHERE time_ms >= ? AND id > ? " +
                "AND +source IN (SELECT id FROM source WHERE verdict = 'BLOCK') GROUP BY quarter"
        const val STOPPED_KINDS =
            "SELECT kinds, sum(lines) FROM (SELECT source, count(*) AS lines FROM told WHERE time_ms >= ? AND id > ? GROUP BY source) " +
                "AS counted JOIN source ON source.id = counted.source WHERE verdict = 'BLOCK' GROUP BY kinds"

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
