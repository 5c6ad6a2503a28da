package app.gasket.vpn

import android.util.AtomicFile
import android.util.Log
import androidx.core.util.writeBytes
import app.gasket.rules.Settings
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import java.io.File
import java.io.IOException

/** Keeps the settings in one file; what [change] has returned from is in force, and on disk where that works. */
class SettingsStore(
    file: File,
) {
    private val file = AtomicFile(file)
    private val state = MutableStateFlow(load())

    /** Whether the file says the same. A full disk, which any app can make, must not keep the user from a choice. */
    private var isKept = true

    val settings: StateFlow<Settings> = state.asStateFlow()

    @Synchronized
    fun change(change: (Settings) -> Settings) {
        val changed = change(state.value)
        if (changed == state.value && isKept) return
        isKept =
            runCatching { file.writeBytes(changed.toJson().encodeToByteArray()) }
                .onFailure { Log.e(TAG, "the settings are not kept: with the next change", it) }
                .isSuccess
        state.value = changed
    }

    private fun load(): Settings {
        if (!file.baseFile.exists()) return Settings()
        return try {
            if (file.baseFile.length() > LARGEST) throw IOException("the file has ${file.baseFile.length()} bytes")
            Settings.fromJson(file.readFully().decodeToString())
        } catch (e: IllegalArgumentException) {
            setAside(e)
        } catch (e: IOException) {
            setAside(e)
        }
    }

    /** An unreadable file is kept for whoever can read it; protection goes on with the defaults. */
    private fun setAside(cause: Exception): Settings {
        Log.e(TAG, "the settings cannot be read; going on with the defaults", cause)
        val base = file.baseFile
        runCatching { base.copyTo(File(base.path + ".unreadable"), overwrite = true) }.onFailure { Log.e(TAG, "nor kept", it) }
        return Settings(isWanted = true)
    }

    private companion object {
        const val TAG = "Gasket"

        /** Some times what 32 rule files and a choice for each app take. */
        const val LARGEST = 16_000_000
    }
}
