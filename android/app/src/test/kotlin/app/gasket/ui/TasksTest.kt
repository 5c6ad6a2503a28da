package app.gasket.ui

import android.app.Activity
import android.app.NotificationManager
import android.content.Intent
import android.net.Uri
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTextReplacement
import androidx.core.content.IntentCompat
import androidx.lifecycle.Lifecycle
import androidx.test.platform.app.InstrumentationRegistry
import app.gasket.GasketApp
import app.gasket.bridge.CaptureFiles
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.bridge.RuleBook
import app.gasket.history.HistoryItem
import app.gasket.history.newest
import app.gasket.phone.ShadowLibrary
import app.gasket.phone.installSystemApp
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Backup
import app.gasket.rules.OwnAction
import app.gasket.rules.RuleChoice
import app.gasket.rules.RuleFiles
import app.gasket.rules.Settings
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Protection
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowVpnService
import java.io.ByteArrayOutputStream
import java.util.zip.ZipInputStream
import android.provider.Settings as SystemSettings

/** What people come for takes at most four touches, each of something that says what it is. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
class TasksTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private var touches = 0

    @Before
    fun introduced() {
        app.skipIntroduction()
        ScreenReader.switchOn(app)
        compose.activityRule.scenario.recreate()
    }

    /** As a user would, also one who only hears: of what there is to touch, what has this in its name, once it is in sight. */
    private fun touch(name: String) {
        touches++
        val target = hasClickAction() and (hasText(name, substring = true) or hasContentDescription(name, substring = true))
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(target).fetchSemanticsNodes().isNotEmpty() }
        val found = compose.onAllNodes(target)[0]
        runCatching { found.performScrollTo() }
        val node = found.assertIsDisplayed().fetchSemanticsNode()
        val stops =
            ScreenReader(
                compose.onAllNodes(isRoot(), useUnmergedTree = true).fetchSemanticsNodes().last { it.root == node.root },
            ).stops
        assertTrue("a screen reader comes to “$name”: $stops", stops.any { it.id == node.id && it.isTouchable && it.words.isNotBlank() })
        found.performClick()
    }

    private fun reads(text: String) {
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isNotEmpty() }
        val found = compose.onAllNodesWithText(text, substring = true)[0]
        runCatching { found.performScrollTo() }
        found.assertIsDisplayed()
    }

    private fun leak() =
        runBlocking {
            val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
            app.history.add(listOf(event.copy(timeMs = System.currentTimeMillis())))
        }

    /** The first to ask waits until the unoptimised library has compiled the rules, however long that takes. */
    @Before
    fun `the rules are there`() = assertTrue(RuleBook.read().rules.isNotEmpty())

    @After
    fun `at most four touches`() = assertTrue("$touches", touches in 1..MOST)

    @Test
    fun `turn it on`() {
        val question = Intent("android.net.VpnService.CONSENT")
        ShadowVpnService.setPrepareResult(question)
        reads("Android will ask you to allow a VPN")
        touch("Protection")
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(question.action, asked.action)
        compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, null) }
        assertEquals(GasketVpnService.ACTION_START, shadowOf(app).nextStartedService.action)
    }

    @Test
    fun `see what was blocked, and why`() {
        leak()
        touch("wanted to reach zzhc.vnet.cn")
        reads("It tried to send the phone's IMEI and the SIM card's number")
        reads("Known pattern: China Telecom handset self-registration (ZZHC).")
        reads("Blocked. Nothing left the phone.")
        reads("35••••••••••••2")
        reads("only packed (base64)")
    }

    @Test
    fun `keep what is left of a damaged history, and be rid of it`() {
        leak()
        app.history.close()
        val damaged = ByteArray(100_000) { 7 }
        app.getDatabasePath("history.db").writeBytes(damaged)
        leak()
        touch("History")
        reads("What is left of it")
        touch("Save a copy")
        val asked = shadowOf(app).nextStartedActivity
        val place = Uri.parse("content://documents.example/1")
        val document = ByteArrayOutputStream()
        shadowOf(app.contentResolver).registerOutputStream(place, document)
        compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
        reads("What is left of the damaged history is saved.")
        val kept = ZipInputStream(document.toByteArray().inputStream()).use { zip -> zip.nextEntry.run { zip.readBytes() } }
        assertArrayEquals(damaged, kept)
        touch("Delete it")
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText("Delete it").fetchSemanticsNodes().isEmpty() }
        assertTrue(
            app.history.damaged.all.value
                .isEmpty(),
        )
        reads("wanted to reach zzhc.vnet.cn")
    }

    @Test
    fun `export the history`() {
        leak()
        touch("History")
        touch("Export")
        touch("As a table")
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(Intent.ACTION_CREATE_DOCUMENT, asked.action)
        val place = Uri.parse("content://documents.example/1")
        val document = ByteArrayOutputStream()
        shadowOf(app.contentResolver).registerOutputStream(place, document)
        compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
        reads("1 line exported")
        assertTrue("zzhc.vnet.cn" in document.toString())
    }

    @Test
    fun `restore a backup on a new phone`() {
        val file = Backup.of(Settings().with("com.example.chat", AppChoice(AppMode.BLOCK)).copy(historyDays = 7))
        touch("Settings")
        touch("Take from a file")
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(Intent.ACTION_OPEN_DOCUMENT, asked.action)
        val place = Uri.parse("content://documents.example/2")
        shadowOf(app.contentResolver).registerInputStream(place, file.byteInputStream())
        compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
        reads("Then: 1 app treated specially, 0 own rules, history for 7 days.")
        touch("Take them")
        reads("The choices of the file are in force.")
        val set = app.settings.settings.value
        assertEquals(AppMode.BLOCK, set.choiceFor("com.example.chat").mode)
        assertEquals(7, set.historyDays)
    }

    @Test
    fun `bring back what was cleared`() {
        leak()
        touch("History")
        touch("Clear")
        touch("Undo")
        reads("wanted to reach zzhc.vnet.cn")
    }

    @Test
    fun `have an app be trusted`() {
        installSystemApp(app, "com.example.chat", 10_124)
        touch("Apps")
        touch("com.example.chat")
        touch("Trust")
        assertEquals(
            AppMode.TRUST,
            app.settings.settings.value
                .choiceFor("com.example.chat")
                .mode,
        )
    }

    @Test
    fun `allow one app for an hour`() {
        installSystemApp(app, "com.example.chat", 10_124)
        touch("Apps")
        touch("com.example.chat")
        touch("Allow for an hour")
        reads("Allowed until")
        assertEquals(AppMode.WATCH, app.treatment("com.example.chat"))
        touch("End now")
        assertEquals(AppMode.GUARD, app.treatment("com.example.chat"))
    }

    @Test
    fun `allow the app of a line for an hour`() {
        leak()
        touch("wanted to reach zzhc.vnet.cn")
        touch("Allow for an hour")
        reads("Allowed until")
        assertEquals(AppMode.WATCH, app.treatment("com.qualcomm.qti.autoregistration"))
    }

    @Test
    fun `undo a block`() {
        installSystemApp(app, "com.example.chat", 10_124)
        app.settings.change { it.with("com.example.chat", AppChoice(AppMode.BLOCK)) }
        touch("Apps")
        touch("com.example.chat")
        touch("Guard")
        assertEquals(AppMode.GUARD, app.treatment("com.example.chat"))
    }

    @Test
    fun `stop alerts of one kind`() {
        leak()
        touch("wanted to reach zzhc.vnet.cn")
        touch("Stop alerts of this kind")
        reads("The history has everything.")
        assertEquals(setOf(REGISTRATION), app.settings.settings.value.mutedFamilies)
    }

    @Test
    fun `have alerts of one kind again`() {
        app.settings.change { it.copy(mutedFamilies = setOf(REGISTRATION)) }
        touch("Settings")
        touch("Alert again: $REGISTRATION")
        assertEquals(emptySet<String>(), app.settings.settings.value.mutedFamilies)
    }

    @Test
    fun `open what an alert is about`() {
        leak()
        val line = MainActivity.showLine(app, runBlocking { app.history.newest(1) }.filterIsInstance<HistoryItem.Told>().single().id)
        val instrumentation = InstrumentationRegistry.getInstrumentation()
        compose.activityRule.scenario.onActivity { instrumentation.callActivityOnNewIntent(it, line) }
        reads("It tried to send the phone's IMEI")
        touch("Back")
        reads("Search the history")
    }

    @Test
    fun `without notifications the app says so, and leads to where they are allowed`() {
        shadowOf(app.getSystemService(NotificationManager::class.java)).setNotificationsEnabled(false)
        app.protection.value = Protection.On(0)
        compose.activityRule.scenario.moveToState(Lifecycle.State.STARTED)
        compose.activityRule.scenario.moveToState(Lifecycle.State.RESUMED)
        reads("Gasket may not show notifications")
        touch("Allow notifications")
        assertEquals(SystemSettings.ACTION_APP_NOTIFICATION_SETTINGS, shadowOf(app).nextStartedActivity.action)
    }

    @Test
    fun `disable an app that came with the phone`() {
        installSystemApp(app, "com.qualcomm.qti.autoregistration", 10_123)
        leak()
        touch("Apps")
        touch("com.qualcomm.qti.autoregistration")
        reads("Where that is greyed out, block it here.")
        touch("Open system settings")
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(SystemSettings.ACTION_APPLICATION_DETAILS_SETTINGS, asked.action)
        assertEquals(Uri.parse("package:com.qualcomm.qti.autoregistration"), asked.data)
    }

    @Test
    fun `have a rule only warn`() {
        touch("Rules")
        touch("China Telecom handset self-registration (ZZHC)")
        touch("Only warn")
        assertEquals(listOf(RuleChoice.WARN), choices().rules.values.toList())
        reads("state-owned operator in China")
    }

    @Test
    fun `find out where a rule is known from, beginning at what it blocked`() {
        leak()
        touch("wanted to reach zzhc.vnet.cn")
        reads("Where we know it from")
        touch("nrfconnectdocs.nordicsemi.com")
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(Intent.ACTION_VIEW, asked.action)
        assertEquals("https", asked.data?.scheme)
        touch("Look at this rule")
        touch("Off")
        assertEquals(listOf(RuleChoice.OFF), choices().rules.values.toList())
    }

    @Test
    fun `import a rule file`() {
        leak()
        touch("Rules")
        touch("Import a rule file")
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(Intent.ACTION_OPEN_DOCUMENT, asked.action)
        val place = Uri.parse("content://documents.example/registration.yml")
        shadowOf(app.contentResolver).registerInputStream(place, RuleFiles.BY_NAME.byteInputStream())
        compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
        reads("This rule fits 1 of them.")
        touch("Take this rule")
        assertEquals(mapOf("registration.yml" to RuleFiles.BY_NAME), choices().files)
        reads("Add your own")
    }

    @Test
    fun `look into a capture that another app shares`() {
        val place = Uri.parse("content://captures.example/phone.pcap")
        shadowOf(app.contentResolver).registerInputStream(place, CaptureFiles.LEAK.inputStream())
        val share = Intent(Intent.ACTION_SEND).setType("application/vnd.tcpdump.pcap").putExtra(Intent.EXTRA_STREAM, place)
        val instrumentation = InstrumentationRegistry.getInstrumentation()
        compose.activityRule.scenario.onActivity { instrumentation.callActivityOnNewIntent(it, share) }
        reads("phone.pcap")
        reads("Gasket would have stopped 1 and reported 0.")
        touch("A connection to zzhc.vnet.cn")
        reads("Gasket would have stopped this.")
        reads("35••••••••••••2")
        reads("state-owned operator in China")
        touch("Back")
        reads("Nothing of it goes into the history.")
        touch("Close")
        reads("Look into a recording")
        assertTrue(runBlocking { app.history.newest(1) }.isEmpty())
    }

    @Test
    fun `find out where a capture is damaged`() {
        touch("Settings")
        touch("Look into a recording")
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(Intent.ACTION_OPEN_DOCUMENT, asked.action)
        val place = Uri.parse("content://captures.example/cut.pcap")
        shadowOf(app.contentResolver).registerInputStream(
            place,
            CaptureFiles.LEAK
                .dropLast(1)
                .toByteArray()
                .inputStream(),
        )
        compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
        reads("The recording is damaged at byte")
        reads("expected the record's packet")
        reads("Gasket would have stopped 1 and reported 0.")
    }

    @Test
    fun `ask DNS servers of one's own, and those of the network again`() {
        touch("Settings")
        touch("Own servers")
        val field = hasSetTextAction() and hasText("Addresses of DNS servers")
        compose.onNode(field).performTextInput("dns.example")
        touch("Use these")
        reads("“dns.example” is no address.")
        compose.onNode(hasSetTextAction() and hasText("dns.example")).performTextReplacement("203.0.113.53, 2001:db8::53")
        touch("Use these")
        reads("2001:db8::53")
        assertEquals(listOf("203.0.113.53", "2001:db8::53"), app.settings.settings.value.dnsServers)
        compose.onNodeWithText("As the network says").performClick()
        assertEquals(emptyList<String>(), app.settings.settings.value.dnsServers)
    }

    @Test
    fun `share a report after reading it`() {
        app.settings.change { it.with("com.example.chat", AppChoice(AppMode.BLOCK)) }
        leak()
        touch("Settings")
        touch("Show the report")
        reads("Apps on BLOCK: 1")
        reads("Stopped and reported: 1 and 0")
        touch("Share")
        val chooser = shadowOf(app).nextStartedActivity
        val shared = IntentCompat.getParcelableExtra(chooser, Intent.EXTRA_INTENT, Intent::class.java)?.getStringExtra(Intent.EXTRA_TEXT)
        assertTrue("$shared", "Apps on BLOCK: 1" in shared.orEmpty().lines())
        for (name in listOf("com.example.chat", "zzhc.vnet.cn", "autoregistration")) assertFalse(name, name in shared.orEmpty())
        touch("Back")
        reads("Report for whoever helps you")
    }

    @Test
    fun `see which Gasket this is, and under which licences`() {
        touch("Settings")
        reads("Version 0.1.0")
        reads("Rules of")
        touch("Licences")
        reads("androidx.activity:activity")
        touch("Show 0BSD")
        reads("Permission to use, copy, modify")
    }

    @Test
    fun `have no IPv6`() {
        touch("Settings")
        reads("nothing of it goes around Gasket")
        touch("Let apps use IPv6")
        assertEquals(false, app.settings.settings.value.ipv6)
    }

    @Test
    fun `block a name`() {
        touch("Rules")
        touch("Add your own")
        compose.onNode(hasSetTextAction() and hasText("Name or address")).performTextInput("Tracker.example")
        touch("Add")
        // The form speaks of such a name, too.
        reads("Your own rules")
        reads("tracker.example")
        assertEquals(mapOf("tracker.example" to OwnAction.BLOCK), choices().own)
    }

    private fun choices() = app.settings.settings.value.rules

    private companion object {
        const val MOST = 4
        const val REGISTRATION = "China Telecom handset self-registration (ZZHC)"
        const val PATIENCE_MS = 10_000L
    }
}
