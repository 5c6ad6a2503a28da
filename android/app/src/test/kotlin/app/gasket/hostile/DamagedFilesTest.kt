package app.gasket.hostile

import android.content.Intent
import android.database.sqlite.SQLiteDatabase
import app.gasket.GasketApp
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.history.ExportFormat
import app.gasket.history.History
import app.gasket.history.HistoryDatabase
import app.gasket.history.Place
import app.gasket.history.Search
import app.gasket.history.export
import app.gasket.phone.ShadowLibrary
import app.gasket.phone.ShadowOwners
import app.gasket.phone.ShadowProtectingService
import app.gasket.phone.ShadowTunnelBuilder
import app.gasket.phone.TestKeystore
import app.gasket.rules.OwnIdentifiers
import app.gasket.rules.Settings
import app.gasket.ui.Facet
import app.gasket.ui.Facts
import app.gasket.ui.Filters
import app.gasket.ui.LocalNames
import app.gasket.ui.Picture
import app.gasket.ui.Receipt
import app.gasket.ui.momentText
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.IdentifierStore
import app.gasket.vpn.KeyVault
import app.gasket.vpn.Protection
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.android.controller.ServiceController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowVpnService
import java.io.File
import java.io.RandomAccessFile
import java.io.StringWriter
import java.time.ZoneId
import java.time.ZonedDateTime
import java.util.concurrent.CopyOnWriteArrayList

