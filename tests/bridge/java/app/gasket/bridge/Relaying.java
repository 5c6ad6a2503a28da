package app.gasket.bridge;

import java.nio.charset.StandardCharsets;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Packets over a real tunnel. */
final class Relaying {
    private Relaying() {}

    static void relays() throws Exception {
        Internet internet = new Internet();
        Phone phone = new Phone();
        long engine = Native.start(phone, Phone.tunnel(0), Phone.CONFIG);
        Check.equal(Internet.HELLO, Phone.fetch());
        Check.equal(1, internet.requests.get());
        Check.equal(java.util.List.of(true), phone.protectedOpen);
        String asked = phone.asked.get(0);
        Check.that(
                asked.matches("6 10\\.111\\.0\\.1:\\d+ 203\\.0\\.113\\.10:80"),
                "the flow that was asked about: " + asked);
        Phone.events(
                engine,
                "\"subject\":\"ended\"",
                "\"uid\":10123,\"packages\":[\"com.example.chatty\"],\"system\":true",
                "\"address\":\"203.0.113.10\",\"port\":80",
                "\"verdict\":\"allow\"");
        Native.stop(engine);
    }

    static void blocks() throws Exception {
        Internet internet = new Internet();
        long engine = Native.start(new Phone(), Phone.tunnel(0), Phone.CONFIG);
        Check.equal(Internet.HELLO, Phone.fetch(Phone.posting("harmless")));
        Check.equal(1, internet.connections.get());

        Native.deviceEvent(engine, "{\"kind\": \"boot\"}");
        Check.that(Phone.fetch(Phone.posting("registration")) == null, "the registration got an answer");
        Phone.events(
                engine,
                "\"verdict\":\"block\"",
                "\"reason\":\"rule_matched\"",
                "\"bytes_left\":0",
                "\"dialled\":false",
                "\"device_event\":{\"kind\":\"boot\"");

        Native.setConfig(engine, Phone.BLOCKED);
        Check.that(Phone.fetch() == null, "a blocked app got an answer");
        Phone.events(engine, "\"reason\":\"app_blocked\"");
        Check.equal(1, internet.connections.get());
        Check.that(Phone.fetch() == null, "a blocked app got an answer");
        Check.contains(new String(Native.stop(engine), StandardCharsets.UTF_8), "\"reason\":\"app_blocked\"");
        Check.equal("[]", new String(Native.stop(engine), StandardCharsets.UTF_8));
    }

