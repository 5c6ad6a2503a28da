package app.gasket.vpn

import android.os.Build
import android.telephony.TelephonyManager

/** The state of each SIM slot ([TelephonyManager.getSimState]), which no permission guards. */
internal data class SimSlots(
    val states: List<Int>,
) {
    companion object {
        fun of(telephony: TelephonyManager): SimSlots = SimSlots(List(slots(telephony), telephony::getSimState))

        @Suppress("DEPRECATION")
        private fun slots(telephony: TelephonyManager): Int =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) telephony.activeModemCount else telephony.phoneCount
    }
}
