package app.gasket.ui

/** What is being typed in; [problem] is why it was refused, [isDone] whether it was taken. */
data class Draft(
    val problem: String? = null,
    val isDone: Boolean = false,
)
