package app.gasket.bridge

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonObject

/** One line of the history as the engine tells it, schema 1. No payload is in it, and identifiers are masked. */
@Serializable
data class Event(
    val schema: Int,
    /** Milliseconds since 1970. */
    @SerialName("time_ms") val timeMs: Long,
    /** Number of the flow, unique within one run of the engine. */
    val flow: Long,
    val subject: Subject,
    /** The sending app, where the system named it. */
    val app: Owner?,
    val destination: Destination,
    val request: RequestLine?,
    val verdict: Decision,
    val reason: Reason,
    val rules: List<MatchedRule>,
    val findings: List<Finding>,
    /** Whether a connection to the destination had been opened. */
    val dialled: Boolean,
    /** Bytes of what the event is about that had left the phone when it was made. */
    @SerialName("bytes_left") val bytesLeft: Long,
    /** Bytes of the whole flow that had left, what came before included. */
    @SerialName("flow_bytes_left") val flowBytesLeft: Long,
    @SerialName("device_event") val deviceEvent: DeviceEvent?,
    /** The bounds that kept more from being read. */
    @SerialName("bounds_hit") val boundsHit: BoundsHit = BoundsHit(),
    /** What was counted, where the event is about a beacon: as the engine tells it. */
    val beacon: JsonObject? = null,
    /** Whether the request was answered here, as its server would have done. */
    val answered: Boolean = false,
    /** What the user was asked; null where the app's treatment is another. */
    val asked: Asked? = null,
)

/** That the user was to be asked before it leaves. */
@Serializable
data class Asked(
    /** Number of the question, the same in no other run; 0 where there is none. */
    val question: Long,
    val outcome: AskOutcome,
    /** How long an answer is waited for. */
    val seconds: Int,
)

/** What became of a question. */
@Serializable
enum class AskOutcome {
    /** It is held and nothing is decided: no line of the history. */
    @SerialName("waiting")
    WAITING,

    @SerialName("allowed")
    ALLOWED,

    @SerialName("blocked")
    BLOCKED,

    @SerialName("unanswered")
    UNANSWERED,

    /** By the answer to the same before, or by there having been none. */
    @SerialName("as_before")
    AS_BEFORE,

    /** The connection ended first. */
    @SerialName("ended")
    ENDED,

    /** It cannot be held, or too much was asked already. */
    @SerialName("not_asked")
    NOT_ASKED,
}

/** What an event is about. */
@Serializable
enum class Subject {
    @SerialName("dns_question")
    DNS_QUESTION,

    @SerialName("flow")
    FLOW,

    @SerialName("request")
    REQUEST,

    @SerialName("hello")
    HELLO,

    @SerialName("ended")
    ENDED,

    /** All flows of one app to one destination: when they came. */
    @SerialName("beacon")
    BEACON,

    /** Not known: what was stored cannot be read any more. No engine says so. */
    @SerialName("unreadable")
    UNREADABLE,
}

/** What was decided. */
@Serializable
enum class Decision {
    @SerialName("allow")
    ALLOW,

    @SerialName("warn")
    WARN,

    @SerialName("block")
    BLOCK,
}

/** Why. */
@Serializable
enum class Reason {
    @SerialName("ordinary")
    ORDINARY,

    @SerialName("app_trusted")
    APP_TRUSTED,

    @SerialName("app_blocked")
    APP_BLOCKED,

    @SerialName("owner_unknown")
    OWNER_UNKNOWN,

    @SerialName("name_blocked")
    NAME_BLOCKED,

    @SerialName("own_rule")
    OWN_RULE,

    @SerialName("rule_matched")
    RULE_MATCHED,

    @SerialName("identifiers_found")
    IDENTIFIERS_FOUND,

    @SerialName("framing_ambiguous")
    FRAMING_AMBIGUOUS,

    @SerialName("unsupported")
    UNSUPPORTED,

    /** The app speaks at moments that give a beacon away. Only ever a warning. */
    @SerialName("looks_like_beacon")
    LOOKS_LIKE_BEACON,
}

/** Transport. */
@Serializable
enum class Protocol {
    @SerialName("tcp")
    TCP,

