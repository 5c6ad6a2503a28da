package app.gasket.rules

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json

/** Who a user id is. */
@Serializable
data class Uid(
    val packages: List<String>,
    /** Whether it came with the phone. */
    val system: Boolean,
)

/** What the surroundings demand of the engine, besides the user's settings. */
data class Surroundings(
    val network: Network,
    /** Addresses inside the tunnel at which Gasket answers DNS. */
    val resolvers: List<String>,
    /** The network's own DNS servers, with port. */
    val upstreams: List<String>,
    /** Installed apps by user id. */
    val uids: Map<Int, Uid>,
) {
    companion object {
        /** Where there is no network and no app. */
        val NOWHERE = Surroundings(Network.OTHER, emptyList(), emptyList(), emptyMap())
    }
}

/** The engine's config document, version 1. Only what differs from the engine's defaults is named. */
@Serializable
data class EngineConfig(
    val version: Int,
    val mtu: Int,
    @SerialName("resolver_addresses") val resolverAddresses: List<String>,
    @SerialName("dns_upstreams") val dnsUpstreams: List<String>,
    val ipv6: Boolean = true,
    val apps: Map<String, AppMode>,
    val uids: Map<String, Uid>,
    @SerialName("own_rules") val ownRules: Map<String, OwnAction> = emptyMap(),
    @SerialName("rule_files") val ruleFiles: Map<String, String> = emptyMap(),
    val families: Map<String, RuleChoice> = emptyMap(),
    val rules: Map<String, RuleChoice> = emptyMap(),
    val beacons: BeaconSearch = BeaconSearch.OFF,
    @SerialName("known_identifiers") val knownIdentifiers: OwnIdentifiers? = null,
) {
    fun toJson(): String = Json.encodeToString(serializer(), this)

    companion object {
        private const val VERSION = 1

        /** For a capture: nobody knows which app sent what, so what was chosen for apps does not count. */
        fun ofCapture(settings: Settings): EngineConfig = of(settings.copy(apps = emptyMap()), Surroundings.NOWHERE)

        /** The one place where settings become what the engine does. */
        fun of(
            settings: Settings,
            surroundings: Surroundings,
        ): EngineConfig =
            EngineConfig(
                version = VERSION,
                mtu = settings.mtu,
                resolverAddresses = surroundings.resolvers,
                dnsUpstreams = settings.dnsServers.map(DnsServers::withPort).ifEmpty { surroundings.upstreams },
                ipv6 = settings.ipv6,
                apps =
                    settings.apps
                        .mapValues { (_, choice) -> choice.on(surroundings.network) }
                        .filter { (name, mode) -> name != OWN_PACKAGE && mode != AppMode.GUARD }
                        .toSortedMap(),
                uids = surroundings.uids.mapKeys { (uid, _) -> uid.toString() },
                ownRules = settings.rules.own.filterValues { it != OwnAction.OFF },
                ruleFiles = settings.rules.files,
                families = settings.rules.families,
                rules = settings.rules.rules,
                beacons = settings.beacons,
                knownIdentifiers = settings.identifiers,
            )
    }
}
