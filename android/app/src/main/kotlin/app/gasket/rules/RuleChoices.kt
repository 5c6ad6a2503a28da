package app.gasket.rules

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** What the user wants of a rule that has an action of its own. */
@Serializable
enum class RuleChoice {
    /** What the rule itself asks for. */
    @SerialName("on")
    ON,

    /** Only told. */
    @SerialName("warn")
    WARN,

    /** Not looked for. */
    @SerialName("off")
    OFF,

    /** Blocked, although the rule would only warn. */
    @SerialName("block")
    BLOCK,
}

/** What one of the user's own rules does. */
@Serializable
enum class OwnAction {
    @SerialName("block")
    BLOCK,

    @SerialName("warn")
    WARN,

    @SerialName("off")
    OFF,
}

/** All that the user decided about rules. */
@Serializable
data class RuleChoices(
    /** By family, for those of its rules that [rules] does not name. */
    val families: Map<String, RuleChoice> = emptyMap(),
    /** By id. */
    val rules: Map<String, RuleChoice> = emptyMap(),
    /** Own rules by name (with all names below it), address or range of addresses, as the engine writes these. */
    val own: Map<String, OwnAction> = emptyMap(),
    /** Imported files: their text, by name. */
    val files: Map<String, String> = emptyMap(),
) {
    /** What counts for a rule. */
    fun choiceFor(
        id: String,
        family: String,
    ): RuleChoice = rules[id] ?: choiceFor(family)

    /** What counts for the rules of a family that have no choice of their own. */
    fun choiceFor(family: String): RuleChoice = families[family] ?: RuleChoice.ON

    /** The same with another choice for one rule. */
    fun with(
        id: String,
        family: String,
        choice: RuleChoice,
    ): RuleChoices = copy(rules = if (choice == choiceFor(family)) rules - id else rules + (id to choice))

    /** The same with one choice for a family, whose rules are [ids]. */
    fun withFamily(
        family: String,
        ids: Set<String>,
        choice: RuleChoice,
    ): RuleChoices =
        copy(
            families = if (choice == RuleChoice.ON) families - family else families + (family to choice),
            rules = rules - ids,
        )
}
