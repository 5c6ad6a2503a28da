package app.gasket.history

import app.gasket.bridge.Basis
import app.gasket.bridge.Event
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.NameSource
import app.gasket.bridge.Protocol
import app.gasket.bridge.Subject
import app.gasket.bridge.Trigger
import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonObjectBuilder
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put

/**
 * A line of the history as the fields that rules ask for (rust/core/src/rules/field.rs). What it no longer says is
 * null; what was not there is left out.
 */
internal fun Event.ruleFields(): JsonObject =
    buildJsonObject {
        sender(this@ruleFields)
        destination(this@ruleFields)
        if (subject == Subject.REQUEST) request(this@ruleFields)
        if (subject == Subject.HELLO) {
            put("cleartext", false)
            forgotten("tls.ech")
        }
        identifiers(this@ruleFields)
    }

private fun JsonObjectBuilder.sender(event: Event) {
    event.app?.let { app ->
        put("app.uid", app.uid)
        put("app.system", app.system)
        if (app.packages.isNotEmpty()) put("app.package", app.packages.joinToString(","))
    }
    put("trigger", event.deviceEvent?.let { word(Trigger.serializer(), it.kind) } ?: "unknown")
    event.deviceEvent?.let { put("trigger.age_s", it.ageSeconds) }
}

private fun JsonObjectBuilder.destination(event: Event) {
    val destination = event.destination
    put("dst.ip", destination.address)
    put("dst.port", destination.port)
    put("proto", word(Protocol.serializer(), destination.protocol))
    if (event.subject == Subject.DNS_QUESTION) {
        forgotten("dst.country", "dst.asn")
    } else {
        destination.country?.let { put("dst.country", it) }
        destination.network?.let { put("dst.asn", it.asn) }
    }
    val name = destination.name ?: return
    val field =
        when (destination.nameSource) {
            NameSource.TLS -> "tls.sni"
            NameSource.QUIC -> "quic.sni"
            NameSource.HTTP -> "http.host"
            NameSource.COAP -> "coap.host"
            NameSource.DNS, null -> "dns.query"
        }
    put(field, name)
    // Only one name is kept, and what the payload says comes first.
    if (field != "dns.query") forgotten("dns.query")
}

private fun JsonObjectBuilder.request(event: Event) {
    put("cleartext", true)
    forgotten("body.decoded")
    val isDatagram = event.destination.protocol == Protocol.UDP
    val request = event.request
    when {
        isDatagram -> {
            forgotten("coap.query")
            path("coap.path", request?.path)
        }

        request == null -> {
            forgotten("http.body")
        }

        else -> {
            put("http.method", request.method)
            path("http.path", request.path)
            forgotten("http.query", "http.content_type", "http.user_agent", "http.body")
            // An address in its place is not kept.
            if (event.destination.nameSource != NameSource.HTTP) forgotten("http.host")
        }
    }
}

private fun JsonObjectBuilder.path(
    field: String,
    path: String?,
) {
    val isWhole = path != null && path.length < PATH_MAX && path.none { it in CHANGED }
    if (isWhole) put(field, path) else forgotten(field)
}

private fun JsonObjectBuilder.identifiers(event: Event) {
    if (event.boundsHit.findings > 0) return forgotten("pii.types", "pii.encodings")
    val told = event.findings.filter { it.confidence >= SURE && it.basis != Basis.LEARNED }
    if (told.isEmpty()) return
    put("pii.types", told.map { it.kind }.distinct().joinToString(",") { word(IdentifierKind.serializer(), it) })
    put("pii.encodings", told.joinToString(",") { it.path })
}

private fun JsonObjectBuilder.forgotten(vararg fields: String) = fields.forEach { put(it, JsonNull) }

private fun <T> word(
    serializer: KSerializer<T>,
    value: T,
): String = Json.encodeToJsonElement(serializer, value).jsonPrimitive.content

/** Longest path that the engine tells; a longer one is cut. */
private const val PATH_MAX = 256

/** What stands in a path for what was masked, or could not be shown. */
private const val CHANGED = "•\uFFFD"
