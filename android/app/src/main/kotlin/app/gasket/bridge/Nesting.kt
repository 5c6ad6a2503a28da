package app.gasket.bridge

/** Deeper than anything that Gasket writes. */
private const val DEEPEST = 64

/**
 * Whether this JSON is nested deeper than anything that Gasket writes. To write down, to compare and to complain about what was
 * read goes as deep as it is nested, and a stack that overflows ends the process.
 */
fun String.isDeep(): Boolean {
    var depth = 0
    var isText = false
    var at = 0
    while (at < length && depth <= DEEPEST) {
        when (this[at]) {
            '\\' -> at++
            '"' -> isText = !isText
            '[', '{' -> if (!isText) depth++
            ']', '}' -> if (!isText) depth--
        }
        at++
    }
    return depth > DEEPEST
}
