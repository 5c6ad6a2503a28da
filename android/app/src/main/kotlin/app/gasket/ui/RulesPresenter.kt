package app.gasket.ui

import app.gasket.bridge.KnownRule
import app.gasket.bridge.RefusedFile
import app.gasket.bridge.RuleBook
import app.gasket.rules.OwnAction
import app.gasket.rules.RuleChoice
import app.gasket.rules.RuleChoices
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn

/** A rule, and what the user wants of it. */
data class RuleRow(
    val rule: KnownRule,
    val choice: RuleChoice,
)

/** The rules of one sender, the gravest first. */
data class RuleFamily(
    val name: String,
    /** What counts for those without a choice of their own. */
    val choice: RuleChoice,
    val rows: List<RuleRow>,
    /** Of all its rules, whatever is looked for. */
    val ids: Set<String>,
)

/** A rule that the user made. */
data class OwnRow(
    val target: String,
    val action: OwnAction,
)

/** What the screen of rules shows. */
data class RulesState(
    val families: List<RuleFamily>,
    val own: List<OwnRow>,
    /** Imported files that this version does not take. */
    val refused: List<RefusedFile>,
    /** The rule that is looked at. */
    val opened: RuleRow?,
    val isFiltered: Boolean,
)

/** Shows the rules, and takes what the user decides about them. Takes effect at once, on open connections, too. */
class RulesPresenter(
    scope: CoroutineScope,
    private val store: SettingsStore,
    private val saved: Saved,
    /** Null where the rules cannot be read. */
    read: (Map<String, String>) -> RuleBook? = RuleBook::read,
    dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    /** What outlives the process. */
    class Saved(
        val search: MutableStateFlow<String>,
        val openedId: MutableStateFlow<String>,
    )

    /** All rules by id; null while they are read for the first time. */
    val known: StateFlow<Map<String, KnownRule>?>

    /** What the user looks for. */
    val query: StateFlow<String> = saved.search.asStateFlow()

    /** Null while the rules are read for the first time. */
    val states: StateFlow<RulesState?>

    init {
        val book =
            store.settings
                .map { it.rules.files }
                .distinctUntilChanged()
                .map(read)
                .filterNotNull()
                .flowOn(dispatcher)
                .stateIn(scope, WhileShown, null)
        known = book.map { it?.run { rules.associateBy(KnownRule::id) } }.stateIn(scope, WhileShown, null)
        states =
            combine(book, store.settings, saved.search, saved.openedId) { book, settings, search, opened ->
                book?.let { stateOf(it, settings.rules, search, opened) }
            }.stateIn(scope, WhileShown, null)
    }

    fun lookFor(text: String) {
        saved.search.value = typed(text)
    }

    /** Looks at one rule; null for all of them. */
    fun open(id: String?) {
        saved.openedId.value = id.orEmpty()
    }

    fun choose(
        rule: KnownRule,
        choice: RuleChoice,
    ) = change { it.with(rule.id, rule.family, choice) }

    /** One choice for all rules of a family, also for those that are not looked for; those that were chosen themselves follow. */
    fun chooseFamily(
        family: RuleFamily,
        choice: RuleChoice,
    ) = change { it.withFamily(family.name, family.ids, choice) }

    /** Forgets an imported file, and what was chosen for its [rule]; null if there is none in it. */
    fun removeFile(
        name: String,
        rule: KnownRule? = null,
    ) = change { it.copy(files = it.files - name, rules = it.rules - setOfNotNull(rule?.id)) }

    private fun change(change: (RuleChoices) -> RuleChoices) = store.change { it.copy(rules = change(it.rules)) }

    internal companion object {
        fun stateOf(
            book: RuleBook,
            choices: RuleChoices,
            search: String,
            openedId: String,
        ): RulesState {
            val words = search.trim()
            val rows = book.rules.map { RuleRow(it, choices.choiceFor(it.id, it.family)) }
            val ids = book.rules.groupBy({ it.family }, { it.id })
            val families = rows.filter { fits(it.rule, words) }.groupBy { it.rule.family }
            return RulesState(
                families = families.map { (name, rows) -> RuleFamily(name, choices.choiceFor(name), rows, ids.getValue(name).toSet()) },
                own = choices.own.filterKeys { it.contains(words, ignoreCase = true) }.map { (target, action) -> OwnRow(target, action) },
                refused = book.refused.takeIf { words.isEmpty() }.orEmpty(),
                opened = rows.firstOrNull { it.rule.id == openedId },
                isFiltered = words.isNotEmpty(),
            )
        }

        private fun fits(
            rule: KnownRule,
            words: String,
        ) = listOf(rule.family, rule.title, rule.receipt, rule.description, rule.id).any { it.contains(words, ignoreCase = true) }
    }
}
