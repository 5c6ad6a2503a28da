package app.gasket.ui

import android.content.res.Resources
import android.icu.text.MeasureFormat
import android.icu.text.NumberFormat
import android.icu.util.Measure
import android.icu.util.MeasureUnit
import app.gasket.R
import app.gasket.bridge.AskOutcome
import app.gasket.bridge.Asked
import app.gasket.bridge.Decision
import app.gasket.bridge.DeviceEvent
import app.gasket.bridge.Event
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.Reason
import app.gasket.bridge.Subject
import app.gasket.history.kindsFound

/** An event in words that need no training: what was observed, and not a word more. */
data class Receipt(
    val title: String,
    val lines: List<String>,
    /** What became of it. Follows the byte counts and nothing else. */
    val outcome: String,
) {
    val text: String get() = (lines + outcome).joinToString("\n")

    companion object {
        /** Apps go by their [labels], by package, where those are known. */
        fun of(
            event: Event,
            resources: Resources,
            labels: Map<String, String> = emptyMap(),
        ): Receipt = Writer(event, resources, labels).write()

        /** What was found: masked, what it is, how it was wrapped, how sure that is. */
        internal fun evidence(
            event: Event,
            resources: Resources,
        ): List<String> = Writer(event, resources, emptyMap()).evidence()

        /** Whether nobody is at the address: Gasket gave it out itself (RFC 2544, RFC 5180). */
        internal fun isDecoy(address: String): Boolean =
            address.startsWith("198.18.") || address.startsWith("198.19.") || address.startsWith("2001:2:") ||
                address.startsWith("2001:2::")
    }

    private class Writer(
        private val event: Event,
        private val resources: Resources,
        labels: Map<String, String>,
    ) {
        private val app = ownerName(event.app, resources, labels)
        private val locale = resources.configuration.locales[0]
        private val place = event.destination.name ?: event.destination.address
        private val isBlocked = event.verdict == Decision.BLOCK

        fun write(): Receipt {
            if (event.subject == Subject.UNREADABLE) return unreadable()
            val title =
                when {
                    event.verdict == Decision.ALLOW -> null
                    event.verdict == Decision.WARN -> R.string.alert_reported
                    event.bytesLeft > 0 -> R.string.alert_cut_off
                    else -> R.string.alert_blocked
                }
            return Receipt(
                title = title?.let { resources.getString(it, app) } ?: app,
                lines = listOfNotNull(reach(), payload(), why(), event.deviceEvent?.let(::moment)),
                // Chinese has no spaces between sentences.
                outcome = listOfNotNull(answerTo(event.asked, resources), outcome()).joinToString(if (locale.language == "zh") "" else " "),
            )
        }

        private fun unreadable() =
            Receipt(
                title = resources.getString(R.string.line_unreadable),
                lines = listOf(resources.getString(R.string.line_unreadable)),
                outcome = resources.getString(R.string.line_unreadable_outcome),
            )

        fun evidence(): List<String> =
            event.findings.map {
                val sureness = resources.getString(R.string.fact_confidence, it.confidence)
                listOf(
                    apart(it.masked, resources),
                    resources.getString(wordOf(it.kind)),
                    apart(it.path, resources),
                    sureness,
                ).joinToString(" · ")
            }

        private fun reach(): String {
            val text = if (event.subject == Subject.DNS_QUESTION) R.string.asked_where else R.string.wanted_to_reach
            val where = whereabouts(event.destination, locale)?.let { "$place ($it)" } ?: place
            return resources.getString(text, app, where)
        }

        private fun payload(): String? {
            val kinds = event.kindsFound
            if (kinds.isEmpty()) return null
            val stayed = isBlocked && event.bytesLeft == 0L
            val text = if (stayed) R.string.tried_to_send else R.string.did_send
            return resources.getString(text, listing(kinds.map { resources.getString(wordOf(it)) }, resources))
        }

        private fun why(): String? =
            when (event.reason) {
                Reason.RULE_MATCHED -> resources.getString(R.string.known_pattern, event.rules.joinToString("; ") { it.title })
                Reason.APP_BLOCKED -> resources.getString(R.string.reason_app_blocked)
                Reason.OWNER_UNKNOWN -> resources.getString(R.string.reason_owner_unknown)
                Reason.NAME_BLOCKED -> resources.getString(R.string.reason_name_blocked)
                Reason.OWN_RULE -> resources.getString(R.string.reason_own_rule)
                Reason.IDENTIFIERS_FOUND -> resources.getString(R.string.reason_identifiers)
                Reason.FRAMING_AMBIGUOUS -> resources.getString(R.string.reason_framing)
                Reason.UNSUPPORTED -> resources.getString(R.string.reason_unsupported)
                Reason.LOOKS_LIKE_BEACON -> beaconText(event.beacon, resources)
                Reason.ORDINARY, Reason.APP_TRUSTED -> null
            }

        private fun moment(before: DeviceEvent): String {
            val seconds = before.ageSeconds.coerceAtMost(Int.MAX_VALUE.toLong()).toInt()
            return secondsAfter(wordOf(before.kind), seconds, resources)
        }

        private fun outcome(): String {
            val earlier = event.flowBytesLeft - event.bytesLeft
            return when {
                !isBlocked && event.bytesLeft > 0 -> resources.getString(R.string.outcome_reported, byteCount(event.bytesLeft, resources))
                !isBlocked -> resources.getString(R.string.outcome_let_through)
                event.bytesLeft > 0 -> resources.getString(R.string.outcome_too_late, byteCount(event.bytesLeft, resources))
                earlier > 0 -> resources.getString(R.string.outcome_earlier, byteCount(earlier, resources))
                event.dialled -> resources.getString(R.string.outcome_only_connection)
                wasLookedUp() -> resources.getString(R.string.outcome_nothing_of_it_left)
                else -> resources.getString(R.string.outcome_nothing_left)
            }
        }

        /** Whether the question where the name is was answered outside. */
        private fun wasLookedUp(): Boolean =
            event.subject != Subject.DNS_QUESTION && event.destination.name != null && !isDecoy(event.destination.address)

        private fun wordOf(kind: IdentifierKind): Int =
            when (kind) {
                IdentifierKind.IMEI -> R.string.kind_imei
                IdentifierKind.MEID -> R.string.kind_meid
                IdentifierKind.IMSI -> R.string.kind_imsi
                IdentifierKind.ICCID -> R.string.kind_iccid
                IdentifierKind.MAC -> R.string.kind_mac
                IdentifierKind.CELL -> R.string.kind_cell
                IdentifierKind.DEVICE_ID -> R.string.kind_device_id
                IdentifierKind.SERIAL -> R.string.kind_serial
                IdentifierKind.ADVERTISING_ID -> R.string.kind_advertising_id
                IdentifierKind.PHONE -> R.string.kind_phone
                IdentifierKind.EMAIL -> R.string.kind_email
                IdentifierKind.LOCATION -> R.string.kind_location
                IdentifierKind.SSID -> R.string.kind_ssid
                IdentifierKind.APP_LIST -> R.string.kind_app_list
                IdentifierKind.STABLE_ID -> R.string.kind_stable_id
            }
    }
}

