package app.gasket.screens

import org.robolectric.RuntimeEnvironment
import java.util.Locale

/** One way a phone shows the app. */
internal data class Look(
    val size: Size,
    val isDark: Boolean,
    val fontScale: Float,
    val isRightToLeft: Boolean,
    /** BCP 47. */
    val language: String = "en",
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
        listOfNotNull(
            size.name.lowercase(),
            if (isDark) "dark" else "light",
            "font$fontScale",
            if (isRightToLeft) "rtl" else "ltr",
            language.takeIf { it != "en" },
        ).joinToString("-")

    /** Makes the phone such a one; an activity sees it when it is made anew. */
    fun apply() {
        val direction = if (isRightToLeft) "ldrtl" else "ldltr"
        val locale = Locale.forLanguageTag(language).run { if (country.isEmpty()) language else "$language-r$country" }
        RuntimeEnvironment.setQualifiers("+$locale-$direction-${size.qualifiers}-${if (isDark) "night" else "notnight"}-hdpi")
        RuntimeEnvironment.setFontScale(fontScale)
    }

    companion object {
        private val ENGLISH =
            Size.entries.flatMap { size ->
                listOf(false, true).flatMap { isDark ->
                    listOf(1f, 2f).flatMap { fontScale -> listOf(false, true).map { Look(size, isDark, fontScale, it) } }
                }
            }

        /** Each where it has the least room, with letters of either size; some in more. */
        private val TRANSLATED =
            listOf("de", "es", "fi", "fr", "nb", "zh-CN").flatMap { language ->
                listOf(1f, 2f).map { Look(Size.SMALL, isDark = it > 1f, fontScale = it, isRightToLeft = false, language) }
            } +
                Look(Size.TABLET, isDark = false, fontScale = 1f, isRightToLeft = false, "de") +
                listOf(Size.SMALL, Size.PHONE).map { Look(it, isDark = false, fontScale = 1f, isRightToLeft = true, "ar") } +
                Look(Size.SMALL, isDark = true, fontScale = 2f, isRightToLeft = true, "ar")

        val ALL = TRANSLATED + ENGLISH
    }
}
