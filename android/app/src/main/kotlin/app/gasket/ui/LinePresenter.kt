package app.gasket.ui

import app.gasket.bridge.Event
import app.gasket.bridge.family
import app.gasket.rules.Now
import app.gasket.rules.Settings
import app.gasket.rules.allowing
import app.gasket.rules.endingAllow
import app.gasket.rules.inForce
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn

/** What can be done about the app of a line, and what was done. */
data class LineChoices(
    /** The packages that sent, as far as Android says. */
    val packages: List<String>,
    /** Until when they are allowed everything, in milliseconds since 1970; null if they are not. */
    val allowedUntilMs: Long?,
    /** The family of leaks it belongs to; null if no rule knows it. */
    val family: String?,
    /** Whether no alert is given of that family. */
    val isMuted: Boolean,
)

/** Takes what the user wants done about a line. */
class LinePresenter(
    scope: CoroutineScope,
    private val store: SettingsStore,
    private val now: () -> Now,
    /** Evidence of it, for others. */
    val evidence: EvidencePresenter,
) {
    /** What holds for each line. */
    val choices: StateFlow<(Event) -> LineChoices> =
        store.settings
            .inForce(now)
            .map { settings -> { event: Event -> choicesFor(event, settings) } }
            .stateIn(scope, WhileShown) { choicesFor(it, store.settings.value.inForce(now())) }

    /** Nothing of these is stopped for an hour. */
    fun allow(packages: List<String>) = store.change { it.allowing(packages, now()) }

    /** They are treated as before again. */
    fun endAllow(packages: List<String>) = store.change { it.endingAllow(packages) }

    /** No alert is given of these leaks any more, or again. */
    fun mute(
        family: String,
        isMuted: Boolean,
    ) = store.change { it.copy(mutedFamilies = if (isMuted) it.mutedFamilies + family else it.mutedFamilies - family) }

    private fun choicesFor(
        event: Event,
        settings: Settings,
    ): LineChoices {
        val packages = event.app?.packages.orEmpty()
        return LineChoices(packages, settings.allowedUntilMs(packages, now()), event.family, event.family in settings.mutedFamilies)
    }
}

/** Until when all of [packages] are allowed everything; null if one of them is not. */
internal fun Settings.allowedUntilMs(
    packages: Collection<String>,
    now: Now,
): Long? {
    val ends = packages.map { choiceFor(it).allowed?.takeIf { allowed -> allowed.leftMs(now) > 0 }?.endMs(now) }
    return if (null in ends) null else ends.filterNotNull().minOrNull()
}
