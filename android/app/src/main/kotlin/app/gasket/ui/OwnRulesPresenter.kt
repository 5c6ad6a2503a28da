package app.gasket.ui

import app.gasket.bridge.RuleBook
import app.gasket.rules.OwnAction
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

/** Takes the user's own rules for names and addresses, and forgets them. */
class OwnRulesPresenter(
    private val scope: CoroutineScope,
    private val store: SettingsStore,
    private val read: (String) -> String = RuleBook::target,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    private val typing = MutableStateFlow(Draft())
    val draft: StateFlow<Draft> = typing.asStateFlow()

    /** Begins anew. */
    fun begin() {
        typing.value = Draft()
    }

    /** Takes what was typed, or says what is wrong with it. */
    fun add(
        typed: String,
        action: OwnAction,
    ) {
        scope.launch(dispatcher) {
            typing.value =
                runCatching {
                    choose(read(typed), action)
                    Draft(isDone = true)
                }.getOrElse { Draft(problem = it.message.orEmpty()) }
        }
    }

    fun choose(
        target: String,
        action: OwnAction,
    ) = store.change { it.copy(rules = it.rules.copy(own = it.rules.own + (target to action))) }

    fun remove(target: String) = store.change { it.copy(rules = it.rules.copy(own = it.rules.own - target)) }
}
