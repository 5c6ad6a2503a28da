package app.gasket.screens

import android.app.Activity
import android.content.Intent
import android.database.sqlite.SQLiteDatabase
import android.net.Uri
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextClearance
import androidx.compose.ui.test.performTextInput
import app.gasket.bridge.CaptureFiles
import app.gasket.history.HistoryDatabase
import app.gasket.rules.Backup
import app.gasket.rules.OwnAction
import app.gasket.rules.OwnIdentifier
import app.gasket.rules.OwnIdentifiers
import app.gasket.rules.RuleChoices
import org.robolectric.Shadows.shadowOf

/** The screen of settings, and what is opened from there. */
internal abstract class SettingsWalk(
    look: Look,
) : ScreenWalk(look) {
    protected fun settings() {
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
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(said("Forget")).fetchSemanticsNodes().isNotEmpty() }
        compose.onNode(said("Forget")).performScrollTo()
        shown("settings", "own-number")
        backup()
    }

    private fun backup() {
        val file =
            Backup.of(
                app.settings.settings.value
                    .copy(
                        historyDays = 7,
                        rules = RuleChoices(own = mapOf("tracker.example" to OwnAction.BLOCK)),
                        dnsServers = listOf("192.0.2.53", "2001:db8::53"),
                        ipv6 = false,
                        mutedFamilies = emptySet(),
                    ),
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
        proof()
        pages()
    }

    private fun pages() {
        for ((button, text) in mapOf("Show the report" to "This is all of it", "Licences" to "Gasket itself")) {
            touch(button)
            shown("settings", button.lowercase().replace(' ', '-'), text, isWhole = true)
            touch("Back")
            await("Look into a recording")
        }
    }

    /** Intact, compared with what is no fingerprint, and then with lines that went. */
    private fun proof() {
        touch("Check")
        await("Fingerprint you kept")
        compose.onNode(hasSetTextAction()).performScrollTo()
        compose.onNode(hasSetTextAction()).performTextInput("1/1")
        touch("Compare")
        await("This is no such fingerprint. It begins with two numbers, as the one above does.")
        compose.onNode(said("Compare")).performScrollTo()
        shown("settings", "history-intact")
        touch("Close")
        val file = app.getDatabasePath(HistoryDatabase.FILE).path
        SQLiteDatabase.openDatabase(file, null, SQLiteDatabase.OPEN_READWRITE).use {
            it.execSQL("DELETE FROM told WHERE id = (SELECT max(id) - 2 FROM told)")
            it.execSQL("UPDATE run SET cause = 2 WHERE id = (SELECT min(id) FROM run)")
        }
        touch("Check")
        await("When or why protection began or ended was changed")
        compose.onNode(said("When or why protection began or ended was changed")).performScrollTo()
        shown("settings", "history-broken")
        touch("Close")
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
}
