package app.gasket.history

/** What the history's chain says of a line. */
sealed interface Standing {
    /** It, all that was written after it and all that is told of protection are as they were written. */
    data class Holds(
        /** The event, as it is stored. */
        val record: String,
        val head: Head,
    ) : Standing

    /** Something of that is not. */
    data object Broken : Standing

    /** It was linked long after it was written, so that nothing shows who wrote it. */
    data object Before : Standing

    /** It is not kept any more. */
    data object Gone : Standing
}

/** Goes along the chain from one line to the newest. */
internal class LineCheck(
    private val store: Store,
    private val id: Long,
) {
    private var record: String? = null

    suspend fun standing(): Standing {
        val linkedLater = store.read { db, _ -> db.kept(Chain.LINKED)?.id ?: 0 }
        val before = store.read { db, _ -> db.query(BEFORE, id) { Columns(it).end() }.singleOrNull() }
        val lines = ChainWalk(store, ChainName.LINES, before) { db, after -> db.query(LINES, after) { entry(Columns(it)) } }
        val lineGaps = lines.walk()
        val turns = TurnCheck(store)
        val turnBreaks = turns.walk()
        val found = record
        return when {
            found == null -> if (lineGaps.any { id in it.ids }) Standing.Broken else Standing.Gone
            id <= linkedLater -> Standing.Before
            lineGaps.isNotEmpty() || turnBreaks.isNotEmpty() || turns.unlike.any { it >= id } -> Standing.Broken
            else -> Standing.Holds(found, Head(lines.end, turns.end))
        }
    }

    private fun entry(row: Columns): Entry {
        val number = row.long()
        val line = StoredLine.of(row)
        if (number == id) record = line.event
        return Entry(number, line.content(), row.digest())
    }

    private companion object {
        const val BEFORE = "SELECT id, link FROM told WHERE id < ? ORDER BY id DESC LIMIT 1"
        const val LINES = "SELECT id, ${StoredLine.COLUMNS}, link FROM told WHERE id > ? ORDER BY id LIMIT $CHECKED_AT_ONCE"
    }
}
