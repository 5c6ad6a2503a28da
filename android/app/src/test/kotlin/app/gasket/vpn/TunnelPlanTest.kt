package app.gasket.vpn

import app.gasket.rules.Prefix
import app.gasket.rules.Settings
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import java.net.InetAddress

class TunnelPlanTest {
    private fun plan(vararg networks: String) =
        TunnelPlan.of(Settings(), NetworkState(prefixes = networks.map(Prefix::parse), isMetered = true))

    private fun TunnelPlan.carries(address: String) =
        InetAddress.getByName(address).let { one -> routes.any { it.overlaps(Prefix(one, one.address.size * 8)) } }

    @Test
    fun `both families go through the tunnel, the neighbourhood does not`() {
        val plan = plan("192.168.1.7/24")
        for (address in listOf(
            "203.0.113.9",
            "42.99.2.15",
            "8.8.8.8",
            "2001:db8::1",
            "64:ff9b::1",
        )) {
            assertTrue(address, plan.carries(address))
        }
        for (address in listOf("192.168.1.1", "10.0.0.1", "172.16.9.9", "169.254.1.1", "224.0.0.251", "fe80::1", "fd00::1", "ff02::fb")) {
            assertFalse(address, plan.carries(address))
        }
    }

    @Test
    fun `what tests the path goes through the tunnel, wherever the phone is`() {
        for (plan in listOf(plan(), plan("192.168.1.7/24"), plan("192.0.2.7/24"))) {
            assertTrue(
                plan.carries(
                    CanaryLetter.SERVER.address.hostAddress
                        .orEmpty(),
                ),
            )
        }
    }

    @Test
    fun `a tunnel of ours is known by the phone's addresses in it`() {
        for (network in listOf("192.168.1.7/24", "10.0.0.7/8")) {
            assertTrue(network, TunnelPlan.isOurs(plan(network).addresses.map { it.address }))
        }
        val others = listOf("10.111.222.2", "10.8.0.2").map(InetAddress::getByName)
        for (other in others) assertFalse("$other", TunnelPlan.isOurs(listOf(other) + plan().addresses.map { it.address }))
        assertFalse("one without addresses", TunnelPlan.isOurs(emptyList()))
    }

    @Test
    fun `without IPv6 it goes through the tunnel all the same, to be refused there`() {
        val plan = TunnelPlan.of(Settings(ipv6 = false), NetworkState())
        assertEquals(TunnelPlan.of(Settings(), NetworkState()), plan)
        for (address in listOf("2001:db8::1", "64:ff9b::1", "203.0.113.9")) assertTrue(address, plan.carries(address))
    }

    @Test
    fun `with the local network relayed, only what no relay can carry stays outside`() {
        val plan = TunnelPlan.of(Settings(relaysLan = true), NetworkState())
        for (address in listOf(
            "192.168.1.1",
            "10.0.0.1",
            "172.16.9.9",
            "fd00::1",
            "203.0.113.9",
        )) {
            assertTrue(address, plan.carries(address))
        }
        for (address in listOf("169.254.1.1", "224.0.0.251", "fe80::1", "ff02::fb")) assertFalse(address, plan.carries(address))
    }

    @Test
    fun `the resolvers are reached through the tunnel although their ranges are private`() {
        val plan = plan()
        assertEquals(2, plan.resolvers.size)
        for (resolver in plan.resolvers) assertTrue(plan.carries(resolver.hostAddress.orEmpty()))
        for ((resolver, own) in plan.resolvers.zip(plan.addresses)) {
            assertTrue(own.overlaps(Prefix(resolver, own.length)))
            assertFalse(own.address == resolver)
        }
    }

    @Test
    fun `a range that the network uses is not taken`() {
        assertEquals(
            "10.111.222.1",
            plan("192.168.1.7/24")
                .addresses
                .first()
                .address.hostAddress,
        )
        assertEquals(
            "172.31.251.1",
            plan("10.0.0.7/8")
                .addresses
                .first()
                .address.hostAddress,
        )
        assertEquals(
            "192.168.251.1",
            plan("10.0.0.7/8", "172.16.0.1/12")
                .addresses
                .first()
                .address.hostAddress,
        )
    }

    @Test
    fun `metering and packet size are passed on`() {
        assertTrue(plan().isMetered)
        assertEquals(1280, TunnelPlan.of(Settings(mtu = 1280), NetworkState()).mtu)
    }

    @Test
    fun `DNS goes to the network's servers, or nowhere`() {
        val servers = listOf("192.0.2.53", "fe80::1", "::1").map(InetAddress::getByName)
        assertEquals(listOf("192.0.2.53:53", "[fe80:0:0:0:0:0:0:1]:53"), NetworkState(dnsServers = servers).upstreams)
        assertEquals(listOf("192.0.2.1:53"), NetworkState().upstreams)
    }
}
