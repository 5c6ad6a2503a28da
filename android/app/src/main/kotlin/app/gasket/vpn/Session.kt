package app.gasket.vpn

import android.os.ParcelFileDescriptor
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.Host
import app.gasket.bridge.Trigger
import app.gasket.history.History
import app.gasket.rules.EngineConfig
import app.gasket.rules.Settings
import app.gasket.rules.Surroundings
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** Asks Android for a tunnel; null if the user has to agree first. */
internal fun interface TunnelMaker {
    fun establish(plan: TunnelPlan): ParcelFileDescriptor?
}

/** One stretch of protection, from the tunnel's making to its end. */
internal class Session(
    private val tunnels: TunnelMaker,
    private val host: Host,
    private val inputs: Inputs,
    private val history: History,
    private val protection: MutableStateFlow<Protection>,
    private val clock: () -> Long = System::currentTimeMillis,
    private val onEvents: suspend (List<Event>) -> Unit = {},
) {
    /** All that the tunnel and the engine's config depend on. */
    internal class Inputs(
        val settings: Flow<Settings>,
        val network: Flow<NetworkState>,
        val apps: Flow<List<InstalledApp>>,
        val triggers: Flow<Trigger>,
    )

    private data class Input(
        val settings: Settings,
        val network: NetworkState,
        val apps: List<InstalledApp>,
    ) {
        val plan: TunnelPlan get() = TunnelPlan.of(settings.mtu, network)

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

    private val input: Flow<Input> =
        combine(inputs.settings, inputs.network, inputs.apps, ::Input).distinctUntilChanged()

    /** Protects until cancelled, or until Android or the engine refuses; [protection] says which it was. */
    suspend fun run() {
        protection.value = Protection.Starting
        val first = input.first()
        val tunnel = tunnels.establish(first.plan)
        if (tunnel == null) {
            protection.value = Protection.ConsentNeeded
            return
        }
        val engine =
            try {
                Engine.start(host, tunnel.detachFd(), first.config)
            } catch (e: IllegalArgumentException) {
                return swallow(first.plan, e)
            } catch (e: IllegalStateException) {
                return swallow(first.plan, e)
            }
        try {
            val since = clock()
            history.protectionBegan(since)
            protection.value = Protection.On(since, noticeOf(first.network))
            coroutineScope { relay(engine, first, since) }
        } finally {
            withContext(NonCancellable) { tell(engine.stop()) }
        }
        // The engine has ended by itself. It is closed now, and with it its tunnel: hold another one.
        swallow(first.plan, IllegalStateException("the engine has stopped"))
    }

    private suspend fun relay(
        engine: Engine,
        first: Input,
        since: Long,
    ) = coroutineScope {
        val following = launch { follow(engine, first, since) }
        val telling = launch { inputs.triggers.collect(engine::tell) }
        engine.events.collect { tell(it) }
        following.cancelAndJoin()
        telling.cancelAndJoin()
    }

    /** Brings every change of settings, network and apps to the engine. */
    private suspend fun follow(
        engine: Engine,
        first: Input,
        since: Long,
    ) {
        var current = first
        input.collect { next ->
            if (next.plan != current.plan) {
                // The new tunnel is there before the old one goes: no packet passes in between.
                tunnels.establish(next.plan)?.let { engine.replaceTunnel(it.detachFd()) }
            }
            val refusal = runCatching { engine.configure(next.config) }.exceptionOrNull()
            val notice = refusal?.let { Notice.SettingsRefused(it.message.orEmpty()) } ?: noticeOf(next.network)
            protection.value = Protection.On(since, notice)
            current = next
        }
    }

    private suspend fun tell(events: List<Event>) {
        history.add(events)
        onEvents(events)
    }

    /** Holds a tunnel that nobody reads: what enters it goes nowhere. */
    private suspend fun swallow(
        plan: TunnelPlan,
        why: Exception,
    ) {
        val tunnel = tunnels.establish(plan)
        protection.value = Protection.Swallowing(why.message.orEmpty())
        try {
            awaitCancellation()
        } finally {
            tunnel?.close()
        }
    }

    private fun noticeOf(network: NetworkState): Notice? =
        when {
            network.isCaptive -> Notice.CaptivePortal
            network.strictPrivateDns != null -> Notice.StrictPrivateDns(network.strictPrivateDns)
            else -> null
        }
}
