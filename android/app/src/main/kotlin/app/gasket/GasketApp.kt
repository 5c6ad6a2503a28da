package app.gasket

import android.app.Application
import app.gasket.history.History
import app.gasket.vpn.InstalledApps
import app.gasket.vpn.Protection
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.flow.MutableStateFlow
import java.io.File

/** The process. Holds what outlives every screen and every run of the service. */
class GasketApp : Application() {
    val settings by lazy { SettingsStore(File(filesDir, "settings.json")) }
    val history by lazy { History(this) }
    val installedApps by lazy { InstalledApps(this) }

    /** Whether the phone is protected; only the service changes it. */
    internal val protection = MutableStateFlow<Protection>(Protection.Off())
}
