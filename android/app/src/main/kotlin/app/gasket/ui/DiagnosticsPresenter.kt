package app.gasket.ui

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.stateIn

/** The report as it is shown before it is shared. */
data class DiagnosticsState(
    /** Null while it is made. */
    val text: String? = null,
)

/** Makes the report anew each time somebody looks. */
@OptIn(ExperimentalCoroutinesApi::class)
class DiagnosticsPresenter(
    scope: CoroutineScope,
    /** Whether it is looked at. */
    private val isOpen: MutableStateFlow<Boolean>,
    gather: suspend () -> DiagnosticInputs,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    private val made =
        flow {
            emit(DiagnosticsState())
            emit(DiagnosticsState(Diagnostics.of(gather())))
        }.flowOn(dispatcher)

    /** Null while nobody looks. */
    val state: StateFlow<DiagnosticsState?> =
        isOpen.flatMapLatest { isOpen -> if (isOpen) made else flowOf(null) }.stateIn(scope, WhileShown, null)

    fun open() {
        isOpen.value = true
    }

    fun close() {
        isOpen.value = false
    }
}
