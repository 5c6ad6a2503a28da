package app.gasket.screens

import android.graphics.Bitmap
import android.graphics.Canvas
import android.view.View
import android.widget.FrameLayout
import android.widget.TextView
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import app.gasket.GasketApp
import app.gasket.R
import app.gasket.history.Tally
import app.gasket.ui.Accessibility
import app.gasket.ui.MainActivity
import app.gasket.ui.WholeScreen
import app.gasket.ui.apart
import app.gasket.vpn.Protection
import app.gasket.vpn.TodayWidget
import org.junit.Rule
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File

/** How the screens are gone through and drawn, in one look; what [Accessibility] finds is told by name. */
internal abstract class ScreenWalk(
    protected val look: Look,
) {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    protected val app = RuntimeEnvironment.getApplication() as GasketApp
    protected val now = System.currentTimeMillis()
    protected val samples = Samples(now)
    private val folder = File(System.getProperty("gasket.products"), "screens")
    protected var problemCount = 0

    /** As large as a home screen gives it at least. */
    protected fun widget() {
        for ((state, protection) in mapOf("on" to Protection.On(now), "off" to Protection.Off())) {
            val shown = TodayWidget.views(app, protection, Tally(blocked = 1_234, warned = 2))
            val view = shown.apply(app, FrameLayout(app))
            val (width, height) = with(compose.density) { WIDGET.width.roundToPx() to WIDGET.height.roundToPx() }
            view.measure(
                View.MeasureSpec.makeMeasureSpec(width, View.MeasureSpec.EXACTLY),
                View.MeasureSpec.makeMeasureSpec(height, View.MeasureSpec.EXACTLY),
            )
            view.layout(0, 0, width, height)
            val picture = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)
            view.draw(Canvas(picture))
            save(picture, "widget", state)
            val texts = listOf(R.id.widget_title, R.id.widget_text).map { view.findViewById<TextView>(it) }
            for (text in texts.filter { it.visibility == View.VISIBLE }) {
                val lines = text.layout
                val isCutOff = text.top < 0 || text.bottom > height || lines.height > text.height || lines.lineCount > text.maxLines
                if (isCutOff) problem("widget", state, "“${text.text}” is cut off: ${lines.height} of ${text.height} pixels high")
            }
        }
    }

    protected fun go(screen: String) = compose.onNode(IS_TAB and said(screen)).performClick()

    /** What says this in English, in the language of the look. */
    protected fun said(
        text: String,
        isPart: Boolean = false,
    ): SemanticsMatcher =
        Words(app)
            .of(text, isPart)
            .map { (words, isAmongMore) ->
                hasText(words, isAmongMore) or hasText(apart(words, app.resources)) or
                    hasContentDescription(words)
            }.reduce { one, other -> one or other }

    /** Scrolls the history there, once it is read. */
    protected fun reach(text: String) =
        compose.waitUntil(PATIENCE_MS) {
            runCatching { compose.onNode(IS_LIST).performScrollToNode(said(text, isPart = true)) }.isSuccess
        }

    /** What is not in anything that scrolls is in sight. */
    protected fun touch(text: String) {
        // Some languages have one word for two things.
        val node = compose.onAllNodes(said(text)).onFirst()
        runCatching { node.performScrollTo() }
        node.performClick()
    }

    protected fun await(text: String) =
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodes(said(text, isPart = true)).fetchSemanticsNodes().isNotEmpty() }

    /** Draws what is shown, once [text] is; all of it if it [isWhole]: then as often as it takes to scroll through. */
    protected fun shown(
        screen: String,
        state: String,
        text: String? = null,
        isWhole: Boolean = false,
    ) {
        text?.let(::await)
        draw(screen, state)
        if (!isWhole) return
        var page = 2
        while (page <= MOST_PAGES && scroll(PART)) draw(screen, "$state-${page++}")
        top()
    }

    private fun draw(
        screen: String,
        state: String,
    ) {
        compose.waitForIdle()
        val whole = WholeScreen.of(compose)
        val problems = Accessibility(whole, compose.density).problems()
        problems.forEach { problem(screen, state, it) }
        save(whole.picture, screen, state)
    }

    private fun problem(
        screen: String,
        state: String,
        what: String,
    ) {
        problemCount++
        println("PROBLEM  $screen/$state  $look  $what")
    }

    private fun save(
        picture: Bitmap,
        screen: String,
        state: String,
    ) {
        val file = File(folder, "$screen/$state/$look.png").apply { parentFile?.mkdirs() }
        file.outputStream().use { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }
    }

    protected fun top() {
        while (scroll(-PART)) compose.waitForIdle()
    }

    /** Scrolls by a part of what is seen; false at the end. */
    private fun scroll(part: Float): Boolean {
        val scrollable = compose.onAllNodes(SCROLLS).fetchSemanticsNodes().lastOrNull() ?: return false
        val range = scrollable.config[SemanticsProperties.VerticalScrollAxisRange]
        val isAtEnd = if (part > 0) range.value() >= range.maxValue() else range.value() <= 0
        if (isAtEnd) return false
        compose.runOnUiThread { scrollable.config[SemanticsActions.ScrollBy].action?.invoke(0f, scrollable.size.height * part) }
        compose.waitForIdle()
        return true
    }

    protected companion object {
        const val PATIENCE_MS = 20_000L
        private const val PART = 0.85f
        private val WIDGET = DpSize(180.dp, 70.dp)

        /** A longer list goes on in the same way. */
        private const val MOST_PAGES = 6

        val IS_TAB = SemanticsMatcher.expectValue(SemanticsProperties.Role, Role.Tab)
        val IS_LIST = hasScrollToNodeAction() and SemanticsMatcher.keyIsDefined(SemanticsProperties.VerticalScrollAxisRange)
        private val SCROLLS = SemanticsMatcher.keyIsDefined(SemanticsProperties.VerticalScrollAxisRange)
        val IS_WRONG = SemanticsMatcher.keyIsDefined(SemanticsProperties.Error)
    }
}
