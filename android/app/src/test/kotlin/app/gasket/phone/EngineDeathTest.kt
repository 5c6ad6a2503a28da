package app.gasket.phone

import android.content.Intent
import android.os.Build
import android.os.ParcelFileDescriptor
import app.gasket.GasketApp
import app.gasket.history.HistoryItem
import app.gasket.history.OutageCause
import app.gasket.history.newest
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Protection
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** What becomes of the phone's traffic when the real engine cannot go on. */
@RunWith(RobolectricTestRunner::class)
@Config(
    shadows = [
        ShadowTunnelBuilder::class, ShadowProtectingService::class, ShadowOwners::class, ShadowProcNet::class,
        ShadowRealDescriptor::class, ShadowLibrary::class, ShadowNoCanary::class,
    ],
)
class EngineDeathTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val service by lazy { Robolectric.buildService(GasketVpnService::class.java, intent(GasketVpnService.ACTION_START)).create() }

    private fun intent(action: String) = Intent(app, GasketVpnService::class.java).setAction(action)

    private fun <T> await(block: suspend () -> T): T = runBlocking { withTimeout(PATIENCE_MS) { block() } }

    private inline fun <reified T : Protection> protection(crossinline condition: (T) -> Boolean = { true }): T =
        await { app.protection.first { it is T && condition(it) } as T }

    private fun outages() = await { app.history.newest(10) }.filterIsInstance<HistoryItem.Outage>()

    @Before
    fun begin() = ShadowTunnelBuilder.reset()

    @After
    fun end() {
        service.get().onStartCommand(intent(GasketVpnService.ACTION_STOP), 0, 9)
        protection<Protection.Off>()
        service.destroy()
    }

    @Test
    fun `an engine that dies is followed by another, and after the last there is silence`() {
        val tunnels = TUNNELS.getValue(Build.VERSION.SDK_INT)
        Box(tunnels).use { box ->
            Box.Capture().use { capture ->
                box.serve(SERVER, "hello")
                service.startCommand(0, 1)
                var since = protection<Protection.On>().sinceMs
                for (number in tunnels.toList().dropLast(2)) {
                    assertEquals(0 to "hello", box.app("curl", "-sS", "-m10", "http://$SERVER/"))
                    assertEquals(number, box.tunnel)
                    box.tearDown()
                    since = protection<Protection.On> { box.tunnel == number + 1 && it.sinceMs >= since }.sinceMs
                }
                assertEquals(listOf(OutageCause.CUT_OFF), outages().map { it.cause }.distinct())
                assertTrue("each has ended: ${outages()}", outages().all { it.endedMs != null })

                // Once more, and it is once too often.
                assertEquals(0 to "hello", box.app("curl", "-sS", "-m10", "http://$SERVER/"))
                box.tearDown()
                protection<Protection.Swallowing>()
                assertEquals(
                    HistoryItem.Outage(outages().first().timeMs, null, OutageCause.CUT_OFF, outages().first().run),
                    outages().first(),
                )
                assertTrue("a tunnel is held", box.hasTunnel(tunnels.last))
                capture.packets()
                assertNotEquals(0, box.app("curl", "-sS", "-m1", "http://$SERVER/").first)
                assertEquals("nothing gets past it", emptyList<String>(), capture.packets().filter { "Flags [S]" in it })

                // The user tries again.
                service.get().onStartCommand(intent(GasketVpnService.ACTION_STOP), 0, 2)
                protection<Protection.Off>()
                ShadowRealDescriptor.closeTwins()
                assertFalse("the held tunnel is let go", box.hasTunnel(tunnels.last))
            }
        }
    }

    @Test
    fun `settings that the engine refuses give silence, and better ones protection's next attempt`() {
        val handed = mutableListOf<ParcelFileDescriptor>()
        ShadowTunnelBuilder.next = { notATunnel().also(handed::add) }
        app.settings.change { it.copy(mtu = 100) }
        service.startCommand(0, 1)
        val refusal = protection<Protection.Swallowing>().why
        assertTrue(refusal, "mtu" in refusal && "1280" in refusal)
        assertTrue("its tunnel is held", handed.single().fileDescriptor.valid())
        app.settings.change { it.copy(mtu = 1280) }
        val next = protection<Protection.Swallowing> { it.why != refusal }.why
        assertFalse("another reason now: $next", "mtu" in next)
        assertFalse("the first tunnel is closed", handed.first().fileDescriptor.valid())
    }

    /** A descriptor that no engine can work with, because it cannot be waited for. */
    private fun notATunnel(): ParcelFileDescriptor {
        val (first, second) = List(2) { ShadowRealDescriptor.open("/dev/null") }
        ShadowRealDescriptor.twins[first] = second
        return ParcelFileDescriptor.adoptFd(first)
    }

    private companion object {
        const val PATIENCE_MS = 20_000L
        const val SERVER = "203.0.113.20"

        /** Four engines live and die; the last tunnel is held. */
        val TUNNELS = mapOf(26 to 3..7, 28 to 8..12, 36 to 13..17)
    }
}
