package app.gasket.bridge

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** Captures for tests: pcap files of raw IP packets (link type 101). */
internal object CaptureFiles {
    private const val SYN = 0x02
    private const val ACK = 0x10
    private const val FILE_HEADER = 24
    private const val RECORD_HEADER = 16
    private const val HEADERS = 40

    /** A request with an invented IMEI to the registration's server, and one that nobody minds. */
    val LEAK =
        capture(
            "POST /?imei=350000001234562 HTTP/1.1\r\nHost: zzhc.vnet.cn\r\nContent-Length: 0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        )

    /** Each request on a connection of its own. */
    fun capture(vararg requests: String): ByteArray {
        val size = FILE_HEADER + requests.sumOf { 2 * (RECORD_HEADER + HEADERS) + it.length }
        val file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN)
        file
            .putInt(0xa1b2c3d4.toInt())
            .putInt(0x00040002)
            .putLong(0)
            .putInt(65_535)
            .putInt(101)
        requests.forEachIndexed { at, request ->
            file.record(at, sequence = 9, SYN, ByteArray(0))
            file.record(at, sequence = 10, ACK, request.encodeToByteArray())
        }
        return file.array()
    }

    private fun ByteBuffer.record(
        at: Int,
        sequence: Int,
        flags: Int,
        payload: ByteArray,
    ) {
        val length = HEADERS + payload.size
        putInt(1_700_000_000 + at).putInt(0).putInt(length).putInt(length)
        val packet = ByteBuffer.allocate(length)
        packet
            .putShort(0x4500)
            .putShort(length.toShort())
            .putInt(0x4000)
            .putInt(0x40060000)
        packet.putInt(0xc0000201.toInt()).putInt(0xcb007109.toInt())
        packet
            .putShort((10_000 + at).toShort())
            .putShort(80)
            .putInt(sequence)
            .putInt(0)
        packet
            .putShort((0x5000 or flags).toShort())
            .putShort(-1)
            .putInt(0)
            .put(payload)
        put(packet.array())
    }
}
