package app.gasket.ui

import app.gasket.bridge.CaptureReport
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import java.io.FileNotFoundException
import java.io.FilterInputStream
import java.io.IOException
import java.io.InputStream
import kotlin.coroutines.CoroutineContext

/** A capture that the user has Gasket look into. */
sealed interface CaptureState {
    data object Reading : CaptureState

    /** It cannot be opened or judged. */
    data class Failed(
        val file: String,
        val why: String,
    ) : CaptureState

    data class Read(
        val file: String,
        val report: CaptureReport,
        /** Which of its lines is looked at; null if none. */
        val opened: Int? = null,
    ) : CaptureState
}

/** Has captures of others looked into. Nothing of what is in them goes into the history. */
class CapturePresenter(
    private val scope: CoroutineScope,
    private val library: Library,
    /** Where the capture is, so that a new process finds it again; empty for none. */
    private val place: MutableStateFlow<String>,
    private val io: CoroutineDispatcher = WAITING_FOR_OTHERS,
) {
    /** Where captures are, and who can read them. */
    class Library(
        val open: (String) -> InputStream,
        val nameOf: (String) -> String,
        val read: suspend (InputStream) -> CaptureReport,
    )

    private val current = MutableStateFlow<CaptureState?>(null)
    private var job: Job? = null

    /** What there is to see; null if nothing. */
    val state: StateFlow<CaptureState?> = current.asStateFlow()

    init {
        if (place.value.isNotEmpty()) look(place.value)
    }

    /** Looks into the capture at [newPlace]. */
    fun look(newPlace: String) {
        // It would be too much for the system to keep.
        if (newPlace.length > LONGEST_PLACE) return failed(FileNotFoundException(newPlace.take(LONGEST_PLACE)))
        place.value = newPlace
        current.value = CaptureState.Reading
        job?.cancel()
        job =
            scope.launch(io) {
                val done = attempt(newPlace)
                ensureActive()
                current.value = done
            }
    }

    /** No app can choose a file, or whoever keeps it does not hand it over. */
    fun failed(why: IOException) {
        dismiss()
        current.value = CaptureState.Failed("", why.message.orEmpty())
    }

    /** Shows all about a line, or with null all lines. */
    fun open(line: Int?) {
        val read = current.value as? CaptureState.Read ?: return
        current.value = read.copy(opened = line?.takeIf { it in read.report.events.indices })
    }

    /** The user has seen it; reading, if it still goes on, ends. */
    fun dismiss() {
        job?.cancel()
        place.value = ""
        current.value = null
    }

    private suspend fun attempt(place: String): CaptureState {
        var name = ""
        val context = currentCoroutineContext()
        return runCatching {
            name = library.nameOf(place)
            library.open(place).use { CaptureState.Read(name, library.read(EndingWith(context, it))) }
        }.getOrElse { CaptureState.Failed(name, it.message.orEmpty()) }
    }

    /** Ends when nobody waits for it any more. */
    private class EndingWith(
        private val context: CoroutineContext,
        source: InputStream,
    ) : FilterInputStream(source) {
        override fun read(
            bytes: ByteArray,
            offset: Int,
            length: Int,
        ): Int {
            context.ensureActive()
            return super.read(bytes, offset, length)
        }
    }

    private companion object {
        const val LONGEST_PLACE = 4_000

        /** Whoever keeps a document may never answer, and any app can have one opened: it holds these threads and none of the engine's. */
        val WAITING_FOR_OTHERS = Dispatchers.IO.limitedParallelism(4)
    }
}
