package app.gasket.vpn

import android.os.ParcelFileDescriptor
import app.gasket.bridge.Engine
import app.gasket.bridge.Happening
import app.gasket.bridge.Host
import app.gasket.bridge.Trigger
import app.gasket.history.History
import app.gasket.history.HistoryItem
import app.gasket.history.OutageCause
import app.gasket.rules.AppMode
import app.gasket.rules.EngineConfig
import app.gasket.rules.Settings
import app.gasket.rules.Surroundings
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** Asks Android for a tunnel; null if the user has to agree first. */
internal fun interface TunnelMaker {
    fun establish(plan: TunnelPlan): ParcelFileDescriptor?
}

/** Protection from the first tunnel's making to its end, through as many engines as it takes. */
internal class Session(
    private val tunnels: TunnelMaker,
    private val host: Host,
    private val inputs: Inputs,
    history: History,
    private val learned: LearnedStore,
    private val canary: Canary,
    private val protection: MutableStateFlow<Protection>,
    onTold: suspend (List<HistoryItem.Told>) -> Unit = {},
) {
    /** All that the tunnel and the engine's config depend on. */
    internal class Inputs(
        /** Those in force: what an app was allowed for a while is gone when that is over. */
        val settings: Flow<Settings>,
        val network: Flow<NetworkState>,
        val apps: Flow<List<InstalledApp>>,
        val happenings: Flow<Happening>,
        /** What the engine asks the user, and what is answered. */
        val questions: Questions,
    )

    private data class Input(
        val settings: Settings,
        val network: NetworkState,
        val apps: List<InstalledApp>,
    ) {
        fun modeOf(packageName: String): AppMode = settings.choiceFor(packageName).on(network.kind)

        val plan: TunnelPlan get() = TunnelPlan.of(settings, network)

        val config: String
            get() {
                val surroundings =
                    Surroundings(
                        network = network.kind,
                        resolvers = plan.resolvers.mapNotNull { it.hostAddress },
                        upstreams = network.upstreams,
                        uids = InstalledApps.byUid(apps),
                    )
                return EngineConfig.of(settings, surroundings).toJson()
            }
    }

    /** A tunnel, and what it was made for. */
    private class Held(
        val input: Input,
        val tunnel: ParcelFileDescriptor,
    )

    private val clock: () -> Long = System::currentTimeMillis

    private val input: Flow<Input> =
        combine(inputs.settings, inputs.network, inputs.apps, ::Input).distinctUntilChanged()

    private val teller = Teller(history, inputs.settings, clock, onTold)
    private val restarts = RestartLimit()

    /** Protects until cancelled, or until Android withdraws its consent; [protection] says how it stands. */
    suspend fun run() {
        protection.value = Protection.Starting
        teller.attempt { it.protectionWasCutOff() }
        teller.prune()
        var held = hold(input.first()) ?: return needConsent()
        while (true) {
            val outcome = runCatching { start(held) }
            val engine = outcome.getOrNull()
            held =
                if (engine == null) {
                    swallow(held, outcome.exceptionOrNull()?.message.orEmpty())
                } else {
                    relay(engine, held) ?: return needConsent()
                }
        }
    }

    private fun hold(input: Input): Held? = tunnels.establish(input.plan)?.let { Held(input, it) }

    private fun needConsent() {
        protection.value = Protection.ConsentNeeded
    }

    /** Starts an engine on a second descriptor of the tunnel: one that cannot start closes only its own. */
    private fun start(held: Held): Engine = Engine.start(host, held.tunnel.dup().detachFd(), held.input.config)

    /** Relays until the engine ends by itself; gives the tunnel for the next one, null where Android refuses it. */
    private suspend fun relay(
        engine: Engine,
        held: Held,
    ): Held? {
        val next =
            try {
                held.tunnel.close()
                withContext(Dispatchers.IO) { learned.recall(engine) }
                val latest = follow(engine, held.input)
                teller.attempt { it.protectionEnded(clock(), OutageCause.CUT_OFF) }
                // The dead engine holds its tunnel until it is stopped: the next one is there before.
                hold(latest)
            } finally {
                withContext(NonCancellable) {
                    withContext(Dispatchers.IO) { learned.keep(engine) }
                    inputs.questions.clear()
                    for (events in engine.stop()) teller.tell(canary.sift(events).filterNot { it.isQuestion })
                }
            }
        return if (next == null || restarts.allows(clock())) next else swallow(next, "it ended again and again")
    }

    /** Tells the engine what changes and writes down what it tells; gives what was in force at its end. */
    private suspend fun follow(
        engine: Engine,
        first: Input,
    ): Input =
        coroutineScope {
            val since = clock()
            teller.attempt { it.protectionBegan(since) }
            protection.value = Protection.On(since, noticesOf(first.network, refusal = null) + listOfNotNull(teller.failure))
            var latest = first
            val following = launch { input.collect { latest = change(engine, latest, it) } }
            val triggering = launch { inputs.happenings.collect(engine::tell) }
            val answering = launch { inputs.questions.answers.collect { engine.answer(it.question, it.allow) } }
            val keeping = launch(Dispatchers.IO) { learned.keepEveryHour(engine) }
            val testing = launch { canary.keepTesting(inputs.settings::first) }
            val doubting =
                launch {
                    canary.state.collect { state ->
                        notice { notices -> notices.filterNot { it is Notice.TestFailed } + listOfNotNull(state.failure) }
                    }
                }
            engine.events.collect { events ->
                val others = canary.sift(events)
                inputs.questions.ask(others)
                val told = others.filterNot { it.isQuestion }
                if (told.isNotEmpty()) teller.tell(told)
                notice { notices -> notices.filterNot { it is Notice.HistoryFailing } + listOfNotNull(teller.failure) }
            }
            listOf(following, triggering, answering, keeping, testing, doubting).forEach { it.cancelAndJoin() }
            latest
        }

    private fun change(
        engine: Engine,
        current: Input,
        next: Input,
    ): Input {
        if (next == current) return current
        if (next.network.id != null && next.network.id != current.network.id) engine.tell(Happening(Trigger.CONNECTIVITY))
        if (next.plan != current.plan) {
            // The new tunnel is there before the old one goes: no packet passes in between.
            tunnels.establish(next.plan)?.let { engine.replaceTunnel(it.detachFd()) }
        }
        val refusal = runCatching { engine.configure(next.config) }.exceptionOrNull()
        notice { notices -> notices.filter { it is Notice.HistoryFailing || it is Notice.TestFailed } + noticesOf(next.network, refusal) }
        inputs.questions.keepOnly { question -> question.packages.isEmpty() || question.packages.any { next.modeOf(it) == AppMode.ASK } }
        return next
    }

    private fun notice(change: (Set<Notice>) -> List<Notice>) =
        protection.update { if (it is Protection.On) it.copy(notices = change(it.notices).toSet()) else it }

    /** Holds a tunnel that nobody reads, so that what enters it goes nowhere, until something changes. */
    private suspend fun swallow(
        held: Held,
        why: String,
    ): Held {
        protection.value = Protection.Swallowing(why.take(LONGEST_REASON))
        var isKept = false
        try {
            val next = input.first { it != held.input }
            isKept = next.plan == held.input.plan
            return if (isKept) Held(next, held.tunnel) else hold(next) ?: Held(next, held.tunnel).also { isKept = true }
        } finally {
            if (!isKept) held.tunnel.close()
        }
    }

    private fun noticesOf(
        network: NetworkState,
        refusal: Throwable?,
    ): Set<Notice> =
        setOfNotNull(
            Notice.CaptivePortal.takeIf { network.isCaptive },
            Notice.NoNetwork.takeIf { network.id == null },
            refusal?.let { Notice.SettingsRefused(it.message.orEmpty().take(LONGEST_REASON)) },
            network.strictPrivateDns?.let(Notice::StrictPrivateDns),
        )

    private companion object {
        /** What is refused is quoted; the widget has to carry it. */
        const val LONGEST_REASON = 300
    }
}
