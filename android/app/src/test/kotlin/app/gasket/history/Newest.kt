package app.gasket.history

/** The newest lines and stretches without protection together, at most [limit]. */
internal suspend fun History.newest(
    limit: Int,
    beforeMs: Long = Long.MAX_VALUE,
): List<HistoryItem> {
    val told = older(Search(), Place(beforeMs, Long.MIN_VALUE), limit)
    return (told + outages().filter { it.timeMs < beforeMs }).sortedByDescending { it.timeMs }.take(limit)
}
