package app.gasket.rules

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.math.BigInteger

class PrefixTest {
    private fun prefixes(vararg texts: String) = texts.map(Prefix::parse)

    private fun size(prefix: Prefix) = BigInteger.ONE.shiftLeft(prefix.address.address.size * 8 - prefix.length)

    @Test
    fun `a hole is left out and nothing else`() {
        val around = Prefix.parse("192.0.2.0/24").without(prefixes("192.0.2.64/26"))
        assertEquals(prefixes("192.0.2.0/26", "192.0.2.128/25"), around)
    }

    @Test
    fun `what remains and the holes make up the whole, without overlap`() {
        for ((whole, holes) in listOf(
            "0.0.0.0/0" to prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "224.0.0.0/4"),
            "::/0" to prefixes("fc00::/7", "fe80::/10", "ff00::/8"),
        )) {
            val rest = Prefix.parse(whole).without(holes)
            assertEquals(size(Prefix.parse(whole)), (rest + holes).map(::size).reduce(BigInteger::add))
            for (one in rest) assertTrue("$one", holes.none(one::overlaps))
            for ((at, one) in rest.withIndex()) assertTrue("$one", rest.drop(at + 1).none(one::overlaps))
        }
    }

    @Test
    fun `a hole that covers all leaves nothing, one elsewhere changes nothing`() {
        val net = Prefix.parse("192.0.2.0/24")
        assertEquals(emptyList<Prefix>(), net.without(prefixes("192.0.0.0/16")))
        assertEquals(listOf(net), net.without(prefixes("198.51.100.0/24", "::/0")))
    }

    @Test
    fun `families never overlap`() = assertFalse(Prefix.parse("0.0.0.0/0").overlaps(Prefix.parse("::/0")))

    @Test
    fun `what is no prefix is refused, and no name is looked up`() {
        for (text in listOf("", "192.0.2.0", "192.0.2.0/33", "192.0.2.0/x", "gasket.example/8", "192.0.2.0/24/1")) {
            assertThrows(text, IllegalArgumentException::class.java) { Prefix.parse(text) }
        }
    }
}
