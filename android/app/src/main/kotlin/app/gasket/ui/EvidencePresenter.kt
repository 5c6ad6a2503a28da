package app.gasket.ui

import app.gasket.bridge.Evidence
import app.gasket.bridge.EvidenceInputs
import app.gasket.history.Head
import app.gasket.history.HistoryItem
import app.gasket.history.Proof
import app.gasket.history.Standing
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import java.io.File
import java.io.IOException
import java.time.Instant
import java.time.ZoneId
import java.time.ZonedDateTime
import java.time.format.DateTimeFormatter
import java.util.Locale

/** What the page of a line says of it. */
data class EvidenceWords(
    /** The language of the words, as a tag. */
    val language: String,
    /** What happened and what became of it. */
    val sentence: String,
    /** What that rests on, in lines. */
    val facts: List<String>,
)

/** How far the evidence of a line is. */
data class EvidenceState(
    /** The number of the line. */
    val line: Long,
    val outcome: Outcome,
) {
    sealed interface Outcome {
        data object Making : Outcome

        data class Made(
            /** A zip file. */
            val file: File,
            /** What it can be known by. */
            val fingerprint: String,
        ) : Outcome

        /** The history does not vouch for the line, so that evidence of it would prove nothing. */
        data class Refused(
            val why: Standing,
        ) : Outcome

        data class Failed(
            val why: String,
        ) : Outcome
    }
}

/** Makes evidence of lines of the history: of one at a time, in [folder], which holds nothing else. */
class EvidencePresenter(
    private val scope: CoroutineScope,
    private val proof: Proof,
    private val folder: File,
    private val io: CoroutineDispatcher = Dispatchers.IO,
    private val zone: () -> ZoneId = ZoneId::systemDefault,
) {
    private val current = MutableStateFlow<EvidenceState?>(null)
    private var job: Job? = null

    /** Of the line that was asked about last; null for none. */
    val state: StateFlow<EvidenceState?> = current.asStateFlow()

    /** Has the line checked, and evidence made of it in these words. */
    fun make(
        told: HistoryItem.Told,
        words: EvidenceWords,
    ) {
        job?.cancel()
        current.value = EvidenceState(told.id, EvidenceState.Outcome.Making)
        job =
            scope.launch(io) {
                val outcome = attempt(told, words)
                ensureActive()
                current.value = EvidenceState(told.id, outcome)
            }
    }

    /** The user has what they wanted, or does not want it any more. The file stays, for whoever it was given to. */
    fun dismiss() {
        job?.cancel()
        current.value = null
    }

    private suspend fun attempt(
        told: HistoryItem.Told,
        words: EvidenceWords,
    ): EvidenceState.Outcome =
        runCatching {
            when (val standing = proof.standing(told.id)) {
                is Standing.Holds -> made(told, words, standing)
                else -> EvidenceState.Outcome.Refused(standing)
            }
        }.getOrElse { EvidenceState.Outcome.Failed(it.message.orEmpty()) }

    private fun made(
        told: HistoryItem.Told,
        words: EvidenceWords,
        standing: Standing.Holds,
    ): EvidenceState.Outcome {
        val time = Instant.ofEpochMilli(told.timeMs).atZone(zone())
        val inputs =
            EvidenceInputs(
                record = standing.record,
                line = told.id,
                writtenTime = TIME.format(time),
                language = words.language,
                sentence = words.sentence,
                sender = told.event.app?.run { packages.joinToString() },
                to = told.event.destination.run { name ?: address },
                facts = words.facts,
                rule =
                    told.event.rules
                        .firstOrNull()
                        ?.id,
                head = headOf(standing.head),
            )
        val evidence = Evidence.of(inputs)
        return EvidenceState.Outcome.Made(written(evidence, time, told.id), evidence.fingerprint)
    }

    /** In the place of all that was there before. */
    private fun written(
        evidence: Evidence,
        time: ZonedDateTime,
        line: Long,
    ): File {
        folder.deleteRecursively()
        if (!folder.mkdirs()) throw IOException("$folder")
        return File(folder, "gasket-evidence-${time.toLocalDate()}-$line.zip").apply { writeBytes(evidence.bytes) }
    }

    private companion object {
        val TIME: DateTimeFormatter = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss xxx", Locale.ROOT)

        fun headOf(head: Head) = EvidenceInputs.Head(head.line.id, "${head.line.link}", head.turn.id, "${head.turn.link}")
    }
}
