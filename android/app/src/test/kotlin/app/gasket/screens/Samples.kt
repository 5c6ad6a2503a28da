package app.gasket.screens

import app.gasket.bridge.AskOutcome
import app.gasket.bridge.Asked
import app.gasket.bridge.Basis
import app.gasket.bridge.Decision
import app.gasket.bridge.Destination
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.Finding
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.MatchedRule
import app.gasket.bridge.NameSource
import app.gasket.bridge.Network
import app.gasket.bridge.Owner
import app.gasket.bridge.Protocol
import app.gasket.bridge.Reason
import app.gasket.bridge.RequestLine
import app.gasket.bridge.Subject

/** A phone's week, as the screens show it. Every identifier and every server but the registration's is invented. */
internal class Samples(
    private val now: Long,
) {
    /** What is installed, with its name; the last one shares its user id. */
    val apps =
        listOf(
            "com.qualcomm.qti.autoregistration" to "Device registration",
            "com.example.weather" to "Weather",
            "com.example.mail" to "Mail",
            "com.example.chat" to "Chat",
        )

    private val registration = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    private val weather =
        registration.copy(
            app = Owner(10_201, listOf("com.example.weather")),
            destination =
                Destination(
                    "203.0.113.40",
                    80,
                    Protocol.TCP,
                    "ads.example.net",
                    NameSource.HTTP,
                    "FI",
                    Network(64_500, "Example Ads"),
                ),
            request = RequestLine("GET", "/v2/bid"),
            verdict = Decision.WARN,
            reason = Reason.IDENTIFIERS_FOUND,
            rules = emptyList(),
            findings =
                listOf(
                    Finding(IdentifierKind.LOCATION, "60.1••••, 24.9••••", "query:ll", 80),
                    Finding(IdentifierKind.ADVERTISING_ID, "1b2••••••••••••••••••••••••••••••9f", "query:gaid", 90, Basis.TYPED),
                ),
            dialled = true,
            bytesLeft = 812,
            flowBytesLeft = 812,
            deviceEvent = null,
        )

    private val upload =
        weather.copy(
            app = Owner(10_202, listOf("com.example.shared", "com.example.shared.helper"), system = true),
            destination = weather.destination.copy(address = "2001:db8::7", name = "logs.example.org", country = "US", network = null),
            request = RequestLine("POST", "/collect"),
            verdict = Decision.BLOCK,
            reason = Reason.RULE_MATCHED,
            rules = listOf(MatchedRule("00000000-0000-4000-8000-000000000001", "Example vendor's activation report")),
            findings = listOf(Finding(IdentifierKind.SERIAL, "B2N•••••••••12", "gzip → form:sn", 95)),
            bytesLeft = 16_384,
            flowBytesLeft = 16_384,
        )

    private val hello =
        weather.copy(
            subject = Subject.HELLO,
            destination = weather.destination.copy(port = 443, name = "telemetry.example.com", nameSource = NameSource.TLS, country = "DE"),
            request = null,
            reason = Reason.RULE_MATCHED,
            rules = listOf(MatchedRule("00000000-0000-4000-8000-000000000002", "Example maker's telemetry")),
            findings = emptyList(),
            bytesLeft = 517,
            flowBytesLeft = 517,
        )

    private val question =
        hello.copy(
            subject = Subject.DNS_QUESTION,
            app = null,
            destination = Destination("192.0.2.53", 53, Protocol.UDP, "tracker.example", NameSource.DNS, null),
            verdict = Decision.BLOCK,
            reason = Reason.NAME_BLOCKED,
            rules = emptyList(),
            dialled = false,
            bytesLeft = 0,
            flowBytesLeft = 0,
        )

    /** What waits for an answer: two questions. */
    val asked: List<Event> =
        listOf(weather, hello.copy(findings = emptyList())).mapIndexed { index, event ->
            event.copy(
                verdict = Decision.BLOCK,
                dialled = false,
                bytesLeft = 0,
                flowBytesLeft = 0,
                asked = Asked(index + 1L, AskOutcome.WAITING, 20),
            )
        }

    /** Nobody answered. */
    val unanswered: Event = asked.first().copy(asked = Asked(1, AskOutcome.UNANSWERED, 20))

    /** Oldest first; the newest are one of each. */
    val week: List<Event> =
        (1L..70L).map { registration.at(it * it * 110_000 + 3_600_000) }.reversed() +
            listOf(question.at(900_000), hello.at(600_000), upload.at(300_000), weather.at(200_000), registration.at(120_000))

    /** Each of which a screen of details is looked at, by whom it wanted to reach. */
    val details =
        mapOf(
            "blocked" to "zzhc.vnet.cn",
            "reported" to "ads.example.net",
            "cut-off" to "logs.example.org",
            "hello" to "telemetry.example.com",
            "question" to "tracker.example",
        )

    private fun Event.at(agoMs: Long) = copy(timeMs = now - agoMs)

    companion object {
        const val FIRST_UID = 10_123
    }
}
