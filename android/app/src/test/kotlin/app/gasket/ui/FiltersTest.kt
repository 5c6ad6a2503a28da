package app.gasket.ui

import app.gasket.bridge.Decision
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.Network
import app.gasket.history.Facets
import app.gasket.history.Search
import app.gasket.history.Word
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import java.time.LocalDate
import java.time.ZoneId

class FiltersTest {
    private val berlin = ZoneId.of("Europe/Berlin")
    private val facets =
        Facets(
            senders = listOf("com.example.chat", "com.example.maps"),
            kinds = listOf(IdentifierKind.IMEI, IdentifierKind.ICCID),
            countries = listOf("CN", "FI"),
            networks = listOf(Network(64_500, null)),
            days = listOf(LocalDate.of(2026, 3, 29)),
        )

    private object Plain : Names {
        override fun sender(sender: String) = if (sender == "com.example.chat") "Messenger" else sender

        override fun country(code: String) = if (code == "FI") "Finland" else "China"

        override fun kind(kind: IdentifierKind) = if (kind == IdentifierKind.ICCID) "SIM card number" else kind.name

        override fun verdict(verdict: Decision) = verdict.name

        override fun network(network: Network) = "network ${network.asn}"

        override fun day(day: LocalDate) = "$day"
    }

    private fun search(filters: Filters) = filters.toSearch(facets, Plain, berlin)

    @Test
    fun `words stand for what things are called`() {
        val words = search(Filters(text = " messenger  fin ")).words
        assertEquals(listOf(Word("messenger", senders = setOf("com.example.chat")), Word("fin", countries = setOf("FI"))), words)
        assertEquals(listOf(Word("sim", kinds = setOf(IdentifierKind.ICCID))), search(Filters(text = "sim")).words)
        assertEquals(Search(), search(Filters(text = "  ")))
    }

    @Test
    fun `a day is as long as it is here`() {
        val span = search(Filters(day = LocalDate.of(2026, 3, 29).toEpochDay())).span
        assertEquals("the clocks went forward", 23 * 3_600_000L, span.last + 1 - span.first)
        assertEquals(1_774_738_800_000, span.first)
    }

    @Test
    fun `what is chosen is said, kept, and can be taken back`() {
        val all =
            Filters("x", Decision.BLOCK, "com.example.chat", IdentifierKind.IMEI, "CN", Network(64_500, null), facets.days[0].toEpochDay())
        assertEquals(
            listOf("BLOCK", "Messenger", "IMEI", "China", "network 64500", "2026-03-29"),
            Facet.entries.map { all.labels(Plain)[it] },
        )
        assertEquals(all, Filters.of(all.toJson()))
        assertEquals(Filters("x"), Facet.entries.fold(all, Filters::without))
        assertEquals("what cannot be read looks for nothing", Filters(), Filters.of("{"))
        assertFalse(Filters("x").isEmpty)
        assertTrue(Filters(" ").isEmpty)
    }

    @Test
    fun `choices go on from what is chosen, in the order of their names`() {
        val choices = Filters(verdict = Decision.WARN).choices(Facet.COUNTRY, facets, Plain)
        assertEquals(listOf("China", "Finland"), choices.map { it.label })
        assertEquals(Filters(verdict = Decision.WARN, country = "FI"), choices.last().filters)
        assertEquals(listOf("com.example.maps", "Messenger"), Filters().choices(Facet.SENDER, facets, Plain).map { it.label })
    }
}
