package app.gasket.ui

import java.io.ByteArrayOutputStream
import java.io.InputStream

/** At most [most] bytes, so that a wrong file cannot fill the memory. */
internal fun InputStream.readUpTo(most: Int): ByteArray {
    val out = ByteArrayOutputStream()
    val buffer = ByteArray(DEFAULT_BUFFER_SIZE)
    while (out.size() < most) {
        val count = read(buffer, 0, minOf(buffer.size, most - out.size()))
        if (count < 0) break
        out.write(buffer, 0, count)
    }
    return out.toByteArray()
}
