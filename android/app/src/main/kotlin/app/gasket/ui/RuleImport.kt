package app.gasket.ui

import app.gasket.bridge.Decision
import app.gasket.bridge.Hindsight
import app.gasket.bridge.KnownRule
import app.gasket.bridge.RuleBook
import app.gasket.history.History
import app.gasket.history.HistoryItem
import app.gasket.history.Place
import app.gasket.history.Search
import app.gasket.history.ruleFields
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.serialization.json.JsonObject
import java.io.InputStream
import java.nio.charset.CharacterCodingException

/** A file that the user wants to take rules from. */
sealed interface Import {
    data object Reading : Import

    /** It is not taken. */
    data class Refused(
        val file: String,
        val problem: String,
    ) : Import

    /** It holds something else than text in UTF-8. */
    data class NoText(
        val file: String,
    ) : Import

    /** It can be taken. */
    data class Ready(
        val file: String,
        val text: String,
        val rule: KnownRule,
        /** Whether a file of this name is there already. */
        val replaces: Boolean,
        val lookBack: LookBack,
    ) : Import
}

/** What a rule would have done to the history. */
data class LookBack(
    /** Lines that were looked at. */
    val lines: Int = 0,
    /** Whether there were more in that time. */
    val isCut: Boolean = false,
    val matches: Int = 0,
    /** Of [matches], those of which something had left. */
    val passed: Int = 0,
    /** Lines that do not say what the rule asks for. */
    val undecided: Int = 0,
    /** What these lack, as rules call it. */
    val missing: Set<String> = emptySet(),
    /** The newest lines that match. */
    val examples: List<HistoryItem.Told> = emptyList(),
)

/** Reads a rule file, says what it would have done, and takes it if the user wants. */
class RuleImport(
    private val scope: CoroutineScope,
    private val store: SettingsStore,
    private val history: History,
    private val library: Library = Library(),
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
    private val clock: () -> Long = System::currentTimeMillis,
) {
    /** What the engine knows of rules. */
    class Library(
        val read: (Map<String, String>) -> RuleBook = RuleBook::read,
        val lookBack: (String, String, List<JsonObject>) -> Hindsight = RuleBook::lookBack,
    )

    private val current = MutableStateFlow<Import?>(null)
    private var job: Job? = null

    /** What there is to decide; null if nothing. */
    val state: StateFlow<Import?> = current.asStateFlow()

    /** Reads the document that [open] gives, which is called [nameOf]. */
    fun read(
        nameOf: () -> String,
        open: () -> InputStream,
    ) {
        current.value = Import.Reading
        job?.cancel()
        job =
            scope.launch(dispatcher) {
                var file = ""
                val outcome =
                    runCatching {
                        file = nameOf()
                        examine(file, textOf(open))
                    }.getOrElse { if (it is CharacterCodingException) Import.NoText(file) else Import.Refused(file, it.message.orEmpty()) }
                ensureActive()
                current.value = outcome
            }
    }

    /** Takes the file that is ready. */
    fun take() {
        val ready = current.value as? Import.Ready ?: return
        store.change { it.copy(rules = it.rules.copy(files = it.rules.files + (ready.file to ready.text))) }
        current.value = null
    }

    /** The user does not want it, or has read what is wrong. */
    fun dismiss() {
        job?.cancel()
        current.value = null
    }

    private suspend fun examine(
        file: String,
        text: String,
    ): Import {
        val files = store.settings.value.rules.files
        val before = library.read(files - file).refused
        val book = library.read(files + (file to text))
        // It may be another file that would have to give way, because both have one id.
        val problems = book.refused - before.toSet()
        val rule = book.rules.firstOrNull { it.file == file }
        if (rule == null || problems.isNotEmpty()) return Import.Refused(file, problems.joinToString("\n") { it.problem })
        checkNames(listOf(rule))
        return Import.Ready(file, text, rule, file in files, lookBack(file, text))
    }

    private suspend fun lookBack(
        file: String,
        text: String,
    ): LookBack {
        val now = clock()
        val search = Search(span = now - WEEK_MS..now)
        var found = LookBack()
        var place = Place.LAST
        while (found.lines < MOST_LINES) {
            val page = history.older(search, place, PAGE)
            if (page.isEmpty()) return found
            found = found.with(page, library.lookBack(file, text, page.map { it.event.ruleFields() }))
            place = page.last().place
        }
        return found.copy(isCut = history.older(search, place, limit = 1).isNotEmpty())
    }

    internal companion object {
        /** A second's work on a slow phone. */
        const val MOST_LINES = 5_000
        const val PAGE = 250
        const val EXAMPLES = 3

        /** What the engine takes, and one byte more to notice that it does not. */
        const val MOST_BYTES = 32 * 1024 + 1

        /** @throws IOException if it cannot be read, or is no UTF-8. */
        fun textOf(open: () -> InputStream): String = open().use { it.readUpTo(MOST_BYTES) }.decodeToString(throwOnInvalidSequence = true)

        private fun LookBack.with(
            page: List<HistoryItem.Told>,
            found: Hindsight,
        ): LookBack {
            val matching = found.matches.map { page[it] }
            return copy(
                lines = lines + page.size,
                matches = matches + matching.size,
                passed = passed + matching.count { it.event.verdict != Decision.BLOCK },
                undecided = undecided + found.undecided.size,
                missing = missing + found.missing,
                examples = (examples + matching).take(EXAMPLES),
            )
        }
    }
}
