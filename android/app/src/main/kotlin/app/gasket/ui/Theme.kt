package app.gasket.ui

import android.os.Build
import androidx.annotation.ChecksSdkIntAtLeast
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.dynamicDarkColorScheme
import androidx.compose.material3.dynamicLightColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.text.style.Hyphens
import app.gasket.rules.Theme

private val Light =
    lightColorScheme(
        primary = Color(0xFF0B5D4E),
        onPrimary = Color.White,
        primaryContainer = Color(0xFFB9F0E0),
        onPrimaryContainer = Color(0xFF00201A),
        inversePrimary = Color(0xFF7FD8C3),
        secondary = Color(0xFF4A635C),
        onSecondary = Color.White,
        secondaryContainer = Color(0xFFCFE8DF),
        onSecondaryContainer = Color(0xFF07201A),
        tertiary = Color(0xFF426277),
        onTertiary = Color.White,
        tertiaryContainer = Color(0xFFC7E7FF),
        onTertiaryContainer = Color(0xFF001E2D),
        background = Color(0xFFF6FBF8),
        onBackground = Color(0xFF171D1B),
        surface = Color(0xFFF6FBF8),
        onSurface = Color(0xFF171D1B),
        surfaceVariant = Color(0xFFDBE5E0),
        onSurfaceVariant = Color(0xFF3F4945),
        inverseSurface = Color(0xFF2C322F),
        inverseOnSurface = Color(0xFFECF2EE),
        outline = Color(0xFF6F7975),
        outlineVariant = Color(0xFFBFC9C4),
        surfaceBright = Color(0xFFF6FBF8),
        surfaceDim = Color(0xFFD6DBD8),
        surfaceContainerLowest = Color.White,
        surfaceContainerLow = Color(0xFFF0F5F2),
        surfaceContainer = Color(0xFFEAEFEC),
        surfaceContainerHigh = Color(0xFFE4EAE6),
        surfaceContainerHighest = Color(0xFFDEE4E1),
    )

private val Dark =
    darkColorScheme(
        primary = Color(0xFF7FD8C3),
        onPrimary = Color(0xFF00382E),
        primaryContainer = Color(0xFF0B5D4E),
        onPrimaryContainer = Color(0xFFB9F0E0),
        inversePrimary = Color(0xFF0B5D4E),
        secondary = Color(0xFFB1CCC2),
        onSecondary = Color(0xFF1C352E),
        secondaryContainer = Color(0xFF334B44),
        onSecondaryContainer = Color(0xFFCFE8DF),
        tertiary = Color(0xFFA9CBE3),
        onTertiary = Color(0xFF103447),
        tertiaryContainer = Color(0xFF294A5F),
        onTertiaryContainer = Color(0xFFC7E7FF),
        background = Color(0xFF0F1513),
        onBackground = Color(0xFFDEE4E1),
        surface = Color(0xFF0F1513),
        onSurface = Color(0xFFDEE4E1),
        surfaceVariant = Color(0xFF3F4945),
        onSurfaceVariant = Color(0xFFBFC9C4),
        inverseSurface = Color(0xFFDEE4E1),
        inverseOnSurface = Color(0xFF2C322F),
        outline = Color(0xFF89938F),
        outlineVariant = Color(0xFF3F4945),
        surfaceBright = Color(0xFF353B38),
        surfaceDim = Color(0xFF0F1513),
        surfaceContainerLowest = Color(0xFF0A0F0D),
        surfaceContainerLow = Color(0xFF171D1B),
        surfaceContainer = Color(0xFF1B211F),
        surfaceContainerHigh = Color(0xFF252B29),
        surfaceContainerHighest = Color(0xFF303634),
    )

/** What a button says is words of the app's, never a name, so that a hyphen is no part of it. */
private val Letters = Typography().run { copy(labelLarge = labelLarge.copy(hyphens = Hyphens.Auto)) }

/** The app's colours, by day and by night; its own, or those of the wallpaper where there are such. */
@Composable
fun GasketTheme(
    theme: Theme = Theme.SYSTEM,
    wallpaperColours: Boolean = false,
    content: @Composable () -> Unit,
) {
    val isDark = theme.isDark(isSystemInDarkTheme())
    val colours =
        when {
            wallpaperColours && hasWallpaperColours() -> {
                LocalContext.current.let {
                    if (isDark) dynamicDarkColorScheme(it) else dynamicLightColorScheme(it)
                }
            }

            isDark -> {
                Dark
            }

            else -> {
                Light
            }
        }
    MaterialTheme(colorScheme = colours, typography = Letters, content = content)
}

/** Whether it is dark where the system is or is not. */
internal fun Theme.isDark(isSystemDark: Boolean): Boolean = this == Theme.DARK || (this == Theme.SYSTEM && isSystemDark)

@ChecksSdkIntAtLeast(api = Build.VERSION_CODES.S)
internal fun hasWallpaperColours() = Build.VERSION.SDK_INT >= Build.VERSION_CODES.S
