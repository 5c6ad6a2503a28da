package app.gasket.rules

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** Gasket itself: it is guarded as others are, and no setting changes that, so that what it tests is what others get. */
const val OWN_PACKAGE = "app.gasket"

/** How an app is treated. */
@Serializable
enum class AppMode {
    /** What is known as a leak is blocked, the rest passes. */
    @SerialName("guard")
    GUARD,

    /** As [GUARD], but what would only be reported waits for the user's answer, and is blocked without one. */
    @SerialName("ask")
    ASK,

    /** Nothing of it leaves. */
    @SerialName("block")
    BLOCK,

    /** What would be blocked is only reported. */
    @SerialName("watch")
    WATCH,

    /** Relayed unfiltered and uninspected. */
    @SerialName("trust")
    TRUST,
}

/** The kind of network the phone uses, as far as it matters for blocking. */
@Serializable
enum class Network {
    @SerialName("mobile")
    MOBILE,

    @SerialName("wifi")
    WIFI,

    /** None, or another kind, such as Ethernet. */
    @SerialName("other")
    OTHER,
}

/** What the user chose for one app. */
@Serializable
data class AppChoice(
    val mode: AppMode = AppMode.GUARD,
    /** Networks on which nothing of it leaves, whatever [mode] says. */
    val blockedOn: Set<Network> = emptySet(),
    /** For a while nothing of it is stopped, whatever else is chosen. */
    val allowed: TimedAllow? = null,
) {
    /** How the app is treated on [network]; whether the while is over is decided before ([inForce]). */
    fun on(network: Network): AppMode =
        when {
            allowed != null -> if (mode == AppMode.TRUST) mode else AppMode.WATCH
            network in blockedOn -> AppMode.BLOCK
            else -> mode
        }
}
