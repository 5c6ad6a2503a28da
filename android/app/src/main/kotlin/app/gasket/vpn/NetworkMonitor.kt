package app.gasket.vpn

import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Network
import android.net.NetworkCapabilities
import android.net.NetworkRequest
import android.os.Build
import android.os.Handler
import android.os.Looper
import app.gasket.rules.Prefix
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import app.gasket.rules.Network as Kind

/**
 * Watches the network beneath the tunnel. Our own app is in the tunnel, too, so what Android calls its default or active
 * network is the tunnel while there is one: asked for is the best network that is no VPN.
 */
internal class NetworkMonitor(
    private val connectivity: ConnectivityManager,
) {
    /** The state now and after every change; the latest only, for a slow collector. */
    val states: Flow<NetworkState> =
        callbackFlow {
            val callback =
                object : ConnectivityManager.NetworkCallback() {
                    private var links: LinkProperties? = null
                    private var capabilities: NetworkCapabilities? = null

                    override fun onLinkPropertiesChanged(
                        network: Network,
                        linkProperties: LinkProperties,
                    ) {
                        links = linkProperties
                        tell(network)
                    }

                    override fun onCapabilitiesChanged(
                        network: Network,
                        networkCapabilities: NetworkCapabilities,
                    ) {
                        capabilities = networkCapabilities
                        tell(network)
                    }

                    override fun onLost(network: Network) {
                        links = null
                        capabilities = null
                        tell(null)
                    }

                    private fun tell(network: Network?) {
                        trySend(stateOf(network?.networkHandle, links, capabilities))
                    }
                }
            current()?.let(::trySend)
            watch(callback)
            awaitClose { connectivity.unregisterNetworkCallback(callback) }
        }.conflate().distinctUntilChanged()

    /** The state now; null behind a VPN, where only a callback can tell. */
    private fun current(): NetworkState? {
        val network = connectivity.activeNetwork
        val capabilities = connectivity.getNetworkCapabilities(network)
        if (capabilities?.hasTransport(NetworkCapabilities.TRANSPORT_VPN) == true) return null
        return stateOf(network?.networkHandle, connectivity.getLinkProperties(network), capabilities)
    }

    private fun watch(callback: ConnectivityManager.NetworkCallback) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
            connectivity.registerBestMatchingNetworkCallback(BENEATH, callback, Handler(Looper.getMainLooper()))
        } else {
            // Wakes no network up: what is on already satisfies it.
            connectivity.requestNetwork(BENEATH, callback)
        }
    }

    companion object {
        /** As apps want theirs by default; that it be no VPN is in every request. */
        private val BENEATH: NetworkRequest =
            NetworkRequest
                .Builder()
                .addCapability(NetworkCapabilities.NET_CAPABILITY_INTERNET)
                .build()

        fun stateOf(
            id: Long?,
            links: LinkProperties?,
            capabilities: NetworkCapabilities?,
        ): NetworkState =
            NetworkState(
                id = id,
                kind = kindOf(capabilities),
                prefixes = links?.linkAddresses.orEmpty().map { Prefix(it.address, it.prefixLength) },
                dnsServers = links?.dnsServers.orEmpty(),
                isMetered = capabilities?.hasCapability(NetworkCapabilities.NET_CAPABILITY_NOT_METERED) == false,
                strictPrivateDns = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) links?.privateDnsServerName else null,
                isCaptive = capabilities?.hasCapability(NetworkCapabilities.NET_CAPABILITY_CAPTIVE_PORTAL) == true,
            )

        private fun kindOf(capabilities: NetworkCapabilities?): Kind =
            when {
                capabilities == null -> Kind.OTHER
                capabilities.hasTransport(NetworkCapabilities.TRANSPORT_WIFI) -> Kind.WIFI
                capabilities.hasTransport(NetworkCapabilities.TRANSPORT_CELLULAR) -> Kind.MOBILE
                else -> Kind.OTHER
            }
    }
}
