package app.gasket.ui

import app.gasket.rules.DnsServers
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/** Whether servers of the user's own are being typed in, and why they were refused. */
data class DnsDraft(
    val isOpen: Boolean = false,
    val refusal: DnsServers.Refusal? = null,
)

/** Takes where names are asked for. */
class DnsPresenter(
    private val store: SettingsStore,
) {
    private val current = MutableStateFlow(DnsDraft())
    val draft: StateFlow<DnsDraft> = current.asStateFlow()

    /** The user wants to type servers in; until [take] nothing changes. */
    fun begin() {
        current.value = DnsDraft(isOpen = true)
    }

    /** Those of the network are asked. */
    fun followNetwork() {
        store.change { it.copy(dnsServers = emptyList()) }
        current.value = DnsDraft()
    }

    /** Takes what was typed, or says what is wrong with it. Nothing typed is the network's. */
    fun take(typed: String) {
        try {
            val servers = DnsServers.parse(typed)
            store.change { it.copy(dnsServers = servers) }
            current.value = DnsDraft()
        } catch (e: DnsServers.Refusal) {
            current.value = DnsDraft(isOpen = true, refusal = e)
        }
    }

    fun cancel() {
        current.value = DnsDraft()
    }
}
