package app.gasket.rules

import java.math.BigInteger
import java.net.InetAddress

/** A range of addresses: all that share the first [length] bits with [address]. */
data class Prefix(
    val address: InetAddress,
    val length: Int,
) {
    private val bits = address.address.size * Byte.SIZE_BITS
    private val first = BigInteger(1, address.address)

    init {
        require(length in 0..bits) { "prefix length $length of ${address.hostAddress}: expected 0 to $bits" }
    }

    private val size: BigInteger get() = BigInteger.ONE.shiftLeft(bits - length)

    /** Whether both have addresses in common; never for different families. */
    fun overlaps(other: Prefix): Boolean =
        bits == other.bits && minOf(length, other.length).let { first.shiftRight(bits - it) == other.first.shiftRight(bits - it) }

    /** The whole range but [holes], as few prefixes as possible, in order. */
    fun without(holes: Collection<Prefix>): List<Prefix> {
        val inside = holes.filter { it.overlaps(this) }
        return when {
            inside.isEmpty() -> listOf(this)
            inside.any { it.length <= length } -> emptyList()
            else -> halves().flatMap { it.without(inside) }
        }
    }

    private fun halves(): List<Prefix> = listOf(first, first + size.shiftRight(1)).map { Prefix(toAddress(it), length + 1) }

    private fun toAddress(number: BigInteger): InetAddress {
        val bytes = ByteArray(bits / Byte.SIZE_BITS)
        val digits = number.toByteArray().takeLast(bytes.size)
        digits.forEachIndexed { at, byte -> bytes[bytes.size - digits.size + at] = byte }
        return InetAddress.getByAddress(bytes)
    }

    override fun toString(): String = "${address.hostAddress}/$length"

    companion object {
        /** Reads "192.0.2.0/24"; looks nothing up. */
        fun parse(text: String): Prefix {
            val (address, length) = text.split('/').also { require(it.size == 2) { "$text is no prefix such as 192.0.2.0/24" } }
            require(address.any { it == ':' } || address.all { it.isDigit() || it == '.' }) { "$address is no address" }
            return Prefix(InetAddress.getByName(address), length.toInt())
        }
    }
}
