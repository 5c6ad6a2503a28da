package app.gasket.bridge

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** Something that happened to the phone, as the engine is told of it. */
@Serializable
data class Happening(
    val kind: Trigger,
    /** Which app was installed or updated; null where nothing of that kind happened. */
    @SerialName("package") val packageName: String? = null,
)
