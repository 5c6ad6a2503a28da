package app.gasket.ui

import app.gasket.bridge.CaptureReport
import app.gasket.bridge.RuleBook
import app.gasket.rules.Backup
import app.gasket.rules.EngineConfig
import app.gasket.rules.Settings
import app.gasket.rules.Surroundings
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.InputStream
import java.io.OutputStream

/** How far a backup, or the way back, is. */
sealed interface BackupState {
    data object None : BackupState

    data object Saved : BackupState

    /** The document could not be written or read. */
    data class Failed(
        val why: String,
    ) : BackupState

    /** It is not taken, and nothing was changed. */
    data class Refused(
        val why: Backup.Refusal,
    ) : BackupState

    /** What a file would make of the settings, for the user to decide. */
    data class Preview(
        val now: Settings,
        val then: Settings,
    ) : BackupState {
        /** What would change besides the days of the history, which are always told. */
        val changes: List<Change> = Change.entries.filter { it.of(now) != it.of(then) }
    }

    /** Done, and can be undone. */
    data class Restored(
        val before: Settings,
    ) : BackupState
}

/** With nothing to judge: the engine says at once what it would not take. */
private fun checkByEngine(settings: Settings) {
    checkNames(RuleBook.read(settings.rules.files).rules.filter { it.file != null })
    val config = EngineConfig.of(settings.copy(identifiers = null), Surroundings.NOWHERE)
    CaptureReport.read(ByteArray(0).inputStream(), config.toJson())
}

/** A setting, and what it is. */
enum class Change(
    internal val of: (Settings) -> Any,
) {
    APPS({ it.apps }),
    RULES({ it.rules }),
    DNS({ it.dnsServers }),
    IPV6({ it.ipv6 }),
    LAN({ it.relaysLan }),
    BEACONS({ it.beacons }),
    MTU({ it.mtu }),
    SIZE({ it.historyMegabytes }),
    MUTED({ it.mutedFamilies }),
    THEME({ it.theme }),
    WALLPAPER({ it.wallpaperColours }),
}

/** Saves the settings to a file, and takes them from one. */
class BackupPresenter(
    private val scope: CoroutineScope,
    private val store: SettingsStore,
    private val io: CoroutineDispatcher = Dispatchers.IO,
    /** Throws an [IllegalArgumentException] if the engine would not take these. */
    private val check: (Settings) -> Unit = ::checkByEngine,
) {
    private val state = MutableStateFlow<BackupState>(BackupState.None)
    val states: StateFlow<BackupState> = state.asStateFlow()

    fun save(open: () -> OutputStream) =
        attempt {
            val text = Backup.of(store.settings.value)
            withContext(io) { open().use { it.write(text.encodeToByteArray()) } }
            BackupState.Saved
        }

    /** Reads a file; nothing is changed until [restore]. */
    fun look(open: () -> InputStream) =
        attempt {
            withContext(io) {
                val bytes = open().use { it.readUpTo(Backup.LONGEST + 1) }
                val now = store.settings.value
                if (bytes.size > Backup.LONGEST) throw Backup.Refusal.OtherFile()
                val then = Backup.restored(bytes.decodeToString(), now)
                try {
                    check(then)
                } catch (e: IllegalArgumentException) {
                    throw Backup.Refusal.Damaged(e)
                }
                BackupState.Preview(now, then)
            }
        }

    /** Takes what the preview showed. */
    fun restore() {
        val preview = state.value as? BackupState.Preview ?: return
        store.change { preview.then.copy(isWanted = it.isWanted, pausedUntilMs = it.pausedUntilMs) }
        state.value = BackupState.Restored(preview.now)
    }

    fun undo() {
        val restored = state.value as? BackupState.Restored ?: return
        store.change { restored.before.copy(isWanted = it.isWanted, pausedUntilMs = it.pausedUntilMs) }
        state.value = BackupState.None
    }

    fun dismiss() {
        state.value = BackupState.None
    }

    private fun attempt(work: suspend () -> BackupState) {
        scope.launch {
            val outcome =
                runCatching { work() }.getOrElse {
                    if (it is Backup.Refusal) BackupState.Refused(it) else BackupState.Failed(it.message.orEmpty())
                }
            ensureActive()
            state.value = outcome
        }
    }
}
