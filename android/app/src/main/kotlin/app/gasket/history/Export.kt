package app.gasket.history

import app.gasket.bridge.Event
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import java.io.Writer
import java.time.Instant

/**
 * Writes the lines that fit one after the other, newest first, never more than a page of them in memory, and the history's head as
 * of now; gives the number of lines.
 */
suspend fun History.export(
    search: Search,
    format: ExportFormat,
    writer: Writer,
): Int {
    val form = if (format == ExportFormat.CSV) CsvForm(writer) else JsonForm(writer)
    var count = 0
    form.begin(head())
    var page = older(search, Place.LAST, EXPORT_PAGE)
    while (page.isNotEmpty()) {
        for (line in page) form.write(line.event, isFirst = count++ == 0)
        page = older(search, page.last().place, EXPORT_PAGE)
    }
    form.end()
    writer.flush()
    return count
}

/** About 1 MB of lines. */
private const val EXPORT_PAGE = 500

private interface Form {
    fun begin(head: Head)

    fun write(
        event: Event,
        isFirst: Boolean,
    )

    fun end()
}

/** The head, and one array of events, schema 1, a line each. */
private class JsonForm(
    private val writer: Writer,
) : Form {
    override fun begin(head: Head) = writer.write("{\"head\":${json(head)},\"events\":[")

    override fun write(
        event: Event,
        isFirst: Boolean,
    ) {
        writer.write(if (isFirst) "\n" else ",\n")
        writer.write(Json.encodeToString(Event.serializer(), event))
    }

    override fun end() = writer.write("\n]}\n")

    private fun json(head: Head) =
        buildJsonObject {
            put("line", head.line.id)
            put("line_link", "${head.line.link}")
            put("turn", head.turn.id)
            put("turn_link", "${head.turn.link}")
            put("fingerprint", head.fingerprint)
        }
}

/** RFC 4180, UTF-8, with a first row of names; the head is in the first line's row. */
private class CsvForm(
    private val writer: Writer,
) : Form {
    private var head = ""

    override fun begin(head: Head) {
        this.head = "${head.line.id}/${head.turn.id} ${head.fingerprint}"
        row(COLUMNS.keys + "head")
    }

    override fun write(
        event: Event,
        isFirst: Boolean,
    ) = row(COLUMNS.values.map { it(event) } + if (isFirst) head else "")

    override fun end() = Unit

    private fun row(cells: Collection<String>) = writer.write(cells.joinToString(",", postfix = "\r\n") { csvCell(it) })

    private companion object {
        val COLUMNS: Map<String, (Event) -> String> =
            linkedMapOf(
                "time" to { Instant.ofEpochMilli(it.timeMs).toString() },
                "verdict" to { it.verdict.name.lowercase() },
                "reason" to { it.reason.name.lowercase() },
                "subject" to { it.subject.name.lowercase() },
                "uid" to {
                    it.app
                        ?.uid
                        ?.toString()
                        .orEmpty()
                },
                "packages" to { joined(it.app?.packages.orEmpty()) },
                "name" to { it.destination.name.orEmpty() },
                "address" to { it.destination.address },
                "port" to { it.destination.port.toString() },
                "protocol" to {
                    it.destination.protocol.name
                        .lowercase()
                },
                "country" to { it.destination.country.orEmpty() },
                "asn" to {
                    it.destination.network
                        ?.asn
                        ?.toString()
                        .orEmpty()
                },
                "network" to {
                    it.destination.network
                        ?.name
                        .orEmpty()
                },
                "method" to { it.request?.method.orEmpty() },
                "path" to { it.request?.path.orEmpty() },
                "rule_ids" to { event -> joined(event.rules.map { it.id }) },
                "rules" to { event -> joined(event.rules.map { it.title }) },
                "kinds" to { event -> joined(event.findings.map { it.kind.name.lowercase() }) },
                "masked" to { event -> joined(event.findings.map { it.masked }) },
                "found_in" to { event -> joined(event.findings.map { it.path }) },
                "confidence" to { event -> joined(event.findings.map { it.confidence.toString() }) },
                "dialled" to { it.dialled.toString() },
                "bytes_left" to { it.bytesLeft.toString() },
                "flow_bytes_left" to { it.flowBytesLeft.toString() },
                "device_event" to {
                    it.deviceEvent
                        ?.kind
                        ?.name
                        ?.lowercase()
                        .orEmpty()
                },
                "device_event_age_s" to {
                    it.deviceEvent
                        ?.ageSeconds
                        ?.toString()
                        .orEmpty()
                },
                "asked" to {
                    it.asked
                        ?.outcome
                        ?.name
                        ?.lowercase()
                        .orEmpty()
                },
            )

        fun joined(values: List<String>) = values.joinToString("; ")
    }
}

/**
 * One cell. What a spreadsheet would take for a formula is made a text: an app chooses its paths, and must not run there. In
 * languages that write 0,5 a semicolon ends a cell, whatever stands around it.
 */
internal fun csvCell(text: String): String {
    val harmless = text.replace(FORMULA, "'")
    val isPlain = harmless.none { it in ",\"\r\n" }
    return if (isPlain) harmless else "\"" + harmless.replace("\"", "\"\"") + "\""
}

/** Where a formula begins, in full width, too. */
private val FORMULA = Regex("(?:(?<=^|[;\\t\\r\\n])(?=\\s*[=+\\-@＝＋－＠])|^(?=[\\t\\r\\n]))")
