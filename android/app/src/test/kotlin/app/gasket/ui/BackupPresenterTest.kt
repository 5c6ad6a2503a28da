package app.gasket.ui

import app.gasket.rules.Backup
import app.gasket.rules.Settings
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
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
@Config(sdk = [36])
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
