package app.gasket.rules

import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test

@OptIn(ExperimentalCoroutinesApi::class)
class TimedAllowTest {
    private val start = Now(wallMs = 1_000_000_000, sinceBootMs = 50_000, boot = 7)
    private val allow = TimedAllow(start)

    private fun later(
        ms: Long,
        clockSetBy: Long = 0,
    ) = start.copy(wallMs = start.wallMs + ms + clockSetBy, sinceBootMs = start.sinceBootMs + ms)

    @Test
    fun `it is over after an hour`() {
        assertEquals(HOUR, allow.leftMs(start))
        assertEquals(1, allow.leftMs(later(HOUR - 1)))
        assertEquals(0, allow.leftMs(later(HOUR)))
        assertEquals(0, allow.leftMs(later(30 * HOUR)))
    }

    @Test
    fun `a clock that is set changes nothing about it`() {
        for (set in listOf(-100 * HOUR, -HOUR / 2, 1L, 100 * HOUR)) {
            assertEquals(HOUR / 2, allow.leftMs(later(HOUR / 2, set)))
            assertEquals(0, allow.leftMs(later(HOUR, set)))
            assertEquals("shown by the clock as it is set", later(HOUR, set).wallMs, allow.endMs(later(HOUR / 2, set)))
        }
    }

    @Test
    fun `it outlives a restart of the phone, by the clock, which cannot lead before its beginning`() {
        val again = { wallMs: Long -> Now(wallMs, sinceBootMs = 5, boot = 8) }
        assertEquals(HOUR / 4, allow.leftMs(again(start.wallMs + HOUR * 3 / 4)))
        assertEquals(0, allow.leftMs(again(start.wallMs + HOUR)))
        assertEquals(0, allow.leftMs(again(start.wallMs - 1)))
    }

    @Test
    fun `nothing is stopped meanwhile, and then all is as before`() {
        val blocked = AppChoice(AppMode.BLOCK, setOf(Network.WIFI))
        val before = Settings().with("com.example.chat", blocked)
        val settings = before.allowing(listOf("com.example.chat", "com.example.other"), start)
        assertEquals(settings, Settings.fromJson(settings.toJson()))
        assertEquals(settings, settings.inForce(later(HOUR - 1)))
        for (network in Network.entries) assertEquals(AppMode.WATCH, settings.choiceFor("com.example.chat").on(network))
        assertEquals(before, settings.inForce(later(HOUR)))
        assertEquals("ended at once", before, settings.endingAllow(settings.apps.keys))
        assertEquals("no stricter than before", AppMode.TRUST, AppChoice(AppMode.TRUST, allowed = allow).on(Network.WIFI))
    }

    @Test
    fun `the next end is that of whoever began first`() {
        val settings = Settings().allowing(listOf("a"), start).allowing(listOf("b"), later(1_000))
        assertEquals(HOUR - 2_000, settings.nextEndMs(later(2_000)))
        assertEquals(1_000L, settings.nextEndMs(later(HOUR)))
        assertNull(settings.nextEndMs(later(2 * HOUR)))
        assertNull(Settings().nextEndMs(start))
    }

    @Test
    fun `whoever follows the settings is told of each end`() =
        runTest {
            val settings = Settings().allowing(listOf("a"), start).allowing(listOf("b"), later(1_000))
            val followed = MutableStateFlow(settings).inForce { later(1_000 + currentTime) }
            val told = followed.map { currentTime to it.apps.keys }.take(3).toList()
            assertEquals(listOf(0L to setOf("a", "b"), HOUR - 1_000 to setOf("b"), HOUR to emptySet()), told)
        }

    private companion object {
        const val HOUR = TimedAllow.LENGTH_MS
    }
}
