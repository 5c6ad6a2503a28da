package app.gasket.vpn

import app.gasket.rules.Network
import app.gasket.rules.Prefix
import java.net.InetAddress

/** The network beneath the tunnel, as far as it matters. */
data class NetworkState(
    /** Android's number for it; null where there is none. */
    val id: Long? = null,
    val kind: Network = Network.OTHER,
    /** The ranges that the phone itself is in. */
    val prefixes: List<Prefix> = emptyList(),
    /** Its DNS servers. */
    val dnsServers: List<InetAddress> = emptyList(),
    val isMetered: Boolean = false,
    /** The server of Private DNS in strict mode: names go there encrypted, and Gasket does not see them. */
    val strictPrivateDns: String? = null,
    /** Whether it wants the user to log in first. */
    val isCaptive: Boolean = false,
) {
    /** The DNS servers as the engine wants them, with port. */
    val upstreams: List<String>
        get() = dnsServers.filterNot { it.isLoopbackAddress || it.isAnyLocalAddress }.map(::withPort).ifEmpty { listOf(NOWHERE) }

    private fun withPort(server: InetAddress): String {
        // A link-local server's scope ends behind a percent sign that only this phone understands.
        val text = server.hostAddress.orEmpty().substringBefore('%')
        return if (':' in text) "[$text]:$DNS_PORT" else "$text:$DNS_PORT"
    }

    private companion object {
        const val DNS_PORT = 53

        /**
         * A server that nobody has (RFC 5737). A tunnel without any DNS server would send questions around
         * itself; with this one they fail.
         */
        const val NOWHERE = "192.0.2.1:53"
    }
}
