package app.gasket.vpn

import android.os.Build
import android.os.Handler
import android.os.HandlerThread
import android.telephony.PhoneStateListener
import android.telephony.ServiceState
import android.telephony.TelephonyCallback
import android.telephony.TelephonyManager
import androidx.annotation.RequiresApi
import app.gasket.bridge.Happening
import app.gasket.bridge.Trigger
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.drop
import kotlinx.coroutines.flow.map

/** Mobile service comes or goes, or roaming begins or ends. How it stands at first is no event. */
internal fun serviceChanges(telephony: TelephonyManager): Flow<Happening> =
    callbackFlow {
        val tell = { state: ServiceState -> trySend(state.state to state.roaming).let {} }
        val stop =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
                ServiceCallback(telephony, tell).listen()
            } else {
                listenAsBefore(telephony, tell)
            }
        awaitClose(stop)
    }.distinctUntilChanged().drop(1).map { Happening(Trigger.SERVICE_CHANGE) }

@RequiresApi(Build.VERSION_CODES.S)
private class ServiceCallback(
    private val telephony: TelephonyManager,
    private val tell: (ServiceState) -> Unit,
) : TelephonyCallback(),
    TelephonyCallback.ServiceStateListener {
    override fun onServiceStateChanged(serviceState: ServiceState) = tell(serviceState)

    fun listen(): () -> Unit {
        telephony.registerTelephonyCallback(Dispatchers.Default.asExecutor(), this)
        return { telephony.unregisterTelephonyCallback(this) }
    }
}

/** This listener speaks on the thread that made it, which must have a looper. */
@Suppress("DEPRECATION")
private fun listenAsBefore(
    telephony: TelephonyManager,
    tell: (ServiceState) -> Unit,
): () -> Unit {
    val thread = HandlerThread("gasket-telephony").apply { start() }
    val handler = Handler(thread.looper)
    var listener: PhoneStateListener? = null
    handler.post {
        listener =
            object : PhoneStateListener() {
                @Deprecated("Since Android 12")
                override fun onServiceStateChanged(serviceState: ServiceState) = tell(serviceState)
            }
        telephony.listen(listener, PhoneStateListener.LISTEN_SERVICE_STATE)
    }
    return {
        handler.post { telephony.listen(listener, PhoneStateListener.LISTEN_NONE) }
        thread.quitSafely()
    }
}
