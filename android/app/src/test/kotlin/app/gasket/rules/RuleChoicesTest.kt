package app.gasket.rules

import org.junit.Assert.assertEquals
import org.junit.Test

class RuleChoicesTest {
    private val none = RuleChoices()

    @Test
    fun `a rule goes with its family until it is chosen itself`() {
        val family = none.withFamily("Example", setOf("1", "2"), RuleChoice.OFF)
        assertEquals(RuleChoice.OFF, family.choiceFor("1", "Example"))
        assertEquals(RuleChoice.ON, family.choiceFor("9", "Other"))
        val one = family.with("1", "Example", RuleChoice.ON)
        assertEquals(RuleChoice.ON, one.choiceFor("1", "Example"))
        assertEquals(RuleChoice.OFF, one.choiceFor("2", "Example"))
        assertEquals("what the family says is no choice of its own", family, one.with("1", "Example", RuleChoice.OFF))
    }

    @Test
    fun `a family is chosen as a whole, and nothing is left of a choice that is no choice`() {
        val chosen = none.with("1", "Example", RuleChoice.WARN).with("9", "Other", RuleChoice.OFF)
        val whole = chosen.withFamily("Example", setOf("1", "2"), RuleChoice.BLOCK)
        assertEquals(RuleChoice.BLOCK, whole.choiceFor("1", "Example"))
        assertEquals(RuleChoice.OFF, whole.choiceFor("9", "Other"))
        assertEquals(none.with("9", "Other", RuleChoice.OFF), whole.withFamily("Example", setOf("1", "2"), RuleChoice.ON))
    }

    @Test
    fun `what was chosen survives the process, and settings of before it are read`() {
        val choices =
            RuleChoices(own = mapOf("a.example" to OwnAction.WARN), files = mapOf("a.yml" to "title: \"x\""))
                .with("1", "Example", RuleChoice.BLOCK)
        val settings = Settings(rules = choices)
        assertEquals(settings, Settings.fromJson(settings.toJson()))
        assertEquals(none, Settings.fromJson("""{"version":1,"isWanted":true}""").rules)
    }
}
