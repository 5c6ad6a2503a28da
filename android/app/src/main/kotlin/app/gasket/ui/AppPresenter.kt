package app.gasket.ui

import app.gasket.history.Destinations
import app.gasket.history.History
import app.gasket.history.HistoryItem
import app.gasket.history.Place
import app.gasket.history.Search
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Network
import app.gasket.rules.Now
import app.gasket.rules.allowing
import app.gasket.rules.endingAllow
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn

/** What the page of an app shows. */
data class AppPage(
    val row: AppRow,
    val destinations: Destinations,
    /** The last lines, newest first. */
    val latest: List<HistoryItem.Told>,
)

/** Puts an app's page together, and takes the user's choices for it. */
class AppPresenter(
    scope: CoroutineScope,
    rows: Flow<List<AppRow>>,
    private val store: SettingsStore,
    private val history: History,
    private val saved: Saved,
    private val now: () -> Now,
) {
    /** What outlives the process. */
    class Saved(
        /** The package whose page is open; empty for none. */
        val packageName: MutableStateFlow<String>,
        val openedId: MutableStateFlow<Long>,
    )

    private class Past(
        val packageName: String,
        val destinations: Destinations,
        val latest: List<HistoryItem.Told>,
    )

    /** Null while no page is open, or it is not read yet. */
    @OptIn(ExperimentalCoroutinesApi::class)
    val page: StateFlow<AppPage?> =
        saved.packageName
            .flatMapLatest { name -> if (name.isEmpty()) flowOf(null) else history.revision.map { pastOf(name) } }
            .combine(rows) { past, rows ->
                val row = rows.firstOrNull { it.app.packageName == past?.packageName }
                if (past == null || row == null) null else AppPage(row, past.destinations, past.latest)
            }.stateIn(scope, WhileShown, null)

    /** The line whose details are looked at. */
    val opened: StateFlow<HistoryItem.Told?> = opened(scope, history, saved.openedId)

    private suspend fun pastOf(name: String) =
        Past(name, history.destinations(name), history.older(Search(packageName = name), Place.LAST, LATEST))

    /** Opens the page of a package; none with null. */
    fun open(packageName: String?) {
        saved.packageName.value = packageName.orEmpty()
    }

    fun openLine(id: Long?) {
        saved.openedId.value = id ?: NONE
    }

    /** Another way to treat the app. Takes effect at once, on open connections, too. */
    fun choose(
        packageName: String,
        mode: AppMode,
    ) = change(packageName) { it.copy(mode = mode) }

    /** Whether nothing of the app leaves on [network]. */
    fun blockOn(
        packageName: String,
        network: Network,
        isBlocked: Boolean,
    ) = change(packageName) { it.copy(blockedOn = if (isBlocked) it.blockedOn + network else it.blockedOn - network) }

    /** Nothing of the app, nor of those with its user id, is stopped for an hour. */
    fun allow(row: AppRow) = store.change { it.allowing(row.packages, now()) }

    /** The app is treated as before again. */
    fun endAllow(row: AppRow) = store.change { it.endingAllow(row.packages) }

    private fun change(
        packageName: String,
        change: (AppChoice) -> AppChoice,
    ) = store.change { it.with(packageName, change(it.choiceFor(packageName))) }

    private companion object {
        const val LATEST = 5
    }
}
