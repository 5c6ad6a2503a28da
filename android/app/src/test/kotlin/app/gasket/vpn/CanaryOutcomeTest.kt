package app.gasket.vpn

import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.MatchedRule
import app.gasket.vpn.CanaryOutcome.Observation
import app.gasket.vpn.CanaryOutcome.Why
import org.junit.Assert.assertEquals
import org.junit.Test

/** Both sides must say that it was stopped; whatever else they say is no good news. */
class CanaryOutcomeTest {
    private val blocked =
        Engine
            .decode("[${EventTest.BLOCKED}]".encodeToByteArray())
            .single()
            .copy(rules = listOf(MatchedRule(CanaryLetter.RULE, "registration")), bytesLeft = 0, flowBytesLeft = 0, dialled = false)

    private fun of(
        told: Event?,
        vararg saw: CanarySaw,
    ) = saw.map { CanaryOutcome.of(it, told) }.distinct()

    @Test
    fun `stopped is what both sides say, and nothing else`() {
        val told =
            listOf(
                null,
                blocked.copy(verdict = Decision.WARN),
                blocked.copy(verdict = Decision.ALLOW),
                blocked.copy(bytesLeft = 1),
                blocked.copy(flowBytesLeft = 1),
                blocked.copy(dialled = true),
                blocked.copy(rules = emptyList()),
                blocked.copy(answered = true),
                blocked,
            )
        val good =
            told.flatMap { event ->
                CanarySaw.entries.filter { CanaryOutcome.of(it, event) == CanaryOutcome.Stopped }.map {
                    it to
                        event
                }
            }
        assertEquals(
            listOf(
                CanarySaw.END to blocked.copy(answered = true),
                CanarySaw.ANSWER to blocked.copy(answered = true),
                CanarySaw.END to blocked,
            ),
            good,
        )
    }

    @Test
    fun `what would have left is told by what says so`() {
        val all = CanarySaw.entries.toTypedArray()
        for (verdict in listOf(Decision.WARN, Decision.ALLOW)) {
            assertEquals(listOf(CanaryOutcome.WouldHaveLeft(Observation.LET_PASS)), of(blocked.copy(verdict = verdict), *all))
        }
        for (some in listOf(blocked.copy(bytesLeft = 1), blocked.copy(flowBytesLeft = 1), blocked.copy(dialled = true))) {
            assertEquals(listOf(CanaryOutcome.WouldHaveLeft(Observation.BYTES_LEFT)), of(some, *all))
        }
        for (told in listOf(
            null,
            blocked,
        )) {
            assertEquals(listOf(CanaryOutcome.WouldHaveLeft(Observation.ANSWERED)), of(told, CanarySaw.ANSWER))
        }
    }

    @Test
    fun `without a word of the engine it never came there`() {
        assertEquals(listOf(CanaryOutcome.NeverCame), of(null, CanarySaw.END, CanarySaw.SILENCE, CanarySaw.NO_CONNECTION))
    }

    @Test
    fun `what shows nothing is no alarm either`() {
        assertEquals(listOf(CanaryOutcome.Untested(Why.NOT_SENT)), of(null, CanarySaw.NOT_SENT))
        val other = CanaryOutcome.Untested(Why.STOPPED_OTHERWISE)
        assertEquals(listOf(other), of(blocked, CanarySaw.SILENCE, CanarySaw.NO_CONNECTION, CanarySaw.NOT_SENT))
        assertEquals(listOf(other), of(blocked.copy(rules = emptyList()), CanarySaw.END, CanarySaw.NO_CONNECTION))
        assertEquals(false, other.isAlarm)
    }
}
