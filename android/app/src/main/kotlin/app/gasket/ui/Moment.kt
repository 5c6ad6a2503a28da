package app.gasket.ui

import android.content.Context
import android.text.format.DateUtils
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId

internal const val WEEK_MS = 7 * 24 * 60 * 60 * 1000L

/** A time as people read it here: the time of day today, else with the date. */
internal fun momentText(
    context: Context,
    timeMs: Long,
): String {
    val zone = ZoneId.systemDefault()
    val day = Instant.ofEpochMilli(timeMs).atZone(zone).toLocalDate()
    val today = LocalDate.now(zone)
    val date =
        when {
            day == today -> 0
            day.year == today.year -> DateUtils.FORMAT_SHOW_DATE or DateUtils.FORMAT_ABBREV_MONTH or DateUtils.FORMAT_NO_YEAR
            else -> DateUtils.FORMAT_SHOW_DATE or DateUtils.FORMAT_ABBREV_MONTH or DateUtils.FORMAT_SHOW_YEAR
        }
    return DateUtils.formatDateTime(context, timeMs, DateUtils.FORMAT_SHOW_TIME or date)
}
