package app.gasket.bridge

import java.net.InetAddress
import java.net.InetSocketAddress
import java.nio.ByteBuffer

/** The two ends of a connection inside the tunnel. */
data class Connection(
    val source: InetSocketAddress,
    val destination: InetSocketAddress,
) {
    companion object {
        private const val ADDRESS_BYTES = 16
        private const val END_BYTES = ADDRESS_BYTES + Short.SIZE_BYTES
        private const val PORT_MASK = 0xffff

        /**
         * Reads the engine's form: source address (16 bytes, IPv4 as an IPv4-mapped IPv6 address, RFC 4291
         * section 2.5.5.2), source port (2 bytes, big endian), then the destination likewise. Null for any
         * other length.
         */
        fun of(flow: ByteArray): Connection? {
            if (flow.size != 2 * END_BYTES) return null
            val buffer = ByteBuffer.wrap(flow)
            return Connection(readEnd(buffer), readEnd(buffer))
        }

        private fun readEnd(buffer: ByteBuffer): InetSocketAddress {
            val address = ByteArray(ADDRESS_BYTES)
            buffer.get(address)
            // Makes an Inet4Address of a mapped one.
            return InetSocketAddress(InetAddress.getByAddress(address), buffer.getShort().toInt() and PORT_MASK)
        }
    }
}
