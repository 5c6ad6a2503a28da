package app.gasket

import android.app.Application
import android.net.ConnectivityManager
import android.util.Log
import app.gasket.bridge.Engine
import app.gasket.bridge.Trigger
import app.gasket.history.History
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.Canary
import app.gasket.vpn.IdentifierStore
import app.gasket.vpn.InstalledApps
import app.gasket.vpn.KeyVault
import app.gasket.vpn.LearnedStore
import app.gasket.vpn.NetworkMonitor
import app.gasket.vpn.PhoneClock
import app.gasket.vpn.Protection
import app.gasket.vpn.Questions
import app.gasket.vpn.SettingsStore
import app.gasket.vpn.untilTunnelled
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.shareIn
import java.io.File

/** The process. Holds what outlives every screen and every run of the service. */
open class GasketApp : Application() {
    /** What is done for all who look, while there are any. */
    internal val shared = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    val settings by lazy { SettingsStore(File(filesDir, "settings.json")) }
    val identifiers by lazy { IdentifierStore(settings, KeyVault(File(noBackupFilesDir, "identifiers.key"))) }
    val learned by lazy { LearnedStore(File(noBackupFilesDir, "learned"), KeyVault(File(noBackupFilesDir, "learned.key"))) }
    val clock by lazy { PhoneClock(this) }
    val history by lazy { History(this) }
    val installedApps by lazy { InstalledApps(this, shared) }

    /** What apps want to send and the user has not answered yet. */
    val questions by lazy { Questions() }

    /** Whether the engine knows countries and networks: without them it protects as well, and says less. */
    internal val knowsPlaces by lazy {
        runCatching { Engine.knowPlaces(assets.open("places.bin").use { it.readBytes() }) }
            .onFailure { Log.e("Gasket", "countries and networks stay unknown", it) }
            .isSuccess
    }

    /** Whether the phone is protected; only the service changes it. */
    internal val protection = MutableStateFlow<Protection>(Protection.Off())

    /** The network beneath the tunnel, watched by all together: whoever begins while there is a tunnel is told of it late. */
    internal val network by lazy {
        NetworkMonitor(getSystemService(ConnectivityManager::class.java))
            .states
            .shareIn(shared, WHILE_WATCHED, replay = 1)
    }

    /** Tests the whole path, wherever there is protection. */
    internal val canary by lazy { Canary(untilTunnelled = { untilTunnelled(getSystemService(ConnectivityManager::class.java)) }) }

    /** What the system's VPN settings say; null where Android does not tell, or not yet. */
    internal val alwaysOn = MutableStateFlow<AlwaysOn?>(null)

    /** Whether the user sees our notifications; the window looks. */
    internal val mayNotify = MutableStateFlow(true)

    /** Whether the user, or the phone, has Android keep us from working unseen; the window looks. */
    internal val isRestricted = MutableStateFlow(false)

    /** What happened to the phone before there was an engine to tell. */
    internal val starts = Channel<Trigger>(capacity = 1, onBufferOverflow = BufferOverflow.DROP_OLDEST)

    private companion object {
        /** The gap between one engine and the next is no end. */
        val WHILE_WATCHED = SharingStarted.WhileSubscribed(stopTimeoutMillis = 10_000, replayExpirationMillis = 0)
    }
}
