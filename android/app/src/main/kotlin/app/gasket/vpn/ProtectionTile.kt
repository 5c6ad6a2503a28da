package app.gasket.vpn

import android.app.PendingIntent
import android.content.Intent
import android.net.VpnService
import android.os.Build
import android.service.quicksettings.Tile
import android.service.quicksettings.TileService
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.ui.MainActivity
import app.gasket.ui.titleOf
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch

/** Protection among the quick settings: how it stands, and a touch switches it. */
class ProtectionTile : TileService() {
    private val app get() = application as GasketApp
    private var following: Job? = null

    override fun onStartListening() {
        following = CoroutineScope(Dispatchers.Main.immediate).launch { app.protection.collect(::show) }
    }

    override fun onStopListening() {
        following?.cancel()
    }

    /** Nobody switches protection off on a locked phone. */
    override fun onClick() = if (isLocked) unlockAndRun(::switch) else switch()

    private fun switch() {
        when {
            app.protection.value.isOn -> GasketVpnService.stop(this)
            VpnService.prepare(this) == null -> GasketVpnService.start(this)
            else -> ask()
        }
    }

    /** The consent can only be asked for by a window. */
    @Suppress("DEPRECATION")
    private fun ask() {
        val wish = MainActivity.switchOn(this)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) {
            startActivityAndCollapse(PendingIntent.getActivity(this, 0, wish, PendingIntent.FLAG_IMMUTABLE))
        } else {
            startActivityAndCollapse(wish.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))
        }
    }

    private fun show(protection: Protection) {
        val tile = qsTile ?: return
        tile.state = if (protection.isOn) Tile.STATE_ACTIVE else Tile.STATE_INACTIVE
        tile.label = getString(R.string.app_name)
        tile.contentDescription = getString(R.string.bar, getString(R.string.app_name), getString(titleOf(protection)))
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) tile.subtitle = getString(titleOf(protection))
        tile.updateTile()
    }
}
