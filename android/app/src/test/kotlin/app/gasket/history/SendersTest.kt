package app.gasket.history

import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.Network
import app.gasket.bridge.Owner
import app.gasket.bridge.RequestLine
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** What is added up for each app is what its lines say. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], manifest = Config.NONE)
class SendersTest {
    private val database = HistoryDatabase(RuntimeEnvironment.getApplication())
    private val history = History(database, Dispatchers.IO)
    private val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    @After
    fun close() = history.close()

    private fun line(
        timeMs: Long,
        packages: List<String>,
        bytesLeft: Long = 0,
        verdict: Decision = Decision.WARN,
        name: String? = "logs.example.net",
    ) = event.copy(
        timeMs = timeMs,
        app = Owner(10_123, packages),
        bytesLeft = bytesLeft,
        flowBytesLeft = bytesLeft + 1_000,
        verdict = verdict,
        destination = event.destination.copy(name = name, country = "FI", network = Network(64_500, "Example Net")),
    )

    private fun add(vararg lines: Event) = runBlocking { history.add(lines.toList()) }

    @Test
    fun `each sender has its leaks and the bytes that left, since then`() {
        add(
            line(1, listOf("a"), bytesLeft = 500),
            line(2, listOf("a"), bytesLeft = 9_000_000_000),
            line(3, listOf("a"), verdict = Decision.BLOCK),
            line(4, listOf("a"), bytesLeft = 7, verdict = Decision.ALLOW),
            line(5, listOf("a", "b"), bytesLeft = 1),
        )
        val sent = runBlocking { history.sent(sinceMs = 2) }
        assertEquals(mapOf("a" to Sent(leaks = 2, bytesLeft = 9_000_000_007), "a b" to Sent(leaks = 1, bytesLeft = 1)), sent)
        assertEquals(emptyMap<String, Sent>(), runBlocking { history.sent(sinceMs = 6) })
    }

    @Test
    fun `no path an app chooses counts as bytes`() {
        add(line(1, listOf("a"), bytesLeft = 3).copy(request = RequestLine("GET", "/\",\"bytes_left\":999,\"")))
        assertEquals(Sent(leaks = 1, bytesLeft = 3), runBlocking { history.sent(0) }["a"])
    }

    @Test
    fun `destinations go together by name and place, whatever the verdict, and by address without a name`() {
        add(
            line(1, listOf("a"), bytesLeft = 5),
            line(2, listOf("a", "b"), verdict = Decision.BLOCK),
            line(3, listOf("a"), bytesLeft = 2, name = null),
            line(4, listOf("ab"), bytesLeft = 100),
        )
        val found = runBlocking { history.destinations("a") }
        val told = found.all.map { Triple(it.destination.name ?: it.destination.address, it.count, it.bytesLeft) }
        assertEquals(listOf(Triple("logs.example.net", 2, 5L), Triple("198.18.0.1", 1, 2L)), told)
        assertEquals(
            "FI",
            found.all
                .first()
                .destination.country,
        )
        assertFalse(found.isPart)
        runBlocking { history.hide() }
        assertEquals("what was cleared is out of sight", emptyList<Visited>(), runBlocking { history.destinations("a") }.all)
    }

    @Test
    fun `of a busy app the newest lines count, and that is said`() {
        runBlocking { history.add((1L..Destinations.MOST + 10L).map { line(it, listOf("a"), bytesLeft = if (it <= 10) 1_000 else 1) }) }
        val found = runBlocking { history.destinations("a") }
        assertTrue(found.isPart)
        assertEquals(Destinations.MOST.toLong(), found.all.single().bytesLeft)
    }
}
