package app.gasket.history

import android.content.ContentValues
import android.database.Cursor
import android.database.sqlite.SQLiteDatabase

/** One of the two chains. The numbers are part of people's links: never change one. */
internal enum class ChainName(
    private val number: Long,
    /** Rows of the table `chain`: its newest entry, and the last one of its beginning that was removed. */
    val head: String,
    val anchor: String,
) {
    /** The lines. */
    LINES(1, "line_head", "line_anchor"),

    /** What became of protection and of the history itself; each entry has the newest line's link in it. */
    TURNS(2, "turn_head", "turn_anchor"),
    ;

    fun link(
        before: Digest,
        id: Long,
        content: Digest,
    ): Digest =
        Sum()
            .add(number)
            .add(before)
            .add(id)
            .add(content)
            .digest()
}

/** An entry's number and link. */
data class End(
    val id: Long,
    val link: Digest,
) {
    internal companion object {
        /** Before the first entry. */
        val NONE = End(0, Digest.NOTHING)
    }
}

/** A line as it is stored. */
internal class StoredLine(
    val timeMs: Long,
    val verdict: String,
    val packageName: String?,
    val source: Long?,
    val event: String,
) {
    fun content(): Digest =
        Sum()
            .add(timeMs)
            .add(verdict)
            .add(packageName)
            .add(source)
            .add(event)
            .digest()

    companion object {
        /** No engine tells so much of one thing; Android hands no row of more than two million bytes over. */
        private const val LONGEST = 400_000

        /** What the line says; nothing where that is longer than anything Gasket writes. */
        const val EVENT = "CASE WHEN length(event) <= $LONGEST THEN event END"
        const val COLUMNS = "time_ms, verdict, package, source, $EVENT"

        /** From [COLUMNS], which come next. */
        fun of(row: Columns) = StoredLine(row.long(), row.text().orEmpty(), row.text(), row.longOrNull(), row.text().orEmpty())
    }
}

/** What an entry about protection, or about the history itself, tells. The numbers are in people's databases: never reuse one. */
internal enum class TurnKind(
    val number: Int,
) {
    BEGAN(1),

    /** Also where the cause of an end became another one: the last one counts. */
    ENDED(2),

    /** A beginning of the lines was removed, up to the one that the entry names. */
    REMOVED(3),

    /** All lines so far were linked, long after they were written. */
    LINKED(4),

    /** The first of all: the history before could not be read any more. */
    BEGUN_ANEW(5),
}

/** An entry about protection, or about the history itself. */
internal class Turn(
    val kind: Int,
    val run: Long?,
    val timeMs: Long,
    /** Number of an [OutageCause] or of a [Removal.Why]. */
    val cause: Int?,
    /** The newest line at that moment; the last one that was removed. */
    val told: End,
) {
    fun content(): Digest =
        Sum()
            .add(kind.toLong())
            .add(run)
            .add(timeMs)
            .add(cause?.toLong())
            .add(told.id)
            .add(told.link)
            .digest()

    companion object {
        const val COLUMNS = "kind, run, time_ms, cause, told, told_link"

        /** From [COLUMNS], which come next. */
        fun of(row: Columns) =
            Turn(row.long().toInt(), row.longOrNull(), row.long(), row.longOrNull()?.toInt(), End(row.long(), row.digest()))
    }
}

