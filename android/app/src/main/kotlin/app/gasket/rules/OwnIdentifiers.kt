package app.gasket.rules

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement

/** What the user typed in, as the engine's keyed hashes. The values themselves are kept nowhere. */
@Serializable
data class OwnIdentifiers(
    @SerialName("key_check") val keyCheck: String,
    val values: List<OwnIdentifier>,
) {
    /** The same without one; null if none is left. */
    fun without(forgotten: OwnIdentifier): OwnIdentifiers? = copy(values = values - forgotten).takeIf { it.values.isNotEmpty() }

    fun toJson(): String = Json.encodeToString(serializer(), this)

    companion object {
        /** @throws IllegalArgumentException if it is not what the engine or [toJson] wrote. */
        fun fromJson(text: String): OwnIdentifiers = Json.decodeFromString(serializer(), text)
    }
}

/** One of them. */
@Serializable
data class OwnIdentifier(
    /** As the engine spells kinds. */
    val kind: String,
    /** When it was typed in, in seconds since 1970. */
    val added: Long? = null,
    /** Its hashes, which only the engine reads. */
    val needles: List<JsonElement>,
)
