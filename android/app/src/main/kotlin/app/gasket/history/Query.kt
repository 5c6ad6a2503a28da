package app.gasket.history

import android.database.Cursor
import android.database.DatabaseUtils
import android.database.sqlite.SQLiteDatabase

internal fun <T> SQLiteDatabase.query(
    sql: String,
    vararg arguments: Any,
    read: (Cursor) -> T,
): List<T> =
    rawQuery(sql, arguments.map(Any::toString).toTypedArray()).use { cursor ->
        buildList { while (cursor.moveToNext()) add(read(cursor)) }
    }

/** Whether lines up to the number [hidden] are still there, out of sight. */
internal fun SQLiteDatabase.isHiding(hidden: Long): Boolean =
    hidden > 0 && query("SELECT min(id) FROM told") { it.getLong(0) }.single() <= hidden

/** A part of the history, to be gone through from its newest line on, or from its oldest. */
internal class Stretch(
    lower: Place,
    upper: Place,
    fromOldest: Boolean,
    /** Lines up to this number are out of sight. */
    private val hidden: Long,
) {
    private val direction = if (fromOldest) "ASC" else "DESC"
    private val inIt = "(time_ms, id) > (${lower.timeMs}, ${lower.id}) AND (time_ms, id) < (${upper.timeMs}, ${upper.id})"

    /** Which of two times comes first. */
    val times: Comparator<Long> = if (fromOldest) naturalOrder() else reverseOrder()
    val order = "ORDER BY time_ms $direction, id $direction"

    /** A query for its first lines, whatever their source. What is in sight while much is hidden is little, and found by its number. */
    fun first(
        limit: Int,
        isHiding: Boolean,
    ): String {
        val (index, id) = if (isHiding) "NOT INDEXED" to "id" else "" to "+id"
        return "SELECT id, time_ms, source FROM told $index WHERE $inIt AND $id > $hidden AND +source IS NOT NULL $order LIMIT $limit"
    }

    /** A query for the first lines of a source. */
    fun firstOf(
        source: String,
        limit: Int,
    ) = "SELECT id, time_ms FROM told INDEXED BY told_by_source WHERE source = $source AND $inIt AND +id > $hidden $order LIMIT $limit"
}

/** Finds lines by key, never by counting: a page costs the same wherever it is. */
internal class Query(
    private val search: Search,
    /** Lines up to this number are out of sight. */
    private val hidden: Long,
    /** So many lines are looked through before each source is asked for its own. */
    private val near: Int = NEAR,
) {
    /** The sources whose lines are wanted; null for all. */
    private val sources: String? = conditions().takeIf { it.isNotEmpty() }?.joinToString(" AND ", "SELECT id FROM source WHERE ")

    /**
     * At most [limit] lines between two places, newest first: the ones next to
     * [upper], or with [fromBelow] those next to [lower].
     */
    fun lines(
        db: SQLiteDatabase,
        lower: Place,
        upper: Place,
        limit: Int,
        fromBelow: Boolean,
    ): List<HistoryItem.Told> {
        val ids = ids(db, lower, upper, limit, fromBelow).joinToString(",")
        return db.query("SELECT $TOLD FROM told WHERE id IN ($ids) ORDER BY time_ms DESC, id DESC", read = ::told)
    }

    /** The numbers of the same lines. */
    fun ids(
        db: SQLiteDatabase,
        lower: Place,
        upper: Place,
        limit: Int,
        fromBelow: Boolean = false,
    ): List<Long> {
        val from = maxOf(lower, Place(search.span.first, Long.MIN_VALUE))
        val to = minOf(upper, Place(search.span.last, Long.MAX_VALUE))
        val stretch = Stretch(from, to, fromBelow, hidden)
        val isHiding = db.isHiding(hidden)
        if (sources == null) return db.query(stretch.first(limit, isHiding)) { it.getLong(0) }
        val among = "SELECT id FROM (${stretch.first(near, isHiding)}) WHERE source IN ($sources) ${stretch.order} LIMIT $limit"
        val found = db.query(among) { it.getLong(0) }
        return if (found.size == limit) found else ofEachSource(db, stretch, limit)
    }

    /** The first lines of all are among those of the sources that have the first ones. */
    private fun ofEachSource(
        db: SQLiteDatabase,
        stretch: Stretch,
        limit: Int,
    ): List<Long> {
        val first = "SELECT time_ms FROM (${stretch.firstOf("wanted.id", limit = 1)})"
        val firsts =
            db
                .query("SELECT id, ($first) FROM source AS wanted WHERE id IN ($sources)") {
                    if (it.isNull(1)) null else it.getLong(0) to it.getLong(1)
                }.filterNotNull()
                .sortedWith(compareBy(stretch.times) { it.second })
        val last = firsts.getOrNull(limit - 1)?.second
        return firsts
            .takeWhile { (_, time) -> last == null || stretch.times.compare(time, last) <= 0 }
            .flatMap { (source, _) -> db.query(stretch.firstOf("$source", limit)) { Place(it.getLong(1), it.getLong(0)) } }
            .sortedWith(compareBy<Place, Long>(stretch.times) { it.timeMs }.thenBy(stretch.times) { it.id })
            .take(limit)
            .map { it.id }
    }

    private fun conditions(): List<String> =
        listOfNotNull(
            search.verdict?.let { "verdict = ${quote(it.name)}" },
            search.sender?.let { "sender = ${quote(it)}" },
            search.packageName?.let { "instr(' ' || sender || ' ', ${quote(" $it ")})" },
            search.kind?.let { "instr(kinds, ${quote(Source.mark(it))})" },
            search.country?.let { "country = ${quote(it)}" },
            search.asn?.let { "asn = $it" },
        ) + search.words.map { any(it) }

    private fun any(word: Word): String {
        val ways =
            listOfNotNull(
                phrase(word.text)?.let { "id IN (SELECT docid FROM source_words WHERE source_words MATCH ${quote(it)})" },
                among("sender", word.senders),
                among("country", word.countries),
            ) + word.kinds.map { "instr(kinds, ${quote(Source.mark(it))})" }
        return ways.ifEmpty { listOf("0") }.joinToString(" OR ", "(", ")")
    }

    private fun among(
        column: String,
        values: Set<String>,
    ): String? = values.takeIf { it.isNotEmpty() }?.joinToString(",", "$column IN (", ")") { quote(it) }

    /** Into the statement itself: SQLite 3.18 takes 999 parameters, and a word may stand for more apps. */
    private fun quote(text: String): String = DatabaseUtils.sqlEscapeString(text)

    companion object {
        /** So many lines are looked through in some 10 ms. */
        const val NEAR = 20_000

        /** What [told] reads of a line. */
        const val TOLD = "id, ${StoredLine.EVENT}, time_ms, verdict"

        fun told(row: Cursor): HistoryItem.Told =
            Columns(row).run { HistoryItem.Told(long(), eventOf(text().orEmpty(), timeMs = long(), verdict = text())) }

        /** A name's parts in their order, the last one as a beginning. Null where nothing can be looked for. */
        fun phrase(text: String): String? =
            text
                .split(Regex("[^\\p{L}\\p{N}\\p{M}]+"))
                .filter { it.isNotEmpty() }
                .takeIf { it.isNotEmpty() }
                ?.joinToString(" ", "\"", "*\"")
    }
}
