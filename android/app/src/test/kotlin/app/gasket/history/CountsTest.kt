package app.gasket.history

import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.Finding
import app.gasket.bridge.IdentifierKind
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import kotlin.random.Random

/** What is added up is what the lines say, whatever came and went. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class CountsTest {
    private val database = HistoryDatabase(RuntimeEnvironment.getApplication())
    private val history = History(database, Dispatchers.IO)
    private val model = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
    private val random = Random(7)

    @After
    fun close() = history.close()

    private fun event(): Event {
        val kinds = listOf(IdentifierKind.IMEI, IdentifierKind.SERIAL).filter { random.nextBoolean() }
        return model.copy(
            timeMs = random.nextLong(DAY_MS),
            verdict = if (random.nextBoolean()) Decision.BLOCK else Decision.WARN,
            findings = kinds.map { Finding(it, "1••2", "form:a", 90) },
        )
    }

    private fun check(lines: List<Event>) =
        runBlocking {
            for (since in listOf(0, 1, Stopped.QUARTER_MS, DAY_MS / 3 + 1, DAY_MS - 1, DAY_MS)) {
                val told = lines.filter { it.timeMs >= since }
                val blocked = told.filter { it.verdict == Decision.BLOCK }
                assertEquals("since $since", Tally(blocked.size, told.size - blocked.size), history.tally(since))
                val quarters = blocked.groupingBy { it.timeMs / Stopped.QUARTER_MS * Stopped.QUARTER_MS }.eachCount()
                val kinds = blocked.flatMap { it.kindsFound }.groupingBy { it }.eachCount()
                assertEquals("since $since", Stopped(quarters, kinds), history.stopped(since))
            }
        }

    @Test
    fun `lines count from when they come until they go`() {
        // In their order: only a beginning goes.
        val first = List(300) { event() }.sortedBy { it.timeMs }
        runBlocking { history.add(first) }
        check(first)
        runBlocking { history.prune(oldestMs = DAY_MS / 2, mostBytes = Long.MAX_VALUE) }
        val kept = first.filter { it.timeMs >= DAY_MS / 2 }
        check(kept)
        runBlocking { history.hide() }
        check(emptyList())
        val later = List(100) { event() }
        runBlocking { history.add(later) }
        check(later)
        history.unhide()
        check(kept + later)
        runBlocking { history.hide() }
        runBlocking { history.deleteHidden() }
        check(emptyList())
        runBlocking { history.add(later) }
        check(later)
        runBlocking { history.prune(DAY_MS, Long.MAX_VALUE) }
        assertEquals("no sum is left of nothing", 0, sums())
    }

    private fun sums() = database.readableDatabase.query("SELECT count(*) FROM quarter_sum") { it.getInt(0) }.single()

    @Test
    fun `a day is added up from the sums`() {
        runBlocking { history.add(List(300) { event() }) }
        assertTrue("${sums()} of 300 lines", sums() in 1..300)
        database.writableDatabase.execSQL("UPDATE quarter_sum SET lines = 1000 WHERE verdict = 'WARN'")
        assertTrue(runBlocking { history.tally(0) }.warned >= 1_000)
    }

    private companion object {
        const val DAY_MS = 86_400_000L
    }
}
