package app.gasket.ui

import android.graphics.Color
import android.graphics.drawable.ColorDrawable
import androidx.compose.ui.graphics.asAndroidBitmap
import app.gasket.GasketApp
import app.gasket.phone.installSystemApp
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36])
class AppIconsTest {
    private val app = RuntimeEnvironment.getApplication() as GasketApp
    private val icons = AppIcons(app.packageManager)

    @Test
    fun `an icon is drawn once, in the size that is asked for`() {
        installSystemApp(app, CHAT, 10_124)
        shadowOf(app.packageManager).setApplicationIcon(CHAT, ColorDrawable(Color.RED))
        assertNull(icons.drawnAlready(CHAT, SIZE))
        val icon = runBlocking { icons.draw(CHAT, SIZE) }
        assertEquals(Color.RED, icon?.asAndroidBitmap()?.getPixel(SIZE - 1, SIZE - 1))
        assertSame(icon, icons.drawnAlready(CHAT, SIZE))
        assertNull("another size is another picture", icons.drawnAlready(CHAT, SIZE + 1))
    }

    @Test
    fun `an app that is gone has none`() = assertNull(runBlocking { icons.draw("com.example.gone", SIZE) })

    private companion object {
        const val CHAT = "com.example.chat"
        const val SIZE = 40
    }
}
