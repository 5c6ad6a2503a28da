package app.gasket.history

import android.database.sqlite.SQLiteDatabase

/** What is no longer kept. Only ever a beginning goes, so that the rest still proves itself, and it is told that it went. */
interface Retention {
    /** Drops what is older than [oldestMs], and the oldest lines for as long as the tables take more than [mostBytes]. */
    suspend fun prune(
        oldestMs: Long,
        mostBytes: Long,
    )

    /** Forgets what is hidden; the current stretch of protection stays. */
    suspend fun deleteHidden()
}

internal class Retained(
    private val store: Store,
) : Retention {
    override suspend fun prune(
        oldestMs: Long,
        mostBytes: Long,
    ) = store.write { db, chain ->
        val nowMs = store.now()
        var last = lastOlder(db, "told", "time_ms", oldestMs..nowMs)?.let { removeLines(db, it) }
        var why = Removal.Why.AGE
        while (usedBytes(db) > mostBytes) {
            val rows = db.query("SELECT count(*) FROM told") { it.getInt(0) }.single()
            val next =
                db.query("SELECT id FROM told ORDER BY id LIMIT 1 OFFSET ${rows / PRUNED_PART}") { it.getLong(0) }.singleOrNull() ?: break
            last = removeLines(db, next)
            why = Removal.Why.SIZE
        }
        last?.let { chain.removed(it, why, nowMs) }
        lastOlder(db, "run", "ended_ms", oldestMs..nowMs)?.let { removeRuns(db, chain, it) }
        db.execSQL(FORGOTTEN_SOURCES)
    }

    override suspend fun deleteHidden() =
        store.write { db, chain ->
            val hidden = store.hidden
            removeLines(db, hidden.told)?.let { chain.removed(it, Removal.Why.CLEARED, store.now()) }
            removeRuns(db, chain, hidden.run)
            db.execSQL(FORGOTTEN_SOURCES)
        }

    /**
     * The last row that goes for its age. What is dated in [kept] stays, and all behind it. What is dated later was written while
     * the clock was ahead: it goes with what is behind it.
     */
    private fun lastOlder(
        db: SQLiteDatabase,
        table: String,
        time: String,
        kept: LongRange,
    ): Long? {
        // By number and not by the index over time: as a rule the first row already stays.
        val stays =
            db
                .query("SELECT id FROM $table WHERE +$time IS NULL OR +$time BETWEEN ${kept.first} AND ${kept.last} ORDER BY id LIMIT 1") {
                    it.getLong(0)
                }.singleOrNull() ?: Long.MAX_VALUE
        return db
            .query("SELECT id FROM $table WHERE id < $stays AND +$time < ${kept.first} ORDER BY id DESC LIMIT 1") { it.getLong(0) }
            .singleOrNull()
    }

    /** Removes the lines up to a number; gives the last of them. */
    private fun removeLines(
        db: SQLiteDatabase,
        last: Long,
    ): End? {
        val end = db.query("SELECT id, link FROM told WHERE id <= $last ORDER BY id DESC LIMIT 1") { Columns(it).end() }.singleOrNull()
        if (end != null) db.execSQL("DELETE FROM told WHERE id <= $last")
        return end
    }

    /** Removes the stretches up to a number, and all entries up to the last one about them. */
    private fun removeRuns(
        db: SQLiteDatabase,
        chain: Chain,
        last: Long,
    ) {
        db.execSQL("DELETE FROM run WHERE id <= $last")
        val end =
            db.query("SELECT id, link FROM turn WHERE run <= $last ORDER BY id DESC LIMIT 1") { Columns(it).end() }.singleOrNull() ?: return
        db.execSQL("DELETE FROM turn WHERE id <= ${end.id}")
        chain.keep(ChainName.TURNS.anchor, end)
        val isTold = db.query("SELECT EXISTS (SELECT 1 FROM turn WHERE kind = ${TurnKind.REMOVED.number})") { it.getInt(0) }.single() == 1
        if (!isTold) chain.removedAsBefore()
    }

    private fun usedBytes(db: SQLiteDatabase): Long {
        val (pages, free, size) =
            listOf("page_count", "freelist_count", "page_size").map {
                db.query("PRAGMA $it") { row -> row.getLong(0) }.single()
            }
        return (pages - free) * size
    }

    private companion object {
        /** So much of a history that is too large goes at once. */
        const val PRUNED_PART = 10

        const val FORGOTTEN_SOURCES = "DELETE FROM source WHERE NOT EXISTS (SELECT 1 FROM told WHERE told.source = source.id)"
    }
}
