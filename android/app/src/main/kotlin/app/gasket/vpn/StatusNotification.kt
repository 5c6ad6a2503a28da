package app.gasket.vpn

import android.app.Notification
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import app.gasket.R
import app.gasket.history.Tally
import app.gasket.ui.momentText

/** What the ongoing notification says below its title. */
internal fun statusText(
    context: Context,
    protection: Protection,
    tally: Tally?,
): String? =
    when (protection) {
        is Protection.Swallowing -> context.getString(R.string.swallowing_text, protection.why)
        is Protection.Paused -> context.getString(R.string.paused_until, momentText(context, protection.untilMs))
        else if hasPortal(protection) -> context.getString(R.string.notice_captive)
        else -> tally?.let { context.resources.getQuantityString(R.plurals.stopped_today, it.blocked, it.blocked) }
    }

/** What can be done about it there. */
internal fun statusActions(
    context: Context,
    protection: Protection,
): List<Notification.Action> {
    val first =
        when (protection) {
            is Protection.On if hasPortal(protection) -> {
                listOf(pauseAction(context, R.string.pause_to_log_in, Notifications.PORTAL_PAUSE_MS))
            }

            is Protection.On -> {
                listOf(
                    pauseAction(context, R.string.pause_shortly, Notifications.SHORT_PAUSE_MS),
                    pauseAction(context, R.string.pause_long, Notifications.LONG_PAUSE_MS),
                )
            }

            is Protection.Paused -> {
                listOf(action(context, R.string.resume, GasketVpnService.ACTION_START))
            }

            else -> {
                emptyList()
            }
        }
    return first + action(context, R.string.stop, GasketVpnService.ACTION_STOP)
}

/** Extras do not tell one pending intent from another: each length has a number of its own. */
private fun pauseAction(
    context: Context,
    label: Int,
    lengthMs: Long,
) = action(context, label, GasketVpnService.ACTION_PAUSE, number = lengthMs.toInt()) { putExtra(GasketVpnService.EXTRA_PAUSE_MS, lengthMs) }

private fun hasPortal(protection: Protection) = protection is Protection.On && Notice.CaptivePortal in protection.notices

private fun action(
    context: Context,
    label: Int,
    action: String,
    number: Int = 0,
    add: Intent.() -> Unit = {},
): Notification.Action {
    val intent = Intent(context, GasketVpnService::class.java).setAction(action).apply(add)
    val flags = PendingIntent.FLAG_IMMUTABLE or PendingIntent.FLAG_UPDATE_CURRENT
    return Notification.Action
        .Builder(
            null,
            context.getString(label),
            PendingIntent.getForegroundService(context, number, intent, flags),
        ).build()
}
