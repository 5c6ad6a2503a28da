package app.gasket.vpn

import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.MatchedRule
import app.gasket.bridge.Owner
import app.gasket.bridge.Subject
import app.gasket.rules.OWN_PACKAGE
import app.gasket.rules.RuleChoice
import app.gasket.rules.RuleChoices
import app.gasket.rules.Settings
import app.gasket.vpn.CanaryOutcome.Why
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import kotlin.random.Random

/** When it is tested, what is made of it, and what of the engine's words it takes for its own. */
@OptIn(ExperimentalCoroutinesApi::class)
class CanaryTest {
    private val sent = mutableListOf<String>()
    private var settings = Settings()

    /** What the engine tells while a letter to this host is on its way, and what its sender then sees. */
    private var meanwhile: suspend (String) -> CanarySaw = { CanarySaw.NO_CONNECTION }
    private val canary =
        Canary(
            untilTunnelled = {},
            send = { _, request ->
                val host = HOST.find(request.decodeToString())!!.groupValues[1]
                sent += host
                meanwhile(host)
            },
            clock = { NOW },
            random = Random(1),
        )

    private fun told(
        host: String?,
        packages: List<String>? = listOf(OWN_PACKAGE),
        address: String = "192.0.2.80",
    ): Event =
        Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single().let {
            it.copy(
                app = packages?.let { Owner(10_200, packages) },
                destination = it.destination.copy(address = address, name = host),
                rules = listOf(MatchedRule(CanaryLetter.RULE, "registration")),
                bytesLeft = 0,
                flowBytesLeft = 0,
                dialled = false,
            )
        }

    private fun stops() {
        meanwhile = { host -> CanarySaw.END.also { assertEquals(emptyList<Event>(), canary.sift(listOf(told(host)))) } }
    }

    private val latest get() = canary.state.value.latest

    /** What comes of one test. */
    private fun TestScope.outcome(): CanaryOutcome? {
        val testing = launch { canary.keepTesting { settings } }
        runCurrent()
        return latest?.outcome.also { testing.cancel() }
    }

    @Test
    fun `it is tested at the start and whenever somebody wishes it, anew each time`() =
        runTest {
            stops()
            canary.wish()
            val testing = launch { canary.keepTesting { settings } }
            runCurrent()
            assertEquals("a wish of before is fulfilled by the start", 1, sent.size)
            assertEquals(CanaryState(latest = CanaryResult(NOW, CanaryOutcome.Stopped)), canary.state.value)
            canary.wish()
            runCurrent()
            assertEquals(2, sent.toSet().size)
            testing.cancel()
            runCurrent()
            assertEquals(CanaryState(), canary.state.value)
        }

    @Test
    fun `while it runs it says so, and one test is enough`() =
        runTest {
            meanwhile = { awaitCancellation() }
            val testing = launch { canary.keepTesting { settings } }
            runCurrent()
            assertTrue(canary.state.value.isRunning)
            canary.wish()
            runCurrent()
            assertEquals(1, sent.size)
            testing.cancel()
            runCurrent()
            assertFalse("protection that ends takes a test along", canary.state.value.isRunning)
        }

    @Test
    fun `silence of the engine is an alarm only the second time`() =
        runTest {
            val testing = launch { canary.keepTesting { settings } }
            testScheduler.advanceUntilIdle()
            assertEquals(CanaryOutcome.NeverCame, latest?.outcome)
            assertEquals(2, sent.toSet().size)

            sent.clear()
            meanwhile = { host ->
                if (sent.size == 2) canary.sift(listOf(told(host)))
                CanarySaw.END
            }
            canary.wish()
            testScheduler.advanceUntilIdle()
            assertEquals("a tunnel was replaced meanwhile", CanaryOutcome.Stopped, latest?.outcome)
            testing.cancel()
        }

