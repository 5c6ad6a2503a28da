package app.gasket.vpn

import android.app.Notification
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.net.Uri
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.rules.AppMode
import app.gasket.rules.TimedAllow
import app.gasket.rules.allowing
import app.gasket.rules.endingAllow
import app.gasket.ui.momentText

/** What can be done about the apps of an alert. None may be blocked that cannot be told apart from others. */
internal fun alertActions(
    context: Context,
    family: String,
    packages: List<String>,
): List<Notification.Action> {
    val allow = alertAction(context, R.string.allow_for_an_hour, AlertReceiver.intent(context, AlertReceiver.ALLOW, family, packages))
    val block = alertAction(context, R.string.block_app, AlertReceiver.intent(context, AlertReceiver.BLOCK, family, packages))
    return listOfNotNull(allow.takeIf { packages.isNotEmpty() }, block.takeIf { packages.size == 1 })
}

/** A button of a notification that sends [intent] to one of the app's own receivers. */
internal fun alertAction(
    context: Context,
    label: Int,
    intent: Intent,
): Notification.Action {
    val flags = PendingIntent.FLAG_IMMUTABLE or PendingIntent.FLAG_UPDATE_CURRENT
    val sent = PendingIntent.getBroadcast(context, 0, intent, flags)
    return Notification.Action.Builder(null, context.getString(label), sent).build()
}

/** Does what the user chose in an alert, says so in its place, and takes it back. */
class AlertReceiver : BroadcastReceiver() {
    override fun onReceive(
        context: Context,
        intent: Intent,
    ) {
        val family = intent.data?.schemeSpecificPart ?: return
        val answer = Answer(context.applicationContext as GasketApp, family, intent.getStringArrayExtra(PACKAGES)?.toList().orEmpty())
        when (intent.action) {
            ALLOW -> answer.allow()
            BLOCK -> answer.block()
            END_ALLOW -> answer.endAllow()
            UNBLOCK -> answer.unblock(intent.getStringArrayExtra(MODES).orEmpty().map(AppMode::valueOf))
        }
    }

    private class Answer(
        private val app: GasketApp,
        private val family: String,
        private val packages: List<String>,
    ) {
        private val alerts = Alerts(app, app.getSystemService(NotificationManager::class.java))

        fun allow() {
            val now = app.clock.now()
            app.settings.change { it.allowing(packages, now) }
            val until = momentText(app, TimedAllow(now).endMs(now))
            done(app.getString(R.string.allowed_until, until), intent(app, END_ALLOW, family, packages))
        }

        fun block() {
            val modes =
                packages.map { name ->
                    app.settings.settings.value
                        .choiceFor(name)
                        .mode.name
                }
            setModes(packages.map { AppMode.BLOCK })
            app.settings.change { it.endingAllow(packages) }
            done(app.getString(R.string.app_blocked), intent(app, UNBLOCK, family, packages).putExtra(MODES, modes.toTypedArray()))
        }

        fun endAllow() {
            app.settings.change { it.endingAllow(packages) }
            alerts.undone(family)
        }

        fun unblock(modes: List<AppMode>) {
            setModes(modes)
            alerts.undone(family)
        }

        private fun setModes(modes: List<AppMode>) =
            app.settings.change { settings ->
                packages.zip(modes).fold(settings) { all, (name, mode) -> all.with(name, all.choiceFor(name).copy(mode = mode)) }
            }

        private fun done(
            text: String,
            undo: Intent,
        ) = alerts.done(
            family,
            labelsOf(app, packages).values.joinToString(app.getString(R.string.comma)),
            text,
            alertAction(app, R.string.undo, undo),
        )
    }

    companion object {
        const val ALLOW = "app.gasket.ALLOW_APPS"
        const val BLOCK = "app.gasket.BLOCK_APPS"
        const val END_ALLOW = "app.gasket.END_ALLOW"
        const val UNBLOCK = "app.gasket.UNBLOCK_APPS"
        private const val PACKAGES = "packages"
        private const val MODES = "modes"

        internal fun intent(
            context: Context,
            action: String,
            family: String,
            packages: List<String>,
        ): Intent =
            Intent(context, AlertReceiver::class.java)
                .setAction(action)
                // Extras do not tell one pending intent from another; this does.
                .setData(Uri.fromParts("gasket", family, null))
                .putExtra(PACKAGES, packages.toTypedArray())
    }
}
