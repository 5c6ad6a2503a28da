package app.gasket.vpn

import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.history.History
import app.gasket.history.HistoryDatabase
import app.gasket.history.HistoryItem
import app.gasket.history.newest
import app.gasket.rules.Settings
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** What the engine told gets onto the disk before anything else is done with it. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36])
class TellerTest {
    private val database = HistoryDatabase(RuntimeEnvironment.getApplication())
    private val history = History(database, Dispatchers.IO)
    private val settings = MutableStateFlow(Settings())
    private val passedOn = mutableListOf<Long>()
    private val numbers = mutableListOf<Long>()
    private var writtenWhenPassedOn = emptyList<Long>()
    private val teller =
        Teller(history, settings, { NOW }) { told ->
            passedOn += told.map { it.timeMs }
            numbers += told.map { it.id }
            writtenWhenPassedOn = written()
        }

    @After
    fun close() = history.close()

    private fun event(timeMs: Long): Event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single().copy(timeMs = timeMs)

    private suspend fun written() = history.newest(2_000).map { it.timeMs }

    @Test
    fun `an alert is given only for what is on the disk`() =
        runBlocking {
            teller.tell(listOf(event(1), event(2)))
            assertEquals(listOf(1L, 2L), passedOn)
            assertEquals(listOf(2L, 1L), writtenWhenPassedOn)
            assertEquals("by its number a line is found", listOf(1L, 2L), numbers.map { history.line(it)?.timeMs })
        }

    @Test
    fun `what could not be written is written the next time, once`() =
        runBlocking {
            database.writableDatabase.execSQL("CREATE TRIGGER full BEFORE INSERT ON told BEGIN SELECT RAISE(ABORT, 'disk full'); END")
            teller.tell(listOf(event(1)))
            assertNotNull(teller.failure)
            assertEquals("the alert comes all the same", listOf(1L), passedOn)
            assertEquals(listOf(HistoryItem.UNWRITTEN), numbers)
            assertEquals(emptyList<Long>(), written())
            database.writableDatabase.execSQL("DROP TRIGGER full")
            teller.tell(listOf(event(2)))
            assertNull(teller.failure)
            assertEquals(2L, history.line(numbers.last())?.timeMs)
            assertEquals(listOf(2L, 1L), written())
            teller.tell(emptyList())
            assertEquals(listOf(2L, 1L), written())
            assertEquals(listOf(1L, 2L), passedOn)
        }

    @Test
    fun `a busy day does not outgrow what the user allows`() =
        runBlocking {
            settings.value = Settings(historyDays = 1)
            teller.tell(listOf(event(1)))
            teller.tell(List(600) { event(NOW - it) })
            assertEquals("the line of 1970 is gone", 600, written().size)
        }

    private companion object {
        const val NOW = 1_795_490_680_903
    }
}
