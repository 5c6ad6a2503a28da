package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.consumeWindowInsets
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.imePadding
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Icon
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import app.gasket.R

private enum class Screen(
    val label: Int,
    val icon: Int,
) {
    HOME(R.string.home, R.drawable.ic_home),
    HISTORY(R.string.history, R.drawable.ic_history),
    APPS(R.string.apps, R.drawable.ic_apps),
    SETTINGS(R.string.settings, R.drawable.ic_settings),
}

/** Up to here the four labels stand side by side on 320 dp. */
private const val LARGEST_WITH_LABELS = 1.5f

/** The screens, one at a time; each keeps where it was scrolled to. */
@Composable
fun GasketScreens(
    presenters: Presenters,
    actions: Actions,
) {
    var screen by rememberSaveable { mutableStateOf(Screen.HOME) }
    val kept = rememberSaveableStateHolder()
    // Four words in a large type do not fit side by side; the icons then carry them for the screen reader.
    val isLarge = LocalDensity.current.fontScale > LARGEST_WITH_LABELS
    BackHandler(enabled = screen != Screen.HOME) { screen = Screen.HOME }
    GasketTheme {
        Scaffold(
            bottomBar = {
                NavigationBar {
                    for (entry in Screen.entries) {
                        val label = stringResource(entry.label)
                        NavigationBarItem(
                            selected = entry == screen,
                            onClick = { screen = entry },
                            icon = { Icon(painterResource(entry.icon), contentDescription = label.takeIf { isLarge }) },
                            label = if (isLarge) null else ({ Text(label, maxLines = 1) }),
                        )
                    }
                }
            },
        ) { insets ->
            Box(
                Modifier
                    .fillMaxSize()
                    .padding(insets)
                    .consumeWindowInsets(insets)
                    .imePadding(),
            ) {
                kept.SaveableStateProvider(screen) {
                    when (screen) {
                        Screen.HOME -> HomeScreen(presenters.home, actions)
                        Screen.HISTORY -> HistoryScreen(presenters.history, actions)
                        Screen.APPS -> AppsScreen(presenters.apps)
                        Screen.SETTINGS -> SettingsScreen(presenters.settings, presenters.identifiers, actions)
                    }
                }
            }
        }
    }
}
