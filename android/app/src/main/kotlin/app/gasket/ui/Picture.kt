package app.gasket.ui

import app.gasket.bridge.IdentifierKind
import app.gasket.history.Stopped
import java.time.Instant
import java.time.LocalDate
import java.time.ZonedDateTime
import java.time.temporal.ChronoUnit

/** What was stopped, as a picture: by hour today, by day this week, and by what would have been told. */
data class Picture(
    /** One for each hour of today: 23 or 25 where the clocks change. */
    val today: List<Bar>,
    /** The last seven days, today the last. */
    val week: List<Bar>,
    /** Of the week, the most frequent first. */
    val kinds: List<Pair<IdentifierKind, Int>>,
) {
    /** How many in a stretch of time that begins at [start]. */
    data class Bar(
        val start: ZonedDateTime,
        val count: Int,
    )

    companion object {
        private const val DAYS = 7L

        /** Null where there is nothing to draw. */
        fun of(
            stopped: Stopped,
            now: ZonedDateTime,
        ): Picture? {
            if (stopped.quarters.values.sum() == 0) return null
            val days = DAYS - 1 downTo 0L
            val dates = days.map { now.toLocalDate().minusDays(it) }
            return Picture(
                today = hours(now).map { Bar(it, stopped.between(it, it.plusHours(1))) },
                week = dates.map { Bar(startOf(it, now), stopped.between(it, it.plusDays(1), now)) },
                kinds = stopped.kinds.toList().sortedWith(compareBy({ -it.second }, { it.first })),
            )
        }

        /** In milliseconds since 1970. */
        fun startOfDay(now: ZonedDateTime): Long = startOf(now.toLocalDate(), now).toInstant().toEpochMilli()

        /** Of the first of the seven days, in milliseconds since 1970. */
        fun startOfWeek(now: ZonedDateTime): Long = startOf(now.toLocalDate().minusDays(DAYS - 1), now).toInstant().toEpochMilli()

        private fun startOf(
            date: LocalDate,
            now: ZonedDateTime,
        ): ZonedDateTime = date.atStartOfDay(now.zone)

        private fun hours(now: ZonedDateTime): List<ZonedDateTime> {
            val start = startOf(now.toLocalDate(), now)
            val end = startOf(now.toLocalDate().plusDays(1), now)
            return List(ChronoUnit.HOURS.between(start, end).toInt()) { start.plusHours(it.toLong()) }
        }

        private fun Stopped.between(
            from: LocalDate,
            to: LocalDate,
            now: ZonedDateTime,
        ) = between(startOf(from, now), startOf(to, now))

        private fun Stopped.between(
            from: ZonedDateTime,
            to: ZonedDateTime,
        ): Int =
            quarters
                .filterKeys {
                    val quarter = Instant.ofEpochMilli(it)
                    quarter >= from.toInstant() && quarter < to.toInstant()
                }.values
                .sum()
    }
}
