package app.gasket.rules

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class DnsServersTest {
    @Test
    fun `addresses are taken in their order, doubles once`() {
        assertEquals(listOf("192.0.2.53", "2001:db8::53"), DnsServers.parse(" 192.0.2.53,2001:DB8::53 ;\n192.0.2.53, 2001:db8:0::53 "))
        assertEquals(listOf("192.0.2.53"), DnsServers.parse("::ffff:192.0.2.53"))
        assertEquals(listOf("192.168.1.1", "fd00::1"), DnsServers.parse("192.168.1.1 fd00::1"))
        assertEquals(emptyList<String>(), DnsServers.parse(" , "))
    }

    @Test
    fun `what is no address is named`() {
        for (wrong in listOf(
            "dns.example",
            "192.0.2.53:53",
            "192.0.2",
            "192.0.2.256",
            "192.0.2.053",
            "3221225985",
            "[2001:db8::53]",
            "2001:db8::53::1",
            "fe80::1%wlan0",
            "https://192.0.2.53/dns-query",
        )) {
            val refusal = assertThrows(wrong, DnsServers.Refusal.NoAddress::class.java) { DnsServers.parse("192.0.2.1, $wrong") }
            assertEquals(wrong, refusal.text)
        }
    }

    @Test
    fun `where no server can be, none is`() {
        for (wrong in listOf("127.0.0.1", "::1", "0.0.0.0", "::", "224.0.0.251", "ff02::fb", "169.254.1.1", "fe80::1", "255.255.255.255")) {
            val refusal = assertThrows(wrong, DnsServers.Refusal.NoServer::class.java) { DnsServers.parse(wrong) }
            assertEquals(wrong, refusal.text)
        }
    }

    @Test
    fun `there may be some, not many`() {
        val some = (1..DnsServers.MOST).map { "192.0.2.$it" }
        assertEquals(some, DnsServers.parse(some.joinToString(",")))
        assertThrows(DnsServers.Refusal.TooMany::class.java) { DnsServers.parse((some + "192.0.2.99").joinToString(",")) }
    }

    @Test
    fun `the engine asks the user's servers, else the network's`() {
        val surroundings = Surroundings(Network.WIFI, listOf("10.111.222.2"), listOf("192.0.2.1:53"), emptyMap())
        assertEquals(listOf("192.0.2.1:53"), EngineConfig.of(Settings(), surroundings).dnsUpstreams)
        val own = EngineConfig.of(Settings(dnsServers = listOf("203.0.113.53", "2001:db8::53")), surroundings)
        assertEquals(listOf("203.0.113.53:53", "[2001:db8::53]:53"), own.dnsUpstreams)
    }

    @Test
    fun `the engine is told that IPv6 is not wanted`() {
        val surroundings = Surroundings(Network.WIFI, emptyList(), emptyList(), emptyMap())
        assertTrue("\"ipv6\":false" in EngineConfig.of(Settings(ipv6 = false), surroundings).toJson())
        assertTrue("its default is not named", "ipv6" !in EngineConfig.of(Settings(), surroundings).toJson())
    }

    @Test
    fun `settings with a wrong server are refused and say why`() {
        for ((text, expected) in mapOf(
            """{"dnsServers":["dns.example"]}""" to "\"dns.example\"; expected an address such as 192.0.2.53",
            """{"dnsServers":["127.0.0.1"]}""" to "no server can be",
            """{"dnsServers":["192.0.2.1","192.0.2.1"]}""" to "twice",
            """{"dnsServers":["192.0.2.1 192.0.2.2"]}""" to "two in one",
        )) {
            val refusal = assertThrows(text, IllegalArgumentException::class.java) { Settings.fromJson(text) }
            assertTrue("${refusal.message}", expected in refusal.message.orEmpty())
        }
    }

    @Test
    fun `both come over to another phone`() {
        val chosen = Settings(dnsServers = listOf("203.0.113.53", "2001:db8::53"), ipv6 = false)
        assertEquals(chosen, Backup.restored(Backup.of(chosen), Settings()))
        assertEquals(Settings(), Backup.restored(Backup.of(Settings()), chosen))
    }
}
