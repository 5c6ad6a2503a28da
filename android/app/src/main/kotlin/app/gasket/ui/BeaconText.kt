package app.gasket.ui

import android.content.res.Resources
import app.gasket.R
import app.gasket.bridge.Beacon
import kotlinx.serialization.json.JsonObject

private const val MINUTE_S = 60
private const val HOUR_S = 60 * MINUTE_S

/** That it looks like a beacon; what was [told] of it, and what else speaks for it, as far as that is known here. */
internal fun beaconText(
    told: JsonObject?,
    resources: Resources,
): String {
    val beacon = told?.let(Beacon::of)
    val counted = beacon?.let { counted(it.evidence, resources) }
    val telling = beacon?.support?.telling?.takeIf { counted != null }
    return listOfNotNull(
        resources.getString(R.string.reason_beacon),
        counted,
        telling?.let { resources.getString(wordOf(it)) },
    ).joinToString(" ")
}

private fun counted(
    evidence: Beacon.Evidence,
    resources: Resources,
): String? {
    val (event, period) = evidence
    return when {
        event != null -> {
            val age = resources.getQuantityString(R.plurals.seconds, event.withinSeconds, event.withinSeconds)
            val after = resources.getString(wordOf(event.trigger), age)
            resources.getString(R.string.beacon_event, event.hits, event.of, after, event.otherHits, event.others)
        }

        period != null -> {
            val (time, jitter) = listOf(period.seconds, period.jitterSeconds).map { span(it, resources) }
            resources.getString(R.string.beacon_period, period.seen, period.of, time, jitter)
        }

        else -> {
            null
        }
    }
}

/** Hours and minutes. */
private fun span(
    seconds: Int,
    resources: Resources,
): String {
    val (hours, minutes) = seconds / HOUR_S to seconds % HOUR_S / MINUTE_S
    val parts =
        listOfNotNull(
            resources.getString(R.string.span_hours, hours).takeIf { hours > 0 },
            resources.getString(R.string.span_minutes, minutes).takeIf { minutes > 0 || hours == 0 },
        )
    return parts.joinToString(" ")
}

private fun wordOf(telling: Beacon.Telling): Int =
    when (telling) {
        Beacon.Telling.UPLOADS -> R.string.beacon_uploads
        Beacon.Telling.UNNAMED -> R.string.beacon_unnamed
        Beacon.Telling.STORMS -> R.string.beacon_storms
    }

private fun wordOf(occasion: Beacon.Occasion): Int =
    when (occasion) {
        Beacon.Occasion.BOOT -> R.string.when_boot
        Beacon.Occasion.FIRST_UNLOCK -> R.string.when_first_unlock
        Beacon.Occasion.UNLOCK -> R.string.when_unlock
        Beacon.Occasion.SCREEN_ON -> R.string.when_screen_on
        Beacon.Occasion.SCREEN_OFF -> R.string.when_screen_off
        Beacon.Occasion.SIM_CHANGE -> R.string.when_sim_change
        Beacon.Occasion.SERVICE_CHANGE -> R.string.when_service_change
        Beacon.Occasion.CONNECTIVITY -> R.string.when_connectivity
        Beacon.Occasion.CHARGING -> R.string.when_charging
        Beacon.Occasion.PACKAGE_CHANGE -> R.string.when_package_change
        Beacon.Occasion.OWN_UPDATE -> R.string.when_own_update
        Beacon.Occasion.TIME_ZONE -> R.string.when_time_zone
        Beacon.Occasion.AIRPLANE -> R.string.when_airplane
    }
