package app.gasket.ui

import app.gasket.rules.BeaconSearch
import app.gasket.rules.Settings
import app.gasket.rules.Theme
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.flow.StateFlow

/** Takes the user's settings; what can be chosen is decided here, so that nothing wrong can be. */
class SettingsPresenter(
    private val store: SettingsStore,
) {
    val settings: StateFlow<Settings> = store.settings

    fun chooseMtu(bytes: Int) = store.change { it.copy(mtu = bytes) }

    fun relayLan(isWanted: Boolean) = store.change { it.copy(relaysLan = isWanted) }

    fun allowIpv6(isWanted: Boolean) = store.change { it.copy(ipv6 = isWanted) }

    fun lookForBeacons(among: BeaconSearch) = store.change { it.copy(beacons = among) }

    fun keepFor(days: Int) = store.change { it.copy(historyDays = days) }

    fun keepAtMost(megabytes: Int) = store.change { it.copy(historyMegabytes = megabytes) }

    /** Alerts of this family of leaks are given again. */
    fun unmute(family: String) = store.change { it.copy(mutedFamilies = it.mutedFamilies - family) }

    fun choose(theme: Theme) = store.change { it.copy(theme = theme) }

    fun useWallpaperColours(isWanted: Boolean) = store.change { it.copy(wallpaperColours = isWanted) }

    companion object {
        /** The least that IPv6 allows (RFC 8200), Ethernet's, and the engine's own. */
        val MTUS = listOf(1280, 1500, Settings.DEFAULT_MTU)
        val DAYS = listOf(7, 30, Settings.DEFAULT_HISTORY_DAYS, 365)
        val MEGABYTES = listOf(10, Settings.DEFAULT_HISTORY_MEGABYTES, 200)
    }
}
