package app.gasket.ui

import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import app.gasket.GasketApp
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.bridge.RuleBook
import app.gasket.phone.ShadowLibrary
import app.gasket.phone.installSystemApp
import app.gasket.vpn.Protection
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** Who hears the screens instead of seeing them meets the same things, in the order in which they are read. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
class ScreenReaderTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val app = RuntimeEnvironment.getApplication() as GasketApp

    @Before
    fun begin() {
        app.skipIntroduction()
        RuleBook.read()
        installSystemApp(app, "com.qualcomm.qti.autoregistration", 10_123)
        app.protection.value = Protection.On(System.currentTimeMillis())
        runBlocking {
            val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
            app.history.add(listOf(event.copy(timeMs = System.currentTimeMillis())))
        }
        ScreenReader.switchOn(app)
        compose.activityRule.scenario.recreate()
    }

    private fun stops(): List<ScreenReader.Stop> {
        compose.waitForIdle()
        return ScreenReader(compose.onAllNodes(isRoot(), useUnmergedTree = true).fetchSemanticsNodes().last()).stops
    }

    /** What is there in the order of hearing, each after what is above it, with the ways between the screens together. */
    private fun check(
        place: String,
        vararg expected: String,
    ) {
        runCatching {
            compose.waitUntil(SHOWN_WITHIN_MS) {
                stops().let { stops ->
                    expected.all { word -> stops.any { word in it.words } }
                }
            }
        }
        val stops = stops()
        val spoken = stops.map { it.words }
        for (stop in stops) assertTrue("$place: something without a word at ${stop.bounds}", stop.words.isNotBlank())
        val at = expected.map { word -> spoken.indexOfFirst { word in it } }
        assertEquals("$place: ${expected.toList()} in $spoken", at.filter { it >= 0 }.sorted(), at)
        val ways = spoken.indices.filter { spoken[it] in WAYS }
        if (ways.isNotEmpty()) assertEquals("$place: $spoken", WAYS.size, ways.last() - ways.first() + 1)
        stops.filterIndexed { index, _ -> index !in ways }.zipWithNext().forEach { (one, next) ->
            assertTrue("$place: “${next.words}” is above “${one.words}”", next.bounds.bottom > one.bounds.top)
        }
    }

    @Test
    fun `each screen is heard as it is read`() {
        check("home", "Protected", "Protection", "1 stopped", "Pause for 5 minutes", "Stopped", "Home", "Settings")
        compose.go("History")
        check("history", "Search the history", "Outcome", "Export", "Clear", "zzhc.vnet.cn", "Home")
        compose.touch("zzhc.vnet.cn")
        check("details", "Back", "Share", "Blocked: ", "wanted to reach zzhc.vnet.cn", "It tried to send", "Nothing left the phone")
        compose.touch("Back")
        compose.go("Apps")
        check("apps", "Search apps", "Most leaks", "Name", "com.qualcomm.qti.autoregistration")
        compose.touch("com.qualcomm.qti.autoregistration")
        check("page", "Back", "How it is treated", "Guard", "Block everything", "Watch", "Trust", "Block on mobile data")
        compose.touch("Back")
        compose.go("Rules")
        check("rules", "Search rules", "Add your own", "Import a rule file", "Adups")
        compose.touch("Add your own")
        check("add", "Name or address", "Block", "Only warn", "Close", "Add")
        compose.go("Settings")
        check("settings", "Always-on and lockdown", "Open VPN settings", "Your own numbers", "Add a number")
    }

    @Test
    fun `a dialog is heard alone`() {
        compose.go("History")
        compose.touch("Identifier")
        check("choice", "Identifier", "All", "SIM card number", "Close")
        assertTrue("${stops()}", stops().none { it.words in WAYS })
    }

    @Test
    fun `the introduction is heard from its beginning`() {
        app.settings.change { it.copy(introduction = 0) }
        check("introduction", "Step 1 of 3", "See what leaks", "Skip", "Next")
        compose.onNodeWithText("Next").performClick()
        check("introduction", "Step 2 of 3", "Android will ask you", "Protection is on.", "Skip", "Next")
    }

    private companion object {
        val WAYS = listOf("Home", "History", "Apps", "Rules", "Settings")
    }
}
