package app.gasket.rules

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class SettingsTest {
    private val choice = AppChoice(AppMode.WATCH, setOf(Network.MOBILE))

    @Test
    fun `settings survive being saved`() {
        val settings =
            Settings(isWanted = true, rules = RuleChoices(own = mapOf("tracker.example" to OwnAction.BLOCK)), mtu = 1500)
                .with("com.example.chat", choice)
        assertEquals(settings, Settings.fromJson(settings.toJson()))
    }

    @Test
    fun `beacons are looked for where the user asked for it`() {
        val surroundings = Surroundings(Network.WIFI, emptyList(), emptyList(), emptyMap())
        val told = { settings: Settings -> Json.parseToJsonElement(EngineConfig.of(settings, surroundings).toJson()).jsonObject["beacons"] }
        assertEquals(JsonPrimitive("system"), told(Settings()))
        assertEquals(JsonPrimitive("all"), told(Settings(beacons = BeaconSearch.ALL)))
        assertNull("the engine's default is not named", told(Settings(beacons = BeaconSearch.OFF)))
    }

    @Test
    fun `who had beacons looked for has them looked for in all apps`() {
        val before = { value: String -> Settings.fromJson("""{"looksForBeacons":$value,"mtu":1500}""") }
        assertEquals(Settings(beacons = BeaconSearch.ALL, mtu = 1500), before("true"))
        assertEquals(Settings(mtu = 1500), before("false"))
        assertEquals(Settings(mtu = 1500), before("\"yes\""))
        assertFalse("looksForBeacons" in before("true").toJson())
    }

    @Test
    fun `no choice for Gasket itself reaches the engine`() {
        val surroundings = Surroundings(Network.WIFI, emptyList(), emptyList(), emptyMap())
        val settings = Settings().with(OWN_PACKAGE, AppChoice(AppMode.TRUST)).with("com.example.chat", AppChoice(AppMode.TRUST))
        assertEquals(mapOf("com.example.chat" to AppMode.TRUST), EngineConfig.of(settings, surroundings).apps)
    }

    @Test
    fun `who is to be asked about is in the engine's words, and not while all is allowed or blocked`() {
        val asking = AppChoice(AppMode.ASK)
        val told = { choice: AppChoice ->
            val config = EngineConfig.of(Settings().with("com.example.chat", choice), Surroundings.NOWHERE.copy(network = Network.WIFI))
            (Json.parseToJsonElement(config.toJson()).jsonObject["apps"] as JsonObject)["com.example.chat"]
        }
        assertEquals(JsonPrimitive("ask"), told(asking))
        assertEquals(JsonPrimitive("block"), told(asking.copy(blockedOn = setOf(Network.WIFI))))
        assertEquals(JsonPrimitive("watch"), told(asking.copy(allowed = TimedAllow(Now(1, 1, 1)))))
    }

    @Test
    fun `the default choice is not kept`() {
        val settings = Settings().with("com.example.chat", choice)
        assertEquals(choice, settings.choiceFor("com.example.chat"))
        assertEquals(AppChoice(), settings.choiceFor("com.example.other"))
        assertTrue(settings.with("com.example.chat", AppChoice()).apps.isEmpty())
    }

    @Test
    fun `what is no settings document is refused`() {
        for (text in listOf("", "{", "[]", """{"version": 2}""", """{"version": 1, "app": {}}""")) {
            assertThrows(text, IllegalArgumentException::class.java) { Settings.fromJson(text) }
        }
    }

    @Test
    fun `a document of the first build is read`() {
        val first =
            """{"version":1,"isWanted":true,"apps":{"com.example.chat":{"mode":"block","blockedOn":["wifi"]}},""" +
                """"mtu":9000,"historyDays":90}"""
        val settings = Settings.fromJson(first)
        assertTrue(settings.isWanted)
        assertEquals(AppChoice(AppMode.BLOCK, setOf(Network.WIFI)), settings.choiceFor("com.example.chat"))
        assertEquals(Settings.DEFAULT_HISTORY_MEGABYTES, settings.historyMegabytes)
    }

    @Test
    fun `blocked names of before are own rules, and none is lost`() {
        val before =
            """{"version":1,"blockedNames":["tracker.example","Ads.Example.","both.example"],""" +
                """"rules":{"own":{"both.example":"off","192.0.2.0/24":"warn"},"families":{"Example":"warn"}}}"""
        val settings = Settings.fromJson(before)
        val own =
            mapOf(
                "both.example" to OwnAction.BLOCK,
                "192.0.2.0/24" to OwnAction.WARN,
                "tracker.example" to OwnAction.BLOCK,
                "ads.example" to OwnAction.BLOCK,
            )
        assertEquals(RuleChoices(own = own, families = mapOf("Example" to RuleChoice.WARN)), settings.rules)
        assertFalse("blockedNames" in settings.toJson())
        assertEquals(settings, Settings.fromJson(settings.toJson()))
        assertEquals(Settings(), Settings.fromJson("""{"blockedNames":[]}"""))
        assertEquals(OwnAction.BLOCK, Settings.fromJson("""{"blockedNames":["a.example"]}""").rules.own["a.example"])
    }

    @Test
    fun `a number out of bounds is named`() {
        for ((text, expected) in listOf(
            """"mtu":100""" to "1280 to 65535",
            """"mtu":65536""" to "1280 to 65535",
            """"historyDays":0""" to "1 to 3650",
            """"historyMegabytes":0""" to "1 to 2000",
        )) {
            val refusal = assertThrows(text, IllegalArgumentException::class.java) { Settings.fromJson("{$text}") }
            assertTrue("${refusal.message}", expected in refusal.message.orEmpty())
        }
        assertEquals(1280, Settings.fromJson("""{"mtu":1280}""").mtu)
    }

    @Test
    fun `a pause ends, also where somebody set the clock back`() {
        val paused = Settings(pausedUntilMs = 1_000_000)
        assertEquals(1_000, paused.pauseLeftMs(nowMs = 999_000))
        assertEquals(0, paused.pauseLeftMs(nowMs = 1_000_000))
        assertEquals(0, paused.pauseLeftMs(nowMs = 1_000_000 - Settings.LONGEST_PAUSE_MS - 1))
        assertEquals(0, Settings().pauseLeftMs(nowMs = 5))
    }

    @Test
    fun `an app may be blocked on one kind of network only`() {
        assertEquals(AppMode.BLOCK, choice.on(Network.MOBILE))
        assertEquals(AppMode.WATCH, choice.on(Network.WIFI))
    }

    @Test
    fun `the engine is told what differs, for the network in use`() {
        val settings =
            Settings()
                .with("com.example.mobile", AppChoice(blockedOn = setOf(Network.MOBILE)))
                .with("com.example.trusted", AppChoice(AppMode.TRUST))
        val surroundings =
            Surroundings(
                network = Network.MOBILE,
                resolvers = listOf("10.111.222.2"),
                upstreams = listOf("192.0.2.53:53"),
                uids = mapOf(10_123 to Uid(listOf("com.example.mobile"), system = false)),
            )
        assertEquals(
            """{"version":1,"mtu":9000,"resolver_addresses":["10.111.222.2"],"dns_upstreams":["192.0.2.53:53"],""" +
                """"apps":{"com.example.mobile":"block","com.example.trusted":"trust"},""" +
                """"uids":{"10123":{"packages":["com.example.mobile"],"system":false}},"beacons":"system"}""",
            EngineConfig.of(settings, surroundings).toJson(),
        )
        val own = OwnIdentifiers("0123456789abcdef", listOf(OwnIdentifier("serial", added = null, needles = listOf(JsonPrimitive("x")))))
        val told = EngineConfig.of(settings.copy(identifiers = own), surroundings).toJson()
        val identifiers = """"known_identifiers":{"key_check":"0123456789abcdef","values":[{"kind":"serial","needles":["x"]}]}"""
        assertTrue(told, identifiers in told)
        val rules =
            RuleChoices(own = mapOf("a.example" to OwnAction.BLOCK, "192.0.2.0/24" to OwnAction.OFF), files = mapOf("a.yml" to "title: x"))
                .withFamily("Example", setOf("1"), RuleChoice.WARN)
                .with("1", "Example", RuleChoice.ON)
        val chosen = EngineConfig.of(settings.copy(rules = rules), surroundings).toJson()
        val words =
            """"own_rules":{"a.example":"block"},"rule_files":{"a.yml":"title: x"},"families":{"Example":"warn"},"rules":{"1":"on"}"""
        assertTrue(chosen, words in chosen)
        val onWifi = EngineConfig.of(settings, surroundings.copy(network = Network.WIFI))
        assertFalse("com.example.mobile" in onWifi.apps)
    }
}
