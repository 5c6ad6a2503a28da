package app.gasket.history

import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.Network
import app.gasket.bridge.Owner
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.StringWriter
import java.time.ZoneOffset
import kotlin.system.measureNanoTime

/**
 * A history of a million lines; prints what it measures. It is built for minutes, so it runs only where
 * `GASKET_TEST_FULL=1` is set; what must hold at any size is tested at small ones. Nothing is judged by time.
 */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26], manifest = Config.NONE)
class MillionRowsTest {
    private val database = HistoryDatabase(RuntimeEnvironment.getApplication())
    private val history = History(database, Dispatchers.IO)
    private val model = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    @After
    fun close() = history.close()

    /** 400 apps, 2,500 names, 250 addresses, in 30,000 combinations; and one app that is there once, early. */
    private fun event(number: Int): Event {
        val app = number % APPS
        val host = number % HOSTS
        return model.copy(
            timeMs = FIRST_MS + number * STEP_MS,
            verdict = if (number % 3 == 0) Decision.BLOCK else Decision.WARN,
            app = Owner(10_000 + app, listOf(if (number == ONCE) "com.example.once" else "com.example.app$app")),
            destination =
                model.destination.copy(
                    name = "host$host.example.net",
                    address = "203.0.113.${number % ADDRESSES}",
                    country = COUNTRIES[host % COUNTRIES.size],
                    network = Network(64_500L + host % NETWORKS, "Example Net ${host % NETWORKS}"),
                ),
        )
    }

    /** As [History.add] leaves it, without making each line's text anew. */
    private fun fill() {
        val db = database.writableDatabase
        val sources = SourceTable(db)
        db.beginTransaction()
        val insert = db.compileStatement("INSERT INTO told (time_ms, verdict, source, event) VALUES (?, ?, ?, ?)")
        val texts = List(COMBINATIONS) { Json.encodeToString(Event.serializer(), event(it)) }
        val numbers = List(COMBINATIONS) { sources.idOf(Source.of(event(it))) }
        for (number in 0 until LINES) {
            // The one app's line is among the first: later ones of its combination are the ordinary app's.
            val like = if (number < COMBINATIONS || number % COMBINATIONS != ONCE) number % COMBINATIONS else 0
            val timeMs = FIRST_MS + number * STEP_MS
            insert.bindLong(1, timeMs)
            insert.bindString(2, event(like).verdict.name)
            insert.bindLong(3, numbers[like])
            insert.bindString(4, texts[like].replaceFirst(TIME, "\"time_ms\":$timeMs"))
            insert.executeInsert()
        }
        db.setTransactionSuccessful()
        db.endTransaction()
    }

    @Test
    fun `a million lines are searched and paged as a few are`() {
        assumeTrue("GASKET_TEST_FULL=1", System.getenv("GASKET_TEST_FULL") == "1")
        runBlocking {
            measure("written in one transaction", times = 1) { fill() }
            val size = used()
            println("MEASURED size: ${size / 1_000_000} MB, ${size / LINES} bytes a line; ${count("source")} sources")

            val middle = Place(FIRST_MS + LINES / 2 * STEP_MS, 0)
            val searches =
                mapOf(
                    "all" to Search(),
                    "a word of every line" to word("example"),
                    "a word of few lines" to word("host77"),
                    "a word of the oldest line alone" to word("once"),
                    "two words" to Search(listOf(Word("example"), Word("app1"))),
                    "no such word" to word("nowhere"),
                    "blocked" to Search(verdict = Decision.BLOCK),
                    "one app" to Search(sender = "com.example.app7"),
                    "blocked, one country, one network, a word" to
                        Search(listOf(Word("host1")), Decision.BLOCK, country = "FI", asn = 64_500),
                    "the oldest day" to Search(span = FIRST_MS until FIRST_MS + DAY_MS),
                )
            for ((name, search) in searches) {
                measure("first page, $name") { history.older(search, Place.LAST, PAGE) }
                measure("page from the middle, $name") { history.older(search, middle, PAGE) }
            }
            measure("page back from the middle") { history.newer(Search(), middle, PAGE) }
            measure("what to filter by") { history.facets(ZoneOffset.UTC) }
            measure("tally of a day") { history.tally(FIRST_MS + LINES * STEP_MS - DAY_MS) }
            measure("one batch of 100 more") { history.add(List(100) { event(LINES + it) }) }
            assertEquals(FIRST_MS + ONCE * STEP_MS, history.older(word("once"), Place.LAST, PAGE).single().timeMs)

            measure("export of 100,000 lines", times = 1) {
                history.export(Search(span = FIRST_MS until FIRST_MS + 100_000 * STEP_MS), ExportFormat.CSV, StringWriter())
            }
            measure("pruned to 200 MB", times = 1) { history.prune(0, LARGEST) }
            assertTrue("${used()}", used() <= LARGEST)
            assertEquals(emptyList<HistoryItem>(), history.older(word("once"), Place.LAST, PAGE))
            println("MEASURED left: ${count("told")} lines")
        }
    }

    private fun word(text: String) = Search(listOf(Word(text)))

    private fun count(table: String) = database.readableDatabase.query("SELECT count(*) FROM $table") { it.getInt(0) }.single()

    private fun used(): Long {
        val (pages, free, size) =
            listOf("page_count", "freelist_count", "page_size").map { name ->
                database.readableDatabase.query("PRAGMA $name") { it.getLong(0) }.single()
            }
        return (pages - free) * size
    }

    private suspend fun measure(
        name: String,
        times: Int = 5,
        work: suspend () -> Unit,
    ) {
        val ms = List(times) { measureNanoTime { work() } / 1e6 }.sorted()
        println("MEASURED $name: median %.1f ms, worst %.1f ms".format(ms[times / 2], ms.last()))
    }

    private companion object {
        const val LINES = 1_000_000
        const val ONCE = 900
        const val COMBINATIONS = 30_000
        val TIME = Regex("\"time_ms\":[0-9]+")
        const val APPS = 400
        const val HOSTS = 2_500
        const val ADDRESSES = 250
        const val NETWORKS = 50
        const val PAGE = 100
        const val FIRST_MS = 1_790_000_000_000
        const val STEP_MS = 30_000L
        const val DAY_MS = 86_400_000L
        const val LARGEST = 200_000_000L
        val COUNTRIES = listOf("FI", "CN", "US", "DE", "NO")
    }
}
