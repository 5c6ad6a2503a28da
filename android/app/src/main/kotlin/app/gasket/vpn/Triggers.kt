package app.gasket.vpn

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import app.gasket.bridge.Trigger
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow

/** What happens to the phone and sets beacons off. */
internal class Triggers(
    private val context: Context,
) {
    val all: Flow<Trigger> =
        callbackFlow {
            val receiver =
                object : BroadcastReceiver() {
                    override fun onReceive(
                        context: Context,
                        intent: Intent,
                    ) {
                        ACTIONS[intent.action]?.let { trySend(it) }
                    }
                }
            // Broadcasts of the system only: no flag is needed for those.
            context.registerReceiver(receiver, IntentFilter().apply { ACTIONS.keys.forEach(::addAction) })
            awaitClose { context.unregisterReceiver(receiver) }
        }

    companion object {
        /** Not in the public API, but sent to every app that asks, since Android 1. */
        private const val SIM_STATE_CHANGED = "android.intent.action.SIM_STATE_CHANGED"

        private val ACTIONS =
            mapOf(
                Intent.ACTION_SCREEN_ON to Trigger.SCREEN_ON,
                Intent.ACTION_USER_PRESENT to Trigger.UNLOCK,
                SIM_STATE_CHANGED to Trigger.SIM_CHANGE,
            )
    }
}
