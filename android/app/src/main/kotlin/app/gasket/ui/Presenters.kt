package app.gasket.ui

import android.net.ConnectivityManager
import android.os.Build
import android.util.Log
import androidx.lifecycle.SavedStateHandle
import androidx.lifecycle.ViewModel
import androidx.lifecycle.ViewModelProvider.AndroidViewModelFactory.Companion.APPLICATION_KEY
import androidx.lifecycle.createSavedStateHandle
import androidx.lifecycle.viewModelScope
import androidx.lifecycle.viewmodel.initializer
import androidx.lifecycle.viewmodel.viewModelFactory
import app.gasket.GasketApp
import app.gasket.bridge.CaptureReport
import app.gasket.bridge.RuleBook
import app.gasket.rules.EngineConfig
import app.gasket.vpn.Answer
import app.gasket.vpn.NetworkState
import app.gasket.vpn.answer
import app.gasket.vpn.otherVpn
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.plus
import kotlinx.coroutines.withTimeoutOrNull
import java.io.InputStream

/** A state outlives a turn of the phone, in which nobody looks for a moment. */
internal val WhileShown = SharingStarted.WhileSubscribed(stopTimeoutMillis = 5_000)

/** What the screen of rules works with. */
class RulesPresenters(
    val rules: RulesPresenter,
    val own: OwnRulesPresenter,
    val import: RuleImport,
)

/** Looks into a capture as the user set it: with their rules, and their own numbers as far as this phone still has their key. */
private suspend fun GasketApp.examine(source: InputStream): CaptureReport {
    identifiers.unlock()
    if (!knowsPlaces) Log.w("Gasket", "a capture without countries")
    return CaptureReport.read(source, EngineConfig.ofCapture(identifiers.settings.first()).toJson())
}

private val GasketApp.version: String get() = packageManager.getPackageInfo(packageName, 0).versionName.orEmpty()

private const val LONGEST_LOOK_MS = 1_000L

/** All that a report is made of, as it is now. */
private suspend fun GasketApp.diagnose(): DiagnosticInputs {
    // Behind another app's VPN Android may have nothing to tell.
    val beneath = withTimeoutOrNull(LONGEST_LOOK_MS) { network.first() } ?: NetworkState()
    val system = DiagnosticInputs.System(protection.value, alwaysOn.value, beneath, mayNotify.value)
    val chosen = settings.settings.value
    return DiagnosticInputs(
        version = version,
        api = Build.VERSION.SDK_INT,
        settings = chosen,
        system = system,
        history = DiagnosticInputs.History(history.tally(0), getDatabasePath("history.db").length(), history.outages()),
        book = runCatching { RuleBook.read(chosen.rules.files) }.getOrNull(),
        nowMs = System.currentTimeMillis(),
    )
}

/** What outlives the window: a turn of the phone, another language, another theme. */
class Presenters(
    app: GasketApp,
    saved: SavedStateHandle,
) : ViewModel() {
    /** A screen that cannot be filled, because the history is damaged or the disk full, ends nothing but itself. */
    private val scope = viewModelScope + CoroutineExceptionHandler { _, why -> Log.e("Gasket", "a screen is not filled", why) }

    /** What is shown. */
    internal val screen: MutableStateFlow<Screen> = saved.getMutableStateFlow("screen", Screen.HOME)

    /** What apps are called, by package. Nobody waits for it: until then they go by their package. */
    val labels: StateFlow<Map<String, String>> =
        app.installedApps.apps
            .map { apps -> apps.associate { it.packageName to it.label } }
            .stateIn(scope, WhileShown, emptyMap())
    internal val icons = AppIcons(app.packageManager)
    val home =
        HomePresenter(
            scope = scope,
            store = app.settings,
            history = app.history,
            system =
                HomePresenter.System(
                    protection = app.protection,
                    alwaysOn = app.alwaysOn,
                    otherVpn = otherVpn(app.getSystemService(ConnectivityManager::class.java)),
                    mayNotify = app.mayNotify,
                    isRestricted = app.isRestricted,
                    canary = app.canary.state,
                    questions = app.questions.open,
                    answer = { question, allow ->
                        val owner = ownerName(question.event.app, app.resources, labels.value)
                        app.answer(Answer(question.id, allow), owner)
                    },
                ),
            test = app.canary::wish,
            openedId = saved.getMutableStateFlow("home.opened", NONE),
        )
    val history =
        HistoryPresenter(
            scope = scope,
            history = app.history,
            names = labels.map { LocalNames(app, it) },
            saved =
                HistoryPresenter.Saved(
                    saved.getMutableStateFlow("history.filters", ""),
                    saved.getMutableStateFlow("history.opened", NONE),
                ),
        )
    val line =
        LinePresenter(
            scope = scope,
            store = app.settings,
            now = app.clock::now,
            evidence = EvidencePresenter(scope, app.history, evidenceFolder(app)),
        )
    val apps =
        AppsPresenter(
            scope = scope,
            apps = app.installedApps.apps,
            store = app.settings,
            history = app.history,
            saved =
                AppsPresenter.Saved(
                    saved.getMutableStateFlow("apps.search", ""),
                    saved.getMutableStateFlow("apps.order", AppOrder.LEAKS),
                ),
            now = app.clock::now,
        )
    val app =
        AppPresenter(
            scope = scope,
            rows = apps.all,
            store = app.settings,
            history = app.history,
            saved = AppPresenter.Saved(saved.getMutableStateFlow("app.opened", ""), saved.getMutableStateFlow("app.line", NONE)),
            now = app.clock::now,
        )
    val rules =
        RulesPresenters(
            RulesPresenter(
                scope,
                app.settings,
                RulesPresenter.Saved(saved.getMutableStateFlow("rules.search", ""), saved.getMutableStateFlow("rules.opened", "")),
                read = { files -> runCatching { RuleBook.read(files) }.onFailure { Log.e("Gasket", "no rules to show", it) }.getOrNull() },
            ),
            OwnRulesPresenter(scope, app.settings),
            RuleImport(scope, app.settings, app.history),
        )
    val settings = SettingsPresenter(app.settings)
    val dns = DnsPresenter(app.settings)
    val proof = ProofPresenter(scope, app.history)
    val backup = BackupPresenter(scope, app.settings)
    val introduction = IntroductionPresenter(scope, app.settings, app.protection)
    val capture =
        CapturePresenter(
            scope,
            DocumentReader(app.contentResolver).let { CapturePresenter.Library(it::open, it::nameOf) { source -> app.examine(source) } },
            saved.getMutableStateFlow("capture.place", ""),
        )
    val diagnostics = DiagnosticsPresenter(scope, saved.getMutableStateFlow("diagnostics.open", false), app::diagnose)
    val licences =
        LicencesPresenter(scope, saved.getMutableStateFlow("licences.open", false), read = {
            app.assets
                .open("licences.json")
                .use { it.readBytes() }
                .decodeToString()
        })
    val about = AboutPresenter(scope, app.version, read = { runCatching { RuleBook.read().pack }.getOrNull() })
    val identifiers = IdentifiersPresenter(scope, app.identifiers)

    companion object {
        val Factory =
            viewModelFactory {
                initializer { Presenters(checkNotNull(this[APPLICATION_KEY]) as GasketApp, createSavedStateHandle()) }
            }
    }
}
