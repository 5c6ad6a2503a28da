package app.gasket.ui

import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isSelectable
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.performClick
import app.gasket.GasketApp
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.bridge.RuleBook
import app.gasket.phone.ShadowLibrary
import app.gasket.phone.installSystemApp
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import kotlin.system.measureNanoTime

/**
 * What the main thread has to do when a window opens and while a list scrolls; prints what it measures
 * (docs/PERFORMANCE.md). Only where `GASKET_TEST_FULL=1` is set; nothing is judged by time.
 */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], shadows = [ShadowLibrary::class])
class CostTest {
    @get:Rule
    val compose = createEmptyComposeRule()

    private val app = RuntimeEnvironment.getApplication() as GasketApp

    @Before
    fun begin() {
        assumeTrue("GASKET_TEST_FULL=1", System.getenv("GASKET_TEST_FULL") == "1")
        app.skipIntroduction()
        RuleBook.read()
        for (number in 1..APPS) installSystemApp(app, "com.example.app$number", 10_000 + number)
        val model = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
        val now = System.currentTimeMillis()
        runBlocking { app.history.add(List(LINES) { model.copy(timeMs = now - it * 60_000L) }) }
    }

    @Test
    fun `a list that scrolls`() {
        val window = Robolectric.buildActivity(MainActivity::class.java).setup()
        for ((screen, sign) in SIGNS) {
            go(screen, sign)
            // The first times are those of a virtual machine that does not know the code yet.
            repeat(2) { scroll(-FLING) }
            val frames = scroll(FLING)
            println(
                "MEASURED a frame of $screen: median %.1f ms, 99 %% %.1f ms, worst %.1f ms".format(
                    frames.part(50),
                    frames.part(99),
                    frames.last(),
                ),
            )
            assertTrue("$screen has so much", frames.size > 50)
        }
        window.pause().stop().destroy()
    }

    @Test
    fun `a screen that is gone to`() {
        val window = Robolectric.buildActivity(MainActivity::class.java).setup()
        for ((screen, sign) in SIGNS + ("Settings" to "Always-on")) {
            val times =
                List(SWITCHES) {
                    go("Home", "zzhc.vnet.cn")
                    val there = measureNanoTime { go(screen, sign) }
                    // What the test itself takes to touch and to look.
                    there - measureNanoTime { go(screen, sign) }
                }
            val sorted = times.drop(1).map { it / 1e6 }.sorted()
            println("MEASURED first content of $screen: %.0f ms at first, then median %.0f ms".format(times.first() / 1e6, sorted.part(50)))
        }
        window.pause().stop().destroy()
    }

    /** Goes to a screen and waits until it shows something of its own. */
    private fun go(
        screen: String,
        sign: String,
    ) {
        compose.onNode(isSelectable() and (hasText(screen) or hasContentDescription(screen))).performClick()
        compose.waitUntil(PATIENCE_MS) { compose.onAllNodesWithText(sign, substring = true).fetchSemanticsNodes().isNotEmpty() }
    }

    private fun List<Double>.part(percent: Int) = this[(size - 1) * percent / 100]

    /** Frame by frame to the end, or so many; how long each took, in milliseconds, the shortest first. */
    private fun scroll(pixels: Float): List<Double> {
        compose.mainClock.autoAdvance = false
        val times = mutableListOf<Double>()
        while (times.size < FRAMES) {
            val list = compose.onNode(LIST).fetchSemanticsNode()
            val range = list.config[SemanticsProperties.VerticalScrollAxisRange]
            val isAtEnd = if (pixels > 0) range.value() >= range.maxValue() else range.value() <= 0f
            if (isAtEnd) break
            val nanoseconds =
                measureNanoTime {
                    compose.runOnUiThread { list.config[SemanticsActions.ScrollBy].action?.invoke(0f, pixels) }
                    compose.mainClock.advanceTimeByFrame()
                }
            times += nanoseconds / 1e6
        }
        compose.mainClock.autoAdvance = true
        compose.waitForIdle()
        return times.sorted()
    }

    @Test
    fun `a window that opens`() {
        // Once for the virtual machine.
        repeat(TIMES) {
            val before = allocated()
            val nanoseconds =
                measureNanoTime {
                    val window = Robolectric.buildActivity(MainActivity::class.java).setup()
                    compose.waitForIdle()
                    window.pause().stop().destroy()
                }
            val bytes = allocated() - before
            println("MEASURED a window, opening $it: %.0f ms, %,d bytes".format(nanoseconds / 1e6, bytes))
        }
    }

    /** In bytes, by this thread since it began. Android has no such count, the machine under the tests has. */
    private fun allocated(): Long {
        val threads = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean").invoke(null)
        return Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes").invoke(threads) as Long
    }

    private companion object {
        /** What a screen shows once it has content. */
        val SIGNS = mapOf("History" to "zzhc.vnet.cn", "Apps" to "com.example.app1", "Rules" to "Adups")
        const val APPS = 400
        const val LINES = 2_000
        const val FRAMES = 300
        const val TIMES = 5
        const val SWITCHES = 20

        /** In one frame, in pixels: some lines. */
        const val FLING = 150f
        const val PATIENCE_MS = 30_000L
        val LIST = hasScrollToNodeAction() and SemanticsMatcher.keyIsDefined(SemanticsProperties.VerticalScrollAxisRange)
    }
}
