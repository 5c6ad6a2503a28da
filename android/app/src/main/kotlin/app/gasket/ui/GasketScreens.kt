package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.res.stringResource
import app.gasket.R

private enum class Screen(
    val label: Int,
    val sign: String,
) {
    HOME(R.string.home, "◉"),
    HISTORY(R.string.history, "≡"),
    APPS(R.string.apps, "▦"),
}

/** The three screens, one at a time. */
@Composable
fun GasketScreens(
    home: HomePresenter,
    history: HistoryPresenter,
    apps: AppsPresenter,
    switchProtection: (Boolean) -> Unit,
) {
    var screen by rememberSaveable { mutableStateOf(Screen.HOME) }
    BackHandler(enabled = screen != Screen.HOME) { screen = Screen.HOME }
    GasketTheme {
        Scaffold(
            bottomBar = {
                NavigationBar {
                    for (entry in Screen.entries) {
                        NavigationBarItem(
                            selected = entry == screen,
                            onClick = { screen = entry },
                            icon = { Text(entry.sign, style = MaterialTheme.typography.titleLarge) },
                            label = { Text(stringResource(entry.label)) },
                        )
                    }
                }
            },
        ) { insets ->
            Box(Modifier.fillMaxSize().padding(insets)) {
                when (screen) {
                    Screen.HOME -> HomeScreen(home, switchProtection)
                    Screen.HISTORY -> HistoryScreen(history)
                    Screen.APPS -> AppsScreen(apps)
                }
            }
        }
    }
}

/** Gasket's colours, by day and by night. */
@Composable
fun GasketTheme(content: @Composable () -> Unit) {
    val colors =
        if (isSystemInDarkTheme()) {
            darkColorScheme(primary = Color(0xFF7FD8C0), onPrimary = Color(0xFF00382D), error = Color(0xFFFFB4AB))
        } else {
            lightColorScheme(primary = Color(0xFF14453D), onPrimary = Color.White, error = Color(0xFFBA1A1A))
        }
    MaterialTheme(colorScheme = colors, content = content)
}
