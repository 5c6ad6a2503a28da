package app.gasket.hostile

import android.content.ContentProvider
import android.content.ContentValues
import android.content.Intent
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.Parcel
import android.os.ParcelFileDescriptor
import android.os.Parcelable
import android.provider.OpenableColumns
import app.gasket.GasketApp
import app.gasket.bridge.CaptureFiles
import app.gasket.bridge.CaptureReport
import app.gasket.phone.ShadowLibrary
import app.gasket.rules.EngineConfig
import app.gasket.rules.Settings
import app.gasket.ui.CapturePresenter
import app.gasket.ui.CaptureState
import app.gasket.ui.DocumentReader
import app.gasket.ui.MainActivity
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.IOException
import java.io.InputStream
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Semaphore

/** Another app hands over a document, or says so. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], shadows = [ShadowLibrary::class])
class HostileProviderTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val reader = DocumentReader(app.contentResolver)
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val place = MutableStateFlow("")

    @After
    fun end() = scope.cancel()

    /** Does what it is told to. */
    class Provider : ContentProvider() {
        override fun onCreate() = true

        override fun query(
            uri: Uri,
            projection: Array<String>?,
            selection: String?,
            selectionArgs: Array<String>?,
            sortOrder: String?,
        ): Cursor? = asked()

        override fun openFile(
            uri: Uri,
            mode: String,
        ): ParcelFileDescriptor? = throw checkNotNull(thrown)

        override fun getType(uri: Uri): String? = null

        override fun insert(
            uri: Uri,
            values: ContentValues?,
        ): Uri? = null

        override fun delete(
            uri: Uri,
            selection: String?,
            selectionArgs: Array<String>?,
        ) = 0

        override fun update(
            uri: Uri,
            values: ContentValues?,
            selection: String?,
            selectionArgs: Array<String>?,
        ) = 0
    }

    private fun serve() = Robolectric.buildContentProvider(Provider::class.java).create("stranger.example")

    @Test
    fun `whatever a provider throws is told as one that does not hand over`() {
        serve()
        for (why in listOf(
            SecurityException("a"),
            NullPointerException("a"),
            IllegalStateException("a"),
            IllegalArgumentException("a"),
            UnsupportedOperationException("a"),
            android.os.BadParcelableException("a"),
        )) {
            thrown = why
            assertThrows("$why", IOException::class.java) { reader.open(PLACE) }
        }
    }

    @Test
    fun `a document has a name that can be shown, whatever its provider says`() {
        serve()
        val name = { cursor: Cursor? ->
            asked = { cursor }
            reader.nameOf(PLACE)
        }
        val row = { text: Any? -> MatrixCursor(arrayOf(OpenableColumns.DISPLAY_NAME)).apply { addRow(arrayOf(text)) } }
        assertEquals("a.yml", name(row("a.yml")))
        for (cursor in listOf(null, MatrixCursor(emptyArray()), row(null), MatrixCursor(emptyArray()).apply { addRow(emptyArray()) })) {
            assertEquals("some.yml", name(cursor))
        }
        assertTrue(name(row("a".repeat(100_000))).length <= 255)
        assertEquals("innocent\uFFFDlmy.exe", name(row("innocent\u202Elmy.exe")))
        assertEquals("a b", name(row("a\nb")))
        asked = { throw IllegalStateException("a") }
        assertEquals("some.yml", reader.nameOf(PLACE))
    }

    @Test
    fun `what is no document of another app is not opened`() {
        for (place in listOf("file:///etc/hosts", "/etc/hosts", "android.resource://app.gasket/1", "", "http://a.example/")) {
            assertThrows(place, IOException::class.java) { reader.open(place) }
        }
    }

    /** Something that only its sender knows. */
    class Stranger : Parcelable {
        override fun writeToParcel(
            dest: Parcel,
            flags: Int,
        ) = dest.writeInt(1)

        override fun describeContents() = 0

        companion object {
            @JvmField
            val CREATOR =
                object : Parcelable.Creator<Stranger> {
                    override fun createFromParcel(source: Parcel) = Stranger()

                    override fun newArray(size: Int): Array<Stranger?> = arrayOfNulls(size)
                }
        }
    }

    private object Ignorant : ClassLoader(null)

    private fun sent(intent: Intent): Intent {
        val parcel = Parcel.obtain()
        intent.writeToParcel(parcel, 0)
        parcel.setDataPosition(0)
        return Intent.CREATOR.createFromParcel(parcel).apply { setExtrasClassLoader(Ignorant) }
    }

    @Test
    fun `an intent of another app says where a capture is, or nothing`() {
        val share = { Intent(Intent.ACTION_SEND).setType("application/x-pcap") }
        val uri = Uri.parse(PLACE)
        assertEquals(uri, MainActivity.captureIn(share().putExtra(Intent.EXTRA_STREAM, uri)))
        assertNull("what cannot be unpacked", MainActivity.captureIn(sent(share().putExtra(Intent.EXTRA_STREAM, Stranger()))))
        MainActivity.captureIn(sent(share().putExtra("other", Stranger()).putExtra(Intent.EXTRA_STREAM, uri)))
        for (wrong in listOf<Intent.() -> Unit>(
            { },
            { putExtra(Intent.EXTRA_STREAM, PLACE) },
            { putExtra(Intent.EXTRA_STREAM, 7) },
            { putExtra(Intent.EXTRA_STREAM, Intent()) },
            { putExtra(Intent.EXTRA_STREAM, arrayOf(uri)) },
            { putExtra(Intent.EXTRA_STREAM, null as Uri?) },
        )) {
            assertNull(MainActivity.captureIn(share().apply(wrong)))
        }
        assertNull(MainActivity.captureIn(Intent(Intent.ACTION_VIEW)))
        assertNull(MainActivity.lineIn(Intent("app.gasket.SHOW_LINE").setData(Uri.parse("gasket:line"))))
        assertNull(MainActivity.lineIn(Intent("app.gasket.SHOW_LINE").setData(Uri.parse("gasket:line#99999999999999999999"))))
    }

    private fun presenter(open: (String) -> InputStream) =
        CapturePresenter(
            scope,
            CapturePresenter.Library(open = open, nameOf = { "a.pcap" }) {
                CaptureReport.read(it, EngineConfig.ofCapture(Settings()).toJson())
            },
            place,
        )

    private fun CapturePresenter.read(place: String): CaptureState {
        look(place)
        return runBlocking { withTimeout(PATIENCE_MS) { checkNotNull(state.filter { it != CaptureState.Reading }.first()) } }
    }

    @Test
    fun `what a place is called is not kept at any length`() {
        val presenter = presenter { CaptureFiles.LEAK.inputStream() }
        assertTrue(presenter.read("content://stranger.example/" + "a".repeat(600_000)) is CaptureState.Failed)
        assertEquals("", place.value)
        assertTrue(presenter.read(PLACE) is CaptureState.Read)
        assertEquals(PLACE, place.value)
    }

    @Test
    fun `whatever reading throws is told`() {
        assertTrue(presenter { throw IllegalStateException("a") }.read(PLACE) is CaptureState.Failed)
        assertTrue(presenter { throw SecurityException("a") }.read(PLACE) is CaptureState.Failed)
    }

    @Test
    fun `a hundred documents that never open keep nothing else from being read`() {
        val never = CountDownLatch(1)
        val asked = Semaphore(0)
        val presenter =
            presenter {
                asked.release()
                never.await()
                CaptureFiles.LEAK.inputStream()
            }
        repeat(100) { presenter.look("$PLACE/$it") }
        asked.acquire()
        val answer = runBlocking { withTimeout(PATIENCE_MS) { withContext(Dispatchers.IO) { "read" } } }
        never.countDown()
        assertEquals("read", answer)
    }

    private companion object {
        const val PLACE = "content://stranger.example/some.yml"
        const val PATIENCE_MS = 20_000L
        var thrown: RuntimeException? = null
        var asked: () -> Cursor? = { null }
    }
}
