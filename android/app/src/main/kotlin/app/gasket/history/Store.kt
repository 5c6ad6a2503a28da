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
    private var ends: Ends? = null

    /** The time, in milliseconds since 1970. */
    val now: () -> Long get() = database.now

    /** Counts up with every change. */
    val revision: StateFlow<Long> = changes.asStateFlow()

    /** Numbers are never used twice, so what was hidden may stay so after it is deleted. */
    @Volatile
    var hidden = Hidden(0, 0)
        private set

    fun hide(what: Hidden) {
        hidden = what
        changes.update { it + 1 }
    }

    suspend fun <T> read(read: (SQLiteDatabase, Hidden) -> T): T = withContext(reader) { read(database.readableDatabase, hidden) }

    /** A change that is made whole or not at all. */
    suspend fun <T> write(change: (SQLiteDatabase, Chain) -> T): T =
        withContext(writer) {
            val db = database.writableDatabase
            val before = ends
            // Unknown until all is on disk.
            ends = null
            val (result, after) = inTransaction(db, before, change)
            ends = after
            changes.update { it + 1 }
            result
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
}
