package app.gasket.bridge

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject

/** What a rule causes by itself. */
@Serializable
enum class RuleAction {
    @SerialName("log")
    LOG,

    @SerialName("warn")
    WARN,

    @SerialName("block")
    BLOCK,
}

/** What a rule rests on. */
@Serializable
enum class Confidence {
    @SerialName("suspected")
    SUSPECTED,

    @SerialName("reported")
    REPORTED,

    @SerialName("source-code")
    SOURCE_CODE,

    @SerialName("observed")
    OBSERVED,
}

/** How grave a match is, in Sigma's scale. */
@Serializable
enum class RuleLevel {
    @SerialName("informational")
    INFORMATIONAL,

    @SerialName("low")
    LOW,

    @SerialName("medium")
    MEDIUM,

    @SerialName("high")
    HIGH,

    @SerialName("critical")
    CRITICAL,
}

/** One rule, in the words of its file. */
@Serializable
data class KnownRule(
    val id: String,
    val title: String,
    val family: String,
    val level: RuleLevel,
    val action: RuleAction,
    val confidence: Confidence,
    /** One sentence for everyone: who gets what. */
    val receipt: String,
    /** What is sent, and how that is known. */
    val description: String,
    /** What stops working when it is blocked. */
    val breakage: String,
    /** When a match may be harmless. */
    @SerialName("falsepositives") val harmlessIf: List<String>,
    /** Where to read more. */
    val references: List<String>,
    /** The imported file it comes from; null for what ships. */
    val file: String? = null,
)

/** A file that is left out, and why. */
@Serializable
data class RefusedFile(
    val file: String,
    val problem: String,
)

/** What a rule would have done to lines of the history, by their position. */
@Serializable
data class Hindsight(
    val matches: List<Int>,
    /** Lines that do not say what the rule asks for. */
    val undecided: List<Int>,
    /** The rule fields that these lack. */
    val missing: Set<String>,
)

/** Which rules ship. */
@Serializable
data class PackVersion(
    /** The day they were last changed (ISO 8601). */
    val date: String,
    /** Tells the same rules from others. */
    val fingerprint: String,
)

/** The rules the engine has, the gravest first. */
@Serializable
data class RuleBook(
    val rules: List<KnownRule> = emptyList(),
    val refused: List<RefusedFile> = emptyList(),
    val pack: PackVersion = PackVersion("", ""),
) {
    companion object {
        /** Longer words about a mistake repeat the file. */
        private const val LONGEST_PROBLEM = 500

        /** Nobody mends more mistakes of one file at once. */
        private const val MOST_PROBLEMS = 20

        /** The rules that ship, and those of [files]: texts by name. Not for the main thread. */
        fun read(files: Map<String, String> = emptyMap()): RuleBook {
            val book: RuleBook = Json.decodeFromString(Native.rules(Json.encodeToString(files)))
            val told = book.refused.map { it.copy(problem = it.problem.take(LONGEST_PROBLEM)) }.distinct()
            return book.copy(refused = told.groupBy { it.file }.values.flatMap { it.take(MOST_PROBLEMS) })
        }

        /**
         * Which of [lines], each a rule's fields, the rule [text] matches.
         *
         * @throws IllegalArgumentException if it is no rule, with line and remedy.
         */
        fun lookBack(
            file: String,
            text: String,
            lines: List<JsonObject>,
        ): Hindsight = Json.decodeFromString(Native.hindsight(file, text, Json.encodeToString(lines)))

        /**
         * A name or a range of addresses as the engine writes it.
         *
         * @throws IllegalArgumentException if it is neither, in words for the user.
         */
        fun target(typed: String): String = Native.target(typed)
    }
}
