package app.gasket.rules

import app.gasket.bridge.isDeep
import kotlinx.serialization.Serializable
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.intOrNull

/** What the user chose, as a file that another phone can read. */
object Backup {
    const val MIME_TYPE = "application/json"
    const val FILE_NAME = "gasket-settings.json"

    /** Choices for some thousands of apps; what is longer is something else. */
    const val LONGEST = 1_000_000

    private const val KIND = "gasket-settings"
    private const val VERSION = 1
    private val JSON = Json { prettyPrint = true }

    @Serializable
    private class Document(
        val kind: String,
        val version: Int,
        @Serializable(with = SettingsFormat::class) val settings: Settings,
    )

    /**
     * The file of [settings]. The user's own numbers are not in it: they are kept as fingerprints with a key that
     * never leaves this phone.
     */
    fun of(settings: Settings): String = JSON.encodeToString(Document.serializer(), Document(KIND, VERSION, chosen(settings, Settings())))

    /**
     * What the settings become with the file [text]; what belongs to this phone stays as it is [now].
     *
     * @throws Refusal if it is no such file.
     */
    fun restored(
        text: String,
        now: Settings,
    ): Settings {
        refusal(text)?.let { throw it }
        try {
            val settings = Json.decodeFromString(Document.serializer(), text).settings
            checkSize(settings)
            return chosen(Settings.fromJson(settings.toJson()), now)
        } catch (e: IllegalArgumentException) {
            throw Refusal.Damaged(e)
        }
    }

    /** Which file it is, before its contents are read: a wrong one is not called damaged. */
    private fun refusal(text: String): Refusal? {
        if (text.isDeep()) return Refusal.OtherFile()
        val document =
            try {
                Json.parseToJsonElement(text) as? JsonObject
            } catch (e: SerializationException) {
                return if (KIND in text.take(KIND_WITHIN)) Refusal.Damaged(e) else Refusal.OtherFile()
            }
        val version = (document?.get("version") as? JsonPrimitive)?.intOrNull
        return when {
            (document?.get("kind") as? JsonPrimitive)?.content != KIND -> Refusal.OtherFile()
            version == null -> Refusal.Damaged("it names no version")
            version > VERSION -> Refusal.Newer(version)
            else -> null
        }
    }

    /** A cut-off file still says what it is at its beginning. */
    private const val KIND_WITHIN = 100

    /** What no user chose would take long to show, and to hand to the engine. */
    private fun checkSize(settings: Settings) {
        val names =
            settings.rules.run {
                listOf(
                    settings.apps.keys,
                    settings.mutedFamilies,
                    own.keys,
                    files.keys,
                    families.keys,
                    rules.keys,
                )
            }
        require(names.all { it.size <= MOST_NAMES }) { "more than $MOST_NAMES of one kind" }
        require(names.flatten().all { it.length <= LONGEST_NAME }) { "a name is longer than $LONGEST_NAME" }
    }

    /** More than anybody has apps. */
    private const val MOST_NAMES = 5_000

    /** As long as a name in the DNS, or a file's, can be. */
    private const val LONGEST_NAME = 255

    /** What the user chose in [settings], with what belongs to a phone from [phone]. */
    private fun chosen(
        settings: Settings,
        phone: Settings,
    ) = settings.copy(
        apps = settings.apps.mapValues { (_, choice) -> choice.copy(allowed = null) }.filterValues { it != AppChoice() },
        isWanted = phone.isWanted,
        pausedUntilMs = phone.pausedUntilMs,
        introduction = phone.introduction,
        knowsPrivateDns = phone.knowsPrivateDns,
        identifiers = phone.identifiers,
    )

    /** What is wrong in a file is quoted from it. */
    private const val LONGEST_REASON = 300

    /** Why a file is not taken; nothing was changed. */
    sealed class Refusal(
        message: String,
        cause: Throwable? = null,
    ) : Exception(message, cause) {
        /** It is no backup of Gasket's settings. */
        class OtherFile : Refusal("no settings of Gasket")

        /** A later Gasket made it. */
        class Newer(
            val version: Int,
        ) : Refusal("version $version")

        class Damaged(
            val where: String,
            cause: Throwable? = null,
        ) : Refusal(where, cause) {
            /** As the reader of JSON says it: the first line has the place, the rest is the file itself. */
            constructor(cause: IllegalArgumentException) : this(
                cause.message
                    .orEmpty()
                    .lineSequence()
                    .first()
                    .take(LONGEST_REASON),
                cause,
            )
        }
    }
}
