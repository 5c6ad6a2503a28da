package app.gasket.phone

import app.gasket.GasketApp
import app.gasket.rules.OwnIdentifiers
import app.gasket.rules.Settings
import app.gasket.vpn.IdentifierStore
import app.gasket.vpn.KeyVault
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File

/** What the user types in, with the real engine's fingerprints. */
@RunWith(RobolectricTestRunner::class)
@Config(shadows = [ShadowLibrary::class])
class IdentifierStoreTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val file = File(app.noBackupFilesDir, "key")
    private val store = anew()

    /** As after the process died. */
    private fun anew() = IdentifierStore(app.settings, KeyVault(file), clock = { 1_700_000_000_999 })

    private fun forEngine(store: IdentifierStore): OwnIdentifiers? = runBlocking { store.settings.first() }.identifiers

    @Before
    fun begin() = TestKeystore.install()

    @Test
    fun `what is typed in is kept as fingerprints, and looked for again after the process died`() {
        assertNull(forEngine(store))
        store.add("serial", SERIAL)
        store.add("phone", "+1 202 555 0143")
        val kept =
            app.settings.settings.value
                .toJson()
        assertFalse(kept, SERIAL in kept || "5550143" in kept)
        assertFalse("the key is wrapped", file.readBytes().size <= KeyVault.BYTES)
        val entries = runBlocking { store.all.first() }
        assertEquals(listOf("serial" to 1_700_000_000L, "phone" to 1_700_000_000L), entries.map { it.kind to it.added })
        assertEquals(app.settings.settings.value, Settings.fromJson(kept))

        val next = anew()
        assertNull("not before it is unlocked", forEngine(next))
        next.unlock()
        assertEquals(entries, forEngine(next)?.values)
        next.add("serial", SERIAL)
        assertEquals("twice is once", entries, forEngine(next)?.values)
        next.forget(entries.first())
        assertEquals(entries.drop(1), forEngine(next)?.values)
        next.forget(entries.last())
        assertNull(forEngine(next))
    }

    @Test
    fun `what is none of its kind is refused in words that do not repeat it`() {
        val refusal = assertThrows(IllegalArgumentException::class.java) { store.add("imei", WRONG_IMEI) }
        assertTrue(refusal.message, "IMEI" in refusal.message.orEmpty() && WRONG_IMEI !in refusal.message.orEmpty())
        assertNull(app.settings.settings.value.identifiers)
    }

    @Test
    fun `a lost key is told, nothing breaks, and what is typed in anew takes their place`() {
        store.add("serial", SERIAL)
        TestKeystore.lose()
        val next = anew()
        next.unlock()
        assertFalse(next.isReadable.value)
        assertNull("the engine would refuse them", forEngine(next))
        assertEquals("they are still shown", 1, runBlocking { next.all.first() }.size)
        next.add("email", "someone@example.org")
        assertTrue(next.isReadable.value)
        assertEquals(listOf("email"), forEngine(next)?.values?.map { it.kind })
    }

    private companion object {
        const val SERIAL = "X7K2M9PQ4R"
        const val WRONG_IMEI = "123456789012345"
    }
}
