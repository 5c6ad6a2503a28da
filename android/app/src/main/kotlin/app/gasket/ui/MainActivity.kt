package app.gasket.ui

import android.Manifest
import android.app.ActivityManager
import android.app.NotificationManager
import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.graphics.Color
import android.net.Uri
import android.net.VpnService
import android.os.Build
import android.os.Bundle
import android.provider.Settings
import androidx.activity.ComponentActivity
import androidx.activity.SystemBarStyle
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.contract.ActivityResultContracts
import androidx.activity.viewModels
import androidx.core.content.IntentCompat
import androidx.lifecycle.lifecycleScope
import app.gasket.GasketApp
import app.gasket.rules.Theme
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.Notifications
import app.gasket.vpn.Protection
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.launch

/** The app's one window. */
class MainActivity :
    ComponentActivity(),
    Actions {
    private val app get() = application as GasketApp
    private val presenters: Presenters by viewModels { Presenters.Factory }

    private val consent =
        registerForActivityResult(ActivityResultContracts.StartActivityForResult()) { result ->
            if (result.resultCode == RESULT_OK) start()
        }

    /** A refusal is fine: everything is in the app, too. */
    private val mayNotify = registerForActivityResult(ActivityResultContracts.RequestPermission()) { look() }

    override val documents: DocumentActions = Documents(this) { presenters }

    override fun onCreate(savedInstanceState: Bundle?) {
        enableEdgeToEdge()
        super.onCreate(savedInstanceState)
        lifecycleScope.launch {
            presenters.settings.settings
                .map { it.theme }
                .distinctUntilChanged()
                .collect(::drawBars)
        }
        setContent { GasketScreens(presenters, this) }
        if (savedInstanceState == null) obey(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        obey(intent)
    }

    override fun onResume() {
        super.onResume()
        look()
        // The user may come back from the system's settings.
        if (app.protection.value is Protection.On) GasketVpnService.look(this)
    }

    private fun look() {
        app.mayNotify.value = getSystemService(NotificationManager::class.java).areNotificationsEnabled()
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            app.isRestricted.value = getSystemService(ActivityManager::class.java).isBackgroundRestricted
        }
    }

    override fun switchProtection(isOn: Boolean) {
        if (!isOn) return GasketVpnService.stop(this)
        val question = VpnService.prepare(this)
        if (question == null) start() else consent.launch(question)
    }

    override fun pause(durationMs: Long) = GasketVpnService.pause(this, durationMs)

    override fun openVpnSettings() = openSettings(Intent(Settings.ACTION_VPN_SETTINGS))

    override fun openAppSettings(packageName: String) =
        openSettings(Intent(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, Uri.fromParts("package", packageName, null)))

    override fun openOwnSettings() = openAppSettings(packageName)

    override fun openNetworkSettings() = openSettings(Intent(Settings.ACTION_WIRELESS_SETTINGS))

    override fun openLanguageSettings() {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) return
        openSettings(Intent(Settings.ACTION_APP_LOCALE_SETTINGS, Uri.fromParts("package", packageName, null)))
    }

    override fun allowNotifications() {
        val permission = Manifest.permission.POST_NOTIFICATIONS
        // Android asks twice at most, and does not say when it has done so for the last time.
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU && shouldShowRequestPermissionRationale(permission)) {
            mayNotify.launch(permission)
        } else {
            openSettings(Intent(Settings.ACTION_APP_NOTIFICATION_SETTINGS).putExtra(Settings.EXTRA_APP_PACKAGE, packageName))
        }
    }

    override fun share(text: String) {
        val send = Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text)
        startActivity(Intent.createChooser(send, null))
    }

    override fun openPage(address: String) {
        val page = Uri.parse(address)
        // The address may be one of a file that anybody wrote.
        if (page.scheme != "https" && page.scheme != "http") return share(address)
        try {
            startActivity(Intent(Intent.ACTION_VIEW, page))
        } catch (_: ActivityNotFoundException) {
            // Without a browser the address can still go to where there is one.
            share(address)
        }
    }

    /** The system's signs on its bars stand out from what is below them. */
    private fun drawBars(theme: Theme) {
        val style =
            when (theme) {
                Theme.SYSTEM -> return enableEdgeToEdge()
                Theme.LIGHT -> SystemBarStyle.light(Color.TRANSPARENT, Color.TRANSPARENT)
                Theme.DARK -> SystemBarStyle.dark(Color.TRANSPARENT)
            }
        enableEdgeToEdge(style, style)
    }

    private fun openSettings(place: Intent) {
        try {
            startActivity(place)
        } catch (_: ActivityNotFoundException) {
            // Some phones have hidden it; where the settings begin is still nearer than here.
            startActivity(Intent(Settings.ACTION_SETTINGS))
        }
    }

    private fun obey(intent: Intent) {
        if (intent.component?.className == SWITCH_ON) switchProtection(true)
        if (intent.component?.className == PAUSE_SHORTLY && app.protection.value is Protection.On) pause(Notifications.SHORT_PAUSE_MS)
        captureIn(intent)?.let {
            presenters.capture.look("$it")
            presenters.screen.value = Screen.SETTINGS
        }
        appIn(intent)?.let {
            presenters.app.open(it)
            presenters.screen.value = Screen.APPS
        }
        lineIn(intent)?.let {
            presenters.history.open(it)
            presenters.screen.value = Screen.HISTORY
        }
    }

    private fun start() {
        GasketVpnService.start(this)
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) return
        val permission = Manifest.permission.POST_NOTIFICATIONS
        if (checkSelfPermission(permission) != PackageManager.PERMISSION_GRANTED) mayNotify.launch(permission)
    }

    companion object {
        /** The manifest's alias of this window that only we can open. */
        private const val SWITCH_ON = "app.gasket.ui.SwitchOn"

        /** Another one, for the launcher's shortcut (`shortcuts.xml`). */
        internal const val PAUSE_SHORTLY = "app.gasket.ui.PauseShortly"

        /** Opens the window and switches protection on. */
        fun switchOn(context: Context): Intent = Intent().setClassName(context, SWITCH_ON)

        /** Opens the window at a line of the history; with [NONE] at its beginning. */
        internal fun showLine(
            context: Context,
            id: Long,
        ): Intent = Intent(context, MainActivity::class.java).setAction(SHOW_LINE).setData(Uri.fromParts("gasket", "line", "$id"))

        /** The line that [showLine] asks for; null if it is another wish. */
        internal fun lineIn(intent: Intent): Long? = if (intent.action == SHOW_LINE) intent.data?.fragment?.toLongOrNull() else null

        /** Opens the window at the page of a package. */
        internal fun showApp(
            context: Context,
            packageName: String,
        ): Intent = Intent(context, MainActivity::class.java).setAction(SHOW_APP).setData(Uri.fromParts("gasket", "app", packageName))

        /** The package that [showApp] asks for; null if it is another wish. */
        internal fun appIn(intent: Intent): String? = if (intent.action == SHOW_APP) intent.data?.fragment else null

        /** The capture that another app shares or wants shown; null if it is another wish. */
        internal fun captureIn(intent: Intent): Uri? =
            when (intent.action) {
                // What another app put in may be of a class that only it has.
                Intent.ACTION_SEND -> {
                    runCatching {
                        IntentCompat.getParcelableExtra(
                            intent,
                            Intent.EXTRA_STREAM,
                            Uri::class.java,
                        )
                    }.getOrNull()
                }

                Intent.ACTION_VIEW -> {
                    intent.data
                }

                else -> {
                    null
                }
            }

        private const val SHOW_LINE = "app.gasket.SHOW_LINE"
        private const val SHOW_APP = "app.gasket.SHOW_APP"
    }
}
