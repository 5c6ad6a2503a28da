package app.gasket.bridge

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import java.io.InputStream

/** What came of looking into a capture (pcap, pcapng). Everything in it had left when it was recorded. */
@Serializable
data class CaptureReport(
    /** What would have been told, in order; no sender is known. */
    val events: List<Event>,
    /** Which of [events] name no host, and went to an address that no look-up had led to. */
    val nameless: Set<Int>,
    /** Events beyond those. */
    @SerialName("left_out") val leftOut: Long,
    val ending: CaptureEnding,
    val summary: CaptureSummary,
) {
    companion object {
        /** Half an hour of a busy phone, and what the library may keep of it fits into a small phone's memory. */
        const val MOST_BYTES = 100_000_000L

        /**
         * Judges the capture that [source] gives by a config. What is wrong with it is in the report. Not for the main thread.
         *
         * @throws IllegalArgumentException if the config is wrong.
         */
        fun read(
            source: InputStream,
            configJson: String,
            mostBytes: Long = MOST_BYTES,
        ): CaptureReport = Json.decodeFromString(Native.scan(source, configJson, mostBytes).decodeToString())
    }
}

/** How far a capture was read; what came before is in the report. */
@Serializable
data class CaptureEnding(
    val kind: Kind,
    /** Where it is damaged, in bytes from its beginning. */
    val offset: Long? = null,
    /** What was expected there, and what was found. */
    val what: String? = null,
) {
    @Serializable
    enum class Kind {
        @SerialName("whole")
        WHOLE,

        @SerialName("damaged")
        DAMAGED,

        /** It is longer than was to be read. */
        @SerialName("too_long")
        TOO_LONG,

        /** It has more connections than are followed. */
        @SerialName("too_many_flows")
        TOO_MANY_FLOWS,
    }
}

/** What a capture held, what was looked at, and what could not be. */
@Serializable
data class CaptureSummary(
    val packets: Long,
    /** Packets that the capture holds only in part. */
    val cut: Long,
    /** Packets of link types that are not read, by type. */
    @SerialName("foreign_links") val foreignLinks: Map<Int, Long>,
    val flows: CaptureFlows,
    val looked: CaptureLook,
)

/** What could be followed, and what could not. */
@Serializable
data class CaptureFlows(
    @SerialName("tcp_flows") val tcp: Long,
    @SerialName("udp_flows") val udp: Long,
    /** TCP connections whose beginning is missing. */
    @SerialName("begun_before") val begunBefore: Long,
    /** TCP connections of which a later part is missing. */
    val gaps: Long,
    val fragments: Long,
    val malformed: Long,
    @SerialName("other_transport") val otherTransport: Long,
    @SerialName("not_ip") val notIp: Long,
    /** Datagrams that stay in the local network. */
    val local: Long,
)

/** What was looked at, and what came of it. */
@Serializable
data class CaptureLook(
    /** Readable requests. */
    val requests: Long,
    /** Encrypted greetings. */
    val hellos: Long,
    /** Questions where a name is. */
    val questions: Long,
    val blocks: Long,
    val warnings: Long,
    val notes: Long,
    /** Requests that were read in part. */
    @SerialName("cut_short") val cutShort: Long,
    @SerialName("bounds_hit") val boundsHit: BoundsHit,
    /** DNS messages that are none. */
    @SerialName("broken_dns") val brokenDns: Long,
)
