package app.gasket.bridge;

import java.nio.file.Files;
import java.nio.file.Path;

/** What is wrong is said, and nothing is left behind. */
final class Refusing {
    private Refusing() {}

    static void badConfigs() throws Exception {
        Path pipe = Path.of(System.getProperty("folder"), "pipe");
        Phone phone = new Phone();
        String[][] mistakes = {
            {"", "config line 1, column 0", "must be one JSON object"},
            {"[]", "config line 1, column 1", "a list, where an object belongs"},
            {"{\"version\": 1,\n\"hold_port\": [80]}", "line 2, column 11", "key \"hold_port\"", "Did you mean"},
            {"{\"version\": 1, \"uids\": {\"a\": {}}}", "key \"uids\"", "\"a\" is not a user id"},
        };
        for (String[] mistake : mistakes) {
            int fd = Descriptors.silent(pipe);
            String message =
                    Check.refused(IllegalArgumentException.class, () -> Native.start(phone, fd, mistake[0]));
            Check.contains(message, java.util.Arrays.copyOfRange(mistake, 1, mistake.length));
            Check.equal(0, Descriptors.openOn(pipe));
        }
    }

    static void placesAreTakenOrRefused() throws Exception {
        byte[] file = Files.readAllBytes(Path.of(System.getProperty("places")));
        Native.setPlaces(file);
        Class<? extends Exception> argument = IllegalArgumentException.class;
        byte[] cut = java.util.Arrays.copyOf(file, file.length - 1);
        Check.contains(Check.refused(argument, () -> Native.setPlaces(cut)), "not a file of places", "table of contents");
        Check.contains(Check.refused(argument, () -> Native.setPlaces(new byte[0])), "does not begin with");
        Check.contains(Check.refused(argument, () -> Native.setPlaces(null)), "null");
    }

    static void typedIdentifiersNeedTheirKey() throws Exception {
        Class<? extends Exception> argument = IllegalArgumentException.class;
        Path pipe = Path.of(System.getProperty("folder"), "pipe");
        Phone phone = new Phone();
        Check.contains(Check.refused(argument, () -> Native.addIdentifier("", "serial", "X7K2M9PQ4R", 1)), "setIdentifierKey");
        Check.contains(Check.refused(argument, () -> Native.setIdentifierKey(new byte[31])), "31 bytes");
        byte[] key = new byte[32];
        key[0] = 7;
        Native.setIdentifierKey(key);
        String known = Native.addIdentifier("", "serial", "X7K2M9PQ4R", 1_700_000_000);
        Check.contains(known, "\"added\":1700000000", "\"kind\":\"serial\"");
        Check.that(!known.contains("X7K2M9PQ4R"), "the value is not kept");
        Check.equal(known, Native.addIdentifier(known, "serial", "X7K2M9PQ4R", 1_800_000_000));
        Check.contains(Check.refused(argument, () -> Native.addIdentifier(known, "imei", "123456789012345", 1)), "IMEI");
        Check.contains(Check.refused(argument, () -> Native.addIdentifier(known, "imsl", "1", 1)), "did you mean");
        Check.contains(Check.refused(argument, () -> Native.addIdentifier("{", "serial", "X7K2M9PQ4R", 1)), "known identifiers");

        String config = Phone.CONFIG.replaceFirst("}\\s*$", ", \"known_identifiers\": " + java.util.regex.Matcher.quoteReplacement(known) + "}");
        Native.stop(Native.start(phone, Descriptors.silent(pipe), config));
        key[0] = 8;
        Native.setIdentifierKey(key);
        int fd = Descriptors.silent(pipe);
        Check.contains(Check.refused(argument, () -> Native.start(phone, fd, config)), "known_identifiers");
        Check.equal(0, Descriptors.openOn(pipe));
    }

    static void whatWasLearnedNeedsItsKey() throws Exception {
        Class<? extends Exception> argument = IllegalArgumentException.class;
        Path pipe = Path.of(System.getProperty("folder"), "pipe");
        Phone phone = new Phone();
        byte[] key = new byte[32];
        byte[] other = key.clone();
        other[31] = 1;
        byte[] none = new byte[0];
        long engine = Native.start(phone, Descriptors.silent(pipe), Phone.CONFIG);
        Native.setLearned(engine, key, none);
        byte[] state = Native.learned(engine);
        Check.contains(new String(state, java.nio.charset.StandardCharsets.ISO_8859_1), "GSKTLRN1");
        Native.setLearned(engine, key, state);
        Check.equal(java.util.Arrays.toString(state), java.util.Arrays.toString(Native.learned(engine)));
        Check.contains(Check.refused(argument, () -> Native.setLearned(engine, other, state)), "another key");
        Check.contains(Check.refused(argument, () -> Native.setLearned(engine, key, new byte[] {1})), "GSKTLRN1");
        Check.contains(Check.refused(argument, () -> Native.setLearned(engine, new byte[31], none)), "31 bytes");
        Check.contains(Check.refused(argument, () -> Native.setLearned(engine, key, null)), "null");
        Native.stop(engine);
        Check.that(Native.learned(engine) == null, "a stopped engine has learned nothing");
        Check.refused(IllegalStateException.class, () -> Native.setLearned(engine, key, none));
        Check.equal(0, Descriptors.openOn(pipe));
    }

