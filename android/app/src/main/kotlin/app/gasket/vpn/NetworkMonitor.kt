package app.gasket.vpn

import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Network
import android.net.NetworkCapabilities
import android.os.Build
import app.gasket.rules.Prefix
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import app.gasket.rules.Network as Kind

/** Watches the network beneath the tunnel. Our own app is outside the tunnel, so its default is that. */
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
            trySend(current())
            connectivity.registerDefaultNetworkCallback(callback)
            awaitClose { connectivity.unregisterNetworkCallback(callback) }
        }.conflate().distinctUntilChanged()

    /** The state now. */
    fun current(): NetworkState {
        val network = connectivity.activeNetwork
        return stateOf(network?.networkHandle, connectivity.getLinkProperties(network), connectivity.getNetworkCapabilities(network))
    }

    companion object {
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
