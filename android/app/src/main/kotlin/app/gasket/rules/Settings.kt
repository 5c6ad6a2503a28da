package app.gasket.rules

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json

/** Everything the user can set; immutable, saved as one JSON document. */
@Serializable
data class Settings(
    val version: Int = VERSION,
    /** Whether the user wants protection; outlives the process. */
    val isWanted: Boolean = false,
    /** Choices that differ from the default, by package name. */
    val apps: Map<String, AppChoice> = emptyMap(),
    /** Names that are never reached, each with all names below it. */
    val blockedNames: Set<String> = emptySet(),
    /** Largest packet of the tunnel in bytes. */
    val mtu: Int = DEFAULT_MTU,
    /** Days that the history is kept. */
    val historyDays: Int = DEFAULT_HISTORY_DAYS,
) {
    /** What the user chose for a package. */
    fun choiceFor(packageName: String): AppChoice = apps[packageName] ?: AppChoice()

    /** The same settings with another choice for one package. */
    fun with(
        packageName: String,
        choice: AppChoice,
    ): Settings = copy(apps = if (choice == AppChoice()) apps - packageName else apps + (packageName to choice))

    fun toJson(): String = JSON.encodeToString(serializer(), this)

    companion object {
        const val VERSION = 1

        /** As in the engine's own default: fewer, larger packets cost less. */
        const val DEFAULT_MTU = 9000

        const val DEFAULT_HISTORY_DAYS = 90

        private val JSON = Json { encodeDefaults = true }

        /**
         * Reads what [toJson] wrote.
         *
         * @throws IllegalArgumentException if it is no settings document of this version.
         */
        fun fromJson(text: String): Settings {
            val settings = JSON.decodeFromString(serializer(), text)
            require(settings.version == VERSION) {
                "settings of version ${settings.version}; this build reads version $VERSION"
            }
            return settings
        }
    }
}
