package app.gasket.vpn

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import androidx.core.util.writeBytes
import java.io.File
import java.security.GeneralSecurityException
import java.security.KeyException
import java.security.KeyStore
import java.security.SecureRandom
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/** Encrypts a few bytes. Both throw a [java.security.GeneralSecurityException] where the key is gone or another. */
internal interface Wrapping {
    fun wrap(secret: ByteArray): ByteArray

    fun unwrap(wrapped: ByteArray): ByteArray
}

/** Keeps one random secret in a file that is of no use on another phone. */
internal class KeyVault(
    private val file: File,
    private val wrapping: Wrapping = KeystoreWrapping,
) {
    /**
     * The secret; null if none was made yet.
     *
     * @throws GeneralSecurityException if it cannot be read, whatever the reason.
     */
    fun read(): ByteArray? = if (file.exists()) secured { wrapping.unwrap(AtomicFile(file).readFully()) } else null

    /**
     * A new secret in the place of whatever was there.
     *
     * @throws GeneralSecurityException if it cannot be kept, whatever the reason.
     */
    fun make(): ByteArray {
        val secret = ByteArray(BYTES).also(SecureRandom()::nextBytes)
        secured { AtomicFile(file).writeBytes(wrapping.wrap(secret)) }
        return secret
    }

    /** A damaged file is an [IllegalArgumentException] of the cipher's, and a Keystore that does not answer a [java.security.ProviderException]. */
    private fun <T> secured(work: () -> T): T =
        runCatching(work).getOrElse { throw it as? GeneralSecurityException ?: KeyException("the key cannot be used", it) }

    companion object {
        /** What the engine wants (RFC 2104, section 3). */
        const val BYTES = 32
    }
}

/** By a key that never leaves the phone's Keystore. */
internal object KeystoreWrapping : Wrapping {
    private const val STORE = "AndroidKeyStore"
    private const val ALIAS = "gasket.identifiers"
    private const val TRANSFORMATION = "AES/GCM/NoPadding"

    /** NIST SP 800-38D: what the Keystore makes for GCM. */
    private const val IV_BYTES = 12
    private const val TAG_BITS = 128

    override fun wrap(secret: ByteArray): ByteArray {
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.ENCRYPT_MODE, key() ?: makeKey())
        return cipher.iv + cipher.doFinal(secret)
    }

    override fun unwrap(wrapped: ByteArray): ByteArray {
        val key = key() ?: throw KeyException("the Keystore has no key $ALIAS any more")
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, wrapped, 0, IV_BYTES))
        return cipher.doFinal(wrapped, IV_BYTES, wrapped.size - IV_BYTES)
    }

    private fun key(): SecretKey? = KeyStore.getInstance(STORE).apply { load(null) }.getKey(ALIAS, null) as SecretKey?

    private fun makeKey(): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec =
            KeyGenParameterSpec
                .Builder(ALIAS, purposes)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE).apply { init(spec) }.generateKey()
    }
}
