package app.gasket.screens

import android.app.Activity
import android.content.Intent
import android.graphics.drawable.ShapeDrawable
import android.graphics.drawable.shapes.OvalShape
import android.net.ConnectivityManager
import android.net.LinkProperties
import android.net.Uri
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextClearance
import androidx.compose.ui.test.performTextInput
import app.gasket.bridge.RuleBook
import app.gasket.history.OutageCause
import app.gasket.phone.ShadowLibrary
import app.gasket.phone.TestKeystore
import app.gasket.phone.installSystemApp
import app.gasket.rules.AppChoice
import app.gasket.rules.AppMode
import app.gasket.rules.Network
import app.gasket.rules.OwnAction
import app.gasket.rules.RuleChoice
import app.gasket.rules.RuleChoices
import app.gasket.rules.RuleFiles
import app.gasket.ui.Accessibility
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.CanaryOutcome
import app.gasket.vpn.CanaryResult
import app.gasket.vpn.CanaryState
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.ParameterizedRobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowNetwork
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.OutputStream

/**
 * Draws every screen in every state, in each look, for `cargo xtask screens`; the everyday tests leave it out. What
 * [Accessibility] finds in any of them fails it by name.
 */
@RunWith(ParameterizedRobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
internal class RenderedScreens(
    look: Look,
) : SettingsWalk(look) {
    @Before
    fun begin() {
        TestKeystore.install()
        // The unoptimised library takes its time to compile the rules.
        RuleBook.read()
        look.apply()
        samples.apps.forEachIndexed { index, (name, label) ->
            installSystemApp(app, name, Samples.FIRST_UID + index, label)
            val icon = ShapeDrawable(OvalShape()).apply { paint.color = ICONS[index] }
            shadowOf(app.packageManager).setApplicationIcon(name, icon)
        }
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
        damagedHistory()
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
        canary()
        homeAdvice()
    }

    private fun canary() {
        app.canary.state.value = CanaryState(isRunning = true)
        top()
        shown("home", "test-running", "Testing with")
        val outcomes =
            listOf(CanaryOutcome.Stopped, CanaryOutcome.NeverCame) +
                CanaryOutcome.Observation.entries.map(CanaryOutcome::WouldHaveLeft) + CanaryOutcome.Why.entries.map(CanaryOutcome::Untested)
        for (outcome in outcomes) {
            app.canary.state.value = CanaryState(latest = CanaryResult(now - 60_000, outcome))
            app.protection.value = Protection.On(now - 7_200_000, setOfNotNull(Notice.TestFailed.takeIf { outcome.isAlarm }))
            top()
            shown("home", "test-$outcome".replace(Regex("[^A-Za-z_]+"), "-").trim('-'), "Test now")
        }
        app.canary.state.value = CanaryState()
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
        app.questions.ask(samples.asked)
        top()
        shown("home", "on-asked", "waits for your answer", isWhole = true)
        app.questions.keepOnly { false }
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
            if (state == "blocked") evidence()
            touch("Back")
            compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(IS_LIST).fetchSemanticsNodes().isNotEmpty() }
        }
        reach("Clear")
        touch("Clear")
        shown("history", "cleared", "Undo")
        touch("Undo")
    }

    private fun damagedHistory() {
        go("History")
        // The screen may open it again between the two.
        compose.waitUntil(PATIENCE_MS) {
            app.history.close()
            app.getDatabasePath("history.db").writeBytes(ByteArray(1_300_000))
            runBlocking { runCatching { app.history.add(listOf(samples.week.first())) } }.isSuccess &&
                app.history.damaged.all.value
                    .isNotEmpty()
        }
        shown("history", "damaged", "Save a copy")
    }

    private fun evidence() {
        touch("Share evidence")
        shown("details", "evidence", "Note down this fingerprint elsewhere: whoever changes the file later cannot keep it.")
        touch("Close")
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
        compose.onNode(said("Ask me before it leaves")).performScrollTo().performClick()
        shown("apps", "page-asking", "waits up to 20 seconds")
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

    private fun another(isUp: Boolean) {
        val network = ShadowNetwork.newInstance(9)
        for (callback in shadowOf(app.getSystemService(ConnectivityManager::class.java)).networkCallbacks) {
            if (isUp) callback.onLinkPropertiesChanged(network, LinkProperties()) else callback.onLost(network)
        }
    }

    internal companion object {
        private val ICONS = listOf(0xFFC2185B, 0xFF1976D2, 0xFFF57C00, 0xFF388E3C).map { it.toInt() }

        @JvmStatic
        @ParameterizedRobolectricTestRunner.Parameters(name = "{0}")
        fun looks(): List<Array<Look>> = Look.ALL.map { arrayOf(it) }
    }
}
