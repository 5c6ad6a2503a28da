package app.gasket.vpn

import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.Base64
import kotlin.random.Random

/**
 * A registration as handsets send it, about a phone that does not exist, to an address that nobody has. Made anew for
 * each test: nothing that remembers what it saw can know it.
 */
internal class CanaryLetter private constructor(
    /** The server's name in it: no other program can know it, so what is told of it is told of this letter. */
    val host: String,
    imei: String,
    imsi: String,
) {
    /** The request, as it goes onto the wire. */
    val request: ByteArray =
        run {
            val told = """{"REGVER":"8.0","MODEL":"Gasket-test","IMEI1":"$imei","SIM1LTEIMSI":"$imsi","UETYPE":"1"}"""
            val body = Base64.getEncoder().encodeToString(told.encodeToByteArray())
            val head =
                listOf(
                    "POST / HTTP/1.1",
                    "Host: $host",
                    "Content-Type: application/encrypted-json",
                    "Content-Length: ${body.length}",
                    "Connection: close",
                )
            (head.joinToString("") { "$it\r\n" } + "\r\n" + body).encodeToByteArray()
        }

    companion object {
        /** For documentation (RFC 5737), and nobody's; on the port whose requests are read before anything is dialled. */
        val SERVER = InetSocketAddress(InetAddress.getByAddress(byteArrayOf(192.toByte(), 0, 2, 80)), 80)

        /** The rule of the pack that blocks the registration, and its family. */
        const val RULE = "1b210107-04cb-49db-ba05-8aef7ecc53e4"
        const val FAMILY = "China Telecom"

        /** GSMA TS.06 keeps numbers that begin with 00 for test equipment. */
        private const val TEST_EQUIPMENT = "00"
        private const val IMEI_DIGITS = 14

        /** The test network of ITU-T E.212. */
        private const val TEST_NETWORK = "00101"
        private const val IMSI_DIGITS = 15
        private const val MARK_DIGITS = 20
        private const val DECIMAL = 10

        /** A letter with invented numbers and a mark of its own. */
        fun anew(random: Random): CanaryLetter {
            fun digits(count: Int) = String(CharArray(count) { '0' + random.nextInt(DECIMAL) })
            val imei = TEST_EQUIPMENT + digits(IMEI_DIGITS - TEST_EQUIPMENT.length)
            val imsi = TEST_NETWORK + digits(IMSI_DIGITS - TEST_NETWORK.length)
            // A name that can never be one (RFC 2606).
            return CanaryLetter("m${digits(MARK_DIGITS)}.gasket-test.invalid", imei + checkDigit(imei), imsi)
        }

        /** The last digit of an IMEI (Luhn; 3GPP TS 23.003, annex B): every second one counts twice. */
        fun checkDigit(digits: String): Int {
            val sum =
                digits.withIndex().sumOf { (place, digit) ->
                    val value = digit.digitToInt()
                    if (place % 2 == 0) value else value * 2 / DECIMAL + value * 2 % DECIMAL
                }
            return (DECIMAL - sum % DECIMAL) % DECIMAL
        }
    }
}
