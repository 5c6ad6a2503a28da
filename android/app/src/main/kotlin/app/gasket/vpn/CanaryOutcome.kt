package app.gasket.vpn

import app.gasket.bridge.Decision
import app.gasket.bridge.Event

/** What came of a made-up registration. Only [Stopped] is good news. */
sealed interface CanaryOutcome {
    /** Its sender got no answer and no connection any more, and the engine told of a block with nothing left. */
    data object Stopped : CanaryOutcome

    /** A real one would have left. */
    data class WouldHaveLeft(
        val observation: Observation,
    ) : CanaryOutcome

    /** The engine told nothing of it: traffic does not go through Gasket, or the engine is blind to it. */
    data object NeverCame : CanaryOutcome

    /** Nothing can be said. */
    data class Untested(
        val why: Why,
    ) : CanaryOutcome

    /** What says that it would have left. */
    enum class Observation {
        /** The engine told that it let it pass. */
        LET_PASS,

        /** The engine told of a block, and of bytes that had left, or a connection that had been opened. */
        BYTES_LEFT,

        /** Its sender got an answer that Gasket did not give. */
        ANSWERED,
    }

    /** Why nothing can be said. */
    enum class Why {
        /** The user's settings let such a registration pass. */
        SETTINGS,

        /** It was stopped, but not as a registration is: by the user's own rule, or because its sender was not known. */
        STOPPED_OTHERWISE,

        /** Android gave no connection to try it on. */
        NOT_SENT,
    }

    /** Whether the user must do something. */
    val isAlarm: Boolean get() = this is WouldHaveLeft || this is NeverCame

    companion object {
        /** Judges by both sides: what the sender [saw], and what the engine told of it, if anything. */
        internal fun of(
            saw: CanarySaw,
            told: Event?,
        ): CanaryOutcome =
            when {
                told == null -> {
                    when (saw) {
                        CanarySaw.ANSWER -> WouldHaveLeft(Observation.ANSWERED)
                        CanarySaw.NOT_SENT -> Untested(Why.NOT_SENT)
                        CanarySaw.END, CanarySaw.SILENCE, CanarySaw.NO_CONNECTION -> NeverCame
                    }
                }

                told.verdict != Decision.BLOCK -> {
                    WouldHaveLeft(Observation.LET_PASS)
                }

                told.bytesLeft > 0 || told.flowBytesLeft > 0 || told.dialled -> {
                    WouldHaveLeft(Observation.BYTES_LEFT)
                }

                saw == CanarySaw.ANSWER && !told.answered -> {
                    WouldHaveLeft(Observation.ANSWERED)
                }

                told.rules.none { it.id == CanaryLetter.RULE } -> {
                    Untested(Why.STOPPED_OTHERWISE)
                }

                saw == CanarySaw.END || saw == CanarySaw.ANSWER -> {
                    Stopped
                }

                else -> {
                    Untested(Why.STOPPED_OTHERWISE)
                }
            }
    }
}

/** How the tests stand. */
data class CanaryState(
    val isRunning: Boolean = false,
    val latest: CanaryResult? = null,
) {
    /** That the latest test failed, for everybody who shows how protection stands. */
    val failure: Notice.TestFailed? get() = Notice.TestFailed.takeIf { latest?.outcome?.isAlarm == true }
}

/** A test that is over. */
data class CanaryResult(
    /** When, in milliseconds since 1970. */
    val atMs: Long,
    val outcome: CanaryOutcome,
)
