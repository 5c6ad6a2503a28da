package app.gasket.ui

import app.gasket.bridge.Decision
import app.gasket.bridge.Engine
import app.gasket.bridge.Event
import app.gasket.bridge.EventTest
import app.gasket.bridge.Network
import app.gasket.bridge.Owner
import app.gasket.bridge.Reason
import app.gasket.bridge.Subject
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36])
class ReceiptTest {
    private val resources = RuntimeEnvironment.getApplication().resources
    private val blocked = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()

    private fun outcome(change: Event) = Receipt.of(change, resources).outcome

    @Test
    fun `the founding case reads in plain words`() {
        val receipt = Receipt.of(blocked, resources)
        assertEquals("Blocked: com.qualcomm.qti.autoregistration", receipt.title)
        assertEquals(
            listOf(
                "com.qualcomm.qti.autoregistration wanted to reach zzhc.vnet.cn.",
                "It tried to send the phone's IMEI and the SIM card's number, readable by anyone on the way.",
                "Known pattern: China Telecom handset self-registration (ZZHC).",
                "3 seconds after the phone was unlocked",
                "Blocked. Nothing left the phone.",
            ),
            receipt.text.lines(),
        )
    }

    @Test
    fun `apps go by their names where those are known`() {
        val labels = mapOf("com.example.chat" to "Messenger")
        val said = { owner: Owner -> Receipt.of(blocked.copy(app = owner), resources, labels).title }
        assertEquals("Blocked: Messenger", said(Owner(10_124, listOf("com.example.chat"))))
        assertEquals("Blocked: One of: Messenger, com.example.mail", said(Owner(10_124, listOf("com.example.chat", "com.example.mail"))))
    }

    @Test
    fun `what became of it is the first thing said`() {
        val title = { verdict: Decision -> Receipt.of(blocked.copy(verdict = verdict), resources).title.substringBefore("com.") }
        assertEquals(listOf("Blocked: ", "Reported: ", ""), listOf(Decision.BLOCK, Decision.WARN, Decision.ALLOW).map(title))
    }

    @Test
    fun `bytes are counted exactly, and rounded where they are many`() {
        val counts = listOf(0L, 1, 999, 16_384, 999_999, 1_000_000, 1_250_000, 9_000_000_000, Long.MAX_VALUE)
        val told = counts.map { byteCount(it, resources) }
        val expected =
            listOf("0 bytes", "1 byte", "999 bytes", "16,384 bytes", "999,999 bytes", "1 MB", "1.2 MB", "9 GB", "9,223,372,036.9 GB")
        assertEquals(expected, told)
    }

    @Test
    fun `whose network it is and where it is registered is said where known`() {
        val first = { country: String?, network: Network? ->
            Receipt.of(blocked.copy(destination = blocked.destination.copy(country = country, network = network)), resources).lines.first()
        }
        val wish = "com.qualcomm.qti.autoregistration wanted to reach zzhc.vnet.cn"
        assertEquals("$wish (Example Net, China).", first("CN", Network(64_500, "Example Net")))
        assertEquals("$wish (China).", first("CN", Network(64_500, null)))
        assertEquals("a country of no name is told by its code", "$wish (XZ).", first("XZ", null))
        assertEquals("$wish.", first(null, null))
    }

    @Test
    fun `a beacon is told with its counts`() {
        val told = { evidence: String ->
            val support = """{"telling": "uploads", "flows": 12}"""
            val counted = Json.parseToJsonElement("""{"evidence": $evidence, "support": $support}""").jsonObject
            val beacon = blocked.copy(subject = Subject.BEACON, reason = Reason.LOOKS_LIKE_BEACON, findings = emptyList(), beacon = counted)
            Receipt.of(beacon, resources).lines[1]
        }
        val why = "When it speaks looks like a beacon. It is only reported."
        val unlock = """"trigger": "unlock", "within_s": 5, "hits": 9, "of": 10, "other_hits": 0, "others": 590"""
        val telling = "Most times it sent more than it got."
        assertEquals(
            "$why 9 of 10 times it connected no later than 5 seconds after the phone was unlocked; in 0 of 590 other stretches as long. $telling",
            told("""{"event": {$unlock}}"""),
        )
        val daily = """"period_s": 86400, "jitter_s": 5400, "seen": 8, "of": 8, "again": 6, "again_of": 6"""
        assertEquals(
            "$why 8 of 8 times it connected again after 24 h, give or take 1 h 30 min. $telling",
            told("""{"period": {$daily}}"""),
        )
        assertEquals("of a kind not known here", why, told("""{"moon": {"phase": 3}}"""))
    }

