package app.gasket.history

import android.content.ContentValues
import android.content.Context
import android.database.sqlite.SQLiteDatabase
import android.database.sqlite.SQLiteOpenHelper
import app.gasket.bridge.Decision
import app.gasket.bridge.Destination
import app.gasket.bridge.Event
import app.gasket.bridge.Protocol
import app.gasket.bridge.Reason
import app.gasket.bridge.Subject
import app.gasket.bridge.isDeep
import kotlinx.serialization.json.Json
import java.util.concurrent.atomic.AtomicInteger

/** The history's tables. SQL of SQLite 3.18 and before only: that is what Android 8 has. */
internal class HistoryDatabase private constructor(
    context: Context,
    name: String,
    /** The time, in milliseconds since 1970. */
    val now: () -> Long,
    /** Earlier ones, which could not be read any more. */
    val damaged: SetAside,
) : SQLiteOpenHelper(context, name, null, VERSION, damaged) {
    constructor(context: Context, name: String = FILE, now: () -> Long = System::currentTimeMillis) :
        this(context, name, now, SetAside(context.getDatabasePath(name), now))

    private val creations = AtomicInteger()

    /** Counts up where the file is a new one, whose numbers begin anew. */
    val generation: Int get() = creations.get()

    override fun onConfigure(db: SQLiteDatabase) {
        // Readers never wait for the writer, and a batch is there whole or not at all.
        db.enableWriteAheadLogging()
    }

    override fun onCreate(db: SQLiteDatabase) {
        creations.incrementAndGet()
        migrate(db, from = 0)
        damaged.all.value.firstOrNull()?.let {
            Chain(db, Ends.of(db)).run {
                begunAnew(it.foundMs)
                save()
            }
        }
    }

    override fun onUpgrade(
        db: SQLiteDatabase,
        oldVersion: Int,
        newVersion: Int,
    ) = migrate(db, from = oldVersion)

    private fun migrate(
        db: SQLiteDatabase,
        from: Int,
    ) = MIGRATIONS.drop(from).forEach { migrate -> migrate(db, now()) }

    companion object {
        const val FILE = "history.db"

        /** What leads from each version to the next; never change one that was shipped. */
        private val MIGRATIONS: List<(SQLiteDatabase, nowMs: Long) -> Unit> =
            listOf(
                { db, _ ->
                    db.execSQL(
                        """CREATE TABLE told (
                            id INTEGER PRIMARY KEY AUTOINCREMENT,
                            time_ms INTEGER NOT NULL,
                            verdict TEXT NOT NULL,
                            package TEXT,
                            event TEXT NOT NULL
                        )""",
                    )
                    db.execSQL("CREATE INDEX told_by_time ON told (time_ms)")
                    db.execSQL(
                        """CREATE TABLE run (
                            id INTEGER PRIMARY KEY AUTOINCREMENT,
                            started_ms INTEGER NOT NULL,
                            seen_ms INTEGER NOT NULL,
                            ended_ms INTEGER,
                            cause INTEGER NOT NULL DEFAULT 0
                        )""",
                    )
                },
                { db, _ -> addSources(db) },
                { db, _ -> SUMS.forEach(db::execSQL) },
                ::addChains,
            )

        val VERSION = MIGRATIONS.size

        private fun addSources(db: SQLiteDatabase) {
            SOURCES.forEach(db::execSQL)
            val place = db.compileStatement("UPDATE told SET source = ? WHERE id = ?")
            val page = { last: Long ->
                db.query("SELECT id, event FROM told WHERE id > $last ORDER BY id LIMIT $AT_ONCE") { it.getLong(0) to it.getString(1) }
            }
            generateSequence(page(0)) { page(it.last().first) }.takeWhile { it.isNotEmpty() }.forEach { lines ->
                val sources = SourceTable(db)
                for ((id, json) in lines) {
                    // What cannot be read any more stays where it is, without a source, and is not shown.
                    val event = eventOrNull(json) ?: continue
                    place.bindLong(1, sources.idOf(Source.of(event)))
                    place.bindLong(2, id)
                    place.executeUpdateDelete()
                }
            }
            INDEXES.forEach(db::execSQL)
        }

        /** So many lines of an old history are in memory at once, about 1 MB. */
        private const val AT_ONCE = 500

        private val SOURCES =
            listOf(
                """CREATE TABLE source (
                    id INTEGER PRIMARY KEY,
                    verdict TEXT NOT NULL,
                    sender TEXT NOT NULL,
                    country TEXT NOT NULL,
                    asn INTEGER NOT NULL,
                    network TEXT NOT NULL,
                    kinds TEXT NOT NULL,
                    words TEXT NOT NULL,
                    UNIQUE (words, kinds, verdict, sender, country, asn, network)
                )""",
                "CREATE VIRTUAL TABLE source_words USING fts4(content=\"source\", words, matchinfo=fts3, tokenize=unicode61)",
                """CREATE TRIGGER source_is_new AFTER INSERT ON source BEGIN
                    INSERT INTO source_words (docid, words) VALUES (new.id, new.words);
                END""",
                "CREATE TRIGGER source_goes BEFORE DELETE ON source BEGIN DELETE FROM source_words WHERE docid = old.id; END",
                "ALTER TABLE told ADD COLUMN source INTEGER",
            )

        private val INDEXES =
            listOf(
                "DROP INDEX told_by_time",
                // Wide enough to look through without touching a line.
                "CREATE INDEX told_by_place ON told (time_ms, id, source)",
                "CREATE INDEX told_by_source ON told (source, time_ms)",
            )

        /** Lines are added up as they come and go: a week of them is too many to count while somebody waits. */
        private val SUMS =
            listOf(
                """CREATE TABLE quarter_sum (
                    quarter INTEGER NOT NULL,
                    verdict TEXT NOT NULL,
                    kinds TEXT NOT NULL,
                    lines INTEGER NOT NULL,
                    PRIMARY KEY (quarter, verdict, kinds)
                ) WITHOUT ROWID""",
                "INSERT INTO quarter_sum ${CountingQueries.COUNT_LINES} GROUP BY 1, 2, 3",
                """CREATE TRIGGER told_is_new AFTER INSERT ON told WHEN new.source IS NOT NULL BEGIN
                    INSERT OR IGNORE INTO quarter_sum SELECT ${keyOf("new")}, 0 FROM source WHERE id = new.source;
                    UPDATE quarter_sum SET lines = lines + 1
                        WHERE (quarter, verdict, kinds) = (SELECT ${keyOf("new")} FROM source WHERE id = new.source);
                END""",
                """CREATE TRIGGER told_goes AFTER DELETE ON told WHEN old.source IS NOT NULL BEGIN
                    UPDATE quarter_sum SET lines = lines - 1
                        WHERE (quarter, verdict, kinds) = (SELECT ${keyOf("old")} FROM source WHERE id = old.source);
                    DELETE FROM quarter_sum WHERE quarter = old.time_ms / ${Stopped.QUARTER_MS} AND lines = 0;
                END""",
            )

        private fun keyOf(line: String) = "$line.time_ms / ${Stopped.QUARTER_MS}, source.verdict, source.kinds"
    }
}

