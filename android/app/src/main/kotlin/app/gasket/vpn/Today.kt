package app.gasket.vpn

import java.time.LocalDate
import java.time.ZoneId

/** When the day began, in milliseconds since 1970. */
internal fun startOfToday(zone: ZoneId = ZoneId.systemDefault()): Long =
    LocalDate
        .now(zone)
        .atStartOfDay(zone)
        .toInstant()
        .toEpochMilli()
