package app.gasket.hostile

import android.content.Intent
import android.content.pm.ComponentInfo
import android.content.pm.PackageManager
import android.content.pm.ServiceInfo
import android.net.Uri
import app.gasket.GasketApp
import app.gasket.rules.Settings
import app.gasket.ui.MainActivity
import app.gasket.ui.skipIntroduction
import app.gasket.vpn.Protection
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowVpnService

/** What other apps can start of Gasket, and what comes of it. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36])
class DoorsTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp

    @Before
    fun begin() {
        app.skipIntroduction()
        ShadowVpnService.setPrepareResult(null)
    }

    private fun permissionOf(component: ComponentInfo): String? = (component as? ServiceInfo)?.permission

    @Test
    fun `other apps reach the window, and the system the tile`() {
        val parts =
            PackageManager.GET_ACTIVITIES or PackageManager.GET_SERVICES or PackageManager.GET_RECEIVERS or PackageManager.GET_PROVIDERS
        val all = app.packageManager.getPackageInfo(app.packageName, parts or PackageManager.MATCH_DISABLED_COMPONENTS)
        val components =
            listOf<Array<out ComponentInfo>?>(all.activities, all.services, all.receivers, all.providers).flatMap {
                it.orEmpty().toList()
            }
        val open = components.filter { it.exported }.associate { it.name to permissionOf(it) }
        assertEquals(
            mapOf("app.gasket.ui.MainActivity" to null, "app.gasket.vpn.ProtectionTile" to "android.permission.BIND_QUICK_SETTINGS_TILE"),
            open,
        )
    }

    @Test
    fun `whatever another app asks the window for, protection and settings stay as they are`() {
        val before = app.settings.settings.value
        app.protection.value = Protection.On(1)
        val names =
            listOf(
                "START",
                "STOP",
                "PAUSE",
                "LOOK",
                "START_AGAIN",
                "ALLOW_APPS",
                "BLOCK_APPS",
                "SHOW_LINE",
                "SHOW_APP",
                "LET_THROUGH",
                "BLOCK_THIS",
                "ui.SwitchOn",
                "ui.PauseShortly",
            )
        for (action in names.map { "app.gasket.$it" } + listOf(Intent.ACTION_SEND, Intent.ACTION_VIEW, Intent.ACTION_MAIN, "")) {
            val intent =
                Intent(action)
                    .setClass(app, MainActivity::class.java)
                    .setData(Uri.parse("gasket:line#-1"))
                    .putExtra("pause_ms", 3_600_000L)
                    .putExtra("packages", arrayOf("com.example.agent"))
                    .putExtra(Intent.EXTRA_STREAM, Uri.parse("content://app.gasket.evidence/evidence/a.zip"))
            val window = Robolectric.buildActivity(MainActivity::class.java, intent).create()
            window.newIntent(intent)
            assertNull(action, shadowOf(app).nextStartedService)
            window.destroy()
        }
        assertEquals(Protection.On(1), app.protection.value)
        assertEquals(before, app.settings.settings.value)
        assertEquals("what is its own is nobody's choice", Settings(introduction = before.introduction), before)
        // The control: what only Gasket itself can start does it.
        Robolectric.buildActivity(MainActivity::class.java).create().newIntent(MainActivity.switchOn(app))
        assertEquals("app.gasket.START", shadowOf(app).nextStartedService?.action)
    }
}
