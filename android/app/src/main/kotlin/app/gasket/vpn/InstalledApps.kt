package app.gasket.vpn

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.content.pm.ApplicationInfo
import android.content.pm.PackageManager
import app.gasket.rules.Uid
import app.gasket.ui.tame
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.shareIn
import kotlinx.coroutines.plus

/** One installed package. */
data class InstalledApp(
    val packageName: String,
    val label: String,
    val uid: Int,
    /** Whether it came with the phone. */
    val isPreinstalled: Boolean,
)

/** What is installed, pre-installed apps included: they are what Gasket is for. */
class InstalledApps(
    private val context: Context,
    scope: CoroutineScope,
    io: CoroutineDispatcher = Dispatchers.IO,
) {
    /**
     * The list now, and anew after every installation, update and removal. Whoever looks at the same time shares it:
     * to name each app, Android opens its package, which takes seconds for some hundred of them.
     */
    val apps: Flow<List<InstalledApp>> =
        callbackFlow {
            val receiver =
                object : BroadcastReceiver() {
                    override fun onReceive(
                        context: Context,
                        intent: Intent,
                    ) {
                        if (intent.isAboutApp) trySend(Unit)
                    }
                }
            val changes =
                IntentFilter().apply {
                    addAction(Intent.ACTION_PACKAGE_ADDED)
                    addAction(Intent.ACTION_PACKAGE_CHANGED)
                    addAction(Intent.ACTION_PACKAGE_REPLACED)
                    addAction(Intent.ACTION_PACKAGE_REMOVED)
                    addAction(Intent.ACTION_PACKAGE_FULLY_REMOVED)
                    addDataScheme("package")
                }
            // The system's own broadcasts only: no flag is needed for those.
            context.registerReceiver(receiver, changes)
            // Names are told in the user's language.
            context.registerReceiver(receiver, IntentFilter(Intent.ACTION_LOCALE_CHANGED))
            trySend(Unit)
            awaitClose { context.unregisterReceiver(receiver) }
        }.conflate()
            .map { load() }
            .shareIn(scope + io, SharingStarted.WhileSubscribed(replayExpirationMillis = 0), replay = 1)

    private fun load(): List<InstalledApp> {
        val packages = context.packageManager
        return packages
            .getInstalledApplications(PackageManager.MATCH_DISABLED_UNTIL_USED_COMPONENTS)
            .map {
                InstalledApp(
                    packageName = it.packageName,
                    label = labelOf(it, packages),
                    uid = it.uid,
                    isPreinstalled = it.flags and ApplicationInfo.FLAG_SYSTEM != 0,
                )
            }.sortedBy { it.label.lowercase() }
    }

    companion object {
        /** An app may switch parts of itself on and off all day; what it is called and whose it is stays as it is. */
        private val Intent.isAboutApp: Boolean
            get() {
                val changed = getStringArrayExtra(Intent.EXTRA_CHANGED_COMPONENT_NAME_LIST)
                return action != Intent.ACTION_PACKAGE_CHANGED || changed == null || data?.schemeSpecificPart in changed
            }

        /** As long as anybody reads; a label may have 30,000 characters. */
        private const val LONGEST_LABEL = 100

        /** What an app calls itself; those that say nothing go by their package. */
        fun labelOf(
            app: ApplicationInfo,
            packages: PackageManager,
        ): String = tame("${app.loadLabel(packages)}", LONGEST_LABEL).ifEmpty { app.packageName }

        /** Who each user id is: shared ones have several packages. */
        fun byUid(apps: List<InstalledApp>): Map<Int, Uid> =
            apps.groupBy { it.uid }.mapValues { (_, sharers) ->
                Uid(sharers.map { it.packageName }.sorted(), sharers.any { it.isPreinstalled })
            }
    }
}
