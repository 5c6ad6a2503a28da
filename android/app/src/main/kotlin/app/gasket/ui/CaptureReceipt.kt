package app.gasket.ui

import android.content.res.Resources
import app.gasket.R
import app.gasket.bridge.Decision
import app.gasket.bridge.Event
import app.gasket.bridge.Subject

/** The receipt of what was recorded without Gasket: it has left, whatever is thought of it, and nobody knows who sent it. */
internal fun receiptOfCapture(
    event: Event,
    isNameless: Boolean,
    resources: Resources,
): Receipt {
    val live = Receipt.of(event, resources)
    val place = event.destination.name ?: event.destination.address
    val where = whereabouts(event.destination, resources.configuration.locales[0])?.let { "$place ($it)" } ?: place
    val reach = if (event.subject == Subject.DNS_QUESTION) R.string.capture_asked else R.string.capture_went
    val nameless = resources.getString(R.string.capture_nameless).takeIf { isNameless }
    val outcome =
        when (event.verdict) {
            Decision.BLOCK -> R.string.capture_would_block
            Decision.WARN -> R.string.capture_would_report
            Decision.ALLOW -> R.string.capture_would_pass
        }
    return Receipt(
        title = place,
        lines = listOf(resources.getString(reach, where)) + live.lines.drop(1) + listOfNotNull(nameless),
        outcome = resources.getString(outcome, byteCount(event.bytesLeft, resources)),
    )
}

/** What Gasket would have done, in one or two words. */
internal fun captureWordOf(event: Event): Int =
    when (event.verdict) {
        Decision.BLOCK -> R.string.capture_verdict_block
        Decision.WARN -> R.string.capture_verdict_report
        Decision.ALLOW -> R.string.verdict_noted
    }
