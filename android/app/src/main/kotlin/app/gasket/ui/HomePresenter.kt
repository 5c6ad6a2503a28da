package app.gasket.ui

import app.gasket.history.History
import app.gasket.history.Tally
import app.gasket.vpn.Protection
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.map

/** What the home screen shows. */
data class HomeState(
    val protection: Protection,
    val today: Tally,
) {
    /** Whether the switch is on: the user's wish is being fulfilled, even if only by silence. */
    val isOn: Boolean get() = protection is Protection.On || protection is Protection.Starting || protection is Protection.Swallowing
}

/** Puts [HomeState] together. */
class HomePresenter(
    protection: Flow<Protection>,
    history: History,
    startOfToday: () -> Long,
) {
    val states: Flow<HomeState> =
        combine(protection, history.revision.map { history.tally(startOfToday()) }, ::HomeState)
}
