package app.gasket.ui

import app.gasket.bridge.RuleBook
import app.gasket.history.HistoryItem
import app.gasket.history.Tally
import app.gasket.rules.AppMode
import app.gasket.rules.Settings
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.NetworkState
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection

/** All that a report is made of. Much of it names people, apps and places; nothing of the report does. */
class DiagnosticInputs(
    /** Gasket's version, and Android's API level. */
    val version: String,
    val api: Int,
    val settings: Settings,
    val system: System,
    val history: History,
    val book: RuleBook?,
    val nowMs: Long,
) {
    /** How it stands with protection. */
    class System(
        val protection: Protection,
        val alwaysOn: AlwaysOn?,
        val network: NetworkState,
        val mayNotify: Boolean,
    )

    /** What happened. */
    class History(
        val all: Tally,
        val bytes: Long,
        val outages: List<HistoryItem.Outage>,
    )
}

/**
 * A report for whoever helps, in English. Only numbers, flags and words of Gasket's own are in it: what it takes as text from
 * elsewhere it reads for a number or for one of a few known words, and drops the rest.
 */
internal class Diagnostics private constructor(
    private val inputs: DiagnosticInputs,
) {
    private val lines = mutableListOf<String>()

    private fun report(): String {
        line("Gasket", VERSION.find(inputs.version)?.value ?: "of unknown version")
        line("Android API level", inputs.api)
        rules()
        protection()
        system()
        choices()
        history()
        return lines.joinToString("\n")
    }

    private fun rules() {
        val book = inputs.book ?: return line("Rules", "could not be read")
        val pack = listOf(DATE.find(book.pack.date), FINGERPRINT.find(book.pack.fingerprint)).map { it?.value ?: "?" }
        line(
            "Rules",
            "of ${pack[0]} (${pack[1]}): ${book.rules.count { it.file == null }}, imported: ${book.rules.count { it.file != null }}",
        )
        for (refused in book.refused.take(MOST)) {
            val line = LINE.find(refused.problem)?.groupValues?.last()
            line("Rule file left out", line?.let { "at line $it" } ?: "as a whole")
        }
    }

    private fun protection() {
        val state = inputs.system.protection
        val words =
            when (state) {
                is Protection.Off -> "off, ${state.cause?.name ?: "not on since Gasket began"}"
                Protection.Starting -> "starting"
                is Protection.On -> "on for ${minutes(inputs.nowMs - state.sinceMs)}"
                is Protection.Paused -> "paused for ${minutes(state.untilMs - inputs.nowMs)} more"
                is Protection.Swallowing -> "cut off, ${placeOf(state.why)}"
                Protection.ConsentNeeded -> "consent needed"
            }
        line("Protection", words)
        for (notice in (state as? Protection.On)?.notices.orEmpty()) {
            when (notice) {
                Notice.CaptivePortal -> {
                    line("Network", "wants a login")
                }

                is Notice.SettingsRefused -> {
                    line("Settings refused", placeOf(notice.why))
                }

                is Notice.HistoryFailing -> {
                    line("History", "cannot be written")
                }

                Notice.TestFailed -> {
                    line("Test of the path", "failed")
                }

                // Told of the system below.
                Notice.NoNetwork, is Notice.StrictPrivateDns -> {}
            }
        }
    }

    private fun system() {
        val system = inputs.system
        line("Always-on", system.alwaysOn?.isOn)
        line("Lockdown", system.alwaysOn?.isLockdown)
        line("Notifications allowed", system.mayNotify)
        line("Network", if (system.network.id == null) "none" else system.network.kind.name)
        line("Metered", system.network.isMetered)
        line("Private DNS with a server of one's own", system.network.strictPrivateDns != null)
        line("DNS servers of the network", system.network.dnsServers.size)
    }

    private fun choices() {
        val settings = inputs.settings
        line("Largest packet", settings.mtu)
        line("IPv6", settings.ipv6)
        line("Local network filtered", settings.relaysLan)
        line("Beacons looked for", settings.beacons)
        line("Own DNS servers", settings.dnsServers.size)
        for (mode in AppMode.entries) line("Apps on $mode", settings.apps.values.count { it.mode == mode })
        line("Apps blocked on some network", settings.apps.values.count { it.blockedOn.isNotEmpty() })
        line("Apps allowed for an hour", settings.apps.values.count { it.allowed != null })
        line("Own rules", settings.rules.own.size)
        line("Choices for rules", settings.rules.rules.size)
        line("Choices for families", settings.rules.families.size)
        line("Rule files", settings.rules.files.size)
        line("Own numbers", settings.identifiers?.values?.size ?: 0)
        line("Families without alerts", settings.mutedFamilies.size)
        line("History kept", "${settings.historyDays} days, ${settings.historyMegabytes} MB")
    }

    private fun history() {
        val history = inputs.history
        line("Stopped and reported", "${history.all.blocked} and ${history.all.warned}")
        line("Size of the history", "${history.bytes} bytes")
        for (outage in history.outages.take(MOST)) {
            val length = outage.endedMs?.let { "for ${minutes(it - outage.timeMs)}" } ?: "until now"
            line("Not protected", "${minutes(inputs.nowMs - outage.timeMs)} ago $length, ${outage.cause.name}")
        }
    }

    private fun line(
        label: String,
        value: Any?,
    ) {
        lines += "$label: ${value ?: "unknown"}"
    }

    companion object {
        /** The newest of what there may be many of. */
        private const val MOST = 10
        private const val MINUTE_MS = 60_000L

        private val VERSION = Regex("^[0-9]+(\\.[0-9]+)*$")
        private val DATE = Regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
        private val FINGERPRINT = Regex("^[0-9a-f]{8}$")
        private val LINE = Regex("\\bline ([0-9]{1,6})\\b")

        /** How the engine begins to say what is wrong with a config: the key's first part is one of a few words. */
        private val PLACE = Regex("^config line [0-9]+, column ([0-9]+)(?:, key \"([a-z_0-9]+))?")
        private val KEYS =
            setOf(
                "version",
                "mtu",
                "resolver_addresses",
                "dns_upstreams",
                "ipv6",
                "apps",
                "uids",
                "blocked_names",
                "own_rules",
                "rule_files",
                "families",
                "rules",
                "known_identifiers",
            )

        fun of(inputs: DiagnosticInputs): String = Diagnostics(inputs).report()

        private fun minutes(ms: Long): String = "${ms / MINUTE_MS} min"

        private fun placeOf(why: String): String {
            val (column, key) = PLACE.find(why)?.destructured ?: return "for another reason"
            return if (key in KEYS) "key $key, column $column" else "column $column"
        }
    }
}
