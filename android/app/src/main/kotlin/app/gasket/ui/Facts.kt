package app.gasket.ui

import android.content.res.Resources
import app.gasket.R
import app.gasket.bridge.Destination
import app.gasket.bridge.Event
import app.gasket.bridge.NameSource
import app.gasket.bridge.Owner
import app.gasket.bridge.Protocol
import app.gasket.bridge.Subject

/** One thing that an event's receipt rests on. */
data class Fact(
    val label: String,
    val lines: List<String>,
)

/** What an event says, laid out for whoever wants to check the receipt. */
internal class Facts private constructor(
    private val resources: Resources,
) {
    private fun of(
        event: Event,
        hasSender: Boolean,
    ): List<Fact> =
        listOfNotNull(
            fact(R.string.fact_sender, listOf(ownerName(event.app, resources)) + event.app?.let(::uid).orEmpty()).takeIf { hasSender },
            fact(R.string.fact_destination, destination(event.destination)),
            event.request?.let { fact(R.string.fact_request, listOf(apart("${it.method} ${it.path}", resources))) },
            fact(R.string.fact_readable, listOf(readable(event))),
            Receipt
                .evidence(event, resources)
                .takeIf { it.isNotEmpty() }
                ?.let { fact(R.string.fact_findings, it) },
            event.rules
                .flatMap { listOf(it.title, it.id) }
                .takeIf { it.isNotEmpty() }
                ?.let { fact(R.string.fact_rules, it) },
            fact(R.string.fact_left, left(event)),
        )

    private fun fact(
        label: Int,
        lines: List<String>,
    ) = Fact(resources.getString(label), lines)

    private fun uid(owner: Owner): List<String> =
        listOfNotNull(
            resources.getString(R.string.fact_uid, owner.uid),
            resources.getString(R.string.preinstalled).takeIf { owner.system },
        )

    private fun destination(destination: Destination): List<String> {
        val protocol = destination.protocol.name
        val end = if (':' in destination.address) "[${destination.address}]" else destination.address
        val place = if (destination.protocol == Protocol.ICMP) destination.address else "$end:${destination.port}"
        val decoy = resources.getString(R.string.fact_decoy).takeIf { Receipt.isDecoy(destination.address) }
        return listOfNotNull(
            destination.name?.let { name -> listOfNotNull(name, destination.nameSource?.let(::source)).joinToString(" · ") },
            "${apart(place, resources)} · $protocol",
            decoy,
            destination.country?.let { resources.getString(R.string.fact_country, countryName(it, resources.configuration.locales[0])) },
            destination.network?.let { network ->
                val number = resources.getString(R.string.fact_network, network.asn)
                listOfNotNull(number, network.name).joinToString(" · ")
            },
        )
    }

    private fun source(source: NameSource): String =
        resources.getString(
            when (source) {
                NameSource.DNS -> R.string.name_from_dns
                NameSource.TLS, NameSource.QUIC -> R.string.name_from_hello
                NameSource.HTTP, NameSource.COAP -> R.string.name_from_request
            },
        )

    private fun readable(event: Event): String {
        val wrappings = event.findings.mapNotNull { wrapping(it.path) }.distinct()
        return when (event.subject) {
            Subject.DNS_QUESTION -> resources.getString(R.string.readable_question)
            Subject.HELLO -> resources.getString(R.string.readable_hello)
            Subject.FLOW, Subject.ENDED, Subject.BEACON, Subject.UNREADABLE -> resources.getString(R.string.readable_nothing)
            Subject.REQUEST if wrappings.isNotEmpty() -> resources.getString(R.string.readable_wrapped, wrappings.joinToString("; "))
            Subject.REQUEST -> resources.getString(R.string.readable_plain)
        }
    }

    /** What a value was packed in, without the last step, which names the place it stood at. */
    private fun wrapping(path: String): String? = path.substringBeforeLast(STEP, "").ifEmpty { null }

    private fun left(event: Event): List<String> =
        listOf(
            resources.getString(if (event.dialled) R.string.fact_dialled else R.string.fact_not_dialled),
            resources.getString(R.string.fact_bytes_of_it, byteCount(event.bytesLeft, resources)),
            resources.getString(R.string.fact_bytes_of_all, byteCount(event.flowBytesLeft, resources)),
        )

    companion object {
        /** Between the steps of a path, as the engine writes it. */
        private const val STEP = " → "

        /** Without the sender where nobody could have been asked. */
        fun of(
            event: Event,
            resources: Resources,
            hasSender: Boolean = true,
        ): List<Fact> = if (event.subject == Subject.UNREADABLE) emptyList() else Facts(resources).of(event, hasSender)
    }
}