    static void asks() throws Exception {
        Internet internet = new Internet();
        long engine = Native.start(new Phone(), Phone.tunnel(0), Phone.ASKING);
        for (boolean allow : new boolean[] {true, false}) {
            CompletableFuture<String> answer =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            return Phone.fetch("--data", "{\"imei\":\"350000001234562\"}");
                        } catch (Exception failed) {
                            throw new IllegalStateException(failed);
                        }
                    });
            String told = Phone.events(engine, "\"outcome\":\"waiting\"", "\"bytes_left\":0");
            Check.equal(allow ? 0 : 1, internet.connections.get());
            Matcher question = Pattern.compile("\"asked\":\\{\"question\":(\\d+)").matcher(told);
            Check.that(question.find(), "no question: " + told);
            long number = Long.parseLong(question.group(1));
            // Of another, and of none.
            Native.answer(engine, number ^ 2, !allow);
            Native.answer(engine, -1, !allow);
            Native.answer(engine, number, allow);
            Check.that(Internet.HELLO.equals(answer.get()) == allow, "what the app got: " + answer.get());
            Phone.events(engine, "\"outcome\":\"" + (allow ? "allowed" : "blocked") + "\"");
        }
        Check.equal(1, internet.connections.get());
        Native.stop(engine);
        Check.refused(IllegalStateException.class, () -> Native.answer(engine, 1, true));
    }

    static void aBadConfigKeepsTheOld() throws Exception {
        Internet internet = new Internet();
        long engine = Native.start(new Phone(), Phone.tunnel(0), Phone.BLOCKED);
        String message =
                Check.refused(
                        IllegalArgumentException.class,
                        () -> Native.setConfig(engine, "{\"version\": 1,\n \"mtu\": 12}"));
        Check.contains(message, "line 2, column 10", "key \"mtu\"", "12 bytes is out of range", "Write a whole number");
        Check.that(Phone.fetch() == null, "a blocked app got an answer");
        Check.equal(0, internet.connections.get());
        Native.setConfig(engine, Phone.CONFIG);
        Check.equal(Internet.HELLO, Phone.fetch());
        Native.stop(engine);
    }

    static void changesTunnels() throws Exception {
        new Internet();
        long engine = Native.start(new Phone(), Phone.tunnel(0), Phone.CONFIG);
        Check.equal(Internet.HELLO, Phone.fetch());
        int both = Phone.openTunnels();
        Native.replaceTun(engine, Phone.tunnel(1));
        Phone.route(1);
        Check.equal(Internet.HELLO, Phone.fetch());
        // What the engine held of the old one is gone, and it holds as much of the new one.
        Check.equal(both - 1, Phone.openTunnels());
        Native.stop(engine);
        Check.equal(0, Phone.openTunnels());
    }

    static void anUnprotectedSocketIsNotUsed() throws Exception {
        Internet internet = new Internet();
        Phone phone = new Phone();
        long engine = Native.start(phone, Phone.tunnel(0), Phone.CONFIG);
        phone.protecting = fd -> false;
        Check.that(Phone.fetch() == null, "an answer over an unprotected socket");
        phone.protecting =
                fd -> {
                    throw new IOException("checked, as a dead system service throws it");
                };
        Check.that(Phone.fetch() == null, "an answer over an unprotected socket");
        phone.protecting =
                fd -> {
                    throw new IllegalStateException("unchecked");
                };
        Check.that(Phone.fetch() == null, "an answer over an unprotected socket");
        Check.equal(0, internet.connections.get());
        Check.equal(3, phone.protectedOpen.size());
        phone.protecting = fd -> true;
        Check.equal(Internet.HELLO, Phone.fetch());
        Native.stop(engine);
    }

    static void anOwnerThatIsNotToldIsUnknown() throws Exception {
        new Internet();
        Phone phone = new Phone();
        long engine = Native.start(phone, Phone.tunnel(0), Phone.CONFIG);
        phone.owning =
                () -> {
                    throw new SecurityException("not the VPN any more");
                };
        Check.equal(Internet.HELLO, Phone.fetch());
        Phone.events(engine, "\"subject\":\"ended\"", "\"app\":null");
        phone.owning = () -> -1;
        Check.equal(Internet.HELLO, Phone.fetch());
        Phone.events(engine, "\"subject\":\"ended\"", "\"app\":null");
        phone.owning = () -> Phone.UID + 1;
        Check.equal(Internet.HELLO, Phone.fetch());
        Phone.events(engine, "\"subject\":\"ended\"", "\"uid\":10124,\"packages\":[]");
        Check.equal(3, phone.asked.size());
        Native.stop(engine);
    }

    static void aDeadEngineSwallows() throws Exception {
        Internet internet = new Internet();
        long engine = Native.start(new Phone(), Phone.tunnel(0), Phone.CONFIG);
        Probe.panicAtNextProtect();
        Check.that(Phone.fetch() == null, "an answer from a dead engine");
        Check.that(Native.nextEvents(engine, 10_000) == null, "a dead engine says that it has ended");
        Check.that(Phone.openTunnels() > 0, "the tunnel of a dead engine was closed");
        Check.that(Phone.fetch() == null, "an answer past a dead engine");
        Check.equal(0, internet.connections.get());
        Native.stop(engine);
        Check.equal(0, Phone.openTunnels());
    }
}
