package app.gasket.history

import android.content.Context
import android.database.sqlite.SQLiteDatabase
import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.MatchedRule
import app.gasket.bridge.Network
import app.gasket.bridge.Owner
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.time.LocalDate
import java.time.ZoneOffset

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 28, 36], manifest = Config.NONE)
class SearchTest {
    private val context: Context = RuntimeEnvironment.getApplication()
    private val database = HistoryDatabase(context)
    private val history = History(database, Dispatchers.IO)

    private val registration = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single().copy(timeMs = 1_000)
    private val chat =
        registration.copy(
            timeMs = 2_000,
            verdict = Decision.WARN,
            app = Owner(10_124, listOf("com.example.chat")),
            destination =
                registration.destination.copy(
                    name = "telemetry.example.net",
                    address = "203.0.113.9",
                    country = "FI",
                    network = Network(64_500, "Example Net"),
                ),
            rules = listOf(MatchedRule("0", "Device telemetry")),
            findings = registration.findings.take(1).map { it.copy(kind = IdentifierKind.DEVICE_ID) },
        )
    private val nobody = chat.copy(timeMs = 3_000, app = null, findings = chat.findings.map { it.copy(confidence = 20) })

    @After
    fun close() = history.close()

    private fun found(search: Search) = runBlocking { history.older(search, Place.LAST, 10).map { it.timeMs } }

    private fun foundBy(text: String) = found(Search(listOf(Word(text))))

    private fun add(vararg events: Event) = runBlocking { history.add(events.toList()) }

    @Test
    fun `a word is found as it begins, in whatever part of a line`() {
        add(registration, chat, nobody)
        assertEquals("package", listOf(1_000L), foundBy("AUTOREG"))
        assertEquals("name", listOf(1_000L), foundBy("zzhc.vnet"))
        assertEquals("name from within", listOf(1_000L), foundBy("vnet.cn"))
        assertEquals("address", listOf(3_000L, 2_000L), foundBy("203.0.113.9"))
        assertEquals("country's code", listOf(3_000L, 2_000L), foundBy("FI"))
        assertEquals("network", listOf(3_000L, 2_000L), foundBy("example net"))
        assertEquals("rule", listOf(1_000L), foundBy("handset"))
        assertEquals("the parts of a name stay together", emptyList<Long>(), foundBy("vnet.zzhc"))
        assertEquals("no middle of a word", emptyList<Long>(), foundBy("registration2"))
    }

    @Test
    fun `all words have to fit, each in any way`() {
        add(registration, chat, nobody)
        val messenger = Word("messenger", senders = setOf("com.example.chat"))
        assertEquals("what an app is called here", listOf(2_000L), found(Search(listOf(messenger))))
        assertEquals(listOf(2_000L), found(Search(listOf(messenger, Word("telemetry")))))
        assertEquals(emptyList<Long>(), found(Search(listOf(messenger, Word("zzhc")))))
        assertEquals(listOf(3_000L, 2_000L), found(Search(listOf(Word("Finland", countries = setOf("FI"))))))
        assertEquals(listOf(1_000L), found(Search(listOf(Word("SIM", kinds = setOf(IdentifierKind.ICCID))))))
    }

    @Test
    fun `signs are no words, and no commands`() {
        add(registration, chat)
        for (text in listOf("\"", "'", "*", "-", "'; DROP TABLE told; --", "NEAR/2", "words:zzhc", "(")) foundBy(text)
        assertEquals("nothing to look for finds nothing", emptyList<Long>(), foundBy("..."))
        assertEquals("all is still there", listOf(2_000L, 1_000L), found(Search()))
        assertEquals("a quote in an app's key", emptyList<Long>(), found(Search(sender = "it's")))
    }

    @Test
    fun `each filter lets through what fits`() {
        add(registration, chat, nobody)
        assertEquals(listOf(1_000L), found(Search(verdict = Decision.BLOCK)))
        assertEquals(listOf(2_000L), found(Search(sender = "com.example.chat")))
        assertEquals("unknown", listOf(3_000L), found(Search(sender = "")))
        assertEquals(listOf(1_000L), found(Search(kind = IdentifierKind.IMEI)))
        assertEquals("only what is told as a fact", listOf(2_000L), found(Search(kind = IdentifierKind.DEVICE_ID)))
        assertEquals(listOf(3_000L, 2_000L), found(Search(country = "FI")))
        assertEquals(listOf(3_000L, 2_000L), found(Search(asn = 64_500)))
        assertEquals(listOf(2_000L, 1_000L), found(Search(span = 1_000L until 3_000L)))
        assertEquals(listOf(2_000L), found(Search(span = 1_500L until 3_000L, verdict = Decision.WARN)))
    }

    @Test
    fun `pages follow each other without a gap, also within one millisecond`() {
        runBlocking {
            history.add((1..25L).map { registration.copy(timeMs = 1_000 + it / 10) })
            for (search in listOf(Search(), Search(words = listOf(Word("zzhc"))))) {
                val all = history.older(search, Place.LAST, 100)
                assertEquals(25, all.size)
                val down = pages(Place.LAST) { history.older(search, it, 4) to { page -> page.last().place } }
                assertEquals(all, down.flatten())
                val up = pages(all.last().place) { history.newer(search, it, 4) to { page -> page.first().place } }
                assertEquals(all.dropLast(1), up.reversed().flatten())
            }
        }
    }

