package app.gasket.vpn

import android.app.AlarmManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import app.gasket.rules.Now
import app.gasket.rules.inForce
import app.gasket.rules.nextEndMs

/** Ends what apps are allowed for a while, also where the phone sleeps and no timer of ours runs. */
internal class AllowAlarm(
    private val context: Context,
    private val store: SettingsStore,
    private val now: () -> Now,
) {
    private val alarms = context.getSystemService(AlarmManager::class.java)

    /** Has the system wake us at each end, until cancelled. */
    suspend fun keep() {
        try {
            store.settings.collect { settings ->
                val at = now()
                val left = settings.nextEndMs(at)
                if (left == null) {
                    alarms.cancel(wake())
                } else {
                    alarms.setAndAllowWhileIdle(AlarmManager.ELAPSED_REALTIME_WAKEUP, at.sinceBootMs + left, wake())
                }
            }
        } finally {
            alarms.cancel(wake())
        }
    }

    /** Forgets what has ended; whoever follows the settings then knows. */
    fun end() = store.change { it.inForce(now()) }

    private fun wake(): PendingIntent {
        val again = Intent(context, GasketVpnService::class.java).setAction(GasketVpnService.ACTION_START_AGAIN)
        return PendingIntent.getForegroundService(context, 0, again, PendingIntent.FLAG_IMMUTABLE)
    }
}
