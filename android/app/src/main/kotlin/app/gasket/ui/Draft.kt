package app.gasket.ui

/** More than anything there is to type in here. */
private const val MOST_TYPED = 1_000

/** What was typed or pasted, as far as the system keeps it for a window: a million characters would end the app. */
internal fun typed(text: String): String = text.take(MOST_TYPED)

/** What is being typed in; [problem] is why it was refused, [isDone] whether it was taken. */
data class Draft(
    val problem: String? = null,
    val isDone: Boolean = false,
)
