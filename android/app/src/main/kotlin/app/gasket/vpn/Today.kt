package app.gasket.vpn

import app.gasket.history.History
import app.gasket.history.Tally
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flow
import java.time.LocalDate
import java.time.ZoneId

/** When the day began, in milliseconds since 1970. */
internal fun startOfToday(zone: ZoneId = ZoneId.systemDefault()): Long =
    LocalDate
        .now(zone)
        .atStartOfDay(zone)
        .toInstant()
        .toEpochMilli()

/** What was stopped and reported since then; null where the history cannot be read, on which protection does not depend. */
internal suspend fun History.tallyOrNull(sinceMs: Long): Tally? = runCatching { tally(sinceMs) }.getOrNull()

/** When each day began, from today on; it also follows a clock or a time zone that is set anew. */
internal fun days(): Flow<Long> =
    flow {
        while (true) {
            emit(startOfToday())
            delay(LOOK_MS)
        }
    }.distinctUntilChanged()

/** How late a new day may be noticed; no alarm, so a phone that sleeps is not woken. */
private const val LOOK_MS = 60_000L