    @SerialName("udp")
    UDP,

    @SerialName("icmp")
    ICMP,
}

/** How a destination's name was learnt. */
@Serializable
enum class NameSource {
    @SerialName("dns")
    DNS,

    @SerialName("tls")
    TLS,

    @SerialName("quic")
    QUIC,

    @SerialName("http")
    HTTP,

    @SerialName("coap")
    COAP,
}

/** Kind of an identifier. */
@Serializable
enum class IdentifierKind {
    @SerialName("imei")
    IMEI,

    @SerialName("meid")
    MEID,

    @SerialName("imsi")
    IMSI,

    @SerialName("iccid")
    ICCID,

    @SerialName("mac")
    MAC,

    @SerialName("cell")
    CELL,

    @SerialName("device_id")
    DEVICE_ID,

    @SerialName("serial")
    SERIAL,

    @SerialName("advertising_id")
    ADVERTISING_ID,

    @SerialName("phone")
    PHONE,

    @SerialName("email")
    EMAIL,

    @SerialName("location")
    LOCATION,

    @SerialName("ssid")
    SSID,

    @SerialName("app_list")
    APP_LIST,

    /** A random code of no known format that came again, over days, from several apps or to several receivers. */
    @SerialName("stable_id")
    STABLE_ID,
}

/** What can happen to the phone. */
@Serializable
enum class Trigger {
    @SerialName("boot")
    BOOT,

    @SerialName("connectivity")
    CONNECTIVITY,

    @SerialName("sim_change")
    SIM_CHANGE,

    @SerialName("service_change")
    SERVICE_CHANGE,

    @SerialName("screen_on")
    SCREEN_ON,

    @SerialName("unlock")
    UNLOCK,

    @SerialName("alarm")
    ALARM,

    @SerialName("package_change")
    PACKAGE_CHANGE,

    @SerialName("screen_off")
    SCREEN_OFF,

    @SerialName("charging")
    CHARGING,

    @SerialName("time_zone")
    TIME_ZONE,

    @SerialName("airplane")
    AIRPLANE,
}

/** Who sent: one user id, and the packages that share it. */
@Serializable
data class Owner(
    val uid: Int,
    val packages: List<String>,
    val system: Boolean = false,
)

/** Where to. */
@Serializable
data class Destination(
    val address: String,
    val port: Int,
    val protocol: Protocol,
    val name: String?,
    @SerialName("name_source") val nameSource: NameSource?,
    val country: String?,
    val network: Network? = null,
)

/** An autonomous system, and who runs it where known. */
@Serializable
data class Network(
    val asn: Long,
    val name: String?,
)

/** A readable request's first line, without query. */
@Serializable
data class RequestLine(
    val method: String,
    val path: String,
)

/** A rule that matched. */
@Serializable
data class MatchedRule(
    val id: String,
    val title: String,
    /** Whose doing it is; empty in events of before it was told. */
    val family: String = "",
)

/** The family of the gravest rule, by which leaks of one kind are told from others; null where no rule matched. */
val Event.family: String? get() = rules.firstOrNull()?.run { family.ifEmpty { title } }

/** An identifier that was found, masked, and how it was wrapped. */
@Serializable
data class Finding(
    val kind: IdentifierKind,
    val masked: String,
    val path: String,
    val confidence: Int,
    val basis: Basis = Basis.LIKENESS,
)

/** How often each bound of decoding was hit, so that there may be more. */
@Serializable
data class BoundsHit(
    val depth: Long = 0,
    val input: Long = 0,
    val output: Long = 0,
    val work: Long = 0,
    val findings: Long = 0,
)

/** What a finding rests on. */
@Serializable
enum class Basis {
    /** It looks like one: suspected. */
    @SerialName("likeness")
    LIKENESS,

    /** The user typed it in: proven. */
    @SerialName("typed")
    TYPED,

    /** The same code came again: learned, and only ever warned about. */
    @SerialName("learned")
    LEARNED,
}

/** What happened to the phone before, and how many seconds before. */
@Serializable
data class DeviceEvent(
    val kind: Trigger,
    @SerialName("age_s") val ageSeconds: Long,
)
