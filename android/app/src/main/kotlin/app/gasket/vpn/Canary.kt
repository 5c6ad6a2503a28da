package app.gasket.vpn

import app.gasket.bridge.Decision
import app.gasket.bridge.Event
import app.gasket.bridge.Subject
import app.gasket.rules.OWN_PACKAGE
import app.gasket.rules.RuleChoice
import app.gasket.rules.Settings
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withTimeoutOrNull
import java.net.InetSocketAddress
import kotlin.random.Random

/**
 * Tests the whole path: sends a registration about a phone that does not exist as any app would, and looks whether it
 * was stopped. What the engine tells of it is no leak of the user's, so it goes into no history.
 */
internal class Canary(
    /** Returns once Android says that our own traffic goes into the tunnel, or would not say. */
    private val untilTunnelled: suspend () -> Unit,
    private val send: suspend (InetSocketAddress, ByteArray) -> CanarySaw = CanarySocket::send,
    private val clock: () -> Long = System::currentTimeMillis,
    private val random: Random = Random.Default,
) {
    /** How the tests stand; empty while there is no protection to test. */
    val state = MutableStateFlow(CanaryState())

    private val wishes = Channel<Unit>(Channel.CONFLATED)

    /** The last letters; what is told of one may come late. */
    @Volatile
    private var letters = emptyList<Letter>()

    private class Letter(
        val host: String,
    ) {
        val told = CompletableDeferred<Event>()
    }

    /** Asks for a test now, where there is protection. */
    fun wish() {
        if (!state.value.isRunning) wishes.trySend(Unit)
    }

    /** Tests now, and whenever somebody wishes it, until cancelled; for an engine that runs. */
    suspend fun keepTesting(settings: suspend () -> Settings) {
        wishes.tryReceive()
        try {
            while (true) {
                state.update { it.copy(isRunning = true) }
                val outcome = test(settings)
                state.value = CanaryState(latest = CanaryResult(clock(), outcome))
                wishes.receive()
            }
        } finally {
            state.value = CanaryState()
        }
    }

    /** Takes what is told of tests out of what the engine told. */
    fun sift(told: List<Event>): List<Event> {
        val (own, others) = told.partition(::isOwn)
        // That Gasket speaks at each start is true, and says nothing of a letter.
        for (event in own.filter { it.subject != Subject.BEACON }) {
            val name = event.destination.name
            letters.lastOrNull { name == null || name == it.host }?.told?.complete(event)
        }
        return others
    }

    /** Gasket itself sends nothing else, and the name in a letter is in no other program's hands. */
    private fun isOwn(event: Event): Boolean {
        val name = event.destination.name
        return when {
            event.destination.address != SERVER -> false
            event.app?.packages == listOf(OWN_PACKAGE) -> true
            name == null -> event.app == null && event.verdict == Decision.BLOCK && letters.any { it.told.isActive }
            else -> letters.any { it.host == name }
        }
    }

    private suspend fun test(settings: suspend () -> Settings): CanaryOutcome {
        if (lets(settings())) return SETTINGS
        untilTunnelled()
        // A tunnel that is replaced meanwhile takes what is open along: once is not enough for an alarm.
        val outcome = attempt().let { if (it == CanaryOutcome.NeverCame) attempt() else it }
        return if (outcome.isAlarm && lets(settings())) SETTINGS else outcome
    }

    private suspend fun attempt(): CanaryOutcome {
        val letter = CanaryLetter.anew(random)
        val told = Letter(letter.host).also { letters = (letters + it).takeLast(LETTERS) }.told
        try {
            val saw = send(CanaryLetter.SERVER, letter.request)
            return CanaryOutcome.of(saw, withTimeoutOrNull(TOLD_MS) { told.await() })
        } finally {
            told.cancel()
        }
    }

    private companion object {
        /** The engine tells within a second; a phone that has just started writes what came before for longer. */
        const val TOLD_MS = 5_000L

        const val LETTERS = 4
        val SERVER: String =
            CanaryLetter.SERVER.address.hostAddress
                .orEmpty()
        val SETTINGS = CanaryOutcome.Untested(CanaryOutcome.Why.SETTINGS)

        /** Whether a registration may leave by the user's own choice. */
        fun lets(settings: Settings): Boolean =
            settings.rules.choiceFor(CanaryLetter.RULE, CanaryLetter.FAMILY).let { it != RuleChoice.ON && it != RuleChoice.BLOCK }
    }
}
