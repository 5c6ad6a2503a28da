package app.gasket.ui

import android.database.sqlite.SQLiteException
import app.gasket.history.Agreement
import app.gasket.history.ChainReport
import app.gasket.history.Proof
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

/** How far the check of the history is. */
sealed interface ProofState {
    data object None : ProofState

    data class Checking(
        /** So many lines were looked at. */
        val lines: Long = 0,
    ) : ProofState

    data class Failed(
        val why: String,
    ) : ProofState

    data class Done(
        val report: ChainReport,
        /** Whether the head that the user noted agrees; null where none was asked about. */
        val agreement: Agreement? = null,
    ) : ProofState
}

/** Has the history checked, and compared with what the user noted of it. */
class ProofPresenter(
    private val scope: CoroutineScope,
    private val proof: Proof,
) {
    private val current = MutableStateFlow<ProofState>(ProofState.None)
    private var job: Job? = null

    val state: StateFlow<ProofState> = current.asStateFlow()

    fun check() {
        current.value = ProofState.Checking()
        run {
            current.value =
                ProofState.Done(
                    proof.check { lines ->
                        current.update { if (it is ProofState.Checking) ProofState.Checking(lines) else it }
                    },
                )
        }
    }

    /** Ends the check, or takes what it found away. */
    fun dismiss() {
        job?.cancel()
        current.value = ProofState.None
    }

    /** Compares with a head that was noted. */
    fun compare(noted: String) {
        val done = (current.value as? ProofState.Done ?: return).copy(agreement = null)
        current.value = done
        run { current.value = done.copy(agreement = proof.agreesWith(noted)) }
    }

    private fun run(work: suspend () -> Unit) {
        job?.cancel()
        job =
            scope.launch {
                try {
                    work()
                } catch (e: SQLiteException) {
                    current.value = ProofState.Failed(e.message.orEmpty())
                }
            }
    }
}