    private suspend fun pages(
        start: Place,
        read: suspend (Place) -> Pair<List<HistoryItem.Told>, (List<HistoryItem.Told>) -> Place>,
    ): List<List<HistoryItem.Told>> {
        val pages = mutableListOf<List<HistoryItem.Told>>()
        var place = start
        while (true) {
            val (page, next) = read(place)
            if (page.isEmpty()) return pages
            pages += page
            place = next(page)
        }
    }

    @Test
    fun `common and rare sources are found in the same order`() {
        runBlocking { history.add(List(20) { registration.copy(timeMs = it.toLong()) } + List(3) { chat.copy(timeMs = 5L + it) }) }
        for (word in listOf("zzhc" to 16L..19L, "telemetry" to 5L..7L)) {
            for (near in listOf(0, 2, 10, 100)) {
                val query = Query(Search(listOf(Word(word.first))), hidden = 0, near)
                val found = query.lines(db(), Place.FIRST, Place.LAST, limit = 4, fromBelow = false).map { it.timeMs }
                assertEquals("${word.first}, $near", word.second.reversed().toList(), found)
            }
        }
    }

    @Test
    fun `lines are found by an index alone, or by their number`() {
        add(registration)
        val stretch = Stretch(Place.FIRST, Place.LAST, fromOldest = false, hidden = 1)
        val plans =
            mapOf(
                stretch.first(10, isHiding = false) to "USING COVERING INDEX told_by_place (time_ms>? AND time_ms<?)",
                stretch.first(10, isHiding = true) to "USING INTEGER PRIMARY KEY (rowid>?)",
                stretch.firstOf("1", 10) to "USING COVERING INDEX told_by_source (source=? AND time_ms>? AND time_ms<?)",
            )
        for ((query, expected) in plans) {
            val plan = db().query("EXPLAIN QUERY PLAN $query") { it.getString(it.columnCount - 1) }
            assertTrue("$plan", plan.any { expected in it })
        }
    }

    @Test
    fun `what there is to filter by`() {
        add(registration, chat, nobody.copy(timeMs = 3 * DAY_MS))
        val facets = runBlocking { history.facets(ZoneOffset.UTC) }
        assertEquals(listOf("", "com.example.chat", "com.qualcomm.qti.autoregistration"), facets.senders)
        assertEquals(listOf(IdentifierKind.IMEI, IdentifierKind.ICCID, IdentifierKind.DEVICE_ID), facets.kinds)
        assertEquals(listOf("FI"), facets.countries)
        assertEquals(listOf(Network(64_500, "Example Net")), facets.networks)
        assertEquals(listOf(LocalDate.of(1970, 1, 4), LocalDate.of(1970, 1, 1)), facets.days)
    }

    @Test
    fun `a source is kept once, and goes with its last line`() {
        runBlocking {
            history.add(List(50) { registration.copy(timeMs = it.toLong()) })
            history.add(listOf(registration.copy(timeMs = 10), chat.copy(timeMs = 100)))
            assertEquals(2, count("source"))
            history.prune(oldestMs = 60, mostBytes = Long.MAX_VALUE)
            assertEquals(1, count("source"))
            assertEquals(emptyList<Long>(), foundBy("zzhc"))
            assertEquals("the index goes along", 0, matches("zzhc"))
            assertEquals("control", 1, matches("telemetry"))
        }
    }

    private fun count(table: String) = db().query("SELECT count(*) FROM $table") { it.getInt(0) }.single()

    private fun matches(word: String) = db().query("SELECT docid FROM source_words WHERE source_words MATCH ?", word) { it.getLong(0) }.size

    private fun db(): SQLiteDatabase = database.readableDatabase

    @Test
    fun `what is hidden is out of sight until it is deleted or shown again`() {
        runBlocking {
            history.protectionBegan(1)
            history.protectionEnded(2, OutageCause.USER)
            history.add(listOf(registration, chat))
            val before = history.sight
            history.hide()
            assertTrue("readers are told", history.sight != before)
            assertEquals(emptyList<HistoryItem>(), history.newest(10))
            assertEquals(Tally(0, 0), history.tally(0))
            assertEquals(null, history.line(1))
            history.add(listOf(nobody))
            assertEquals("what comes later is no part of it", listOf(3_000L), found(Search()))
            history.unhide()
            assertEquals(listOf(3_000L, 2_000L, 1_000L, 2L), history.newest(10).map { it.timeMs })
            history.hide()
            history.add(listOf(nobody.copy(timeMs = 4_000)))
            history.deleteHidden()
            assertEquals(1, count("told"))
            assertEquals(0, count("run"))
            assertEquals(listOf(4_000L), history.newest(10).map { it.timeMs })
        }
    }

    private companion object {
        const val DAY_MS = 86_400_000L
    }
}
