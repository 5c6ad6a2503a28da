package app.gasket.vpn

import android.util.AtomicFile
import android.util.Log
import androidx.core.util.writeBytes
import app.gasket.bridge.Engine
import kotlinx.coroutines.delay
import java.io.File
import java.io.IOException
import java.security.GeneralSecurityException
import kotlin.time.Duration.Companion.hours

/** Keeps what engines learn of codes that come again over days: fingerprints and hours, no code. */
class LearnedStore internal constructor(
    private val file: File,
    private val vault: KeyVault,
) {
    /** Has [engine] go on where the last one ended. Never fails: what cannot be read is learned anew. */
    @Synchronized
    fun recall(engine: Engine) {
        try {
            engine.recall(vault.read() ?: vault.make(), if (file.exists()) AtomicFile(file).readFully() else NOTHING)
            return
        } catch (e: GeneralSecurityException) {
            Log.w(TAG, "the key of what was learned is gone", e)
        } catch (e: IllegalArgumentException) {
            Log.w(TAG, "what was learned cannot be read", e)
        } catch (e: IOException) {
            Log.w(TAG, "what was learned cannot be read", e)
        }
        runCatching { engine.recall(vault.make(), NOTHING) }
            .onFailure { Log.e(TAG, "what is learned ends with this engine", it) }
    }

    /** Writes down what [engine] has learned; what there was stays where that fails. */
    @Synchronized
    fun keep(engine: Engine) {
        val state = engine.learned() ?: return
        try {
            AtomicFile(file).writeBytes(state)
        } catch (e: IOException) {
            Log.w(TAG, "what was learned is not kept", e)
        }
    }

    /** The same until cancelled: a process that is killed loses an hour. */
    suspend fun keepEveryHour(engine: Engine) {
        while (true) {
            delay(1.hours)
            keep(engine)
        }
    }

    private companion object {
        const val TAG = "Gasket"
        val NOTHING = ByteArray(0)
    }
}
