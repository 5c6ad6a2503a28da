package app.gasket.vpn

import app.gasket.rules.Prefix
import app.gasket.rules.Settings
import java.net.InetAddress

/** What the tunnel shall be like: all that `VpnService.Builder` is told, decided here, without Android. */
data class TunnelPlan(
    val mtu: Int,
    /** The phone's own addresses in the tunnel, one a family. */
    val addresses: List<Prefix>,
    /** Where Gasket answers DNS in the tunnel, one a family. */
    val resolvers: List<InetAddress>,
    /** What goes through the tunnel. */
    val routes: List<Prefix>,
    /** Whether apps shall spare data. */
    val isMetered: Boolean,
) {
    companion object {
        /** Ranges for the tunnel itself, unlikely in home and office networks; the first free one is used. */
        private val CANDIDATES =
            listOf(
                listOf("10.111.222.0/30", "172.31.251.0/30", "192.168.251.0/30", "198.51.100.0/30"),
                listOf("fd67:6173:6b65::/126", "fd67:6173:6b66::/126"),
            ).map { it.map(Prefix::parse) }

        /** Whether a network with these addresses of the phone's is a tunnel of ours. */
        fun isOurs(addresses: List<InetAddress>): Boolean =
            addresses.isNotEmpty() && addresses.all { address -> CANDIDATES.flatten().any { it.host(1) == address } }

        /** Means something on one link only (RFC 3927, 4291), or goes to many (RFC 5771): no relay can carry it. */
        private val LINK = listOf("169.254.0.0/16", "224.0.0.0/4", "fe80::/10", "ff00::/8").map(Prefix::parse)

        /** Private networks (RFC 1918, 4193). */
        private val PRIVATE = listOf("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7").map(Prefix::parse)

        private val EVERYTHING = listOf("0.0.0.0/0", "::/0").map(Prefix::parse)

        /**
         * A plan for [network]. Both address families always go through the tunnel, also where the user wants no
         * IPv6: one alone would be a way around it.
         */
        fun of(
            settings: Settings,
            network: NetworkState,
        ): TunnelPlan {
            val ranges =
                CANDIDATES.map { family ->
                    family.firstOrNull { range -> network.prefixes.none(range::overlaps) } ?: family.first()
                }
            val resolvers = ranges.map { it.host(2) }
            val outside = if (settings.relaysLan) LINK else LINK + PRIVATE
            return TunnelPlan(
                mtu = settings.mtu,
                addresses = ranges.map { Prefix(it.host(1), it.length) },
                resolvers = resolvers,
                routes = EVERYTHING.flatMap { it.without(outside) } + resolvers.map { Prefix(it, it.address.size * Byte.SIZE_BITS) },
                isMetered = network.isMetered,
            )
        }

        private fun Prefix.host(number: Int): InetAddress =
            InetAddress.getByAddress(address.address.also { it[it.lastIndex] = (it.last() + number).toByte() })
    }
}
