package app.gasket.vpn

import android.app.PendingIntent
import android.net.VpnService
import android.os.Build
import android.os.ParcelFileDescriptor
import app.gasket.R

/** Carries a plan out: [Builder][VpnService.Builder] is told nothing that is not decided in [plan]. */
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
        // Our own sockets carry what was judged already.
        .addDisallowedApplication(service.packageName)
        .apply {
            plan.addresses.forEach { addAddress(it.address, it.length) }
            plan.resolvers.forEach(::addDnsServer)
            plan.routes.forEach { addRoute(it.address, it.length) }
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) setMetered(plan.isMetered)
        }.establish()
