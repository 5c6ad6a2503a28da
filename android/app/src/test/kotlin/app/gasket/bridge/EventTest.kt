package app.gasket.bridge

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

/** The engine's events arrive whole. */
class EventTest {
    @Test
    fun `a blocked registration is read with all it says`() {
        val (event) = Engine.decode("[$BLOCKED]".encodeToByteArray())
        assertEquals(Decision.BLOCK, event.verdict)
        assertEquals(Reason.RULE_MATCHED, event.reason)
        assertEquals(listOf("com.qualcomm.qti.autoregistration"), event.app?.packages)
        assertEquals("zzhc.vnet.cn", event.destination.name)
        assertEquals(RequestLine("POST", "/"), event.request)
        assertEquals(listOf(IdentifierKind.IMEI, IdentifierKind.ICCID), event.findings.map { it.kind })
        assertEquals(DeviceEvent(Trigger.UNLOCK, 3), event.deviceEvent)
        assertEquals(0, event.bytesLeft)
        assertEquals(BoundsHit(), event.boundsHit)
    }

    @Test
    fun `a rule's family is told, and before that was so its title stands for it`() {
        val (old) = Engine.decode("[$BLOCKED]".encodeToByteArray())
        assertEquals("China Telecom handset self-registration (ZZHC)", old.family)
        val (new) = Engine.decode("[${BLOCKED.replace("(ZZHC)\"", "(ZZHC)\",\"family\":\"China Telecom\"")}]".encodeToByteArray())
        assertEquals("China Telecom", new.family)
        assertEquals(null, new.copy(rules = emptyList()).family)
    }

    @Test
    fun `bounds that were hit are told`() {
        val hit = BLOCKED.replace("\"dialled\"", "\"bounds_hit\":{\"depth\":1,\"findings\":7},\"dialled\"")
        val (event) = Engine.decode("[$hit]".encodeToByteArray())
        assertEquals(BoundsHit(depth = 1, findings = 7), event.boundsHit)
    }

    @Test
    fun `what is not there is null`() {
        val (event) = Engine.decode("[$BARE]".encodeToByteArray())
        assertEquals(null, event.app)
        assertEquals(null, event.request)
        assertEquals(null, event.deviceEvent)
        assertEquals(Subject.HELLO, event.subject)
    }

    @Test
    fun `an empty batch is no event`() = assertEquals(emptyList<Event>(), Engine.decode("[]".encodeToByteArray()))

    @Test
    fun `half a batch is refused`() {
        assertThrows(IllegalArgumentException::class.java) { Engine.decode("[$BARE".encodeToByteArray()) }
    }

    companion object {
        const val BLOCKED =
            """{"schema":1,"time_ms":1795490680903,"flow":2,"subject":"request",
            "app":{"uid":10123,"packages":["com.qualcomm.qti.autoregistration"],"system":true},
            "destination":{"address":"198.18.0.1","port":80,"protocol":"tcp","name":"zzhc.vnet.cn","name_source":"http","country":null},
            "request":{"method":"POST","path":"/"},"verdict":"block","reason":"rule_matched",
            "rules":[{"id":"1b210107-04cb-49db-ba05-8aef7ecc53e4","title":"China Telecom handset self-registration (ZZHC)"}],
            "findings":[{"kind":"imei","masked":"35••••••••••••2","path":"base64 → json:IMEI1","confidence":95},
            {"kind":"iccid","masked":"89•••••••••••••••••1","path":"base64 → json:SIM1ICCID","confidence":95}],
            "dialled":false,"bytes_left":0,"flow_bytes_left":0,"device_event":{"kind":"unlock","age_s":3}}"""

        const val BARE =
            """{"schema":1,"time_ms":1795490680000,"flow":9,"subject":"hello","app":null,
            "destination":{"address":"203.0.113.7","port":443,"protocol":"tcp","name":null,"name_source":null,"country":null},
            "request":null,"verdict":"warn","reason":"rule_matched","rules":[],"findings":[],
            "dialled":true,"bytes_left":517,"flow_bytes_left":517,"device_event":null}"""
    }
}
