package app.gasket.ui

import android.app.Activity
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.hasScrollToIndexAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import app.gasket.GasketApp
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.bridge.RuleBook
import app.gasket.phone.ShadowLibrary
import app.gasket.phone.TestKeystore
import app.gasket.phone.installSystemApp
import app.gasket.rules.RuleFiles
import app.gasket.rules.Theme
import app.gasket.vpn.Protection
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config

/**
 * What is on a screen is on it again when the phone was turned, has another language and back, another theme, and when
 * Android ended the process while nobody looked.
 */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
class RecreationTest {
    @get:Rule
    val compose = createEmptyComposeRule()

    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private lateinit var window: ActivityController<MainActivity>

    @Before
    fun begin() {
        TestKeystore.install()
        app.skipIntroduction()
        RuleBook.read()
        for (number in 10..60) installSystemApp(app, "com.example.app$number", 10_000 + number)
        installSystemApp(app, "com.qualcomm.qti.autoregistration", 10_123)
        app.protection.value = Protection.On(System.currentTimeMillis())
        runBlocking {
            val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
            app.history.add(List(60) { event.copy(timeMs = System.currentTimeMillis() - it * 1_000) })
        }
        window = Robolectric.buildActivity(MainActivity::class.java).setup()
    }

    @After
    fun end() {
        window.pause().stop().destroy()
    }

    private fun write(
        field: String,
        text: String,
    ) {
        compose.await(field)
        compose.onNode(hasSetTextAction() and hasText(field)).performTextInput(text)
    }

    private fun scrollTo(text: String) =
        compose.waitUntil(SHOWN_WITHIN_MS) {
            runCatching { compose.onNode(hasScrollToIndexAction()).performScrollToNode(hasText(text, substring = true)) }.isSuccess
        }

    private fun takeDocument(text: String) {
        val asked = shadowOf(app).nextStartedActivity
        val place = Uri.parse("content://documents.example/some.yml")
        shadowOf(app.contentResolver).registerInputStream(place, text.byteInputStream())
        shadowOf(window.get()).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place))
    }

    /** All that is written on the uppermost window, with what is typed and what is chosen. */
    private fun shown(): List<String> {
        compose.waitForIdle()
        return compose
            .onAllNodes(isRoot())
            .fetchSemanticsNodes()
            .flatMap { it.all() }
            // What is being written in is kept although it is out of sight.
            .filter { !it.boundsInRoot.isEmpty }
            .map { node -> node.config.run { listOf(texts(node), getOrNull(SemanticsProperties.EditableText)?.text, chosen(node)) } }
            .filter { parts -> parts.any { !it.isNullOrEmpty() } }
            .map { "$it" }
    }

    private fun texts(node: SemanticsNode) = node.config.getOrNull(SemanticsProperties.Text)?.joinToString(" ") { it.text }

    private fun chosen(node: SemanticsNode) =
        listOfNotNull(node.config.getOrNull(SemanticsProperties.Selected), node.config.getOrNull(SemanticsProperties.ToggleableState))
            .joinToString("")

    private fun SemanticsNode.all(): List<SemanticsNode> = listOf(this) + children.flatMap { it.all() }

    private fun awaitShown(
        expected: List<String>,
        after: String,
    ) {
        runCatching { compose.waitUntil(SHOWN_WITHIN_MS) { shown() == expected } }
        assertEquals(after, expected.joinToString("\n"), shown().joinToString("\n"))
    }

    /** As Android does when it needs the memory: nothing is left but what the window saved. */
    private fun endProcess() {
        val saved = Bundle()
        window
            .pause()
            .stop()
            .saveInstanceState(saved)
            .destroy()
        window = Robolectric.buildActivity(MainActivity::class.java).setup(saved)
    }

    private fun survives(
        what: String,
        isKeptByWindow: Boolean = true,
    ) {
        val before = shown()
        val changes =
            listOf(
                "turned" to { turn("+land", "+port") },
                "another language and back" to { turn("+fi", "+en") },
                "by night" to { turn("+night", "+notnight") },
                "another theme" to ::changeTheme,
            ) + listOf("another process" to ::endProcess).filter { isKeptByWindow }
        for ((name, change) in changes) {
            change()
            awaitShown(before, "$what, $name")
        }
    }

    private fun turn(
        to: String,
        back: String,
    ) {
        for (qualifiers in listOf(to, back)) {
            RuntimeEnvironment.setQualifiers(qualifiers)
            window.recreate()
            compose.waitForIdle()
        }
    }

    private fun changeTheme() {
        for (theme in listOf(Theme.DARK, Theme.SYSTEM)) {
            app.settings.change { it.copy(theme = theme) }
            compose.waitForIdle()
        }
    }

    @Test
    fun `home, and what is looked at there`() {
        compose.touch("Last 7 days")
        survives("the week")
        compose.touch("wanted to reach zzhc.vnet.cn")
        compose.await("Where we know it from")
        survives("details")
    }

    @Test
    fun `the history, searched and filtered`() {
        compose.go("History")
        write("Search the history", "zzhc")
        compose.await("Show all")
        compose.touch("Outcome")
        survives("choosing")
        compose.touch("Stopped")
        compose.waitUntil(SHOWN_WITHIN_MS) { compose.onAllNodesWithText("Outcome").fetchSemanticsNodes().isEmpty() }
        survives("chosen")
        compose.touch("wanted to reach zzhc.vnet.cn")
        compose.await("Where we know it from")
        survives("details")
    }

    @Test
    fun `apps, and the page of one`() {
        compose.go("Apps")
        write("Search apps", "example.app")
        compose.await("com.example.app10")
        scrollTo("com.example.app40")
        survives("list")
        compose.onAllNodesWithText("com.example.app40")[0].performClick()
        compose.await("How it is treated")
        survives("page")
    }

    @Test
    fun `rules, a rule, and one's own that is being written`() {
        compose.go("Rules")
        compose.await("Adups")
        compose.touch("Add your own")
        write("Name or address", "Tracker.exa")
        compose.touch("Only warn")
        survives("draft")
        compose.touch("Close")
        write("Search rules", "ZZHC")
        compose.await("China Telecom handset self-registration (ZZHC)")
        survives("searched")
        compose.touch("China Telecom handset self-registration (ZZHC)")
        compose.await("What blocking breaks")
        survives("rule")
    }

    @Test
    fun `a rule file that is being looked at`() {
        compose.go("Rules")
        compose.touch("Import a rule file")
        takeDocument(RuleFiles.BY_NAME)
        compose.await("Take this rule")
        // The file belongs to whoever gave it: another process asks for it again.
        survives("import", isKeptByWindow = false)
        endProcess()
        compose.await("Import a rule file")
    }

    @Test
    fun `settings, and a number that is being written`() {
        compose.go("Settings")
        compose.touch("Add a number")
        compose.touch("Serial number")
        // The number itself is a secret and is written nowhere, so it has to be typed again.
        survives("form")
    }

    @Test
    fun `the introduction`() {
        app.settings.change { it.copy(introduction = 1) }
        compose.await("Step 2 of 3")
        survives("introduction")
    }
}
