package app.gasket.ui

import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.Owner
import app.gasket.history.History
import app.gasket.history.HistoryDatabase
import app.gasket.history.Sent
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Network
import app.gasket.rules.Now
import app.gasket.rules.Settings
import app.gasket.rules.TimedAllow
import app.gasket.rules.inForce
import app.gasket.vpn.InstalledApp
import app.gasket.vpn.InstalledApps
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36])
class AppsPresenterTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val chat = InstalledApp("com.example.chat", "Chat", 10_001, isPreinstalled = false)
    private val vendor = InstalledApp("com.vendor.agent", "System Agent", 1000, isPreinstalled = true)
    private var now = Now(wallMs = 1_000_000_000, sinceBootMs = 500, boot = 3)
    private val store by lazy { SettingsStore(File(folder.root, "settings.json")) }
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val history by lazy { History(HistoryDatabase(RuntimeEnvironment.getApplication()), Dispatchers.IO) }
    private val saved = AppsPresenter.Saved(MutableStateFlow(""), MutableStateFlow(AppOrder.LEAKS))
    private val presenter by lazy { AppsPresenter(scope, flowOf(listOf(chat, vendor)), store, history, saved) { now } }
    private val savedPage = AppPresenter.Saved(MutableStateFlow(""), MutableStateFlow(NONE))
    private val page by lazy { AppPresenter(scope, presenter.all, store, history, savedPage) { now } }

    /** Once they are like this: what is typed or chosen is followed on another thread. */
    private fun rows(until: (List<AppRow>) -> Boolean = { true }) =
        runBlocking { withTimeout(PATIENCE_MS) { presenter.rows.filterNotNull().first(until) } }

    private fun awaitApps(vararg apps: InstalledApp) = rows { rows -> rows.map { it.app } == apps.toList() }

    @After
    fun end() {
        scope.cancel()
        history.close()
    }

    private fun leak(
        verdict: Decision,
        bytes: Long,
        packages: List<String>,
        name: String = "logs.example.net",
    ): Event {
        val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
        val destination = event.destination.copy(name = name, country = "FI")
        return event.copy(
            timeMs = now.wallMs - 1_000,
            verdict = verdict,
            bytesLeft = bytes,
            flowBytesLeft = bytes + 5,
            app = Owner(10_001, packages),
            destination = destination,
        )
    }

    private fun opened(until: (AppPage) -> Boolean = { true }) = runBlocking { page.page.filterNotNull().first(until) }

    @Test
    fun `names and package names are searched`() {
        presenter.lookFor("AGENT")
        awaitApps(vendor)
        presenter.lookFor(" example ")
        awaitApps(chat)
        presenter.lookFor("nothing")
        awaitApps()
    }

    @Test
    fun `a choice is kept, shown first and survives the process`() {
        page.choose(vendor.packageName, AppMode.BLOCK)
        page.blockOn(vendor.packageName, Network.MOBILE, isBlocked = true)
        page.blockOn(vendor.packageName, Network.WIFI, isBlocked = true)
        page.blockOn(vendor.packageName, Network.WIFI, isBlocked = false)
        val choice = AppChoice(AppMode.BLOCK, setOf(Network.MOBILE))
        assertEquals(AppRow(vendor, choice), runBlocking { presenter.rows.filterNotNull().first { it.first().choice == choice } }.first())
        assertEquals(choice, SettingsStore(File(folder.root, "settings.json")).settings.value.choiceFor(vendor.packageName))
    }

    @Test
    fun `an app that is allowed for an hour says until when, with what shares its user id, and it can be ended`() {
        val twin = vendor.copy(packageName = "com.vendor.twin")
        val rows = { AppsPresenter.rowsOf(listOf(vendor, twin, chat), store.settings.value.inForce(now), emptyMap(), now) }
        val until = now.wallMs + TimedAllow.LENGTH_MS
        page.allow(rows().single { it.app == vendor })
        assertEquals(listOf(until, until, null), rows().map { it.allowedUntilMs })
        now = now.copy(wallMs = until, sinceBootMs = now.sinceBootMs + TimedAllow.LENGTH_MS)
        assertTrue("over", rows().all { it.allowedUntilMs == null && it.choice == AppChoice() })
        page.allow(rows().single { it.app == twin })
        page.endAllow(rows().single { it.app == vendor })
        assertTrue(
            "ended at once",
            store.settings.value.apps
                .isEmpty(),
        )
    }

    @Test
    fun `apps are listed by leaks, by data or by name, among equals what came with the phone first`() {
        val other = chat.copy(packageName = "com.example.other", label = "Other", uid = 10_002)
        val sent =
            mapOf(
                "com.example.chat" to Sent(leaks = 3, bytesLeft = 10),
                "com.example.other com.example.gone" to Sent(leaks = 1, bytesLeft = 900),
                "" to Sent(leaks = 100, bytesLeft = 0),
            )
        val all = AppsPresenter.rowsOf(listOf(chat, other, vendor), Settings(), sent, now)
        val by = { order: AppOrder -> AppsPresenter.ordered(all, "", order).map { it.app } }
        assertEquals(listOf(chat, other, vendor), by(AppOrder.LEAKS))
        assertEquals(listOf(other, chat, vendor), by(AppOrder.DATA))
        assertEquals(listOf(vendor, chat, other), by(AppOrder.NAME))
    }

    @Test
    fun `the page of an app has what it sent and where to`() {
        assertEquals("no page at first", null, page.page.value)
        val name = chat.packageName
        runBlocking {
            history.add(
                listOf(
                    leak(Decision.WARN, 100, listOf(name)),
                    leak(Decision.WARN, 11, listOf(name, "com.example.twin")),
                    leak(Decision.BLOCK, 0, listOf(name), "ads.example.net"),
                    leak(Decision.WARN, 7, listOf("com.example.chatter")),
                ),
            )
        }
        page.open(name)
        val shown = opened { it.latest.size == 3 }
        assertEquals(chat, shown.row.app)
        assertEquals(Sent(leaks = 3, bytesLeft = 111), shown.row.sent)
        val visits = shown.destinations.all.map { Triple(it.destination.name, it.count, it.bytesLeft) }
        assertEquals(listOf(Triple("logs.example.net", 2, 111L), Triple("ads.example.net", 1, 0L)), visits)
        assertFalse(shown.destinations.isPart)
        page.openLine(shown.latest.last().id)
        assertEquals("logs.example.net", runBlocking { page.opened.filterNotNull().first() }.event.destination.name)
    }

    @Test
    fun `unreadable settings are kept aside and protection goes on`() {
        File(folder.root, "settings.json").writeText("{")
        assertEquals(Settings(isWanted = true), store.settings.value)
        assertEquals("{", File(folder.root, "settings.json.unreadable").readText())
    }

    @Test
    fun `packages that share a user id are one owner`() {
        val twin = vendor.copy(packageName = "com.vendor.twin", isPreinstalled = false)
        val shared = AppsPresenter.rowsOf(listOf(vendor, twin, chat), Settings(), emptyMap(), now).single { it.app == vendor }
        assertEquals("said in the list", listOf("com.vendor.twin"), shared.sharers)
        val owner = InstalledApps.byUid(listOf(twin, vendor, chat)).getValue(1000)
        assertEquals(listOf("com.vendor.agent", "com.vendor.twin"), owner.packages)
        assertTrue(owner.system)
    }

    private companion object {
        const val PATIENCE_MS = 20_000L
    }
}
