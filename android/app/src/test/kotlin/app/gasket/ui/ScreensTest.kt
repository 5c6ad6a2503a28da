package app.gasket.ui

import android.content.pm.ApplicationInfo
import android.content.pm.PackageInfo
import android.graphics.Bitmap
import android.os.Build
import androidx.compose.ui.graphics.asAndroidBitmap
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsOff
import androidx.compose.ui.test.assertIsOn
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import app.gasket.GasketApp
import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.history.OutageCause
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Network
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.io.File

/** The real activity, driven by clicks. Pictures of it are laid into the build's products. */
@RunWith(RobolectricTestRunner::class)
class ScreensTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val now = System.currentTimeMillis()

    private fun shows(text: String) {
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isNotEmpty() }
        compose.onAllNodesWithText(text, substring = true)[0].assertIsDisplayed()
    }

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
        app.protection.value = Protection.On(now, Notice.StrictPrivateDns("dns.example"))
        shows("Private DNS is set to dns.example")
        app.protection.value = Protection.Swallowing("no config")
        shows("Gasket cannot work: no config.")
        compose.onNodeWithContentDescription("Protection").assertIsOn()
        app.protection.value = Protection.ConsentNeeded
        shows("Android needs your consent again")
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
        shows("35••••••••••••2")
        picture("details")
        compose.onNodeWithText("Close").performClick()
        compose.onNodeWithText("Clear").performClick()
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText("BLOCKED").fetchSemanticsNodes().isEmpty() }
    }

    @Test
    fun `an app is found and blocked by two touches`() {
        val name = "com.qualcomm.qti.autoregistration"
        shadowOf(app.packageManager).installPackage(
            PackageInfo().apply {
                packageName = name
                applicationInfo =
                    ApplicationInfo().apply {
                        packageName = name
                        uid = 10_123
                        flags = ApplicationInfo.FLAG_SYSTEM
                    }
            },
        )
        compose.onNodeWithText("Apps").performClick()
        compose.onNodeWithText("Search apps").performTextInput("autoreg")
        shows("Came with the phone")
        compose.onAllNodesWithText(name)[0].performClick()
        compose.onNodeWithText("Block everything").performClick()
        compose.onNodeWithText("Block on mobile data").performClick()
        picture("app")
        compose.onNodeWithText("Close").performClick()
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
    }
}