/** What can be read of a line, and where that is nothing, what its row says besides. */
internal fun eventOf(
    json: String,
    timeMs: Long,
    verdict: String?,
): Event =
    // Lines are gone through by the row's time: another one in the text would have some shown again and again.
    eventOrNull(json)?.copy(timeMs = timeMs) ?: Event(
        schema = 0,
        timeMs = timeMs,
        flow = 0,
        subject = Subject.UNREADABLE,
        app = null,
        destination = Destination("", 0, Protocol.TCP, name = null, nameSource = null, country = null),
        request = null,
        verdict = Decision.entries.find { it.name == verdict } ?: Decision.ALLOW,
        reason = Reason.ORDINARY,
        rules = emptyList(),
        findings = emptyList(),
        dialled = false,
        bytesLeft = 0,
        flowBytesLeft = 0,
        deviceEvent = null,
    )

/** What can be read of a line; null if nothing. */
internal fun eventOrNull(json: String): Event? =
    try {
        if (json.isDeep()) null else Json.decodeFromString(Event.serializer(), json)
    } catch (_: IllegalArgumentException) {
        null
    }

/** Finds a source's number, and makes one for a new source. For one transaction; remembers all it was asked for. */
internal class SourceTable(
    private val db: SQLiteDatabase,
) {
    private val known = HashMap<Source, Long>()

    fun idOf(source: Source): Long = known.getOrPut(source) { find(source) ?: insert(source) }

    private fun insert(source: Source): Long {
        db.insertOrThrow("source", null, columns(source))
        return checkNotNull(find(source)) { "a source that was just written" }
    }

    private fun find(source: Source): Long? =
        with(source) {
            db.query(FIND, verdict, sender, country, asn, network, kinds, words) { it.getLong(0) }.singleOrNull()
        }

    private fun columns(source: Source) =
        ContentValues().apply {
            put("verdict", source.verdict)
            put("sender", source.sender)
            put("country", source.country)
            put("asn", source.asn)
            put("network", source.network)
            put("kinds", source.kinds)
            put("words", source.words)
        }

    private companion object {
        // A parameter of a query is a text, which equals no number unless the column makes it one.
        const val FIND =
            "SELECT id FROM source WHERE verdict = ? AND sender = ? AND country = ? AND asn = ? AND network = ? AND kinds = ? AND words = ?"
    }
}
