package app.gasket.bridge

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.decodeFromJsonElement

/** What was counted of a beacon, so that a person can check it. */
@Serializable
data class Beacon(
    val evidence: Evidence,
    val support: Support = Support(),
) {
    /** When it speaks: one of the two. */
    @Serializable
    data class Evidence(
        val event: AfterEvent? = null,
        val period: Period? = null,
    )

    /** What else speaks for one that tells rather than fetches. */
    @Serializable
    data class Support(
        val telling: Telling? = null,
    )

    @Serializable
    enum class Telling {
        /** Most connections sent more than they received, and about as much each time. */
        @SerialName("uploads")
        UPLOADS,

        /** No DNS answer gave the address. */
        @SerialName("unnamed")
        UNNAMED,

        /** Nobody answered, time and again. */
        @SerialName("storms")
        STORMS,
    }

    /** Of [of] times at which something happened to the phone, at [hits] it connected within [withinSeconds]. */
    @Serializable
    data class AfterEvent(
        val trigger: Occasion,
        @SerialName("within_s") val withinSeconds: Int,
        val hits: Int,
        val of: Int,
        /** Other stretches of the same length in which it connected, of [others]. */
        @SerialName("other_hits") val otherHits: Int,
        val others: Int,
    )

    /** Of [of] times between one contact and the next, [seen] were [seconds] long, give or take [jitterSeconds]. */
    @Serializable
    data class Period(
        @SerialName("period_s") val seconds: Int,
        @SerialName("jitter_s") val jitterSeconds: Int,
        val seen: Int,
        val of: Int,
    )

    /** What happens to the phone, as far as beacons are told apart by it. */
    @Serializable
    enum class Occasion {
        @SerialName("boot")
        BOOT,

        @SerialName("first_unlock")
        FIRST_UNLOCK,

        @SerialName("unlock")
        UNLOCK,

        @SerialName("screen_on")
        SCREEN_ON,

        @SerialName("screen_off")
        SCREEN_OFF,

        @SerialName("sim_change")
        SIM_CHANGE,

        @SerialName("service_change")
        SERVICE_CHANGE,

        @SerialName("connectivity")
        CONNECTIVITY,

        @SerialName("charging")
        CHARGING,

        @SerialName("package_change")
        PACKAGE_CHANGE,

        @SerialName("own_update")
        OWN_UPDATE,

        @SerialName("time_zone")
        TIME_ZONE,

        @SerialName("airplane")
        AIRPLANE,
    }

    companion object {
        private val JSON = Json { ignoreUnknownKeys = true }

        /** Reads what [Event.beacon] holds; null where that is of no kind known here. */
        fun of(told: JsonObject): Beacon? = runCatching { JSON.decodeFromJsonElement<Beacon>(told) }.getOrNull()
    }
}
