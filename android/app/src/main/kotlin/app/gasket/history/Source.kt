package app.gasket.history

import app.gasket.bridge.Event
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.Owner

/** Confidence from which a finding is told as a fact; the engine's own threshold. */
internal const val SURE = 50

/** The kinds of identifier that were found beyond doubt. */
internal val Event.kindsFound: List<IdentifierKind>
    get() = findings.filter { it.confidence >= SURE }.map { it.kind }.distinct()

/** Who sent, as one word of the history: the packages, else the user id; nothing where nobody knows. */
internal val Owner?.sender: String
    get() = if (this == null) "" else packages.ifEmpty { listOf("$uid") }.joinToString(" ")

/** Back from [sender]. */
internal fun ownerOf(sender: String): Owner? {
    if (sender.isEmpty()) return null
    val uid = sender.toIntOrNull()
    return if (uid != null) Owner(uid, emptyList()) else Owner(0, sender.split(' '))
}

/**
 * What many lines have in common, kept once: one app's habit is told a thousand times. Searches and filters
 * look through the sources, of which there are few, and not through the lines.
 */
internal data class Source(
    val verdict: String,
    val sender: String,
    val country: String,
    val asn: Long,
    val network: String,
    val kinds: String,
    /** What a search finds it by, whatever the user's language. */
    val words: String,
) {
    companion object {
        fun of(event: Event): Source {
            val destination = event.destination
            val network = destination.network
            val words =
                event.app?.packages.orEmpty() +
                    listOfNotNull(destination.name, destination.address, destination.country, network?.name) +
                    event.rules.map { it.title }
            return Source(
                verdict = event.verdict.name,
                sender = event.app.sender,
                country = destination.country.orEmpty(),
                asn = network?.asn ?: 0,
                network = network?.name.orEmpty(),
                kinds = event.kindsFound.sorted().joinToString("") { mark(it) },
                words = words.joinToString(" "),
            )
        }

        /** A kind as it stands in [Source.kinds], told apart from every other. */
        fun mark(kind: IdentifierKind): String = " ${kind.name.lowercase()} "

        fun kindsIn(marks: String): List<IdentifierKind> = IdentifierKind.entries.filter { mark(it) in marks }
    }
}
