package app.gasket.vpn

import android.util.Log
import app.gasket.bridge.Engine
import app.gasket.rules.OwnIdentifier
import app.gasket.rules.OwnIdentifiers
import app.gasket.rules.Settings
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.map
import java.security.GeneralSecurityException

/** The identifiers that the user typed in: takes them, forgets them, and has the engine look for them. */
class IdentifierStore internal constructor(
    private val store: SettingsStore,
    private val vault: KeyVault,
    private val clock: () -> Long = System::currentTimeMillis,
) {
    private val readable = MutableStateFlow(false)

    /** Whether the engine has their key. Without it nothing of what was typed in is looked for. */
    val isReadable: StateFlow<Boolean> = readable.asStateFlow()

    /** What was typed in, oldest first. */
    val all: Flow<List<OwnIdentifier>> = store.settings.map { it.identifiers?.values.orEmpty() }

    /** The settings as the engine takes them: it refuses identifiers whose key it does not have. */
    val settings: Flow<Settings> =
        combine(store.settings, readable) { settings, isReadable -> if (isReadable) settings else settings.copy(identifiers = null) }

    /** Gives the engine their key, if there are any. Not for the main thread. */
    @Synchronized
    fun unlock() {
        if (readable.value || store.settings.value.identifiers == null) return
        try {
            vault.read()?.let(::use)
        } catch (e: GeneralSecurityException) {
            Log.e(TAG, "what the user typed in cannot be looked for", e)
        }
    }

    /**
     * Takes one more. Those that cannot be read any more give way. Not for the main thread.
     *
     * @throws IllegalArgumentException if it is none of its kind, in words for the user.
     * @throws GeneralSecurityException if the phone's Keystore does not work.
     */
    @Synchronized
    fun add(
        kind: String,
        value: String,
    ) {
        unlock()
        val known =
            store.settings.value.identifiers
                .takeIf { readable.value }
        if (!readable.value) use(vault.make())
        val json = Engine.addIdentifier(known?.toJson().orEmpty(), kind, value, clock() / MS)
        store.change { it.copy(identifiers = OwnIdentifiers.fromJson(json)) }
    }

    /** Forgets one. */
    @Synchronized
    fun forget(identifier: OwnIdentifier) = store.change { it.copy(identifiers = it.identifiers?.without(identifier)) }

    private fun use(key: ByteArray) {
        Engine.knowIdentifierKey(key)
        readable.value = true
    }

    private companion object {
        const val TAG = "Gasket"
        const val MS = 1_000L
    }
}
