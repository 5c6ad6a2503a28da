package app.gasket.history

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** The chain holds while it is written to, and the check can be ended. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class ChainWalkTest : WithinReach() {
    @Test
    fun `a write that failed leaves the chain as it was`() {
        fill()
        val refusing = HistoryDatabase(context)
        refusing.writableDatabase.execSQL(
            "CREATE TRIGGER refuse BEFORE INSERT ON told WHEN new.time_ms = 2 BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
        refusing.close()
        assertThrows(Exception::class.java) { add(1, 2) }
        assertIntact(10)
        add(11_000)
        assertIntact(11)
    }

    @Test
    fun `lines that come and go while it is checked are no fault`() =
        runBlocking {
            history.protectionBegan(1)
            history.add((1L..1_700L).map(::event))
            val isUnderway = CompletableDeferred<Unit>()
            var looked = 0
            val report =
                async {
                    history.check { lines ->
                        if (++looked == 1) {
                            assertEquals("a page at a time", 500L, lines)
                            runBlocking {
                                history.prune(oldestMs = 900, mostBytes = Long.MAX_VALUE)
                                history.add((1_701L..1_900L).map(::event))
                                history.protectionEnded(2_000, OutageCause.USER)
                            }
                            isUnderway.complete(Unit)
                        }
                    }
                }.await()
            assertTrue(isUnderway.isCompleted)
            assertEquals(emptyList<Break>(), report.breaks)
            assertEquals("the first page, and what is left", 500L + 1_001L, report.lines)
        }

    @Test
    fun `whoever does not wait for it ends it`() =
        runBlocking {
            history.add((1L..1_200L).map(::event))
            val began = CompletableDeferred<Unit>()
            var pages = 0
            val never = CompletableDeferred<Unit>()
            var end: Throwable? = null
            val job =
                launch(Dispatchers.IO) {
                    try {
                        history.check {
                            pages++
                            began.complete(Unit)
                            runBlocking { runCatching { never.await() } }
                        }
                    } catch (e: CancellationException) {
                        end = e
                    }
                }
            began.await()
            val ending = launch { job.cancelAndJoin() }
            while (!job.isCancelled) kotlinx.coroutines.yield()
            never.complete(Unit)
            ending.join()
            assertEquals(1, pages)
            assertTrue("$end", end is CancellationException)
        }
}
