package app.gasket.vpn

import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Network
import android.net.NetworkCapabilities
import android.net.NetworkRequest
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.withTimeoutOrNull

/**
 * Whether another app's VPN carries our traffic. Android says to nobody which app it is; Gasket's own tunnel is known
 * by its addresses.
 */
internal fun otherVpn(connectivity: ConnectivityManager): Flow<Boolean> = vpns(connectivity).map { false in it }.distinctUntilChanged()

/**
 * Waits until Android says that our own traffic goes into Gasket's tunnel. It sets the routes up after it has handed
 * the tunnel over; where it says nothing, one has waited long enough after five seconds.
 */
internal suspend fun untilTunnelled(connectivity: ConnectivityManager) {
    withTimeoutOrNull(LONGEST_MS) { vpns(connectivity).first { true in it } }
}

private const val LONGEST_MS = 5_000L

/** Of each VPN that carries our traffic, whether it is Gasket's. */
private fun vpns(connectivity: ConnectivityManager): Flow<Set<Boolean>> =
    callbackFlow {
        val callback =
            object : ConnectivityManager.NetworkCallback() {
                private val up = mutableMapOf<Network, Boolean>()

                // Always follows once a network is there.
                override fun onLinkPropertiesChanged(
                    network: Network,
                    linkProperties: LinkProperties,
                ) = tell { up[network] = TunnelPlan.isOurs(linkProperties.linkAddresses.map { it.address }) }

                override fun onLost(network: Network) = tell { up -= network }

                private fun tell(change: () -> Unit) {
                    change()
                    trySend(up.values.toSet())
                }
            }
        val vpns =
            NetworkRequest
                .Builder()
                .addTransportType(NetworkCapabilities.TRANSPORT_VPN)
                .removeCapability(NetworkCapabilities.NET_CAPABILITY_NOT_VPN)
                .build()
        trySend(emptySet())
        connectivity.registerNetworkCallback(vpns, callback)
        awaitClose { connectivity.unregisterNetworkCallback(callback) }
    }.conflate()
