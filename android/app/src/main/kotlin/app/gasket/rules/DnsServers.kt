package app.gasket.rules

import java.net.Inet4Address
import java.net.InetAddress

/** DNS servers of the user's own, by address; each is asked at port 53, the first one first. */
object DnsServers {
    /** The system's resolver itself takes no more (resolv.conf: three), and one to spare. */
    const val MOST = 4

    private const val DNS_PORT = 53
    private const val OCTETS = 4
    private val OCTET = Regex("0|[1-9][0-9]{0,2}")
    private val WORD = Regex("[0-9A-Fa-f]{1,4}")
    private const val WORDS = 8
    private const val HEX = 16

    /** Longer than any address; more of it is not said back either. */
    private const val LONGEST = 64

    /** Why what was typed is not taken. */
    sealed class Refusal(
        message: String,
    ) : IllegalArgumentException(message) {
        /** [text] is no address: a name could not be looked up without a server. */
        class NoAddress(
            val text: String,
        ) : Refusal("dnsServers has \"$text\"; expected an address such as 192.0.2.53 or 2001:db8::53, without port")

        /** Nobody answers questions at [text]: this phone itself, one link only, or many at once. */
        class NoServer(
            val text: String,
        ) : Refusal("dnsServers has \"$text\", at which no server can be")

        class TooMany : Refusal("dnsServers has more than $MOST")
    }

    /**
     * Reads addresses with commas or blanks between them; looks nothing up. Doubles are left out.
     *
     * @throws Refusal for the first that is wrong.
     */
    fun parse(typed: String): List<String> =
        typed
            .split(',', ';', ' ', '\n', '\t')
            .filter { it.isNotEmpty() }
            .map { checked(it) }
            .distinctBy { it.first }
            .map { it.second }
            .also { if (it.size > MOST) throw Refusal.TooMany() }

    /** The address as the engine wants it, with port. */
    fun withPort(address: String): String = if (':' in address) "[$address]:$DNS_PORT" else "$address:$DNS_PORT"

    /** The address, and how it is written. */
    private fun checked(text: String): Pair<InetAddress, String> {
        val address = addressOf(text) ?: throw Refusal.NoAddress(text.take(LONGEST))
        val isServer = address.run { !isLoopbackAddress && !isAnyLocalAddress && !isMulticastAddress && !isLinkLocalAddress }
        if (!isServer || address.hostAddress == "255.255.255.255") throw Refusal.NoServer(text)
        // An IPv4 address may be written as a mapped one of IPv6 (RFC 4291, section 2.5.5.2).
        return address to if (address is Inet4Address) address.hostAddress.orEmpty() else text.lowercase()
    }

    /** Read here and not by Java, which looks up what is no address: at the very server that is being chosen. */
    private fun addressOf(text: String): InetAddress? =
        text.takeIf { it.length <= LONGEST }?.let { v4(it) ?: v6(it) }?.let(InetAddress::getByAddress)

    private fun v4(text: String): ByteArray? {
        val octets = text.split('.')
        val isAddress = octets.size == OCTETS && octets.all { it.matches(OCTET) && it.toInt() <= UByte.MAX_VALUE.toInt() }
        return if (isAddress) ByteArray(OCTETS) { octets[it].toInt().toByte() } else null
    }

    /** RFC 4291, section 2.2. */
    private fun v6(text: String): ByteArray? {
        val tail = text.substringAfterLast(':')
        val plain = if ('.' in tail) text.dropLast(tail.length) + words(v4(tail) ?: return null) else text
        val halves = plain.split("::").map { if (it.isEmpty()) emptyList() else it.split(':') }
        val given = halves.flatten()
        val isWhole = if (halves.size == 1) given.size == WORDS else halves.size == 2 && given.size < WORDS
        if (!isWhole || !given.all { it.matches(WORD) }) return null
        val all = halves.first() + List(WORDS - given.size) { "0" } + halves.drop(1).flatten()
        return all.flatMap { word -> word.toInt(HEX).let { listOf((it shr Byte.SIZE_BITS).toByte(), it.toByte()) } }.toByteArray()
    }

    /** Two words of IPv6 for four octets. */
    private fun words(v4: ByteArray): String = v4.joinToString("") { "%02x".format(it) }.chunked(OCTETS).joinToString(":")
}