    private static final String RULE = """
        title: Example beacon
        id: 00000000-0000-4000-8000-000000000001
        status: test
        level: low
        description: Said for a test.
        references: [https://example.org/]
        logsource: {product: android, category: flow}
        detection:
          host: {http.host: beacon.example}
          query: {http.query|contains: imei=}
          condition: host and query
        falsepositives: [none]
        custom:
          family: Tests
          action: warn
          confidence: suspected
          breakage: none known
          receipt: This app sent a beacon.
          tests:
            match: [{http.host: beacon.example, http.query: imei=1}]
            no_match: [{http.host: other.example}]
        """;

    static void rulesAreListedTriedOrRefused() {
        Class<? extends Exception> argument = IllegalArgumentException.class;
        String quoted = "\"" + RULE.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
        String shipped = Native.rules("{}");
        Check.contains(shipped, "\"family\":\"China Telecom\"", "\"action\":\"block\"", "\"refused\":[]", "\"pack\":{\"date\":\"20");
        Check.that(!shipped.contains("Example beacon"), "not there before it is imported");
        Check.contains(Native.rules("{\"a.yml\": " + quoted + "}"), "Example beacon", "\"file\":\"a.yml\"", "\"refused\":[]");
        String broken = quoted.replace("level: low", "level: lo");
        Check.contains(Native.rules("{\"a.yml\": " + broken + "}"), "a.yml, line 4: unknown level `lo`; did you mean `low`?");
        Check.contains(Check.refused(argument, () -> Native.rules("[")), "rule files");
        Check.contains(Check.refused(argument, () -> Native.rules(null)), "null");

        String lines = "[{\"http.host\":\"beacon.example\",\"http.query\":null},{\"http.host\":\"other.example\",\"http.query\":null}]";
        Check.equal("{\"matches\":[],\"undecided\":[0],\"missing\":[\"http.query\"]}", Native.hindsight("a.yml", RULE, lines));
        Check.contains(Native.hindsight("a.yml", RULE, lines.replaceFirst("null", "\"imei=1\"")), "\"matches\":[0]");
        Check.contains(Check.refused(argument, () -> Native.hindsight("a.yml", "", lines)), "a.yml, line 1");
        Check.contains(Check.refused(argument, () -> Native.hindsight("a.yml", RULE, "[{\"a\": 1}]")), "unknown field `a`");

        Check.equal("tracker.example", Native.target(" Tracker.Example. "));
        Check.equal("203.0.113.0/24", Native.target("203.0.113.0/24"));
        Check.contains(Check.refused(argument, () -> Native.target("https://tracker.example/")), "leave out scheme");
        Check.contains(Check.refused(argument, () -> Native.target(null)), "null");
    }

    static void evidenceIsMadeOrRefused() {
        Class<? extends Exception> argument = IllegalArgumentException.class;
        String record = "{\\\"verdict\\\":\\\"block\\\",\\\"name\\\":\\\"d350000001234562.example\\\"}";
        String link = "0f".repeat(32);
        String asked = "{\"record\": \"" + record + "\", \"line\": 3, \"written_time\": \"2026-11-24 04:04:40 +00:00\", \"language\": \"en\", "
                + "\"sentence\": \"To d350000001234562.example.\", \"sender\": null, \"to\": \"d350000001234562.example\", "
                + "\"facts\": [\"d350000001234562.example\"], \"rule\": null, "
                + "\"head\": {\"line\": 3, \"line_link\": \"" + link + "\", \"turn\": 0, \"turn_link\": \"" + link + "\"}}";
        byte[] bundle = Native.evidence(asked);
        String text = new String(bundle, java.nio.charset.StandardCharsets.ISO_8859_1);
        Check.contains(text, "manifest.json", "page.html", "event.json", "\"line_link\":\"" + link);
        Check.that(!text.contains("350000001234562"), "no identifier in clear");
        Check.that(asked.contains("350000001234562"), "the control");
        Check.that(java.util.Arrays.equals(bundle, Native.evidence(asked)), "the same of the same");
        Check.contains(Check.refused(argument, () -> Native.evidence(null)), "null");
        Check.contains(Check.refused(argument, () -> Native.evidence("{}")), "missing field `record`");
        Check.contains(Check.refused(argument, () -> Native.evidence(asked.replace(record, "{"))), "the record: EOF");
        Check.contains(Check.refused(argument, () -> Native.evidence(asked.replace(link, "0f"))), "64 hexadecimal digits");
    }

