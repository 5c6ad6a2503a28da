package app.gasket.ui

import android.graphics.Bitmap
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.compositeOver
import androidx.compose.ui.graphics.isSpecified
import androidx.compose.ui.graphics.luminance
import androidx.compose.ui.graphics.toArgb
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.TextLayoutInput
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.text.TextMeasurer
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.Constraints
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import kotlin.math.abs

/** What keeps someone from reading or touching what a screen shows (WCAG 2.2, AA; Android's 48 dp). */
internal class Accessibility(
    private val screen: WholeScreen,
    private val density: Density,
) {
    fun problems(): List<String> = touch() + texts()

    private fun touch(): List<String> {
        val targets = screen.top.all().filter { SemanticsActions.OnClick in it.config && isWhole(it) }
        val problems =
            targets.flatMap { node ->
                val size = with(density) { node.touchBoundsInRoot.run { "${width.toDp()} x ${height.toDp()}" } }
                listOfNotNull(
                    "something to touch has no name, at ${node.boundsInRoot}".takeIf { nameOf(node).isBlank() },
                    "“${nameOf(node)}” is small to touch: $size".takeIf { isSmall(node.touchBoundsInRoot) },
                )
            }
        return problems + targets.flatMapIndexed { index, one -> targets.drop(index + 1).mapNotNull { overlap(one, it) } }
    }

    /** Whether all of it is in sight, so that its size is its own. */
    private fun isWhole(node: SemanticsNode) =
        generateSequence(node) { it.parent }.all { it.layoutInfo.isPlaced } && node.boundsInRoot.width >= node.size.width - 1 &&
            node.boundsInRoot.height >= node.size.height - 1 &&
            !node.boundsInRoot.isEmpty

    private fun isSmall(bounds: Rect) = with(density) { minOf(bounds.width, bounds.height) < TARGET.toPx() - 1 }

    private fun overlap(
        one: SemanticsNode,
        other: SemanticsNode,
    ): String? {
        if (one.isWithin(other) || other.isWithin(one)) return null
        val both = touched(one).intersect(touched(other))
        val slack = with(density) { SLACK.toPx() }
        return "“${nameOf(one)}” and “${nameOf(other)}” are touched at the same place, $both".takeIf {
            minOf(both.width, both.height) >
                slack
        }
    }

    /** Nothing is touched outside of what scrolls it. */
    private fun touched(node: SemanticsNode): Rect =
        generateSequence(node.parent) { it.parent }
            .filter { SemanticsActions.ScrollBy in it.config }
            .fold(node.touchBoundsInRoot) { bounds, scrolls -> bounds.intersect(scrolls.boundsInRoot) }

    private fun SemanticsNode.isWithin(other: SemanticsNode): Boolean = generateSequence(this) { it.parent }.any { it.id == other.id }

    private fun nameOf(node: SemanticsNode): String =
        node
            .all()
            .joinToString(" ") { part ->
                val texts =
                    part.config
                        .getOrNull(SemanticsProperties.Text)
                        .orEmpty()
                        .map { it.text }
                (part.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty() + texts).joinToString(" ")
            }.trim()

    private fun texts(): List<String> =
        screen.topUnmerged.all().flatMap { node ->
            val text =
                node.config
                    .getOrNull(SemanticsProperties.Text)
                    ?.joinToString(" ") { it.text }
                    ?.takeIf { it.isNotBlank() }
                    ?: return@flatMap emptyList()
            val layout = mutableListOf<TextLayoutResult>()
            node.config
                .getOrNull(SemanticsActions.GetTextLayoutResult)
                ?.action
                ?.invoke(layout)
            val shown = layout.firstOrNull() ?: return@flatMap emptyList()
            val whole = laidOut(shown.layoutInput, shown.layoutInput.constraints.maxWidth)
            listOfNotNull(
                "“$text” is cut off".takeIf { isCutOff(node, shown.layoutInput, whole) },
                brokenWord(whole)?.let { "“$text” breaks within “$it”" },
                contrast(node, shown)?.let { "“$text” $it" },
            )
        }

    /** Laid out anew: a node's own result is of another width, and of another density. */
    private fun laidOut(
        input: TextLayoutInput,
        maxWidth: Int,
        text: AnnotatedString = input.text,
    ): TextLayoutResult =
        TextMeasurer(input.fontFamilyResolver, density, input.layoutDirection, cacheSize = 0)
            .measure(text, input.style, softWrap = input.softWrap, constraints = Constraints(maxWidth = maxWidth))

    /** What is on two lines although it would fit on one, or is a word without a hyphen where it breaks. */
    private fun brokenWord(whole: TextLayoutResult): String? {
        val input = whole.layoutInput
        val text = input.text.text
        val room = with(density) { LINE.roundToPx() }
        return (0 until whole.lineCount - 1)
            .map { whole.getLineEnd(it) }
            .filter { text[it - 1].isAlphabet() && text[it].isAlphabet() }
            .map { end -> text.take(end).takeLastWhile { !it.isWhitespace() } + text.drop(end).takeWhile { !it.isWhitespace() } }
            .firstOrNull { word ->
                val hasNoMarks = word.all { it.isLetter() || it == '-' || it == SOFT_HYPHEN }
                hasNoMarks || laidOut(input, Constraints.Infinity, AnnotatedString(word)).size.width <= room
            }
    }

    /** Chinese may break between any two. */
    private fun Char.isAlphabet() = isLetter() && Character.UnicodeScript.of(code) != Character.UnicodeScript.HAN

    private fun isCutOff(
        node: SemanticsNode,
        input: TextLayoutInput,
        whole: TextLayoutResult,
    ): Boolean {
        val isWide = !input.softWrap && whole.multiParagraph.maxIntrinsicWidth > node.size.width + 1
        return isWide || whole.lineCount > input.maxLines || whole.multiParagraph.height > node.size.height + 1
    }

    /** What is wrong with a text's colour; nothing where it cannot be used anyway. */
    private fun contrast(
        node: SemanticsNode,
        laidOut: TextLayoutResult,
    ): String? {
        if (generateSequence(node) { it.parent }.any { SemanticsProperties.Disabled in it.config }) return null
        val style = laidOut.layoutInput.style
        val size = if (style.fontSize.isSp) style.fontSize.value else DEFAULT_SP
        val isLarge = size >= LARGE || (size >= LARGE_BOLD && (style.fontWeight ?: FontWeight.Normal) >= FontWeight.Bold)
        val wanted = if (isLarge) CONTRAST_LARGE else CONTRAST
        val colors =
            laidOut.layoutInput.text.spanStyles
                .map { it.item.color } + style.color
        return colors
            .filter { it.isSpecified }
            .mapNotNull { ground(node.boundsInRoot, it)?.let { ground -> ratio(it.compositeOver(ground), ground) } }
            .filter { it < wanted }
            .minOrNull()
            ?.let { "has a contrast of %.1f, not $wanted".format(it) }
    }

    /** The most frequent colour close to this one; nothing where something else is drawn over it. */
    private fun ground(
        bounds: Rect,
        color: Color,
    ): Color? {
        val left = (bounds.left.toInt() + screen.place.left).coerceAtLeast(0)
        val top = (bounds.top.toInt() + screen.place.top).coerceAtLeast(0)
        val width = minOf(bounds.width.toInt(), screen.picture.width - left)
        val height = minOf(bounds.height.toInt(), screen.picture.height - top)
        if (width <= 0 || height <= 0) return null
        val pixels = screen.picture.pixels(left, top, width, height)
        val isText = { at: Int -> near(pixels[at], color.toArgb()) }
        return pixels.indices
            .filter(isText)
            .flatMap { at -> BESIDE.flatMap { listOf(at - it, at + it, at - it * width, at + it * width) } }
            .filter { it in pixels.indices && !isText(it) }
            .groupingBy { pixels[it] }
            .eachCount()
            .maxByOrNull { it.value }
            ?.let { Color(it.key) }
    }

    private fun near(
        one: Int,
        other: Int,
    ) = listOf(16, 8, 0).all { abs((one shr it and BYTE) - (other shr it and BYTE)) <= CLOSE }

    private fun Bitmap.pixels(
        left: Int,
        top: Int,
        width: Int,
        height: Int,
    ): List<Int> = IntArray(width * height).also { getPixels(it, 0, width, left, top, width, height) }.asList()

    private companion object {
        /** Android's accessibility guide. */
        val TARGET = 48.dp

        /** What a dialog leaves for a line on the smallest phone: 320, less 48 outside and 48 within. */
        val LINE = 224.dp
        const val SOFT_HYPHEN = '\u00AD'

        /** So many pixels from a stroke its ground begins. */
        val BESIDE = 3..4

        /** Of 255: what drawing makes of a colour. */
        const val CLOSE = 6
        const val BYTE = 0xFF

        /** Rounded to pixels, twice. */
        val SLACK = 2.dp

        /** WCAG 2.2, 1.4.3. */
        const val CONTRAST = 4.5f
        const val CONTRAST_LARGE = 3f

        /** WCAG's 18 and 14 points, in CSS pixels, which are sp before the user has them larger. */
        const val LARGE = 24f
        const val LARGE_BOLD = 18.66f

        /** Compose's, where a text says nothing. */
        const val DEFAULT_SP = 14f

        fun SemanticsNode.all(): List<SemanticsNode> = listOf(this) + children.flatMap { it.all() }

        fun ratio(
            one: Color,
            other: Color,
        ): Float {
            val (dark, light) = listOf(one.luminance(), other.luminance()).sorted()
            return (light + BLACK) / (dark + BLACK)
        }

        /** WCAG 2.2, contrast ratio. */
        const val BLACK = 0.05f
    }
}