    @Test
    fun `where the user lets registrations pass none is sent`() =
        runTest {
            stops()
            for (choice in listOf(RuleChoice.WARN, RuleChoice.OFF)) {
                for (rules in listOf(
                    RuleChoices(families = mapOf(CanaryLetter.FAMILY to choice)),
                    RuleChoices(rules = mapOf(CanaryLetter.RULE to choice)),
                )) {
                    settings = Settings(rules = rules)
                    assertEquals(CanaryOutcome.Untested(Why.SETTINGS), outcome())
                    runCurrent()
                }
            }
            assertEquals(emptyList<String>(), sent)
        }

    @Test
    fun `a choice that is made meanwhile is no alarm`() =
        runTest {
            meanwhile = { host ->
                settings = Settings(rules = RuleChoices(families = mapOf(CanaryLetter.FAMILY to RuleChoice.WARN)))
                canary.sift(listOf(told(host).copy(verdict = Decision.WARN)))
                CanarySaw.ANSWER
            }
            assertEquals(CanaryOutcome.Untested(Why.SETTINGS), outcome())
        }

    @Test
    fun `that Gasket looks like a beacon itself is no word of a letter, and no line`() =
        runTest {
            meanwhile = { host ->
                val beacon = told(null).copy(subject = Subject.BEACON, verdict = Decision.WARN)
                assertEquals(emptyList<Event>(), canary.sift(listOf(beacon, told(host))))
                CanarySaw.END
            }
            assertEquals(CanaryOutcome.Stopped, outcome())
        }

    @Test
    fun `stopped because Android did not name its sender shows nothing of the rules`() =
        runTest {
            meanwhile = {
                assertEquals(emptyList<Event>(), canary.sift(listOf(told(null, packages = null).copy(rules = emptyList()))))
                CanarySaw.NO_CONNECTION
            }
            assertEquals(CanaryOutcome.Untested(Why.STOPPED_OTHERWISE), outcome())
        }

    @Test
    fun `nobody else can hide what they send behind a test`() =
        runTest {
            var foreign = emptyList<Event>()
            meanwhile = { host ->
                foreign =
                    listOf(
                        told("other.gasket-test.invalid", packages = listOf("com.example.chat")),
                        told(null, packages = listOf("com.example.chat")),
                        told("other.gasket-test.invalid", packages = null),
                        told(null, packages = null).copy(verdict = Decision.WARN),
                        told(host, address = "203.0.113.9"),
                        told(null, packages = listOf(OWN_PACKAGE), address = "203.0.113.9"),
                    )
                assertEquals(foreign, canary.sift(foreign + told(host, packages = null)))
                CanarySaw.END
            }
            assertEquals(CanaryOutcome.Stopped, outcome())
            val late = told(sent.single())
            assertEquals("what comes late is a test all the same", emptyList<Event>(), canary.sift(listOf(late)))
            val unknown = told(null, packages = null)
            assertEquals("when none is on its way it is somebody else's", listOf(unknown), canary.sift(listOf(unknown)))
        }

    @Test
    fun `a letter has invented numbers with a check digit, and a name that is nobody's`() {
        // 3GPP TS 23.003, annex B, has the method; the number is invented.
        assertEquals(2, CanaryLetter.checkDigit("35000000123456"))
        val letters = List(100) { CanaryLetter.anew(Random(it)) }
        assertEquals(100, letters.map { it.host }.toSet().size)
        for (letter in letters) {
            val (head, body) = letter.request.decodeToString().split("\r\n\r\n")
            assertTrue(head, "Host: ${letter.host}\r\n" in head && letter.host.endsWith(".invalid"))
            assertTrue(head, "Content-Length: ${body.length}\r\n" in head)
            val form =
                String(
                    java.util.Base64
                        .getDecoder()
                        .decode(body),
                )
            val imei = Regex("\"IMEI1\":\"(00\\d{13})\"").find(form)!!.groupValues[1]
            assertEquals(form, imei.last().digitToInt(), CanaryLetter.checkDigit(imei.dropLast(1)))
            assertNotEquals(form, null, Regex("\"SIM1LTEIMSI\":\"00101\\d{10}\"").find(form))
        }
    }

    private companion object {
        const val NOW = 1_790_000_000_000
        val HOST = Regex("Host: (\\S+)")
    }
}
