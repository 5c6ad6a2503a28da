package app.gasket.ui

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
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
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
    private val presenter by lazy { AppsPresenter(scope, flowOf(listOf(chat, vendor)), store, MutableStateFlow("")) { now } }

    private fun rows() = runBlocking { presenter.rows.filterNotNull().first() }

    @After
    fun end() = scope.cancel()

    @Test
    fun `names and package names are searched`() {
        presenter.lookFor("AGENT")
        assertEquals(listOf(vendor), rows().map { it.app })
        presenter.lookFor(" example ")
        assertEquals(listOf(chat), rows().map { it.app })
        presenter.lookFor("nothing")
        assertTrue(rows().isEmpty())
    }

    @Test
    fun `a choice is kept, shown first and survives the process`() {
        presenter.choose(vendor.packageName, AppMode.BLOCK)
        presenter.blockOn(vendor.packageName, Network.MOBILE, isBlocked = true)
        presenter.blockOn(vendor.packageName, Network.WIFI, isBlocked = true)
        presenter.blockOn(vendor.packageName, Network.WIFI, isBlocked = false)
        val choice = AppChoice(AppMode.BLOCK, setOf(Network.MOBILE))
        assertEquals(AppRow(vendor, choice), rows().first())
        assertEquals(choice, SettingsStore(File(folder.root, "settings.json")).settings.value.choiceFor(vendor.packageName))
    }

    @Test
    fun `an app that is allowed for an hour says until when, with what shares its user id, and it can be ended`() {
        val twin = vendor.copy(packageName = "com.vendor.twin")
        val rows = { AppsPresenter.rowsOf(listOf(vendor, twin, chat), store.settings.value.inForce(now), "", now) }
        val until = now.wallMs + TimedAllow.LENGTH_MS
        presenter.allow(rows().single { it.app == vendor })
        assertEquals(listOf(until, until, null), rows().map { it.allowedUntilMs })
        now = now.copy(wallMs = until, sinceBootMs = now.sinceBootMs + TimedAllow.LENGTH_MS)
        assertTrue("over", rows().all { it.allowedUntilMs == null && it.choice == AppChoice() })
        presenter.allow(rows().single { it.app == twin })
        presenter.endAllow(rows().single { it.app == vendor })
        assertTrue(
            "ended at once",
            store.settings.value.apps
                .isEmpty(),
        )
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
        val shared = AppsPresenter.rowsOf(listOf(vendor, twin, chat), Settings(), "agent", now).single { it.app == vendor }
        assertEquals("said in the list", listOf("com.vendor.twin"), shared.sharers)
        val owner = InstalledApps.byUid(listOf(twin, vendor, chat)).getValue(1000)
        assertEquals(listOf("com.vendor.agent", "com.vendor.twin"), owner.packages)
        assertTrue(owner.system)
    }
}
