package app.gasket

import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.job
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.robolectric.TestLifecycleApplication
import java.lang.reflect.Method

/**
 * Robolectric takes this for the app, by its name. What the app does for all who look ends with the test: a receiver that was taken
 * back later, on another thread, would no longer be known to the next test's Android, and fail whichever test runs then.
 */
class TestGasketApp :
    GasketApp(),
    TestLifecycleApplication {
    override fun beforeTest(method: Method) = Unit

    override fun prepareTest(test: Any) = Unit

    override fun afterTest(method: Method) = runBlocking { withTimeout(PATIENCE_MS) { shared.coroutineContext.job.cancelAndJoin() } }

    private companion object {
        const val PATIENCE_MS = 20_000L
    }
}
