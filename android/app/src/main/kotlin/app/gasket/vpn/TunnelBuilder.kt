package app.gasket.vpn

import android.app.PendingIntent
import android.net.VpnService
import android.os.Build
import android.os.ParcelFileDescriptor
import app.gasket.R

/**
 * Carries a plan out: [Builder][VpnService.Builder] is told nothing that is not decided in [plan]. Nobody is left out, not even
 * Gasket: the engine's sockets are protected one by one, and [Canary] must go the way that other apps' packets go.
 */
internal fun establish(
    service: VpnService,
    builder: VpnService.Builder,
    plan: TunnelPlan,
    configure: PendingIntent,
): ParcelFileDescriptor? =
    builder
        .setSession(service.getString(R.string.app_name))
        .setMtu(plan.mtu)
        .setBlocking(false)
        .setConfigureIntent(configure)
        .apply {
            plan.addresses.forEach { addAddress(it.address, it.length) }
            plan.resolvers.forEach(::addDnsServer)
            plan.routes.forEach { addRoute(it.address, it.length) }
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) setMetered(plan.isMetered)
        }.establish()
