package app.gasket.phone

import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey

/** Stands where a phone's hardware is; the JVM has no provider of that name. Keys live as long as the process. */
@Suppress("DEPRECATION")
class TestKeystore : Provider(NAME, 1.0, "a phone's keys") {
    init {
        put("KeyStore.$NAME", Keys::class.java.name)
        put("KeyGenerator.AES", Generator::class.java.name)
    }

    class Generator : KeyGeneratorSpi() {
        override fun engineInit(random: SecureRandom?) = Unit

        override fun engineInit(
            parameters: AlgorithmParameterSpec?,
            random: SecureRandom?,
        ) = Unit

        override fun engineInit(
            bits: Int,
            random: SecureRandom?,
        ) = Unit

        override fun engineGenerateKey(): SecretKey = KeyGenerator.getInstance("AES").generateKey().also { kept = it }
    }

    class Keys : KeyStoreSpi() {
        override fun engineLoad(
            stream: InputStream?,
            password: CharArray?,
        ) = Unit

        override fun engineGetKey(
            alias: String?,
            password: CharArray?,
        ): Key? = kept

        override fun engineGetCertificateChain(alias: String?): Array<Certificate> = emptyArray()

        override fun engineGetCertificate(alias: String?): Certificate? = null

        override fun engineGetCreationDate(alias: String?): Date? = null

        override fun engineSetKeyEntry(
            alias: String?,
            key: Key?,
            password: CharArray?,
            chain: Array<out Certificate>?,
        ) = throw UnsupportedOperationException()

        override fun engineSetKeyEntry(
            alias: String?,
            key: ByteArray?,
            chain: Array<out Certificate>?,
        ) = throw UnsupportedOperationException()

        override fun engineSetCertificateEntry(
            alias: String?,
            certificate: Certificate?,
        ) = throw UnsupportedOperationException()

        override fun engineDeleteEntry(alias: String?) = throw UnsupportedOperationException()

        override fun engineAliases(): Enumeration<String> = Collections.emptyEnumeration()

        override fun engineContainsAlias(alias: String?): Boolean = kept != null

        override fun engineSize(): Int = if (kept == null) 0 else 1

        override fun engineIsKeyEntry(alias: String?): Boolean = kept != null

        override fun engineIsCertificateEntry(alias: String?): Boolean = false

        override fun engineGetCertificateAlias(certificate: Certificate?): String? = null

        override fun engineStore(
            stream: OutputStream?,
            password: CharArray?,
        ) = throw UnsupportedOperationException()
    }

    companion object {
        private const val NAME = "AndroidKeyStore"
        private var kept: SecretKey? = null

        /** As a phone just set up. */
        fun install() {
            Security.removeProvider(NAME)
            Security.addProvider(TestKeystore())
            lose()
        }

        /** As after the phone's lock was removed on some makers' phones. */
        fun lose() {
            kept = null
        }
    }
}
