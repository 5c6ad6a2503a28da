package app.gasket.vpn

import android.app.Notification
import android.app.Service
import android.content.pm.ServiceInfo
import android.os.Build
import android.util.Log

/** Keeps the service running, with its notification, as what each version of Android calls it. */
internal fun goForeground(
    service: Service,
    notification: Notification,
) {
    if (Build.VERSION.SDK_INT < Build.VERSION_CODES.UPSIDE_DOWN_CAKE) {
        service.startForeground(Notifications.STATUS_ID, notification)
        return
    }
    try {
        service.startForeground(Notifications.STATUS_ID, notification, ServiceInfo.FOREGROUND_SERVICE_TYPE_SYSTEM_EXEMPTED)
    } catch (e: SecurityException) {
        // Allowed to the active VPN only, which we may not be yet.
        Log.i("Gasket", "not exempted as the active VPN yet: ${e.message}")
        service.startForeground(Notifications.STATUS_ID, notification, ServiceInfo.FOREGROUND_SERVICE_TYPE_SPECIAL_USE)
    }
}