/** What became of the question to the user; null where there was none, or it is open. */
private fun answerTo(
    asked: Asked?,
    resources: Resources,
): String? =
    when (asked?.outcome) {
        null, AskOutcome.WAITING -> null
        AskOutcome.ALLOWED -> resources.getString(R.string.ask_outcome_allowed)
        AskOutcome.BLOCKED -> resources.getString(R.string.ask_outcome_blocked)
        AskOutcome.UNANSWERED -> resources.getString(R.string.ask_outcome_unanswered, asked.seconds)
        AskOutcome.AS_BEFORE -> resources.getString(R.string.ask_outcome_as_before)
        AskOutcome.ENDED -> resources.getString(R.string.ask_outcome_ended)
        AskOutcome.NOT_ASKED -> resources.getString(R.string.ask_outcome_not_asked)
    }

internal fun listing(
    words: List<String>,
    resources: Resources,
): String =
    if (words.size == 1) {
        words.single()
    } else {
        resources.getString(R.string.and_more, words.dropLast(1).joinToString(resources.getString(R.string.comma)), words.last())
    }

/** A number of bytes, in words: exactly, from a million on rounded to tenths of a unit. */
internal fun byteCount(
    count: Long,
    resources: Resources,
): String {
    val locale = resources.configuration.locales[0]
    val (unit, size) =
        when {
            count >= GIGABYTE -> MeasureUnit.GIGABYTE to GIGABYTE
            count >= MEGABYTE -> MeasureUnit.MEGABYTE to MEGABYTE
            else -> null to 1L
        }
    if (unit == null) return resources.getQuantityString(R.plurals.bytes, count.toInt(), NumberFormat.getInstance(locale).format(count))
    val tenths = NumberFormat.getInstance(locale).apply { maximumFractionDigits = 1 }
    return MeasureFormat
        .getInstance(locale, MeasureFormat.FormatWidth.SHORT, tenths)
        .format(Measure(count.toDouble() / size, unit))
}

private const val MEGABYTE = 1_000_000L
private const val GIGABYTE = 1_000_000_000L
