package app.gasket.ui

import android.app.Activity
import android.content.Intent
import android.provider.Settings
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import app.gasket.GasketApp
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Protection
import app.gasket.vpn.SettingsStore
import org.junit.Assert.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowVpnService
import java.io.File

/** The first minutes of a new user. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36])
class IntroductionTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val app = RuntimeEnvironment.getApplication() as GasketApp

    private fun reads(text: String) =
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isNotEmpty() }

    private fun touch(text: String) {
        val found = compose.onNodeWithText(text)
        runCatching { found.performScrollTo() }
        found.performClick()
    }

    @Test
    fun `three steps lead to protection, and do not come again`() {
        val question = Intent("android.net.VpnService.CONSENT")
        ShadowVpnService.setPrepareResult(question)
        reads("Step 1 of 3")
        reads("It cannot read what is encrypted")
        touch("Next")
        reads("Android will ask you to allow a VPN")
        touch("Switch protection on")
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(question.action, asked.action)
        compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, null) }
        assertEquals(GasketVpnService.ACTION_START, shadowOf(app).nextStartedService.action)
        app.protection.value = Protection.On(System.currentTimeMillis())
        reads("Protection is on.")
        touch("Next")
        reads("Step 3 of 3")
        touch("Open VPN settings")
        assertEquals(Settings.ACTION_VPN_SETTINGS, shadowOf(app).nextStartedActivity.action)
        touch("Done")
        reads("Nothing to report today")
        compose.activityRule.scenario.recreate()
        reads("Nothing to report today")
    }

    @Test
    fun `it goes on where it was left, in another process, too`() {
        touch("Next")
        compose.activityRule.scenario.recreate()
        reads("Step 2 of 3")
        val kept = SettingsStore(File(app.filesDir, "settings.json")).settings.value
        assertEquals(1, kept.introduction)
    }

    @Test
    fun `one touch skips it all`() {
        touch("Skip")
        reads("Not protected")
        assertEquals(IntroductionPresenter.OVER, app.settings.settings.value.introduction)
    }

    private companion object {
        const val PATIENCE_MS = 20_000L
    }
}
