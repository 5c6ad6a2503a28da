package app.gasket.bridge

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import java.net.Inet4Address
import java.net.InetAddress
import java.net.InetSocketAddress

class ConnectionTest {
    private fun mapped(vararg address: Int) = ByteArray(10) + byteArrayOf(-1, -1) + address.map { it.toByte() }.toByteArray()

    @Test
    fun `mapped addresses become IPv4 and ports unsigned`() {
        val flow = mapped(10, 111, 222, 1) + byteArrayOf(0x9c.toByte(), 0x40) + mapped(203, 0, 113, 9) + byteArrayOf(-1, -1)
        val connection = Connection.of(flow)
        assertEquals(InetSocketAddress(InetAddress.getByName("10.111.222.1"), 40_000), connection?.source)
        assertEquals(InetSocketAddress(InetAddress.getByName("203.0.113.9"), 65_535), connection?.destination)
        assertEquals(true, connection?.source?.address is Inet4Address)
    }

    @Test
    fun `IPv6 stays IPv6`() {
        val address = InetAddress.getByName("2001:db8::7").address
        val connection = Connection.of(address + byteArrayOf(0, 80) + address + byteArrayOf(0, 81))
        assertEquals(InetSocketAddress(InetAddress.getByName("2001:db8::7"), 80), connection?.source)
        assertEquals(81, connection?.destination?.port)
    }

    @Test
    fun `any other length is no connection`() {
        for (length in listOf(0, 35, 37)) assertNull(Connection.of(ByteArray(length)))
    }
}
