package app.gasket.vpn

import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

class RestartLimitTest {
    private val limit = RestartLimit(most = 2, windowMs = 1_000)

    @Test
    fun `so many and no more within the window`() {
        assertTrue(limit.allows(0))
        assertTrue(limit.allows(500))
        assertFalse(limit.allows(1_000))
        assertTrue("the first is long ago", limit.allows(1_001))
        assertFalse(limit.allows(1_002))
    }

    @Test
    fun `a clock that was set back does not forbid for ever`() {
        assertTrue(limit.allows(5_000_000))
        assertTrue(limit.allows(5_000_001))
        assertTrue(limit.allows(10))
    }
}
