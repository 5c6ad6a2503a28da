package app.gasket.ui

import app.gasket.bridge.Decision
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.Network
import app.gasket.history.Facets
import app.gasket.history.Search
import app.gasket.history.Word
import kotlinx.serialization.Serializable
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import java.time.LocalDate
import java.time.ZoneId

/** What things are called in the user's language. */
interface Names {
    /** Of one as in [Facets.senders]: a name on the first line, what else tells it apart on the next. */
    fun sender(sender: String): String

    fun country(code: String): String

    fun kind(kind: IdentifierKind): String

    fun verdict(verdict: Decision): String

    fun network(network: Network): String

    fun day(day: LocalDate): String
}

/** What lines can be filtered by. */
enum class Facet { VERDICT, SENDER, KIND, COUNTRY, NETWORK, DAY }

/** One way to filter, and what comes of it. */
data class Choice(
    val label: String,
    val filters: Filters,
)

/** What the user looks for: lines that fit each of these. */
@Serializable
data class Filters(
    val text: String = "",
    val verdict: Decision? = null,
    val sender: String? = null,
    val kind: IdentifierKind? = null,
    val country: String? = null,
    val network: Network? = null,
    /** Days since 1970. */
    val day: Long? = null,
) {
    /** Whether every line fits. */
    val isEmpty: Boolean get() = this == Filters(text = text) && text.isBlank()

    /** What is chosen, in words. */
    fun labels(names: Names): Map<Facet, String> =
        listOfNotNull(
            verdict?.let { Facet.VERDICT to names.verdict(it) },
            sender?.let { Facet.SENDER to names.sender(it).lineSequence().first() },
            kind?.let { Facet.KIND to names.kind(it) },
            country?.let { Facet.COUNTRY to names.country(it) },
            network?.let { Facet.NETWORK to names.network(it) },
            day?.let { Facet.DAY to names.day(LocalDate.ofEpochDay(it)) },
        ).toMap()

    /** What can be chosen for [facet] beside all of it. */
    fun choices(
        facet: Facet,
        facets: Facets,
        names: Names,
    ): List<Choice> =
        when (facet) {
            Facet.VERDICT -> Decision.entries.reversed().map { Choice(names.verdict(it), copy(verdict = it)) }
            Facet.SENDER -> facets.senders.map { Choice(names.sender(it), copy(sender = it)) }.sortedBy { it.label.lowercase() }
            Facet.KIND -> facets.kinds.map { Choice(names.kind(it), copy(kind = it)) }
            Facet.COUNTRY -> facets.countries.map { Choice(names.country(it), copy(country = it)) }.sortedBy { it.label }
            Facet.NETWORK -> facets.networks.map { Choice(names.network(it), copy(network = it)) }
            Facet.DAY -> facets.days.map { Choice(names.day(it), copy(day = it.toEpochDay())) }
        }

    /** All of [facet]. */
    fun without(facet: Facet): Filters =
        when (facet) {
            Facet.VERDICT -> copy(verdict = null)
            Facet.SENDER -> copy(sender = null)
            Facet.KIND -> copy(kind = null)
            Facet.COUNTRY -> copy(country = null)
            Facet.NETWORK -> copy(network = null)
            Facet.DAY -> copy(day = null)
        }

    fun toSearch(
        facets: Facets,
        names: Names,
        zone: ZoneId,
    ) = Search(
        words =
            text
                .split(' ')
                .filter { it.isNotBlank() }
                .take(MOST_WORDS)
                .map { wordOf(it, facets, names) },
        verdict = verdict,
        sender = sender,
        kind = kind,
        country = country,
        asn = network?.asn,
        span = day?.let { spanOf(LocalDate.ofEpochDay(it), zone) } ?: Search().span,
    )

    fun toJson(): String = Json.encodeToString(serializer(), this)

    companion object {
        /** What was kept; nothing is looked for where that cannot be read. */
        fun of(json: String): Filters =
            try {
                Json.decodeFromString(serializer(), json)
            } catch (_: SerializationException) {
                Filters()
            }

        /** SQLite takes a thousand conditions within each other. */
        private const val MOST_WORDS = 20

        private fun wordOf(
            text: String,
            facets: Facets,
            names: Names,
        ): Word {
            val fits = { name: String -> name.contains(text, ignoreCase = true) }
            return Word(
                text = text,
                senders = facets.senders.filter { fits(names.sender(it)) }.toSet(),
                countries = facets.countries.filter { fits(names.country(it)) }.toSet(),
                kinds = facets.kinds.filter { fits(names.kind(it)) }.toSet(),
            )
        }

        private fun spanOf(
            day: LocalDate,
            zone: ZoneId,
        ): LongRange {
            val start = { date: LocalDate -> date.atStartOfDay(zone).toInstant().toEpochMilli() }
            return start(day) until start(day.plusDays(1))
        }
    }
}
