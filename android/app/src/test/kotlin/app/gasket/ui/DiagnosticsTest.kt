package app.gasket.ui

import app.gasket.bridge.Confidence
import app.gasket.bridge.KnownRule
import app.gasket.bridge.PackVersion
import app.gasket.bridge.RefusedFile
import app.gasket.bridge.RuleAction
import app.gasket.bridge.RuleBook
import app.gasket.bridge.RuleLevel
import app.gasket.history.HistoryItem
import app.gasket.history.OutageCause
import app.gasket.history.Tally
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Network
import app.gasket.rules.OwnAction
import app.gasket.rules.OwnIdentifier
import app.gasket.rules.OwnIdentifiers
import app.gasket.rules.Prefix
import app.gasket.rules.RuleChoice
import app.gasket.rules.RuleChoices
import app.gasket.rules.Settings
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.NetworkState
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection
import kotlinx.serialization.json.JsonPrimitive
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import java.net.InetAddress

/** Names, addresses and identifiers wherever the report could take one from; none comes out. */
class DiagnosticsTest {
    private val secrets =
        listOf(
            "com.example.secretapp",
            "secret.example",
            "203.0.113.77",
            "2001:db8::77",
            "192.0.2.77",
            "350000001234562",
            "secretword",
            "secret file",
            "Secret Family",
            "dns.secret",
        )
    private val noise = secrets.joinToString(" ")

    private val settings =
        Settings(
            apps = mapOf("com.example.secretapp" to AppChoice(AppMode.BLOCK, setOf(Network.MOBILE)), noise to AppChoice(AppMode.WATCH)),
            mutedFamilies = setOf("Secret Family", noise),
            dnsServers = listOf("203.0.113.77", "2001:db8::77"),
            ipv6 = false,
            identifiers = OwnIdentifiers(noise, listOf(OwnIdentifier(noise, 1, listOf(JsonPrimitive(noise))))),
            rules =
                RuleChoices(
                    families = mapOf("Secret Family" to RuleChoice.OFF),
                    rules = mapOf(noise to RuleChoice.OFF),
                    own = mapOf("secret.example" to OwnAction.BLOCK, "203.0.113.77" to OwnAction.WARN, noise to OwnAction.OFF),
                    files = mapOf("secret file.yml" to noise),
                ),
        )

    private val network =
        NetworkState(
            id = 350000001234562,
            kind = Network.WIFI,
            prefixes = listOf(Prefix.parse("192.0.2.77/24")),
            dnsServers = listOf(InetAddress.getByName("192.0.2.77")),
            strictPrivateDns = "dns.secret",
        )

    private val rule =
        KnownRule(
            noise,
            noise,
            noise,
            RuleLevel.LOW,
            RuleAction.WARN,
            Confidence.REPORTED,
            noise,
            noise,
            noise,
            listOf(noise),
            listOf(noise),
            noise,
        )

    private fun report(
        protection: Protection,
        version: String = "0.1.0",
        pack: PackVersion = PackVersion("2026-11-27", "0123abcd"),
    ): String =
        Diagnostics.of(
            DiagnosticInputs(
                version = version,
                api = 36,
                settings = settings,
                system = DiagnosticInputs.System(protection, AlwaysOn(isOn = true, isLockdown = false), network, mayNotify = true),
                history =
                    DiagnosticInputs.History(
                        all = Tally(7, 8),
                        bytes = 123_456,
                        outages = List(20) { HistoryItem.Outage(NOW - 180_000, NOW - 60_000, OutageCause.FAILURE, it.toLong()) },
                    ),
                book =
                    RuleBook(
                        listOf(rule, rule.copy(file = null)),
                        listOf(
                            RefusedFile("secret file.yml", "secret file.yml, line 4: unknown level `secretword`"),
                            RefusedFile(noise, noise),
                        ),
                        pack,
                    ),
                nowMs = NOW,
            ),
        )

    private fun assertSilent(text: String) {
        for (secret in secrets) assertFalse("$secret in\n$text", secret in text)
        assertFalse(text, "secret" in text.lowercase())
    }

    @Test
    fun `none of them comes out, whatever the state`() {
        val notices =
            setOf(
                Notice.CaptivePortal,
                Notice.SettingsRefused("config line 1, column 43, key \"own_rules.secret.example\": \"203.0.113.77\" $noise"),
                Notice.HistoryFailing(noise),
                Notice.StrictPrivateDns("dns.secret"),
            )
        val states =
            OutageCause.entries.map { Protection.Off(it) } +
                listOf(
                    Protection.Off(),
                    Protection.Starting,
                    Protection.On(NOW - 120_000, notices),
                    Protection.On(NOW, setOf(Notice.SettingsRefused("config line 1, column 7, key \"secretword\": $noise"))),
                    Protection.On(NOW, setOf(Notice.SettingsRefused(noise))),
                    Protection.Paused(NOW + 60_000),
                    Protection.Swallowing(noise),
                    Protection.Swallowing("config line 1, column 9, key \"apps.com.example.secretapp\": $noise"),
                    Protection.ConsentNeeded,
                )
        for (state in states) assertSilent(report(state))
        assertSilent(report(Protection.Starting, version = noise, pack = PackVersion(noise, noise)))
        assertSilent(report(Protection.Starting, version = "0.1.0 $noise", pack = PackVersion("2026-11-27 $noise", "0123abcd secret")))
    }

    @Test
    fun `what helps is in it`() {
        val refused = Notice.SettingsRefused("config line 1, column 43, key \"own_rules.secret.example\": no")
        val text = report(Protection.On(NOW - 120_000, setOf(refused)))
        for (line in listOf(
            "Gasket: 0.1.0",
            "Android API level: 36",
            "Rules: of 2026-11-27 (0123abcd): 1, imported: 1",
            "Rule file left out: at line 4",
            "Rule file left out: as a whole",
            "Protection: on for 2 min",
            "Settings refused: key own_rules, column 43",
            "Always-on: true",
            "Lockdown: false",
            "Network: WIFI",
            "Private DNS with a server of one's own: true",
            "IPv6: false",
            "Own DNS servers: 2",
            "Apps on BLOCK: 1",
            "Own rules: 3",
            "Own numbers: 1",
            "Stopped and reported: 7 and 8",
            "Size of the history: 123456 bytes",
            "Not protected: 3 min ago for 2 min, FAILURE",
        )) {
            assertTrue("$line in\n$text", line in text.lines())
        }
        assertEquals("the newest only", 10, text.lines().count { it.startsWith("Not protected") })
        assertTrue("cut off, for another reason" in report(Protection.Swallowing(noise)))
        assertTrue(
            "cut off, key apps, column 9" in report(Protection.Swallowing("config line 1, column 9, key \"apps.com.example.secretapp\"")),
        )
    }

    private companion object {
        const val NOW = 1_800_000_000_000
    }
}
