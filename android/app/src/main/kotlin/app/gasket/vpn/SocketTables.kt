package app.gasket.vpn

import app.gasket.bridge.Connection
import java.net.InetAddress
import java.net.InetSocketAddress
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** The kernel's socket tables (proc(5), `/proc/net/tcp` and its like), which apps may read up to Android 9. */
internal class SocketTables(
    /** The lines of a table: "tcp", "tcp6", "udp", "udp6". */
    private val read: (String) -> Sequence<String>,
) {
    /** The user id that owns the connection, or -1. An UDP socket may be bound without a peer. */
    fun ownerUid(
        protocol: Int,
        connection: Connection,
    ): Int {
        val name = NAMES[protocol] ?: return UNKNOWN
        val rows = listOf("${name}6", name).flatMap { rows(it) }
        val exact = rows.firstOrNull { it.local == connection.source && it.remote == connection.destination }
        val bound = rows.firstOrNull { protocol == UDP && it.local.port == connection.source.port && it.remote.port == 0 }
        return (exact ?: bound)?.uid ?: UNKNOWN
    }

    private fun rows(table: String): List<Row> = read(table).drop(1).mapNotNull(::parse).toList()

    private data class Row(
        val local: InetSocketAddress,
        val remote: InetSocketAddress,
        val uid: Int,
    )

    companion object {
        const val UNKNOWN = -1
        private const val TCP = 6
        private const val UDP = 17
        private val NAMES = mapOf(TCP to "tcp", UDP to "udp")
        private const val LOCAL = 1
        private const val REMOTE = 2
        private const val UID = 7
        private const val HEX = 16
        private const val WORD_DIGITS = 8

        private fun parse(line: String): Row? {
            val columns = line.trim().split(Regex(" +"))
            val uid = columns.getOrNull(UID)?.toIntOrNull() ?: return null
            return Row(end(columns[LOCAL]) ?: return null, end(columns[REMOTE]) ?: return null, uid)
        }

        /** "0100007F:1F90": 32-bit words in the machine's order, then the port. */
        private fun end(text: String): InetSocketAddress? {
            val address = text.substringBefore(':')
            val port = text.substringAfter(':', "").toIntOrNull(HEX) ?: return null
            val words = address.chunked(WORD_DIGITS).map { it.toLongOrNull(HEX)?.toInt() ?: return null }
            if (words.size != 1 && words.size != INET6_WORDS) return null
            val bytes = ByteBuffer.allocate(words.size * Int.SIZE_BYTES).order(ByteOrder.nativeOrder())
            words.forEach(bytes::putInt)
            return InetSocketAddress(InetAddress.getByAddress(bytes.array()), port)
        }

        private const val INET6_WORDS = 4
    }
}
