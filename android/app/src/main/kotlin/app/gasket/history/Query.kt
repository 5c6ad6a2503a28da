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

/** Finds lines by key, never by counting: a page costs the same wherever it is. */
internal class Query(
    private val search: Search,
    /** Lines up to this number are out of sight. */
    private val hidden: Long,
    /** Up to so many lines are sorted; among more, the first ones are looked for. */
    private val rare: Int = RARE,
) {
    /** The sources whose lines are wanted; null for all. */
    private val sources: String? = conditions().takeIf { it.isNotEmpty() }?.joinToString(" AND ", "SELECT id FROM source WHERE ")

    /**
     * The ids and events of at most [limit] lines between two places, newest first: the ones next to
     * [upper], or with [fromBelow] those next to [lower].
     */
    fun lines(
        db: SQLiteDatabase,
        lower: Place,
        upper: Place,
        limit: Int,
        fromBelow: Boolean,
    ): List<Pair<Long, String>> {
        val ids = ids(db, lower, upper, limit, fromBelow)
        return db.query("SELECT id, event FROM told WHERE id IN ($ids) ORDER BY time_ms DESC, id DESC") {
            it.getLong(0) to it.getString(1)
        }
    }

    /** A query for the numbers of the same lines. */
    fun ids(
        db: SQLiteDatabase,
        lower: Place,
        upper: Place,
        limit: Int,
        fromBelow: Boolean = false,
    ): String {
        val order = if (fromBelow) "ASC" else "DESC"
        val (index, column) = if (isRare(db)) "INDEXED BY told_by_source" to "source" else "" to "+source"
        val condition = sources?.let { "AND $column IN ($it)" } ?: "AND +source IS NOT NULL"
        return """SELECT id FROM told $index WHERE (time_ms, id) > (${place(maxOf(lower, Place(search.span.first, Long.MIN_VALUE)))})
                AND (time_ms, id) < (${place(minOf(upper, Place(search.span.last, Long.MAX_VALUE)))})
                AND +id > $hidden $condition
                ORDER BY time_ms $order, id $order LIMIT $limit"""
    }

    /** Whether it is quicker to sort all lines of the sources than to look through the newest ones for them. */
    private fun isRare(db: SQLiteDatabase): Boolean {
        val wanted = sources ?: return false
        val some = "SELECT 1 FROM told WHERE source IN ($wanted) LIMIT ${rare + 1}"
        return db.query("SELECT count(*) FROM ($some)") { it.getInt(0) }.single() <= rare
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

    private fun place(place: Place) = "${place.timeMs}, ${place.id}"

    /** Into the statement itself: SQLite 3.18 takes 999 parameters, and a word may stand for more apps. */
    private fun quote(text: String): String = DatabaseUtils.sqlEscapeString(text)

    companion object {
        /** So many lines are sorted in some 20 ms. */
        const val RARE = 20_000

        /** A name's parts in their order, the last one as a beginning. Null where nothing can be looked for. */
        fun phrase(text: String): String? =
            text
                .split(Regex("[^\\p{L}\\p{N}\\p{M}]+"))
                .filter { it.isNotEmpty() }
                .takeIf { it.isNotEmpty() }
                ?.joinToString(" ", "\"", "*\"")
    }
}
