package app.gasket.phone

import android.app.NotificationManager
import android.content.Intent
import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Uri
import android.os.Build
import android.os.Looper
import android.telephony.ServiceState
import android.telephony.SubscriptionManager
import android.telephony.TelephonyManager
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import app.gasket.GasketApp
import app.gasket.bridge.AskOutcome
import app.gasket.bridge.Basis
import app.gasket.bridge.Decision
import app.gasket.bridge.Event
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.Trigger
import app.gasket.history.HistoryItem
import app.gasket.history.newest
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.ui.MainActivity
import app.gasket.ui.skipIntroduction
import app.gasket.vpn.AskAlerts
import app.gasket.vpn.AskReceiver
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Protection
import app.gasket.vpn.Question
import app.gasket.vpn.StartReceiver
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.flow.merge
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.runInterruptible
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ServiceController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowNetwork
import org.robolectric.shadows.ShadowVpnService
import java.io.File
import java.util.Base64

/**
 * The whole way, from a program's packet to the line on the screen: the real service, activity, engine,
 * database and a real tunnel, on several versions of Android's framework.
 */
@RunWith(RobolectricTestRunner::class)
@Config(
    shadows = [
        ShadowTunnelBuilder::class, ShadowProtectingService::class, ShadowOwners::class, ShadowProcNet::class,
        ShadowRealDescriptor::class, ShadowLibrary::class, ShadowNoCanary::class,
    ],
)
class PhoneInABoxTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val learned = File(app.noBackupFilesDir, "learned")
    private lateinit var box: Box
    private lateinit var capture: Box.Capture
    private lateinit var service: ServiceController<GasketVpnService>

    @Before
    fun open() {
        app.skipIntroduction()
        box = Box(TUNNELS.getValue(Build.VERSION.SDK_INT))
        installSystemApp(app, PACKAGE, box.uid)
        TestKeystore.install()
        learned.writeText("damaged")
        ShadowVpnService.setPrepareResult(null)
        capture = Box.Capture()
        service = Robolectric.buildService(GasketVpnService::class.java, intent(GasketVpnService.ACTION_START)).create().startCommand(0, 1)
        await { app.protection.first { it is Protection.On } }
    }

    @After
    fun close() {
        if (!::capture.isInitialized) return
        service.get().onStartCommand(intent(GasketVpnService.ACTION_STOP), 0, 2)
        await { app.protection.first { it is Protection.Off } }
        assertFalse("a descriptor of the tunnel is left", box.hasTunnel(box.tunnel))
        assertTrue("what is learned is kept, and a damaged file replaced", learned.readText(Charsets.ISO_8859_1).startsWith("GSKTMEM1"))
        box.close()
        capture.close()
        service.destroy()
    }

    /** One test for all, because a tunnel can be handed over once only. */
    @Test
    fun `the founding leak stays on the phone and is told, and an app can be switched off`() {
        box.serve(LITERAL, "registered")
        box.serve(SERVER, "hello")
        box.serve(SLOW, "half", missing = 4)

        // An ordinary request first: the way is open.
        assertEquals(0 to "hello", box.app("curl", "-sS", "-m10", "http://$SERVER/"))
        assertNotEquals(emptyList<String>(), capture.packets())

        // The registration: nothing on the wire, and a line that says so.
        assertNotEquals(0, register().first)
        // All but the end of the connection before it, which may still be on its way.
        assertEquals(emptyList<String>(), capture.packets().filterNot { "$SERVER.80" in it && "Flags [S" !in it })
        val told = await { toldAfter(0) }
        assertEquals(Decision.BLOCK, told.event.verdict)
        assertEquals(0, told.event.bytesLeft)
        assertEquals(listOf(PACKAGE), told.event.app?.packages)
        assertEquals("CN", told.event.destination.country)
        assertNull("nothing had happened to the phone", told.event.deviceEvent)
        compose.waitUntil(PATIENCE_MS) { "Blocked. Nothing left the phone." in alerts() }
        compose.onNodeWithText("History").performClick()
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText("Blocked. Nothing left the phone.").fetchSemanticsNodes().isNotEmpty() }
        compose.onNodeWithText("Blocked. Nothing left the phone.").assertIsDisplayed()

        // With blocking off the same leaves: the box would have seen it.
        choose(AppMode.TRUST)
        assertEquals(0 to "registered", register())
        assertTrue(capture.packets().any { "$LITERAL.80" in it })

        // Blocking the app ends what it has open, and its next connection.
        choose(AppMode.GUARD)
        val hanging = box.start("curl", "-sS", "-N", "-m60", "http://$SLOW/")
        assertEquals("half", String(hanging.inputStream.readNBytes(4)))
        choose(AppMode.BLOCK)
        assertNotEquals("the open connection ends", 0, hanging.waitFor())
        assertNotEquals(0, box.app("curl", "-sS", "-m10", "http://$SERVER/").first)
        choose(AppMode.GUARD)
        assertEquals(0 to "hello", box.app("curl", "-sS", "-m10", "http://$SERVER/"))

        // What the user typed in is known for certain, under a name that says nothing.
        app.identifiers.add("serial", SERIAL)
        val known = await { firstProof { box.app("curl", "-sS", "-m10", "http://$SERVER/?q=$SERIAL") } }
        assertEquals(Decision.WARN to IdentifierKind.SERIAL, known.verdict to known.findings.single().kind)

        answers()

        // What happens to the phone reaches the engine: it says so of the next registration.
        for ((kind, happen) in happenings()) {
            await {
                while (true) {
                    happen()
                    if (lastTriggerOfARegistration() == kind) break
                }
            }
        }
    }

    /** What would only be reported waits for the answer, wherever that is given. */
    private fun answers() {
        choose(AppMode.ASK)
        val (first, question) = await { asked() }
        assertEquals(listOf(PACKAGE), question.packages)
        val manager = app.getSystemService(NotificationManager::class.java)
        val shown = { manager.activeNotifications.filter { it.id == AskAlerts.ASK_ID } }
        compose.waitUntil(PATIENCE_MS) { shown().isNotEmpty() }
        assertEquals("nobody is dialled", emptyList<String>(), dials())
        val yes =
            shown()
                .single()
                .notification.actions
                .single { it.title == "Let it through once" }
        AskReceiver().onReceive(app, shadowOf(yes.actionIntent).savedIntent)
        assertEquals("hello", first.inputStream.bufferedReader().readText())
        assertEquals(0, first.waitFor())
        assertEquals(Decision.WARN, await { outcomeOf(question, AskOutcome.ALLOWED) })
        compose.waitUntil(PATIENCE_MS) { shown().isEmpty() }

        // The same stands on the home screen.
        val (second, again) = await { asked() }
        assertNotEquals(question.id, again.id)
        compose.onNodeWithText("Home").performClick()
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText("Block").fetchSemanticsNodes().isNotEmpty() }
        compose.onNodeWithText("Block").performScrollTo().performClick()
        assertNotEquals(0, second.waitFor())
        assertEquals(Decision.BLOCK, await { outcomeOf(again, AskOutcome.BLOCKED) })
        assertEquals("it did not leave", emptyList<String>(), dials())
        choose(AppMode.GUARD)
    }

    private fun dials() = capture.packets().filter { "> $SERVER.80: Flags [S]" in it }

    /** A program that waits for the user, and the question; of as many as it takes until the engine asks. */
    private suspend fun asked(): Pair<Process, Question> {
        while (true) {
            dials()
            val curl = box.start("curl", "-sS", "-m60", "http://$SERVER/?q=$SERIAL")
            val ended = flow<Question?> { emit(runInterruptible(Dispatchers.IO) { curl.waitFor() }.let { null }) }
            val question = merge(ended, app.questions.open.mapNotNull { it.firstOrNull() }).first()
            if (question != null) return curl to question
        }
    }

    private suspend fun outcomeOf(
        question: Question,
        outcome: AskOutcome,
    ): Decision {
        val lines = app.history.revision.map { app.history.newest(20).filterIsInstance<HistoryItem.Told>() }
        val told = lines.mapNotNull { told -> told.firstOrNull { it.event.asked?.question == question.id } }.first().event
        assertEquals(outcome, told.asked?.outcome)
        return told.verdict
    }

    private fun happenings(): Map<Trigger, () -> Unit> =
        mapOf(
            Trigger.BOOT to {
                StartReceiver().onReceive(app, Intent(Intent.ACTION_BOOT_COMPLETED))
                service.get().onStartCommand(shadowOf(app).nextStartedService, 0, 3)
            },
            Trigger.UNLOCK to { broadcast(Intent(Intent.ACTION_USER_PRESENT)) },
            Trigger.SCREEN_ON to { broadcast(Intent(Intent.ACTION_SCREEN_ON)) },
            Trigger.SIM_CHANGE to { broadcast(Intent(SubscriptionManager.ACTION_DEFAULT_SUBSCRIPTION_CHANGED)) },
            Trigger.PACKAGE_CHANGE to { broadcast(Intent(Intent.ACTION_PACKAGE_ADDED, Uri.parse("package:com.example.chat"))) },
            Trigger.SERVICE_CHANGE to {
                val telephony = shadowOf(app.getSystemService(TelephonyManager::class.java))
                for (state in listOf(ServiceState.STATE_IN_SERVICE, ServiceState.STATE_POWER_OFF)) {
                    telephony.setServiceState(ServiceState().apply { this.state = state })
                    shadowOf(Looper.getMainLooper()).idle()
                }
            },
            Trigger.CONNECTIVITY to {
                val network = ShadowNetwork.newInstance(7)
                for (callback in shadowOf(app.getSystemService(ConnectivityManager::class.java)).networkCallbacks) {
                    callback.onLinkPropertiesChanged(network, LinkProperties())
                }
            },
        )

    private fun broadcast(intent: Intent) {
        app.sendBroadcast(intent)
        shadowOf(Looper.getMainLooper()).idle()
    }

    private suspend fun lastTriggerOfARegistration(): Trigger? {
        val before =
            app.history
                .newest(1)
                .filterIsInstance<HistoryItem.Told>()
                .first()
                .id
        register()
        return toldAfter(before).event.deviceEvent?.kind
    }

    private fun register(): Pair<Int, String> {
        val body = Box.file(Base64.getMimeEncoder(76, "\n".toByteArray()).encodeToString(REGISTRATION.toByteArray()) + "\n")
        val type = "Content-Type: application/encrypted-json"
        return box.app("curl", "-sS", "-m10", "-H", type, "--data-binary", "@$body", "http://$LITERAL/")
    }

    /** The first event that rests on what was typed in, of as many as it takes until the engine knows it. */
    private suspend fun firstProof(send: () -> Unit): Event {
        while (true) {
            send()
            val told =
                app.history
                    .newest(1)
                    .filterIsInstance<HistoryItem.Told>()
                    .firstOrNull()
            if (told != null && told.event.findings.any { it.basis == Basis.TYPED }) return told.event
        }
    }

    private suspend fun toldAfter(id: Long): HistoryItem.Told {
        app.history.revision.first { app.history.newest(1).any { it is HistoryItem.Told && it.id > id } }
        return app.history
            .newest(1)
            .filterIsInstance<HistoryItem.Told>()
            .first()
    }

    private fun alerts(): List<String> {
        val manager = shadowOf(app.getSystemService(NotificationManager::class.java))
        return manager.allNotifications.map { shadowOf(it).contentText?.toString().orEmpty() }
    }

    /** Changes the treatment and waits until the engine has it: its answer to the next connection shows it. */
    private fun choose(mode: AppMode) {
        app.settings.change { it.with(PACKAGE, AppChoice(mode)) }
    }

    private fun intent(action: String) = Intent(app, GasketVpnService::class.java).setAction(action)

    private fun <T> await(block: suspend () -> T): T = runBlocking { withTimeout(PATIENCE_MS) { block() } }

    private companion object {
        const val PATIENCE_MS = 20_000L
        const val PACKAGE = "com.qualcomm.qti.autoregistration"

        /** The registration's fallback address; in the fake internet it is ours. */
        const val LITERAL = "42.99.2.15"
        const val SERIAL = "X7K2M9PQ4R"
        const val SERVER = "203.0.113.20"
        const val SLOW = "203.0.113.21"

        /** A tunnel for each framework version: an engine that ends takes its own along. */
        val TUNNELS = mapOf(26 to 0..0, 28 to 1..1, 36 to 2..2)

        const val REGISTRATION =
            """{"REGVER":"8.0","MEID":"A0000012345678","MODEL":"ABC-model","IMEI1":"350000001234562",""" +
                """"SIM1ICCID":"89470000000123456781","SIM1LTEIMSI":"001010123456789","SIM1CELLID":"21506","UETYPE":"1"}"""
    }
}
