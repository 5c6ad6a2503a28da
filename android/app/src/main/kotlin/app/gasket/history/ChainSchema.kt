package app.gasket.history

import android.database.sqlite.SQLiteDatabase

/** Adds the chains' tables, and links what an older version has written. */
internal fun addChains(
    db: SQLiteDatabase,
    nowMs: Long,
) {
    TABLES.forEach(db::execSQL)
    val hadLines = linkLines(db)
    val chain = Chain(db, Ends.of(db))
    // They are told as of now: what happened to them until now does not show.
    val hadRuns = db.query(RUNS) { Columns(it).run { Triple(long(), long(), longOrNull() to long().toInt()) } }
    for ((run, startedMs, end) in hadRuns) {
        val (endedMs, cause) = end
        chain.add(TurnKind.BEGAN, run, startedMs)
        endedMs?.let { chain.add(TurnKind.ENDED, run, it, cause) }
    }
    if (hadLines || hadRuns.isNotEmpty()) chain.linked(nowMs)
    chain.save()
}

private fun linkLines(db: SQLiteDatabase): Boolean {
    val page = { last: Long ->
        db.query("SELECT id, ${StoredLine.COLUMNS} FROM told WHERE id > $last ORDER BY id LIMIT $AT_ONCE") {
            Columns(it).run { long() to StoredLine.of(this).content() }
        }
    }
    val first = page(0)
    val used = db.query("SELECT seq FROM sqlite_sequence WHERE name = 'told'") { it.getLong(0) }.singleOrNull() ?: 0
    val anchor = End((first.firstOrNull()?.first ?: (used + 1)) - 1, Digest.NOTHING)
    val place = db.compileStatement("UPDATE told SET link = ? WHERE id = ?")
    var end = anchor
    generateSequence(first) { page(it.last().first) }.takeWhile { it.isNotEmpty() }.forEach { lines ->
        for ((id, content) in lines) {
            end = End(id, ChainName.LINES.link(end.link, id, content))
            place.bindBlob(1, end.link.bytes)
            place.bindLong(2, id)
            place.executeUpdateDelete()
        }
    }
    val chain = Chain(db, Ends(End.NONE, End.NONE))
    chain.keep(ChainName.LINES.anchor, anchor)
    chain.keep(ChainName.LINES.head, end)
    return first.isNotEmpty()
}

/** So many lines are in memory at once, about 1 MB. */
private const val AT_ONCE = 500

private const val RUNS = "SELECT id, started_ms, ended_ms, cause FROM run ORDER BY id"

private val TABLES =
    listOf(
        "ALTER TABLE told ADD COLUMN link BLOB",
        """CREATE TABLE turn (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind INTEGER NOT NULL,
            run INTEGER,
            time_ms INTEGER NOT NULL,
            cause INTEGER,
            told INTEGER NOT NULL,
            told_link BLOB NOT NULL,
            link BLOB NOT NULL
        )""",
        "CREATE INDEX turn_by_run ON turn (run, kind)",
        "CREATE TABLE chain (name TEXT PRIMARY KEY, id INTEGER NOT NULL, link BLOB NOT NULL, time_ms INTEGER, why INTEGER)",
    )
