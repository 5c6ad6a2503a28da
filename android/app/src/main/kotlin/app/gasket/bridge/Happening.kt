package app.gasket.bridge

/** Something that happened to the phone, as the engine is told of it. */
data class Happening(
    val kind: Trigger,
    /** Which app was installed or updated; null where nothing of that kind happened. */
    val packageName: String? = null,
)