/** Adds to both chains, within a transaction. */
internal class Chain(
    private val db: SQLiteDatabase,
    private val before: Ends,
) {
    var ends = before
        private set

    /** Writes a line; gives its number. */
    fun add(line: StoredLine): Long {
        val id = ends.line.id + 1
        val link = ChainName.LINES.link(ends.line.link, id, line.content())
        val row =
            ContentValues().apply {
                put("id", id)
                put("time_ms", line.timeMs)
                put("verdict", line.verdict)
                put("package", line.packageName)
                put("source", line.source)
                put("event", line.event)
                put("link", link.bytes)
            }
        db.insertOrThrow("told", null, row)
        ends = ends.copy(line = End(id, link))
        return id
    }

    /** Protection began, or ended with a cause. */
    fun add(
        kind: TurnKind,
        run: Long,
        timeMs: Long,
        cause: Int? = null,
    ) = add(Turn(kind.number, run, timeMs, cause, ends.line))

    /** Tells that the lines up to [last] were removed. */
    fun removed(
        last: End,
        why: Removal.Why,
        nowMs: Long,
    ) {
        keep(ChainName.LINES.anchor, last, nowMs, why)
        add(Turn(TurnKind.REMOVED.number, null, nowMs, why.number, last))
    }

    /** Tells that all lines so far were linked now. */
    fun linked(nowMs: Long) {
        keep(LINKED, ends.line, nowMs)
        add(Turn(TurnKind.LINKED.number, null, nowMs, null, ends.line))
    }

    /** Tells that the history before was found damaged then. */
    fun begunAnew(foundMs: Long) = add(Turn(TurnKind.BEGUN_ANEW.number, null, foundMs, null, ends.line))

    private fun add(turn: Turn) {
        val id = ends.turn.id + 1
        val link = ChainName.TURNS.link(ends.turn.link, id, turn.content())
        val row =
            ContentValues().apply {
                put("id", id)
                put("kind", turn.kind)
                put("run", turn.run)
                put("time_ms", turn.timeMs)
                put("cause", turn.cause)
                put("told", turn.told.id)
                put("told_link", turn.told.link.bytes)
                put("link", link.bytes)
            }
        db.insertOrThrow("turn", null, row)
        ends = ends.copy(turn = End(id, link))
    }

    /** Tells once more what was removed: the entry about it has gone itself. */
    fun removedAsBefore() {
        db
            .query("SELECT id, link, time_ms, why FROM chain WHERE name = ? AND why IS NOT NULL", ChainName.LINES.anchor) {
                Columns(it).run { Turn(TurnKind.REMOVED.number, null, told = end(), timeMs = long(), cause = long().toInt()) }
            }.forEach(::add)
    }

    /** Writes down where something of a chain stands. */
    fun keep(
        name: String,
        end: End,
        timeMs: Long? = null,
        why: Removal.Why? = null,
    ) = db.execSQL(
        "INSERT OR REPLACE INTO chain (name, id, link, time_ms, why) VALUES (?, ?, ?, ?, ?)",
        arrayOf(name, end.id, end.link.bytes, timeMs, why?.number),
    )

    /** Writes down what are the newest entries now. */
    fun save() {
        if (ends.line != before.line) keep(ChainName.LINES.head, ends.line)
        if (ends.turn != before.turn) keep(ChainName.TURNS.head, ends.turn)
    }

    companion object {
        /** The row of `chain` with the last line that was linked long after it was written. */
        const val LINKED = "linked"
    }
}

/** The newest entries of both chains. */
internal data class Ends(
    val line: End,
    val turn: End,
) {
    companion object {
        /** As they are on disk. A number that was ever used is not used again, whatever was done to the tables. */
        fun of(db: SQLiteDatabase): Ends = Ends(of(db, ChainName.LINES, "told"), of(db, ChainName.TURNS, "turn"))

        private fun of(
            db: SQLiteDatabase,
            chain: ChainName,
            table: String,
        ): End {
            val kept = db.kept(chain.head) ?: End.NONE
            val used =
                db
                    .query("SELECT (SELECT max(id) FROM $table), (SELECT seq FROM sqlite_sequence WHERE name = '$table')") {
                        maxOf(it.getLong(0), it.getLong(1))
                    }.single()
            return kept.copy(id = maxOf(kept.id, used))
        }
    }
}

/** What `chain` says under a name. */
internal fun SQLiteDatabase.kept(name: String): End? =
    query("SELECT id, link FROM chain WHERE name = ?", name) { Columns(it).end() }.singleOrNull()

/** A row read column by column. Whoever changed the tables may have left anything there: that is read as what nobody wrote. */
internal class Columns(
    private val row: Cursor,
) {
    private var next = 0

    fun long(): Long = longOrNull() ?: 0

    fun longOrNull(): Long? = next(Cursor.FIELD_TYPE_INTEGER, Long.MIN_VALUE, row::getLong)

    fun text(): String? = next(Cursor.FIELD_TYPE_STRING, "\u0000", row::getString)

    fun digest(): Digest = next(Cursor.FIELD_TYPE_BLOB, null, row::getBlob)?.let(::Digest) ?: Digest.NOTHING

    fun end() = End(long(), digest())

    private fun <T> next(
        type: Int,
        strange: T?,
        read: (Int) -> T,
    ): T? {
        val column = next++
        return when (row.getType(column)) {
            type -> read(column)
            Cursor.FIELD_TYPE_NULL -> null
            else -> strange
        }
    }
}
