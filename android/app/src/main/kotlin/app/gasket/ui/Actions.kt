package app.gasket.ui

import app.gasket.history.ExportFormat
import java.io.File

/** What the screens ask of the system. */
interface Actions {
    fun switchProtection(isOn: Boolean)

    /** Has protection rest, and come back by itself. */
    fun pause(durationMs: Long)

    /** The system's own screen for always-on and lockdown, which only the user can change. */
    fun openVpnSettings()

    /** The system's own page of an app, where it can be disabled. */
    fun openAppSettings(packageName: String)

    /** The system's own page of Gasket, where it may be let work unseen. */
    fun openOwnSettings()

    /** The system's own page of networks. */
    fun openNetworkSettings()

    /** The system's own page of this app's language, from Android 13 on. */
    fun openLanguageSettings()

    /** Asks for the notifications' permission, or shows where it is given. */
    fun allowNotifications()

    fun share(text: String)

    /** Shows a page of the web in whatever shows such. */
    fun openPage(address: String)

    val documents: DocumentActions
}

/** What the screens ask of the system where documents come in and go out. */
interface DocumentActions {
    /** Has the user choose a rule file, and says what is in it. */
    fun openRuleFile()

    /** Has the user choose a capture, and says what is in it. */
    fun openCapture()

    /** Has the user choose where the history goes, and writes it there. */
    fun export(format: ExportFormat)

    /** Has the user choose where what is left of damaged histories goes, and writes it there. */
    fun saveDamaged()

    /** Has the user choose where the settings go, and writes them there. */
    fun saveBackup()

    /** Has the user choose a file of settings, and shows what it would change. */
    fun openBackup()

    /** Has the user choose an app that is handed a bundle of evidence. */
    fun shareEvidence(bundle: File)
}
