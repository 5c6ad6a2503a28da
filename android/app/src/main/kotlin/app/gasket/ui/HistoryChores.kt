package app.gasket.ui

import app.gasket.history.DamagedHistory
import app.gasket.history.ExportFormat
import app.gasket.history.History
import app.gasket.history.Search
import app.gasket.history.export
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.OutputStream

/** What became of the last chore. */
sealed interface Note {
    /** Everything is out of sight, and can still come back. */
    data object Cleared : Note

    data object Exporting : Note

    /** What is left of damaged histories was copied. */
    data object DamagedSaved : Note

    data class Exported(
        val lines: Int,
    ) : Note

    data class ExportFailed(
        val why: String,
    ) : Note
}

/** What is done with the history as a whole. */
class HistoryChores(
    private val scope: CoroutineScope,
    private val history: History,
    private val io: CoroutineDispatcher = Dispatchers.IO,
) {
    private class Clearing(
        val job: Job,
        val undo: () -> Unit,
    )

    private val notes = MutableStateFlow<Note?>(null)
    private var clearing: Clearing? = null

    /** Earlier histories that could not be read any more, newest first. */
    val damaged: StateFlow<List<DamagedHistory>> get() = history.damaged.all

    /** What the user has to know now. */
    val note: StateFlow<Note?> = notes.asStateFlow()

    /** Forgets everything after a while in which [undo] brings it back. */
    fun clear() {
        val before = clearing
        var isUndone = false
        val job =
            scope.launch {
                before?.job?.cancelAndJoin()
                history.hide()
                notes.value = Note.Cleared
                try {
                    delay(UNDO_MS)
                } finally {
                    // Whoever leaves the app meanwhile wanted it cleared.
                    withContext(NonCancellable) { if (isUndone) history.unhide() else history.deleteHidden() }
                    notes.compareAndSet(Note.Cleared, null)
                }
            }
        clearing = Clearing(job) { isUndone = true }
    }

    fun undo() {
        clearing?.run {
            undo()
            job.cancel()
        }
    }

    /** Writes what fits into a document that [open] gives. */
    fun export(
        format: ExportFormat,
        search: suspend () -> Search,
        open: () -> OutputStream,
    ) = write { Note.Exported(open().bufferedWriter().use { history.export(search(), format, it) }) }

    /** Writes what is left of damaged histories into a document that [open] gives. */
    fun saveDamaged(open: () -> OutputStream) =
        write {
            history.damaged.copy(open())
            Note.DamagedSaved
        }

    /** Forgets damaged histories for good. */
    fun deleteDamaged() {
        scope.launch { withContext(io) { history.damaged.delete() } }
    }

    private fun write(work: suspend () -> Note) {
        scope.launch {
            notes.value = Note.Exporting
            val outcome = runCatching { withContext(io) { work() } }.getOrElse { Note.ExportFailed(it.message.orEmpty()) }
            notes.value = outcome
            delay(UNDO_MS)
            notes.compareAndSet(outcome, null)
        }
    }

    /** The user has read it. */
    fun dismiss() {
        notes.value = null
    }

    internal companion object {
        /** Long enough to read it, find the button and press it, without sight, too. */
        const val UNDO_MS = 10_000L
    }
}
