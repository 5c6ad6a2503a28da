package app.gasket.ui

import app.gasket.bridge.Confidence
import app.gasket.bridge.KnownRule
import app.gasket.bridge.RefusedFile
import app.gasket.bridge.RuleAction
import app.gasket.bridge.RuleBook
import app.gasket.bridge.RuleLevel
import app.gasket.rules.OwnAction
import app.gasket.rules.RuleChoice
import app.gasket.rules.RuleChoices
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.File

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36])
class RulesPresenterTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val store by lazy { SettingsStore(File(folder.root, "settings.json")) }
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val saved = RulesPresenter.Saved(MutableStateFlow(""), MutableStateFlow(""))
    private val presenter by lazy { RulesPresenter(scope, store, saved, ::bookOf, Dispatchers.Unconfined) }

    private fun rule(
        id: String,
        family: String,
        title: String,
        file: String? = null,
    ) = KnownRule(
        id = id,
        title = title,
        family = family,
        level = RuleLevel.HIGH,
        action = RuleAction.BLOCK,
        confidence = Confidence.OBSERVED,
        receipt = "This app sent something to $family.",
        description = "How it is known.",
        breakage = "none known",
        harmlessIf = listOf("never"),
        references = listOf("https://example.org/$id"),
        file = file,
    )

    private val shipped =
        listOf(rule("1", "Carrier", "Registration"), rule("2", "Carrier", "Fallback address"), rule("3", "Maker", "Telemetry"))

    private fun bookOf(files: Map<String, String>) =
        RuleBook(
            shipped + files.filterValues { it == "good" }.keys.map { rule("9", "Maker", "Imported one", it) },
            files.filterValues { it == "bad" }.keys.map { RefusedFile(it, "$it, line 1: not YAML") },
        )

    private fun state() = runBlocking { presenter.states.filterNotNull().first() }

    private fun family(name: String) = state().families.single { it.name == name }

    private fun choices() = store.settings.value.rules

    @After
    fun end() = scope.cancel()

    @Test
    fun `rules stand by family, in the book's order, each with what counts for it`() {
        presenter.chooseFamily(family("Carrier"), RuleChoice.WARN)
        presenter.choose(shipped[1], RuleChoice.OFF)
        val state = state()
        assertEquals(listOf("Carrier", "Maker"), state.families.map { it.name })
        assertEquals(listOf(RuleChoice.WARN, RuleChoice.OFF), state.families[0].rows.map { it.choice })
        assertEquals(listOf(RuleChoice.WARN, RuleChoice.ON), state.families.map { it.choice })
        val kept = SettingsStore(File(folder.root, "settings.json")).settings.value.rules
        assertEquals(RuleChoices(families = mapOf("Carrier" to RuleChoice.WARN), rules = mapOf("2" to RuleChoice.OFF)), kept)
    }

    @Test
    fun `a choice for the family takes its rules along`() {
        presenter.choose(shipped[0], RuleChoice.OFF)
        presenter.choose(shipped[2], RuleChoice.OFF)
        presenter.lookFor("fallback")
        presenter.chooseFamily(family("Carrier"), RuleChoice.ON)
        assertEquals(RuleChoices(rules = mapOf("3" to RuleChoice.OFF)), choices())
    }

    @Test
    fun `what is looked for is found in families, titles and own rules`() {
        store.change { it.copy(rules = RuleChoices(own = mapOf("tracker.example" to OwnAction.BLOCK), files = mapOf("b.yml" to "bad"))) }
        for ((words, titles, own) in listOf(
            Triple(" carrier ", listOf("Registration", "Fallback address"), 0),
            Triple("TELEMETRY", listOf("Telemetry"), 0),
            Triple("tracker", emptyList(), 1),
            Triple("nowhere", emptyList(), 0),
            Triple("", shipped.map { it.title }, 1),
        )) {
            presenter.lookFor(words)
            val state = state()
            assertEquals(words, titles, state.families.flatMap { it.rows }.map { it.rule.title })
            assertEquals(words, own, state.own.size)
            assertEquals(words, words.isNotBlank(), state.isFiltered)
            assertEquals("refusals are no search result", words.isEmpty(), state.refused.isNotEmpty())
        }
    }

    @Test
    fun `an imported rule is removed with what was chosen for it, a refused one with its reason`() {
        store.change { it.copy(rules = RuleChoices(files = mapOf("a.yml" to "good", "b.yml" to "bad"))) }
        assertEquals("b.yml, line 1: not YAML", state().refused.single().problem)
        val imported =
            state()
                .families
                .last()
                .rows
                .last()
                .rule
        assertEquals("a.yml", imported.file)
        presenter.open(imported.id)
        assertEquals(imported, state().opened?.rule)
        presenter.choose(imported, RuleChoice.OFF)
        presenter.removeFile("a.yml", imported)
        presenter.removeFile("b.yml")
        assertEquals(RuleChoices(), choices())
        assertNull("nothing is left to look at", state().opened)
        assertTrue(state().refused.isEmpty())
    }

    @Test
    fun `an own rule is taken as the engine writes it, or refused in its words`() {
        val read = { typed: String -> typed.trim().also { require(it != "bad") { "is bad" } } }
        val own = OwnRulesPresenter(scope, store, read, Dispatchers.Unconfined)
        own.add("bad", OwnAction.BLOCK)
        assertEquals(Draft(problem = "is bad"), own.draft.value)
        assertEquals(RuleChoices(), choices())
        own.begin()
        own.add(" tracker.example ", OwnAction.BLOCK)
        assertEquals(Draft(isDone = true), own.draft.value)
        own.choose("tracker.example", OwnAction.WARN)
        assertEquals(mapOf("tracker.example" to OwnAction.WARN), choices().own)
        own.remove("tracker.example")
        assertEquals(RuleChoices(), choices())
    }
}
