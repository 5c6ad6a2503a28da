package app.gasket.phone

import android.app.NotificationManager
import android.content.Intent
import app.gasket.GasketApp
import app.gasket.history.OutageCause
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Protection
import app.gasket.vpn.StartReceiver
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ServiceController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowVpnService

/** How protection begins, ends and comes back, where Android hands over no tunnel. */
@RunWith(RobolectricTestRunner::class)
@Config(shadows = [ShadowTunnelBuilder::class, ShadowProtectingService::class, ShadowOwners::class])
class ServiceTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val started get() = shadowOf(app).nextStartedService

    private val services = mutableListOf<ServiceController<GasketVpnService>>()

    private fun service(action: String?) =
        Robolectric.buildService(GasketVpnService::class.java, action?.let { Intent(it) }).create().also(services::add)

    @Before
    fun begin() {
        ShadowTunnelBuilder.reset()
        ShadowVpnService.setPrepareResult(null)
    }

    @After
    fun end() = services.forEach { it.destroy() }

    private fun await(condition: (Protection) -> Boolean) = runBlocking { withTimeout(PATIENCE_MS) { app.protection.first(condition) } }

    @Test
    fun `without consent nothing claims to be protected`() {
        service(GasketVpnService.ACTION_START).startCommand(0, 1)
        await { it == Protection.ConsentNeeded }
        assertTrue("the wish is kept", app.settings.settings.value.isWanted)
    }

    @Test
    fun `the tunnel is asked for as planned`() {
        service(GasketVpnService.ACTION_START).startCommand(0, 1)
        await { it == Protection.ConsentNeeded }
        val asked = ShadowTunnelBuilder.requests.single()
        for (wanted in listOf("mtu 9000", "address 10.111.222.1/30", "dns 10.111.222.2", "outside app.gasket", "route 10.111.222.2/32")) {
            assertTrue("$wanted in $asked", wanted in asked)
        }
        assertTrue("IPv6, too: $asked", "route 0:0:0:0:0:0:0:0/1" in asked)
        assertFalse("the neighbourhood stays outside", asked.any { it.startsWith("route 192.168.") })
    }

    @Test
    fun `a foreground notification is there from the first moment`() {
        val controller = service(GasketVpnService.ACTION_START).startCommand(0, 1)
        assertEquals("status", shadowOf(controller.get()).lastForegroundNotification.channelId)
    }

    @Test
    fun `after the process died an unwanted service goes again`() {
        val controller = service(null).startCommand(0, 1)
        await { it is Protection.Off && it.cause == OutageCause.USER }
        assertTrue(shadowOf(controller.get()).isStoppedBySelf)
    }

    @Test
    fun `after the process died a wanted one begins anew`() {
        app.settings.change { it.copy(isWanted = true) }
        service(null).startCommand(0, 1)
        await { it == Protection.ConsentNeeded }
        assertEquals(1, ShadowTunnelBuilder.requests.size)
    }

    @Test
    fun `always-on is a wish, too`() {
        service("android.net.VpnService").startCommand(0, 1)
        await { it == Protection.ConsentNeeded }
        assertTrue(app.settings.settings.value.isWanted)
    }

    @Test
    fun `another VPN taking over is told, and the wish stays`() {
        app.settings.change { it.copy(isWanted = true) }
        service(null).get().onRevoke()
        await { it == Protection.Off(OutageCause.REVOKED) }
        assertTrue(app.settings.settings.value.isWanted)
        val told =
            shadowOf(
                app.getSystemService(NotificationManager::class.java),
            ).allNotifications.map { shadowOf(it).contentText.toString() }
        assertTrue("$told", told.any { "Another VPN took over" in it })
    }

    @Test
    fun `switching off is remembered`() {
        app.settings.change { it.copy(isWanted = true) }
        service(GasketVpnService.ACTION_STOP).startCommand(0, 1)
        await { it == Protection.Off(OutageCause.USER) }
        assertFalse(app.settings.settings.value.isWanted)
    }

    @Test
    fun `boot and update bring a wanted protection back, and only those`() {
        val receiver = StartReceiver()
        receiver.onReceive(app, Intent(Intent.ACTION_BOOT_COMPLETED))
        assertNull("not wanted", started)
        app.settings.change { it.copy(isWanted = true) }
        for (action in listOf(Intent.ACTION_BOOT_COMPLETED, Intent.ACTION_MY_PACKAGE_REPLACED)) {
            receiver.onReceive(app, Intent(action))
            assertEquals(GasketVpnService.ACTION_START, started?.action)
        }
        receiver.onReceive(app, Intent(Intent.ACTION_VIEW))
        assertNull("no other broadcast", started)
        ShadowVpnService.setPrepareResult(Intent("consent"))
        receiver.onReceive(app, Intent(Intent.ACTION_BOOT_COMPLETED))
        assertNull("no consent", started)
        assertEquals(Protection.ConsentNeeded, app.protection.value)
    }

    private companion object {
        const val PATIENCE_MS = 20_000L
    }
}
