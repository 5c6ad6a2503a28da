package app.gasket.ui

import android.Manifest
import android.content.pm.PackageManager
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
            if (result.resultCode == RESULT_OK) start()
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
        val question = VpnService.prepare(this)
        if (question == null) start() else consent.launch(question)
    }

    private fun start() {
        GasketVpnService.start(this)
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) return
        val permission = Manifest.permission.POST_NOTIFICATIONS
        if (checkSelfPermission(permission) != PackageManager.PERMISSION_GRANTED) mayNotify.launch(permission)
    }
}
