package app.gasket.ui

import android.content.res.Resources
import app.gasket.R
import app.gasket.bridge.Trigger
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.intOrNull

private const val MINUTE_S = 60
private const val HOUR_S = 60 * MINUTE_S

/** What else speaks for an app that tells rather than fetches. */
private val TELLING =
    mapOf("uploads" to R.string.beacon_uploads, "unnamed" to R.string.beacon_unnamed, "storms" to R.string.beacon_storms)

/**
 * That it looks like a beacon; what was counted of it, so that a person can check it, and what else speaks for it, as far as
 * what was [told] is known here.
 */
internal fun beaconText(
    told: JsonObject?,
    resources: Resources,
): String {
    val evidence = told?.part("evidence")
    val counted = evidence?.part("event")?.let { afterEvent(it, resources) } ?: evidence?.part("period")?.let { period(it, resources) }
    val telling = TELLING[told?.part("support")?.word("telling")].takeIf { counted != null }
    return listOfNotNull(resources.getString(R.string.reason_beacon), counted, telling?.let(resources::getString)).joinToString(" ")
}

/** Of so many times at which something happened to the phone, at how many a connection began soon after, and how many did otherwise. */
private fun afterEvent(
    event: JsonObject,
    resources: Resources,
): String? {
    val after = event.word("trigger")?.let(::occasion)
    val numbers = event.numbers("hits", "of", "other_hits", "others", "within_s")
    if (after == null || numbers == null) return null
    val (hits, of, otherHits) = numbers
    val (others, within) = numbers.takeLast(2)
    return resources.getString(R.string.beacon_event, hits, of, secondsAfter(after, within, resources), otherHits, others)
}

/** Beacons are told apart by two kinds more than what happened before a connection. */
private fun occasion(name: String): Int? =
    when (name) {
        "first_unlock" -> R.string.when_first_unlock
        "own_update" -> R.string.when_own_update
        else -> Trigger.entries.firstOrNull { Trigger.serializer().descriptor.getElementName(it.ordinal) == name }?.let(::wordOf)
    }

/** Of so many times between one contact and the next, how many were as long, give or take how much. */
private fun period(
    period: JsonObject,
    resources: Resources,
): String? {
    val numbers = period.numbers("seen", "of", "period_s", "jitter_s") ?: return null
    val (seen, of) = numbers
    val (time, jitter) = numbers.takeLast(2)
    return resources.getString(R.string.beacon_period, seen, of, span(time, resources), span(jitter, resources))
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

private fun JsonObject.part(name: String): JsonObject? = get(name) as? JsonObject

private fun JsonObject.word(name: String): String? = (get(name) as? JsonPrimitive)?.contentOrNull

/** Null unless all of them are there. */
private fun JsonObject.numbers(vararg names: String): List<Int>? =
    names.mapNotNull { (get(it) as? JsonPrimitive)?.intOrNull }.takeIf { it.size == names.size }
