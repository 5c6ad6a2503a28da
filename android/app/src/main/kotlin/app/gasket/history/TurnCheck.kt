package app.gasket.history

import android.database.sqlite.SQLiteDatabase

/** Looks at the chain about protection, at the lines whose links it has, and at the stretches that are made of it. */
internal class TurnCheck(
    private val store: Store,
) {
    private val walk = ChainWalk(store, ChainName.TURNS, read = ::page)
    private val unlikely = sortedSetOf<Long>()

    /** The newest entry. */
    val end: End get() = walk.end

    /** Lines that have another link than what was written down about protection at that time. */
    val unlike: Set<Long> get() = unlikely

    /** Gives the places where something does not fit, at most some more than a report has. */
    suspend fun walk(): List<Break> {
        val gaps = walk.walk()
        return store.read { db, _ ->
            val ofChain = gaps.map { gap -> Break(kindOf(gap.kind), atMs = timeNear(db, gap.ids.first)) }
            val changed = db.query(OTHER_RUNS) { Break(Break.Kind.STRETCH_CHANGED, atMs = it.getLong(0)) }
            val missing = db.query(NO_RUNS) { Break(Break.Kind.STRETCH_MISSING, atMs = it.getLong(0)) }
            (ofChain + changed + missing).distinct()
        }
    }

    private fun page(
        db: SQLiteDatabase,
        after: Long,
    ): List<Entry> {
        val turns =
            db.query("SELECT id, ${Turn.COLUMNS}, link FROM turn WHERE id > ? ORDER BY id LIMIT $CHECKED_AT_ONCE", after) {
                Columns(it).run { Triple(long(), Turn.of(this), digest()) }
            }
        val told = turns.map { it.second.told }.distinct()
        val ids = told.joinToString(",") { "${it.id}" }
        val links = db.query("SELECT id, link FROM told WHERE id IN ($ids)") { Columns(it).end() }.associate { it.id to it.link }
        // Read last: what is gone by now was removed.
        val anchor = db.kept(ChainName.LINES.anchor) ?: End.NONE
        for (end in told.filter { it.id >= anchor.id }) {
            val link = if (end.id == anchor.id) anchor.link else links[end.id]
            if (link != end.link) unlikely += end.id
        }
        return turns.map { (id, turn, link) -> Entry(id, turn.content(), link) }
    }

    private fun timeNear(
        db: SQLiteDatabase,
        id: Long,
    ): Long? =
        db
            .query(
                "SELECT time_ms FROM (SELECT id, time_ms FROM turn WHERE id >= ? ORDER BY id LIMIT 1) " +
                    "UNION ALL SELECT time_ms FROM (SELECT time_ms FROM turn ORDER BY id DESC LIMIT 1)",
                id,
            ) { it.getLong(0) }
            .firstOrNull()

    private fun kindOf(kind: Break.Kind): Break.Kind =
        when (kind) {
            Break.Kind.MISSING, Break.Kind.CUT_OFF -> Break.Kind.STRETCH_MISSING
            else -> Break.Kind.STRETCH_CHANGED
        }

    private companion object {
        private fun last(column: String) =
            "(SELECT $column FROM turn WHERE turn.run = run.id AND kind = ${TurnKind.ENDED.number} ORDER BY turn.id DESC LIMIT 1)"

        private val BEGAN = "(SELECT time_ms FROM turn WHERE turn.run = run.id AND kind = ${TurnKind.BEGAN.number})"

        /** Stretches that are not as their entries say; each with its entries in one statement, so that both are of one moment. */
        val OTHER_RUNS =
            "SELECT started_ms FROM run WHERE started_ms IS NOT $BEGAN OR ended_ms IS NOT ${last("time_ms")} " +
                "OR cause != coalesce(${last("cause")}, 0) ORDER BY id LIMIT ${ChainReport.MOST}"

        /** Stretches of which there are only entries. */
        val NO_RUNS =
            "SELECT min(time_ms) FROM turn WHERE run IS NOT NULL AND run NOT IN (SELECT id FROM run) GROUP BY run ORDER BY run LIMIT ${ChainReport.MOST}"
    }
}
