package app.gasket.ui

import app.gasket.history.ExportFormat

/** What the screens ask of the system. */
interface Actions {
    fun switchProtection(isOn: Boolean)

    /** Has protection rest, and come back by itself. */
    fun pause(durationMs: Long)

    /** The system's own screen for always-on and lockdown, which only the user can change. */
    fun openVpnSettings()

    fun share(text: String)

    /** Shows a page of the web in whatever shows such. */
    fun openPage(address: String)

    /** Has the user choose a rule file, and says what is in it. */
    fun pickRuleFile()

    /** Has the user choose where the history goes, and writes it there. */
    fun export(format: ExportFormat)

    /** Has the user choose where the settings go, and writes them there. */
    fun saveBackup()

    /** Has the user choose a file of settings, and shows what it would change. */
    fun openBackup()
}
