package app.gasket.history

import android.content.Context
import android.database.sqlite.SQLiteDatabase
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.robolectric.RuntimeEnvironment

/** A history, and somebody who can write to its file. */
abstract class WithinReach {
    protected val context: Context = RuntimeEnvironment.getApplication()
    private val opened = mutableListOf<AutoCloseable>()
    protected var nowMs = 1_000_000L
    protected var history = open()

    /** As a new process would. */
    protected fun open() = History(HistoryDatabase(context, now = { nowMs }), Dispatchers.IO).also(opened::add)

    protected fun event(timeMs: Long): Event = MODEL.copy(timeMs = timeMs)

    /** Somebody with the file and an SQLite of their own. */
    protected fun tamper(vararg sql: String) {
        history.close()
        SQLiteDatabase.openDatabase(context.getDatabasePath(HistoryDatabase.FILE).path, null, SQLiteDatabase.OPEN_READWRITE).use { db ->
            // They do not mind what Gasket adds up besides.
            db.execSQL("DROP TRIGGER IF EXISTS told_goes")
            sql.forEach(db::execSQL)
        }
        history = open()
    }

    protected fun check() = runBlocking { history.check() }

    protected fun places(report: ChainReport = check()) = report.breaks.map { it.kind to it.lines }

    protected fun add(vararg times: Long) = runBlocking { history.add(times.map(::event)) }

    /** Ten lines within a stretch of protection, after one that the user ended. */
    protected fun fill() =
        runBlocking {
            history.protectionBegan(100)
            history.protectionEnded(200, OutageCause.USER)
            history.protectionBegan(500)
            for (number in 1L..10L) history.add(listOf(event(number * 1_000)))
        }

    protected fun assertIntact(lines: Long) {
        val report = check()
        assertEquals(report.toString(), emptyList<Break>(), report.breaks)
        assertTrue(report.isIntact)
        assertEquals(lines, report.lines)
    }

    @After
    fun close() = opened.forEach { it.close() }

    private companion object {
        val MODEL = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
    }
}
