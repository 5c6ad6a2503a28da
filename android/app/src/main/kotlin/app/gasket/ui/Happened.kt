package app.gasket.ui

import android.content.res.Resources
import app.gasket.R
import app.gasket.bridge.Trigger

/** The text for what happened to the phone, with a place for how long ago. */
internal fun wordOf(trigger: Trigger): Int =
    when (trigger) {
        Trigger.BOOT -> R.string.when_boot
        Trigger.CONNECTIVITY -> R.string.when_connectivity
        Trigger.SIM_CHANGE -> R.string.when_sim_change
        Trigger.SERVICE_CHANGE -> R.string.when_service_change
        Trigger.SCREEN_ON -> R.string.when_screen_on
        Trigger.UNLOCK -> R.string.when_unlock
        Trigger.ALARM -> R.string.when_alarm
        Trigger.PACKAGE_CHANGE -> R.string.when_package_change
        Trigger.SCREEN_OFF -> R.string.when_screen_off
        Trigger.CHARGING -> R.string.when_charging
        Trigger.TIME_ZONE -> R.string.when_time_zone
        Trigger.AIRPLANE -> R.string.when_airplane
    }

/** So many seconds after it, in the words of [text]. */
internal fun secondsAfter(
    text: Int,
    seconds: Int,
    resources: Resources,
): String = resources.getString(text, resources.getQuantityString(R.plurals.seconds, seconds, seconds))
