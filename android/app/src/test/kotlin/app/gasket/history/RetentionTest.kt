package app.gasket.history

import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** Only a beginning ever goes; what Gasket removes is told as that, and what others remove is not. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class RetentionTest : WithinReach() {
    @Test
    fun `what goes for its age is told as that`() {
        fill()
        runBlocking { history.prune(oldestMs = 4_000, mostBytes = Long.MAX_VALUE) }
        assertIntact(7)
        assertEquals(Removal(nowMs, Removal.Why.AGE), check().removal)
        assertEquals(4_000L, check().sinceMs)
        runBlocking { history.prune(oldestMs = 20_000, mostBytes = Long.MAX_VALUE) }
        assertIntact(0)
        add(21_000)
        assertIntact(1)
        history = open()
        add(22_000)
        assertIntact(2)
    }

    @Test
    fun `what goes for its size is told as that`() {
        runBlocking { history.add((1L..1_200L).map(::event)) }
        runBlocking { history.prune(oldestMs = 0, mostBytes = 500_000) }
        val report = check()
        assertTrue(report.toString(), report.isIntact)
        assertTrue("${report.lines}", report.lines in 1..1_199)
        assertEquals(Removal.Why.SIZE, report.removal?.why)
        runBlocking { history.prune(oldestMs = 0, mostBytes = 0) }
        assertIntact(0)
    }

    @Test
    fun `a cleared history is told as that, and the stretch that lasts stays proven`() {
        fill()
        runBlocking {
            history.hide()
            history.add(listOf(event(11_000)))
            history.deleteHidden()
        }
        assertIntact(1)
        assertEquals(Removal(nowMs, Removal.Why.CLEARED), check().removal)
        runBlocking { history.protectionEnded(12_000, OutageCause.REVOKED) }
        assertEquals(listOf(2L), runBlocking { history.outages() }.map { it.run })
        assertIntact(1)
        tamper("UPDATE run SET started_ms = 1")
        assertEquals(listOf(Break.Kind.STRETCH_CHANGED), check().breaks.map { it.kind })
    }

    @Test
    fun `a removal is told as long as it matters, also when the stretch it fell into is gone`() {
        runBlocking {
            history.protectionBegan(500)
            history.add((1L..4L).map { event(it * 1_000) })
            history.prune(oldestMs = 2_000, mostBytes = Long.MAX_VALUE)
            history.protectionEnded(2_500, OutageCause.USER)
            history.prune(oldestMs = 3_000, mostBytes = Long.MAX_VALUE)
            // The lines stay, the stretch goes.
            history.protectionBegan(3_000)
            history.protectionEnded(3_000, OutageCause.USER)
            history.add(listOf(event(10_000)))
        }
        assertIntact(3)
        tamper("DELETE FROM told WHERE time_ms < 10000", "UPDATE run SET id = id")
        assertFalse(check().isIntact)
    }

    @Test
    fun `a beginning that somebody else removed is told, whatever they say of it`() {
        fill()
        tamper("DELETE FROM told WHERE id <= 3")
        assertEquals(listOf(Break.Kind.MISSING to 1L..3L), places())
        val link = "(SELECT link FROM kept WHERE id = 6)"
        tamper(
            "CREATE TABLE kept AS SELECT * FROM told",
            "DELETE FROM told WHERE id <= 6",
            "INSERT OR REPLACE INTO chain (name, id, link, time_ms, why) VALUES ('line_anchor', 6, $link, 900000, 1)",
        )
        assertEquals(listOf(Break.Kind.BEGINNING), check().breaks.map { it.kind })
        tamper("DELETE FROM chain WHERE name = 'line_anchor'")
        assertEquals(listOf(Break.Kind.MISSING to 1L..6L), places())
    }

    @Test
    fun `only a beginning goes for its age, wherever the clock jumped`() {
        // While the clock was ahead, while it was right, and while it was behind.
        add(5_000_000, 1_000, 2_000, 900_000, 500, 910_000)
        runBlocking { history.prune(oldestMs = 100_000, mostBytes = Long.MAX_VALUE) }
        assertEquals(listOf(910_000L, 900_000L, 500L), runBlocking { history.newest(10) }.map { it.timeMs }.sortedDescending())
        assertIntact(3)
        // Now nothing is dated ahead any more.
        nowMs = 10_000_000
        runBlocking { history.prune(oldestMs = 905_000, mostBytes = Long.MAX_VALUE) }
        assertEquals(1L, check().lines)
        nowMs = 1_000_000
        add(5_000_000, 6_000_000)
        runBlocking { history.prune(oldestMs = 920_000, mostBytes = Long.MAX_VALUE) }
        assertEquals("dated ahead, and nothing old behind it", 2L, check().lines)
        assertIntact(2)
    }

    @Test
    fun `stretches go from the beginning only, too`() {
        runBlocking {
            history.protectionBegan(4_900_000)
            history.protectionEnded(5_000_000, OutageCause.USER)
            history.protectionBegan(1_000)
            history.protectionEnded(2_000, OutageCause.USER)
            history.protectionBegan(900_000)
            history.protectionEnded(910_000, OutageCause.USER)
            history.protectionBegan(3_000)
            history.protectionEnded(4_000, OutageCause.USER)
            history.prune(oldestMs = 100_000, mostBytes = Long.MAX_VALUE)
        }
        assertEquals(listOf(4L, 3L), runBlocking { history.outages() }.map { it.run })
        assertIntact(0)
    }
}
