package app.gasket.ui

import app.gasket.bridge.IdentifierKind
import app.gasket.rules.OwnIdentifier
import app.gasket.vpn.IdentifierStore
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.launch
import kotlinx.serialization.ExperimentalSerializationApi

/** What the user typed in, and whether the key to look for it is there. */
data class IdentifiersState(
    val entries: List<OwnIdentifier> = emptyList(),
    val isReadable: Boolean = true,
)

/** Takes what the user types in, and forgets it. */
class IdentifiersPresenter(
    private val scope: CoroutineScope,
    private val store: IdentifierStore,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    private val typing = MutableStateFlow(Draft())
    val draft: StateFlow<Draft> = typing.asStateFlow()

    val state: StateFlow<IdentifiersState> =
        combine(store.all, store.isReadable) { entries, isReadable ->
            IdentifiersState(entries, isReadable || entries.isEmpty())
        }.stateIn(scope, WhileShown, IdentifiersState())

    /** Begins anew. */
    fun begin() {
        typing.value = Draft()
        scope.launch(dispatcher) { store.unlock() }
    }

    fun add(
        kind: IdentifierKind,
        value: String,
    ) {
        scope.launch(dispatcher) {
            typing.value =
                runCatching {
                    store.add(nameOf(kind), value)
                    Draft(isDone = true)
                }.getOrElse { Draft(problem = it.message.orEmpty()) }
        }
    }

    fun forget(identifier: OwnIdentifier) {
        scope.launch(dispatcher) { store.forget(identifier) }
    }

    companion object {
        /** The engine's name of a kind. */
        @OptIn(ExperimentalSerializationApi::class)
        fun nameOf(kind: IdentifierKind): String = IdentifierKind.serializer().descriptor.getElementName(kind.ordinal)

        fun kindOf(name: String): IdentifierKind? = IdentifierKind.entries.firstOrNull { nameOf(it) == name }
    }
}
