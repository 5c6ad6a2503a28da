package app.gasket.ui

import android.app.Application
import android.content.res.Configuration
import android.provider.Settings
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.time.LocalDateTime
import java.time.ZoneId
import java.util.Locale
import java.util.TimeZone

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 36], application = Application::class)
class MomentTest {
    private val app = RuntimeEnvironment.getApplication()
    private val zone = TimeZone.getDefault()

    @Before
    fun live() = TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kolkata"))

    @After
    fun moveBack() = TimeZone.setDefault(zone)

    private fun text(
        time: LocalDateTime,
        language: String,
    ): String {
        val configuration = Configuration(app.resources.configuration).apply { setLocale(Locale.forLanguageTag(language)) }
        val timeMs = time.atZone(ZoneId.systemDefault()).toInstant().toEpochMilli()
        return momentText(app.createConfigurationContext(configuration), timeMs).replace('\u202f', ' ')
    }

    @Test
    fun `the date is written as the language of the app does, whatever the phone's`() {
        use24Hours(true)
        val time = LocalDateTime.of(2019, 3, 5, 14, 7)
        assertEquals("Mar 5, 2019, 14:07", text(time, "en"))
        assertEquals("5. März 2019, 14:07", text(time, "de"))
        assertTrue(text(time, "zh-CN"), text(time, "zh-CN").startsWith("2019年3月5日"))
        assertTrue(text(time, "ar"), "مارس" in text(time, "ar"))
    }

    @Test
    fun `of today it is the time, in the hours that the user set`() {
        val time = LocalDateTime.now(ZoneId.systemDefault()).withHour(14).withMinute(7)
        use24Hours(true)
        assertEquals("14:07", text(time, "en"))
        use24Hours(false)
        assertEquals("2:07 PM", text(time, "en"))
        assertTrue(text(time, "ar"), "PM" !in text(time, "ar"))
    }

    @Test
    fun `who moves to another zone reads its time`() {
        use24Hours(true)
        val time = LocalDateTime.of(2019, 3, 5, 14, 7)
        val timeMs = time.atZone(ZoneId.systemDefault()).toInstant().toEpochMilli()
        assertTrue(momentText(app, timeMs).endsWith("14:07"))
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"))
        assertTrue(momentText(app, timeMs), momentText(app, timeMs).endsWith("8:37"))
    }

    private fun use24Hours(isWanted: Boolean) {
        Settings.System.putString(app.contentResolver, Settings.System.TIME_12_24, if (isWanted) "24" else "12")
    }
}
