package app.gasket.history

import app.gasket.bridge.Decision
import app.gasket.bridge.Subject
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** Whatever is done to the tables from outside is found, at its place. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class ChainTest : WithinReach() {
    @Test
    fun `a new history is intact, and so is one that was written to`() {
        assertIntact(0)
        fill()
        assertIntact(10)
        val report = check()
        assertEquals(1_000L, report.sinceMs)
        assertNull(report.removal)
        assertNull(report.linkedLaterMs)
        assertEquals(End(10, report.head.line.link), report.head.line)
        assertEquals(runBlocking { history.head() }, report.head)
        history = open()
        add(11_000)
        assertIntact(11)
    }

    @Test
    fun `every entry changes the head, and nothing else does`() {
        val heads = mutableListOf(runBlocking { history.head().fingerprint })
        val steps =
            listOf<suspend () -> Unit>(
                { history.protectionBegan(100) },
                { history.add(listOf(event(1_000))) },
                { history.add(listOf(event(1_000))) },
                { history.protectionEnded(2_000, OutageCause.PAUSED) },
                { history.protectionEnded(2_500, OutageCause.USER) },
            )
        for (step in steps) {
            runBlocking { step() }
            heads += runBlocking { history.head().fingerprint }
        }
        assertEquals(heads.size, heads.toSet().size)
        check()
        runBlocking { history.prune(0, Long.MAX_VALUE) }
        assertEquals(heads.last(), runBlocking { history.head().fingerprint })
        assertEquals(64, heads.last().length)
        assertTrue(
            Regex("2/3( [0-9a-f]{4}){8}").matches(runBlocking { history.head().short }),
        )
    }

    @Test
    fun `a line that was changed is named, whatever of it was`() {
        val changes =
            listOf(
                "event = replace(event, 'zzhc.vnet.cn', 'harmless.example')",
                "verdict = 'ALLOW'",
                "time_ms = time_ms + 1",
                "source = NULL",
                "source = source + 1",
                "package = ''",
                "package = X'00'",
                "event = 'no event at all'",
                "link = NULL",
            )
        fill()
        for ((number, change) in changes.withIndex()) {
            val id = number + 1L
            tamper("CREATE TABLE kept AS SELECT * FROM told", "UPDATE told SET $change WHERE id = $id")
            val found = check().breaks.single()
            assertEquals(change, Break.Kind.CHANGED, found.kind)
            // Without its link, the next one cannot be vouched for either.
            assertEquals(change, if ("link" in change) id..id + 1 else id..id, found.lines)
            assertEquals(change, if (id == 1L) null else id - 1, found.before?.id)
            assertEquals(change, (found.lines.last + 1).takeIf { it <= 10 }, found.after?.id)
            tamper("DELETE FROM told", "INSERT INTO told SELECT * FROM kept", "DROP TABLE kept")
        }
        assertIntact(10)
    }

    @Test
    fun `a line that cannot be read any more is shown as such, and hides no other`() {
        fill()
        tamper("UPDATE told SET event = 'no event at all' WHERE id = 5", "UPDATE told SET event = X'00', verdict = 'none' WHERE id = 6")
        val shown = runBlocking { history.older(Search(), Place.LAST, 20) }
        assertEquals((10L downTo 1L).toList(), shown.map { it.id })
        assertEquals(listOf(5L, 6L), shown.filter { it.event.subject == Subject.UNREADABLE }.map { it.id }.sorted())
        assertEquals(listOf(5_000L, 6_000L), shown.filter { it.id in 5L..6L }.map { it.timeMs }.sorted())
        assertEquals(listOf(Decision.BLOCK, Decision.ALLOW), listOf(5L, 6L).map { runBlocking { history.line(it) }?.event?.verdict })
        tamper("UPDATE told SET time_ms = 500 WHERE id = 2")
        val others = runBlocking { history.older(Search(), Place.LAST, 20) }
        assertEquals("the row's time counts", listOf(1L, 2L), others.takeLast(2).map { it.id })
        assertEquals(listOf(4L, 3L), runBlocking { history.older(Search(), shown[5].place, 2) }.map { it.id })
    }

    @Test
    fun `several places are told, and neighbours are one`() {
        fill()
        tamper("UPDATE told SET verdict = 'WARN' WHERE id IN (2, 3, 7)", "DELETE FROM told WHERE id = 5")
        assertEquals(
            listOf(Break.Kind.CHANGED to 2L..3L, Break.Kind.MISSING to 5L..5L, Break.Kind.CHANGED to 7L..7L),
            places(),
        )
        assertEquals(3, check().places)
    }

    @Test
    fun `missing lines are told with their neighbours`() {
        fill()
        tamper("DELETE FROM told WHERE id BETWEEN 4 AND 6")
        val found = check().breaks.single()
        assertEquals(Break.Kind.MISSING to 4L..6L, found.kind to found.lines)
        assertEquals(listOf(3_000L, 7_000L), listOf(found.before?.timeMs, found.after?.timeMs))
        add(11_000)
        assertEquals("what is written later heals nothing", listOf(Break.Kind.MISSING to 4L..6L), places())
    }

    @Test
    fun `lines in each other's place are told as such, near and far, with and without their links`() {
        for ((columns, pairs) in mapOf(
            "time_ms, verdict, package, source, event" to listOf(2L to 3L, 4L to 9L, 1L to 10L),
            "time_ms, verdict, package, source, event, link" to listOf(2L to 3L, 4L to 9L, 1L to 5L),
        )) {
            for ((one, other) in pairs) {
                if (check().lines == 0L) fill()
                val set = columns.split(", ").joinToString { "$it = (SELECT $it FROM kept WHERE kept.id = $one + $other - told.id)" }
                tamper("CREATE TABLE kept AS SELECT * FROM told", "UPDATE told SET $set WHERE id IN ($one, $other)")
                val report = check()
                assertEquals("$columns $one $other", listOf(Break.Kind.EXCHANGED to one..other), places(report))
                assertEquals(listOf(one, other), report.breaks.single().run { listOf(before?.id, after?.id) })
                tamper("DELETE FROM told", "INSERT INTO told SELECT * FROM kept", "DROP TABLE kept")
            }
        }
        assertIntact(10)
    }

    @Test
    fun `the end cut off is told, also once lines follow`() {
        fill()
        tamper("DELETE FROM told WHERE id > 8")
        assertEquals(listOf(Break.Kind.CUT_OFF to 9L..10L), places())
        assertEquals(
            8L,
            check()
                .breaks
                .single()
                .before
                ?.id,
        )
        add(11_000)
        assertEquals(listOf(Break.Kind.MISSING to 9L..10L), places())
        // As if those numbers had never been given.
        tamper("DELETE FROM told WHERE id = 11", "UPDATE sqlite_sequence SET seq = 8 WHERE name = 'told'")
        add(12_000)
        assertFalse(check().isIntact)
    }

    @Test
    fun `all lines gone without a word is an end cut off`() {
        fill()
        tamper("DELETE FROM told")
        val report = check()
        assertEquals(listOf(Break.Kind.CUT_OFF to 1L..10L), places(report))
        assertEquals(0, report.lines)
        assertNull(report.sinceMs)
    }

    @Test
    fun `a head that was set back is caught by what was written about protection, and without it is not`() {
        fill()
        val cut = "DELETE FROM told WHERE id > 8"
        val setBack = "UPDATE chain SET id = 8, link = (SELECT link FROM told WHERE id = 8) WHERE name = 'line_head'"
        val noted = runBlocking { history.head() }
        tamper(cut, setBack)
        assertIntact(8)
        assertNotEquals("the head that was noted tells", noted, check().head)
        runBlocking { history.protectionEnded(20_000, OutageCause.USER) }
        tamper("DELETE FROM told WHERE id > 6", setBack.replace("8", "6"))
        assertEquals(listOf(Break.Kind.CHANGED to 10L..10L), places().map { (kind, lines) -> kind to lines }.takeLast(1))
    }

    @Test
    fun `a line that Gasket did not write is told`() {
        fill()
        tamper("INSERT INTO told SELECT 11, 11000, verdict, package, event, source, link FROM told WHERE id = 10")
        assertEquals(listOf(Break.Kind.CHANGED to 11L..11L), places())
        add(12_000)
        assertEquals(listOf(Break.Kind.CHANGED to 11L..11L), places())
        assertEquals("what is written is written all the same", 12L, check().lines)
    }

    @Test
    fun `a stretch of protection that was changed or taken out is told`() {
        val changes =
            mapOf(
                "UPDATE run SET started_ms = 99 WHERE id = 1" to Break.Kind.STRETCH_CHANGED,
                "UPDATE run SET ended_ms = 400 WHERE id = 1" to Break.Kind.STRETCH_CHANGED,
                "UPDATE run SET cause = 2 WHERE id = 1" to Break.Kind.STRETCH_CHANGED,
                "UPDATE run SET ended_ms = 9000 WHERE id = 2" to Break.Kind.STRETCH_CHANGED,
                "INSERT INTO run (id, started_ms, seen_ms, ended_ms) VALUES (3, 9000, 9000, 9000)" to Break.Kind.STRETCH_CHANGED,
                "DELETE FROM run WHERE id = 1" to Break.Kind.STRETCH_MISSING,
                "DELETE FROM run WHERE id = 2" to Break.Kind.STRETCH_MISSING,
                "UPDATE turn SET told = 3 WHERE id = 3" to Break.Kind.STRETCH_CHANGED,
                "DELETE FROM chain WHERE name = 'turn_head'" to Break.Kind.STRETCH_CHANGED,
            )
        fill()
        for ((change, kind) in changes) {
            val tables = listOf("run", "turn", "chain")
            tamper(*(tables.map { "CREATE TABLE kept_$it AS SELECT * FROM $it" } + change).toTypedArray())
            val report = check()
            assertTrue("$change: ${report.breaks}", report.breaks.any { it.kind == kind && it.atMs != null })
            assertTrue(report.breaks.all { it.lines.isEmpty() || "told" in change })
            tamper(
                *tables
                    .flatMap { listOf("DELETE FROM $it", "INSERT INTO $it SELECT * FROM kept_$it", "DROP TABLE kept_$it") }
                    .toTypedArray(),
            )
        }
        assertIntact(10)
        tamper("DELETE FROM run WHERE id = 1", "DELETE FROM turn WHERE run = 1")
        assertEquals(listOf(Break.Kind.STRETCH_MISSING), check().breaks.map { it.kind })
        tamper("DELETE FROM run", "DELETE FROM turn")
        assertEquals(listOf(Break.Kind.STRETCH_MISSING), check().breaks.map { it.kind })
    }

    @Test
    fun `signs of life are no part of it, and what they end a stretch with is`() {
        fill()
        add(12_000)
        assertIntact(11)
        runBlocking { history.protectionWasCutOff() }
        runBlocking { history.protectionBegan(15_000) }
        runBlocking { history.protectionEnded(16_000, OutageCause.PAUSED) }
        runBlocking { history.protectionEnded(17_000, OutageCause.USER) }
        assertIntact(11)
        assertEquals(
            listOf(OutageCause.USER, OutageCause.UNKNOWN, OutageCause.USER),
            runBlocking { history.outages() }.map { it.cause },
        )
        tamper("UPDATE run SET ended_ms = 13000 WHERE id = 2")
        assertEquals(listOf(Break.Kind.STRETCH_CHANGED), check().breaks.map { it.kind })
    }
}
