package app.gasket.history

import android.database.sqlite.SQLiteDatabase

internal class ChainCheck(
    private val store: Store,
) : Proof {
    override suspend fun head(): Head =
        store.read { db, _ ->
            // In one statement, so that both are of the same moment.
            val ends = db.query("SELECT name, id, link FROM chain") { Columns(it).run { text() to end() } }.toMap()
            Head(ends[ChainName.LINES.head] ?: End.NONE, ends[ChainName.TURNS.head] ?: End.NONE)
        }

    override suspend fun standing(id: Long): Standing = LineCheck(store, id).standing()

    override suspend fun agreesWith(noted: String): Agreement =
        NotedHead.of(noted)?.let { head -> store.read { db, _ -> head.agreement(db) } } ?: Agreement.UNREADABLE

    override suspend fun check(onLines: (Long) -> Unit): ChainReport {
        val lines =
            ChainWalk(store, ChainName.LINES) { db, after ->
                db.query(LINES, after) { Columns(it).run { Entry(long(), StoredLine.of(this).content(), digest()) } }
            }
        val lineGaps = lines.walk(onLines)
        val turns = TurnCheck(store)
        val turnBreaks = turns.walk()
        val rewritten = turns.unlike.filter { id -> lineGaps.none { id in it.ids } }.map { Gap(Break.Kind.CHANGED, it..it) }
        return store.read { db, _ ->
            val lineBreaks = (lineGaps + rewritten).sortedBy { it.ids.first }
            val beginning = listOfNotNull(Break(Break.Kind.BEGINNING, after = line(db, AFTER, 0)).takeIf { hasLostBeginning(db) })
            val found = beginning + lineBreaks.take(ChainReport.MOST).map { place(db, it) } + turnBreaks
            val sinceMs = db.query("SELECT time_ms FROM told ORDER BY id LIMIT 1") { it.getLong(0) }.singleOrNull()
            ChainReport(
                lines = lines.count,
                sinceMs = sinceMs,
                removal = removal(db),
                linkedLaterMs = db.query(LINKED_LATER) { it.getLong(0) }.singleOrNull(),
                begunAnewMs = db.query(BEGUN_ANEW) { it.getLong(0) }.singleOrNull(),
                breaks = found.take(ChainReport.MOST),
                places = beginning.size + lineBreaks.size + turnBreaks.size,
                head = Head(lines.end, turns.end),
            )
        }
    }

    /** Whether the beginning went in another way than the newest entry about it says. */
    private fun hasLostBeginning(db: SQLiteDatabase): Boolean =
        db
            .query(BEGINNING) {
                Columns(it).run {
                    val kept = end()
                    // What an older version removed is not told of.
                    if (long() == 0L) kept.link != Digest.NOTHING else kept != end()
                }
            }.single()

    private fun removal(db: SQLiteDatabase): Removal? =
        db
            .query("SELECT time_ms, why FROM chain WHERE name = '${ChainName.LINES.anchor}' AND time_ms IS NOT NULL") { row ->
                Removal.Why.entries
                    .firstOrNull { it.number == row.getInt(1) }
                    ?.let { Removal(row.getLong(0), it) }
            }.singleOrNull()

    private fun place(
        db: SQLiteDatabase,
        gap: Gap,
    ): Break {
        val isExchanged = gap.kind == Break.Kind.EXCHANGED
        val (before, after) = if (isExchanged) gap.ids.first + 1 to gap.ids.last - 1 else gap.ids.first to gap.ids.last
        return Break(gap.kind, gap.ids, before = line(db, BEFORE, before), after = line(db, AFTER, after))
    }

    private fun line(
        db: SQLiteDatabase,
        query: String,
        id: Long,
    ): HistoryItem.Told? =
        db
            .query(query, id) { Columns(it).run { long() to eventOrNull(text().orEmpty()) } }
            .singleOrNull()
            ?.let { (number, event) -> event?.let { HistoryItem.Told(number, it) } }

    private companion object {
        const val LINES = "SELECT id, ${StoredLine.COLUMNS}, link FROM told WHERE id > ? ORDER BY id LIMIT $CHECKED_AT_ONCE"

        const val BEFORE = "SELECT id, event FROM told WHERE id < ? ORDER BY id DESC LIMIT 1"
        const val AFTER = "SELECT id, event FROM told WHERE id > ? ORDER BY id LIMIT 1"
        const val LINKED_LATER =
            "SELECT time_ms FROM chain WHERE name = '${Chain.LINKED}' AND EXISTS (SELECT 1 FROM told WHERE told.id <= chain.id)"

        val BEGUN_ANEW = "SELECT time_ms FROM turn WHERE kind = ${TurnKind.BEGUN_ANEW.number} ORDER BY id LIMIT 1"

        private val ANCHOR = "chain WHERE name = '${ChainName.LINES.anchor}'"
        private val REMOVED = "(SELECT told, told_link FROM turn WHERE kind = ${TurnKind.REMOVED.number} ORDER BY id DESC LIMIT 1)"

        /** Up to where the beginning was removed: as it is kept, and after how many entries tell of it, as the newest of them tells. */
        val BEGINNING =
            """SELECT (SELECT id FROM $ANCHOR), (SELECT link FROM $ANCHOR),
                (SELECT count(*) FROM $REMOVED), (SELECT told FROM $REMOVED), (SELECT told_link FROM $REMOVED)"""
    }
}

/** So many entries are in memory at once, about 1 MB. */
internal const val CHECKED_AT_ONCE = 500
