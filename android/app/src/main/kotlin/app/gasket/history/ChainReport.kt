package app.gasket.history

/** Whether the history is as it was written. */
interface Proof {
    /**
     * Goes through the whole history, a page at a time, and says where it is not as it was written. Tells [onLines] how many
     * lines were looked at so far. Whoever does not wait for it any more cancels it.
     */
    suspend fun check(onLines: (Long) -> Unit = {}): ChainReport

    /** Whether line [id], and what was written since, are as they were written. */
    suspend fun standing(id: Long): Standing

    /** The newest entries. Kept elsewhere, they prove all up to them. */
    suspend fun head(): Head

    /** Whether the history, if it is intact, is the one that had the [noted] head. */
    suspend fun agreesWith(noted: String): Agreement
}

/** The newest line and the newest entry about protection. */
data class Head(
    val line: End,
    val turn: End,
) {
    /** Commits to both chains up to here: a SHA-256 sum in hexadecimal. */
    val fingerprint: String =
        Sum()
            .add(line.id)
            .add(line.link)
            .add(turn.id)
            .add(turn.link)
            .digest()
            .toString()

    /** To be noted down: how far it goes, and half of the fingerprint, which nobody can make another history for either. */
    val short: String = "${line.id}/${turn.id} " + fingerprint.take(SHORT).chunked(GROUP).joinToString(" ")

    internal companion object {
        /** Digits of [fingerprint]: 256 bits. */
        const val WHOLE = 64

        /** Digits of [short]: 128 bits. */
        const val SHORT = 32
        private const val GROUP = 4
    }
}

/** A beginning of the history that Gasket itself removed. */
data class Removal(
    val atMs: Long,
    val why: Why,
) {
    /** The numbers are in people's databases: never reuse one. */
    enum class Why(
        val number: Int,
    ) {
        /** Older than the user wants it kept. */
        AGE(1),

        /** More than the user wants kept. */
        SIZE(2),

        /** The user cleared the history. */
        CLEARED(3),
    }
}

/** What a look through the history came to. */
data class ChainReport(
    /** So many lines are there. */
    val lines: Long,
    /** When the first of them began, in milliseconds since 1970; null without one. */
    val sinceMs: Long?,
    /** What was removed before the first line, as far as Gasket did it. */
    val removal: Removal?,
    /** When the older ones of them were linked, if that was not when they were written. */
    val linkedLaterMs: Long?,
    /** When a history before this one was found damaged; null if nothing tells of one. */
    val begunAnewMs: Long?,
    /** Where it is not as it was written, at most [MOST] places. */
    val breaks: List<Break>,
    /** How many such places there are. */
    val places: Int,
    val head: Head,
) {
    val isIntact: Boolean get() = places == 0

    companion object {
        /** More places than anyone reads. */
        const val MOST = 50
    }
}

/** A place where the history is not as it was written. */
data class Break(
    val kind: Kind,
    /** The numbers of its lines; none for what is said of protection. */
    val lines: LongRange = LongRange.EMPTY,
    /** About when protection began or ended there. */
    val atMs: Long? = null,
    /** The line before it; of two that were exchanged, the one that stands first. */
    val before: HistoryItem.Told? = null,
    /** The line after it; of two that were exchanged, the one that stands last. */
    val after: HistoryItem.Told? = null,
) {
    enum class Kind {
        /** Lines say something else, or were not written by Gasket, or stand where they do not belong. */
        CHANGED,
        MISSING,

        /** The first and the last of [lines] stand in each other's place. */
        EXCHANGED,

        /** The newest lines are gone. */
        CUT_OFF,

        /** The oldest lines are gone, and nothing tells of it. */
        BEGINNING,

        /** When protection began or ended, or why, is told otherwise. */
        STRETCH_CHANGED,
        STRETCH_MISSING,
    }
}
