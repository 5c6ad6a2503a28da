package app.gasket.ui

import android.content.ActivityNotFoundException
import android.content.ContentResolver
import android.content.Intent
import android.net.Uri
import android.provider.OpenableColumns
import androidx.activity.ComponentActivity
import androidx.activity.result.ActivityResultLauncher
import androidx.activity.result.contract.ActivityResultContracts
import app.gasket.R
import app.gasket.history.ExportFormat
import app.gasket.rules.Backup
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream

/** Documents that the user chooses in the system's picker; to be made before [activity] starts. */
internal class Documents(
    private val activity: ComponentActivity,
    private val presenters: () -> Presenters,
) : DocumentActions {
    private val reader by lazy { DocumentReader(activity.contentResolver) }

    private val exports =
        ExportFormat.entries.associateWith { format ->
            activity.registerForActivityResult(ActivityResultContracts.CreateDocument(format.mimeType)) { place ->
                place?.let { presenters().history.export(format) { write(it) } }
            }
        }

    private val damaged =
        activity.registerForActivityResult(ActivityResultContracts.CreateDocument("application/zip")) { place ->
            place?.let { presenters().history.chores.saveDamaged { write(it) } }
        }

    private val backup =
        activity.registerForActivityResult(ActivityResultContracts.CreateDocument(Backup.MIME_TYPE)) { place ->
            place?.let { presenters().backup.save { write(it) } }
        }

    private val restore =
        activity.registerForActivityResult(ActivityResultContracts.OpenDocument()) { place ->
            place?.let { presenters().backup.look { read(it) } }
        }

    private val ruleFile =
        activity.registerForActivityResult(ActivityResultContracts.OpenDocument()) { place ->
            place?.let { presenters().rules.import.read({ reader.nameOf("$it") }) { read(it) } }
        }

    private val capture =
        activity.registerForActivityResult(ActivityResultContracts.OpenDocument()) { place ->
            place?.let { presenters().capture.look("$it") }
        }

    override fun export(format: ExportFormat) =
        ask(exports.getValue(format), format.fileName) {
            presenters().history.export(format) { throw it }
        }

    override fun saveDamaged() = ask(damaged, "gasket-damaged-history.zip") { presenters().history.chores.saveDamaged { throw it } }

    override fun saveBackup() = ask(backup, Backup.FILE_NAME) { presenters().backup.save { throw it } }

    /** Any kind of document: a file that came by mail or by cable often has lost its own. */
    override fun openBackup() = ask(restore, arrayOf("*/*")) { presenters().backup.look { throw it } }

    /** Any kind of document: nobody agrees on what type a capture has. */
    override fun openCapture() = ask(capture, arrayOf("*/*")) { presenters().capture.failed(it) }

    /** Any kind of document: nobody agrees on what type YAML has. */
    override fun openRuleFile() = ask(ruleFile, arrayOf("*/*")) { presenters().rules.import.read({ "" }) { throw it } }

    override fun shareEvidence(bundle: File) = activity.startActivity(Intent.createChooser(evidenceIntent(activity, bundle), null))

    private fun <I> ask(
        picker: ActivityResultLauncher<I>,
        input: I,
        failed: (IOException) -> Unit,
    ) = try {
        picker.launch(input)
    } catch (_: ActivityNotFoundException) {
        failed(FileNotFoundException(activity.getString(R.string.no_document_picker)))
    }

    /** An older document of the same name is replaced, not overwritten at its beginning. */
    private fun write(place: Uri): OutputStream = opened(place) { activity.contentResolver.openOutputStream(place, "wt") }

    private fun read(place: Uri): InputStream = reader.open("$place")
}

/** Reads documents that others keep. */
internal class DocumentReader(
    private val resolver: ContentResolver,
) {
    /** What the user knows the document by. Takes as long as whoever keeps it does to say so. */
    fun nameOf(place: String): String {
        val address = Uri.parse(place)
        val said =
            runCatching {
                resolver
                    .query(
                        address,
                        arrayOf(OpenableColumns.DISPLAY_NAME),
                        null,
                        null,
                        null,
                    )?.use { if (it.moveToFirst()) it.getString(0) else null }
            }
        return tame(said.getOrNull() ?: address.lastPathSegment.orEmpty())
    }

    /** @throws IOException if whoever keeps the document does not hand it over. Takes as long as they do. */
    fun open(place: String): InputStream = opened(Uri.parse(place)) { resolver.openInputStream(it) }
}

/** @throws IOException if whoever keeps the document does not hand it over. */
private fun <S> opened(
    place: Uri,
    open: (Uri) -> S?,
): S {
    // What is no provider's is a file, and could be one of Gasket's own.
    val isProvided = place.scheme == ContentResolver.SCHEME_CONTENT
    // Whatever another app throws in its own process is thrown here, too.
    val opened = runCatching { if (isProvided) open(place) else null }.getOrElse { throw IOException(it.message, it) }
    return opened ?: throw FileNotFoundException("$place")
}
