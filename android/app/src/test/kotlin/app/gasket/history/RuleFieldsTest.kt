package app.gasket.history

import app.gasket.bridge.BoundsHit
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.NameSource
import app.gasket.bridge.Subject
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonPrimitive
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Test

/** What a line knows, has forgotten, and never had are three different things. */
class RuleFieldsTest {
    private val registration = event(EventTest.BLOCKED)
    private val bare = event(EventTest.BARE)

    private fun event(text: String): Event = Engine.decode("[$text]".encodeToByteArray()).single()

    private fun Event.forgotten() = ruleFields().filterValues { it == JsonNull }.keys

    @Test
    fun `a request has what its line says, and not what was in it`() {
        val fields = registration.ruleFields()
        val known =
            mapOf(
                "app.uid" to JsonPrimitive(10_123),
                "app.system" to JsonPrimitive(true),
                "app.package" to JsonPrimitive("com.qualcomm.qti.autoregistration"),
                "trigger" to JsonPrimitive("unlock"),
                "trigger.age_s" to JsonPrimitive(3L),
                "dst.ip" to JsonPrimitive("198.18.0.1"),
                "dst.port" to JsonPrimitive(80),
                "proto" to JsonPrimitive("tcp"),
                "http.host" to JsonPrimitive("zzhc.vnet.cn"),
                "http.method" to JsonPrimitive("POST"),
                "http.path" to JsonPrimitive("/"),
                "cleartext" to JsonPrimitive(true),
                "pii.types" to JsonPrimitive("imei,iccid"),
                "pii.encodings" to JsonPrimitive("base64 → json:IMEI1,base64 → json:SIM1ICCID"),
            )
        assertEquals(known, fields.filterValues { it != JsonNull })
        val forgotten = setOf("dns.query", "body.decoded", "http.query", "http.content_type", "http.user_agent", "http.body")
        assertEquals(forgotten, registration.forgotten())
    }

    @Test
    fun `a hello without a name has none, and a name of the hello hides the one looked up`() {
        assertEquals(setOf("tls.ech"), bare.forgotten())
        assertFalse("tls.sni" in bare.ruleFields())
        assertEquals(JsonPrimitive("unknown"), bare.ruleFields()["trigger"])
        val named = bare.copy(destination = bare.destination.copy(name = "a.example", nameSource = NameSource.TLS))
        assertEquals(JsonPrimitive("a.example"), named.ruleFields()["tls.sni"])
        assertEquals(setOf("dns.query", "tls.ech"), named.forgotten())
    }

    @Test
    fun `a question has its name, and not where its server is`() {
        val destination = bare.destination.copy(name = "a.example", nameSource = NameSource.DNS)
        val question = bare.copy(subject = Subject.DNS_QUESTION, destination = destination)
        assertEquals(JsonPrimitive("a.example"), question.ruleFields()["dns.query"])
        assertEquals(setOf("dst.country", "dst.asn"), question.forgotten())
        assertFalse("cleartext" in question.ruleFields())
    }

    @Test
    fun `a path that was masked or cut is forgotten`() {
        for (path in listOf("/v2/••••••••", "/" + "a".repeat(255), "/\uFFFD")) {
            val masked = registration.copy(request = registration.request?.copy(path = path))
            assertEquals(path, JsonNull, masked.ruleFields()["http.path"])
        }
        assertEquals(JsonNull, registration.copy(boundsHit = BoundsHit(findings = 1)).ruleFields()["pii.types"])
    }
}
