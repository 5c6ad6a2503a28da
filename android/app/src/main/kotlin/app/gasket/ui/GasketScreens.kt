package app.gasket.ui

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.WindowInsets
import androidx.compose.foundation.layout.consumeWindowInsets
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.imePadding
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.Icon
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.NavigationRail
import androidx.compose.material3.NavigationRailItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.compositionLocalOf
import androidx.compose.runtime.getValue
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalConfiguration
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import app.gasket.bridge.KnownRule
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow

/** Room that five labels side by side take in the ordinary type, and so the width they need for each size of it. */
private const val LABELS_DP = 290

/** Up to here the labels stand at the side. */
private const val LARGEST_AT_THE_SIDE = 1.5f

/** From here on the ways between screens stand at the side, and leave the height to what is shown (Material's "medium"). */
private const val WIDE_DP = 600

/** What apps are called, by package. */
internal val LocalLabels = compositionLocalOf { emptyMap<String, String>() }

/** The rules by id, null while they are read, and the way to one of them. They are read once somebody looks. */
internal class RuleGuide(
    val known: StateFlow<Map<String, KnownRule>?>,
    val open: (String) -> Unit,
)

internal val LocalRules = compositionLocalOf { RuleGuide(MutableStateFlow(null)) {} }

/** Lines that are longer are hard to read. */
private val WIDEST = 720.dp

/** The screens, one at a time; each keeps where it was scrolled to. */
@Composable
fun GasketScreens(
    presenters: Presenters,
    actions: Actions,
) {
    val screen by presenters.screen.collectAsState()
    val go = { to: Screen -> presenters.screen.value = to }
    val kept = rememberSaveableStateHolder()
    val isWide = LocalConfiguration.current.screenWidthDp >= WIDE_DP
    val settings by presenters.settings.settings.collectAsState()
    val introduction by presenters.introduction.states.collectAsState()
    BackHandler(enabled = screen != Screen.HOME) { go(Screen.HOME) }
    GasketTheme(settings.theme, settings.wallpaperColours) {
        introduction?.let { return@GasketTheme Introduction(it, presenters, actions) }
        Scaffold(bottomBar = { if (!isWide) BottomWays(screen, go) }) { insets ->
            Row(
                Modifier
                    .fillMaxSize()
                    .padding(insets)
                    .consumeWindowInsets(insets)
                    .imePadding(),
            ) {
                if (isWide) SideWays(screen, go)
                Box(Modifier.weight(1f).fillMaxHeight(), contentAlignment = Alignment.TopCenter) {
                    Box(Modifier.widthIn(max = WIDEST).fillMaxSize()) {
                        kept.SaveableStateProvider(screen) {
                            Shown(screen, presenters, actions) {
                                presenters.rules.rules.open(it)
                                go(Screen.RULES)
                            }
                        }
                    }
                }
            }
        }
    }
}

@Composable
private fun Introduction(
    state: IntroductionState,
    presenters: Presenters,
    actions: Actions,
) = Scaffold { insets ->
    Box(Modifier.fillMaxSize().padding(insets), contentAlignment = Alignment.TopCenter) {
        Box(Modifier.widthIn(max = WIDEST)) { IntroductionScreen(state, presenters.introduction, actions) }
    }
}

@Composable
private fun Shown(
    screen: Screen,
    presenters: Presenters,
    actions: Actions,
    openRule: (String) -> Unit,
) {
    val labels by presenters.labels.collectAsState()
    val rules = RuleGuide(presenters.rules.rules.known, openRule)
    CompositionLocalProvider(LocalLabels provides labels, LocalAppIcons provides presenters.icons, LocalRules provides rules) {
        when (screen) {
            Screen.HOME -> HomeScreen(presenters.home, presenters.line, actions)
            Screen.HISTORY -> HistoryScreen(presenters.history, presenters.line, actions)
            Screen.APPS -> AppsScreen(presenters.apps, presenters.app, presenters.line, actions)
            Screen.RULES -> RulesScreen(presenters.rules, actions)
            Screen.SETTINGS -> SettingsScreen(presenters, actions)
        }
    }
}

@Composable
private fun BottomWays(
    current: Screen,
    go: (Screen) -> Unit,
) = NavigationBar {
    for (screen in Screen.entries) {
        NavigationBarItem(screen == current, onClick = { go(screen) }, icon = { WayIcon(screen) }, label = labelOf(screen))
    }
}

@Composable
private fun SideWays(
    current: Screen,
    go: (Screen) -> Unit,
) = NavigationRail(windowInsets = WindowInsets(0)) {
    for (screen in Screen.entries) {
        NavigationRailItem(screen == current, onClick = { go(screen) }, icon = { WayIcon(screen) }, label = labelOf(screen))
    }
}

@Composable
private fun WayIcon(screen: Screen) =
    Icon(painterResource(screen.icon), contentDescription = stringResource(screen.label).takeIf { isTypeLarge() })

@Composable
private fun labelOf(screen: Screen): (@Composable () -> Unit)? =
    if (isTypeLarge()) null else ({ Text(stringResource(screen.label), maxLines = 1) })

/** Five words in a large type do not fit side by side; the icons then carry them for the screen reader. */
@Composable
private fun isTypeLarge(): Boolean {
    val width = LocalConfiguration.current.screenWidthDp
    val scale = LocalDensity.current.fontScale
    return if (width >= WIDE_DP) scale > LARGEST_AT_THE_SIDE else width < LABELS_DP * scale
}
