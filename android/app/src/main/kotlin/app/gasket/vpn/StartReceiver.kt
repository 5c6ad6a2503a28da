package app.gasket.vpn

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.net.VpnService
import app.gasket.GasketApp
import app.gasket.bridge.Trigger

/** Brings protection back after the phone was switched on, and after an update of the app. */
class StartReceiver : BroadcastReceiver() {
    override fun onReceive(
        context: Context,
        intent: Intent,
    ) {
        if (intent.action !in ACTIONS) return
        val app = context.applicationContext as GasketApp
        if (!app.settings.settings.value.isWanted) return
        if (VpnService.prepare(context) == null) {
            if (intent.action == Intent.ACTION_BOOT_COMPLETED) app.starts.trySend(Trigger.BOOT)
            GasketVpnService.startAgain(context)
        } else {
            app.protection.value = Protection.ConsentNeeded
        }
    }

    private companion object {
        val ACTIONS = setOf(Intent.ACTION_BOOT_COMPLETED, Intent.ACTION_MY_PACKAGE_REPLACED)
    }
}
