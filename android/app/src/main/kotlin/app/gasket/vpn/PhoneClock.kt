package app.gasket.vpn

import android.content.Context
import android.os.SystemClock
import android.provider.Settings
import app.gasket.rules.Now

/** Reads the phone's clocks. */
class PhoneClock(
    context: Context,
) {
    private val boot = Settings.Global.getInt(context.contentResolver, Settings.Global.BOOT_COUNT, 0)

    fun now(): Now = Now(System.currentTimeMillis(), SystemClock.elapsedRealtime(), boot)
}
