package app.gasket.vpn

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import app.gasket.R
import app.gasket.history.Tally
import app.gasket.ui.MainActivity
import app.gasket.ui.canaryText
import app.gasket.ui.momentText
import app.gasket.ui.titleOf

/** The ongoing notification, and that protection ended. */
internal class Notifications(
    private val context: Context,
    private val manager: NotificationManager,
) {
    init {
        manager.createNotificationChannels(
            listOf(
                NotificationChannel(STATUS_CHANNEL, context.getString(R.string.status_channel), NotificationManager.IMPORTANCE_LOW),
                NotificationChannel(ALERT_CHANNEL, context.getString(R.string.alert_channel), NotificationManager.IMPORTANCE_DEFAULT),
                // Shown above whatever is on the screen: there is little time.
                NotificationChannel(ASK_CHANNEL, context.getString(R.string.ask_channel), NotificationManager.IMPORTANCE_HIGH),
            ),
        )
    }

    /** Keeps the ongoing notification true. */
    fun show(
        protection: Protection,
        tally: Tally?,
    ) {
        // That protection ended is no news any more.
        if (protection is Protection.On) manager.cancel(STATE_ID)
        manager.notify(STATUS_ID, status(protection, tally))
    }

    fun status(
        protection: Protection,
        tally: Tally?,
    ): Notification =
        builder(STATUS_CHANNEL)
            .setContentTitle(context.getString(titleOf(protection)))
            .setContentText(statusText(context, protection, tally))
            .setOngoing(true)
            .setOnlyAlertOnce(true)
            .apply { statusActions(context, protection).forEach(::addAction) }
            .build()

    /** Says that a test failed, until a later one does not or protection ends. */
    fun show(canary: CanaryResult?) {
        if (canary?.outcome?.isAlarm != true) return manager.cancel(CANARY_ID)
        val said = context.getString(canaryText(canary.outcome), momentText(context, canary.atMs))
        val text = "$said ${context.getString(R.string.canary_remedy)}"
        val notification =
            builder(ALERT_CHANNEL)
                .setContentTitle(context.getString(R.string.canary_alarm))
                .setContentText(text)
                .setStyle(Notification.BigTextStyle().bigText(text))
                .setOngoing(true)
                .build()
        manager.notify(CANARY_ID, notification)
    }

    fun tellRevoked() = tell(R.string.status_off, R.string.revoked_text, R.string.return_to_gasket)

    fun tellConsentNeeded() = tell(R.string.status_consent, R.string.consent_needed_text, R.string.return_to_gasket)

    fun tellFailed() = tell(R.string.status_off, R.string.failed_text, R.string.return_to_gasket)

    fun openApp(): PendingIntent = activity(context, Intent(context, MainActivity::class.java))

    private fun tell(
        title: Int,
        text: Int,
        offer: Int,
    ) {
        // The consent can only be asked for by a window.
        val wish = activity(context, MainActivity.switchOn(context))
        val notification =
            builder(ALERT_CHANNEL)
                .setContentTitle(context.getString(title))
                .setContentText(context.getString(text))
                .setStyle(Notification.BigTextStyle().bigText(context.getString(text)))
                .addAction(Notification.Action.Builder(null, context.getString(offer), wish).build())
                .setAutoCancel(true)
                .build()
        manager.notify(STATE_ID, notification)
    }

    private fun builder(channel: String) =
        Notification
            .Builder(context, channel)
            .setSmallIcon(R.drawable.ic_status)
            .setContentIntent(openApp())

    companion object {
        const val STATUS_ID = 1
        private const val STATE_ID = 3
        const val CANARY_ID = 8
        const val STATUS_CHANNEL = "status"
        const val ALERT_CHANNEL = "alerts"
        const val ASK_CHANNEL = "questions"

        private const val MINUTE_MS = 60_000L
        const val SHORT_PAUSE_MS = 5 * MINUTE_MS
        const val LONG_PAUSE_MS = 60 * MINUTE_MS

        /** Enough to read a form and to wait for a text message with a code. */
        const val PORTAL_PAUSE_MS = 10 * MINUTE_MS

        /** Opens a window of ours. */
        fun activity(
            context: Context,
            intent: Intent,
        ): PendingIntent = PendingIntent.getActivity(context, 0, intent, PendingIntent.FLAG_IMMUTABLE)
    }
}
