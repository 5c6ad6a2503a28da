package app.gasket.hostile

import android.app.Notification
import android.app.NotificationManager
import android.os.Parcel
import android.os.Parcelable
import app.gasket.GasketApp
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.bridge.MatchedRule
import app.gasket.bridge.Owner
import app.gasket.history.Agreement
import app.gasket.history.ExportFormat
import app.gasket.history.Facets
import app.gasket.history.HistoryItem
import app.gasket.history.Place
import app.gasket.history.Search
import app.gasket.history.Standing
import app.gasket.history.csvCell
import app.gasket.history.export
import app.gasket.phone.installSystemApp
import app.gasket.rules.DnsServers
import app.gasket.rules.Settings
import app.gasket.rules.allowing
import app.gasket.ui.AppIcons
import app.gasket.ui.Filters
import app.gasket.ui.LocalNames
import app.gasket.ui.tame
import app.gasket.ui.typed
import app.gasket.vpn.Alerts
import app.gasket.vpn.InstalledApps
import app.gasket.vpn.Notifications
import app.gasket.vpn.Protection
import app.gasket.vpn.TodayWidget
import app.gasket.vpn.labelsOf
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.StringWriter
import java.time.ZoneId
import java.util.Locale

/** What others call things: it is shown as what it is, and takes no more room than there is. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36])
class HostileNamesTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val manager = app.getSystemService(NotificationManager::class.java)

    private fun sizeOf(what: Parcelable): Int {
        val parcel = Parcel.obtain()
        parcel.writeParcelable(what, 0)
        return parcel.dataSize().also { parcel.recycle() }
    }

    @Test
    fun `a name is on one line, reads as it is written, and ends`() {
        val names =
            mapOf(
                "Chat" to "Chat",
                "  Chat\n" to "Chat",
                "a\nb\tc\u2028d" to "a b c d",
                "gpj.\u202Etpo\u202C" to "gpj.\uFFFDtpo\uFFFD",
                "a\u0000b\u001Bc" to "a\uFFFDb\uFFFDc",
                "a\u200Bb\uFEFFc\u2066" to "a\uFFFDb\uFFFDc\uFFFD",
                "می\u200Cخواهم" to "می\u200Cخواهم",
                "👩\u200D👧" to "👩\u200D👧",
                "e" + "\u0301".repeat(1_000) + "x" to "e" + "\u0301".repeat(4) + "x",
                "\u0301".repeat(100_000) to "\u0301".repeat(4),
                "\uD83D" to "",
            )
        for ((name, shown) in names) assertEquals(shown, tame(name))
        assertEquals("a pair is not cut in two", "aaa", tame("aaa👩", most = 4))
        assertEquals(100, tame("a".repeat(100_000), most = 100).length)
    }

    @Test
    fun `apps go by a tame label, and by their package where they have none`() {
        val labels =
            mapOf(
                "com.example.long" to "a".repeat(30_000),
                "com.example.turned" to "Set\u202Esgni",
                "com.example.lines" to "Gasket\nblocked nothing",
                "com.example.none" to " ",
            )
        labels.entries.forEachIndexed { at, (name, label) -> installSystemApp(app, name, 10_200 + at, label) }
        val shown =
            mapOf(
                "long" to "a".repeat(100),
                "turned" to "Set\uFFFDsgni",
                "lines" to "Gasket blocked nothing",
                "none" to "com.example.none",
            )
        val listed = runBlocking { InstalledApps(app, app.shared).apps.first() }.associate { it.packageName to it.label }
        val looked = labelsOf(app, labels.keys.toList() + "com.example.gone")
        for ((name, label) in shown) {
            assertEquals(label, listed["com.example.$name"])
            assertEquals(label, looked["com.example.$name"])
        }
        assertEquals("com.example.gone", looked["com.example.gone"])
        assertNull("an app that is gone has no icon", runBlocking { AppIcons(app.packageManager).draw("com.example.gone", 10) })
    }

    @Test
    fun `an alert, a status and the widget fit through Android's door whatever is in them`() {
        val packages = List(10) { "com.example." + "a".repeat(200) + it }
        packages.forEachIndexed { at, name -> installSystemApp(app, name, 10_300 + at, "b".repeat(30_000)) }
        val event =
            Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single().copy(
                app = Owner(10_300, packages),
                rules = List(32) { MatchedRule("$it", "c".repeat(30_000), "d".repeat(30_000)) },
            )
        val told =
            List(5) {
                HistoryItem.Told(
                    it + 1L,
                    event.copy(
                        rules =
                            event.rules.map { rule ->
                                rule.copy(family = "$it ${rule.family}")
                            },
                    ),
                )
            }
        Alerts(app, manager).tell(told, muted = emptySet())
        val shown = manager.activeNotifications.map { it.notification }
        assertEquals(6, shown.size)
        for (notification in shown) assertTrue("${sizeOf(notification)}", sizeOf(notification) < MOST_BYTES)
        val swallowing = Protection.Swallowing("e".repeat(300))
        val status = Notifications(app, manager).status(swallowing, null)
        assertTrue(
            status.extras
                .getString(Notification.EXTRA_TEXT)
                .orEmpty()
                .isNotEmpty(),
        )
        assertTrue(sizeOf(status) < MOST_BYTES)
        assertTrue(sizeOf(TodayWidget.views(app, swallowing, null)) < MOST_BYTES)
    }

    @Test
    fun `no spreadsheet finds a formula, whatever it takes for the end of a cell`() {
        for (formula in listOf("=1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a")) {
            for (before in listOf("", " ", "a;", "a; ", "a\t", "a\n", ";;")) {
                val cells = csvCell(before + formula).split(';', '\t', '\n', ',').map { it.trim().trim('"').trim() }
                assertFalse("$before$formula: $cells", cells.any { it.firstOrNull()?.let { first -> first in "=+-@＝＋－＠" } == true })
            }
        }
        assertEquals("a-b+c=d@e", csvCell("a-b+c=d@e"))
        assertEquals("imei; iccid", csvCell("imei; iccid"))
    }

    @Test
    fun `what is typed or pasted has an end, and looking for it no more conditions than the database takes`() {
        assertEquals(1_000, typed("a".repeat(1_000_000)).length)
        val words = "a ".repeat(1_000)
        val search = Filters(text = words).toSearch(Facets(), LocalNames(app, emptyMap()), ZoneId.of("UTC"))
        assertTrue(runBlocking { app.history.older(search, Place.LAST, 10) }.isEmpty())
    }

    @Test
    fun `digits of the user's language are in nothing that is read again`() {
        val before = Locale.getDefault()
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"))
        try {
            assertEquals("the language has digits of its own", "\u0661", String.format(Locale.getDefault(), "%d", 1))
            val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
            runBlocking {
                app.history.add(listOf(event))
                assertEquals(Agreement.SAME, app.history.agreesWith(app.history.head().short))
                assertTrue(app.history.standing(1) is Standing.Holds)
                for (format in ExportFormat.entries) {
                    val text = StringWriter().also { app.history.export(Search(), format, it) }.toString()
                    assertFalse(text, Regex("[\u0660-\u0669\u06F0-\u06F9]") in text)
                }
            }
            val settings =
                Settings(
                    mtu = 1500,
                    dnsServers = DnsServers.parse("2001:db8::192.0.2.53"),
                ).allowing(listOf("a"), app.clock.now())
            assertEquals(settings, Settings.fromJson(settings.toJson()))
        } finally {
            Locale.setDefault(before)
        }
    }

    private companion object {
        /** Android hands over a million bytes at once, for all that a process says at that time. */
        const val MOST_BYTES = 100_000
    }
}
