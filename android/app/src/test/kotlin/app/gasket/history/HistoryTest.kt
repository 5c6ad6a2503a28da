package app.gasket.history

import android.content.Context
import android.database.sqlite.SQLiteDatabase
import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 28, 36], manifest = Config.NONE)
class HistoryTest {
    private val context: Context = RuntimeEnvironment.getApplication()
    private val opened = mutableListOf<History>()
    private var history = open()

    private fun open() = History(HistoryDatabase(context), Dispatchers.IO).also(opened::add)

    private fun event(
        timeMs: Long,
        verdict: Decision = Decision.BLOCK,
    ): Event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single().copy(timeMs = timeMs, verdict = verdict)

    private fun times(items: List<HistoryItem>) = items.map { it.timeMs }

    @After
    fun close() = opened.forEach { it.close() }

    @Test
    fun `lines come back whole and newest first`() =
        runBlocking {
            val events = listOf(event(1_000), event(3_000, Decision.WARN), event(2_000))
            history.add(events)
            val items = history.newest(10)
            assertEquals(listOf(3_000L, 2_000L, 1_000L), times(items))
            assertEquals(events[1], (items.first() as HistoryItem.Told).event)
            assertEquals(listOf(2_000L), times(history.newest(1, beforeMs = 3_000)))
        }

    @Test
    fun `what was written outlives the process`() =
        runBlocking {
            history.add(listOf(event(1_000)))
            // Not closed: as when the process is killed.
            history = open()
            assertEquals(listOf(1_000L), times(history.newest(10)))
        }

    @Test
    fun `a batch is written whole or not at all`() {
        val database = HistoryDatabase(context)
        database.writableDatabase.execSQL(
            "CREATE TRIGGER refuse BEFORE INSERT ON told WHEN new.time_ms = 2 BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
        database.close()
        assertThrows(Exception::class.java) { runBlocking { history.add(listOf(event(1), event(2))) } }
        assertEquals(emptyList<HistoryItem>(), runBlocking { history.newest(10) })
    }

    @Test
    fun `every stretch without protection is a line`() =
        runBlocking {
            history.protectionBegan(1_000)
            history.protectionEnded(2_000, OutageCause.USER)
            history.protectionBegan(5_000)
            history.add(listOf(event(7_000)))
            // The process dies without a word.
            history.protectionBegan(9_000)
            assertEquals(
                listOf(
                    HistoryItem.Outage(7_000, 9_000, OutageCause.UNKNOWN),
                    HistoryItem.Outage(2_000, 5_000, OutageCause.USER),
                ),
                history.newest(10).filterIsInstance<HistoryItem.Outage>(),
            )
            history.protectionEnded(9_500, OutageCause.REVOKED)
            assertEquals(HistoryItem.Outage(9_500, null, OutageCause.REVOKED), history.newest(1).single())
        }

    @Test
    fun `the tally counts since a time`() =
        runBlocking {
            history.add(listOf(event(1_000), event(2_000), event(2_500, Decision.WARN)))
            assertEquals(Tally(blocked = 1, warned = 1), history.tally(1_500))
            assertEquals(Tally(blocked = 0, warned = 0), history.tally(3_000))
        }

    @Test
    fun `old and surplus lines go, the newest stay`() =
        runBlocking {
            history.add((1L..10L).map { event(it * 1_000) })
            history.prune(oldestMs = 3_000, mostRows = 5)
            assertEquals((6L..10L).map { it * 1_000 }.reversed(), times(history.newest(100)))
            history.prune(oldestMs = 9_000)
            assertEquals(listOf(10_000L, 9_000L), times(history.newest(100)))
            history.clear()
            assertEquals(emptyList<Long>(), times(history.newest(100)))
        }

    @Test
    fun `every change is announced`() =
        runBlocking {
            val before = history.revision.value
            history.add(emptyList())
            assertEquals(before, history.revision.value)
            history.add(listOf(event(1)))
            assertEquals(before + 1, history.revision.value)
        }

    @Test
    fun `the tables are in write-ahead mode`() {
        val database = HistoryDatabase(context)
        val db: SQLiteDatabase = database.writableDatabase
        assertTrue(db.isWriteAheadLoggingEnabled)
        assertFalse(db.needUpgrade(HistoryDatabase.VERSION))
        database.close()
    }
}
