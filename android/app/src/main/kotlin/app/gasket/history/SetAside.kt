package app.gasket.history

import android.database.DatabaseErrorHandler
import android.database.sqlite.SQLiteDatabase
import android.util.Log
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import java.io.File
import java.io.OutputStream
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

/** A history that could not be read any more, as it was found. */
data class DamagedHistory(
    /** When that was, in milliseconds since 1970. */
    val foundMs: Long,
    val bytes: Long,
)

/**
 * Puts a history that is no readable database out of the way, where Android's own handler deletes it: what is left of it may still
 * be read with other tools. Lies in the folder `NAME.damaged` beside it, a folder for each, at most [MOST].
 */
internal class SetAside(
    private val database: File,
    private val now: () -> Long,
) : DatabaseErrorHandler {
    private val folder = File(database.path + ".damaged")
    private val found = MutableStateFlow(look())

    /** Those that lie there, newest first. */
    val all: StateFlow<List<DamagedHistory>> = found.asStateFlow()

    override fun onCorruption(db: SQLiteDatabase) {
        Log.e("Gasket", "the history is damaged: it is put aside, and a new one begun")
        // What SQLite holds open it would go on writing into.
        if (db.isOpen) db.close()
        val atMs = now()
        val place = File(folder, "$atMs")
        // A database that stays where it is cannot be opened: that is told, and nothing is lost.
        if (place.mkdirs()) parts(database).forEach { it.renameTo(File(place, it.name)) }
        places().drop(MOST).forEach { it.deleteRecursively() }
        found.value = look()
    }

    /** Writes all of them as an archive (ZIP), a folder for each, named by [DamagedHistory.foundMs]. */
    fun copy(out: OutputStream) =
        ZipOutputStream(out).use { zip ->
            for (part in places().flatMap { parts(File(it, database.name)) }) {
                zip.putNextEntry(ZipEntry(part.relativeTo(folder).path))
                part.inputStream().use { it.copyTo(zip) }
                zip.closeEntry()
            }
        }

    fun delete() {
        folder.deleteRecursively()
        found.value = look()
    }

    /** The database, and what SQLite keeps beside it. */
    private fun parts(database: File): List<File> = PARTS.map { File(database.path + it) }.filter { it.exists() }

    private fun places(): List<File> =
        folder
            .listFiles()
            .orEmpty()
            .filter { it.name.toLongOrNull() != null }
            .sortedByDescending { it.name.toLong() }

    private fun look(): List<DamagedHistory> =
        places()
            .map { place -> DamagedHistory(place.name.toLong(), parts(File(place, database.name)).sumOf { it.length() }) }
            .filter { it.bytes > 0 }

    private companion object {
        /** A storage that damages one after the other is not to be filled with them. */
        const val MOST = 2
        val PARTS = listOf("", "-wal", "-shm", "-journal")
    }
}
