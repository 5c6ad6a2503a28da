package app.gasket.history

import android.content.Context
import android.database.sqlite.SQLiteDatabase
import app.gasket.bridge.Engine
import app.gasket.bridge.EventTest
import app.gasket.bridge.IdentifierKind
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File
import java.nio.ByteBuffer
import java.security.MessageDigest
import java.time.ZoneOffset

/** People's histories are taken over from every version that was shipped. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 28, 36], manifest = Config.NONE)
class MigrationTest {
    private val context: Context = RuntimeEnvironment.getApplication()
    private val opened = mutableListOf<History>()

    @After
    fun close() = opened.forEach { it.close() }

    /** A database as that version left it. */
    private fun shipped(
        version: Int,
        more: (SQLiteDatabase) -> Unit = {},
    ): File {
        val file = File(context.getDatabasePath(HistoryDatabase.FILE).apply { parentFile?.mkdirs() }.parentFile, "shipped-$version.db")
        SQLiteDatabase.openOrCreateDatabase(file, null).apply {
            SHIPPED.getValue(version).forEach(::execSQL)
            more(this)
            this.version = version
            close()
        }
        return file
    }

    private fun open(file: File) = History(HistoryDatabase(context, file.path) { NOW_MS }, Dispatchers.IO).also(opened::add)

    private fun times(items: List<HistoryItem>) = items.map { it.timeMs }

    @Test
    fun `a database of each version is read, searched and written to`() {
        assertEquals("each version has its sample", (1..HistoryDatabase.VERSION).toSet(), SHIPPED.keys)
        for (version in SHIPPED.keys) {
            val history = open(shipped(version))
            runBlocking {
                assertEquals("version $version", listOf(5_000L, 2_000L), times(history.newest(10)))
                assertEquals(Tally(blocked = 1, warned = 0), history.tally(0))
                assertEquals(listOf("com.qualcomm.qti.autoregistration"), history.facets(ZoneOffset.UTC).senders)
                val search = Search(words = listOf(Word("autoreg")), sender = "com.qualcomm.qti.autoregistration")
                assertEquals("version $version", listOf(5_000L), times(history.older(search, Place.LAST, 10)))
                history.add(listOf(Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single().copy(timeMs = 6_000)))
                assertEquals(listOf(6_000L, 5_000L, 2_000L), times(history.newest(10)))
                assertEquals(
                    "version $version",
                    Stopped(mapOf(0L to 2), mapOf(IdentifierKind.IMEI to 2, IdentifierKind.ICCID to 2)),
                    history.stopped(0),
                )
                assertEquals("the new line has the old one's source", listOf(6_000L, 5_000L), times(history.older(search, Place.LAST, 10)))
                val report = history.check()
                assertEquals("version $version", emptyList<Break>(), report.breaks)
                assertEquals(2, report.lines)
                assertEquals("version $version", NOW_MS.takeIf { version < LINKED }, report.linkedLaterMs)
            }
        }
    }

    @Test
    fun `a long history of version 1 is taken over line by line, and what cannot be read is left out`() {
        val file =
            shipped(1) { db ->
                db.execSQL("INSERT INTO told (time_ms, verdict, event) VALUES (5001, 'BLOCK', '{\"schema\":0}')")
                val insert = db.compileStatement("INSERT INTO told (time_ms, verdict, event) VALUES (?, 'BLOCK', ?)")
                for (number in 1..LONG) {
                    insert.bindLong(1, MANY_MS + number)
                    insert.bindString(2, blocked(MANY_MS + number).replace("zzhc.vnet.cn", "host${number % 7}.example.net"))
                    insert.executeInsert()
                }
            }
        val history = open(file)
        runBlocking {
            val told = history.older(Search(), Place.LAST, LONG + 10)
            assertEquals(times(told), (LONG downTo 1).map { MANY_MS + it } + 5_000L)
            assertEquals(LONG + 1, history.tally(0).blocked)
            val found = history.older(Search(listOf(Word("host3"))), Place.LAST, LONG)
            assertEquals((LONG downTo 1).filter { it % 7 == 3 }.map { MANY_MS + it }, times(found))
        }
    }

    @Test
    fun `what an older version removed from in between is no fault, and what somebody else does from now on is`() {
        val file =
            shipped(3) { db ->
                val insert = db.compileStatement("INSERT INTO told (time_ms, verdict, source, event) VALUES (?, 'BLOCK', 1, ?)")
                for (number in 1..LONG) {
                    insert.bindLong(1, MANY_MS + number)
                    insert.bindString(2, blocked(MANY_MS + number))
                    insert.executeInsert()
                }
                db.execSQL("DELETE FROM told WHERE id < 10 OR id BETWEEN 498 AND 505 OR id = 1703")
            }
        val before = open(file)
        runBlocking {
            before.add(listOf(Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()))
            val report = before.check()
            assertEquals(emptyList<Break>(), report.breaks)
            assertEquals(LONG + 1L - 9 - 8 - 1 + 1, report.lines)
            assertEquals(NOW_MS, report.linkedLaterMs)
            assertEquals(null, report.removal)
        }
        before.close()
        SQLiteDatabase.openDatabase(file.path, null, SQLiteDatabase.OPEN_READWRITE).use {
            it.execSQL("DELETE FROM told WHERE id IN (10, 496, 506)")
        }
        assertEquals(
            "with what was gone before, which nobody can tell apart any more",
            listOf(10L..10L, 496L..496L, 498L..506L),
            runBlocking { open(file).check() }.breaks.map { it.lines },
        )
    }

    @Test
    fun `a history that was empty when it was taken over is intact`() {
        val history = open(shipped(3) { it.execSQL("DELETE FROM told") })
        runBlocking {
            assertEquals(0, history.check().lines)
            history.add(listOf(Engine.decode("[${EventTest.BLOCKED}]".encodeToByteArray()).single()))
            val report = history.check()
            assertEquals(emptyList<Break>(), report.breaks)
            assertEquals(2L, report.head.line.id)
            assertEquals("no line is of that time", null, report.linkedLaterMs)
        }
    }

    private companion object {
        /** From this version on lines are linked as they are written. */
        const val LINKED = 4
        const val NOW_MS = 1_700_000_000_000

        /** More than a few pages of the migration, and not a whole number of them. */
        const val LONG = 1_703
        const val MANY_MS = 10_000L

        fun blocked(timeMs: Long) = EventTest.BLOCKED.replace("1795490680903", "$timeMs").replace("'", "''")

        private val RUNS =
            listOf(
                "CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, started_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL, " +
                    "ended_ms INTEGER, cause INTEGER NOT NULL DEFAULT 0)",
                "INSERT INTO run (started_ms, seen_ms, ended_ms, cause) VALUES (1000, 2000, 2000, 1)",
                "INSERT INTO run (started_ms, seen_ms) VALUES (4000, 5000)",
            )

        private const val TOLD =
            "CREATE TABLE told (id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, verdict TEXT NOT NULL, " +
                "package TEXT, event TEXT NOT NULL"

        private val SECOND =
            RUNS +
                listOf(
                    "$TOLD, source INTEGER)",
                    "CREATE TABLE source (id INTEGER PRIMARY KEY, verdict TEXT NOT NULL, sender TEXT NOT NULL, " +
                        "country TEXT NOT NULL, asn INTEGER NOT NULL, network TEXT NOT NULL, " +
                        "kinds TEXT NOT NULL, words TEXT NOT NULL, UNIQUE (words, kinds, verdict, sender, country, asn, network))",
                    "CREATE VIRTUAL TABLE source_words USING fts4(content=\"source\", words, matchinfo=fts3, tokenize=unicode61)",
                    "CREATE TRIGGER source_is_new AFTER INSERT ON source BEGIN " +
                        "INSERT INTO source_words (docid, words) VALUES (new.id, new.words); END",
                    "CREATE TRIGGER source_goes BEFORE DELETE ON source BEGIN DELETE FROM source_words WHERE docid = old.id; END",
                    "CREATE INDEX told_by_place ON told (time_ms, id, source)",
                    "CREATE INDEX told_by_source ON told (source, time_ms)",
                    "INSERT INTO source (verdict, sender, country, asn, network, kinds, words) VALUES ('BLOCK', " +
                        "'com.qualcomm.qti.autoregistration', '', 0, '', ' imei  iccid ', 'com.qualcomm.qti.autoregistration " +
                        "zzhc.vnet.cn 198.18.0.1 China Telecom handset self-registration (ZZHC)')",
                    "INSERT INTO told (time_ms, verdict, source, event) VALUES (5000, 'BLOCK', 1, '${blocked(5_000)}')",
                )

        private val THIRD =
            SECOND +
                listOf(
                    "CREATE TABLE quarter_sum (quarter INTEGER NOT NULL, verdict TEXT NOT NULL, kinds TEXT NOT NULL, " +
                        "lines INTEGER NOT NULL, PRIMARY KEY (quarter, verdict, kinds)) WITHOUT ROWID",
                    "INSERT INTO quarter_sum VALUES (0, 'BLOCK', ' imei  iccid ', 1)",
                    "CREATE TRIGGER told_is_new AFTER INSERT ON told WHEN new.source IS NOT NULL BEGIN " +
                        "INSERT OR IGNORE INTO quarter_sum SELECT new.time_ms / 900000, source.verdict, source.kinds, 0 " +
                        "FROM source WHERE id = new.source; " +
                        "UPDATE quarter_sum SET lines = lines + 1 WHERE (quarter, verdict, kinds) = " +
                        "(SELECT new.time_ms / 900000, source.verdict, source.kinds FROM source WHERE id = new.source); END",
                    "CREATE TRIGGER told_goes AFTER DELETE ON told WHEN old.source IS NOT NULL BEGIN " +
                        "UPDATE quarter_sum SET lines = lines - 1 WHERE (quarter, verdict, kinds) = " +
                        "(SELECT old.time_ms / 900000, source.verdict, source.kinds FROM source WHERE id = old.source); " +
                        "DELETE FROM quarter_sum WHERE quarter = old.time_ms / 900000 AND lines = 0; END",
                )

        private fun number(value: Long) = byteArrayOf(1) + ByteBuffer.allocate(8).putLong(value).array()

        private fun text(value: String) = number(value.encodeToByteArray().size.toLong()) + value.encodeToByteArray()

        private val NULL = byteArrayOf(0)
        private val ZERO = ByteArray(32)

        private fun sum(vararg parts: ByteArray) =
            MessageDigest.getInstance("SHA-256").digest(
                parts.fold(ByteArray(0)) { all, part ->
                    all +
                        part
                },
            )

        private fun hex(bytes: ByteArray) = bytes.joinToString("", "X'", "'") { "%02X".format(it) }

        /** A line and three entries about protection, linked by hand as they are by the app. */
        private val FOURTH: List<String> by lazy {
            val json = blocked(5_000).replace("''", "'")
            val line = sum(number(1), ZERO, number(1), sum(number(5_000), text("BLOCK"), NULL, number(1), text(json)))
            val contents =
                listOf(
                    sum(number(1), number(1), number(1_000), NULL, number(0), ZERO),
                    sum(number(2), number(1), number(2_000), number(1), number(0), ZERO),
                    sum(number(1), number(2), number(4_000), NULL, number(0), ZERO),
                )
            val turns =
                contents.foldIndexed(listOf(ZERO)) { index, links, content ->
                    links + sum(number(2), links.last(), number(index + 1L), content)
                }
            val none = hex(ZERO)
            THIRD +
                listOf(
                    "ALTER TABLE told ADD COLUMN link BLOB",
                    "CREATE TABLE turn (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, run INTEGER, " +
                        "time_ms INTEGER NOT NULL, cause INTEGER, told INTEGER NOT NULL, told_link BLOB NOT NULL, link BLOB NOT NULL)",
                    "CREATE INDEX turn_by_run ON turn (run, kind)",
                    "CREATE TABLE chain (name TEXT PRIMARY KEY, id INTEGER NOT NULL, link BLOB NOT NULL, time_ms INTEGER, why INTEGER)",
                    "UPDATE told SET link = ${hex(line)}",
                    "INSERT INTO turn VALUES (1, 1, 1, 1000, NULL, 0, $none, ${hex(turns[1])})",
                    "INSERT INTO turn VALUES (2, 2, 1, 2000, 1, 0, $none, ${hex(turns[2])})",
                    "INSERT INTO turn VALUES (3, 1, 2, 4000, NULL, 0, $none, ${hex(turns[3])})",
                    "INSERT INTO chain (name, id, link) VALUES ('line_anchor', 0, $none), ('line_head', 1, ${hex(line)}), " +
                        "('turn_head', 3, ${hex(turns[3])})",
                )
        }

        /** Each schema as it was shipped, with a line and a stretch without protection in it. Only ever add to it. */
        val SHIPPED =
            mapOf(
                1 to
                    RUNS +
                    listOf(
                        "$TOLD)",
                        "CREATE INDEX told_by_time ON told (time_ms)",
                        "INSERT INTO told (time_ms, verdict, package, event) VALUES (5000, 'BLOCK', 'com.example.chat', '${blocked(
                            5_000,
                        )}')",
                    ),
                2 to SECOND,
                3 to THIRD,
                4 to FOURTH,
            )
    }
}
