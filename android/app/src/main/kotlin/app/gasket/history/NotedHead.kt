package app.gasket.history

import android.database.sqlite.SQLiteDatabase

/** How a head that the user noted down agrees with the history. */
enum class Agreement {
    /** The history up to then is the one that was there then, if it is intact. */
    SAME,

    /** It is another one. */
    OTHER,

    /** What was newest then is no longer kept. */
    GONE,

    /** It is no head. */
    UNREADABLE,
}

/** A head as the user typed it: [Head.short], or as an export has it. */
internal class NotedHead private constructor(
    private val line: Long,
    private val turn: Long,
    private val beginning: String,
) {
    fun agreement(db: SQLiteDatabase): Agreement {
        val ends = listOf(entry(db, ChainName.LINES, "told", line), entry(db, ChainName.TURNS, "turn", turn))
        if (null in ends) return Agreement.GONE
        val (lineEnd, turnEnd) = ends.map { checkNotNull(it) }
        return if (Head(lineEnd, turnEnd).fingerprint.startsWith(beginning)) Agreement.SAME else Agreement.OTHER
    }

    /** The entry as it is now, with no link if it is not there; null if it is older than what is kept. */
    private fun entry(
        db: SQLiteDatabase,
        chain: ChainName,
        table: String,
        id: Long,
    ): End? {
        val there = db.query("SELECT id, link FROM $table WHERE id = ?", id) { Columns(it).end() }.singleOrNull()
        val anchor = db.kept(chain.anchor) ?: End.NONE
        return there ?: if (id < anchor.id) null else anchor.takeIf { it.id == id } ?: End(id, Digest.NOTHING)
    }

    companion object {
        private val FORM = Regex("([0-9]{1,18})/([0-9]{1,18})\\s+([0-9a-f\\s]+)")

        /** Null if it is none. */
        fun of(text: String): NotedHead? {
            val (line, turn, digits) = FORM.matchEntire(text.trim().lowercase())?.destructured ?: return null
            val beginning = digits.filterNot(Char::isWhitespace)
            return if (beginning.length in Head.SHORT..Head.WHOLE) NotedHead(line.toLong(), turn.toLong(), beginning) else null
        }
    }
}
