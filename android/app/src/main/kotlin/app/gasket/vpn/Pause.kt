package app.gasket.vpn

import android.app.AlarmManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.util.Log
import app.gasket.history.History
import app.gasket.history.OutageCause
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow

/** A rest that ends by itself: by a timer of ours, and by an alarm of the system where the phone sleeps. */
internal class Pause(
    private val context: Context,
    private val settings: SettingsStore,
    private val protection: MutableStateFlow<Protection>,
    private val clock: () -> Long = System::currentTimeMillis,
) {
    private val alarms = context.getSystemService(AlarmManager::class.java)

    /** Waits for the end of a pause, if there is one. */
    suspend fun rest(history: History) {
        val left = settings.settings.value.pauseLeftMs(clock())
        if (left > 0) {
            val until = clock() + left
            protection.value = Protection.Paused(until)
            runCatching { history.protectionEnded(clock(), OutageCause.PAUSED) }
                .onFailure { Log.e("Gasket", "the pause was not written down", it) }
            alarms.setAndAllowWhileIdle(AlarmManager.RTC_WAKEUP, until, resume())
            try {
                delay(left)
            } finally {
                alarms.cancel(resume())
            }
        }
        settings.change { it.copy(pausedUntilMs = 0) }
    }

    private fun resume(): PendingIntent {
        val start = Intent(context, GasketVpnService::class.java).setAction(GasketVpnService.ACTION_START)
        return PendingIntent.getForegroundService(context, 0, start, PendingIntent.FLAG_IMMUTABLE)
    }
}
