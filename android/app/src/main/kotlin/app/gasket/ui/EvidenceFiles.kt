package app.gasket.ui

import android.content.Context
import android.content.Intent
import androidx.core.content.FileProvider
import java.io.File

/** Where bundles of evidence are, for as long as Android has room; no other folder is handed out (`evidence_paths.xml`). */
internal fun evidenceFolder(context: Context) = File(context.cacheDir, "evidence")

/** What hands a bundle to another app, which may read this one file and nothing else. */
internal fun evidenceIntent(
    context: Context,
    bundle: File,
): Intent {
    val place = FileProvider.getUriForFile(context, AUTHORITY, bundle)
    return Intent(Intent.ACTION_SEND)
        .setType("application/zip")
        .putExtra(Intent.EXTRA_STREAM, place)
        .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
}

/** The manifest's provider. */
private const val AUTHORITY = "app.gasket.evidence"
