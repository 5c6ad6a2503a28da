package app.gasket.history

import android.database.sqlite.SQLiteDatabase
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
 * A history of a million lines; prints what it measures (docs/PERFORMANCE.md). It takes minutes, so it runs only
 * where `GASKET_TEST_FULL=1` is set; what must hold at any size is tested at small ones. Nothing is judged by time.
 */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26], manifest = Config.NONE)
class MillionRowsTest {
    private val database by lazy { HistoryDatabase(RuntimeEnvironment.getApplication()) }
    private val history by lazy { History(database, Dispatchers.IO) }
    private val model = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    @After
    fun close() = history.close()

    /** 400 apps, 2,500 names, 250 addresses, in 30,000 combinations; a rare app, and one that sent much, long ago. */
    private fun event(number: Int): Event {
        val app = number % APPS
        val host = number % HOSTS
        val sender =
            when {
                number == ONCE -> "com.example.once"
                number < COMBINATIONS / 2 -> "com.example.app$app"
                else -> "com.example.gone$app"
            }
        return model.copy(
            timeMs = FIRST_MS + number * STEP_MS,
            verdict = if (number % 3 == 0) Decision.BLOCK else Decision.WARN,
            app = Owner(10_000 + app, listOf(sender)),
            destination =
                model.destination.copy(
                    name = "host$host.example.net",
                    address = "203.0.113.${number % ADDRESSES}",
                    country = COUNTRIES[host % COUNTRIES.size],
                    network = Network(64_500L + host % NETWORKS, "Example Net ${host % NETWORKS}"),
                ),
        )
    }

    /** As [History.add] leaves it, with each combination's text made once and the rest done by SQLite. */
    private fun fill() {
        val filling = HistoryDatabase(RuntimeEnvironment.getApplication())
        val db = filling.writableDatabase
        db.query("PRAGMA cache_size = -400000") {}
        inOne(db) { addModels(it) }
        for (from in 0 until LINES step BATCH) {
            // Of all combinations at first; later neither of the app that is there once nor of those that went.
            val like = if (from < GONE) "n % $COMBINATIONS" else "n % ${COMBINATIONS / 2}"
            val time = "$FIRST_MS + n * $STEP_MS"
            inOne(db) {
                it.execSQL(
                    """WITH RECURSIVE line(n) AS (SELECT $from UNION ALL SELECT n + 1 FROM line WHERE n + 1 < ${from + BATCH})
                        INSERT INTO told (time_ms, verdict, source, event) SELECT $time, verdict, source, head || ($time) || tail
                        FROM line JOIN model ON number = CASE WHEN n != $ONCE AND $like = $ONCE THEN 0 ELSE $like END""",
                )
            }
        }
        db.execSQL("DROP TABLE model")
        // Measured is what a process that has just begun would find.
        filling.close()
    }

    private fun inOne(
        db: SQLiteDatabase,
        work: (SQLiteDatabase) -> Unit,
    ) {
        db.beginTransaction()
        work(db)
        db.setTransactionSuccessful()
        db.endTransaction()
    }

    private fun addModels(db: SQLiteDatabase) {
        val sources = SourceTable(db)
        db.execSQL("CREATE TABLE model (number INTEGER PRIMARY KEY, verdict TEXT, source INTEGER, head TEXT, tail TEXT)")
        val insert = db.compileStatement("INSERT INTO model VALUES (?, ?, ?, ?, ?)")
        for (number in 0 until COMBINATIONS) {
            val event = event(number)
            val (head, tail) = Json.encodeToString(Event.serializer(), event).split("${event.timeMs}", limit = 2)
            insert.bindLong(1, number.toLong())
            insert.bindString(2, event.verdict.name)
            insert.bindLong(3, sources.idOf(Source.of(event)))
            insert.bindString(4, head)
            insert.bindString(5, tail)
            insert.executeInsert()
        }
    }

    @Test
    fun `a million lines are searched and paged as a few are`() {
        assumeTrue("GASKET_TEST_FULL=1", System.getenv("GASKET_TEST_FULL") == "1")
        runBlocking {
            measure("filling", times = 1) { fill() }
            assertEquals(LINES, count("told"))
            val size = used()
            println("MEASURED size: ${size / 1_000_000} MB, ${size / LINES} bytes a line; ${count("source")} sources")
            pages()
            val last = FIRST_MS + LINES * STEP_MS
            measure("what to filter by") { history.facets(ZoneOffset.UTC) }
            measure("Home: today, seven days, the latest") {
                history.tally(last - DAY_MS)
                history.stopped(last - 7 * DAY_MS)
                history.older(Search(), Place.LAST, 3)
            }
            measure("Apps: a week") { history.sent(last - 7 * DAY_MS) }
            measure("page of an app") {
                history.destinations("com.example.app7")
                history.older(Search(packageName = "com.example.app7"), Place.LAST, 5)
            }
            measure("page of an app that is gone") {
                history.destinations("com.example.gone7")
                history.older(Search(packageName = "com.example.gone7"), Place.LAST, 5)
            }
            measure("one batch of 100 more") { history.add(List(100) { event(it).copy(timeMs = last) }) }
            measure("export of 100,000 lines", times = 1) {
                history.export(Search(span = FIRST_MS until FIRST_MS + 100_000 * STEP_MS), ExportFormat.CSV, StringWriter())
            }
            measure("pruned to 200 MB", times = 1) { history.prune(0, LARGEST) }
            assertTrue("${used()}", used() <= LARGEST)
            assertEquals(emptyList<HistoryItem>(), history.older(word("once"), Place.LAST, PAGE))
            println("MEASURED left: ${count("told")} lines")
        }
    }

    private suspend fun pages() {
        val middle = Place(FIRST_MS + LINES / 2 * STEP_MS, 0)
        val searches =
            mapOf(
                "all" to Search(),
                "a word of every line" to word("example"),
                "a word of few lines" to word("host77"),
                "a word of one line, long ago" to word("once"),
                "a word of 45,000 lines, all long ago" to word("gone"),
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
            measure("page back from the middle, $name") { history.newer(search, middle, PAGE) }
        }
        assertEquals(FIRST_MS + ONCE * STEP_MS, history.older(word("once"), Place.LAST, PAGE).single().timeMs)
        assertEquals(PAGE, history.older(word("gone"), Place.LAST, PAGE).size)
        assertEquals(PAGE, history.older(word("example"), middle, PAGE).size)
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
        const val BATCH = 50_000

        /** Lines after these are of the apps that are still there. */
        const val GONE = 100_000
        const val ONCE = 900
        const val COMBINATIONS = 30_000
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
