package app.gasket.ui

import app.gasket.history.History
import app.gasket.history.Sent
import app.gasket.rules.AppChoice
import app.gasket.rules.Now
import app.gasket.rules.OWN_PACKAGE
import app.gasket.rules.Settings
import app.gasket.rules.inForce
import app.gasket.vpn.InstalledApp
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn

/** One app of the list, with what the user chose for it and what the history says of it. */
data class AppRow(
    val app: InstalledApp,
    val choice: AppChoice,
    /** Other packages with the same user id: Android cannot tell their traffic apart. */
    val sharers: List<String> = emptyList(),
    /** Until when it is allowed everything, in milliseconds since 1970; null if it is not. */
    val allowedUntilMs: Long? = null,
    /** Of the last seven days. */
    val sent: Sent = Sent(0, 0),
) {
    /** It, and what cannot be told apart from it. */
    val packages: List<String> get() = sharers + app.packageName
}

/** What comes first in the list. */
enum class AppOrder { LEAKS, NAME, DATA }

/** Lists the apps. */
class AppsPresenter(
    scope: CoroutineScope,
    apps: Flow<List<InstalledApp>>,
    store: SettingsStore,
    history: History,
    private val saved: Saved,
    now: () -> Now,
) {
    /** What outlives the process. */
    class Saved(
        val query: MutableStateFlow<String>,
        val order: MutableStateFlow<AppOrder>,
    )

    /** What the user looks for. */
    val query: StateFlow<String> = saved.query.asStateFlow()

    val order: StateFlow<AppOrder> = saved.order.asStateFlow()

    /** Every app, with what is known of it. */
    val all: Flow<List<AppRow>> =
        combine(apps, store.settings.inForce(now), history.revision.map { history.sent(now().wallMs - WEEK_MS) }) { apps, settings, sent ->
            rowsOf(apps, settings, sent, now())
        }

    /** The apps that match, in order. Null while they are read for the first time. */
    val rows: StateFlow<List<AppRow>?> = combine(all, saved.query, saved.order, ::ordered).stateIn(scope, WhileShown, null)

    fun lookFor(text: String) {
        saved.query.value = typed(text)
    }

    fun orderBy(order: AppOrder) {
        saved.order.value = order
    }

    internal companion object {
        fun rowsOf(
            apps: List<InstalledApp>,
            settings: Settings,
            sent: Map<String, Sent>,
            now: Now,
        ): List<AppRow> {
            val byUid = apps.groupBy({ it.uid }, { it.packageName })
            val byPackage = byPackage(sent)
            return apps.filter { it.packageName != OWN_PACKAGE }.map { app ->
                val sharers = byUid.getValue(app.uid) - app.packageName
                AppRow(
                    app = app,
                    choice = settings.choiceFor(app.packageName),
                    sharers = sharers,
                    allowedUntilMs = settings.allowedUntilMs(sharers + app.packageName, now),
                    sent = byPackage[app.packageName] ?: Sent(0, 0),
                )
            }
        }

        /** A sender may be several packages, none of which is known to be it: each counts. */
        private fun byPackage(sent: Map<String, Sent>): Map<String, Sent> =
            sent
                .flatMap { (sender, what) -> sender.split(' ').map { it to what } }
                .groupingBy { it.first }
                .fold(Sent(0, 0)) { sum, (_, what) -> Sent(sum.leaks + what.leaks, sum.bytesLeft + what.bytesLeft) }

        /** Those with a choice of their own first; among equals those that came with the phone, which nobody chose. */
        fun ordered(
            rows: List<AppRow>,
            query: String,
            order: AppOrder,
        ): List<AppRow> {
            val words = query.trim()
            val most: (AppRow) -> Long =
                when (order) {
                    AppOrder.LEAKS -> ({ it.sent.leaks.toLong() })
                    AppOrder.DATA -> ({ it.sent.bytesLeft })
                    AppOrder.NAME -> ({ 0 })
                }
            return rows
                .filter { it.app.label.contains(words, ignoreCase = true) || it.app.packageName.contains(words, ignoreCase = true) }
                .sortedWith(
                    compareBy({ it.choice == AppChoice() }, { -most(it) }, { !it.app.isPreinstalled }, { it.app.label.lowercase() }),
                )
        }
    }
}
