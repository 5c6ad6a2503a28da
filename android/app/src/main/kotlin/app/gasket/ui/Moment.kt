package app.gasket.ui

import android.content.Context
import android.text.format.DateUtils

/** A time as people read it here: the time of day today, else with the date. */
internal fun momentText(
    context: Context,
    timeMs: Long,
): String {
    val date = if (DateUtils.isToday(timeMs)) 0 else DateUtils.FORMAT_SHOW_DATE or DateUtils.FORMAT_ABBREV_MONTH
    return DateUtils.formatDateTime(context, timeMs, DateUtils.FORMAT_SHOW_TIME or date)
}
