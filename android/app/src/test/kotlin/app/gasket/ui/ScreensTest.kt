package app.gasket.ui

import android.app.Activity
import android.content.Intent
import android.graphics.Bitmap
import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Uri
import android.os.Build
import android.provider.Settings
import androidx.compose.ui.graphics.asAndroidBitmap
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsOff
import androidx.compose.ui.test.assertIsOn
import androidx.compose.ui.test.assertIsSelected
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollToIndexAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isSelectable
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.test.platform.app.InstrumentationRegistry
import app.gasket.GasketApp
import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.bridge.Owner
import app.gasket.history.OutageCause
import app.gasket.phone.installSystemApp
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.BeaconSearch
import app.gasket.rules.Network
import app.gasket.rules.Theme
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.CanaryOutcome
import app.gasket.vpn.CanaryResult
import app.gasket.vpn.CanaryState
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Notice
import app.gasket.vpn.Notifications
import app.gasket.vpn.Protection
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowNetwork
import org.robolectric.shadows.ShadowVpnService
import java.io.ByteArrayOutputStream
import java.io.File
import app.gasket.rules.Settings as ChosenSettings

/** The real activity, driven by clicks. Pictures of it are laid into the build's products. */
@RunWith(RobolectricTestRunner::class)
class ScreensTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val now = System.currentTimeMillis()

    @Before
    fun introduced() = app.skipIntroduction()

    private fun shows(text: String) {
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isNotEmpty() }
        compose.onAllNodesWithText(text, substring = true)[0].assertIsDisplayed()
    }

    private fun scrolledTo(text: String) {
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isNotEmpty() }
        compose.onNodeWithText(text, substring = true).performScrollTo().assertIsDisplayed()
    }

    private fun disappears(text: String) =
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isEmpty() }

    private fun picture(name: String) {
        compose.waitForIdle()
        val folder = File(System.getProperty("gasket.products"), "pictures").apply { mkdirs() }
        val bitmap = compose.onRoot().captureToImage().asAndroidBitmap()
        File(folder, "$name-${Build.VERSION.SDK_INT}.png").outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
    }

    private fun event(
        ageMs: Long,
        verdict: Decision = Decision.BLOCK,
    ) = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single().copy(timeMs = now - ageMs, verdict = verdict)

    @Test
    fun `home says how protection stands, and the switch follows`() {
        shows("Not protected")
        compose.onNodeWithContentDescription("Protection").assertIsOff()
        runBlocking { app.history.add(listOf(event(0), event(1), event(2, Decision.WARN))) }
        app.protection.value = Protection.On(now)
        shows("Protected")
        shows("2 stopped, 1 reported today")
        compose.onNodeWithContentDescription("Protection").assertIsOn()
        picture("home")
        app.protection.value = Protection.On(now, setOf(Notice.StrictPrivateDns("dns.example")))
        shows("Private DNS is set to dns.example")
        compose.onNodeWithText("Understood").performClick()
        disappears("Private DNS is set to")
        assertTrue(app.settings.settings.value.knowsPrivateDns)
        app.protection.value = Protection.Swallowing("no config")
        shows("Gasket cannot work: no config.")
        compose.onNodeWithContentDescription("Protection").assertIsOn()
        app.protection.value = Protection.ConsentNeeded
        shows("Android needs your consent again")
    }

    @Test
    fun `only our own notification can switch protection on`() {
        ShadowVpnService.setPrepareResult(null)
        val instrumentation = InstrumentationRegistry.getInstrumentation()
        val foreign = MainActivity.switchOn(app).setClass(app, MainActivity::class.java)
        compose.activityRule.scenario.onActivity { instrumentation.callActivityOnNewIntent(it, foreign) }
        assertNull(shadowOf(app).nextStartedService)
        compose.activityRule.scenario.onActivity { instrumentation.callActivityOnNewIntent(it, MainActivity.switchOn(app)) }
        assertEquals(GasketVpnService.ACTION_START, shadowOf(app).nextStartedService.action)
        val alias = app.packageManager.getActivityInfo(checkNotNull(MainActivity.switchOn(app).component), 0)
        assertFalse("no other app can reach it", alias.exported)
        assertEquals(MainActivity::class.java.name, alias.targetActivity)
    }

    @Test
    fun `only the launcher's shortcut can have protection pause`() {
        val instrumentation = InstrumentationRegistry.getInstrumentation()
        val ours = Intent().setClassName(app, MainActivity.PAUSE_SHORTLY)
        compose.activityRule.scenario.onActivity { instrumentation.callActivityOnNewIntent(it, ours) }
        assertNull("it is off", shadowOf(app).nextStartedService)
        app.protection.value = Protection.On(now)
        compose.activityRule.scenario.onActivity {
            instrumentation.callActivityOnNewIntent(it, Intent(ours).setClass(app, MainActivity::class.java))
        }
        assertNull("another app's", shadowOf(app).nextStartedService)
        compose.activityRule.scenario.onActivity { instrumentation.callActivityOnNewIntent(it, ours) }
        assertEquals(GasketVpnService.ACTION_PAUSE, shadowOf(app).nextStartedService.action)
        val alias = app.packageManager.getActivityInfo(checkNotNull(ours.component), 0)
        assertFalse("no other app can reach it", alias.exported)
    }

    @Test
    fun `each state has its sentence and its button`() {
        shows("Android will ask you to allow a VPN")
        another(isUp = true)
        shows("Another VPN is on.")
        shows("Switch to Gasket")
        another(isUp = false)
        disappears("Another VPN is on.")

        app.protection.value = Protection.On(now, setOf(Notice.CaptivePortal))
        shows("This network wants you to log in first.")
        compose.onNodeWithText("Pause for 10 minutes to log in").performClick()
        val asked = shadowOf(app).nextStartedService
        assertEquals(GasketVpnService.ACTION_PAUSE, asked.action)
        assertEquals(Notifications.PORTAL_PAUSE_MS, asked.getLongExtra(GasketVpnService.EXTRA_PAUSE_MS, 0))

        app.protection.value = Protection.On(now, setOf(Notice.NoNetwork))
        shows("The phone has no network now.")
        compose.onNodeWithText("Open network settings").performClick()
        assertEquals(Settings.ACTION_WIRELESS_SETTINGS, shadowOf(app).nextStartedActivity.action)

        app.isRestricted.value = true
        app.protection.value = Protection.On(now)
        shows("Android holds Gasket back to save battery")
        compose.onNodeWithText("Open system settings").performClick()
        assertEquals(Uri.parse("package:app.gasket"), shadowOf(app).nextStartedActivity.data)
        app.isRestricted.value = false

        app.protection.value = Protection.Paused(now + Notifications.SHORT_PAUSE_MS)
        shows("Then Gasket goes on by itself.")
        compose.onNodeWithContentDescription("Protection").assertIsOff()
        picture("paused")
        ShadowVpnService.setPrepareResult(null)
        compose.onNodeWithText("Go on now").performClick()
        assertEquals(GasketVpnService.ACTION_START, shadowOf(app).nextStartedService.action)

        app.protection.value = Protection.On(now)
        app.alwaysOn.value = AlwaysOn(isOn = false, isLockdown = false)
        shows("Switch “Always-on VPN” on for it.")
        picture("advice")
        compose.onNodeWithText("Open VPN settings").performClick()
        assertEquals(Settings.ACTION_VPN_SETTINGS, shadowOf(app).nextStartedActivity.action)

        app.alwaysOn.value = null
        app.canary.state.value = CanaryState(latest = CanaryResult(now, CanaryOutcome.Stopped))
        scrolledTo("a made-up registration was stopped before it left the phone.")
        app.canary.state.value = CanaryState(latest = CanaryResult(now, CanaryOutcome.NeverCame))
        for (text in listOf("The test failed", "Until a test goes well, do not rely on Gasket.", "Test now")) scrolledTo(text)

        app.protection.value = Protection.Off(OutageCause.REVOKED)
        disappears("The test failed")
        shows("Another VPN took over, or the permission was withdrawn.")
    }

    private fun another(isUp: Boolean) {
        val network = ShadowNetwork.newInstance(9)
        for (callback in shadowOf(app.getSystemService(ConnectivityManager::class.java)).networkCallbacks) {
            if (isUp) callback.onLinkPropertiesChanged(network, LinkProperties()) else callback.onLost(network)
        }
    }

    @Test
    fun `a turn of the phone loses nothing`() {
        for (number in 10..60) installSystemApp(app, "com.example.app$number", number)
        compose.onNodeWithText("Apps").performClick()
        shows("Search apps")
        compose.onNodeWithText("Search apps").performTextInput("example.app")
        shows("com.example.app10")
        compose.onNode(hasScrollToIndexAction()).performScrollToNode(hasText("com.example.app50"))
        RuntimeEnvironment.setQualifiers("+land")
        compose.activityRule.scenario.recreate()
        shows("example.app")
        compose.onNodeWithText("Apps").assertIsSelected()
        assertTrue("still scrolled", compose.onAllNodesWithText("com.example.app10").fetchSemanticsNodes().isEmpty())
        compose.onNodeWithText("History").performClick()
        compose.onNodeWithText("Apps").performClick()
        assertTrue("also after another screen", compose.onAllNodesWithText("com.example.app10").fetchSemanticsNodes().isEmpty())
    }

    @Test
    fun `what can be set is set by a touch`() {
        compose.onNodeWithText("Settings").performClick()
        compose.onNodeWithText("Filter the local network, too").performScrollTo().performClick()
        compose.onNodeWithText("In all apps").performScrollTo().performClick()
        compose.onNodeWithText("7 days").performScrollTo().performClick()
        compose.onNodeWithText("200 MB").performScrollTo().performClick()
        compose.onNodeWithText("1280 bytes").performScrollTo().performClick()
        compose.onNodeWithText("Dark").performScrollTo().performClick()
        val set = app.settings.settings.value
        assertEquals(
            ChosenSettings(
                relaysLan = true,
                beacons = BeaconSearch.ALL,
                historyDays = 7,
                historyMegabytes = 200,
                mtu = 1280,
                theme = Theme.DARK,
            ),
            set.copy(introduction = 0),
        )
        compose.onNodeWithText("Open VPN settings").performScrollTo().performClick()
        assertEquals(Settings.ACTION_VPN_SETTINGS, shadowOf(app).nextStartedActivity.action)
    }

    @Test
    @Config(sdk = [36])
    fun `every screen in every look`() {
        runBlocking {
            app.history.protectionBegan(now - 9_000)
            app.history.protectionEnded(now - 8_000, OutageCause.PAUSED)
            app.history.protectionBegan(now - 7_000)
            app.history.add(listOf(event(5_000), event(4_000, Decision.WARN)))
        }
        app.protection.value = Protection.On(now, setOf(Notice.CaptivePortal, Notice.StrictPrivateDns("dns.example")))
        app.alwaysOn.value = AlwaysOn(isOn = true, isLockdown = false)
        installSystemApp(app, "com.qualcomm.qti.autoregistration", 10_123)
        installSystemApp(app, "com.example.chat", 10_124)
        for ((look, prepare) in LOOKS) {
            prepare()
            compose.activityRule.scenario.recreate()
            for (screen in listOf("Home", "Apps", "Settings", "History")) {
                compose.onNode(isSelectable() and (hasText(screen) or hasContentDescription(screen))).performClick()
                picture("$look-${screen.lowercase()}")
                if (screen == "Home") {
                    compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText("Latest").fetchSemanticsNodes().isNotEmpty() }
                    compose.onNodeWithText("What would have been sent", substring = true).performScrollTo()
                    picture("$look-home-stopped")
                    compose.onNodeWithText("Latest").performScrollTo()
                    picture("$look-home-latest")
                }
            }
            compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText("Identifier").fetchSemanticsNodes().isNotEmpty() }
            compose.onNodeWithText("Identifier").performScrollTo().performClick()
            shows("SIM card number")
            picture("$look-filter")
            compose.onNodeWithText("Close").performClick()
            compose.onNode(hasScrollToIndexAction()).performScrollToNode(hasText("wanted to reach zzhc.vnet.cn", substring = true))
            compose.onAllNodesWithText("wanted to reach zzhc.vnet.cn", substring = true)[0].performClick()
            compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText("Where to").fetchSemanticsNodes().isNotEmpty() }
            picture("$look-details")
            compose.onNodeWithText("Back").performClick()
        }
    }

    @Test
    fun `the history tells leaks and gaps, and opens the details`() {
        compose.onNodeWithText("History").performClick()
        shows("Nothing was blocked or reported yet.")
        runBlocking {
            app.history.protectionBegan(now - 9_000)
            app.history.protectionEnded(now - 8_000, OutageCause.USER)
            app.history.protectionBegan(now - 7_000)
            app.history.add(listOf(event(5_000)))
        }
        shows("You switched protection off.")
        shows("BLOCKED")
        shows("Blocked. Nothing left the phone.")
        picture("history")
        compose.onNodeWithText("wanted to reach zzhc.vnet.cn", substring = true).performClick()
        shows("It tried to send the phone's IMEI and the SIM card's number")
        compose.onNodeWithText("35••••••••••••2", substring = true).assertExists()
        picture("details")
        compose.onNodeWithText("No connection was opened.", substring = true).performScrollTo().assertIsDisplayed()
        compose.onNodeWithText("Share").performClick()
        @Suppress("DEPRECATION")
        val shared = shadowOf(app).nextStartedActivity.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)
        assertTrue("$shared", "Blocked. Nothing left the phone." in shared?.getStringExtra(Intent.EXTRA_TEXT).orEmpty())
        compose.activityRule.scenario.recreate()
        compose.onNodeWithText("35••••••••••••2", substring = true).performScrollTo().assertIsDisplayed()
        compose.onNodeWithText("Back").performClick()
        shows("Clear")
        compose.onNodeWithText("Clear").performClick()
        disappears("BLOCKED")
        shows("The history was cleared.")
        picture("cleared")
        compose.onNodeWithText("Undo").performClick()
        shows("BLOCKED")
        disappears("The history was cleared.")
    }

    @Test
    fun `the history is searched and filtered by touch`() {
        runBlocking {
            val warning = event(4_000, Decision.WARN)
            val elsewhere = warning.copy(destination = warning.destination.copy(name = "telemetry.example.net", country = "FI"))
            app.history.add(listOf(event(5_000), elsewhere))
        }
        compose.onNodeWithText("History").performClick()
        shows("wanted to reach zzhc.vnet.cn")
        compose.onNodeWithText("Search the history").performTextInput("finland")
        disappears("wanted to reach zzhc.vnet.cn")
        shows("wanted to reach telemetry.example.net")
        compose.onNodeWithText("Outcome").performScrollTo().performClick()
        compose.onNodeWithText("Stopped").performClick()
        shows("Nothing fits what you look for.")
        picture("nothing-fits")
        compose.activityRule.scenario.recreate()
        shows("Nothing fits what you look for.")
        compose.onNodeWithText("Show all").performClick()
        shows("wanted to reach zzhc.vnet.cn")
        shows("wanted to reach telemetry.example.net")
    }

    @Test
    fun `the place in the history is kept while lines are added`() {
        runBlocking { app.history.add((1L..150L).map { event(it * 1_000).copy(app = Owner(it.toInt(), listOf("com.example.app$it"))) }) }
        compose.onNodeWithText("History").performClick()
        shows("com.example.app1 wanted")
        val list = compose.onNode(hasScrollToIndexAction())
        list.performScrollToNode(hasText("com.example.app140 wanted", substring = true))
        val place = compose.onNodeWithText("com.example.app140 wanted", substring = true).fetchSemanticsNode().positionInRoot
        runBlocking { app.history.add(listOf(event(0).copy(app = Owner(1, listOf("com.example.latest"))))) }
        compose.waitUntil(PATIENCE_MS) { app.history.revision.value == 2L }
        compose.waitForIdle()
        val after = compose.onNodeWithText("com.example.app140 wanted", substring = true).fetchSemanticsNode().positionInRoot
        assertEquals(place, after)
        // The list takes what is new in when it has read it.
        compose.waitUntil(PATIENCE_MS) {
            runCatching { list.performScrollToNode(hasText("com.example.latest wanted", substring = true)) }.isSuccess
        }
        shows("com.example.latest wanted")
    }

    @Test
    fun `the history is exported to where the user wants it`() {
        runBlocking { app.history.add(listOf(event(0))) }
        compose.onNodeWithText("History").performClick()
        shows("BLOCKED")
        compose.onNodeWithText("Export").performClick()
        picture("export")
        compose.onNodeWithText("As a table (CSV)").performClick()
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(Intent.ACTION_CREATE_DOCUMENT, asked.action)
        assertEquals("text/csv", asked.type)
        assertEquals("gasket-history.csv", asked.getStringExtra(Intent.EXTRA_TITLE))
        val place = Uri.parse("content://documents.example/1")
        val document = ByteArrayOutputStream()
        shadowOf(app.contentResolver).registerOutputStream(place, document)
        compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
        shows("1 line exported")
        assertEquals(2, document.toString().split("\r\n").count { it.isNotEmpty() })
    }

    @Test
    fun `home draws what was stopped, tells it in words, and opens the latest`() {
        shows("Not protected")
        compose.onNodeWithText("Latest").assertDoesNotExist()
        runBlocking { app.history.add(listOf(event(0), event(1))) }
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText("Latest").fetchSemanticsNodes().isNotEmpty() }
        compose.onNode(hasContentDescription("Stopped today, by hour.", substring = true)).performScrollTo().assertIsDisplayed()
        compose.onNodeWithText("Last 7 days").performScrollTo().performClick()
        compose.onNode(hasContentDescription("Stopped in the last 7 days, by day.", substring = true)).assertExists()
        compose.onNodeWithText("SIM card number").performScrollTo().assertIsDisplayed()
        picture("home-week")
        compose.onAllNodesWithText("wanted to reach zzhc.vnet.cn", substring = true)[0].performScrollTo().performClick()
        shows("It tried to send the phone's IMEI and the SIM card's number")
        compose.onNodeWithText("only packed (base64)", substring = true).performScrollTo().assertIsDisplayed()
        compose.activityRule.scenario.recreate()
        compose.onNodeWithText("Back").performClick()
        shows("Not protected")
    }

    @Test
    fun `an app is found and blocked by two touches`() {
        val name = "com.qualcomm.qti.autoregistration"
        installSystemApp(app, name, 10_123)
        compose.onNodeWithText("Apps").performClick()
        shows("Search apps")
        compose.onNodeWithText("Search apps").performTextInput("autoreg")
        shows("Came with the phone")
        compose.onAllNodesWithText(name)[0].performClick()
        shows("How it is treated")
        compose.onNodeWithText("Block everything").performScrollTo().performClick()
        compose.onNodeWithText("Block on mobile data").performScrollTo().performClick()
        picture("app")
        compose.onNodeWithText("Back").performClick()
        shows("Block everything · Block on mobile data")
        picture("apps")
        assertEquals(
            AppChoice(AppMode.BLOCK, setOf(Network.MOBILE)),
            app.settings.settings.value
                .choiceFor(name),
        )
    }

    private companion object {
        const val PATIENCE_MS = 10_000L

        val LOOKS =
            mapOf(
                "light" to {},
                "dark" to { RuntimeEnvironment.setQualifiers("+night") },
                "small" to { RuntimeEnvironment.setQualifiers("+w320dp-h533dp-notnight-hdpi") },
                "large" to {
                    RuntimeEnvironment.setQualifiers("+w411dp-h891dp-xhdpi")
                    RuntimeEnvironment.setFontScale(2f)
                },
                "tight" to { RuntimeEnvironment.setQualifiers("+w320dp-h533dp-hdpi") },
                "right" to {
                    RuntimeEnvironment.setFontScale(1f)
                    RuntimeEnvironment.setQualifiers("+ldrtl-w411dp-h891dp-xhdpi")
                },
                "wide" to {
                    RuntimeEnvironment.setQualifiers("+ldltr-w891dp-h411dp-land")
                },
            )
    }
}
