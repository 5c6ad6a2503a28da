package app.gasket.ui

import app.gasket.history.History
import app.gasket.history.HistoryItem
import app.gasket.history.Place
import app.gasket.history.Search
import app.gasket.history.Tally
import app.gasket.rules.Settings
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.CanaryState
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection
import app.gasket.vpn.Question
import app.gasket.vpn.SettingsStore
import app.gasket.vpn.isOn
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.stateIn
import java.time.LocalDate
import java.time.ZonedDateTime

/** What the home screen shows. */
data class HomeState(
    val protection: Protection,
    val today: Tally,
    val advice: List<Advice> = emptyList(),
    /** Null where nothing was stopped. */
    val picture: Picture? = null,
    /** The last lines, newest first. */
    val latest: List<HistoryItem.Told> = emptyList(),
    /** How the tests of the path stand; null where there is nothing to test. */
    val canary: CanaryState? = null,
    /** What waits for an answer. */
    val questions: List<Question> = emptyList(),
) {
    /** Whether the switch is on: the user's wish is being fulfilled, even if only by silence. */
    val isOn: Boolean get() = protection.isOn
}

/** What the user should know or do; one sentence and at most one button each, the most urgent first. */
sealed interface Advice {
    /** The network wants the user to log in, which Gasket may be in the way of. */
    data object LogIn : Advice

    /** Another app's VPN is on: switching Gasket on ends it. */
    data object OtherVpn : Advice

    /** The system lets nothing past while protection rests. */
    data object NoNetworkWhilePaused : Advice

    data class SettingsRefused(
        val why: String,
    ) : Advice

    data class HistoryFailing(
        val why: String,
    ) : Advice

    /** Names go to this server, past Gasket. Told until it was read. */
    data class PrivateDns(
        val server: String,
    ) : Advice

    /** There is no network, with or without Gasket. */
    data object NoNetwork : Advice

    /** Android ends us, or keeps us from starting, to save battery. */
    data object LiftRestriction : Advice

    /** No alert reaches the user. */
    data object AllowNotifications : Advice

    /** Android would not start Gasket by itself. */
    data object SwitchAlwaysOnOn : Advice

    /** While Gasket does not run, everything passes. */
    data object SwitchLockdownOn : Advice
}

/** Puts [HomeState] together. */
class HomePresenter(
    scope: CoroutineScope,
    private val store: SettingsStore,
    private val history: History,
    private val system: System,
    private val openedId: MutableStateFlow<Long>,
    /** Asks for a test of the path. */
    val test: () -> Unit = {},
    private val now: () -> ZonedDateTime = ZonedDateTime::now,
) {
    /** How things stand outside of the app's own settings. */
    class System(
        val protection: Flow<Protection>,
        val alwaysOn: Flow<AlwaysOn?>,
        val otherVpn: Flow<Boolean>,
        /** Whether notifications are seen. */
        val mayNotify: Flow<Boolean>,
        /** Whether Android keeps us from working unseen. */
        val isRestricted: Flow<Boolean>,
        val canary: Flow<CanaryState>,
        /** What waits for an answer. */
        val questions: Flow<List<Question>> = flowOf(emptyList()),
        /** Takes the answer. */
        val answer: (Question, Boolean) -> Unit = { _, _ -> },
    )

    val states: StateFlow<HomeState?> =
        combine(
            combine(system.protection, system.canary, ::Pair),
            system.alwaysOn,
            system.otherVpn,
            combine(store.settings, system.mayNotify, system.isRestricted, ::Triple),
            combine(history.revision, days()) { _, _ -> past() },
        ) { (protection, canary), alwaysOn, otherVpn, (settings, mayNotify, isRestricted), past ->
            val restriction = Advice.LiftRestriction.takeIf { isRestricted && protection is Protection.On }
            val silence = Advice.AllowNotifications.takeIf { !mayNotify && protection is Protection.On }
            val advice = adviceOf(protection, alwaysOn, otherVpn, settings) + listOfNotNull(restriction, silence)
            HomeState(protection, past.today, advice, past.picture, past.latest, canary.takeIf { protection is Protection.On })
        }.combine(system.questions) { state, questions -> state.copy(questions = questions) }
            .stateIn(scope, WhileShown, null)

    /** The line whose details are looked at. */
    val opened: StateFlow<HistoryItem.Told?> = opened(scope, history, openedId)

    fun open(id: Long?) {
        openedId.value = id ?: NONE
    }

    fun answer(
        question: Question,
        allow: Boolean,
    ) = system.answer(question, allow)

    private class Past(
        val today: Tally,
        val picture: Picture?,
        val latest: List<HistoryItem.Told>,
    )

    /** The day, and the next one when it begins; it also follows a clock or a time zone that is set anew. */
    private fun days(): Flow<LocalDate> =
        flow {
            while (true) {
                emit(now().toLocalDate())
                delay(LOOK_MS)
            }
        }.distinctUntilChanged()

    private suspend fun past(): Past {
        val now = now()
        return Past(
            today = history.tally(Picture.startOfDay(now)),
            picture = Picture.of(history.stopped(Picture.startOfWeek(now)), now),
            latest = history.older(Search(), Place.LAST, LATEST),
        )
    }

    /** The user has read what Private DNS means. */
    fun privateDnsRead() = store.change { it.copy(knowsPrivateDns = true) }

    internal companion object {
        private const val LATEST = 3

        /** How late a new day may be noticed. */
        private const val LOOK_MS = 15_000L

        private val URGENCY =
            listOf(
                Notice.CaptivePortal::class,
                Notice.NoNetwork::class,
                Notice.SettingsRefused::class,
                Notice.HistoryFailing::class,
                Notice.StrictPrivateDns::class,
            )

        fun adviceOf(
            protection: Protection,
            alwaysOn: AlwaysOn?,
            otherVpn: Boolean,
            settings: Settings,
        ): List<Advice> =
            when (protection) {
                is Protection.On -> {
                    protection.notices.sortedBy { URGENCY.indexOf(it::class) }.mapNotNull { adviceOf(it, settings) } +
                        listOfNotNull(alwaysOn?.let(::adviceOf))
                }

                is Protection.Off, Protection.ConsentNeeded -> {
                    listOfNotNull(Advice.OtherVpn.takeIf { otherVpn })
                }

                is Protection.Paused -> {
                    listOfNotNull(Advice.NoNetworkWhilePaused.takeIf { alwaysOn?.isLockdown == true })
                }

                Protection.Starting, is Protection.Swallowing -> {
                    emptyList()
                }
            }

        private fun adviceOf(
            notice: Notice,
            settings: Settings,
        ): Advice? =
            when (notice) {
                Notice.CaptivePortal -> Advice.LogIn

                Notice.NoNetwork -> Advice.NoNetwork

                // The card of the test says all there is to say.
                Notice.TestFailed -> null

                is Notice.SettingsRefused -> Advice.SettingsRefused(notice.why)

                is Notice.HistoryFailing -> Advice.HistoryFailing(notice.why)

                is Notice.StrictPrivateDns -> Advice.PrivateDns(notice.server).takeUnless { settings.knowsPrivateDns }
            }

        private fun adviceOf(alwaysOn: AlwaysOn): Advice? =
            when {
                !alwaysOn.isOn -> Advice.SwitchAlwaysOnOn
                !alwaysOn.isLockdown -> Advice.SwitchLockdownOn
                else -> null
            }
    }
}
