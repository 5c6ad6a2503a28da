package app.gasket.words

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** Every language says all there is to say, with the same things put in. */
class TranslationsTest {
    private val resources = File("app/src/main/res")
    private val english = words("values")
    private val languages = resources.list().orEmpty().filter { it.startsWith("values-") && File(resources, "$it/strings.xml").exists() }

    /** A word's forms: one under "", or one for each quantity. */
    private fun words(folder: String): Map<String, Map<String, String>> =
        elements(File(resources, "$folder/strings.xml"))
            .filter { it.tagName == "string" || it.tagName == "plurals" }
            .associate { element ->
                element.getAttribute("name") to
                    when (element.tagName) {
                        "string" -> mapOf("" to element.textContent)
                        else -> children(element).associate { it.getAttribute("quantity") to it.textContent }
                    }
            }

    private fun elements(file: File) =
        children(
            DocumentBuilderFactory
                .newInstance()
                .newDocumentBuilder()
                .parse(file)
                .documentElement,
        )

    private fun children(element: Element) = (0 until element.childNodes.length).mapNotNull { element.childNodes.item(it) as? Element }

    private fun placeholders(text: String) =
        PLACEHOLDER
            .findAll(text)
            .map { it.value }
            .sorted()
            .toList()

    @Test
    fun `no word is missing, and none is left over`() {
        assertTrue("$languages", languages.size >= 7)
        for (language in languages) assertEquals(language, english.keys, words(language).keys)
    }

    @Test
    fun `what is put in is put in everywhere`() {
        for (language in languages) {
            for ((name, forms) in words(language)) {
                val expected = placeholders(english.getValue(name).values.last())
                for ((quantity, text) in forms) {
                    val found = placeholders(text)
                    // "One app" may do without its number.
                    val mayLack = quantity in setOf("zero", "one", "two") && expected.containsAll(found)
                    assertTrue("$language $name $quantity: $found, not $expected", found == expected || mayLack)
                    assertTrue("$language $name $quantity is empty", text.isNotBlank())
                }
            }
        }
    }

    @Test
    fun `plurals have the forms of their language`() {
        for (language in languages) {
            val expected = FORMS.getValue(language.removePrefix("values-"))
            for ((name, forms) in words(language)) {
                if (forms.keys != setOf("")) assertEquals("$language $name", expected, forms.keys)
            }
        }
    }

    @Test
    fun `one dialog has no word for two things`() {
        val together = listOf("choice_on", "choice_warn", "choice_block", "choice_off", "rule_remove", "close")
        for (language in languages + "values") {
            val words = words(language)
            val said = together.map { words.getValue(it).getValue("") }
            assertEquals("$language: $said", said.size, said.toSet().size)
        }
    }

    @Test
    fun `the system offers each language`() {
        val offered = elements(File(resources, "xml/locales_config.xml")).map { it.getAttribute("android:name") }
        val there = languages.map { it.removePrefix("values-").replace("-r", "-") } + "en"
        assertEquals(there.sorted(), offered.sorted())
    }

    private companion object {
        val PLACEHOLDER = Regex("""%(?:\d+\$)?,?[sd]|%%""")

        /** Unicode CLDR's categories for whole numbers. */
        val FORMS =
            mapOf(
                "ar" to setOf("zero", "one", "two", "few", "many", "other"),
                "de" to setOf("one", "other"),
                "es" to setOf("one", "many", "other"),
                "fi" to setOf("one", "other"),
                "fr" to setOf("one", "many", "other"),
                "nb" to setOf("one", "other"),
                "zh-rCN" to setOf("other"),
            )
    }
}
