package app.gasket.ui

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color

private val Light =
    lightColorScheme(
        primary = Color(0xFF0B5D4E),
        onPrimary = Color.White,
        primaryContainer = Color(0xFFB9F0E0),
        onPrimaryContainer = Color(0xFF00201A),
        secondaryContainer = Color(0xFFCFE8DF),
        onSecondaryContainer = Color(0xFF07201A),
    )

private val Dark =
    darkColorScheme(
        primary = Color(0xFF7FD8C3),
        onPrimary = Color(0xFF00382E),
        primaryContainer = Color(0xFF0B5D4E),
        onPrimaryContainer = Color(0xFFB9F0E0),
        secondaryContainer = Color(0xFF334B44),
        onSecondaryContainer = Color(0xFFCFE8DF),
    )

/** The app's colours, by day and by night. */
@Composable
fun GasketTheme(content: @Composable () -> Unit) =
    MaterialTheme(colorScheme = if (isSystemInDarkTheme()) Dark else Light, content = content)
