package app.gasket.history

import android.database.sqlite.SQLiteDatabase
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext

/** The last line and the last run that are out of sight. */
internal data class Hidden(
    val told: Long,
    val run: Long,
)

/** One writer, many readers, and what of it all is in sight. */
internal class Store(
    private val database: HistoryDatabase,
    io: CoroutineDispatcher,
) : AutoCloseable {
    private val writer = io.limitedParallelism(1)
    private val reader = io
    private val changes = MutableStateFlow(0L)

    /** What is written next follows these; null where they have to be read. Only the writer knows. */
    private var ends: Numbered<Ends>? = null

    /** The time, in milliseconds since 1970. */
    val now: () -> Long get() = database.now

    /** Earlier ones, which could not be read any more. */
    val damaged: SetAside get() = database.damaged

    /** Counts up with every change. */
    val revision: StateFlow<Long> = changes.asStateFlow()

    @Volatile
    private var hiding: Numbered<Hidden>? = null

    /** Numbers are never used twice, so what was hidden may stay so after it is deleted. */
    val hidden: Hidden get() = hiding.inForce() ?: NOTHING

    /** Changes when lines go out of sight or come back, or a damaged database gave way to a new one. */
    val sight: Any get() = hidden to database.generation

    fun hide(what: Hidden) {
        hiding = numbered(what)
        changes.update { it + 1 }
    }

    /** What is said by numbers of lines, which mean others once a damaged database gave way to a new one. */
    private class Numbered<T>(
        val what: T,
        val generation: Int,
    )

    private fun <T> numbered(what: T) = Numbered(what, database.generation)

    private fun <T> Numbered<T>?.inForce(): T? = this?.takeIf { it.generation == database.generation }?.what

    suspend fun <T> read(read: (SQLiteDatabase, Hidden) -> T): T =
        withContext(reader) {
            using(database::getReadableDatabase) { read(it, hidden) }
        }

    /** A change that is made whole or not at all. */
    suspend fun <T> write(change: (SQLiteDatabase, Chain) -> T): T =
        withContext(writer) {
            val result =
                using(database::getWritableDatabase) { db ->
                    val before = ends.inForce()
                    // Unknown until all is on disk.
                    ends = null
                    val (result, after) = inTransaction(db, before, change)
                    ends = numbered(after)
                    result
                }
            changes.update { it + 1 }
            result
        }

    /** Works with the database; once more with the next one where that is found damaged, and was closed, meanwhile. */
    private fun <T> using(
        open: () -> SQLiteDatabase,
        work: (SQLiteDatabase) -> T,
    ): T {
        val db = open()
        return runCatching { work(db) }.getOrElse { if (db.isOpen) throw it else work(open()) }
    }

    private fun <T> inTransaction(
        db: SQLiteDatabase,
        before: Ends?,
        change: (SQLiteDatabase, Chain) -> T,
    ): Pair<T, Ends> {
        db.beginTransactionNonExclusive()
        return try {
            val chain = Chain(db, before ?: Ends.of(db))
            val result = change(db, chain)
            chain.save()
            db.setTransactionSuccessful()
            result to chain.ends
        } finally {
            db.endTransaction()
        }
    }

    override fun close() = database.close()

    private companion object {
        val NOTHING = Hidden(0, 0)
    }
}
