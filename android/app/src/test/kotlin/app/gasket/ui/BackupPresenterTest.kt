package app.gasket.ui

import app.gasket.phone.ShadowLibrary
import app.gasket.rules.Backup
import app.gasket.rules.Settings
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.IOException
import java.io.InputStream

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
class BackupPresenterTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val store by lazy { SettingsStore(File(folder.root, "settings.json")) }
    private val presenter by lazy { BackupPresenter(CoroutineScope(Dispatchers.Unconfined), store, Dispatchers.Unconfined) }
    private val state get() = presenter.states.value

    private fun file(settings: Settings) = Backup.of(settings).byteInputStream()

    @Test
    fun `what is saved can be taken back, and undone`() {
        store.change { it.copy(mtu = 1280) }
        val document = ByteArrayOutputStream()
        presenter.save { document }
        assertEquals(BackupState.Saved, state)
        store.change { Settings(isWanted = true, historyDays = 7) }
        presenter.look { document.toByteArray().inputStream() }
        assertEquals("nothing is changed by looking", 7, store.settings.value.historyDays)
        assertEquals(1280, (state as BackupState.Preview).then.mtu)
        presenter.restore()
        assertEquals(Settings(isWanted = true, mtu = 1280), store.settings.value)
        presenter.undo()
        assertEquals(Settings(isWanted = true, historyDays = 7), store.settings.value)
        assertEquals(BackupState.None, state)
    }

    @Test
    fun `each setting that a file would change is named, and no other`() {
        val then = Settings(dnsServers = listOf("192.0.2.53"), ipv6 = false, mutedFamilies = setOf("Example"))
        presenter.look { file(then) }
        assertEquals(listOf(Change.DNS, Change.IPV6, Change.MUTED), (state as BackupState.Preview).changes)
        presenter.look { file(Settings()) }
        assertEquals(emptyList<Change>(), (state as BackupState.Preview).changes)
    }

    @Test
    fun `nothing that a file can change goes unsaid`() {
        val told = Change.entries.map { it.name }.toSet()
        val always = setOf("historyDays")
        val ofThePhone = setOf("version", "isWanted", "pausedUntilMs", "introduction", "knowsPrivateDns", "identifiers")
        val names =
            mapOf(
                "apps" to Change.APPS,
                "rules" to Change.RULES,
                "dnsServers" to Change.DNS,
                "ipv6" to Change.IPV6,
                "relaysLan" to Change.LAN,
                "beacons" to Change.BEACONS,
                "mtu" to Change.MTU,
                "historyMegabytes" to Change.SIZE,
                "mutedFamilies" to Change.MUTED,
                "theme" to Change.THEME,
                "wallpaperColours" to Change.WALLPAPER,
            )
        assertEquals(told, names.values.map { it.name }.toSet())
        val document = Json.parseToJsonElement(Settings().toJson()) as JsonObject
        assertEquals(document.keys, names.keys + always + ofThePhone)
    }

    @Test
    fun `protection that was switched meanwhile stays so`() {
        presenter.look { file(Settings(mtu = 1280)) }
        store.change { it.copy(isWanted = true) }
        presenter.restore()
        assertTrue(store.settings.value.isWanted)
    }

    @Test
    fun `what cannot be read or written is told, and changes nothing`() {
        presenter.save { throw IOException("no space left") }
        assertEquals(BackupState.Failed("no space left"), state)
        presenter.look { throw IOException("gone") }
        assertEquals(BackupState.Failed("gone"), state)
        presenter.look { "hello".byteInputStream() }
        assertTrue((state as BackupState.Refused).why is Backup.Refusal.OtherFile)
        presenter.restore()
        assertEquals(Settings(), store.settings.value)
    }

    @Test
    fun `a file without an end is not read to it`() {
        val endless =
            object : InputStream() {
                override fun read() = ' '.code
            }
        presenter.look { endless }
        assertTrue((state as BackupState.Refused).why is Backup.Refusal.OtherFile)
    }
}
