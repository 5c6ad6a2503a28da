package app.gasket.history

import android.content.ContentValues
import android.database.sqlite.SQLiteDatabase

/** Stretches of protection, and between them those without. */
interface Runs {
    /** Protection that nobody ended was cut off at its last sign of life: by the end of the process, or of the phone. */
    suspend fun protectionWasCutOff()

    /** Protection began. */
    suspend fun protectionBegan(nowMs: Long)

    /** Protection ended. Without one that began this says nothing. */
    suspend fun protectionEnded(
        nowMs: Long,
        cause: OutageCause,
    )

    /** The stretches without protection, newest first: those between runs, and the one since the last. */
    suspend fun outages(): List<HistoryItem.Outage>
}

internal class RunTable(
    private val store: Store,
) : Runs {
    override suspend fun protectionWasCutOff() = store.write(::cutOff)

    override suspend fun protectionBegan(nowMs: Long): Unit =
        store.write { db, chain ->
            cutOff(db, chain)
            val row =
                ContentValues().apply {
                    put("started_ms", nowMs)
                    put("seen_ms", nowMs)
                }
            chain.add(TurnKind.BEGAN, db.insertOrThrow("run", null, row), nowMs)
        }

    override suspend fun protectionEnded(
        nowMs: Long,
        cause: OutageCause,
    ) = store.write { db, chain ->
        // Switched off while it rested: the stretch goes on for that reason.
        if (cause == OutageCause.USER) {
            db.query(PAUSED) { Ended(it.getLong(0), it.getLong(1)) }.forEach { end(db, chain, it, cause) }
        }
        db.query(OPEN) { Ended(it.getLong(0), nowMs) }.forEach { end(db, chain, it, cause) }
    }

    /** What nobody ended was cut off at its last sign of life. */
    private fun cutOff(
        db: SQLiteDatabase,
        chain: Chain,
    ) = db.query(OPEN) { Ended(it.getLong(0), it.getLong(1)) }.forEach { end(db, chain, it, OutageCause.UNKNOWN) }

    /** When a run ended. */
    private class Ended(
        val run: Long,
        val atMs: Long,
    )

    private fun end(
        db: SQLiteDatabase,
        chain: Chain,
        end: Ended,
        cause: OutageCause,
    ) {
        db.execSQL("UPDATE run SET ended_ms = ?, cause = ? WHERE id = ?", arrayOf<Any>(end.atMs, cause.number, end.run))
        chain.add(TurnKind.ENDED, end.run, end.atMs, cause.number)
    }

    override suspend fun outages(): List<HistoryItem.Outage> =
        store.read { db, hidden ->
            val runs =
                db.query(RUNS) {
                    Run(it.getLong(0), it.getLong(1), if (it.isNull(2)) null else it.getLong(2), it.getInt(CAUSE))
                }
            val starts = runs.map { it.startedMs as Long? }.drop(1) + null
            runs
                .zip(starts)
                .filter { (run) -> run.id > hidden.run }
                .mapNotNull { (run, nextStart) ->
                    run.endedMs?.let { HistoryItem.Outage(it, nextStart, OutageCause.of(run.cause), run.id) }
                }.reversed()
        }

    private data class Run(
        val id: Long,
        val startedMs: Long,
        val endedMs: Long?,
        val cause: Int,
    )

    private companion object {
        const val OPEN = "SELECT id, seen_ms FROM run WHERE ended_ms IS NULL"
        val PAUSED =
            "SELECT id, ended_ms FROM run WHERE ended_ms IS NOT NULL AND cause = ${OutageCause.PAUSED.number} AND id = (SELECT max(id) FROM run)"

        /** Its place among the columns of [RUNS]. */
        const val CAUSE = 3
        const val RUNS = "SELECT id, started_ms, ended_ms, cause FROM run ORDER BY id"
    }
}
