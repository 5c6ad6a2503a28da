package app.gasket.history

import android.database.sqlite.SQLiteDatabase
import app.gasket.bridge.Decision
import app.gasket.bridge.Network
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId

/** What is counted over the lines. */
interface Counts {
    /** What there is to filter by, as days of [zone]. */
    suspend fun facets(zone: ZoneId): Facets

    /** What was stopped and reported since then. */
    suspend fun tally(sinceMs: Long): Tally

    /** What was stopped since then. */
    suspend fun stopped(sinceMs: Long): Stopped
}

/** Each source with the number of its lines, from the index alone; the sources are few. */
internal const val COUNTED =
    "(SELECT source, count(*) AS lines FROM told WHERE time_ms >= ? AND id > ? GROUP BY source) " +
        "AS counted JOIN source ON source.id = counted.source"

/** Counts by sources and from indexes alone: no line is touched. */
internal class CountingQueries(
    private val store: Store,
) : Counts {
    override suspend fun facets(zone: ZoneId): Facets =
        store.read { db, _ ->
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

    override suspend fun tally(sinceMs: Long): Tally =
        store.read { db, hidden ->
            val counts =
                db.query(TALLY, sinceMs, hidden.told) { it.getString(0) to it.getInt(1) }.toMap()
            Tally(counts[Decision.BLOCK.name] ?: 0, counts[Decision.WARN.name] ?: 0)
        }

    override suspend fun stopped(sinceMs: Long): Stopped =
        store.read { db, hidden ->
            val quarters = db.query(STOPPED, sinceMs, hidden.told) { it.getLong(0) * Stopped.QUARTER_MS to it.getInt(1) }
            val kinds =
                db
                    .query(STOPPED_KINDS, sinceMs, hidden.told) { Source.kindsIn(it.getString(0)) to it.getInt(1) }
                    .flatMap { (kinds, count) -> kinds.map { it to count } }
                    .groupingBy { it.first }
                    .fold(0) { sum, (_, count) -> sum + count }
            Stopped(quarters.toMap(), kinds)
        }

    private companion object {
        /** More than the history may be kept. */
        const val MOST_DAYS = 400

        const val TALLY = "SELECT verdict, sum(lines) FROM $COUNTED GROUP BY verdict"

        const val STOPPED =
            "SELECT time_ms / ${Stopped.QUARTER_MS} AS quarter, count(*) FROM told WHERE time_ms >= ? AND id > ? " +
                "AND +source IN (SELECT id FROM source WHERE verdict = 'BLOCK') GROUP BY quarter"
        const val STOPPED_KINDS = "SELECT kinds, sum(lines) FROM $COUNTED WHERE verdict = 'BLOCK' GROUP BY kinds"
    }
}
