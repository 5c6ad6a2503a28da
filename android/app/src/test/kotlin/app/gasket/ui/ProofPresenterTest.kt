package app.gasket.ui

import android.content.Context
import android.database.sqlite.SQLiteDatabaseCorruptException
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.history.Agreement
import app.gasket.history.Break
import app.gasket.history.ChainReport
import app.gasket.history.History
import app.gasket.history.HistoryDatabase
import app.gasket.history.HistoryItem
import app.gasket.history.Proof
import app.gasket.history.Removal
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36])
class ProofPresenterTest {
    private val context: Context = RuntimeEnvironment.getApplication()
    private val database = HistoryDatabase(context)
    private val history = History(database, Dispatchers.IO)
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val presenter = ProofPresenter(scope, history)
    private val blocked = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
    private val state get() = presenter.state.value
    private val done get() = state as ProofState.Done
    private val words = ProofText(context, mapOf("com.qualcomm.qti.autoregistration" to "Auto-registration"))

    @After
    fun close() = history.close()

    private fun check() {
        presenter.check()
        runBlocking { presenter.state.first { it is ProofState.Done } }
    }

    private fun compare(noted: String) {
        presenter.compare(noted)
        runBlocking { presenter.state.first { (it as ProofState.Done).agreement != null } }
    }

    private fun add(count: Int) = runBlocking { history.add(List(count) { blocked.copy(timeMs = blocked.timeMs + it) }) }

    @Test
    fun `an intact history is told as one, with what to note down, and a note agrees for as long as it can`() {
        check()
        assertEquals(listOf("Intact. There are no lines."), words.summary(done.report))
        add(3)
        check()
        val moment = momentText(context, blocked.timeMs)
        assertEquals(listOf("Intact: 3 lines, the first of $moment."), words.summary(done.report))
        val noted = done.report.head.short
        add(2)
        check()
        assertEquals("nothing was asked", null, done.agreement)
        val inOtherWords = noted.uppercase().replace(" ", "  ")
        for (same in listOf(noted, inOtherWords, runBlocking { history.head() }.run { "5/0 $fingerprint" })) {
            compare(same)
            assertEquals(same, Agreement.SAME, done.agreement)
        }
        for (unreadable in listOf("", "5/0", noted.dropLast(1), "x$noted", "$noted$noted$noted")) {
            compare(unreadable)
            assertEquals(unreadable, Agreement.UNREADABLE, done.agreement)
        }
        val last = if (noted.last() == '0') '1' else '0'
        for (other in listOf(
            noted.dropLast(1) + last,
            noted.replace("3/0", "2/0"),
            noted.replace("3/0", "9/0"),
            noted.replace("3/0", "3/7"),
        )) {
            compare(other)
            assertEquals(other, Agreement.OTHER, done.agreement)
        }
        runBlocking { history.prune(blocked.timeMs + 2, Long.MAX_VALUE) }
        compare(noted)
        assertEquals("its last line is where the removed beginning ended at the latest", Agreement.SAME, done.agreement)
        runBlocking {
            history.hide()
            history.deleteHidden()
        }
        compare(noted)
        assertEquals(Agreement.GONE, done.agreement)
        val said = Agreement.entries.map(words::agreement)
        assertEquals(said.size, said.toSet().size)
    }

    @Test
    fun `each place is told with its neighbours, as people know them`() {
        add(9)
        val moment = momentText(context, blocked.timeMs)
        val line = "$moment, Auto-registration → zzhc.vnet.cn"
        database.writableDatabase.run {
            execSQL("UPDATE told SET event = replace(event, '\"imei\"', '\"imsi\"') WHERE id = 2")
            execSQL("DELETE FROM told WHERE id IN (4, 5, 9)")
        }
        check()
        assertEquals("Not as Gasket wrote it, in 3 places:", words.summary(done.report).single())
        assertEquals(
            listOf(
                PlaceText("1 line was changed, or is not from Gasket", "Between “$line” and “$line”"),
                PlaceText("2 lines are missing", "Between “$line” and “$line”"),
                PlaceText("The newest line is missing", "After: $line"),
            ),
            done.report.breaks.map(words::place),
        )
        presenter.dismiss()
        assertEquals(ProofState.None, state)
    }

    @Test
    fun `every kind of place and of removal has its words`() {
        add(1)
        check()
        val neighbour = HistoryItem.Told(1, blocked)
        val said =
            Break.Kind.entries.map { kind ->
                words.place(Break(kind, 2L..3L, before = neighbour, after = neighbour)).what
            }
        assertEquals(said.size, said.toSet().size)
        val exchanged = words.place(Break(Break.Kind.EXCHANGED, 2L..3L, before = neighbour, after = neighbour))
        assertTrue(exchanged.where.orEmpty(), " and " in exchanged.where.orEmpty())
        assertEquals(null, words.place(Break(Break.Kind.CHANGED, 1L..1L)).where)
        assertEquals(momentText(context, 5_000), words.place(Break(Break.Kind.STRETCH_CHANGED, atMs = 5_000)).where)
        val removed = Removal.Why.entries.map { words.summary(done.report.copy(removal = Removal(5_000, it), linkedLaterMs = 6_000)) }
        assertEquals(removed.size, removed.toSet().size)
        assertTrue(removed.all { it.size == 3 && momentText(context, 5_000) in it[1] && momentText(context, 6_000) in it[2] })
    }

    @Test
    fun `it says how far it is, and ends when nobody wants it any more`() {
        val goOn = CompletableDeferred<Unit>()
        var wasEnded = false
        val slow =
            object : Proof by history {
                override suspend fun check(onLines: (Long) -> Unit): ChainReport {
                    onLines(500)
                    try {
                        goOn.await()
                    } finally {
                        wasEnded = !goOn.isCompleted
                    }
                    return history.check(onLines)
                }
            }
        val presenter = ProofPresenter(scope, slow)
        presenter.check()
        assertEquals(ProofState.Checking(500), presenter.state.value)
        presenter.dismiss()
        assertTrue(wasEnded)
        assertEquals(ProofState.None, presenter.state.value)
        presenter.check()
        goOn.complete(Unit)
        assertEquals(0L, runBlocking { presenter.state.first { it is ProofState.Done } as ProofState.Done }.report.lines)
    }

    @Test
    fun `a history that cannot be read is told as that`() {
        val broken =
            object : Proof by history {
                override suspend fun check(onLines: (Long) -> Unit): ChainReport = throw SQLiteDatabaseCorruptException("malformed")
            }
        val presenter = ProofPresenter(scope, broken)
        presenter.check()
        assertEquals(ProofState.Failed("malformed"), presenter.state.value)
    }
}
