package app.gasket.ui

import android.accessibilityservice.AccessibilityServiceInfo
import android.app.Application
import android.graphics.Rect
import android.view.View
import android.view.accessibility.AccessibilityManager
import android.view.accessibility.AccessibilityNodeInfo
import androidx.compose.ui.platform.ViewRootForTest
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import org.robolectric.Shadows.shadowOf

/** What a screen reader stops at in a window, in the order in which swipes lead there, as Android is told it. */
internal class ScreenReader(
    /** Unmerged, as Android is told it. */
    root: SemanticsNode,
) {
    data class Stop(
        /** Of the node. */
        val id: Int,
        /** What is spoken: its own words, or those of its parts. */
        val words: String,
        /** On the screen, in pixels. */
        val bounds: Rect,
        val isTouchable: Boolean,
    )

    private val view: View = (root.root as ViewRootForTest).view
    private val nodes = root.all().filter { it.id != root.id }.associateBy { it.id }

    val stops: List<Stop> by lazy { ordered().mapNotNull(::stop) }

    private fun info(id: Int): AccessibilityNodeInfo? = view.accessibilityNodeProvider.createAccessibilityNodeInfo(id)

    private fun next(id: Int): Int? {
        val info = info(id) ?: return null
        view.accessibilityNodeProvider.addExtraDataToAccessibilityNodeInfo(id, info, NEXT, null)
        return info.extras.getInt(NEXT, NONE).takeIf { it != NONE }
    }

    private fun ordered(): List<Int> {
        val next = nodes.keys.mapNotNull { id -> next(id)?.let { id to it } }.toMap()
        val starts = next.keys - next.values.toSet()
        return starts.flatMap { start -> generateSequence(start) { next[it] }.toList() }.filter { it in nodes }
    }

    private fun stop(id: Int): Stop? {
        val info = info(id)?.takeIf { it.isScreenReaderFocusable && it.isVisibleToUser } ?: return null
        return Stop(id, words(id, info), Rect().also(info::getBoundsInScreen), info.isClickable)
    }

    /**
     * What a node says, and what its parts say that are no stops of their own. Compose hands a description of something with
     * parts on in a part that it makes for that, which is not among [SemanticsNode.children].
     */
    private fun words(
        id: Int,
        info: AccessibilityNodeInfo,
    ): String {
        val node = nodes.getValue(id)
        val description = node.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty()
        val parts = node.children.mapNotNull { part -> info(part.id)?.takeIf { !it.isScreenReaderFocusable }?.let { words(part.id, it) } }
        return (description + listOfNotNull(info.text, info.hintText) + parts).filter { it.isNotEmpty() }.joinToString(" ")
    }

    companion object {
        /** What Compose answers for it is the node that comes after this one. */
        private const val NEXT = "android.view.accessibility.extra.EXTRA_DATA_TEST_TRAVERSALBEFORE_VAL"
        private const val NONE = Int.MIN_VALUE

        private fun SemanticsNode.all(): List<SemanticsNode> = listOf(this) + children.flatMap { it.all() }

        /** Android has one running; a window notices when it is made. */
        fun switchOn(app: Application) =
            shadowOf(app.getSystemService(AccessibilityManager::class.java)).run {
                setEnabledAccessibilityServiceList(listOf(AccessibilityServiceInfo()))
                setTouchExplorationEnabled(true)
                setEnabled(true)
            }
    }
}
