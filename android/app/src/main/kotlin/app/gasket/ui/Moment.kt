package app.gasket.ui

import android.content.Context
import android.icu.text.DateFormat
import android.icu.util.TimeZone
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.util.Date
import java.util.Locale
import android.text.format.DateFormat as SystemDateFormat

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
            day == today -> ""
            day.year == today.year -> "MMMd"
            else -> "yMMMd"
        }
    // The hours as the user set them for the whole phone, whatever the language has.
    val time = if (SystemDateFormat.is24HourFormat(context)) "Hm" else "hm"
    return Moments.text(timeMs, date + time, context.resources.configuration.locales[0], zone)
}

/** Making a format costs far more than using it, and every line of the history has a time. */
private object Moments {
    private data class Kind(
        val skeleton: String,
        val locale: Locale,
        val zone: ZoneId,
    )

    /** Three ways of writing for two languages in turn. */
    private const val MOST = 6
    private val formats = HashMap<Kind, DateFormat>()

    /** One at a time: a format is not made for several threads. */
    @Synchronized
    fun text(
        timeMs: Long,
        skeleton: String,
        locale: Locale,
        zone: ZoneId,
    ): String {
        val kind = Kind(skeleton, locale, zone)
        if (kind !in formats && formats.size >= MOST) formats.clear()
        return formats.getOrPut(kind) { made(kind) }.format(Date(timeMs))
    }

    private fun made(kind: Kind): DateFormat =
        DateFormat.getInstanceForSkeleton(kind.skeleton, kind.locale).apply { timeZone = TimeZone.getTimeZone(kind.zone.id) }
}
