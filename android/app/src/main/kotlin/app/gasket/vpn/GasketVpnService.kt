package app.gasket.vpn

import android.app.Notification
import android.app.NotificationManager
import android.content.Context
import android.content.Intent
import android.content.pm.ServiceInfo
import android.net.ConnectivityManager
import android.net.VpnService
import android.os.Build
import android.os.IBinder
import android.os.ParcelFileDescriptor
import android.util.Log
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.bridge.Host
import app.gasket.history.OutageCause
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.launch

/** Android's side of protection: wires a [Session] to the system, and says how it stands. */
class GasketVpnService : VpnService() {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private var session: Job? = null

    private val app get() = application as GasketApp
    private val connectivity get() = getSystemService(ConnectivityManager::class.java)
    private val notifications by lazy { Notifications(this, getSystemService(NotificationManager::class.java)) }

    override fun onCreate() {
        super.onCreate()
        scope.launch {
            combine(app.protection, app.history.revision.map { app.history.tally(startOfToday()) }, ::Pair)
                .collect { (protection, tally) -> if (session != null) notifications.show(protection, tally) }
        }
    }

    override fun onBind(intent: Intent?): IBinder? = super.onBind(intent)

    override fun onStartCommand(
        intent: Intent?,
        flags: Int,
        startId: Int,
    ): Int {
        goForeground(notifications.status(app.protection.value, tally = null))
        when (intent?.action) {
            ACTION_STOP -> end(OutageCause.USER)

            // Always-on starts us so: the user wants protection, wherever the wish was uttered.
            SERVICE_INTERFACE, ACTION_START -> begin(isNewWish = true)

            // Restarted after the process died.
            else -> begin(isNewWish = false)
        }
        return START_STICKY
    }

    /** Another VPN took over, or the user withdrew the consent. */
    override fun onRevoke() = end(OutageCause.REVOKED)

    override fun onDestroy() {
        session?.cancel()
        scope.cancel()
        if (app.protection.value !is Protection.Off) app.protection.value = Protection.Off(OutageCause.UNKNOWN)
        super.onDestroy()
    }

    private fun begin(isNewWish: Boolean) {
        if (isNewWish) app.settings.change { it.copy(isWanted = true) }
        if (!app.settings.settings.value.isWanted) return end(OutageCause.USER)
        if (session?.isActive == true) return
        session =
            scope.launch {
                runCatching { prune() }.onFailure { Log.w(TAG, "the history was not pruned", it) }
                newSession().run()
                if (app.protection.value == Protection.ConsentNeeded) giveUp()
            }
    }

    private fun newSession() =
        Session(
            tunnels = ::establish,
            host = PlatformHost(OwnerLookup(connectivity)),
            inputs =
                Session.Inputs(
                    settings = app.settings.settings,
                    network = NetworkMonitor(connectivity).states,
                    apps = app.installedApps.apps,
                    triggers = Triggers(this).all,
                ),
            history = app.history,
            protection = app.protection,
            onEvents = notifications::alert,
        )

    private suspend fun prune() {
        val days = app.settings.settings.value.historyDays
        app.history.prune(oldestMs = System.currentTimeMillis() - days * DAY_MS)
    }

    private fun end(cause: OutageCause) {
        if (cause == OutageCause.USER) app.settings.change { it.copy(isWanted = false) }
        val ending = session
        session = null
        scope.launch {
            ending?.cancelAndJoin()
            app.history.protectionEnded(System.currentTimeMillis(), cause)
            if (cause == OutageCause.REVOKED) notifications.tellRevoked()
            stopForeground(STOP_FOREGROUND_REMOVE)
            stopSelf()
            app.protection.value = Protection.Off(cause)
        }
    }

    private fun giveUp() {
        session = null
        notifications.tellConsentNeeded()
        stopForeground(STOP_FOREGROUND_REMOVE)
        stopSelf()
    }

    private fun establish(plan: TunnelPlan): ParcelFileDescriptor? =
        Builder()
            .setSession(getString(R.string.app_name))
            .setMtu(plan.mtu)
            .setBlocking(false)
            .setConfigureIntent(notifications.openApp())
            // Our own sockets carry what was judged already.
            .addDisallowedApplication(packageName)
            .apply {
                plan.addresses.forEach { addAddress(it.address, it.length) }
                plan.resolvers.forEach(::addDnsServer)
                plan.routes.forEach { addRoute(it.address, it.length) }
                if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) setMetered(plan.isMetered)
            }.establish()

    private fun goForeground(notification: Notification) {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.UPSIDE_DOWN_CAKE) {
            startForeground(Notifications.STATUS_ID, notification)
            return
        }
        try {
            startForeground(Notifications.STATUS_ID, notification, ServiceInfo.FOREGROUND_SERVICE_TYPE_SYSTEM_EXEMPTED)
        } catch (e: SecurityException) {
            // Allowed to the active VPN only, which we may not be yet.
            Log.i(TAG, "not exempted as the active VPN yet: ${e.message}")
            startForeground(Notifications.STATUS_ID, notification, ServiceInfo.FOREGROUND_SERVICE_TYPE_SPECIAL_USE)
        }
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
        const val ACTION_STOP = "app.gasket.STOP"
        private const val TAG = "Gasket"
        private const val DAY_MS = 24 * 60 * 60 * 1000L

        /** Switches protection on; the user's consent must be there ([VpnService.prepare]). */
        fun start(context: Context) {
            context.startForegroundService(Intent(context, GasketVpnService::class.java).setAction(ACTION_START))
        }

        /** Switches protection off. */
        fun stop(context: Context) {
            context.startForegroundService(Intent(context, GasketVpnService::class.java).setAction(ACTION_STOP))
        }
    }
}
