package app.gasket.vpn

import android.content.Intent
import android.content.pm.ApplicationInfo
import android.content.pm.PackageInfo
import android.net.Uri
import android.os.Looper
import app.gasket.TestGasketApp
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertSame
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/** The list of apps is as the phone is now. */
@RunWith(RobolectricTestRunner::class)
class InstalledAppsTest {
    private val app = RuntimeEnvironment.getApplication() as TestGasketApp
    private val packages = shadowOf(app.packageManager)
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val lists = LinkedBlockingQueue<List<InstalledApp>>()

    @After
    fun end() = scope.cancel()

    private fun install(flags: Int) =
        packages.installPackage(
            PackageInfo().apply {
                packageName = NAME
                applicationInfo =
                    ApplicationInfo().apply {
                        packageName = NAME
                        uid = 10_200
                        this.flags = flags
                    }
            },
        )

    private fun tell(action: String) {
        app.sendBroadcast(Intent(action, Uri.parse("package:$NAME")))
        shadowOf(Looper.getMainLooper()).idle()
    }

    private fun now() = lists.poll(PATIENCE_S, TimeUnit.SECONDS)?.singleOrNull { it.packageName == NAME }

    @Test
    fun `what is installed, updated and removed is known`() {
        scope.launch { InstalledApps(app, app.shared).apps.collect(lists::put) }
        assertEquals(null, now())
        install(flags = 0)
        tell(Intent.ACTION_PACKAGE_ADDED)
        assertEquals(InstalledApp(NAME, NAME, 10_200, isPreinstalled = false), now())
        install(flags = ApplicationInfo.FLAG_SYSTEM)
        tell(Intent.ACTION_PACKAGE_REPLACED)
        assertEquals(true, now()?.isPreinstalled)
        packages.removePackage(NAME)
        tell(Intent.ACTION_PACKAGE_FULLY_REMOVED)
        assertEquals(null, now())
    }

    @Test
    fun `parts that an app switches on and off are no news, and the app itself is`() {
        scope.launch { InstalledApps(app, app.shared).apps.collect(lists::put) }
        now()
        val changed = { part: String ->
            val intent = Intent(Intent.ACTION_PACKAGE_CHANGED, Uri.parse("package:$NAME"))
            app.sendBroadcast(intent.putExtra(Intent.EXTRA_CHANGED_COMPONENT_NAME_LIST, arrayOf(part)))
            shadowOf(Looper.getMainLooper()).idle()
        }
        install(flags = 0)
        repeat(100) { changed("$NAME.Part$it") }
        packages.removePackage(NAME)
        changed(NAME)
        assertEquals("the first list since is of now", null, now())
        install(flags = 0)
        changed(NAME)
        assertEquals(NAME, now()?.label)
    }

    @Test
    fun `who looks at the same time shares what was read`() {
        val apps = InstalledApps(app, app.shared).apps
        scope.launch { apps.collect(lists::put) }
        val first = lists.poll(PATIENCE_S, TimeUnit.SECONDS)
        val second = runBlocking { withTimeout(PATIENCE_S * 1000) { apps.first() } }
        assertSame(first, second)
    }

    private companion object {
        const val PATIENCE_S = 20L
        const val NAME = "com.example.news"
    }
}
