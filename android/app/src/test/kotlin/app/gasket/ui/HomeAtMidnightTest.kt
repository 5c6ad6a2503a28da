package app.gasket.ui

import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.history.History
import app.gasket.history.HistoryDatabase
import app.gasket.history.Tally
import app.gasket.vpn.CanaryOutcome
import app.gasket.vpn.CanaryResult
import app.gasket.vpn.CanaryState
import app.gasket.vpn.Protection
import app.gasket.vpn.SettingsStore
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.StandardTestDispatcher
import kotlinx.coroutines.test.advanceTimeBy
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.Assert.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File
import java.time.ZonedDateTime
import java.time.temporal.ChronoUnit
import kotlin.time.Duration.Companion.minutes

/** Whoever leaves Home open over night finds the new day there. */
@OptIn(ExperimentalCoroutinesApi::class)
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36], manifest = Config.NONE)
class HomeAtMidnightTest {
    @get:Rule
    val folder = TemporaryFolder()

    @Test
    fun `a new day begins with nothing stopped, and the old one is yesterday`() =
        runTest {
            val evening = ZonedDateTime.parse("2026-11-27T23:58:00+01:00[Europe/Berlin]")
            val history = History(HistoryDatabase(RuntimeEnvironment.getApplication()), StandardTestDispatcher(testScheduler))
            val presenter =
                HomePresenter(
                    backgroundScope,
                    SettingsStore(File(folder.root, "settings.json")),
                    history,
                    HomePresenter.System(
                        flowOf(Protection.On(0)),
                        flowOf(null),
                        flowOf(false),
                        flowOf(true),
                        flowOf(false),
                        flowOf(CanaryState()),
                    ),
                    MutableStateFlow(NONE),
                    now = { evening.plus(testScheduler.currentTime, ChronoUnit.MILLIS) },
                )
            val event = Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()
            history.add(listOf(event.copy(timeMs = evening.minusMinutes(1).toInstant().toEpochMilli())))
            backgroundScope.launch { presenter.states.collect {} }
            runCurrent()
            assertEquals(Tally(blocked = 1, warned = 0), presenter.states.value?.today)
            assertEquals(List(24) { if (it == 23) 1 else 0 }, presenter.today())
            assertEquals(listOf(0, 0, 0, 0, 0, 0, 1), presenter.week())

            advanceTimeBy(3.minutes)
            runCurrent()
            assertEquals(Tally(blocked = 0, warned = 0), presenter.states.value?.today)
            assertEquals(List(24) { 0 }, presenter.today())
            assertEquals(listOf(0, 0, 0, 0, 0, 1, 0), presenter.week())
            history.close()
        }

    @Test
    fun `what a test of the path said is told while there is protection, and no longer`() =
        runTest {
            val protection = MutableStateFlow<Protection>(Protection.On(0))
            val canary = MutableStateFlow(CanaryState(latest = CanaryResult(1, CanaryOutcome.NeverCame)))
            val history = History(HistoryDatabase(RuntimeEnvironment.getApplication()), StandardTestDispatcher(testScheduler))
            var wishes = 0
            val presenter =
                HomePresenter(
                    backgroundScope,
                    SettingsStore(File(folder.root, "settings.json")),
                    history,
                    HomePresenter.System(protection, flowOf(null), flowOf(false), flowOf(true), flowOf(false), canary),
                    MutableStateFlow(NONE),
                    test = { wishes++ },
                )
            backgroundScope.launch { presenter.states.collect {} }
            runCurrent()
            assertEquals(canary.value, presenter.states.value?.canary)
            presenter.test()
            assertEquals(1, wishes)
            for (other in listOf(Protection.Paused(1), Protection.Swallowing("damaged"), Protection.Off())) {
                protection.value = other
                runCurrent()
                assertEquals("$other", other to null, presenter.states.value?.run { this.protection to this.canary })
            }
            history.close()
        }

    private fun HomePresenter.today() =
        states.value
            ?.picture
            ?.today
            ?.map { it.count }

    private fun HomePresenter.week() =
        states.value
            ?.picture
            ?.week
            ?.map { it.count }
}
