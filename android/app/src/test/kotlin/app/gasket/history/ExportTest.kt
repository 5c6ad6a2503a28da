package app.gasket.history

import app.gasket.bridge.AskOutcome
import app.gasket.bridge.Asked
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.RequestLine
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.IOException
import java.io.StringWriter
import java.io.Writer

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class ExportTest {
    private val history = History(HistoryDatabase(RuntimeEnvironment.getApplication()), Dispatchers.IO)
    private val blocked = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
    private val bare = Engine.decode("[${EventTest.BARE}]".encodeToByteArray()).single()

    @After
    fun close() = history.close()

    private fun exported(
        format: ExportFormat,
        search: Search = Search(),
    ) = runBlocking { StringWriter().also { history.export(search, format, it) }.toString() }

    @Test
    fun `what is exported as JSON are the events, whole and newest first`() {
        assertEquals("nothing is a list, too", emptyList<Event>(), read(exported(ExportFormat.JSON)))
        val events = (1..1_201L).map { blocked.copy(timeMs = it) } + bare
        runBlocking { history.add(events) }
        assertEquals(events.sortedByDescending { it.timeMs }, read(exported(ExportFormat.JSON)))
        assertEquals(listOf(bare), read(exported(ExportFormat.JSON, Search(sender = ""))))
    }

    private fun read(json: String): List<Event> =
        Json.decodeFromJsonElement(ListSerializer(Event.serializer()), Json.parseToJsonElement(json).jsonObject.getValue("events"))

    @Test
    fun `the head goes along, whatever part of the history does`() {
        runBlocking {
            history.protectionBegan(1)
            history.add(listOf(blocked, bare))
        }
        val head = runBlocking { history.head() }
        val told =
            Json
                .parseToJsonElement(exported(ExportFormat.JSON, Search(sender = "")))
                .jsonObject
                .getValue("head")
                .jsonObject
        assertEquals(
            listOf("2", "${head.line.link}", "1", "${head.turn.link}", head.fingerprint),
            listOf("line", "line_link", "turn", "turn_link", "fingerprint").map { told.getValue(it).jsonPrimitive.content },
        )
        val rows = exported(ExportFormat.CSV).split("\r\n").map { it.split(',') }
        assertEquals("head", rows[0].last())
        assertEquals("2/1 ${head.fingerprint}", rows[1].last())
        assertEquals("", rows[2].last())
    }

    @Test
    fun `a table has a row for each, with all it says`() {
        val unanswered = Asked(question = 7, outcome = AskOutcome.UNANSWERED, seconds = 20)
        runBlocking { history.add(listOf(blocked.copy(asked = unanswered), bare)) }
        val rows = exported(ExportFormat.CSV).split("\r\n")
        assertEquals("", rows.last())
        assertEquals(3, rows.size - 1)
        val names = rows.first().split(',')
        val first = names.zip(rows[1].split(',')).toMap()
        assertEquals("2026-11-24T03:24:40.903Z", first["time"])
        assertEquals("block", first["verdict"])
        assertEquals("unanswered", first["asked"])
        assertEquals("com.qualcomm.qti.autoregistration", first["packages"])
        assertEquals("zzhc.vnet.cn", first["name"])
        assertEquals("imei; iccid", first["kinds"])
        assertEquals("base64 → json:IMEI1; base64 → json:SIM1ICCID", first["found_in"])
        assertEquals("0", first["bytes_left"])
        assertEquals("every row has every column", names.size, rows[2].split(',').size)
        // The head's fingerprint may have as many digits in a row.
        assertFalse("nothing but masked values", Regex("[0-9]{14,}") in rows[1].substringBeforeLast(','))
    }

    @Test
    fun `what an app writes cannot become a formula, a column or a row`() {
        assertEquals("plain", csvCell("plain"))
        assertEquals("\"a,b\"", csvCell("a,b"))
        assertEquals("\"say \"\"no\"\"\"", csvCell("say \"no\""))
        assertEquals("\"two\r\nrows\"", csvCell("two\r\nrows"))
        for (start in listOf("=", "+", "-", "@", "\t")) assertEquals("'$start" + "1", csvCell(start + "1"))
        assertEquals("\"'\r'=1\"", csvCell("\r=1"))
        runBlocking { history.add(listOf(blocked.copy(request = RequestLine("GET", "=HYPERLINK(\"http://x.example\",\"a\")")))) }
        assertTrue(",\"'=HYPERLINK(\"\"http://x.example\"\",\"\"a\"\")\"," in exported(ExportFormat.CSV))
    }

    @Test
    fun `a full disk is told, and nothing is lost`() {
        runBlocking { history.add(listOf(blocked)) }
        val full =
            object : Writer() {
                override fun write(
                    text: CharArray,
                    offset: Int,
                    length: Int,
                ) = throw IOException("no space left")

                override fun flush() = Unit

                override fun close() = Unit
            }
        assertThrows(IOException::class.java) { runBlocking { history.export(Search(), ExportFormat.JSON, full) } }
        assertEquals(1, runBlocking { history.newest(10) }.size)
    }
}
