package app.gasket.vpn

import android.app.Notification
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Intent
import app.gasket.GasketApp
import app.gasket.bridge.AskOutcome
import app.gasket.bridge.Asked
import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.Owner
import app.gasket.history.HistoryItem
import app.gasket.phone.installSystemApp
import app.gasket.ui.MainActivity
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowSystemClock
import java.time.Duration

/** What is asked in a notification, what a touch on it answers, and what is said of it afterwards. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36])
class AskAlertsTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val manager = app.getSystemService(NotificationManager::class.java)
    private val alerts = AskAlerts(app, manager)
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val template = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    @Before
    fun begin() {
        Notifications(app, manager)
        installSystemApp(app, PACKAGE, 10_123, "Agent")
        scope.launch { alerts.follow(app.questions.open) }
    }

    @After
    fun end() = scope.cancel()

    private fun event(
        question: Long,
        outcome: AskOutcome,
    ): Event {
        val owner = Owner(10_123, listOf(PACKAGE))
        return template.copy(app = owner, verdict = Decision.BLOCK, asked = Asked(question, outcome, SECONDS))
    }

    private fun ask(vararg questions: Long) = app.questions.ask(questions.map { event(it, AskOutcome.WAITING) })

    private fun shown(id: Int) = manager.activeNotifications.filter { it.id == id }.associate { it.tag to it.notification }

    private fun touch(
        notification: Notification,
        label: String,
    ) = AskReceiver().onReceive(app, intentOf(notification, label))

    private fun intentOf(
        notification: Notification,
        label: String,
    ): Intent = shadowOf(notification.actions.single { it.title == label }.actionIntent).savedIntent

    private fun nextAnswer() = runBlocking { app.questions.answers.first() }

    private fun pass(seconds: Long) = ShadowSystemClock.advanceBy(Duration.ofSeconds(seconds))

    private val Notification.text get() = extras.getCharSequence(Notification.EXTRA_TEXT).toString()

    @Test
    fun `a question says who, what and where to, above whatever is on the screen`() {
        ask(7)
        val question = shown(AskAlerts.ASK_ID).getValue("7")
        assertEquals("Agent waits for your answer", question.extras.getString(Notification.EXTRA_TITLE))
        for (part in listOf("Agent", "zzhc.vnet.cn", "tried to send")) assertTrue(part, part in question.text)
        assertFalse("nothing is said to be done", "Blocked" in question.text)
        assertEquals(NotificationManager.IMPORTANCE_HIGH, manager.getNotificationChannel(question.channelId).importance)
        assertTrue("goes by itself", question.timeoutAfter in 1..SECONDS * 1000L)
        assertEquals(PACKAGE, MainActivity.appIn(shadowOf(question.contentIntent).savedIntent))
        for (action in question.actions) {
            assertTrue("no other app changes it", shadowOf(action.actionIntent).flags and PendingIntent.FLAG_IMMUTABLE != 0)
            assertEquals(app.packageName, shadowOf(action.actionIntent).savedIntent.component?.packageName)
        }
    }

    @Test
    fun `a yes goes to the engine, and the question goes`() {
        ask(7, 8)
        touch(shown(AskAlerts.ASK_ID).getValue("7"), "Let it through once")
        assertEquals(Answer(7, allow = true), nextAnswer())
        assertEquals(setOf("8"), shown(AskAlerts.ASK_ID).keys)
        assertTrue(shown(AskAlerts.AFTER_ID).isEmpty())
    }

    @Test
    fun `a no is said, and can be taken back for the next time`() {
        ask(7)
        touch(shown(AskAlerts.ASK_ID).getValue("7"), "Block")
        assertEquals(Answer(7, allow = false), nextAnswer())
        val after = shown(AskAlerts.AFTER_ID).getValue("7")
        assertEquals("Agent", after.extras.getString(Notification.EXTRA_TITLE))
        assertEquals("Blocked. The same is blocked for an hour.", after.text)
        touch(after, "Let the next one through")
        assertEquals(Answer(7, allow = true), nextAnswer())
        assertTrue("is let through once" in shown(AskAlerts.AFTER_ID).getValue("7").text)
    }

    @Test
    fun `an answer that comes too late says so, and counts for the next`() {
        ask(7)
        val question = shown(AskAlerts.ASK_ID).getValue("7")
        pass(SECONDS.toLong())
        touch(question, "Let it through once")
        assertTrue("This one was blocked." in shown(AskAlerts.AFTER_ID).getValue("7").text)
        assertEquals(Answer(7, allow = true), nextAnswer())
    }

    @Test
    fun `where nobody answered it says so, and nothing else is told of it`() {
        ask(7)
        val unanswered = listOf(HistoryItem.Told(1, event(7, AskOutcome.UNANSWERED)), HistoryItem.Told(2, event(7, AskOutcome.UNANSWERED)))
        Alerts(app, manager).tell(unanswered, muted = emptySet())
        assertTrue("no alert besides", shown(Alerts.ALERT_ID).isEmpty())
        alerts.tell(unanswered + HistoryItem.Told(3, event(8, AskOutcome.AS_BEFORE)))
        val after = shown(AskAlerts.AFTER_ID)
        assertEquals(setOf("7"), after.keys)
        assertEquals("You did not answer within 20 s. Blocked. Nothing left the phone.", after.getValue("7").text)
        assertEquals(2L, MainActivity.lineIn(shadowOf(after.getValue("7").contentIntent).savedIntent))
        touch(after.getValue("7"), "Let the next one through")
        assertEquals(Answer(7, allow = true), nextAnswer())
    }

    @Test
    fun `where the app gave up before anybody answered that is said, too, and can be taken back`() =
        runBlocking {
            val over = CompletableDeferred<Question>()
            ask(7)
            pass(SECONDS.toLong())
            val keeping =
                launch {
                    app.questions.keep {
                        alerts.unanswered(it)
                        over.complete(it)
                    }
                }
            assertEquals(7, over.await().id)
            keeping.cancel()
            assertTrue(shown(AskAlerts.ASK_ID).isEmpty())
            val after = shown(AskAlerts.AFTER_ID).getValue("7")
            assertEquals("You did not answer within 20 s. Blocked. The same is blocked for an hour.", after.text)
            touch(after, "Let the next one through")
            assertEquals(Answer(7, allow = true), app.questions.answers.first())
        }

    @Test
    fun `a question of an engine that is gone is answered to nobody`() {
        ask(7)
        val question = shown(AskAlerts.ASK_ID).getValue("7")
        app.questions.clear()
        assertTrue(shown(AskAlerts.ASK_ID).isEmpty())
        ask(9)
        touch(question, "Let it through once")
        assertTrue("no longer open" in shown(AskAlerts.AFTER_ID).getValue("7").text)
        assertNull(shown(AskAlerts.AFTER_ID).getValue("7").actions)
        touch(shown(AskAlerts.ASK_ID).getValue("9"), "Block")
        assertEquals("only that one", Answer(9, allow = false), nextAnswer())
    }

    @Test
    fun `what is not wanted any more is not asked, and what is foreign is no answer`() {
        ask(7, 8)
        app.questions.keepOnly { it.id == 8L }
        assertEquals(setOf("8"), shown(AskAlerts.ASK_ID).keys)
        for (intent in listOf(
            Intent(),
            Intent("app.gasket.LET_THROUGH"),
            Intent(intentOf(shown(AskAlerts.ASK_ID).getValue("8"), "Block")).setAction("a"),
        )) {
            AskReceiver().onReceive(app, intent)
        }
        assertEquals(setOf("8"), shown(AskAlerts.ASK_ID).keys)
    }

    private companion object {
        const val PACKAGE = "com.vendor.agent"
        const val SECONDS = 20
    }
}
