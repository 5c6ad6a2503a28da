package app.gasket.vpn

import android.app.Notification
import android.app.NotificationManager
import android.content.Context
import android.os.SystemClock
import app.gasket.R
import app.gasket.bridge.Decision
import app.gasket.bridge.family
import app.gasket.history.HistoryItem
import app.gasket.ui.MainActivity
import app.gasket.ui.Receipt

/** One notification for each family of leaks that was stopped; a repeated one replaces the last. */
internal class Alerts(
    private val context: Context,
    private val manager: NotificationManager,
    private val clock: () -> Long = SystemClock::elapsedRealtime,
) {
    private class Rung(
        val atMs: Long,
        val count: Int,
    )

    /** As many as the pack has families. */
    private val rung = HashMap<String, Rung>()

    /** Tells of what was stopped, but of no family that is [muted]. */
    fun tell(
        told: List<HistoryItem.Told>,
        muted: Set<String>,
    ) {
        // What the user was asked about has a notification of its own.
        val stopped = told.filter { it.event.verdict == Decision.BLOCK && it.event.asked == null }.groupBy { it.event.family }
        for ((family, lines) in stopped) if (family != null && family !in muted) show(family, lines)
        group()
    }

    private fun show(
        family: String,
        lines: List<HistoryItem.Told>,
    ) {
        val before = rung[family]?.takeIf { clock() - it.atMs < QUIET_MS }
        val now = Rung(before?.atMs ?: clock(), (before?.count ?: 0) + lines.size)
        rung[family] = now
        // Taken away by the user, who has seen it.
        if (before != null && family !in shown()) return
        manager.notify(family, ALERT_ID, notification(family, lines.last(), now.count, rings = before == null))
    }

    private fun notification(
        family: String,
        line: HistoryItem.Told,
        count: Int,
        rings: Boolean,
    ): Notification {
        val packages =
            line.event.app
                ?.packages
                .orEmpty()
        val receipt = Receipt.of(line.event, context.resources, labelsOf(context, packages))
        val times = context.resources.getQuantityString(R.plurals.times, count, count)
        val details = Notifications.activity(context, MainActivity.showLine(context, line.id))
        return builder()
            .setContentTitle(receipt.title)
            .setContentText(receipt.outcome)
            .setSubText(if (count == 1) family else context.getString(R.string.family_times, family, times))
            .setStyle(Notification.BigTextStyle().bigText(receipt.text))
            .setContentIntent(details)
            .setOnlyAlertOnce(!rings)
            .apply {
                alertActions(context, family, packages).forEach(::addAction)
                addAction(Notification.Action.Builder(null, context.getString(R.string.details), details).build())
            }.build()
    }

    /** Several stand together, beneath one that says so and makes no sound. */
    private fun group() {
        val count = shown().size
        if (count < 2) return manager.cancel(GROUP_ID)
        val summary =
            builder()
                .setContentTitle(context.getString(R.string.alert_channel))
                .setContentText(context.resources.getQuantityString(R.plurals.alerts, count, count))
                .setContentIntent(Notifications.activity(context, MainActivity.showLine(context, HistoryItem.UNWRITTEN)))
                .setGroupSummary(true)
                .build()
        manager.notify(GROUP_ID, summary)
    }

    /** Puts what was done about an alert in its place. */
    fun done(
        family: String,
        title: String,
        text: String,
        undo: Notification.Action,
    ) {
        manager.cancel(family, ALERT_ID)
        group()
        val notification =
            Notification
                .Builder(context, Notifications.STATUS_CHANNEL)
                .setSmallIcon(R.drawable.ic_status)
                .setContentTitle(title)
                .setContentText(text)
                .setContentIntent(Notifications.activity(context, MainActivity.showLine(context, HistoryItem.UNWRITTEN)))
                .addAction(undo)
                .setAutoCancel(true)
                .setTimeoutAfter(UNDO_MS)
                .build()
        manager.notify(family, DONE_ID, notification)
    }

    /** What was done is no more. */
    fun undone(family: String) = manager.cancel(family, DONE_ID)

    /** The families whose alerts the user sees. */
    private fun shown(): Set<String> =
        manager.activeNotifications
            .filter { it.id == ALERT_ID }
            .mapNotNull { it.tag }
            .toSet()

    private fun builder() =
        Notification
            .Builder(context, Notifications.ALERT_CHANNEL)
            .setSmallIcon(R.drawable.ic_status)
            .setGroup(GROUP)
            .setGroupAlertBehavior(Notification.GROUP_ALERT_CHILDREN)
            .setAutoCancel(true)

    companion object {
        private const val GROUP = "leaks"
        const val ALERT_ID = 2
        const val GROUP_ID = 4
        const val DONE_ID = 5

        /** Beacons come again by the hour, some ten times a day: a family rings twice a day at most. */
        const val QUIET_MS = 12 * 60 * 60 * 1000L

        /** As long as what an app is allowed for a while. */
        private const val UNDO_MS = 60 * 60 * 1000L
    }
}

/** What apps are called, by package; those that are gone go by their package. */
internal fun labelsOf(
    context: Context,
    packages: List<String>,
): Map<String, String> =
    packages.associateWith { name ->
        runCatching { context.packageManager.run { InstalledApps.labelOf(getApplicationInfo(name, 0), this) } }.getOrDefault(name)
    }
