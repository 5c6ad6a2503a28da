package app.gasket.ui

import app.gasket.vpn.Protection
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.stateIn

/** What a new user is told, in this order. */
enum class IntroductionStep {
    /** What Gasket does and cannot do. */
    WHAT,

    /** Why Android asks about a VPN. */
    CONSENT,

    /** What only the user can switch on, in the system's settings. */
    ALWAYS_ON,
}

data class IntroductionState(
    val step: IntroductionStep,
    val isOn: Boolean,
)

/** Leads a new user through the steps once; where it was left off, it goes on. */
class IntroductionPresenter(
    scope: CoroutineScope,
    private val store: SettingsStore,
    protection: Flow<Protection>,
) {
    /** Null once it is over. */
    val states: StateFlow<IntroductionState?> =
        combine(store.settings, protection) { settings, now -> stateOf(settings.introduction, now) }
            // At once, so that the screen behind it is not seen for a moment.
            .stateIn(scope, SharingStarted.Eagerly, stateOf(store.settings.value.introduction, Protection.Off()))

    fun next() = store.change { it.copy(introduction = it.introduction + 1) }

    fun skip() = store.change { it.copy(introduction = OVER) }

    companion object {
        val OVER = IntroductionStep.entries.size

        private fun stateOf(
            steps: Int,
            protection: Protection,
        ) = IntroductionStep.entries.getOrNull(steps)?.let { step ->
            IntroductionState(step, protection is Protection.On || protection is Protection.Starting)
        }
    }
}
