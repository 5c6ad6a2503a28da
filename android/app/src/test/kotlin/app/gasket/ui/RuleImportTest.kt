package app.gasket.ui

import app.gasket.GasketApp
import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.phone.ShadowLibrary
import app.gasket.rules.RuleFiles
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File
import java.io.IOException
import java.io.InputStream

/** A rule file from its document to the settings, judged by the real library. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
class RuleImportTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val now = System.currentTimeMillis()
    private val history = (RuntimeEnvironment.getApplication() as GasketApp).history
    private val store by lazy { SettingsStore(File(folder.root, "settings.json")) }
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val import by lazy { RuleImport(scope, store, history, dispatcher = Dispatchers.Unconfined, clock = { now }) }

    private val registration = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
    private val other = Engine.decode("[${EventTest.BARE}]".encodeToByteArray()).single()

    private fun read(
        text: String,
        file: String = "a.yml",
    ) = readFrom(file) { text.byteInputStream() }

    private fun readFrom(
        file: String,
        open: () -> InputStream,
    ): Import {
        import.read({ file }, open)
        return runBlocking { checkNotNull(import.state.filter { it != Import.Reading }.first()) }
    }

    private fun remember(vararg events: Event) = runBlocking { history.add(events.toList()) }

    @After
    fun end() = scope.cancel()

    @Test
    fun `it says what it would have done in the last week, and takes what the user wants`() {
        remember(
            registration.copy(timeMs = now - WEEK_MS - 1),
            registration.copy(timeMs = now - 3_000),
            other.copy(timeMs = now - 2_000),
            registration.copy(timeMs = now - 1_000, verdict = Decision.WARN),
        )
        val ready = read(RuleFiles.BY_NAME) as Import.Ready
        assertEquals("Registration by name", ready.rule.title)
        assertEquals(3, ready.lookBack.lines)
        assertEquals(2, ready.lookBack.matches)
        assertEquals(1, ready.lookBack.passed)
        assertEquals(0, ready.lookBack.undecided)
        assertEquals(listOf(now - 1_000, now - 3_000), ready.lookBack.examples.map { it.timeMs })
        assertFalse(ready.replaces)
        import.take()
        assertNull(import.state.value)
        assertEquals(mapOf("a.yml" to RuleFiles.BY_NAME), store.settings.value.rules.files)
        assertTrue((read(RuleFiles.BY_NAME) as Import.Ready).replaces)
    }

    @Test
    fun `what the history does not keep is said and not guessed`() {
        remember(registration.copy(timeMs = now - 2_000), other.copy(timeMs = now - 1_000))
        val found = (read(RuleFiles.BY_QUERY) as Import.Ready).lookBack
        assertEquals(0, found.matches)
        assertEquals("only of the one to that server", 1, found.undecided)
        assertEquals(setOf("http.query"), found.missing)
    }

    @Test
    fun `all pages of the week are looked at`() {
        remember(*Array(RuleImport.PAGE + 1) { registration.copy(timeMs = now - it) })
        val found = (read(RuleFiles.BY_NAME) as Import.Ready).lookBack
        assertEquals(RuleImport.PAGE + 1, found.lines)
        assertEquals(RuleImport.PAGE + 1, found.matches)
        assertFalse(found.isCut)
        assertEquals(RuleImport.EXAMPLES, found.examples.size)
    }

    @Test
    fun `what is no rule is refused with the reason, and changes nothing`() {
        val tooLarge = RuleFiles.BY_NAME + " ".repeat(RuleImport.MOST_BYTES)
        val noText = { byteArrayOf(0x74, 0xC3.toByte(), 0x28).inputStream() }
        val refusals =
            mapOf(
                "a.yml, line 5: unknown level `lo`; did you mean `low`?" to read(RuleFiles.BROKEN),
                "a.yml, line 1: the file is empty" to read(""),
                "32769 bytes are too many" to read(tooLarge),
                "no such document" to readFrom("a.yml") { throw IOException("no such document") },
                "its id is also that of china-telecom/zzhc.yml" to
                    read(RuleFiles.BY_NAME.replace("00000000-0000-4000-8000-000000000011", registration.rules.single().id)),
            )
        for ((words, outcome) in refusals) {
            val problem = (outcome as Import.Refused).problem
            assertTrue("$words: $problem", words in problem)
        }
        assertEquals(Import.NoText("a.yml"), readFrom("a.yml", noText))
        import.take()
        assertTrue(
            store.settings.value.rules.files
                .isEmpty(),
        )
        import.dismiss()
        assertNull(import.state.value)
    }

    @Test
    fun `a second file with the id of the first is refused, and the first stays`() {
        read(RuleFiles.BY_NAME)
        import.take()
        for ((file, words) in listOf("b.yml" to "b.yml: its id is also that of a.yml", "0.yml" to "a.yml: its id is also that of 0.yml")) {
            val twin = read(RuleFiles.BY_NAME, file) as Import.Refused
            assertTrue(twin.problem, words in twin.problem)
        }
        assertEquals(setOf("a.yml"), store.settings.value.rules.files.keys)
    }
}
