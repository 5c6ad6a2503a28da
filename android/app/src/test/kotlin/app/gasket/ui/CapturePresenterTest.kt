package app.gasket.ui

import app.gasket.GasketApp
import app.gasket.bridge.CaptureEnding
import app.gasket.bridge.CaptureFiles
import app.gasket.bridge.CaptureReport
import app.gasket.bridge.Decision
import app.gasket.history.newest
import app.gasket.phone.ShadowLibrary
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.EngineConfig
import app.gasket.rules.OwnAction
import app.gasket.rules.RuleChoices
import app.gasket.rules.Settings
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.IOException
import java.io.InputStream
import java.util.concurrent.CountDownLatch

/** A capture from its document to the lines, judged by the real library. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
class CapturePresenterTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val place = MutableStateFlow("")
    private var settings = Settings()
    private var mostBytes = CaptureReport.MOST_BYTES
    private var open: (String) -> InputStream = { CaptureFiles.LEAK.inputStream() }
    private val library =
        CapturePresenter.Library(
            open = { open(it) },
            nameOf = { "$it.pcap" },
            read = { CaptureReport.read(it, EngineConfig.ofCapture(settings).toJson(), mostBytes) },
        )
    private val presenter by lazy { CapturePresenter(scope, library, place) }

    private fun read(): CaptureState {
        presenter.look("a")
        return done()
    }

    private fun done() = runBlocking { checkNotNull(presenter.state.filter { it != CaptureState.Reading }.first()) }

    private fun report() = (read() as CaptureState.Read).report

    @After
    fun end() = scope.cancel()

    @Test
    fun `what would have been stopped is told, and none of it is history`() {
        val read = read() as CaptureState.Read
        assertEquals("a.pcap", read.file)
        val event = read.report.events.single()
        assertEquals("zzhc.vnet.cn", event.destination.name)
        assertEquals(Decision.BLOCK, event.verdict)
        assertNull(event.app)
        assertTrue("it has left", event.bytesLeft > 0)
        assertEquals(CaptureEnding(CaptureEnding.Kind.WHOLE), read.report.ending)
        assertEquals(4L, read.report.summary.packets)
        assertEquals(
            2L,
            read.report.summary.looked.requests,
        )
        assertFalse("identifiers are masked", event.findings.any { "350000001234562" in it.masked })
        assertTrue(runBlocking { app.history.newest(1) }.isEmpty())
    }

    @Test
    fun `the user's own rules count, what was chosen for apps does not`() {
        settings =
            Settings(rules = RuleChoices(own = mapOf("www.example.com" to OwnAction.BLOCK)))
                .with("com.example.chat", AppChoice(AppMode.BLOCK))
        assertEquals(setOf("zzhc.vnet.cn", "www.example.com"), report().events.map { it.destination.name }.toSet())
        settings = Settings().with("com.example.chat", AppChoice(AppMode.BLOCK))
        assertEquals(1, report().events.size)
    }

    @Test
    fun `damage is told with its place, and what comes before it`() {
        val whole = CaptureFiles.capture("POST /?imei=350000001234562 HTTP/1.1\r\nHost: zzhc.vnet.cn\r\nContent-Length: 0\r\n\r\n")
        open = { (whole + byteArrayOf(1, 2, 3)).inputStream() }
        val report = report()
        assertEquals(1, report.events.size)
        assertEquals(CaptureEnding.Kind.DAMAGED, report.ending.kind)
        assertEquals(whole.size.toLong(), report.ending.offset)
        assertEquals("expected a record's header, 16 bytes, but the file ends after 3", report.ending.what)
        open = { "GIF89a".byteInputStream() }
        assertEquals(0L, report().ending.offset)
        assertEquals(0L, report().summary.packets)
    }

    @Test
    fun `a longer one is read to the limit`() {
        mostBytes = CaptureFiles.LEAK.size - 1L
        val report = report()
        assertEquals(CaptureEnding.Kind.TOO_LONG, report.ending.kind)
        assertEquals(1, report.events.size)
    }

    @Test
    fun `what cannot be opened is told`() {
        open = { throw IOException("no such document") }
        assertEquals(CaptureState.Failed("a.pcap", "no such document"), read())
        presenter.failed(IOException("no app for files"))
        assertEquals(CaptureState.Failed("", "no app for files"), presenter.state.value)
        presenter.dismiss()
        assertNull(presenter.state.value)
    }

    @Test
    fun `a line is opened and closed, one that is not there is not`() {
        read()
        presenter.open(0)
        assertEquals(0, (presenter.state.value as CaptureState.Read).opened)
        presenter.open(7)
        assertNull((presenter.state.value as CaptureState.Read).opened)
        presenter.open(0)
        presenter.open(null)
        assertNull((presenter.state.value as CaptureState.Read).opened)
    }

    @Test
    fun `a new process finds it again, what was closed it does not`() {
        place.value = "b"
        assertEquals("b.pcap", (done() as CaptureState.Read).file)
        presenter.dismiss()
        assertEquals("", place.value)
        assertNull(CapturePresenter(scope, library, place).state.value)
    }

    @Test
    fun `reading ends when nobody waits for it any more`() {
        val source = Endless()
        open = { source }
        presenter.look("endless")
        source.begun.await()
        presenter.dismiss()
        source.goesOn.countDown()
        source.closed.await()
        assertTrue("${source.given}", source.given < CaptureReport.MOST_BYTES / 2)
        assertNull(presenter.state.value)
    }

    /** A file's header, and then, once it [goesOn], empty records without end. */
    private class Endless : InputStream() {
        private val header = CaptureFiles.LEAK.copyOf(HEADER_BYTES).inputStream()
        val begun = CountDownLatch(1)
        val goesOn = CountDownLatch(1)
        val closed = CountDownLatch(1)
        var given = 0L
            private set

        override fun read(): Int = error("it is read in chunks")

        override fun read(
            bytes: ByteArray,
            offset: Int,
            length: Int,
        ): Int {
            val count = header.read(bytes, offset, length)
            if (count > 0) return count
            begun.countDown()
            goesOn.await()
            bytes.fill(0, offset, offset + length)
            given += length
            return length
        }

        override fun close() = closed.countDown()
    }

    private companion object {
        const val HEADER_BYTES = 24
    }
}
