package app.gasket.screens

import android.app.Activity
import android.appwidget.AppWidgetManager
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Canvas
import android.net.ConnectivityManager
import android.net.Uri
import android.view.View
import android.widget.TextView
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isSelectable
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextClearance
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.bridge.CaptureFiles
import app.gasket.bridge.RuleBook
import app.gasket.history.OutageCause
import app.gasket.history.Tally
import app.gasket.phone.ShadowLibrary
import app.gasket.phone.TestKeystore
import app.gasket.phone.installSystemApp
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Backup
import app.gasket.rules.Network
import app.gasket.rules.OwnAction
import app.gasket.rules.OwnIdentifier
import app.gasket.rules.OwnIdentifiers
import app.gasket.rules.RuleChoice
import app.gasket.rules.RuleChoices
import app.gasket.rules.RuleFiles
import app.gasket.ui.Accessibility
import app.gasket.ui.MainActivity
import app.gasket.ui.WholeScreen
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection
import app.gasket.vpn.TodayWidget
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.ParameterizedRobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowNetwork
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.IOException
import java.io.OutputStream

/**
 * Draws every screen in every state, in each look, for `cargo xtask screens`; the everyday tests leave it out. What
 * [Accessibility] finds in any of them fails it by name.
 */
@RunWith(ParameterizedRobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
internal class RenderedScreens(
    private val look: Look,
) {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val now = System.currentTimeMillis()
    private val samples = Samples(now)
    private val folder = File(System.getProperty("gasket.products"), "screens")
    private var problemCount = 0

    @Before
    fun begin() {
        TestKeystore.install()
        // The unoptimised library takes its time to compile the rules.
        RuleBook.read()
        look.apply()
        samples.apps.forEachIndexed { index, (name, label) -> installSystemApp(app, name, Samples.FIRST_UID + index, label) }
        installSystemApp(app, "com.example.chat.helper", Samples.FIRST_UID + samples.apps.lastIndex, "Chat add-on")
        compose.activityRule.scenario.recreate()
    }

    @Test
    fun `every screen in every state`() {
        introduction()
        home()
        history()
        apps()
        rules()
        settings()
        widget()
        assertEquals("problems in this look, told above", 0, problemCount)
    }

    private fun introduction() {
        shown("introduction", "what", "Step 1 of 3", isWhole = true)
        touch("Next")
        shown("introduction", "consent", "Step 2 of 3")
        app.protection.value = Protection.On(now)
        shown("introduction", "consent-given", "Protection is on")
        app.protection.value = Protection.Off()
        touch("Next")
        shown("introduction", "always-on", "Step 3 of 3", isWhole = true)
        touch("Done")
    }

    private fun home() {
        shown("home", "off", "Android will ask you")
        app.protection.value = Protection.Off(OutageCause.REVOKED)
        shown("home", "off-revoked", "Another VPN took over")
        app.protection.value = Protection.Off(OutageCause.FAILURE)
        shown("home", "off-failed", "Gasket could not go on")
        app.protection.value = Protection.Off()
        another(isUp = true)
        shown("home", "off-other-vpn", "Another VPN is on")
        another(isUp = false)
        app.protection.value = Protection.ConsentNeeded
        shown("home", "consent-needed", "Android needs your consent")
        app.protection.value = Protection.Starting
        shown("home", "starting", "Starting")
        app.protection.value = Protection.Swallowing("the file of settings is damaged")
        shown("home", "cut-off", "Gasket cannot work")
        app.protection.value = Protection.On(now - 7_200_000)
        shown("home", "on-nothing-yet", "Nothing to report today")
        runBlocking { app.history.add(samples.week) }
        shown("home", "on", "Latest", isWhole = true)
        touch("Last 7 days")
        shown("home", "on-week")
        touch("Today")
        homeAdvice()
    }

    private fun homeAdvice() {
        val notices =
            mapOf(
                "wants you to log in" to Notice.CaptivePortal,
                "has no network" to Notice.NoNetwork,
                "Private DNS is set to" to Notice.StrictPrivateDns("dns.example"),
                "settings was refused" to Notice.SettingsRefused("the name “a b” has a blank in it"),
                "cannot be written down" to Notice.HistoryFailing("database or disk is full"),
            )
        for ((text, notice) in notices) {
            app.protection.value = Protection.On(now - 7_200_000, setOf(notice))
            top()
            shown("home", "on-${text.replace(' ', '-')}", text)
        }
        app.protection.value = Protection.On(now - 7_200_000)
        app.alwaysOn.value = AlwaysOn(isOn = false, isLockdown = false)
        shown("home", "on-without-always-on", "Always-on VPN")
        app.alwaysOn.value = AlwaysOn(isOn = true, isLockdown = false)
        shown("home", "on-without-lockdown", "closes that gap")
        app.alwaysOn.value = null
        app.mayNotify.value = false
        shown("home", "on-without-notifications", "may not show notifications")
        app.mayNotify.value = true
        app.isRestricted.value = true
        shown("home", "on-restricted", "holds Gasket back")
        app.isRestricted.value = false
        app.protection.value = Protection.Paused(now + 300_000)
        shown("home", "paused", "Go on now")
        app.alwaysOn.value = AlwaysOn(isOn = true, isLockdown = true)
        shown("home", "paused-lockdown", "Android lets nothing out")
        app.protection.value = Protection.On(now - 7_200_000)
    }

    private fun history() {
        runBlocking {
            app.history.hide()
            go("History")
            shown("history", "empty", "Nothing was blocked or reported yet.")
            app.history.unhide()
            OutageCause.entries.forEachIndexed { index, cause ->
                val ended = now - 400_000 + index * 60_000
                app.history.protectionBegan(ended - 30_000)
                app.history.protectionEnded(ended, cause)
            }
            app.history.protectionBegan(now)
        }
        reach("zzhc.vnet.cn")
        top()
        shown("history", "lines", isWhole = look.size == Look.Size.SMALL)
        for ((state, chip) in mapOf("filter-identifier" to "Identifier", "filter-app" to "App", "filter-day" to "Day")) {
            touch(chip)
            shown("history", state, "Close")
            touch("Close")
        }
        touch("Outcome")
        touch("Reported")
        shown("history", "filtered", "Show all")
        compose.onNode(hasSetTextAction()).performTextInput("nowhere")
        shown("history", "nothing-fits", "Nothing fits")
        touch("Show all")
        exports()
        for ((state, line) in samples.details) {
            reach(line)
            compose.onAllNodes(said(line, isPart = true))[0].performClick()
            shown("details", state, "Where to", isWhole = true)
            touch("Back")
            compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(IS_LIST).fetchSemanticsNodes().isNotEmpty() }
        }
        reach("Clear")
        touch("Clear")
        shown("history", "cleared", "Undo")
        touch("Undo")
    }

    private fun exports() {
        await("Export")
        touch("Export")
        shown("history", "export", "As a table")
        for ((state, document) in mapOf("exported" to ByteArrayOutputStream(), "export-failed" to FullDisk)) {
            if (state != "exported") touch("Export")
            compose.onNode(said("As a table (CSV)")).performClick()
            val asked = shadowOf(app).nextStartedActivity
            val place = Uri.parse("content://documents.example/$state")
            shadowOf(app.contentResolver).registerOutputStream(place, document)
            compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
            shown("history", state, if (state == "exported") "exported" else "failed")
            compose.onAllNodes(said("Close"))[0].performClick()
        }
    }

    private object FullDisk : OutputStream() {
        override fun write(b: Int) = throw IOException("no space left on the device")
    }

    private fun apps() {
        app.settings.change { it.with("com.example.weather", AppChoice(AppMode.BLOCK, setOf(Network.MOBILE))) }
        go("Apps")
        shown("apps", "list", "Search apps")
        touch("Most data")
        shown("apps", "list-by-data")
        touch("Most leaks")
        reach("Weather")
        touch("Weather")
        shown("apps", "page", "Where it wanted to", isWhole = true)
        touch("Allow for an hour")
        await("Allowed until")
        compose.onNode(said("End now")).performScrollTo()
        shown("apps", "page-allowed")
        touch("Back")
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(IS_LIST).fetchSemanticsNodes().isNotEmpty() }
        shown("apps", "list-allowed", "Allowed until")
        reach("Chat")
        touch("Chat")
        shown("apps", "page-shared", "cannot tell its traffic", isWhole = true)
        touch("Back")
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(IS_LIST).fetchSemanticsNodes().isNotEmpty() }
        top()
        compose.onNode(hasSetTextAction()).performTextInput("nowhere")
        shown("apps", "no-such-app", "No app has this")
    }

    private fun rules() {
        val choices =
            RuleChoices(
                families = mapOf("Adups" to RuleChoice.WARN),
                own = mapOf("tracker.example" to OwnAction.BLOCK, "203.0.113.0/24" to OwnAction.WARN),
                files = mapOf("registration.yml" to RuleFiles.BY_NAME, "older.yml" to RuleFiles.BROKEN.replace("0011", "0013")),
            )
        go("Rules")
        shown("rules", "list-as-shipped", "Search rules")
        app.settings.change { it.copy(rules = choices) }
        reach("Your own rules")
        top()
        shown("rules", "list", isWhole = look.size == Look.Size.SMALL)
        reach("tracker.example")
        compose.onAllNodes(said("tracker.example"))[0].performClick()
        shown("rules", "own-choice", "Close")
        touch("Close")
        reach("Adups")
        compose.onAllNodes(said("Adups"))[0].performClick()
        shown("rules", "family-choice", "Close")
        touch("Close")
        reach("China Telecom handset self-registration (ZZHC)")
        compose.onNode(said("China Telecom handset self-registration (ZZHC)")).performClick()
        shown("rules", "rule", "Where we know it from", isWhole = true)
        touch("Back")
        reach("Registration by name")
        compose.onNode(said("Registration by name")).performClick()
        shown("rules", "rule-imported", "registration.yml")
        touch("Back")
        ruleForms()
        imports()
        reach("Search rules")
        compose.onNode(hasSetTextAction()).performTextInput("nowhere")
        shown("rules", "no-such-rule", "No rule has this")
        compose.onNode(hasSetTextAction()).performTextClearance()
        app.settings.change { it.copy(rules = RuleChoices()) }
    }

    private fun ruleForms() {
        reach("Add your own")
        touch("Add your own")
        val field = hasSetTextAction() and said("Name or address")
        compose.onNode(field).performTextInput("https://tracker.example/pixel")
        shown("rules", "add-own", "Name or address")
        touch("Add")
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(IS_WRONG).fetchSemanticsNodes().isNotEmpty() }
        shown("rules", "add-own-refused")
        touch("Close")
    }

    private fun imports() {
        val files =
            mapOf(
                "import" to RuleFiles.BY_NAME,
                "import-undecided" to RuleFiles.BY_QUERY,
                "import-refused" to RuleFiles.BROKEN,
            )
        for ((state, text) in files) {
            reach("Import a rule file")
            touch("Import a rule file")
            val asked = shadowOf(app).nextStartedActivity
            val place = Uri.parse("content://documents.example/registration.yml")
            shadowOf(app.contentResolver).registerInputStream(place, text.byteInputStream())
            compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
            shown("rules", state, if (state == "import-refused") "did you mean" else "Take this rule", isWhole = true)
            touch(if (state == "import-refused") "Close" else "Cancel")
        }
    }

    private fun settings() {
        go("Settings")
        app.settings.change { it.copy(identifiers = OwnIdentifiers("lost", listOf(OwnIdentifier("imei", now / 1_000, emptyList())))) }
        await("This phone lost the key")
        compose.onNode(said("Forget")).performScrollTo()
        shown("settings", "key-lost")
        touch("Forget")
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(said("Forget")).fetchSemanticsNodes().isEmpty() }
        app.settings.change { it.copy(mutedFamilies = setOf("China Telecom", "Example vendor")) }
        top()
        shown("settings", "all", "Always-on and lockdown", isWhole = true)
        touch("Add a number")
        await("Kept are only fingerprints")
        compose.onNode(said("Kept are only fingerprints", isPart = true)).performScrollTo()
        shown("settings", "add-number")
        compose.onNode(hasSetTextAction()).performTextInput("350000001234561")
        touch("Add")
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(IS_WRONG).fetchSemanticsNodes().isNotEmpty() }
        shown("settings", "add-number-refused")
        compose.onNode(hasSetTextAction()).performTextClearance()
        compose.onNode(hasSetTextAction()).performTextInput("350000001234562")
        touch("Add")
        await("Forget")
        compose.onNode(said("Forget")).performScrollTo()
        shown("settings", "own-number")
        backup()
    }

    private fun backup() {
        val file =
            Backup.of(
                app.settings.settings.value
                    .copy(historyDays = 7, rules = RuleChoices(own = mapOf("tracker.example" to OwnAction.BLOCK))),
            )
        for ((state, document) in mapOf("refused" to file.dropLast(9), "other-file" to "hello", "preview" to file)) {
            touch("Take from a file")
            val asked = shadowOf(app).nextStartedActivity
            val place = Uri.parse("content://documents.example/$state")
            shadowOf(app.contentResolver).registerInputStream(place, document.byteInputStream())
            compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
            await(if (state == "preview") "Take these" else "othing was changed")
            if (state != "preview") compose.onAllNodes(said("Close"))[0].performScrollTo()
            shown("settings", "backup-$state")
            if (state != "preview") touch("Close")
        }
        touch("Take them")
        await("are in force")
        compose.onNode(said("Undo")).performScrollTo()
        shown("settings", "backup-restored")
        captures()
        dns()
        pages()
    }

    private fun pages() {
        for ((button, text) in mapOf("Show the report" to "Android API level", "Licences" to "Apache-2.0")) {
            touch(button)
            shown("settings", button.lowercase().replace(' ', '-'), text, isWhole = true)
            touch("Back")
            await("Look into a recording")
        }
    }

    private fun dns() {
        touch("Own servers")
        await("Use these")
        compose.onNode(hasSetTextAction()).performScrollTo()
        shown("settings", "dns")
        compose.onNode(hasSetTextAction()).performTextInput("dns.example")
        touch("Use these")
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(IS_WRONG).fetchSemanticsNodes().isNotEmpty() }
        shown("settings", "dns-refused")
        touch("Cancel")
    }

    private fun captures() {
        for ((state, file) in mapOf("damaged" to CaptureFiles.LEAK.dropLast(1).toByteArray(), "whole" to CaptureFiles.LEAK)) {
            touch("Look into a recording")
            val asked = shadowOf(app).nextStartedActivity
            val place = Uri.parse("content://documents.example/$state.pcap")
            shadowOf(app.contentResolver).registerInputStream(place, file.inputStream())
            compose.activityRule.scenario.onActivity { shadowOf(it).receiveResult(asked, Activity.RESULT_OK, Intent().setData(place)) }
            shown("settings", "capture-$state", "Gasket would have stopped", isWhole = true)
            if (state != "damaged") {
                reach("A connection to zzhc.vnet.cn")
                compose.onAllNodes(said("A connection to zzhc.vnet.cn", isPart = true))[0].performClick()
                shown("settings", "capture-details", "Where to", isWhole = true)
                touch("Back")
            }
            reach("Close")
            touch("Close")
            await("Look into a recording")
        }
    }

    /** As large as a home screen gives it at least. */
    private fun widget() {
        val widgets = shadowOf(AppWidgetManager.getInstance(app))
        val id = widgets.createWidget(TodayWidget::class.java, R.layout.widget_today)
        for ((state, protection) in mapOf("on" to Protection.On(now), "off" to Protection.Off())) {
            TodayWidget.show(app, protection, Tally(blocked = 1_234, warned = 2))
            val view = widgets.getViewFor(id)
            val (width, height) = with(compose.density) { WIDGET.width.roundToPx() to WIDGET.height.roundToPx() }
            view.measure(
                View.MeasureSpec.makeMeasureSpec(width, View.MeasureSpec.EXACTLY),
                View.MeasureSpec.makeMeasureSpec(height, View.MeasureSpec.EXACTLY),
            )
            view.layout(0, 0, width, height)
            val picture = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
            view.draw(Canvas(picture))
            save(picture, "widget", state)
            val texts =
                listOf(R.id.widget_title, R.id.widget_text).map { view.findViewById<TextView>(it) }.filter {
                    it.visibility ==
                        View.VISIBLE
                }
            val isCutOff = texts.any { it.top < 0 || it.bottom > height || it.layout.height > it.height }
            if (isCutOff) problem("widget", state, "its text is cut off")
        }
    }

    private fun another(isUp: Boolean) {
        val network = ShadowNetwork.newInstance(9)
        for (callback in shadowOf(app.getSystemService(ConnectivityManager::class.java)).networkCallbacks) {
            if (isUp) callback.onAvailable(network) else callback.onLost(network)
        }
    }

    private fun go(screen: String) = compose.onNode(isSelectable() and said(screen)).performClick()

    /** What says this in English, in the language of the look. */
    private fun said(
        text: String,
        isPart: Boolean = false,
    ): SemanticsMatcher =
        Words(app)
            .of(text)
            .map { hasText(it, isPart || it != text) or hasContentDescription(it) }
            .reduce { one, other -> one or other }

    /** Scrolls the history there, once it is read. */
    private fun reach(text: String) =
        compose.waitUntil(PATIENCE_MS) {
            runCatching { compose.onNode(IS_LIST).performScrollToNode(said(text, isPart = true)) }.isSuccess
        }

    /** What is not in anything that scrolls is in sight. */
    private fun touch(text: String) {
        val node = compose.onNode(said(text))
        runCatching { node.performScrollTo() }
        node.performClick()
    }

    private fun await(text: String) =
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(said(text, isPart = true)).fetchSemanticsNodes().isNotEmpty() }

    /** Draws what is shown, once [text] is; all of it if it [isWhole]: then as often as it takes to scroll through. */
    private fun shown(
        screen: String,
        state: String,
        text: String? = null,
        isWhole: Boolean = false,
    ) {
        text?.let(::await)
        draw(screen, state)
        if (!isWhole) return
        var page = 2
        while (page <= MOST_PAGES && scroll(PART)) draw(screen, "$state-${page++}")
        top()
    }

    private fun draw(
        screen: String,
        state: String,
    ) {
        compose.waitForIdle()
        val whole = WholeScreen.of(compose)
        val problems = Accessibility(whole, compose.density).problems()
        problems.forEach { problem(screen, state, it) }
        save(whole.picture, screen, state)
    }

    private fun problem(
        screen: String,
        state: String,
        what: String,
    ) {
        problemCount++
        println("PROBLEM  $screen/$state  $look  $what")
    }

    private fun save(
        picture: Bitmap,
        screen: String,
        state: String,
    ) {
        val file = File(folder, "$screen/$state/$look.png").apply { parentFile?.mkdirs() }
        file.outputStream().use { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }
    }

    private fun top() {
        while (scroll(-PART)) compose.waitForIdle()
    }

    /** Scrolls by a part of what is seen; false at the end. */
    private fun scroll(part: Float): Boolean {
        val scrollable = compose.onAllNodes(SCROLLS).fetchSemanticsNodes().lastOrNull() ?: return false
        val range = scrollable.config[SemanticsProperties.VerticalScrollAxisRange]
        val isAtEnd = if (part > 0) range.value() >= range.maxValue() else range.value() <= 0
        if (isAtEnd) return false
        compose.runOnUiThread { scrollable.config[SemanticsActions.ScrollBy].action?.invoke(0f, scrollable.size.height * part) }
        compose.waitForIdle()
        return true
    }

    internal companion object {
        private const val PATIENCE_MS = 20_000L
        private const val PART = 0.85f
        private val WIDGET = DpSize(180.dp, 70.dp)

        /** A longer list goes on in the same way. */
        private const val MOST_PAGES = 6

        private val IS_LIST = hasScrollToNodeAction() and SemanticsMatcher.keyIsDefined(SemanticsProperties.VerticalScrollAxisRange)
        private val SCROLLS = SemanticsMatcher.keyIsDefined(SemanticsProperties.VerticalScrollAxisRange)
        private val IS_WRONG = SemanticsMatcher.keyIsDefined(SemanticsProperties.Error)

        @JvmStatic
        @ParameterizedRobolectricTestRunner.Parameters(name = "{0}")
        fun looks(): List<Array<Look>> = Look.ALL.map { arrayOf(it) }
    }
}
