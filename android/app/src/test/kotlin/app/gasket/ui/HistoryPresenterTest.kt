package app.gasket.ui

import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.history.ExportFormat
import app.gasket.history.History
import app.gasket.history.HistoryDatabase
import app.gasket.history.newest
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.time.ZoneOffset

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], manifest = Config.NONE)
class HistoryPresenterTest {
    private val history = History(HistoryDatabase(RuntimeEnvironment.getApplication()), Dispatchers.IO)
    private val job = Job()
    private val scope = CoroutineScope(Dispatchers.Default + job)
    private val names = LocalNames(RuntimeEnvironment.getApplication(), mapOf("com.example.chat" to "Messenger"))
    private val saved = HistoryPresenter.Saved(MutableStateFlow(""), MutableStateFlow(NONE))
    private val presenter = HistoryPresenter(scope, history, flowOf(names), saved) { ZoneOffset.UTC }
    private val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    @After
    fun close() {
        runBlocking { job.cancelAndJoin() }
        history.close()
    }

    private fun add(times: LongRange) = runBlocking { history.add(times.map { event.copy(timeMs = it) }) }

    private suspend fun <T> Flow<T>.until(fits: (T) -> Boolean): T = withTimeout(PATIENCE_MS) { first(fits) }

    private suspend fun shows(vararg times: Long) = presenter.states.until { state -> state?.items?.map { it.timeMs } == times.toList() }

    @Test
    fun `what is looked for is shown, and said in words`() {
        add(1L..2L)
        runBlocking {
            history.add(
                listOf(event.copy(timeMs = 3, verdict = Decision.WARN, app = event.app?.copy(packages = listOf("com.example.chat")))),
            )
            shows(3, 2, 1)
            presenter.lookFor(Filters(text = "messenger"))
            shows(3)
            presenter.lookFor(Filters(verdict = Decision.BLOCK))
            assertEquals("Stopped", shows(2, 1)?.labels?.get(Facet.VERDICT))
            val choices = presenter.choices.until { it.isNotEmpty() }
            assertEquals("Messenger\ncom.example.chat", choices.getValue(Facet.SENDER).last().label)
            presenter.lookFor(Filters(text = "nowhere"))
            assertTrue(checkNotNull(shows()).isFiltered)
            assertEquals("it outlives the process", "nowhere", Filters.of(saved.filters.value).text)
        }
    }

    @Test
    fun `what is new comes while one looks, and further pages when asked for`() {
        add(1L..250L)
        runBlocking {
            val looking = launch(Dispatchers.Default) { presenter.states.collect {} }
            presenter.states.until { it?.items?.size == 100 }
            presenter.older()
            presenter.states.until { it?.items?.size == 200 }
            presenter.older()
            presenter.states.until { it?.items?.size == 250 && !it.hasOlder }
            add(251L..252L)
            presenter.states.until { it?.items?.first()?.timeMs == 252L && it.items.size == 252 }
            looking.cancelAndJoin()
        }
    }

    @Test
    fun `what is cleared can come back, until it is gone for good`() {
        add(1L..3L)
        runBlocking {
            shows(3, 2, 1)
            presenter.chores.clear()
            shows()
            presenter.chores.note.until { it == Note.Cleared }
            presenter.chores.undo()
            shows(3, 2, 1)
            presenter.chores.note.until { it == null }
            presenter.chores.clear()
            presenter.chores.note.until { it == Note.Cleared }
            add(4L..4L)
            // Whoever leaves the app meanwhile wanted it cleared.
            job.cancelAndJoin()
            history.unhide()
            assertEquals(listOf(4L), history.newest(10).map { it.timeMs })
        }
    }

    @Test
    fun `the export has what is looked for, and says how it went`() {
        add(1L..3L)
        runBlocking {
            val document = ByteArrayOutputStream()
            presenter.lookFor(Filters(text = "zzhc"))
            presenter.export(ExportFormat.JSON) { document }
            assertEquals(Note.Exported(3), presenter.chores.note.until { it is Note.Exported })
            val events = Json.parseToJsonElement("$document").jsonObject.getValue("events")
            assertEquals(listOf(3L, 2L, 1L), Engine.decode("$events".encodeToByteArray()).map { it.timeMs })
            presenter.chores.dismiss()
            presenter.export(ExportFormat.CSV) { throw IOException("no space left") }
            assertEquals(Note.ExportFailed("no space left"), presenter.chores.note.until { it is Note.ExportFailed })
        }
    }

    @Test
    fun `an opened line stays while others come`() {
        add(1L..1L)
        runBlocking {
            presenter.open(1)
            presenter.opened.until { it?.timeMs == 1L }
            add(2L..300L)
            assertEquals(1L, presenter.opened.until { it != null }?.timeMs)
            presenter.open(null)
            presenter.opened.until { it == null }
        }
    }

    private companion object {
        const val PATIENCE_MS = 20_000L
    }
}
