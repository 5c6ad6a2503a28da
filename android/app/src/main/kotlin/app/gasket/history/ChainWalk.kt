package app.gasket.history

import android.database.sqlite.SQLiteDatabase

/** An entry of a chain, as far as the chain goes. */
internal class Entry(
    val id: Long,
    val content: Digest,
    val link: Digest,
)

/** Entries that a chain does not vouch for. */
internal data class Gap(
    val kind: Break.Kind,
    val ids: LongRange,
)

/**
 * Goes along a chain a page at a time, while it is written to and its beginning removed. [read] gives the first entries after
 * a number.
 */
internal class ChainWalk(
    private val store: Store,
    private val chain: ChainName,
    /** Begins behind this entry; null for the beginning. */
    private val from: End? = null,
    private val read: (SQLiteDatabase, after: Long) -> List<Entry>,
) {
    private class Page(
        val entries: List<Entry>,
        val anchor: End,
        val head: End,
    )

    private val gaps = mutableListOf<Gap>()
    private val suspects = Suspects(chain)

    /** Up to here numbers may be missing where the links fit: an older version removed lines from in between. */
    private var linkedLater = 0L

    /** What was found last, and before the first entry. */
    private var place = End.NONE
    private var anchor = End.NONE

    /** How many entries there are. */
    var count = 0L
        private set

    /** The newest entry, as far as the walk went. */
    val end: End get() = place

    /** Gives the places where the chain does not hold, in their order. */
    suspend fun walk(onPage: (Long) -> Unit = {}): List<Gap> {
        linkedLater = store.read { db, _ -> db.kept(Chain.LINKED)?.id ?: 0 }
        anchor = store.read { db, _ -> db.kept(chain.anchor) ?: End.NONE }
        place = from?.takeIf { it.id > anchor.id } ?: anchor
        var isAtEnd = false
        while (true) {
            // In this order: what is removed or added between two of them is then known.
            val page =
                store.read { db, _ ->
                    Page(read(db, place.id), db.kept(chain.anchor) ?: End.NONE, db.kept(chain.head) ?: End.NONE)
                }
            if (page.anchor.id > place.id) place = page.anchor
            anchor = page.anchor
            page.entries.filter { it.id > anchor.id }.forEach(::take)
            onPage(count)
            val isBehind = page.entries.isEmpty() && page.head.id > place.id
            // Once more: entries may have come after the page was read.
            if (page.entries.isEmpty() && (!isBehind || isAtEnd)) return found(page.head)
            isAtEnd = isBehind
        }
    }

    private fun take(entry: Entry) {
        val skipped = place.id + 1 until entry.id
        val follows = chain.link(place.link, entry.id, entry.content) == entry.link
        val mayLack = follows && chain == ChainName.LINES && entry.id <= linkedLater
        if (!skipped.isEmpty() && !mayLack) gaps += Gap(Break.Kind.MISSING, skipped)
        if (skipped.isEmpty() && !follows) suspects.add(place.link, entry)
        place = End(entry.id, entry.link)
        count++
    }

    private fun found(head: End): List<Gap> {
        val all = gaps + suspects.explained()
        val atEnd =
            when {
                head.id > place.id -> Gap(Break.Kind.CUT_OFF, place.id + 1..head.id)
                head.id < place.id -> Gap(Break.Kind.CHANGED, head.id + 1..place.id)
                head.link != place.link -> Gap(Break.Kind.CHANGED, place.id..place.id)
                else -> null
            }
        return (all + listOfNotNull(atEnd?.takeIf { end -> all.none { end.ids.first in it.ids } }))
            .filter { it.ids.last > anchor.id || it.kind == Break.Kind.CUT_OFF || it == atEnd }
            .sortedBy { it.ids.first }
    }
}

/** Entries whose link does not fit, and what may have happened to them. */
private class Suspects(
    private val chain: ChainName,
) {
    private class Suspect(
        val before: Digest,
        val entry: Entry,
    )

    private val some = LinkedHashMap<Long, Suspect>()
    private val more = mutableListOf<Gap>()

    fun add(
        before: Digest,
        entry: Entry,
    ) {
        val last = more.lastOrNull()
        when {
            some.size < MOST -> some[entry.id] = Suspect(before, entry)
            last != null && last.ids.last == entry.id - 1 -> more[more.lastIndex] = Gap(last.kind, last.ids.first..entry.id)
            more.size < MOST -> more += Gap(Break.Kind.CHANGED, entry.id..entry.id)
        }
    }

    fun explained(): List<Gap> = exchanged() + changed() + more

    /** Two that fit once each stands where the other does. Takes them out, and what did not fit only because of them. */
    private fun exchanged(): List<Gap> = some.values.toList().mapNotNull { first -> partner(first)?.let { exchanged(first, it) } }

    private fun partner(first: Suspect): Suspect? =
        if (first.entry.id in some) some.values.firstOrNull { it.entry.id > first.entry.id && belongsTo(first, it) } else null

    private fun exchanged(
        first: Suspect,
        other: Suspect,
    ): Gap {
        val (id, otherId) = first.entry.id to other.entry.id
        some -= listOf(id, otherId)
        if (first.entry.link != right(first, other)) {
            settle(id + 1, other.entry.link)
            settle(otherId + 1, first.entry.link)
        }
        return Gap(Break.Kind.EXCHANGED, id..otherId)
    }

    /** The link at the place of [first] with what stands at [other]. */
    private fun right(
        first: Suspect,
        other: Suspect,
    ) = chain.link(first.before, first.entry.id, other.entry.content)

    private fun belongsTo(
        first: Suspect,
        other: Suspect,
    ): Boolean = right(first, other).let { it == first.entry.link || it == other.entry.link }

    private fun settle(
        id: Long,
        before: Digest,
    ) {
        val suspect = some[id] ?: return
        if (chain.link(before, id, suspect.entry.content) == suspect.entry.link) some -= id
    }

    /** The rest; neighbours are one place. */
    private fun changed(): List<Gap> =
        some.keys.fold(emptyList()) { gaps, id ->
            val last = gaps.lastOrNull()
            if (last != null && last.ids.last == id - 1) {
                gaps.dropLast(1) + Gap(last.kind, last.ids.first..id)
            } else {
                gaps + Gap(Break.Kind.CHANGED, id..id)
            }
        }

    private companion object {
        /** More than anyone changes by hand. */
        const val MOST = 200
    }
}
