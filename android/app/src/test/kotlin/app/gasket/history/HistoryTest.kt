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
import java.io.File

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
                    HistoryItem.Outage(7_000, 9_000, OutageCause.UNKNOWN, run = 2),
                    HistoryItem.Outage(2_000, 5_000, OutageCause.USER, run = 1),
                ),
                history.newest(10).filterIsInstance<HistoryItem.Outage>(),
            )
            history.protectionEnded(9_500, OutageCause.REVOKED)
            assertEquals(HistoryItem.Outage(9_500, null, OutageCause.REVOKED, run = 3), history.newest(1).single())
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
            history.prune(oldestMs = 3_000, mostBytes = Long.MAX_VALUE)
            assertEquals((3L..10L).map { it * 1_000 }.reversed(), times(history.newest(100)))
            history.prune(oldestMs = 9_000, mostBytes = Long.MAX_VALUE)
            assertEquals(listOf(10_000L, 9_000L), times(history.newest(100)))
        }

    @Test
    fun `a history that is too large loses its oldest lines, and no more than it must`() =
        runBlocking {
            history.add((1L..3_000L).map { event(it) })
            history.prune(oldestMs = 0, mostBytes = 1_000_000)
            val kept = times(history.newest(5_000))
            assertTrue("${kept.size}", kept.size in 500..2_500)
            assertEquals("the newest", (3_000L downTo 3_001L - kept.size).toList(), kept)
            history.prune(oldestMs = 0, mostBytes = 0)
            assertEquals(emptyList<Long>(), times(history.newest(5_000)))
        }

    @Test
    fun `a process that dies within a batch leaves none of it, and all before it`() {
        runBlocking { history.add(listOf(event(1))) }
        val folder = context.getDatabasePath(HistoryDatabase.FILE).parentFile
        val copies = File(folder, "as-found").apply { mkdirs() }
        // Between the first and the second line of the batch: what a killed process would leave on the disk.
        val batch =
            object : AbstractList<Event>() {
                override val size = 2

                override fun get(index: Int): Event {
                    if (index == 1) {
                        for (file in folder?.listFiles { file -> file.name.startsWith(HistoryDatabase.FILE) }.orEmpty()) {
                            file.copyTo(File(copies, file.name.replace(HistoryDatabase.FILE, "copy.db")), overwrite = true)
                        }
                    }
                    return event(10L + index)
                }
            }
        runBlocking { history.add(batch) }
        assertEquals(listOf(11L, 10L, 1L), times(runBlocking { history.newest(10) }))
        val found = History(HistoryDatabase(context, File(copies, "copy.db").path), Dispatchers.IO).also(opened::add)
        assertEquals(listOf(1L), times(runBlocking { found.newest(10) }))
    }

    @Test
    fun `a pause that became an end is told as one`() =
        runBlocking {
            history.protectionBegan(1_000)
            history.protectionEnded(2_000, OutageCause.PAUSED)
            assertEquals(HistoryItem.Outage(2_000, null, OutageCause.PAUSED, run = 1), history.newest(1).single())
            history.protectionEnded(3_000, OutageCause.USER)
            assertEquals(HistoryItem.Outage(2_000, null, OutageCause.USER, run = 1), history.newest(1).single())
        }

    @Test
    fun `where Android does not let protection return, the gap is told all the same`() =
        runBlocking {
            history.protectionBegan(1_000)
            history.add(listOf(event(1_500)))
            history.protectionWasCutOff()
            assertEquals(
                HistoryItem.Outage(1_500, null, OutageCause.UNKNOWN, run = 1),
                history.newest(10).filterIsInstance<HistoryItem.Outage>().single(),
            )
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
