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

/** Keeps the settings in one file; what [change] has returned from is on disk. */
class SettingsStore(
    file: File,
) {
    private val file = AtomicFile(file)
    private val state = MutableStateFlow(load())

    val settings: StateFlow<Settings> = state.asStateFlow()

    @Synchronized
    fun change(change: (Settings) -> Settings) {
        val changed = change(state.value)
        if (changed == state.value) return
        file.writeBytes(changed.toJson().encodeToByteArray())
        state.value = changed
    }

    private fun load(): Settings {
        if (!file.baseFile.exists()) return Settings()
        return try {
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
        base.copyTo(File(base.path + ".unreadable"), overwrite = true)
        return Settings(isWanted = true)
    }

    private companion object {
        const val TAG = "Gasket"
    }
}
