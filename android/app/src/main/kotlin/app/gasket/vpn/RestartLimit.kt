package app.gasket.vpn

/** Says how often an engine that ended by itself is started anew before protection is said to have failed. */
internal class RestartLimit(
    private val most: Int = MOST,
    private val windowMs: Long = WINDOW_MS,
) {
    private val ends = ArrayDeque<Long>()

    /** Whether an engine that ended at [nowMs] may be followed by another. */
    fun allows(nowMs: Long): Boolean {
        ends.removeAll { nowMs - it !in 0..windowMs }
        if (ends.size >= most) return false
        ends += nowMs
        return true
    }

    private companion object {
        /** One mishap, and one more for each of what a phone does about that often: another network, another sleep. */
        const val MOST = 3
        const val WINDOW_MS = 10 * 60 * 1000L
    }
}
