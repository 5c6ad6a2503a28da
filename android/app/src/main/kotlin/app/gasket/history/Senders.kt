package app.gasket.history

import android.database.sqlite.SQLiteDatabase
import app.gasket.bridge.Destination
import app.gasket.bridge.Event

/** What the history says of each app. */
interface Senders {
    /** What was told of each sender since then. */
    suspend fun sent(sinceMs: Long): Map<String, Sent>

    /** Where a package wanted to, most often first. */
    suspend fun destinations(packageName: String): Destinations
}

/** What was told of one sender. */
data class Sent(
    /** Lines that were stopped or reported. */
    val leaks: Int,
    /** Bytes of what the lines are about that left the phone, as far as the newest [MOST] lines of all senders go. */
    val bytesLeft: Long,
) {
    companion object {
        /** About 4 MB of lines are read for it. */
        const val MOST = 5_000
    }
}

/** Where an app wanted to, as far as its newest [MOST] lines go. */
data class Destinations(
    val all: List<Visited>,
    /** Whether there are older lines that are not counted. */
    val isPart: Boolean,
) {
    companion object {
        const val MOST = 5_000
    }
}

/** One destination: its name and place, how often, and how much left for it. */
data class Visited(
    /** With the address and port of one of the lines. */
    val destination: Destination,
    val count: Int,
    val bytesLeft: Long,
)

/** Adds up lines by their sources, of which there are few; what a source's lines are about is read from one of them. */
internal class SenderQueries(
    private val store: Store,
) : Senders {
    override suspend fun sent(sinceMs: Long): Map<String, Sent> =
        store.read { db, hidden ->
            val leaks = db.query(LEAKS, sinceMs, hidden.told) { it.getString(0) to it.getInt(1) }
            val bytes = db.query(BYTES_BY_SENDER, sinceMs, hidden.told) { it.getString(0) to it.getLong(1) }.toMap()
            leaks.associate { (sender, count) -> sender to Sent(count, bytes[sender] ?: 0) }
        }

    override suspend fun destinations(packageName: String): Destinations =
        store.read { db, hidden ->
            val ids = Query(Search(packageName = packageName), hidden.told).ids(db, Place.FIRST, Place.LAST, Destinations.MOST)
            val sums =
                db.query("SELECT max(id), count(*), sum($BYTES) FROM told WHERE id IN (${ids.joinToString(",")}) GROUP BY source") {
                    Sum(it.getLong(0), it.getInt(1), it.getLong(2))
                }
            val all =
                sums
                    .mapNotNull { sum -> event(db, sum.line)?.let { Visited(it.destination, sum.count, sum.bytesLeft) } }
                    .groupBy { it.destination.run { listOf(name ?: address, country, network) } }
                    .values
                    .map { same -> same.first().copy(count = same.sumOf { it.count }, bytesLeft = same.sumOf { it.bytesLeft }) }
                    .sortedByDescending { it.count }
            Destinations(all, isPart = sums.sumOf { it.count } == Destinations.MOST)
        }

    private class Sum(
        val line: Long,
        val count: Int,
        val bytesLeft: Long,
    )

    private fun event(
        db: SQLiteDatabase,
        id: Long,
    ): Event? =
        db
            .query("SELECT ${StoredLine.EVENT} FROM told WHERE id = $id") { eventOrNull(Columns(it).text().orEmpty()) }
            .singleOrNull()

    private companion object {
        const val LEAKS = "SELECT sender, sum(lines * (verdict != 'ALLOW')) FROM $COUNTED GROUP BY sender"

        /**
         * A number in a line's JSON: Android 8 has no JSON functions. No text in it can pretend to be this key, because a
         * quotation mark inside a text has a backslash before it.
         */
        const val KEY = "\"bytes_left\":"
        const val BYTES = "CAST(substr(event, instr(event, '$KEY') + ${KEY.length}, 19) AS INTEGER)"

        /** Without the numbers of the lines in between: naming 5,000 of them takes longer than adding them up. */
        const val BYTES_BY_SENDER =
            "SELECT sender, sum(bytes) FROM (SELECT source, $BYTES AS bytes FROM told WHERE time_ms >= ? AND id > ? " +
                "ORDER BY time_ms DESC, id DESC LIMIT ${Sent.MOST}) AS line JOIN source ON source.id = line.source GROUP BY sender"
    }
}
