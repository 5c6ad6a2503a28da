package app.gasket.vpn

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.telephony.SubscriptionManager
import android.telephony.TelephonyManager
import app.gasket.bridge.Happening
import app.gasket.bridge.Trigger
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.merge

/** What happens to the phone and sets beacons off, but for the network, which is watched for its own sake. */
internal class Happenings(
    private val context: Context,
) {
    private val telephony = context.getSystemService(TelephonyManager::class.java)

    val all: Flow<Happening> get() = merge(broadcasts, serviceChanges(telephony))

    private val broadcasts: Flow<Happening> =
        callbackFlow {
            val receiver =
                object : BroadcastReceiver() {
                    private var sims = SimSlots.of(telephony)

                    override fun onReceive(
                        context: Context,
                        intent: Intent,
                    ) {
                        // How things stand already is no event.
                        if (isInitialStickyBroadcast) return
                        happeningOf(intent)?.let { trySend(it) }
                    }

                    private fun happeningOf(intent: Intent): Happening? =
                        when (intent.action) {
                            // Sent several times for one change of SIM.
                            SIM_STATE_CHANGED -> {
                                val before = sims
                                sims = SimSlots.of(telephony)
                                Happening(Trigger.SIM_CHANGE).takeIf { sims != before }
                            }

                            // Goes before the installation that replaces it.
                            Intent.ACTION_PACKAGE_REMOVED -> {
                                Happening(Trigger.PACKAGE_CHANGE).takeIf { !intent.isReplacing }
                            }

                            Intent.ACTION_PACKAGE_ADDED -> {
                                Happening(Trigger.PACKAGE_CHANGE, intent.data?.schemeSpecificPart)
                            }

                            else -> {
                                ACTIONS[intent.action]?.let { Happening(it) }
                            }
                        }
                }
            // Broadcasts of the system only: no flag is needed for those.
            context.registerReceiver(receiver, filter(ACTIONS.keys + SIM_STATE_CHANGED))
            context.registerReceiver(receiver, filter(PACKAGE_ACTIONS).apply { addDataScheme("package") })
            awaitClose { context.unregisterReceiver(receiver) }
        }

    private companion object {
        /**
         * The one sign of a changed SIM that is neither public nor needs a permission: sent to whoever asks since
         * Android 1. Only a hint: what counts are the slots' states.
         */
        const val SIM_STATE_CHANGED = "android.intent.action.SIM_STATE_CHANGED"

        val PACKAGE_ACTIONS = setOf(Intent.ACTION_PACKAGE_ADDED, Intent.ACTION_PACKAGE_REMOVED)

        val ACTIONS =
            mapOf(
                Intent.ACTION_SCREEN_ON to Trigger.SCREEN_ON,
                Intent.ACTION_SCREEN_OFF to Trigger.SCREEN_OFF,
                Intent.ACTION_USER_PRESENT to Trigger.UNLOCK,
                SubscriptionManager.ACTION_DEFAULT_SUBSCRIPTION_CHANGED to Trigger.SIM_CHANGE,
                Intent.ACTION_POWER_CONNECTED to Trigger.CHARGING,
                Intent.ACTION_POWER_DISCONNECTED to Trigger.CHARGING,
                Intent.ACTION_TIMEZONE_CHANGED to Trigger.TIME_ZONE,
                Intent.ACTION_AIRPLANE_MODE_CHANGED to Trigger.AIRPLANE,
            )

        val Intent.isReplacing: Boolean get() = getBooleanExtra(Intent.EXTRA_REPLACING, false)

        fun filter(actions: Set<String>) = IntentFilter().apply { actions.forEach(::addAction) }
    }
}
