package app.gasket.ui

import app.gasket.R

/** The places to be. */
internal enum class Screen(
    val label: Int,
    val icon: Int,
) {
    HOME(R.string.home, R.drawable.ic_home),
    HISTORY(R.string.history, R.drawable.ic_history),
    APPS(R.string.apps, R.drawable.ic_apps),
    RULES(R.string.rules, R.drawable.ic_rules),
    SETTINGS(R.string.settings, R.drawable.ic_settings),
}
