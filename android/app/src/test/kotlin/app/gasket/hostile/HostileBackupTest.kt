package app.gasket.hostile

import app.gasket.bridge.RuleBook
import app.gasket.phone.ShadowLibrary
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Backup
import app.gasket.rules.OwnAction
import app.gasket.rules.RuleChoice
import app.gasket.rules.RuleChoices
import app.gasket.rules.RuleFiles
import app.gasket.rules.Settings
import app.gasket.ui.BackupPresenter
import app.gasket.ui.BackupState
import app.gasket.ui.Change
import app.gasket.ui.OwnRulesPresenter
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.File

/** A file of settings that a stranger made: it is taken or refused, and nothing else happens. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
class HostileBackupTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val store by lazy { SettingsStore(File(folder.root, "settings.json")) }
    private val presenter by lazy { BackupPresenter(CoroutineScope(Dispatchers.Unconfined), store, Dispatchers.Unconfined) }

    private fun file(settings: String) = """{"kind":"gasket-settings","version":1,"settings":$settings}"""

    private fun look(text: String): BackupState {
        presenter.look { text.byteInputStream() }
        return presenter.states.value
    }

    private fun refused(text: String) = assertThrows(text.take(99), Backup.Refusal::class.java) { Backup.restored(text, Settings()) }

    @Test
    fun `what is nested a hundred thousand deep is refused`() {
        val deep = "[".repeat(100_000) + "]".repeat(100_000)
        refused(deep)
        refused(file(deep))
        refused(file("""{"blockedNames":[$deep]}"""))
        refused(file("""{"apps":{"a":$deep}}"""))
        refused(file("""{"identifiers":{"key_check":"a","values":[{"kind":"imei","needles":$deep}]}}"""))
    }

    @Test
    fun `wrong types, numbers, characters and keys are refused or taken as what they say`() {
        for (wrong in listOf(
            "null",
            "[]",
            "7",
            """{"mtu":1e999}""",
            """{"mtu":NaN}""",
            """{"mtu":-1}""",
            """{"mtu":99999999999999999999}""",
            """{"historyDays":1.5}""",
            """{"apps":[]}""",
            """{"apps":{"a":null}}""",
            """{"apps":{"a":{"mode":"own"}}}""",
            """{"rules":{"own":{"a":7}}}""",
            """{"theme":{}}""",
            """{"version":2}""",
            """{"mtu":1500,"mtu":15}""",
        )) {
            refused(file(wrong))
        }
        for (start in listOf("\uFEFF", "\u0000", " \uFEFF")) refused(start + file("{}"))
        val strange = """{"apps":{"\ud800":{"mode":"block"},"\u0000":{"mode":"block"},"\u202e":{"mode":"block"}}}"""
        assertEquals(3, Backup.restored(file(strange), Settings()).apps.size)
    }

    @Test
    fun `a file that is cut off anywhere is refused`() {
        val whole = Backup.of(Settings(mtu = 1500).with("com.example.chat", AppChoice(AppMode.BLOCK)))
        for (length in whole.indices) refused(whole.take(length))
        assertEquals(1500, Backup.restored(whole, Settings()).mtu)
    }

    @Test
    fun `as many apps as fit into a file are read at once, and too many refused`() {
        val apps = (0 until 40_000).joinToString(",") { "\"a$it\":{\"mode\":\"block\"}" }
        refused(file("""{"apps":{$apps}}"""))
        val long = "\"${"a".repeat(100_000)}\""
        refused(file("""{"apps":{$long:{"mode":"block"}}}"""))
        refused(file("""{"mutedFamilies":[$long]}"""))
        refused(file("""{"rules":{"files":{$long:""}}}"""))
    }

    @Test
    fun `addresses of servers are read at once, however long, and nothing is looked up`() {
        refused(file("""{"dnsServers":["${":".repeat(900_000)}x"]}"""))
        refused(file("""{"dnsServers":["${"1.".repeat(400_000)}"]}"""))
        refused(file("""{"dnsServers":["1:2"]}"""))
        refused(file("""{"dnsServers":["::1.2.3.4.5"]}"""))
        val wrong = "1".repeat(100_000)
        assertTrue(
            "what is wrong is not repeated at length",
            refused(file("""{"dnsServers":["$wrong"]}""")).message.orEmpty().length < 1_000,
        )
        assertTrue(refused(file("""{"$wrong":1}""")).message.orEmpty().length < 1_000)
        assertTrue(refused(file("""{"mtu":"$wrong"}""")).message.orEmpty().length < 1_000)
    }

    @Test
    fun `what the engine would not take is refused before it is in force`() {
        val wrong = RuleChoices(own = mapOf("not a name!" to OwnAction.BLOCK))
        assertTrue(look(Backup.of(Settings(rules = wrong))) is BackupState.Refused)
        for (title in listOf("a".repeat(20_000), "\"Lea\\u202Eske\"")) {
            val files = mapOf("a.yml" to RuleFiles.BY_NAME.replace("title: Registration by name", "title: $title"))
            assertTrue(title.take(9), look(Backup.of(Settings(rules = RuleChoices(files = files)))) is BackupState.Refused)
        }
        assertTrue(look(Backup.of(Settings(rules = RuleChoices(files = mapOf("a.yml" to RuleFiles.BY_NAME))))) is BackupState.Preview)
        assertTrue(look(Backup.of(Settings(rules = RuleChoices(own = mapOf("a.example" to OwnAction.BLOCK))))) is BackupState.Preview)
    }

    @Test
    fun `what is wrong with a rule file is told once, and ends`() {
        val twice =
            RuleFiles.BY_NAME.replace(
                "match: [{http.host: zzhc.vnet.cn}]",
                "match: [{http.host: a.example}, {http.host: a.example}]",
            )
        val problems =
            RuleBook
                .read(
                    mapOf("a.yml" to twice, "b.yml" to "a: [".repeat(8_000), "c.yml" to "a".repeat(30_000) + ": 1\n"),
                ).refused
        assertEquals(setOf("a.yml", "b.yml", "c.yml"), problems.map { it.file }.toSet())
        assertEquals(problems.size, problems.toSet().size)
        assertTrue("${problems.sumOf { it.problem.length }}", problems.all { it.problem.length <= 500 })
        val many = (0 until 2_000).joinToString("\n") { "wrong$it: 1" }
        assertTrue(RuleBook.read(mapOf("a.yml" to RuleFiles.BY_NAME + many)).refused.size in 1..20)
    }

    @Test
    fun `what is typed or pasted is taken or refused`() {
        val own = OwnRulesPresenter(CoroutineScope(Dispatchers.Unconfined), store, dispatcher = Dispatchers.Unconfined)
        for (typed in listOf(
            "\uD800",
            "a\u0000b.example",
            "\uDC00.example",
            "a".repeat(1_000_000),
            "\u202Eexample",
            "1.2.3.4/99",
            ":".repeat(1_000),
        )) {
            own.begin()
            own.add(typed, OwnAction.BLOCK)
            assertFalse(typed.take(9), own.draft.value.isDone)
            assertTrue(
                own.draft.value.problem
                    .orEmpty()
                    .isNotEmpty(),
            )
        }
        own.add("a.example", OwnAction.BLOCK)
        assertTrue(own.draft.value.isDone)
    }

    @Test
    fun `whatever becomes of reading is told`() {
        presenter.look { throw IllegalStateException("as a provider may") }
        assertEquals(BackupState.Failed("as a provider may"), presenter.states.value)
    }

    @Test
    fun `rules that a file switches off, and apps that it trusts, do not go unsaid`() {
        store.change { it.with("com.example.agent", AppChoice(AppMode.BLOCK)) }
        val then =
            Settings(
                rules = RuleChoices(families = mapOf("Adups" to RuleChoice.OFF)),
            ).with("com.example.agent", AppChoice(AppMode.TRUST))
        assertEquals(listOf(Change.APPS, Change.RULES), (look(Backup.of(then)) as BackupState.Preview).changes)
    }
}
