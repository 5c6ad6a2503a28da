package app.gasket.vpn

import android.net.ConnectivityManager
import android.net.Network
import android.net.NetworkCapabilities
import android.net.NetworkRequest
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged

/**
 * Whether another app's VPN carries our traffic. Gasket's own never does, so it is not told here. Android says
 * to nobody which app it is.
 */
internal fun otherVpn(connectivity: ConnectivityManager): Flow<Boolean> =
    callbackFlow {
        val callback =
            object : ConnectivityManager.NetworkCallback() {
                private val up = mutableSetOf<Network>()

                override fun onAvailable(network: Network) = tell { up += network }

                override fun onLost(network: Network) = tell { up -= network }

                private fun tell(change: () -> Unit) {
                    change()
                    trySend(up.isNotEmpty())
                }
            }
        val vpns =
            NetworkRequest
                .Builder()
                .addTransportType(NetworkCapabilities.TRANSPORT_VPN)
                .removeCapability(NetworkCapabilities.NET_CAPABILITY_NOT_VPN)
                .build()
        trySend(false)
        connectivity.registerNetworkCallback(vpns, callback)
        awaitClose { connectivity.unregisterNetworkCallback(callback) }
    }.conflate().distinctUntilChanged()
