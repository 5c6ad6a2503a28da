package app.gasket.history

import app.gasket.bridge.Decision
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.Network
import java.time.LocalDate

/** Which lines are wanted: those that fit all that is given. */
data class Search(
    val words: List<Word> = emptyList(),
    val verdict: Decision? = null,
    /** As in [Facets.senders]. */
    val sender: String? = null,
    /** A package that sent, be it one of several that share a user id. */
    val packageName: String? = null,
    val kind: IdentifierKind? = null,
    /** ISO 3166 code. */
    val country: String? = null,
    /** Number of the autonomous system. */
    val asn: Long? = null,
    /** Milliseconds since 1970. */
    val span: LongRange = 0 until Long.MAX_VALUE,
) {
    /** Whether only the time counts: then the stretches without protection belong to it, too. */
    val isOfAnySource: Boolean get() = this == Search(span = span)
}

/** A word the user looks for: as it begins somewhere in a line, or as what something is called in their language. */
data class Word(
    val text: String,
    val senders: Set<String> = emptySet(),
    val countries: Set<String> = emptySet(),
    val kinds: Set<IdentifierKind> = emptySet(),
)

/** What there is to filter by. */
data class Facets(
    /** One or several packages with a blank between, a user id, or nothing for unknown. */
    val senders: List<String> = emptyList(),
    val kinds: List<IdentifierKind> = emptyList(),
    val countries: List<String> = emptyList(),
    val networks: List<Network> = emptyList(),
    /** Days with lines, newest first. */
    val days: List<LocalDate> = emptyList(),
)

/** A line's place in the history. */
data class Place(
    val timeMs: Long,
    val id: Long,
) : Comparable<Place> {
    override fun compareTo(other: Place): Int = compareValuesBy(this, other, Place::timeMs, Place::id)

    companion object {
        val FIRST = Place(Long.MIN_VALUE, Long.MIN_VALUE)
        val LAST = Place(Long.MAX_VALUE, Long.MAX_VALUE)
    }
}
