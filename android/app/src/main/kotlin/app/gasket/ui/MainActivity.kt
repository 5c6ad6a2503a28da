package app.gasket.ui

import android.Manifest
import android.net.VpnService
import android.os.Build
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.contract.ActivityResultContracts
import app.gasket.GasketApp
import app.gasket.vpn.GasketVpnService
import app.gasket.vpn.startOfToday

/** The app's one window. */
class MainActivity : ComponentActivity() {
    private val app get() = application as GasketApp

    private val consent =
        registerForActivityResult(ActivityResultContracts.StartActivityForResult()) { result ->
            if (result.resultCode == RESULT_OK) GasketVpnService.start(this)
        }

    /** A refusal is fine: everything is in the app, too. */
    private val mayNotify = registerForActivityResult(ActivityResultContracts.RequestPermission()) {}

    override fun onCreate(savedInstanceState: Bundle?) {
        enableEdgeToEdge()
        super.onCreate(savedInstanceState)
        val home = HomePresenter(app.protection, app.history, ::startOfToday)
        val history = HistoryPresenter(app.history)
        val apps = AppsPresenter(app.installedApps.apps, app.settings)
        setContent { GasketScreens(home, history, apps, ::switchProtection) }
    }

    private fun switchProtection(isOn: Boolean) {
        if (!isOn) return GasketVpnService.stop(this)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) mayNotify.launch(Manifest.permission.POST_NOTIFICATIONS)
        val question = VpnService.prepare(this)
        if (question == null) GasketVpnService.start(this) else consent.launch(question)
    }
}
