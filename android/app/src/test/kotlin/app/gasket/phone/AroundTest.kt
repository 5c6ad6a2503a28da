package app.gasket.phone

import android.appwidget.AppWidgetManager
import android.content.Intent
import android.os.Looper
import android.service.quicksettings.Tile
import android.view.View
import android.widget.TextView
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.history.Tally
import app.gasket.ui.MainActivity
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Protection
import app.gasket.vpn.ProtectionTile
import app.gasket.vpn.TodayWidget
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowVpnService

/** What stands around the app, in the system's own places. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36])
class AroundTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp

    private fun stands(protection: Protection) {
        app.protection.value = protection
        shadowOf(Looper.getMainLooper()).idle()
    }

    @Test
    fun `the tile says how protection stands, and switches it`() {
        val tile = Robolectric.setupService(ProtectionTile::class.java)
        tile.onStartListening()
        shadowOf(Looper.getMainLooper()).idle()
        assertEquals(Tile.STATE_INACTIVE to "Not protected", tile.qsTile.state to tile.qsTile.subtitle)
        ShadowVpnService.setPrepareResult(null)
        tile.onClick()
        assertEquals(GasketVpnService.ACTION_START, shadowOf(app).nextStartedService.action)

        stands(Protection.On(0))
        assertEquals(Tile.STATE_ACTIVE to "Protected", tile.qsTile.state to tile.qsTile.subtitle)
        tile.onClick()
        assertEquals(GasketVpnService.ACTION_STOP, shadowOf(app).nextStartedService.action)

        tile.onStopListening()
        stands(Protection.Off())
        assertEquals("nobody looks", "Protected", tile.qsTile.subtitle)
    }

    @Test
    @Config(sdk = [28])
    fun `without consent the tile opens the window that asks`() {
        ShadowVpnService.setPrepareResult(Intent("consent"))
        Robolectric.setupService(ProtectionTile::class.java).onClick()
        assertTrue(shadowOf(app).nextStartedActivity.filterEquals(MainActivity.switchOn(app)))
        assertNull(shadowOf(app).nextStartedService)
    }

    @Test
    fun `the widget says how protection stands, and what it stopped today`() {
        val widgets = shadowOf(AppWidgetManager.getInstance(app))
        val widget = widgets.createWidget(TodayWidget::class.java, R.layout.widget_today)
        val view = { widgets.getViewFor(widget) }
        val title = { view().findViewById<TextView>(R.id.widget_title).text.toString() }
        val text = { view().findViewById<TextView>(R.id.widget_text) }
        runBlocking {
            withTimeout(PATIENCE_MS) {
                // It is changed on another thread, piece by piece; that nothing is counted comes last.
                while (title() != "Not protected" || text().visibility != View.GONE) {
                    shadowOf(Looper.getMainLooper()).idle()
                    yield()
                }
            }
        }
        TodayWidget.show(app, Protection.On(0), Tally(blocked = 3, warned = 1))
        assertEquals("Protected", title())
        assertEquals(View.VISIBLE to "3 leaks stopped today", text().visibility to text().text.toString())
    }

    private companion object {
        const val PATIENCE_MS = 20_000L
    }
}
