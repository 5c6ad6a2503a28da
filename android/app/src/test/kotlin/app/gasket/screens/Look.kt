package app.gasket.screens

import org.robolectric.RuntimeEnvironment

/** One way a phone shows the app. */
internal data class Look(
    val size: Size,
    val isDark: Boolean,
    val fontScale: Float,
    val isRightToLeft: Boolean,
) {
    enum class Size(
        val qualifiers: String,
    ) {
        SMALL("w320dp-h533dp"),
        PHONE("w411dp-h891dp"),
        TABLET("w800dp-h1280dp"),
    }

    /** As the pictures are called. */
    override fun toString(): String =
        listOf(
            size.name.lowercase(),
            if (isDark) "dark" else "light",
            "font$fontScale",
            if (isRightToLeft) "rtl" else "ltr",
        ).joinToString("-")

    /** Makes the phone such a one; an activity sees it when it is made anew. */
    fun apply() {
        val direction = if (isRightToLeft) "ldrtl" else "ldltr"
        RuntimeEnvironment.setQualifiers("+$direction-${size.qualifiers}-${if (isDark) "night" else "notnight"}-hdpi")
        RuntimeEnvironment.setFontScale(fontScale)
    }

    companion object {
        val ALL =
            Size.entries.flatMap { size ->
                listOf(false, true).flatMap { isDark ->
                    listOf(1f, 2f).flatMap { fontScale -> listOf(false, true).map { Look(size, isDark, fontScale, it) } }
                }
            }
    }
}
