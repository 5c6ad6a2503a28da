package app.gasket.ui

import app.gasket.bridge.IdentifierKind
import app.gasket.history.Stopped
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import java.time.ZoneId
import java.time.ZonedDateTime

class PictureTest {
    private fun at(
        text: String,
        zone: String = "Europe/Berlin",
    ): ZonedDateTime = ZonedDateTime.parse("$text[$zone]")

    private fun stopped(vararg quarters: Pair<ZonedDateTime, Int>) =
        Stopped(quarters.associate { (time, count) -> time.toInstant().toEpochMilli() to count }, emptyMap())

    @Test
    fun `hours and days add up to what was stopped`() {
        val now = at("2026-11-27T14:20:00+01:00")
        val told =
            stopped(
                at("2026-11-27T00:00:00+01:00") to 1,
                at("2026-11-27T14:00:00+01:00") to 2,
                at("2026-11-27T14:45:00+01:00") to 3,
                at("2026-11-26T23:45:00+01:00") to 4,
                at("2026-11-21T00:00:00+01:00") to 5,
            )
        val picture = checkNotNull(Picture.of(told, now))
        assertEquals(24, picture.today.size)
        assertEquals(mapOf(0 to 1, 14 to 5), picture.today.associate { it.start.hour to it.count }.filterValues { it > 0 })
        assertEquals(listOf(5, 0, 0, 0, 0, 4, 6), picture.week.map { it.count })
        assertEquals(at("2026-11-21T00:00:00+01:00").toInstant().toEpochMilli(), Picture.startOfWeek(now))
    }

    @Test
    fun `a day has as many hours as the clock says, also where it is half an hour off`() {
        assertEquals(23, Picture.of(stopped(at("2026-03-29T12:00:00+02:00") to 1), at("2026-03-29T13:00:00+02:00"))?.today?.size)
        val twice = stopped(at("2026-10-25T02:00:00+02:00") to 1, at("2026-10-25T02:00:00+01:00") to 2)
        val long = checkNotNull(Picture.of(twice, at("2026-10-25T13:00:00+01:00"))).today
        assertEquals(25, long.size)
        assertEquals("the hour that came twice", listOf(1, 2), long.filter { it.start.hour == 2 }.map { it.count })
        val kolkata = "Asia/Kolkata"
        val half = stopped(at("2026-11-27T09:45:00+05:30", kolkata) to 1, at("2026-11-27T10:00:00+05:30", kolkata) to 2)
        val hours = checkNotNull(Picture.of(half, at("2026-11-27T12:00:00+05:30", kolkata))).today
        assertEquals(mapOf(9 to 1, 10 to 2), hours.associate { it.start.hour to it.count }.filterValues { it > 0 })
        assertEquals(ZoneId.of(kolkata), hours.first().start.zone)
    }

    @Test
    fun `kinds come with the most frequent first, and without anything there is no picture`() {
        val kinds = mapOf(IdentifierKind.MAC to 1, IdentifierKind.IMEI to 3, IdentifierKind.ICCID to 3)
        val now = at("2026-11-27T14:20:00+01:00")
        val picture = Picture.of(stopped(now to 1).copy(kinds = kinds), now)
        assertEquals(listOf(IdentifierKind.IMEI to 3, IdentifierKind.ICCID to 3, IdentifierKind.MAC to 1), picture?.kinds)
        assertNull(Picture.of(stopped(), now))
    }
}
