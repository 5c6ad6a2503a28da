package app.gasket.ui

import app.gasket.bridge.KnownRule

/** As long as a file's name, or a name in the DNS, can be. */
private const val LONGEST = 255

/** More marks on one letter than any language has; a tower of them covers the lines around. */
private const val MOST_MARKS = 4

private val MARKS = setOf(CharCategory.NON_SPACING_MARK, CharCategory.ENCLOSING_MARK)

/** Joiners, which scripts and emoji need, and marks that give one letter a direction. */
private val HARMLESS = '\u200C'..'\u200F'

/**
 * What another app, or a stranger's file, calls something: cut, on one line, and what turns the direction of what follows or
 * cannot be seen is shown as U+FFFD, as the engine does it.
 */
internal fun tame(
    text: String,
    most: Int = LONGEST,
): String {
    val line = StringBuilder()
    var marks = 0
    for (char in text.trim()) {
        if (line.length == most) break
        marks = if (char.category in MARKS) marks + 1 else 0
        if (marks <= MOST_MARKS) line.append(tame(char))
    }
    return line.trimEnd(Char::isHighSurrogate).toString()
}

private fun tame(char: Char): Char =
    when {
        char.isWhitespace() -> ' '
        char.category == CharCategory.CONTROL -> '\uFFFD'
        char.category == CharCategory.FORMAT && char !in HARMLESS -> '\uFFFD'
        else -> char
    }

/** @throws IllegalArgumentException if one of [rules] is called what could not be shown as it is. */
internal fun checkNames(rules: List<KnownRule>) {
    val names = rules.flatMap { listOf(it.title, it.family) }
    names.firstOrNull { it != tame(it) }?.let { throw IllegalArgumentException("title or family: ${tame(it)}") }
}
