package app.gasket.ui

import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.history.History
import app.gasket.history.HistoryDatabase
import app.gasket.history.OutageCause
import app.gasket.history.Search
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** The stretch that is held in memory, over a real database. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class HistoryWindowTest {
    private val history = History(HistoryDatabase(RuntimeEnvironment.getApplication()), Dispatchers.IO)
    private val reader = HistoryWindow.Reader(history, page = 3, most = 6)
    private val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    @After
    fun close() = history.close()

    private fun add(times: LongRange) = runBlocking { history.add(times.map { event.copy(timeMs = it) }) }

    private fun times(window: HistoryWindow) = window.items.map { it.timeMs }

    @Test
    fun `it moves to the end and back, and never grows beyond its bound`() {
        runBlocking {
            add(1L..10L)
            var window = reader.newest(Search())
            assertEquals(listOf(10L, 9L, 8L), times(window))
            window = reader.older(reader.older(window))
            assertEquals(listOf(7L, 6L, 5L, 4L, 3L, 2L).map { it }, times(window))
            assertTrue(window.hasNewer)
            window = reader.older(window)
            assertFalse("the end", window.hasOlder)
            assertEquals(listOf(6L, 5L, 4L, 3L, 2L, 1L), times(window))
            assertEquals(window, reader.older(window))
            window = reader.newer(reader.newer(window))
            assertEquals(listOf(10L, 9L, 8L, 7L, 6L, 5L), times(window))
            assertTrue("there is more below again", window.hasOlder)
        }
    }

    @Test
    fun `what is new comes in at the top, and nowhere else`() {
        runBlocking {
            add(1L..4L)
            val top = reader.newest(Search())
            val away = reader.older(reader.older(top)).copy(hasNewer = true)
            add(5L..6L)
            assertEquals(listOf(6L, 5L, 4L, 3L, 2L), times(reader.refreshed(top)))
            assertEquals("whoever reads on keeps the place", times(away), times(reader.refreshed(away)))
        }
    }

    @Test
    fun `a burst of more than a page is caught up with`() {
        runBlocking {
            add(1L..2L)
            var window = reader.newest(Search())
            add(3L..9L)
            window = reader.refreshed(window)
            assertTrue("not yet at the top", window.hasNewer)
            while (window.hasNewer) window = reader.newer(window)
            assertEquals(9L, times(window).first())
        }
    }

    @Test
    fun `stretches without protection stand where they belong, and only among all lines`() {
        runBlocking {
            history.protectionBegan(0)
            history.protectionEnded(2, OutageCause.USER)
            history.protectionBegan(3)
            history.protectionEnded(20, OutageCause.USER)
            add(4L..9L)
            val window = reader.newest(Search())
            assertEquals("one beyond the page is not shown yet", listOf(20L, 9L, 8L, 7L), times(window))
            assertEquals(listOf(20L, 9L, 8L, 7L, 6L, 5L, 4L), times(reader.older(window)))
            assertEquals(listOf(8L, 7L, 6L, 5L, 4L, 2L), times(reader.older(reader.older(reader.newest(Search(span = 0L until 9L))))))
            assertEquals(listOf(9L, 8L, 7L), times(reader.newest(Search(sender = "com.qualcomm.qti.autoregistration"))))
        }
    }

    @Test
    fun `what is hidden leaves at once`() {
        runBlocking {
            add(1L..9L)
            val window = reader.older(reader.newest(Search()))
            history.hide()
            val empty = reader.refreshed(window)
            assertEquals(emptyList<Long>(), times(empty))
            history.unhide()
            assertEquals(listOf(9L, 8L, 7L), times(reader.refreshed(empty)))
        }
    }
}
