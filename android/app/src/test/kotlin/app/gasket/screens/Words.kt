package app.gasket.screens

import android.content.Context
import android.content.res.Configuration
import app.gasket.R
import java.util.Locale

/** The app's words in the language of [context], by what they are in English. */
internal class Words(
    private val context: Context,
) {
    private val english =
        context
            .createConfigurationContext(Configuration(context.resources.configuration).apply { setLocale(Locale.ENGLISH) })
            .resources
    private val isEnglish =
        context.resources.configuration.locales[0]
            .language == "en"
    private val known: Map<Int, String> by lazy {
        val numbers = { kind: Class<*> -> kind.fields.map { it.getInt(null) } }
        numbers(R.string::class.java).associateWith { english.getString(it) } +
            numbers(R.plurals::class.java).associateWith { english.getQuantityText(it, MANY).toString() }
    }

    /**
     * What may stand where [text] does in English, and whether among more: words of the app's that say so, or say it among more if
     * it [isPart]; [text] itself, where it is none. Of a word that something is put into this is the longest part between.
     */
    fun of(
        text: String,
        isPart: Boolean,
    ): List<Pair<String, Boolean>> {
        if (isEnglish || text.isName()) return listOf(text to isPart)
        val same = known.filterValues { it == text }.keys
        if (!isPart && same.isNotEmpty()) return same.map { translated(it) to false }
        val wider = known.filterValues { text in it }.keys.ifEmpty { known.filterValues { it.fits(text) }.keys }
        return wider.map { longestPart(it) to true }.ifEmpty { listOf(text to isPart) }
    }

    private fun longestPart(id: Int): String = translated(id).split(PUT_IN).maxBy { it.length }.trim(' ', '\u2068', '\u2069')

    private fun translated(id: Int): String =
        when (context.resources.getResourceTypeName(id)) {
            "plurals" -> context.resources.getQuantityText(id, MANY).toString()
            else -> context.resources.getString(id)
        }

    /** A server's name is the same in all languages, although words tell of some as an example. */
    private fun String.isName() = '.' in this && ' ' !in this

    /** Whether it is one of the app's words, and not a name. */
    private fun String.fits(text: String): Boolean {
        val parts = split(PUT_IN).map { it.trim() }.filter { it.isNotEmpty() }
        return PUT_IN in this && parts.isNotEmpty() && parts.maxOf { it.length } >= LEAST && parts.all { it in text }
    }

    private companion object {
        val PUT_IN = Regex("""%(?:\d+\$)?,?[sd]""")

        /** Shorter ones are in everything. */
        const val LEAST = 4
        const val MANY = 75
    }
}
