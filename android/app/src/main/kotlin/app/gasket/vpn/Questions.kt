package app.gasket.vpn

import android.os.SystemClock
import app.gasket.bridge.AskOutcome
import app.gasket.bridge.Event
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.flow.update

/** Whether the event is a question, of which nothing is decided, and no line of the history. */
internal val Event.isQuestion: Boolean get() = asked?.outcome == AskOutcome.WAITING

/** Something that an app wants to send, held until the user has answered. */
data class Question(
    val id: Long,
    val event: Event,
    /** Until when, in milliseconds since the phone was switched on. */
    val untilMs: Long,
) {
    val packages: List<String> get() = event.app?.packages.orEmpty()
}

/** What the user said to a question. */
data class Answer(
    val question: Long,
    val allow: Boolean,
)

/** What became of an answer. */
enum class Heard {
    /** It decides. */
    IN_TIME,

    /** What it was for is blocked; it counts for the next of the same. */
    LATE,

    /** Nobody knows the question any more. */
    GONE,
}

/** The open questions, for everybody who shows them, and the way of the answers to the engine. */
class Questions(
    private val clock: () -> Long = SystemClock::elapsedRealtime,
) {
    private val asked = MutableStateFlow(emptyList<Question>())
    private val given = Channel<Answer>(MOST_KNOWN, BufferOverflow.DROP_OLDEST)

    /** Those that were open, for as long as the engine that asked them runs; the oldest first. */
    private val over = LinkedHashSet<Long>()

    val open: StateFlow<List<Question>> = asked.asStateFlow()

    /** For one engine at a time. */
    val answers: Flow<Answer> = given.receiveAsFlow()

    /** Puts the questions that are among [events]. */
    internal fun ask(events: List<Event>) {
        val new =
            events.mapNotNull { event ->
                event.asked?.takeIf { event.isQuestion }?.let { Question(it.question, event, clock() + it.seconds * SECOND_MS) }
            }
        if (new.isNotEmpty()) asked.update { it + new }
    }

    /** Answers; only the first answer in time decides. */
    fun answer(answer: Answer): Heard {
        val id = answer.question
        val question = asked.value.firstOrNull { it.id == id }
        val isInTime = question != null && clock() < question.untilMs
        val heard =
            if (isInTime) {
                Heard.IN_TIME
            } else if (question != null || isOver(id)) {
                Heard.LATE
            } else {
                Heard.GONE
            }
        close { it.id == id }
        if (heard != Heard.GONE) given.trySend(answer)
        return heard
    }

    /** Closes those whose time is over, as it comes, and tells [onOver] of them, until cancelled. */
    internal suspend fun keep(onOver: (Question) -> Unit) {
        asked.collectLatest { questions ->
            val next = questions.minOfOrNull { it.untilMs } ?: return@collectLatest
            // The engine began to wait before, and is through with it.
            while (clock() < next) delay(next - clock())
            val unanswered = questions.filter { it.untilMs <= clock() }
            close { it in unanswered }
            unanswered.forEach(onOver)
        }
    }

    /** Closes the questions that nobody wants to be asked any more. */
    internal fun keepOnly(isWanted: (Question) -> Boolean) = close { !isWanted(it) }

    /** The engine that asked is no more, and what it held has not left. */
    internal fun clear() {
        close { true }
        synchronized(over) { over.clear() }
        generateSequence { given.tryReceive().getOrNull() }.forEach {}
    }

    private fun isOver(id: Long) = synchronized(over) { id in over }

    private fun close(isClosed: (Question) -> Boolean) {
        val closed = asked.value.filter(isClosed)
        synchronized(over) {
            over += closed.map { it.id }
            while (over.size > MOST_KNOWN) over.remove(over.first())
        }
        asked.update { open -> open.filterNot(isClosed) }
    }

    private companion object {
        const val SECOND_MS = 1000L
        const val MOST_KNOWN = 64
    }
}