    @Test
    fun `nothing left is said only when nothing did`() {
        assertEquals("Blocked. Nothing left the phone.", outcome(blocked))
        val lookedUp = blocked.copy(destination = blocked.destination.copy(address = "203.0.113.9"))
        assertEquals("Blocked. Nothing of it left the phone; only the name was looked up.", outcome(lookedUp))
        assertEquals("Blocked. A connection was opened, but nothing of it was sent.", outcome(blocked.copy(dialled = true)))
        assertEquals(
            "Blocked. Nothing of it was sent; 300 bytes had left over the same connection before.",
            outcome(blocked.copy(dialled = true, flowBytesLeft = 300)),
        )
        assertEquals(
            "Cut off, but too late for all of it: 1 byte had left the phone.",
            outcome(blocked.copy(dialled = true, bytesLeft = 1, flowBytesLeft = 1)),
        )
        for (verdict in listOf(Decision.WARN, Decision.ALLOW)) {
            assertEquals(
                "Not blocked, only reported: 671 bytes left the phone.",
                outcome(blocked.copy(verdict = verdict, dialled = true, bytesLeft = 671, flowBytesLeft = 671)),
            )
        }
    }

    @Test
    fun `an unsure finding is not told as a fact`() {
        val unsure = blocked.copy(findings = blocked.findings.map { it.copy(confidence = 40) })
        assertFalse("tried to send" in Receipt.of(unsure, resources).text)
    }

    @Test
    fun `a blocked question and an unknown sender are named as such`() {
        val receipt = Receipt.of(blocked.copy(subject = Subject.DNS_QUESTION, app = null, findings = emptyList()), resources)
        assertEquals("An unknown app asked where zzhc.vnet.cn is.", receipt.lines.first())
    }

    @Test
    fun `who sent is said as exactly as Android does, and not more`() {
        val sent = { owner: Owner? -> Receipt.of(blocked.copy(app = owner), resources).title }
        assertEquals("Blocked: One of: com.vendor.agent, com.vendor.twin", sent(Owner(1000, listOf("com.vendor.agent", "com.vendor.twin"))))
        assertEquals("Blocked: A part of Android (user ID 1051)", sent(Owner(1051, emptyList())))
        assertEquals("Blocked: An app without a name (user ID 10200)", sent(Owner(10_200, emptyList())))
        assertEquals("of a work profile", "Blocked: An app without a name (user ID 1010200)", sent(Owner(1_010_200, emptyList())))
        assertEquals("Blocked: An unknown app", sent(null))
    }

    @Test
    fun `the facts say where, what, why and what left`() {
        val facts = Facts.of(blocked, resources).associate { it.label to it.lines }
        assertEquals(listOf("com.qualcomm.qti.autoregistration", "User ID 10123", "Came with the phone"), facts["Sender"])
        val place =
            listOf("zzhc.vnet.cn · the name in the request", "198.18.0.1:80 · TCP", "An address Gasket gave out itself: nobody is there.")
        assertEquals(place, facts["Where to"])
        assertEquals(listOf("POST /"), facts["Request"])
        assertEquals(
            listOf(
                "35••••••••••••2 · the phone's IMEI · base64 → json:IMEI1 · 95% sure",
                "89•••••••••••••••••1 · the SIM card's number · base64 → json:SIM1ICCID · 95% sure",
            ),
            facts["What was readable in it (masked)"],
        )
        assertEquals("1b210107-04cb-49db-ba05-8aef7ecc53e4", facts["Rule"]?.last())
        assertEquals(
            listOf("No connection was opened.", "Of this: 0 bytes", "Of the whole connection: 0 bytes"),
            facts["What left the phone"],
        )
        val shared = sharedText("14:05", Receipt.of(blocked, resources), Facts.of(blocked, resources))
        assertTrue(shared, "Blocked. Nothing left the phone." in shared.lines())
        assertFalse("nothing but masked values", Regex("[0-9]{14,}") in shared)
    }

    @Test
    fun `what an event does not say is not made up`() {
        val bare = Engine.decode("[${EventTest.BARE}]".encodeToByteArray()).single()
        val labels = Facts.of(bare, resources).map { it.label }
        assertEquals(listOf("Sender", "Where to", "How readable", "What left the phone"), labels)
    }

    @Test
    fun `how readable it was follows from what was looked at`() {
        val readable = { event: Event ->
            Facts
                .of(event, resources)
                .single { it.label == "How readable" }
                .lines
                .single()
        }
        assertEquals("Not encrypted, only packed (base64): anyone on the way can unpack and read it.", readable(blocked))
        assertEquals("Not encrypted: anyone on the way can read it.", readable(blocked.copy(findings = emptyList())))
        val plain = blocked.copy(findings = blocked.findings.map { it.copy(path = "query:imei") })
        assertEquals("Not encrypted: anyone on the way can read it.", readable(plain))
        assertTrue("Encrypted." in readable(blocked.copy(subject = Subject.HELLO)))
        assertTrue("not encrypted" in readable(blocked.copy(subject = Subject.DNS_QUESTION)))
        assertTrue("Nothing of it was read" in readable(blocked.copy(subject = Subject.FLOW)))
    }

    @Test
    fun `of a line that cannot be read nothing is claimed`() {
        val event = blocked.copy(subject = Subject.UNREADABLE)
        val receipt = Receipt.of(event, resources)
        assertTrue(receipt.text, "cannot be read" in receipt.text && "is not known" in receipt.outcome)
        assertFalse(receipt.text, event.destination.address in receipt.text)
        assertEquals(emptyList<Fact>(), Facts.of(event, resources))
    }
}
