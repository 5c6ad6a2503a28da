package app.gasket.ui

import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Network
import app.gasket.rules.Now
import app.gasket.rules.Settings
import app.gasket.rules.allowing
import app.gasket.rules.endingAllow
import app.gasket.rules.inForce
import app.gasket.vpn.InstalledApp
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.stateIn

/** One app of the list, with what the user chose for it. */
data class AppRow(
    val app: InstalledApp,
    val choice: AppChoice,
    /** Other packages with the same user id: Android cannot tell their traffic apart. */
    val sharers: List<String> = emptyList(),
    /** Until when it is allowed everything, in milliseconds since 1970; null if it is not. */
    val allowedUntilMs: Long? = null,
) {
    /** It, and what cannot be told apart from it. */
    val packages: List<String> get() = sharers + app.packageName
}

/** Lists the apps, and takes the user's choices. */
class AppsPresenter(
    scope: CoroutineScope,
    apps: Flow<List<InstalledApp>>,
    private val store: SettingsStore,
    private val search: MutableStateFlow<String>,
    private val now: () -> Now,
) {
    /** What the user looks for. */
    val query: StateFlow<String> = search.asStateFlow()

    /** The apps that match; those with a choice of their own first. Null while they are read for the first time. */
    val rows: StateFlow<List<AppRow>?> =
        combine(apps, store.settings.inForce(now), search) { apps, settings, query -> rowsOf(apps, settings, query, now()) }
            .stateIn(scope, WhileShown, null)

    fun lookFor(text: String) {
        search.value = text
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

    internal companion object {
        fun rowsOf(
            apps: List<InstalledApp>,
            settings: Settings,
            query: String,
            now: Now,
        ): List<AppRow> {
            val words = query.trim()
            val byUid = apps.groupBy({ it.uid }, { it.packageName })
            return apps
                .filter { it.label.contains(words, ignoreCase = true) || it.packageName.contains(words, ignoreCase = true) }
                .map { AppRow(it, settings.choiceFor(it.packageName), byUid.getValue(it.uid) - it.packageName) }
                .map { it.copy(allowedUntilMs = settings.allowedUntilMs(it.packages, now)) }
                .sortedBy { it.choice == AppChoice() }
        }
    }
}