    static void everyPathClosesTheDescriptor() throws Exception {
        Path pipe = Path.of(System.getProperty("folder"), "pipe");
        Phone phone = new Phone();
        Class<? extends Exception> argument = IllegalArgumentException.class;
        Class<? extends Exception> state = IllegalStateException.class;

        int fd = Descriptors.silent(pipe);
        Check.equal(1, Descriptors.openOn(pipe));
        Check.contains(Check.refused(argument, () -> Native.start(null, fd, Phone.CONFIG)), "the host is null");
        Check.equal(0, Descriptors.openOn(pipe));

        int second = Descriptors.silent(pipe);
        Check.contains(Check.refused(argument, () -> Native.start(phone, second, null)), "the config is null");
        Check.equal(0, Descriptors.openOn(pipe));

        // A plain file cannot be watched by epoll.
        Path file = Path.of(System.getProperty("folder"), "plain");
        int plain = Descriptors.detach(file, "rw");
        Check.contains(Check.refused(state, () -> Native.start(phone, plain, Phone.CONFIG)), "event loop");
        Check.equal(0, Descriptors.openOn(file));

        Check.contains(Check.refused(argument, () -> Native.start(phone, -1, Phone.CONFIG)), "detachFd");
        Check.contains(Check.refused(argument, () -> Native.replaceTun(1, -1)), "detachFd");

        int orphan = Descriptors.silent(pipe);
        Check.contains(Check.refused(state, () -> Native.replaceTun(4711, orphan)), "no engine 4711");
        Check.equal(0, Descriptors.openOn(pipe));

        long engine = Native.start(phone, Descriptors.silent(pipe), Phone.CONFIG);
        Check.that(Descriptors.openOn(pipe) > 0, "a running engine holds its tunnel");
        Native.stop(engine);
        Check.equal(0, Descriptors.openOn(pipe));
        int late = Descriptors.silent(pipe);
        Check.refused(state, () -> Native.replaceTun(engine, late));
        Check.equal(0, Descriptors.openOn(pipe));
    }

    static void aStoppedEngineIsNoEngine() throws Exception {
        Path pipe = Path.of(System.getProperty("folder"), "pipe");
        long engine = Native.start(new Phone(), Descriptors.silent(pipe), Phone.CONFIG);
        Check.equal("[]", new String(Native.nextEvents(engine, 0)));
        Check.equal("[]", new String(Native.nextEvents(engine, -5)));
        Native.stop(engine);
        Native.stop(engine);
        Native.stop(0);
        Native.stop(Long.MIN_VALUE);
        Check.that(Native.nextEvents(engine, 10_000) == null, "events of a stopped engine");
        Check.refused(IllegalStateException.class, () -> Native.setConfig(engine, Phone.CONFIG));
        Check.refused(IllegalStateException.class, () -> Native.deviceEvent(engine, "{\"kind\": \"boot\"}"));
        long next = Native.start(new Phone(), Descriptors.silent(pipe), Phone.CONFIG);
        Check.that(next != engine, "a handle was used twice");
        Native.stop(next);
    }

    static void wrongWords() throws Exception {
        Path pipe = Path.of(System.getProperty("folder"), "pipe");
        Class<? extends Exception> argument = IllegalArgumentException.class;
        long engine = Native.start(new Phone(), Descriptors.silent(pipe), Phone.CONFIG);
        Check.contains(
                Check.refused(argument, () -> Native.deviceEvent(engine, "{\"kind\": \"bot\"}")),
                "unknown variant `bot`", "`boot`", "line 1 column 14");
        Check.refused(argument, () -> Native.deviceEvent(engine, "{}"));
        Check.contains(Check.refused(argument, () -> Native.deviceEvent(engine, null)), "is null");
        Check.contains(Check.refused(argument, () -> Native.setConfig(engine, null)), "is null");
        for (String kind : "boot connectivity sim_change service_change screen_on unlock alarm package_change".split(" ")) {
            Native.deviceEvent(engine, "{\"kind\": \"" + kind + "\"}");
        }
        for (int level : new int[] {-1, 6, Integer.MIN_VALUE}) {
            Check.contains(Check.refused(argument, () -> Native.initLogging(level)), "0 (off) to 5 (trace)");
        }
        for (int level = 0; level <= 5; level++) {
            Native.initLogging(level);
        }
        Check.equal(System.getProperty("version"), Native.version());
        Native.stop(engine);
    }

    static void aPanicIsAnException() {
        for (int time = 0; time < 3; time++) {
            String message = Check.refused(IllegalStateException.class, Probe::panicHere);
            Check.contains(message, "asked for at the boundary");
        }
        Check.equal(System.getProperty("version"), Native.version());
    }
}
