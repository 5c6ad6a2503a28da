package app.gasket.ui

import android.content.pm.PackageManager
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.drawable.Drawable
import android.util.LruCache
import androidx.compose.foundation.Image
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.size
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.produceState
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** The apps' icons, drawn once and kept while they are likely to be looked at again. */
internal class AppIcons(
    private val packages: PackageManager,
) {
    private val drawn = LruCache<Pair<String, Int>, ImageBitmap>(MOST)

    fun drawnAlready(
        packageName: String,
        size: Int,
    ): ImageBitmap? = drawn[packageName to size]

    /** A square of [size] pixels; null where the app is gone, or its icon cannot be drawn: it may be larger than all memory. */
    suspend fun draw(
        packageName: String,
        size: Int,
    ): ImageBitmap? =
        withContext(Dispatchers.IO) {
            runCatching { picture(packages.getApplicationIcon(packageName), size) }.getOrNull()?.also { drawn.put(packageName to size, it) }
        }

    private fun picture(
        icon: Drawable,
        size: Int,
    ): ImageBitmap {
        val bitmap = Bitmap.createBitmap(size, size, Bitmap.Config.ARGB_8888)
        icon.setBounds(0, 0, size, size)
        icon.draw(Canvas(bitmap))
        return bitmap.asImageBitmap()
    }

    private companion object {
        /** A few screens of them, about 6 MB where a dp is three pixels. */
        const val MOST = 100
    }
}

internal val LocalAppIcons = staticCompositionLocalOf<AppIcons> { error("no icons are provided") }

/** An app's icon beside its name, which says the same to a screen reader. Its place is kept until it is drawn. */
@Composable
internal fun AppIcon(
    packageName: String,
    modifier: Modifier = Modifier,
) {
    val icons = LocalAppIcons.current
    val size = with(LocalDensity.current) { SIZE.roundToPx() }
    val icon by produceState(icons.drawnAlready(packageName, size), packageName, size) { value = value ?: icons.draw(packageName, size) }
    Box(modifier.size(SIZE)) { icon?.let { Image(it, contentDescription = null) } }
}

private val SIZE = 40.dp
