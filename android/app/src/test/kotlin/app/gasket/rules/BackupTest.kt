package app.gasket.rules

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class BackupTest {
    private val numbers = OwnIdentifiers("key", listOf(OwnIdentifier("imei", 1, emptyList())))
    private val chosen =
        Settings(
            isWanted = true,
            rules = RuleChoices(own = mapOf("tracker.example" to OwnAction.BLOCK)),
            mtu = 1500,
            identifiers = numbers,
            pausedUntilMs = 7,
        ).with("com.example.chat", AppChoice(AppMode.WATCH, setOf(Network.MOBILE)))

    @Test
    fun `what an app is allowed for an hour stays on its phone`() {
        val settings = Settings().allowing(listOf("com.example.chat"), Now(wallMs = 1_000, sinceBootMs = 1_000, boot = 1))
        assertTrue(Backup.restored(Backup.of(settings), Settings()).apps.isEmpty())
    }

    @Test
    fun `choices come over to another phone, and what belongs to a phone does not`() {
        val file = Backup.of(chosen)
        val other = Settings(introduction = 2)
        val restored = Backup.restored(file, other)
        assertEquals(chosen.copy(isWanted = false, pausedUntilMs = 0, introduction = 2, identifiers = null), restored)
        assertFalse("no fingerprints in the file", "key" in file)
    }

    @Test
    fun `a file of before keeps its blocked names, as own rules`() {
        val file = Backup.of(Settings(mtu = 1500)).replace("\"mtu\": 1500", "\"blockedNames\": [\"tracker.example\"], \"mtu\": 1500")
        assertEquals(mapOf("tracker.example" to OwnAction.BLOCK), Backup.restored(file, Settings()).rules.own)
    }

    @Test
    fun `who is to be asked about comes over, and a file of before knows nobody`() {
        val asking = Settings().with("com.example.chat", AppChoice(AppMode.ASK))
        val file = Backup.of(asking)
        assertEquals(asking, Backup.restored(file, Settings()))
        assertEquals(AppMode.WATCH, Backup.restored(file.replace("\"ask\"", "\"watch\""), Settings()).choiceFor("com.example.chat").mode)
    }

    @Test
    fun `the numbers of this phone stay`() {
        assertEquals(
            chosen,
            Backup.restored(Backup.of(Settings().copy(mtu = 1500)), chosen).copy(apps = chosen.apps, rules = chosen.rules),
        )
    }

    @Test
    fun `another file is not called damaged`() {
        for (text in listOf("", "hello", "{}", "[]", "null", "7", """{"kind":"other"}""", Settings().toJson())) {
            assertThrows(text, Backup.Refusal.OtherFile::class.java) { Backup.restored(text, chosen) }
        }
    }

    @Test
    fun `a later version is not guessed at`() {
        val file = Backup.of(chosen).replaceFirst("\"version\": 1", "\"version\": 2")
        assertEquals(2, assertThrows(Backup.Refusal.Newer::class.java) { Backup.restored(file, chosen) }.version)
    }

    @Test
    fun `a damaged file says where`() {
        val file = Backup.of(chosen)
        for ((broken, where) in mapOf(
            file.replace("\"mtu\": 1500", "\"mtu\": 15") to "mtu is 15; expected 1280 to 65535",
            file.replace("\"mtu\": 1500", "\"mtu\": \"large\"") to "at path: \$.mtu",
            file.replace("\"mtu\"", "\"mtus\"") to "mtus",
            file.dropLast(20) to "offset",
            file.replace("\"version\": 1,\n    \"settings\"", "\"settings\"") to "no version",
        )) {
            val refusal = assertThrows(broken, Backup.Refusal.Damaged::class.java) { Backup.restored(broken, chosen) }
            assertTrue("${refusal.where} has $where", where in refusal.where)
        }
    }
}
