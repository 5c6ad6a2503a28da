package app.gasket.phone

import android.content.Context
import android.content.pm.ApplicationInfo
import android.content.pm.PackageInfo
import org.robolectric.Shadows.shadowOf

/** An app that came with the phone. */
fun installSystemApp(
    context: Context,
    name: String,
    uid: Int,
    label: String = name,
) {
    val about =
        ApplicationInfo().apply {
            packageName = name
            this.uid = uid
            nonLocalizedLabel = label
            flags = ApplicationInfo.FLAG_SYSTEM
        }
    shadowOf(context.packageManager).installPackage(
        PackageInfo().apply {
            packageName = name
            applicationInfo = about
        },
    )
}
