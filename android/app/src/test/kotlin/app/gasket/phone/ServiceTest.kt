package app.gasket.phone

import android.app.AlarmManager
import android.app.Notification
import android.app.NotificationManager
import android.content.Intent
import app.gasket.GasketApp
import app.gasket.history.HistoryItem
import app.gasket.history.OutageCause
import app.gasket.history.Tally
import app.gasket.history.newest
import app.gasket.rules.TimedAllow
import app.gasket.rules.allowing
import app.gasket.ui.MainActivity
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Notice
import app.gasket.vpn.Notifications
import app.gasket.vpn.Protection
import app.gasket.vpn.StartReceiver
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
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
import org.robolectric.shadows.ShadowAlarmManager
import org.robolectric.shadows.ShadowSystemClock
import org.robolectric.shadows.ShadowVpnService
import java.time.Duration

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
        ShadowProtectingService.isAlwaysOn = false
        ShadowProtectingService.isLockdownEnabled = false
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
        for (wanted in listOf("mtu 9000", "address 10.111.222.1/30", "dns 10.111.222.2", "route 10.111.222.2/32")) {
            assertTrue("$wanted in $asked", wanted in asked)
        }
        assertTrue("IPv6, too: $asked", "route 0:0:0:0:0:0:0:0/1" in asked)
        assertFalse("nobody is left out, not even Gasket", asked.any { it.startsWith("outside ") })
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
    @Config(sdk = [36])
    fun `the system's settings of VPNs are read whenever protection is on`() {
        service(GasketVpnService.ACTION_START).startCommand(0, 1)
        await { it == Protection.ConsentNeeded }
        assertNull("as long as it is off the system does not tell", app.alwaysOn.value)
        ShadowProtectingService.isAlwaysOn = true
        app.protection.value = Protection.On(1)
        awaitAlwaysOn(AlwaysOn(isOn = true, isLockdown = false))
        ShadowProtectingService.isLockdownEnabled = true
        app.protection.value = Protection.On(2)
        awaitAlwaysOn(AlwaysOn(isOn = true, isLockdown = true))
    }

    private fun awaitAlwaysOn(wanted: AlwaysOn) = runBlocking { withTimeout(PATIENCE_MS) { app.alwaysOn.first { it == wanted } } }

    @Test
    fun `another VPN taking over is told, and the wish stays`() {
        app.settings.change { it.copy(isWanted = true) }
        service(null).get().onRevoke()
        await { it == Protection.Off(OutageCause.REVOKED) }
        assertTrue(app.settings.settings.value.isWanted)
        val told = notifications().single { "Another VPN took over" in shadowOf(it).contentText.toString() }
        val offer = told.actions.single()
        assertEquals("Return to Gasket", offer.title)
        assertTrue(shadowOf(offer.actionIntent).savedIntent.filterEquals(MainActivity.switchOn(app)))
    }

    private fun notifications() = shadowOf(app.getSystemService(NotificationManager::class.java)).allNotifications

    @Test
    fun `a pause is said, ends by an alarm, and is a line of the history`() {
        app.settings.change { it.copy(isWanted = true) }
        runBlocking { app.history.protectionBegan(1_000) }
        val before = System.currentTimeMillis()
        val controller = service(null)
        val pause =
            Intent(GasketVpnService.ACTION_PAUSE).putExtra(GasketVpnService.EXTRA_PAUSE_MS, Notifications.SHORT_PAUSE_MS)
        controller.get().onStartCommand(pause, 0, 1)
        val until = (await { it is Protection.Paused } as Protection.Paused).untilMs
        assertTrue("$until", until in before..System.currentTimeMillis() + Notifications.SHORT_PAUSE_MS)
        runBlocking { withTimeout(PATIENCE_MS) { app.history.revision.first { app.history.newest(1).isNotEmpty() } } }
        assertEquals(OutageCause.PAUSED, (runBlocking { app.history.newest(1) }.single() as HistoryItem.Outage).cause)
        val alarm = runBlocking { withTimeout(PATIENCE_MS) { nextAlarm() } }
        assertTrue("${alarm.triggerAtMs}", alarm.triggerAtMs in until..until + 1_000)
        val status = Notifications(app, app.getSystemService(NotificationManager::class.java)).status(app.protection.value, null)
        assertEquals("Paused", status.extras.getString(Notification.EXTRA_TITLE))
        assertEquals(listOf("Go on now", "Stop"), status.actions.map { it.title })

        // A restart of the process does not end it; the alarm does.
        controller.get().onStartCommand(Intent(GasketVpnService.ACTION_START_AGAIN), 0, 2)
        assertTrue(app.protection.value is Protection.Paused)
        @Suppress("DEPRECATION")
        controller.get().onStartCommand(shadowOf(alarm.operation).savedIntent, 0, 3)
        await { it == Protection.ConsentNeeded }
        assertEquals(0, app.settings.settings.value.pausedUntilMs)
        assertTrue("the wish is kept", app.settings.settings.value.isWanted)
    }

    @Test
    @Suppress("DEPRECATION")
    fun `what an app is allowed for an hour is ended by an alarm that no clock moves`() {
        val now = app.clock.now()
        app.settings.change { it.copy(isWanted = true).allowing(listOf("com.example.chat"), now) }
        val controller = service(GasketVpnService.ACTION_START_AGAIN)
        val alarm = runBlocking { withTimeout(PATIENCE_MS) { nextAlarm() } }
        assertEquals(AlarmManager.ELAPSED_REALTIME_WAKEUP, alarm.type)
        assertEquals(now.sinceBootMs + TimedAllow.LENGTH_MS, alarm.triggerAtMs)
        controller.startCommand(0, 1)
        await { it == Protection.ConsentNeeded }
        assertTrue("not before", "com.example.chat" in app.settings.settings.value.apps)

        app.settings.change { it.copy(isWanted = false) }
        ShadowSystemClock.advanceBy(Duration.ofMillis(TimedAllow.LENGTH_MS))
        controller.get().onStartCommand(shadowOf(alarm.operation).savedIntent, 0, 2)
        await { it is Protection.Off }
        assertFalse("com.example.chat" in app.settings.settings.value.apps)
    }

    private suspend fun nextAlarm(): ShadowAlarmManager.ScheduledAlarm {
        val alarms = shadowOf(app.getSystemService(AlarmManager::class.java))
        while (true) alarms.scheduledAlarms.firstOrNull()?.let { return it } ?: yield()
    }

    @Test
    fun `while a network wants a login, the notification offers to pause for it`() {
        val notifications = Notifications(app, app.getSystemService(NotificationManager::class.java))
        val status = notifications.status(Protection.On(0, setOf(Notice.CaptivePortal)), null)
        val offer = status.actions.first()
        assertEquals("Pause for 10 minutes to log in", offer.title)
        assertEquals(GasketVpnService.ACTION_PAUSE, shadowOf(offer.actionIntent).savedIntent.action)
        assertEquals(
            "Pause for 5 minutes",
            notifications
                .status(Protection.On(0), null)
                .actions
                .first()
                .title,
        )
    }

    @Test
    fun `the notification offers a short and a long pause, each of its length`() {
        val notifications = Notifications(app, app.getSystemService(NotificationManager::class.java))
        val actions = notifications.status(Protection.On(0), Tally(blocked = 3, warned = 1)).actions
        assertEquals(listOf("Pause for 5 minutes", "Pause for 1 hour", "Stop"), actions.map { it.title })
        val lengths = actions.dropLast(1).map { shadowOf(it.actionIntent).savedIntent.getLongExtra(GasketVpnService.EXTRA_PAUSE_MS, 0) }
        assertEquals(listOf(Notifications.SHORT_PAUSE_MS, Notifications.LONG_PAUSE_MS), lengths)
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
            assertEquals(GasketVpnService.ACTION_START_AGAIN, started?.action)
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
