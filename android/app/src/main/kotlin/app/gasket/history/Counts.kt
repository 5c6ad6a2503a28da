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

/** Counts from indexes and from sums alone: no line is touched. */
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
                .query(
                    "SELECT max(time_ms) FROM told WHERE time_ms >= 0 AND time_ms < $timeMs",
                ) { if (it.isNull(0)) null else it.getLong(0) }
                .single()
                ?.let { Instant.ofEpochMilli(it).atZone(zone).toLocalDate() }
        }
        return generateSequence(dayBefore(YEAR_10000_MS)) { day -> dayBefore(day.atStartOfDay(zone).toInstant().toEpochMilli()) }
            .take(MOST_DAYS)
            .toList()
    }

    override suspend fun tally(sinceMs: Long): Tally =
        store.read { db, hidden ->
            val lines = sums(db, sinceMs, hidden.told).groupingBy { it.verdict }.fold(0) { all, sum -> all + sum.lines }
            Tally(lines[Decision.BLOCK.name] ?: 0, lines[Decision.WARN.name] ?: 0)
        }

    override suspend fun stopped(sinceMs: Long): Stopped =
        store.read { db, hidden ->
            val blocked = sums(db, sinceMs, hidden.told).filter { it.verdict == Decision.BLOCK.name }
            Stopped(
                quarters = blocked.groupingBy { it.quarter * Stopped.QUARTER_MS }.fold(0) { all, sum -> all + sum.lines },
                kinds =
                    blocked
                        .flatMap { sum -> Source.kindsIn(sum.kinds).map { it to sum.lines } }
                        .groupingBy { it.first }
                        .fold(0) { sum, (_, lines) -> sum + lines },
            )
        }

    /** How many lines of a quarter of an hour have this outcome and these kinds in them. */
    private class Sum(
        val quarter: Long,
        val verdict: String,
        val kinds: String,
        val lines: Int,
    )

    /** All since then: whole quarters as they were added up when they were written, and what is left line by line. */
    private fun sums(
        db: SQLiteDatabase,
        sinceMs: Long,
        hidden: Long,
    ): List<Sum> {
        val first = (sinceMs + Stopped.QUARTER_MS - 1) / Stopped.QUARTER_MS
        // What is in sight of a hidden history is little, and found by its number.
        if (db.isHiding(hidden)) return read(db, counted("told.id > $hidden AND +time_ms >= $sinceMs"))
        return read(db, "SELECT quarter, verdict, kinds, lines FROM quarter_sum WHERE quarter >= $first") +
            read(db, counted("time_ms >= $sinceMs AND time_ms < ${first * Stopped.QUARTER_MS}"))
    }

    private fun counted(condition: String) = "$COUNT_LINES WHERE $condition GROUP BY 1, 2, 3"

    private fun read(
        db: SQLiteDatabase,
        sql: String,
    ) = db.query(sql) { Sum(it.getLong(0), it.getString(1), it.getString(2), it.getInt(LINES)) }

    internal companion object {
        /** More than the history may be kept. */
        private const val MOST_DAYS = 400

        /** What is dated later has no day that anybody could choose. */
        private const val YEAR_10000_MS = 253_402_300_800_000

        /** Its place among the columns of [COUNT_LINES]. */
        private const val LINES = 3

        /** To be grouped by the first three. */
        const val COUNT_LINES =
            "SELECT time_ms / ${Stopped.QUARTER_MS}, source.verdict, kinds, count(*) FROM told JOIN source ON source.id = source"
    }
}
