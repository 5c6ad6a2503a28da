package app.gasket.ui

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Rect
import android.view.Gravity
import android.view.View
import android.view.WindowManager
import androidx.compose.ui.platform.ViewRootForTest
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.AndroidComposeTestRule

/** All windows as the system lays them over each other; Robolectric puts each into the corner. */
internal class WholeScreen(
    val picture: Bitmap,
    /** What can be read and touched: the uppermost window's contents, merged as a screen reader has them. */
    val top: SemanticsNode,
    /** The same, each text of its own. */
    val topUnmerged: SemanticsNode,
    /** Where the uppermost window is. */
    val place: Rect,
) {
    companion object {
        /** How dark a dialog makes what is behind it. */
        private const val SCRIM = 0x99

        fun of(compose: AndroidComposeTestRule<*, *>): WholeScreen {
            val roots = compose.onAllNodes(isRoot()).fetchSemanticsNodes().sortedBy { params(it).type }
            val unmerged = compose.onAllNodes(isRoot(), useUnmergedTree = true).fetchSemanticsNodes().sortedBy { params(it).type }
            val base = view(roots.first())
            val picture = Bitmap.createBitmap(base.width, base.height, Bitmap.Config.ARGB_8888)
            val canvas = Canvas(picture)
            val all = Rect(0, 0, base.width, base.height)
            var place = all
            for (root in roots) {
                val params = params(root)
                val window = view(root)
                place = if (window === base) all else placeOf(window, params, all)
                if (params.flags and WindowManager.LayoutParams.FLAG_DIM_BEHIND != 0) canvas.drawColor(Color.argb(SCRIM, 0, 0, 0))
                canvas.save()
                canvas.translate(place.left.toFloat(), place.top.toFloat())
                window.draw(canvas)
                canvas.restore()
            }
            return WholeScreen(picture, roots.last(), unmerged.last(), place)
        }

        private fun placeOf(
            window: View,
            params: WindowManager.LayoutParams,
            all: Rect,
        ) = Rect().also { Gravity.apply(params.gravity, window.width, window.height, all, params.x, params.y, it, window.layoutDirection) }

        private fun view(root: SemanticsNode): View = (root.root as ViewRootForTest).view.rootView

        private fun params(root: SemanticsNode) = view(root).layoutParams as WindowManager.LayoutParams
    }
}
