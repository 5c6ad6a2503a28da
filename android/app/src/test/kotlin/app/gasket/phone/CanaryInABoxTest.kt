package app.gasket.phone

import android.app.Notification
import android.app.NotificationManager
import android.content.Intent
import android.net.Uri
import android.os.Build
import android.os.Looper
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.bridge.RuleBook
import app.gasket.history.newest
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.OWN_PACKAGE
import app.gasket.rules.RuleChoice
import app.gasket.ui.titleOf
import app.gasket.vpn.CanaryLetter
import app.gasket.vpn.CanaryOutcome
import app.gasket.vpn.CanaryOutcome.Observation
import app.gasket.vpn.CanaryOutcome.Why
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Notifications
import app.gasket.vpn.Protection
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
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
import java.net.Inet4Address

/** The test of the whole path, on a whole path: the real engine behind a real tunnel, and all that makes the test fail. */
@RunWith(RobolectricTestRunner::class)
@Config(
    // Before and after Android 10, which names owners otherwise; each takes a minute.
    sdk = [26, 36],
    shadows = [
        ShadowTunnelBuilder::class, ShadowProtectingService::class, ShadowOwners::class, ShadowProcNet::class,
        ShadowRealDescriptor::class, ShadowLibrary::class, ShadowCanaryInside::class,
    ],
)
class CanaryInABoxTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val service by lazy { Robolectric.buildService(GasketVpnService::class.java, intent(GasketVpnService.ACTION_START)).create() }
    private val tunnels = TUNNELS.getValue(Build.VERSION.SDK_INT)
    private lateinit var box: Box
    private lateinit var capture: Box.Capture

    private fun intent(action: String) = Intent(app, GasketVpnService::class.java).setAction(action)

    private fun <T> await(block: suspend () -> T): T = runBlocking { withTimeout(PATIENCE_MS) { block() } }

    /** Where the letter goes: as an app of the phone, or from where the phone's network begins. */
    private fun sendFrom(inside: Boolean) {
        ShadowCanaryInside.send = { server, request ->
            SendInside.run(server, request) { words -> if (inside) box.start(*words) else ProcessBuilder(*words).start() }
        }
    }

    private fun begin() {
        ShadowTunnelBuilder.reset()
        box = Box(tunnels.first..tunnels.first)
        capture = Box.Capture()
        shadowOf(app.packageManager).getInternalMutablePackageInfo(OWN_PACKAGE).applicationInfo!!.uid = box.uid
        ShadowVpnService.setPrepareResult(null)
        ShadowOwners.isTunnelled = true
        sendFrom(inside = true)
        service.startCommand(0, 1)
        await { app.protection.first { it is Protection.On } }
    }

    @After
    fun end() {
        ShadowOwners.isTunnelled = false
        if (!::capture.isInitialized) return
        service.get().onStartCommand(intent(GasketVpnService.ACTION_STOP), 0, 2)
        await { app.protection.first { it is Protection.Off } }
        assertNull("without protection there is nothing to say", app.canary.state.value.latest)
        box.close()
        capture.close()
        service.destroy()
        assertNull(alarm())
    }

    /** What came of the first test, or of one that is wished for now. */
    private fun outcome(isFirst: Boolean = false): CanaryOutcome {
        val before = app.canary.state.value.latest
        if (!isFirst) app.canary.wish()
        return await { app.canary.state.first { it.latest != null && (isFirst || it.latest !== before) && !it.isRunning } }.latest!!.outcome
    }

    /** Tests until this comes of it: the engine takes new settings a moment after they are saved. */
    private fun becomes(outcome: CanaryOutcome) = await { while (outcome() != outcome) yield() }

    private fun alarm(): Notification? =
        shadowOf(app.getSystemService(NotificationManager::class.java)).getNotification(Notifications.CANARY_ID)

    private fun awaitAlarm(isThere: Boolean) = await { while ((alarm() != null) != isThere) yield() }

    /** What all say who show in a word or two how protection stands. */
    private fun awaitTitle(title: Int) = await { app.protection.first { titleOf(it) == title } }

    private fun sentToServer() = capture.packets().filter { "$SERVER.80" in it }

    private fun history() = await { app.history.newest(10) }

    /** One test for all, because a tunnel can be handed over once only. */
    @Test
    fun `a made-up registration is stopped on the whole way, and whatever lets it pass is told`() {
        begin()
        assertEquals(
            "the rule's family",
            CanaryLetter.FAMILY,
            RuleBook
                .read()
                .rules
                .single { it.id == CanaryLetter.RULE }
                .family,
        )
        assertEquals("after the start", CanaryOutcome.Stopped, outcome(isFirst = true))
        assertEquals("on demand", CanaryOutcome.Stopped, outcome())
        assertEquals("nothing left", emptyList<String>(), sentToServer())
        assertEquals("it is no leak of the user's", emptyList<Any>(), history())
        assertNull(alarm())

        // Where the user lets such registrations pass, none is sent.
        app.settings.change { it.copy(rules = it.rules.copy(families = mapOf(CanaryLetter.FAMILY to RuleChoice.WARN))) }
        assertEquals(CanaryOutcome.Untested(Why.SETTINGS), outcome())
        assertEquals(emptyList<String>(), sentToServer())
        app.settings.change { it.copy(rules = it.rules.copy(families = emptyMap())) }

        // An engine that relays what it is sent unread: it leaves.
        box.serve(SERVER, "registered")
        installSystemApp(app, OTHER, box.uid)
        shadowOf(app.packageManager).getInternalMutablePackageInfo(OWN_PACKAGE).applicationInfo!!.uid = box.uid + 1
        app.sendBroadcast(Intent(Intent.ACTION_PACKAGE_ADDED, Uri.parse("package:$OTHER")))
        shadowOf(Looper.getMainLooper()).idle()
        app.settings.change { it.with(OTHER, AppChoice(AppMode.TRUST)) }
        becomes(CanaryOutcome.WouldHaveLeft(Observation.ANSWERED))
        assertNotEquals("it has left", emptyList<String>(), sentToServer())
        awaitAlarm(isThere = true)
        awaitTitle(R.string.status_doubtful)
        assertTrue("it stays", alarm()!!.flags and Notification.FLAG_ONGOING_EVENT != 0)
        app.settings.change { it.with(OTHER, AppChoice()) }
        becomes(CanaryOutcome.Stopped)
        awaitAlarm(isThere = false)
        awaitTitle(R.string.status_on)

        // An app that is only watched: the engine tells that it let it pass.
        app.settings.change { it.with(OTHER, AppChoice(AppMode.WATCH)) }
        becomes(CanaryOutcome.WouldHaveLeft(Observation.LET_PASS))
        app.settings.change { it.with(OTHER, AppChoice()) }
        becomes(CanaryOutcome.Stopped)

        // Around the tunnel: once somebody answers, once nobody does.
        sendFrom(inside = false)
        assertEquals(CanaryOutcome.WouldHaveLeft(Observation.ANSWERED), outcome())
        box.stopServing()
        assertEquals(CanaryOutcome.NeverCame, outcome())
        assertEquals("none of these is a line", emptyList<Any>(), history())

        // Into a tunnel that nobody reads.
        sendFrom(inside = true)
        box.redirect(SERVER, tunnels.last)
        assertEquals(CanaryOutcome.NeverCame, outcome())
        awaitAlarm(isThere = true)
    }

    private companion object {
        const val PATIENCE_MS = 60_000L
        const val OTHER = "com.example.other"
        val SERVER: String = (CanaryLetter.SERVER.address as Inet4Address).hostAddress!!

        /** One that is read and one that is not, for each framework version. */
        val TUNNELS = mapOf(26 to 18..19, 36 to 20..21)
    }
}
