package app.gasket.history

import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.RandomAccessFile
import java.util.zip.ZipInputStream

/** A history that is no readable database any more is kept as it was found, and the one after it says so. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class SetAsideTest : WithinReach() {
    private val file: File get() = context.getDatabasePath(HistoryDatabase.FILE)

    /** Of all that was put aside, by its name in the archive. */
    private fun copied(): Map<String, ByteArray> {
        val archive = ByteArrayOutputStream().also(history.damaged::copy)
        return ZipInputStream(ByteArrayInputStream(archive.toByteArray())).use { zip ->
            generateSequence { zip.nextEntry }.associate { it.name to zip.readBytes() }
        }
    }

    private fun ruin(bytes: ByteArray) {
        history.close()
        file.parentFile?.mkdirs()
        file.writeBytes(bytes)
        history = open()
    }

    @Test
    fun `what is no database is kept to the last byte, and the new history says that it is one`() {
        val garbage = ByteArray(100_000) { (it * 7).toByte() }
        ruin(garbage)
        assertEquals(listOf(1L), add(1_000))
        assertIntact(1)
        assertEquals(nowMs, check().begunAnewMs)
        assertEquals(listOf(DamagedHistory(nowMs, 100_000)), history.damaged.all.value)
        assertArrayEquals(garbage, copied().getValue("$nowMs/history.db"))
        history = open()
        assertEquals("a new process finds it", listOf(DamagedHistory(nowMs, 100_000)), history.damaged.all.value)
        history.damaged.delete()
        assertEquals(emptyList<DamagedHistory>(), history.damaged.all.value)
        history = open()
        assertEquals("once deleted it is gone", emptyList<DamagedHistory>(), history.damaged.all.value)
        assertEquals("the history still says so", nowMs, check().begunAnewMs)
        assertIntact(1)
    }

    @Test
    fun `a history that is whole tells of none`() {
        fill()
        history = open()
        assertIntact(10)
        assertNull(check().begunAnewMs)
        assertEquals(emptyList<DamagedHistory>(), history.damaged.all.value)
    }

    /** All but the page that says that it is a database, under whoever has it open. */
    private fun ruinBeneath() {
        history.close()
        RandomAccessFile(file, "rw").use {
            it.seek(PAGE)
            it.write(ByteArray((it.length() - PAGE).toInt()) { 0x5a })
        }
    }

    @Test
    fun `lines are numbered anew after damage in the middle of life, and those that were hidden hide none of them`() {
        fill()
        runBlocking {
            assertEquals(10, history.older(Search(), Place.LAST, 100).size)
            history.hide()
            assertEquals(0, history.older(Search(), Place.LAST, 100).size)
        }
        val sight = history.sight
        ruinBeneath()
        assertEquals(listOf(1L), add(1_000))
        assertNotEquals("what was read before is no longer true", sight, history.sight)
        assertEquals(1, history.damaged.all.value.size)
        runBlocking { assertEquals(1, history.older(Search(), Place.LAST, 100).size) }
        assertIntact(1)
        assertEquals(nowMs, check().begunAnewMs)
        assertNotNull(copied()["$nowMs/history.db"])
    }

    @Test
    fun `whoever reads when the damage is noticed reads the new history`() {
        fill()
        ruinBeneath()
        runBlocking { assertEquals(0, history.older(Search(), Place.LAST, 100).size) }
        assertEquals(1, history.damaged.all.value.size)
        assertIntact(0)
    }

    @Test
    fun `no more than two are kept, the newest`() {
        for (time in listOf(1L, 2L, 3L)) {
            nowMs = time
            ruin("no database $time".encodeToByteArray())
            add(1_000)
        }
        assertEquals(
            listOf(3L, 2L),
            history.damaged.all.value
                .map { it.foundMs },
        )
        assertEquals(setOf("3/history.db", "2/history.db"), copied().keys)
    }

    @Test
    fun `what cannot be put aside stays where it is, and is told with each attempt`() {
        // No folder can be made where a file is.
        val place = File(file.path + ".damaged")
        file.parentFile?.mkdirs()
        place.writeText("in the way")
        val garbage = "no database".repeat(100).encodeToByteArray()
        ruin(garbage)
        for (attempt in 1..2) assertThrows("$attempt", RuntimeException::class.java) { add(1_000) }
        assertArrayEquals(garbage, file.readBytes())
        assertTrue(place.delete())
        add(1_000)
        assertIntact(1)
        assertEquals(1, history.damaged.all.value.size)
    }

    private companion object {
        const val PAGE = 4096L
    }
}
