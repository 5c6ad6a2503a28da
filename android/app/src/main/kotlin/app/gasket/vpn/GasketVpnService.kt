package app.gasket.vpn

import android.app.NotificationManager
import android.content.Context
import android.content.Intent
import android.net.ConnectivityManager
import android.net.VpnService
import android.os.Build
import android.os.IBinder
import android.util.Log
import app.gasket.GasketApp
import app.gasket.bridge.Happening
import app.gasket.bridge.Host
import app.gasket.history.OutageCause
import app.gasket.rules.inForce
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.merge
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.launch

/** Android's side of protection: wires a [Session] to the system, and says how it stands. */
class GasketVpnService : VpnService() {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    /** A session, or the pause before it; null when the service is on its way out. */
    private var work: Job? = null

    private val app get() = application as GasketApp
    private val connectivity get() = getSystemService(ConnectivityManager::class.java)
    private val allowAlarm by lazy { AllowAlarm(this, app.settings, app.clock::now) }
    private val alerts by lazy { Alerts(this, getSystemService(NotificationManager::class.java)) }
    private val askAlerts by lazy { AskAlerts(this, getSystemService(NotificationManager::class.java)) }
    private val notifications by lazy { Notifications(this, getSystemService(NotificationManager::class.java)) }

    override fun onCreate() {
        super.onCreate()
        scope.launch { allowAlarm.keep() }
        scope.launch { app.questions.keep(askAlerts::unanswered) }
        scope.launch { askAlerts.follow(app.questions.open) }
        scope.launch {
            val tallies = combine(app.history.revision, days()) { _, day -> app.history.tallyOrNull(day) }
            combine(app.protection, tallies, ::Pair)
                .collect { (protection, tally) ->
                    if (work != null) notifications.show(protection, tally)
                    TodayWidget.show(this@GasketVpnService, protection, tally)
                    if (protection is Protection.On) lookAtSystemSettings()
                }
        }
        scope.launch { app.canary.state.collect { notifications.show(it.latest) } }
    }

    override fun onBind(intent: Intent?): IBinder? = super.onBind(intent)

    override fun onStartCommand(
        intent: Intent?,
        flags: Int,
        startId: Int,
    ): Int {
        goForeground(this, notifications.status(app.protection.value, tally = null))
        allowAlarm.end()
        when (intent?.action) {
            ACTION_STOP -> end(OutageCause.USER)

            ACTION_PAUSE -> pause(intent.getLongExtra(EXTRA_PAUSE_MS, 0))

            ACTION_LOOK -> if (work == null) begin() else lookAtSystemSettings()

            ACTION_START -> begin(isNewWish = true, endsPause = true)

            // Always-on starts us so: the user wants protection, wherever the wish was uttered.
            SERVICE_INTERFACE -> begin(isNewWish = true)

            // As after a boot or an update, or by Android after the process died.
            else -> begin()
        }
        return START_STICKY
    }

    /** Another VPN took over, or the user withdrew the consent. */
    override fun onRevoke() = end(OutageCause.REVOKED)

    override fun onDestroy() {
        work?.cancel()
        scope.cancel()
        notifications.show(canary = null)
        if (app.protection.value !is Protection.Off) app.protection.value = Protection.Off(OutageCause.UNKNOWN)
        super.onDestroy()
    }

    private fun begin(
        isNewWish: Boolean = false,
        endsPause: Boolean = false,
    ) {
        val isPaused = app.protection.value is Protection.Paused
        app.settings.change {
            it.copy(isWanted = it.isWanted || isNewWish, pausedUntilMs = if (endsPause) 0 else it.pausedUntilMs)
        }
        if (!app.settings.settings.value.isWanted) return end(OutageCause.USER)
        if (work?.isActive != true || (isPaused && endsPause)) workAnew()
    }

    private fun pause(durationMs: Long) {
        if (!app.settings.settings.value.isWanted) return end(OutageCause.USER)
        app.settings.change { it.copy(pausedUntilMs = System.currentTimeMillis() + durationMs) }
        workAnew()
    }

