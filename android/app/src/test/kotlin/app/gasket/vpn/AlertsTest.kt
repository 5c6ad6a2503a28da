package app.gasket.vpn

import android.app.Notification
import android.app.NotificationManager
import app.gasket.GasketApp
import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.MatchedRule
import app.gasket.bridge.Owner
import app.gasket.history.HistoryItem
import app.gasket.phone.installSystemApp
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Network
import app.gasket.rules.TimedAllow
import app.gasket.ui.MainActivity
import app.gasket.ui.treatment
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

/** What rings, what only counts, and what a touch on it does. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36])
class AlertsTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val manager = app.getSystemService(NotificationManager::class.java)
    private var nowMs = 1_000_000L
    private val alerts = Alerts(app, manager) { nowMs }
    private val registration = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    private fun leak(
        family: String,
        packageName: String = "com.vendor.agent",
    ) = registration.copy(
        app = Owner(10_123, listOf(packageName)),
        rules = listOf(MatchedRule("00000000-0000-4000-8000-000000000001", "A rule of $family", family)),
    )

    private fun tell(
        vararg events: Event,
        muted: Set<String> = emptySet(),
    ) = alerts.tell(events.mapIndexed { index, event -> HistoryItem.Told(index + 1L, event) }, muted)

    private fun shown(id: Int = Alerts.ALERT_ID) =
        manager.activeNotifications.filter { it.id == id }.associate { it.tag to it.notification }

    private val Notification.isQuiet get() = flags and Notification.FLAG_ONLY_ALERT_ONCE != 0

    private fun touch(
        notification: Notification,
        label: String,
    ) {
        val intent = shadowOf(notification.actions.single { it.title == label }.actionIntent).savedIntent
        AlertReceiver().onReceive(app, intent)
    }

    @Test
    fun `a family rings once, whichever of its rules and apps, and then counts`() {
        tell(leak("Adups"))
        assertEquals(setOf("Adups"), shown().keys)
        assertFalse("rings", shown().getValue("Adups").isQuiet)
        tell(leak("Adups", "com.vendor.twin"), leak("Adups"))
        val again = shown().getValue("Adups")
        assertTrue("does not ring again", again.isQuiet)
        assertEquals("Adups · 3 times", again.extras.getString(Notification.EXTRA_SUB_TEXT))
        nowMs += Alerts.QUIET_MS
        tell(leak("Adups"))
        assertFalse("rings again", shown().getValue("Adups").isQuiet)
        assertEquals("Adups", shown().getValue("Adups").extras.getString(Notification.EXTRA_SUB_TEXT))
    }

    @Test
    fun `what the user took away does not come back before it rings again`() {
        tell(leak("Adups"))
        manager.cancel("Adups", Alerts.ALERT_ID)
        tell(leak("Adups"))
        assertEquals(emptySet<String>(), shown().keys)
        nowMs += Alerts.QUIET_MS
        tell(leak("Adups"))
        assertEquals(setOf("Adups"), shown().keys)
    }

    @Test
    fun `several families stand together, and one alone does not`() {
        tell(leak("Adups"))
        assertTrue(shown(Alerts.GROUP_ID).isEmpty())
        tell(leak("Xiaomi"))
        val summary = shown(Alerts.GROUP_ID).values.single()
        val group = (shown().values + summary).map { it.group }.distinct()
        assertEquals(1, group.size)
        assertTrue(summary.flags and Notification.FLAG_GROUP_SUMMARY != 0)
        assertEquals("only the alerts ring", Notification.GROUP_ALERT_CHILDREN, summary.groupAlertBehavior)
        manager.cancel("Adups", Alerts.ALERT_ID)
        tell()
        assertTrue(shown(Alerts.GROUP_ID).isEmpty())
    }

    @Test
    fun `no alert of what was only reported, of what no rule knows, and of what is muted`() {
        tell(leak("Adups").copy(verdict = Decision.WARN), leak("Adups").copy(rules = emptyList()), leak("Xiaomi"), muted = setOf("Xiaomi"))
        assertEquals(emptySet<String?>(), shown().keys)
        tell(leak("Xiaomi"))
        assertEquals("the control", setOf("Xiaomi"), shown().keys)
    }

    @Test
    fun `a line of before families were told goes by its rule`() {
        tell(leak("").copy(rules = listOf(MatchedRule("1", "An old rule"))))
        assertEquals(setOf("An old rule"), shown().keys)
    }

    @Test
    fun `an app is called by its name, and a touch opens the line`() {
        installSystemApp(app, "com.vendor.agent", 10_123, "Agent")
        tell(leak("Adups"))
        val alert = shown().getValue("Adups")
        assertEquals("Blocked: Agent", alert.extras.getString(Notification.EXTRA_TITLE))
        for (intent in listOf(alert.contentIntent, alert.actions.single { it.title == "Details" }.actionIntent)) {
            assertEquals(1L, MainActivity.lineIn(shadowOf(intent).savedIntent))
        }
    }

    @Test
    fun `an app is allowed for an hour, and that is undone, where the alert was`() {
        installSystemApp(app, "com.vendor.agent", 10_123, "Agent")
        tell(leak("Adups"))
        touch(shown().getValue("Adups"), "Allow for an hour")
        assertEquals(AppMode.WATCH, app.treatment("com.vendor.agent"))
        assertTrue("the alert is gone", shown().isEmpty())
        val done = shown(Alerts.DONE_ID).getValue("Adups")
        assertEquals("Agent", done.extras.getString(Notification.EXTRA_TITLE))
        assertTrue("Allowed until" in done.extras.getString(Notification.EXTRA_TEXT).orEmpty())
        assertEquals("no longer than it holds", TimedAllow.LENGTH_MS, done.timeoutAfter)
        touch(done, "Undo")
        assertEquals(AppMode.GUARD, app.treatment("com.vendor.agent"))
        assertTrue(shown(Alerts.DONE_ID).isEmpty())
    }

    @Test
    fun `an app is blocked, and undone it is what it was`() {
        val before = AppChoice(AppMode.WATCH, setOf(Network.MOBILE))
        app.settings.change { it.with("com.vendor.agent", before) }
        tell(leak("Adups"))
        touch(shown().getValue("Adups"), "Block app")
        assertEquals(AppMode.BLOCK, app.treatment("com.vendor.agent"))
        touch(shown(Alerts.DONE_ID).getValue("Adups"), "Undo")
        assertEquals(
            before,
            app.settings.settings.value
                .choiceFor("com.vendor.agent"),
        )
    }

    @Test
    fun `nothing is offered that would hit others, or nobody`() {
        tell(leak("Adups").copy(app = Owner(1000, listOf("com.vendor.agent", "com.vendor.twin"))), leak("Xiaomi").copy(app = null))
        val labels = shown().mapValues { (_, alert) -> alert.actions.map { "${it.title}" } }
        assertEquals(listOf("Allow for an hour", "Details"), labels["Adups"])
        assertEquals(listOf("Details"), labels["Xiaomi"])
        touch(shown().getValue("Adups"), "Allow for an hour")
        assertEquals("all that share the user id", AppMode.WATCH, app.treatment("com.vendor.twin"))
    }

    @Test
    fun `two alerts do not share what they do`() {
        tell(leak("Adups", "com.vendor.agent"), leak("Xiaomi", "com.vendor.twin"))
        touch(shown().getValue("Adups"), "Block app")
        assertEquals(listOf(AppMode.BLOCK, AppMode.GUARD), listOf("com.vendor.agent", "com.vendor.twin").map(app::treatment))
        assertNull(shown()["Adups"])
        assertEquals(1, shown().size)
    }
}
