package app.gasket.history

import app.gasket.bridge.Event
import app.gasket.bridge.IdentifierKind

/** One line of the history, newest first. */
sealed interface HistoryItem {
    /** When it began, in milliseconds since 1970. */
    val timeMs: Long

    /** Something Gasket blocked, warned about or noted. */
    data class Told(
        /** Number of the line. */
        val id: Long,
        val event: Event,
    ) : HistoryItem {
        override val timeMs: Long get() = event.timeMs

        val place: Place get() = Place(timeMs, id)
    }

    companion object {
        /** In the place of the number of a line that could not be written; lines are numbered from 1 on. */
        const val UNWRITTEN = 0L
    }

    /** A stretch without protection. [endedMs] is null while it lasts. */
    data class Outage(
        override val timeMs: Long,
        val endedMs: Long?,
        val cause: OutageCause,
        /** Number of the run that ended. */
        val run: Long,
    ) : HistoryItem
}

/** Why protection ended. The numbers are in people's databases: never reuse one. */
enum class OutageCause(
    val number: Int,
) {
    /** Nobody said: the process or the phone died. The stretch begins at the last sign of life. */
    UNKNOWN(0),

    /** The user switched it off. */
    USER(1),

    /** Another VPN took over, or the consent was withdrawn. */
    REVOKED(2),

    /** Gasket could not go on, and traffic went past it. */
    FAILURE(3),

    /** The user had it rest for a while. */
    PAUSED(4),

    /** The engine could not go on, and nothing was let through until it could again. */
    CUT_OFF(5),
    ;

    companion object {
        fun of(number: Int): OutageCause = entries.firstOrNull { it.number == number } ?: UNKNOWN
    }
}

/** How much was stopped and reported. */
data class Tally(
    val blocked: Int,
    val warned: Int,
)

/** How much was stopped, and when. */
data class Stopped(
    /** By quarters of an hour, of which every time zone's hours and days are made: their beginning in milliseconds since 1970. */
    val quarters: Map<Long, Int>,
    /** By what it would have told; a line may tell several. */
    val kinds: Map<IdentifierKind, Int>,
) {
    companion object {
        const val QUARTER_MS = 15 * 60 * 1000L
    }
}
