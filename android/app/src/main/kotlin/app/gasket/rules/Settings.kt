package app.gasket.rules

import app.gasket.bridge.isDeep
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.JsonTransformingSerializer
import kotlinx.serialization.json.booleanOrNull

/** Light or dark. */
@Serializable
enum class Theme {
    @SerialName("system")
    SYSTEM,

    @SerialName("light")
    LIGHT,

    @SerialName("dark")
    DARK,
}

/** Among whom apps are looked for that speak as beacons do. */
@Serializable
enum class BeaconSearch {
    @SerialName("off")
    OFF,

    /** Those that came with the phone. */
    @SerialName("system")
    SYSTEM,

    @SerialName("all")
    ALL,
}

/** Everything the user can set; immutable, saved as one JSON document. */
@Serializable
data class Settings(
    val version: Int = VERSION,
    /** Whether the user wants protection; outlives the process. */
    val isWanted: Boolean = false,
    /** Until when protection rests, in milliseconds since 1970; 0 if it does not. */
    val pausedUntilMs: Long = 0,
    /** Choices that differ from the default, by package name. */
    val apps: Map<String, AppChoice> = emptyMap(),
    /** Families of leaks that no alert is given of; the history has them all the same. */
    val mutedFamilies: Set<String> = emptySet(),
    /** Largest packet of the tunnel in bytes. */
    val mtu: Int = DEFAULT_MTU,
    /** Addresses of the DNS servers to ask, the first one first; empty for those of the network. */
    val dnsServers: List<String> = emptyList(),
    /** Whether apps may use IPv6; else it is refused at once, and never passes Gasket by. */
    val ipv6: Boolean = true,
    /** Whether the devices of the network around are reached through Gasket, too, instead of past it. */
    val relaysLan: Boolean = false,
    /** Which apps that speak as beacons do are told of, encrypted or not. */
    val beacons: BeaconSearch = BeaconSearch.SYSTEM,
    /** Days that the history is kept. */
    val historyDays: Int = DEFAULT_HISTORY_DAYS,
    /** Largest size of the history, in millions of bytes. */
    val historyMegabytes: Int = DEFAULT_HISTORY_MEGABYTES,
    /** Whether the user has read what a Private DNS server of one's own means. */
    val knowsPrivateDns: Boolean = false,
    /** Steps of the introduction that are behind the user; it never comes back. */
    val introduction: Int = 0,
    val theme: Theme = Theme.SYSTEM,
    /** Whether colours follow the wallpaper, from Android 12 on. */
    val wallpaperColours: Boolean = false,
    /** The user's own identifiers to look for. */
    val identifiers: OwnIdentifiers? = null,
    /** What the user decided about rules. */
    val rules: RuleChoices = RuleChoices(),
) {
    /** What the user chose for a package. */
    fun choiceFor(packageName: String): AppChoice = apps[packageName] ?: AppChoice()

    /** The same settings with another choice for one package. */
    fun with(
        packageName: String,
        choice: AppChoice,
    ): Settings = copy(apps = if (choice == AppChoice()) apps - packageName else apps + (packageName to choice))

    /** Milliseconds that protection still rests. A pause that a changed clock made too long is over. */
    fun pauseLeftMs(nowMs: Long): Long = (pausedUntilMs - nowMs).takeIf { it in 1..LONGEST_PAUSE_MS } ?: 0

    fun toJson(): String = JSON.encodeToString(serializer(), this)

    private fun check() {
        require(version == VERSION) { "settings of version $version; this build reads version $VERSION" }
        require(mtu in MTUS) { "mtu is $mtu; expected ${MTUS.first} to ${MTUS.last}" }
        require(DnsServers.parse(dnsServers.joinToString(",")).size == dnsServers.size) { "dnsServers has an address twice, or two in one" }
        require(historyDays in HISTORY_DAYS) { "historyDays is $historyDays; expected ${HISTORY_DAYS.first} to ${HISTORY_DAYS.last}" }
        require(historyMegabytes in HISTORY_MEGABYTES) {
            "historyMegabytes is $historyMegabytes; expected ${HISTORY_MEGABYTES.first} to ${HISTORY_MEGABYTES.last}"
        }
    }

    companion object {
        const val VERSION = 1

        /** As in the engine's own default: fewer, larger packets cost less. */
        const val DEFAULT_MTU = 9000

        const val DEFAULT_HISTORY_DAYS = 90

        /** About 50,000 lines of 800 bytes. */
        const val DEFAULT_HISTORY_MEGABYTES = 50

        /** What the engine takes: from what every IPv6 link must carry (RFC 8200, section 5) on. */
        private val MTUS = 1280..65_535
        private val HISTORY_DAYS = 1..3650
        private val HISTORY_MEGABYTES = 1..2000

        const val LONGEST_PAUSE_MS = 60 * 60 * 1000L

        private val JSON = Json { encodeDefaults = true }

        /**
         * Reads what [toJson] wrote.
         *
         * @throws IllegalArgumentException if it is no settings document of this version, or a number in it is out of bounds.
         */
        fun fromJson(text: String): Settings {
            require(!text.isDeep()) { "no settings are nested so deep" }
            return JSON.decodeFromString(SettingsFormat, text).also { it.check() }
        }
    }
}

/** Reads settings of before, too: what was a list of blocked names is own rules now, and a search for beacons was one of all apps or of none. */
internal object SettingsFormat : JsonTransformingSerializer<Settings>(Settings.serializer()) {
    private const val BLOCKED_NAMES = "blockedNames"
    private const val LOOKS_FOR_BEACONS = "looksForBeacons"

    override fun transformDeserialize(element: JsonElement): JsonElement =
        (element as? JsonObject)?.let { withOwnRules(withSearch(it)) } ?: element

    private fun withSearch(document: JsonObject): JsonObject {
        val was = document[LOOKS_FOR_BEACONS] as? JsonPrimitive ?: return document
        // Nobody had to choose "off": it was the default.
        val search = if (was.booleanOrNull == true) BeaconSearch.ALL else Settings().beacons
        return JsonObject(document - LOOKS_FOR_BEACONS + ("beacons" to Json.encodeToJsonElement(BeaconSearch.serializer(), search)))
    }

    private fun withOwnRules(document: JsonObject): JsonObject {
        val names = document[BLOCKED_NAMES] as? JsonArray ?: return document
        val rules = document["rules"] as? JsonObject ?: JsonObject(emptyMap())
        val own = rules["own"] as? JsonObject ?: JsonObject(emptyMap())
        val block = Json.encodeToJsonElement(OwnAction.serializer(), OwnAction.BLOCK)
        // The engine blocked these whatever an own rule said.
        val blocked = names.mapNotNull { (it as? JsonPrimitive)?.content }.associate { it.lowercase().removeSuffix(".") to block }
        return JsonObject(document - BLOCKED_NAMES + ("rules" to JsonObject(rules + ("own" to JsonObject(own + blocked)))))
    }
}
