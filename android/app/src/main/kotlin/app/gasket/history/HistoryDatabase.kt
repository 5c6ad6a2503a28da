package app.gasket.history

import android.content.Context
import android.database.sqlite.SQLiteDatabase
import android.database.sqlite.SQLiteOpenHelper

/** The history's tables. SQL of SQLite 3.18 and before only: that is what Android 8 has. */
internal class HistoryDatabase(
    context: Context,
    name: String? = FILE,
) : SQLiteOpenHelper(context, name, null, VERSION) {
    override fun onConfigure(db: SQLiteDatabase) {
        // Readers never wait for the writer, and a batch is there whole or not at all.
        db.enableWriteAheadLogging()
    }

    override fun onCreate(db: SQLiteDatabase) = migrate(db, from = 0)

    override fun onUpgrade(
        db: SQLiteDatabase,
        oldVersion: Int,
        newVersion: Int,
    ) = migrate(db, from = oldVersion)

    private fun migrate(
        db: SQLiteDatabase,
        from: Int,
    ) = MIGRATIONS.drop(from).flatten().forEach(db::execSQL)

    companion object {
        const val FILE = "history.db"

        /** The statements that lead from each version to the next; never change one that was shipped. */
        private val MIGRATIONS =
            listOf(
                listOf(
                    """CREATE TABLE told (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        time_ms INTEGER NOT NULL,
                        verdict TEXT NOT NULL,
                        package TEXT,
                        event TEXT NOT NULL
                    )""",
                    "CREATE INDEX told_by_time ON told (time_ms)",
                    """CREATE TABLE run (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        started_ms INTEGER NOT NULL,
                        seen_ms INTEGER NOT NULL,
                        ended_ms INTEGER,
                        cause INTEGER NOT NULL DEFAULT 0
                    )""",
                ),
            )

        val VERSION = MIGRATIONS.size
    }
}
