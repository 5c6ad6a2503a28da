package app.gasket.vpn

import android.content.Intent
import android.net.Uri
import android.os.Looper
import android.telephony.ServiceState
import android.telephony.SubscriptionManager
import android.telephony.TelephonyManager
import app.gasket.GasketApp
import app.gasket.bridge.Happening
import app.gasket.bridge.Trigger
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/** What the system says, and what that is taken for. */
@RunWith(RobolectricTestRunner::class)
class HappeningsTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val telephony = app.getSystemService(TelephonyManager::class.java)
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val seen = LinkedBlockingQueue<Happening>()

    @After
    fun end() = scope.cancel()

    private fun listen() {
        scope.launch { Happenings(app).all.collect(seen::put) }
    }

    private fun send(
        action: String,
        packageName: String? = null,
        isReplacing: Boolean = false,
    ) {
        val intent = Intent(action).putExtra(Intent.EXTRA_REPLACING, isReplacing)
        if (packageName != null) intent.data = Uri.parse("package:$packageName")
        app.sendBroadcast(intent)
        shadowOf(Looper.getMainLooper()).idle()
    }

    private fun happening(): Happening? = seen.poll(PATIENCE_S, TimeUnit.SECONDS)

    private fun next(): Trigger? = happening()?.kind

    /** Nothing but what follows: the mark comes next. */
    private fun nothingElse() {
        send(Intent.ACTION_SCREEN_ON)
        assertEquals(Trigger.SCREEN_ON, next())
    }

    @Test
    fun `screen, unlock and default SIM are told as they come`() {
        listen()
        send(Intent.ACTION_SCREEN_ON)
        send(Intent.ACTION_USER_PRESENT)
        send(SubscriptionManager.ACTION_DEFAULT_SUBSCRIPTION_CHANGED)
        assertEquals(listOf(Trigger.SCREEN_ON, Trigger.UNLOCK, Trigger.SIM_CHANGE), List(3) { next() })
    }

    @Test
    fun `what else the phone does is told as it comes`() {
        listen()
        send(Intent.ACTION_SCREEN_OFF)
        send(Intent.ACTION_POWER_CONNECTED)
        send(Intent.ACTION_POWER_DISCONNECTED)
        send(Intent.ACTION_TIMEZONE_CHANGED)
        send(Intent.ACTION_AIRPLANE_MODE_CHANGED)
        val expected =
            listOf(Trigger.SCREEN_OFF, Trigger.CHARGING, Trigger.CHARGING, Trigger.TIME_ZONE, Trigger.AIRPLANE)
        assertEquals(expected, List(expected.size) { next() })
        nothingElse()
    }

    @Test
    fun `a change of SIM is told once, however often the system says so`() {
        shadowOf(telephony).setSimState(TelephonyManager.SIM_STATE_READY)
        listen()
        send(SIM_STATE_CHANGED)
        nothingElse()
        shadowOf(telephony).setSimState(TelephonyManager.SIM_STATE_ABSENT)
        send(SIM_STATE_CHANGED)
        send(SIM_STATE_CHANGED)
        assertEquals(Trigger.SIM_CHANGE, next())
        nothingElse()
    }

    @Test
    fun `how things stood before is no event`() {
        @Suppress("DEPRECATION")
        app.sendStickyBroadcast(Intent(SubscriptionManager.ACTION_DEFAULT_SUBSCRIPTION_CHANGED))
        shadowOf(Looper.getMainLooper()).idle()
        listen()
        shadowOf(Looper.getMainLooper()).idle()
        nothingElse()
    }

    @Test
    fun `installations, updates and removals are each told once`() {
        listen()
        send(Intent.ACTION_PACKAGE_ADDED, "com.example.chat")
        assertEquals("installed", Happening(Trigger.PACKAGE_CHANGE, "com.example.chat"), happening())
        send(Intent.ACTION_PACKAGE_REMOVED, "com.example.chat", isReplacing = true)
        send(Intent.ACTION_PACKAGE_ADDED, "com.example.chat", isReplacing = true)
        assertEquals("updated", Happening(Trigger.PACKAGE_CHANGE, "com.example.chat"), happening())
        send(Intent.ACTION_PACKAGE_REMOVED, "com.example.chat")
        assertEquals("removed", Happening(Trigger.PACKAGE_CHANGE), happening())
        nothingElse()
    }

    @Test
    fun `mobile service that comes or goes is told`() {
        service(ServiceState.STATE_IN_SERVICE)
        listen()
        service(ServiceState.STATE_IN_SERVICE)
        nothingElse()
        // The listener of before Android 12 is on a thread of its own, and may not listen yet.
        val told =
            (1..ATTEMPTS).firstNotNullOfOrNull { attempt ->
                service(if (attempt % 2 == 0) ServiceState.STATE_IN_SERVICE else ServiceState.STATE_OUT_OF_SERVICE)
                seen.poll(ATTEMPT_MS, TimeUnit.MILLISECONDS)
            }
        assertEquals(Happening(Trigger.SERVICE_CHANGE), told)
    }

    private fun service(state: Int) {
        shadowOf(telephony).setServiceState(ServiceState().apply { this.state = state })
        shadowOf(Looper.getMainLooper()).idle()
    }

    private companion object {
        const val PATIENCE_S = 20L
        const val ATTEMPTS = 100
        const val ATTEMPT_MS = 200L
        const val SIM_STATE_CHANGED = "android.intent.action.SIM_STATE_CHANGED"
    }
}
