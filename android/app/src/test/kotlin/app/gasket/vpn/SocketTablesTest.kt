package app.gasket.vpn

import app.gasket.bridge.Connection
import org.junit.Assert.assertEquals
import org.junit.Test
import java.net.InetAddress
import java.net.InetSocketAddress

/** Tables as Linux prints them on a little-endian machine, such as every Android phone and this one. */
class SocketTablesTest {
    private val head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
    private val files =
        mapOf(
            "tcp" to
                listOf(head, "   0: 01DE6F0A:9C40 097100CB:0050 01 00000000:00000000 00:00000000 00000000 10123        0 1 1 0000 20"),
            "tcp6" to
                listOf(
                    head,
                    "   0: 0000000000000000FFFF000001DE6F0A:9C41 0000000000000000FFFF0000097100CB:0050 01 0:0 00:0 0 10124 0 1",
                    "   1: B80D0120000000000000000001000000:9C42 B80D0120000000000000000002000000:01BB 01 0:0 00:0 0 10125 0 1",
                    "torn line",
                ),
            "udp" to listOf(head, "   0: 00000000:9C43 00000000:0000 07 0:0 00:0 0 1051 0 1"),
        )
    private val tables = SocketTables { files[it].orEmpty().asSequence() }

    private fun owner(
        protocol: Int,
        source: String,
        sourcePort: Int,
        destination: String,
        port: Int,
    ) = tables.ownerUid(
        protocol,
        Connection(
            InetSocketAddress(InetAddress.getByName(source), sourcePort),
            InetSocketAddress(InetAddress.getByName(destination), port),
        ),
    )

    @Test
    fun `each table is searched`() {
        assertEquals(10_123, owner(6, "10.111.222.1", 40_000, "203.0.113.9", 80))
        assertEquals("IPv4 over an IPv6 socket", 10_124, owner(6, "10.111.222.1", 40_001, "203.0.113.9", 80))
        assertEquals(10_125, owner(6, "2001:db8::1", 40_002, "2001:db8::2", 443))
        assertEquals("bound, without a peer", 1051, owner(17, "10.111.222.1", 40_003, "192.0.2.53", 53))
    }

    @Test
    fun `what is not there is unknown`() {
        assertEquals(-1, owner(6, "10.111.222.1", 40_000, "203.0.113.9", 81))
        assertEquals(-1, owner(6, "10.111.222.1", 40_003, "192.0.2.53", 53))
        assertEquals(-1, owner(1, "10.111.222.1", 40_000, "203.0.113.9", 80))
    }
}
