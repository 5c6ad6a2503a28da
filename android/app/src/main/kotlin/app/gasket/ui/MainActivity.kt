package app.gasket.ui

import android.Manifest
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
import androidx.lifecycle.lifecycleScope
import app.gasket.GasketApp
import app.gasket.history.ExportFormat
import app.gasket.rules.Theme
import app.gasket.vpn.GasketVpnService
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
    private val mayNotify = registerForActivityResult(ActivityResultContracts.RequestPermission()) {}

    private val documents = Documents(this) { presenters }

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
        // The user may come back from the system's settings.
        if (app.protection.value is Protection.On) GasketVpnService.look(this)
    }

    override fun switchProtection(isOn: Boolean) {
        if (!isOn) return GasketVpnService.stop(this)
        val question = VpnService.prepare(this)
        if (question == null) start() else consent.launch(question)
    }

    override fun pause(durationMs: Long) = GasketVpnService.pause(this, durationMs)

    override fun openVpnSettings() {
        try {
            startActivity(Intent(Settings.ACTION_VPN_SETTINGS))
        } catch (_: ActivityNotFoundException) {
            // Some phones have hidden it; where the settings begin is still nearer than here.
            startActivity(Intent(Settings.ACTION_SETTINGS))
        }
    }

    override fun share(text: String) {
        val send = Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text)
        startActivity(Intent.createChooser(send, null))
    }

    override fun openPage(address: String) {
        try {
            startActivity(Intent(Intent.ACTION_VIEW, Uri.parse(address)))
        } catch (_: ActivityNotFoundException) {
            // Without a browser the address can still go to where there is one.
            share(address)
        }
    }

    override fun pickRuleFile() = documents.openRuleFile()

    override fun export(format: ExportFormat) = documents.export(format)

    override fun saveBackup() = documents.saveBackup()

    override fun openBackup() = documents.openBackup()

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

    private fun obey(intent: Intent) {
        if (intent.component?.className == SWITCH_ON) switchProtection(true)
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

        /** Opens the window and switches protection on. */
        fun switchOn(context: Context): Intent = Intent().setClassName(context, SWITCH_ON)
    }
}
