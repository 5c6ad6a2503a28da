package app.gasket.history

import android.database.sqlite.SQLiteDatabase
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** What the chain says of one line. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class LineCheckTest : WithinReach() {
    private fun standing(id: Long) = runBlocking { history.standing(id) }

    private fun holds(id: Long) = standing(id) as Standing.Holds

    @Test
    fun `a line holds, with its record as it is stored and the head of the whole`() {
        fill()
        val head = runBlocking { history.head() }
        for (id in 1L..10L) assertEquals(Standing.Holds(recordOf(id), head), standing(id))
        add(11_000)
        assertEquals(11L, holds(3).head.line.id)
    }

    @Test
    fun `of a line that is not there nothing is said`() {
        assertEquals(Standing.Gone, standing(1))
        fill()
        assertEquals(Standing.Gone, standing(11))
        nowMs = 20_000
        runBlocking { history.prune(5_500, Long.MAX_VALUE) }
        assertEquals(Standing.Gone, standing(5))
        assertEquals(6L, runBlocking { history.line(6) }?.id)
        assertEquals(recordOf(6), holds(6).record)
    }

    @Test
    fun `a change at the line or behind it is noticed, and one before it is none of its`() {
        val changes =
            mapOf(
                "UPDATE told SET event = replace(event, 'zzhc', 'xxhc') WHERE id = 6" to 6L,
                "UPDATE told SET verdict = 'WARN' WHERE id = 6" to 6L,
                "UPDATE told SET link = zeroblob(32) WHERE id = 6" to 6L,
                "DELETE FROM told WHERE id = 6" to 6L,
                "DELETE FROM told WHERE id > 8" to 8L,
            )
        fill()
        for ((change, last) in changes) {
            tamper("CREATE TABLE kept AS SELECT * FROM told", change)
            for (id in listOf(5L, last)) assertEquals("$change, $id", Standing.Broken, standing(id))
            tamper("DELETE FROM told", "INSERT INTO told SELECT * FROM kept", "DROP TABLE kept")
            assertEquals("$change undone", recordOf(6), holds(6).record)
        }
        tamper("UPDATE told SET verdict = 'WARN' WHERE id = 4")
        assertEquals(Standing.Broken, standing(4))
        assertEquals(recordOf(6), holds(6).record)
    }

    @Test
    fun `what is told of protection is part of it`() {
        fill()
        tamper("UPDATE turn SET time_ms = time_ms + 1 WHERE id = 2")
        assertEquals(Standing.Broken, standing(6))
    }

    @Test
    fun `a line that was linked later is from before the chain`() {
        fill()
        tamper("INSERT INTO chain (name, id, link, time_ms) SELECT 'linked', id, link, 9 FROM told WHERE id = 4")
        assertEquals(Standing.Before, standing(4))
        assertEquals(recordOf(5), holds(5).record)
    }

    /** The core makes the same text of the same head, for `gasket verify`. */
    @Test
    fun `the fingerprint of a head is what bundles of evidence say`() {
        val head = Head(End(12, digest(0xab)), End(3, digest(0x0c)))
        assertEquals("4c5b7024abe037594e40f159794b02808503ff76dd19aeaa24cb8cfcda005944", head.fingerprint)
    }

    private fun digest(byte: Int) = Digest(ByteArray(32) { byte.toByte() })

    private fun recordOf(id: Long): String =
        SQLiteDatabase.openDatabase(context.getDatabasePath(HistoryDatabase.FILE).path, null, SQLiteDatabase.OPEN_READONLY).use { db ->
            db.query("SELECT event FROM told WHERE id = ?", id) { it.getString(0) }.single()
        }
}