/** The app's own files with anything in them: protection goes on. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], shadows = [ShadowLibrary::class, ShadowTunnelBuilder::class, ShadowProtectingService::class, ShadowOwners::class])
class DamagedFilesTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val file = File(app.filesDir, "some.json")
    private val services = mutableListOf<ServiceController<GasketVpnService>>()
    private val crashes = CopyOnWriteArrayList<Throwable>()
    private val before = Thread.getDefaultUncaughtExceptionHandler()

    @Before
    fun begin() {
        TestKeystore.install()
        ShadowTunnelBuilder.reset()
        ShadowVpnService.setPrepareResult(null)
        Thread.setDefaultUncaughtExceptionHandler { _, why -> crashes += why }
    }

    @After
    fun end() {
        services.forEach { it.destroy() }
        Thread.setDefaultUncaughtExceptionHandler(before)
    }

    private fun folderWithSomethingIn(place: File) = assertTrue(File(place, "a/b").mkdirs())

    @Test
    fun `settings that cannot be read give way to the defaults, and protection is wanted`() {
        val deep = "[".repeat(100_000)
        val damaged =
            listOf<File.() -> Unit>(
                { folderWithSomethingIn(this) },
                { writeText("") },
                { writeText("null") },
                { writeText(deep) },
                { writeText("""{"version":1,"identifiers":{"key_check":"a","values":[{"kind":"a","needles":$deep""") },
                { writeBytes(ByteArray(1_000) { it.toByte() }) },
                { writeText(Settings().toJson().dropLast(1)) },
            )
        for (damage in damaged) {
            file.deleteRecursively()
            file.damage()
            assertEquals(Settings(isWanted = true), SettingsStore(file).settings.value)
            assertEquals("again", Settings(isWanted = true), SettingsStore(file).settings.value)
        }
    }

    @Test
    fun `what was set counts although it cannot be kept`() {
        // No folder can be made where a file is.
        val place = File(file, "settings.json")
        val store = SettingsStore(place)
        file.writeText("in the way")
        store.change { it.copy(isWanted = true) }
        assertTrue(store.settings.value.isWanted)
        assertTrue(file.delete())
        store.change { it }
        assertEquals("with the next change all of it", Settings(isWanted = true), SettingsStore(place).settings.value)
    }

    @Test
    fun `a key that cannot be read is one that is lost`() {
        app.settings.change { it.copy(identifiers = OwnIdentifiers("a", emptyList())) }
        val key = File(app.noBackupFilesDir, "some.key")
        val damaged =
            listOf<File.() -> Unit>(
                { writeBytes(ByteArray(0)) },
                { writeBytes(ByteArray(5)) },
                { writeBytes(ByteArray(100)) },
                { folderWithSomethingIn(this) },
            )
        KeyVault(File(app.noBackupFilesDir, "made")).make()
        for (damage in damaged) {
            key.deleteRecursively()
            key.damage()
            val store = IdentifierStore(app.settings, KeyVault(key))
            store.unlock()
            assertFalse(store.isReadable.value)
        }
    }

    @Test
    fun `without a history that can be opened protection begins all the same`() {
        val database = app.getDatabasePath("history.db")
        val damaged =
            listOf<File.() -> Unit>(
                { folderWithSomethingIn(this) },
                { writeText("no database") },
                { writeBytes(ByteArray(100_000) { it.toByte() }) },
                {
                    android.database.sqlite.SQLiteDatabase
                        .openOrCreateDatabase(this, null)
                        .use { it.version = 99 }
                },
                {
                    android.database.sqlite.SQLiteDatabase
                        .openOrCreateDatabase(this, null)
                        .use { it.version = 4 }
                },
                { HistoryDatabase(app, name).apply { writableDatabase.execSQL("DROP TABLE run") }.close() },
                {
                    HistoryDatabase(app, name).apply { writableDatabase }.close()
                    // All but the page that says that it is a database.
                    RandomAccessFile(this, "rw").use {
                        it.seek(PAGE)
                        it.write(ByteArray((it.length() - PAGE).toInt()) { 0x5a })
                    }
                },
            )
        for ((number, damage) in damaged.withIndex()) {
            database.deleteRecursively()
            database.parentFile?.mkdirs()
            database.damage()
            ShadowTunnelBuilder.requests.clear()
            app.protection.value = Protection.Off()
            val service = Robolectric.buildService(GasketVpnService::class.java, Intent(GasketVpnService.ACTION_START)).create()
            services += service
            service.startCommand(0, 1)
            runBlocking { withTimeout(PATIENCE_MS) { app.protection.first { it == Protection.ConsentNeeded } } }
            assertEquals("damage $number", 1, ShadowTunnelBuilder.requests.size)
            assertEquals("damage $number: $crashes", 0, crashes.size)
        }
    }

    /** Lines with anything in their columns, each with another. */
    private fun damage(
        db: SQLiteDatabase,
        first: Long,
    ) {
        val deep = "[".repeat(50_000) + "]".repeat(50_000)
        val texts =
            listOf(EventTest.BLOCKED.trim().dropLast(1) + ",\"beacon\":{\"a\":$deep}}", "x".repeat(10_000_000), deep, "", "null", "\u0000")
        val columns =
            listOf("event = x'00ff'", "time_ms = ${Long.MIN_VALUE}", "time_ms = ${Long.MAX_VALUE}", "time_ms = 'x'", "time_ms = -1") +
                listOf("verdict = x'00'", "source = 999999", "source = NULL", "link = NULL", "link = 'x'")
        texts.forEachIndexed { at, text -> db.execSQL("UPDATE told SET event = ? WHERE id = ${first + at}", arrayOf(text)) }
        columns.forEachIndexed { at, set -> db.execSQL("UPDATE told SET $set WHERE id = ${first + texts.size + at}") }
        db.execSQL("UPDATE source SET words = x'00', kinds = 7, network = x'00' WHERE id = 1")
        db.execSQL("INSERT INTO run (started_ms, seen_ms, ended_ms, cause) VALUES ('x', 'y', ${Long.MIN_VALUE}, 'z')")
        db.execSQL("INSERT INTO run (started_ms, seen_ms, ended_ms, cause) VALUES (${Long.MAX_VALUE}, 0, ${Long.MAX_VALUE}, 99)")
    }

    @Test
    fun `a history with anything in its rows can be read, shown, exported and checked`() {
        val database = HistoryDatabase(app, "rows.db")
        val history = History(database, Dispatchers.IO)
        val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
        val written = runBlocking { history.add(List(30) { event.copy(timeMs = 1_000L + it) }) }
        damage(database.writableDatabase, written.first())
        runBlocking {
            for (zone in listOf("UTC", "Pacific/Kiritimati", "Etc/GMT+12")) {
                val facets = history.facets(ZoneId.of(zone))
                assertTrue("$facets", facets.days.isNotEmpty())
                for (choice in Filters().choices(Facet.DAY, facets, LocalNames(app, emptyMap()))) {
                    choice.filters.toSearch(facets, LocalNames(app, emptyMap()), ZoneId.of(zone))
                }
            }
            history.tally(0)
            assertNotNull(Picture.of(history.stopped(0), ZonedDateTime.now()))
            history.sent(0)
            val sender =
                event.app
                    ?.packages
                    .orEmpty()
                    .single()
            assertTrue(history.destinations(sender).all.isNotEmpty())
            history.outages().forEach { momentText(app, it.timeMs) }
            assertTrue("most are there", show(history) >= 20)
            for (format in ExportFormat.entries) history.export(Search(), format, StringWriter())
            assertFalse("the check tells", history.check().breaks.isEmpty())
            history.protectionWasCutOff()
            history.prune(0, 1_000_000)
        }
        history.close()
    }

    /** Every line as the screens have it; how many there are. */
    private suspend fun show(history: History): Int {
        val lines = history.older(Search(), Place.LAST, 100)
        for (line in lines) {
            assertTrue(Receipt.of(line.event, app.resources).text.isNotEmpty())
            Facts.of(line.event, app.resources)
            momentText(app, line.timeMs)
            assertEquals(line, history.line(line.id))
            history.standing(line.id)
        }
        return lines.size
    }

    private companion object {
        const val PATIENCE_MS = 20_000L
        const val PAGE = 4096L
    }
}
