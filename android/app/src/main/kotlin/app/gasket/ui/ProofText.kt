package app.gasket.ui

import android.content.Context
import app.gasket.R
import app.gasket.history.Agreement
import app.gasket.history.Break
import app.gasket.history.ChainReport
import app.gasket.history.HistoryItem
import app.gasket.history.Removal

/** A place where the history is not as it was written, in words. */
internal data class PlaceText(
    val what: String,
    /** Null where nothing is known of it. */
    val where: String?,
)

/** What a check came to, in words. */
internal class ProofText(
    private val context: Context,
    /** What apps are called, by package. */
    private val labels: Map<String, String>,
) {
    private val resources = context.resources

    /** What there is to say of the whole. */
    fun summary(report: ChainReport): List<String> =
        listOfNotNull(
            outcome(report),
            report.removal?.let(::removal),
            report.begunAnewMs?.let { resources.getString(R.string.proof_begun_anew, moment(it)) },
            report.linkedLaterMs?.let { resources.getString(R.string.proof_linked_later, moment(it)) },
        )

    private fun outcome(report: ChainReport): String {
        val since = report.sinceMs
        return when {
            !report.isIntact -> resources.getQuantityString(R.plurals.proof_broken, report.places, report.places)
            since == null -> resources.getString(R.string.proof_empty)
            else -> report.lines.count().let { resources.getQuantityString(R.plurals.proof_intact, it, it, moment(since)) }
        }
    }

    private fun removal(removal: Removal): String {
        val text =
            when (removal.why) {
                Removal.Why.AGE -> R.string.proof_removed_age
                Removal.Why.SIZE -> R.string.proof_removed_size
                Removal.Why.CLEARED -> R.string.proof_removed_cleared
            }
        return resources.getString(text, moment(removal.atMs))
    }

    fun place(found: Break): PlaceText = PlaceText(what(found), found.atMs?.let(::moment) ?: where(found))

    private fun what(found: Break): String {
        val text =
            when (found.kind) {
                Break.Kind.CHANGED -> return counted(R.plurals.proof_changed, found)
                Break.Kind.MISSING -> return counted(R.plurals.proof_missing, found)
                Break.Kind.CUT_OFF -> return counted(R.plurals.proof_cut_off, found)
                Break.Kind.EXCHANGED -> R.string.proof_exchanged
                Break.Kind.BEGINNING -> R.string.proof_beginning
                Break.Kind.STRETCH_CHANGED -> R.string.proof_stretch_changed
                Break.Kind.STRETCH_MISSING -> R.string.proof_stretch_missing
            }
        return resources.getString(text)
    }

    private fun counted(
        text: Int,
        found: Break,
    ): String = (found.lines.last - found.lines.first + 1).count().let { resources.getQuantityString(text, it, it) }

    private fun where(found: Break): String? {
        val (before, after) = listOf(found.before, found.after).map { it?.let(::neighbour) }
        return when {
            before == null && after == null -> null
            before == null -> resources.getString(R.string.proof_before, after)
            after == null -> resources.getString(R.string.proof_after, before)
            found.kind == Break.Kind.EXCHANGED -> listing(listOf(before, after), resources)
            else -> resources.getString(R.string.proof_between, before, after)
        }
    }

    /** When, which app, and where to. */
    private fun neighbour(line: HistoryItem.Told): String {
        val destination = line.event.destination.run { apart(name ?: address, resources) }
        return resources.getString(R.string.proof_line, moment(line.timeMs), ownerName(line.event.app, resources, labels), destination)
    }

    fun agreement(agreement: Agreement): String =
        resources.getString(
            when (agreement) {
                Agreement.SAME -> R.string.proof_same
                Agreement.OTHER -> R.string.proof_other
                Agreement.GONE -> R.string.proof_gone
                Agreement.UNREADABLE -> R.string.proof_unreadable
            },
        )

    private fun moment(timeMs: Long) = momentText(context, timeMs)
}

private fun Long.count(): Int = coerceAtMost(Int.MAX_VALUE.toLong()).toInt()