    private fun workAnew() {
        val before = work
        work =
            scope.launch(failure) {
                before?.cancelAndJoin()
                Pause(this@GasketVpnService, app.settings, app.protection).rest(app.history)
                app.knowsPlaces
                app.identifiers.unlock()
                newSession().run()
                if (app.protection.value == Protection.ConsentNeeded) giveUp()
            }
    }

    /** Whatever was not foreseen ends as the user's "off" would, but says so; the wish stays. */
    private val failure =
        CoroutineExceptionHandler { _, why ->
            Log.e(TAG, "protection ended", why)
            end(OutageCause.FAILURE)
        }

    private fun newSession() =
        Session(
            tunnels = { plan -> establish(this, Builder(), plan, notifications.openApp()) },
            host = PlatformHost(OwnerLookup(connectivity)),
            inputs =
                Session.Inputs(
                    settings = app.identifiers.settings.inForce(app.clock::now),
                    network = app.network,
                    apps = app.installedApps.apps,
                    happenings = merge(Happenings(this).all, app.starts.receiveAsFlow().map { Happening(it) }),
                    questions = app.questions,
                ),
            history = app.history,
            learned = app.learned,
            canary = app.canary,
            protection = app.protection,
            onTold = {
                alerts.tell(it, muted = app.settings.settings.value.mutedFamilies)
                askAlerts.tell(it)
            },
        )

    private fun end(cause: OutageCause) {
        if (cause == OutageCause.USER) app.settings.change { it.copy(isWanted = false, pausedUntilMs = 0) }
        val ending = work
        work = null
        scope.launch {
            ending?.cancelAndJoin()
            runCatching { app.history.protectionEnded(System.currentTimeMillis(), cause) }
                .onFailure { Log.e(TAG, "the end of protection was not written down", it) }
            if (cause == OutageCause.REVOKED) notifications.tellRevoked()
            if (cause == OutageCause.FAILURE) notifications.tellFailed()
            stopForeground(STOP_FOREGROUND_REMOVE)
            stopSelf()
            app.protection.value = Protection.Off(cause)
        }
    }

    private fun giveUp() {
        work = null
        notifications.tellConsentNeeded()
        stopForeground(STOP_FOREGROUND_REMOVE)
        stopSelf()
    }

    private fun lookAtSystemSettings() {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) app.alwaysOn.value = AlwaysOn(isAlwaysOn, isLockdownEnabled)
    }

    private inner class PlatformHost(
        private val owners: OwnerLookup,
    ) : Host {
        override fun protect(fd: Int): Boolean = this@GasketVpnService.protect(fd)

        override fun ownerUid(
            protocol: Int,
            flow: ByteArray,
        ): Int = owners.ownerUid(protocol, flow)
    }

    companion object {
        const val ACTION_START = "app.gasket.START"
        const val ACTION_START_AGAIN = "app.gasket.START_AGAIN"
        const val ACTION_STOP = "app.gasket.STOP"
        const val ACTION_PAUSE = "app.gasket.PAUSE"
        const val EXTRA_PAUSE_MS = "pause_ms"

        /** The user may have changed the system's VPN settings. */
        const val ACTION_LOOK = "app.gasket.LOOK"
        private const val TAG = "Gasket"

        /** Switches protection on; the user's consent must be there ([VpnService.prepare]). */
        fun start(context: Context) = tell(context, ACTION_START)

        /** Brings protection back, if the user wants it and it does not rest. */
        fun startAgain(context: Context) = tell(context, ACTION_START_AGAIN)

        /** Switches protection off. */
        fun stop(context: Context) = tell(context, ACTION_STOP)

        /** Has protection rest, and come back by itself. */
        fun pause(
            context: Context,
            durationMs: Long,
        ) = tell(context, ACTION_PAUSE) { putExtra(EXTRA_PAUSE_MS, durationMs) }

        /** Looks again at what the system's settings say; for a service that runs. */
        fun look(context: Context) = tell(context, ACTION_LOOK)

        private fun tell(
            context: Context,
            action: String,
            add: Intent.() -> Unit = {},
        ) {
            context.startForegroundService(Intent(context, GasketVpnService::class.java).setAction(action).apply(add))
        }
    }
}
