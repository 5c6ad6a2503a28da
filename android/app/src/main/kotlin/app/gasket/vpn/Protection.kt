package app.gasket.vpn

import app.gasket.history.OutageCause

/** Whether the phone is protected, for everybody who shows it. */
sealed interface Protection {
    /** Nothing is filtered. [cause] is null if protection was never on in this process. */
    data class Off(
        val cause: OutageCause? = null,
    ) : Protection

    /** On its way. */
    data object Starting : Protection

    /** The engine relays and judges. */
    data class On(
        val sinceMs: Long,
        /** What the user should know although protection is on. */
        val notices: Set<Notice> = emptySet(),
    ) : Protection

    /** Nothing is filtered until then; protection comes back by itself. */
    data class Paused(
        val untilMs: Long,
    ) : Protection

    /** The engine cannot work: the tunnel swallows everything, so that nothing leaks. */
    data class Swallowing(
        val why: String,
    ) : Protection

    /** Android wants to ask the user again before it gives us the tunnel. */
    data object ConsentNeeded : Protection
}

/** Whether what the user wants is being done, even if only by silence. */
internal val Protection.isOn: Boolean get() = this is Protection.On || this is Protection.Starting || this is Protection.Swallowing

/** What limits protection while it is on. */
sealed interface Notice {
    /** The network wants the user to log in first. */
    data object CaptivePortal : Notice

    /** There is no network that traffic could go to. */
    data object NoNetwork : Notice

    /** The latest settings were refused, those before are in force. */
    data class SettingsRefused(
        val why: String,
    ) : Notice

    /** What happens is not written down: the storage is full or broken. */
    data class HistoryFailing(
        val why: String,
    ) : Notice

    /** A made-up registration was not stopped: what apps send may leave unseen. */
    data object TestFailed : Notice

    /** Private DNS sends names to this server, past Gasket. */
    data class StrictPrivateDns(
        val server: String,
    ) : Notice
}

/** What the user set in the system's VPN settings; only the running service can ask, from Android 10 on. */
data class AlwaysOn(
    /** Whether Android starts Gasket by itself. */
    val isOn: Boolean,
    /** Whether nothing passes while Gasket does not run. */
    val isLockdown: Boolean,
)
