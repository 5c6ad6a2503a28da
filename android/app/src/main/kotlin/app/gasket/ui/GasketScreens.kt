package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
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
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
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
                            icon = { Icon(painterResource(entry.icon), contentDescription = null) },
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
