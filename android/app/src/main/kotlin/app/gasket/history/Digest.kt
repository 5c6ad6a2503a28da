package app.gasket.history

import java.nio.ByteBuffer
import java.security.MessageDigest

/** A SHA-256 sum: of what an entry says, or of that and of all entries before it, which is the entry's link. */
class Digest internal constructor(
    internal val bytes: ByteArray,
) {
    override fun equals(other: Any?): Boolean = other is Digest && bytes.contentEquals(other.bytes)

    override fun hashCode(): Int = bytes.contentHashCode()

    /** In hexadecimal. */
    override fun toString(): String = bytes.joinToString("") { "%02x".format(it) }

    internal companion object {
        private const val LENGTH = 32

        /** What the first entry of all follows. */
        val NOTHING = Digest(ByteArray(LENGTH))
    }
}

/** Adds one thing after the other, each marked so that no two lists of things give the same bytes. */
internal class Sum {
    private val sha = MessageDigest.getInstance("SHA-256")

    fun add(number: Long?): Sum =
        apply {
            sha.update(if (number == null) 0 else 1)
            number?.let { sha.update(ByteBuffer.allocate(Long.SIZE_BYTES).putLong(it).array()) }
        }

    fun add(text: String?): Sum =
        apply {
            val bytes = text?.encodeToByteArray()
            add(bytes?.size?.toLong())
            bytes?.let(sha::update)
        }

    fun add(digest: Digest): Sum = apply { sha.update(digest.bytes) }

    fun digest(): Digest = Digest(sha.digest())
}
