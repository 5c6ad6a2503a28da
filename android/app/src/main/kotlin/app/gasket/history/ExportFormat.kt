package app.gasket.history

/** The form in which the history leaves the app, where the user wants it. */
enum class ExportFormat(
    val mimeType: String,
    val fileName: String,
) {
    CSV("text/csv", "gasket-history.csv"),
    JSON("application/json", "gasket-history.json"),
}
