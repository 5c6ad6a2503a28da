package app.gasket.ui

import android.content.Intent
import android.database.sqlite.SQLiteDatabase
import android.net.Uri
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.core.content.FileProvider
import androidx.core.content.IntentCompat
import androidx.test.platform.app.InstrumentationRegistry
import app.gasket.GasketApp
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.Evidence
import app.gasket.bridge.EvidenceInputs
import app.gasket.bridge.RequestLine
import app.gasket.history.HistoryDatabase
import app.gasket.phone.ShadowLibrary
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.io.File
import java.security.MessageDigest
import java.util.zip.ZipInputStream

/** From a line of the history to the file that another app is handed, made by the real library. */
@RunWith(RobolectricTestRunner::class)
@Config(shadows = [ShadowLibrary::class])
class EvidenceTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val blocked = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    /** With what an engine leaves in clear: a name and a path. */
    private val telling =
        blocked.copy(
            destination = blocked.destination.copy(name = "d$IMEI.example"),
            request = RequestLine("POST", "/$ICCID"),
        )

    @Before
    fun introduced() {
        app.skipIntroduction()
        // It keeps where the folder is, which on a phone does not change, but does from test to test.
        val known = FileProvider::class.java.getDeclaredField("sCache").apply { isAccessible = true }
        (known.get(null) as MutableMap<*, *>).clear()
    }

    private fun awaitText(text: String) =
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText(text, substring = true).fetchSemanticsNodes().isNotEmpty() }

    private fun touch(text: String) {
        awaitText(text)
        compose.onNodeWithText(text).performScrollTo().performClick()
    }

    /** Opens the page of a line with this event, as from an alert. */
    private fun open(event: Event): Long {
        val id = runBlocking { app.history.add(listOf(event)) }.single()
        show(id)
        return id
    }

    private fun show(id: Long) {
        val instrumentation = InstrumentationRegistry.getInstrumentation()
        compose.activityRule.scenario.onActivity { instrumentation.callActivityOnNewIntent(it, MainActivity.showLine(app, id)) }
    }

    /** What another app is given. */
    private fun shared(): Pair<Intent, ByteArray> {
        compose.waitForIdle()
        val chooser = shadowOf(app).nextStartedActivity
        assertEquals(Intent.ACTION_CHOOSER, chooser.action)
        val sent = checkNotNull(IntentCompat.getParcelableExtra(chooser, Intent.EXTRA_INTENT, Intent::class.java))
        val place = checkNotNull(IntentCompat.getParcelableExtra(sent, Intent.EXTRA_STREAM, Uri::class.java))
        return sent to checkNotNull(app.contentResolver.openInputStream(place)).use { it.readBytes() }
    }

    private fun entries(bundle: ByteArray): Map<String, ByteArray> =
        ZipInputStream(bundle.inputStream()).use { zip ->
            generateSequence { zip.nextEntry }.associate { it.name to zip.readBytes() }
        }

    private fun sha256(bytes: ByteArray) = MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }

    private fun manifest(entries: Map<String, ByteArray>): JsonObject =
        Json.parseToJsonElement(entries.getValue("manifest.json").decodeToString()).jsonObject

    @Test
    fun `a blocked line becomes a file that can be checked, and only that file is handed out`() {
        val id = open(blocked)
        touch("Share evidence")
        awaitText("Identifiers are masked")
        val file = evidenceFolder(app).listFiles().orEmpty().single()
        touch("Share evidence")
        val (sent, bundle) = shared()
        assertEquals(Intent.ACTION_SEND to "application/zip", sent.action to sent.type)
        assertTrue(sent.flags and Intent.FLAG_GRANT_READ_URI_PERMISSION != 0)
        assertEquals("gasket-evidence-2026-11-24-$id.zip", file.name)
        assertTrue(file.readBytes().contentEquals(bundle))

        val entries = entries(bundle)
        val manifest = manifest(entries)
        for (entry in manifest.getValue("entries").jsonArray.map { it.jsonObject }) {
            val name = entry.getValue("name").jsonPrimitive.content
            assertEquals(name, entry.getValue("sha256").jsonPrimitive.content, sha256(entries.getValue(name)))
        }
        compose.onNodeWithText(grouped(sha256(entries.getValue("manifest.json")))).performScrollTo().assertIsDisplayed()
        // What the history holds, byte for byte, and the head that the settings show.
        assertEquals(record(id), entries.getValue("event.json").decodeToString())
        val head = runBlocking { app.history.head() }
        val page = entries.getValue("page.txt").decodeToString()
        assertTrue(page, "line $id of the history on the phone, byte for byte" in page)
        assertTrue(page, "${head.line.id}/${head.turn.id} ${head.fingerprint}" in page)
        assertTrue(page, "Blocked. Nothing left the phone." in page)
        assertTrue("the rule's sources", "rule.yml" in entries.keys && "https://" in page)
        val stated = manifest.getValue("stated_head").jsonObject
        assertEquals("${head.line.link}", stated.getValue("line_link").jsonPrimitive.content)

        // Another one takes its place, and other files stay closed.
        compose.onNodeWithText("Back").performClick()
        awaitText("Search the history")
        open(blocked)
        touch("Share evidence")
        awaitText("Identifiers are masked")
        assertFalse("old ones are removed", file.exists())
        assertThrows(IllegalArgumentException::class.java) { evidenceIntent(app, File(app.filesDir, "settings.json")) }
    }

    /** What `gasket verify` says of a bundle, and its exit code. */
    private fun verify(bundle: File): Pair<String, Int> {
        val command = ProcessBuilder(System.getProperty("gasket.program"), "verify", bundle.path).redirectErrorStream(true)
        val program = command.start()
        return program.inputStream.readBytes().decodeToString() to program.waitFor()
    }

    @Test
    fun `the program verifies what the app shares, and refuses it once a byte is changed`() {
        open(blocked)
        touch("Share evidence")
        awaitText("Identifiers are masked")
        val file = evidenceFolder(app).listFiles().orEmpty().single()
        val (told, code) = verify(file)
        assertEquals(told, 0, code)
        assertTrue(told, sha256(entries(file.readBytes()).getValue("manifest.json")) in told)
        val bytes = file.readBytes()
        val at = bytes.toString(Charsets.ISO_8859_1).indexOf("Nothing left the phone.")
        assertTrue("it is not packed", at > 0)
        bytes[at] = 'X'.code.toByte()
        val changed = File(app.cacheDir, "changed.zip").apply { writeBytes(bytes) }
        val (refused, failure) = verify(changed)
        assertEquals(refused, 1, failure)
        assertTrue(refused, "from here on the file is not as it was written" in refused)
    }

    @Test
    fun `no identifier is in it, and the control is that the line has them`() {
        val id = open(telling)
        assertTrue("the control", record(id).let { IMEI in it && ICCID in it })
        touch("Share evidence")
        awaitText("Identifiers are masked")
        touch("Share evidence")
        val bundle = shared().second
        val text = bundle.toString(Charsets.ISO_8859_1)
        for (secret in listOf(IMEI, ICCID)) assertFalse(secret, secret in text)
        assertTrue("it says so", "masked further" in entries(bundle).getValue("page.txt").decodeToString())
    }

    @Test
    fun `of a line that was changed none is made`() {
        val id = runBlocking { app.history.add(listOf(blocked)) }.single()
        app.history.close()
        SQLiteDatabase.openDatabase(app.getDatabasePath(HistoryDatabase.FILE).path, null, SQLiteDatabase.OPEN_READWRITE).use {
            it.execSQL("UPDATE told SET event = replace(event, '10123', '10124') WHERE id = $id")
        }
        show(id)
        touch("Share evidence")
        awaitText("No evidence is made of this: the history is not as Gasket wrote it")
        assertEquals(null, evidenceFolder(app).listFiles()?.toList())
    }

    @Test
    fun `what is no record is refused with what is wrong`() {
        val head = EvidenceInputs.Head(1, "00".repeat(32), 0, "00".repeat(32))
        val good =
            EvidenceInputs(
                record = EventTest.BLOCKED,
                line = 1,
                writtenTime = "2026-11-24 04:04:40 +00:00",
                language = "en",
                sentence = "It was blocked.",
                sender = null,
                to = "zzhc.vnet.cn",
                facts = listOf("What left: 0 bytes"),
                rule = null,
                head = head,
            )
        assertEquals("the control", 64, Evidence.of(good).fingerprint.length)
        val wrong =
            mapOf(
                "the record: " to good.copy(record = "no event"),
                "the record: EOF" to good.copy(record = EventTest.BLOCKED.dropLast(1)),
                "64 hexadecimal digits" to good.copy(head = head.copy(lineLink = "00")),
            )
        for ((why, inputs) in wrong) {
            val told = assertThrows(IllegalArgumentException::class.java) { Evidence.of(inputs) }.message.orEmpty()
            assertTrue(told, why in told)
        }
    }

    private fun record(id: Long): String =
        SQLiteDatabase.openDatabase(app.getDatabasePath(HistoryDatabase.FILE).path, null, SQLiteDatabase.OPEN_READONLY).use { db ->
            db.rawQuery("SELECT event FROM told WHERE id = $id", null).use {
                it.moveToFirst()
                it.getString(0)
            }
        }

    private companion object {
        const val PATIENCE_MS = 20_000L
        const val IMEI = "350000001234562"
        const val ICCID = "89470000000123456781"
    }
}
