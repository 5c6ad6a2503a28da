package app.gasket.bridge;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** The platform: tunnels, an app behind them, and a {@link Host} that tests may make misbehave. */
final class Phone implements Host {
    static final int UID = 10123;
    static final String PACKAGE = "com.example.chatty";
    static final String CONFIG =
            """
            {"version": 1, "report_flows": true,
             "uids": {"10123": {"packages": ["com.example.chatty"], "system": true}}}""";
    static final String BLOCKED = CONFIG.replace("}}}", "}}, \"apps\": {\"" + PACKAGE + "\": \"block\"}}");

    static final String ASKING = BLOCKED.replace("\"block\"", "\"ask\"");

    /** What {@link Host#protect} does; the default keeps any socket out. */
    interface Protecting {
        boolean protect(int fd) throws Exception;
    }

    /** What {@link Host#ownerUid} does; the default knows one app. */
    interface Owning {
        int uid() throws Exception;
    }

    volatile Protecting protecting = fd -> true;
    volatile Owning owning = () -> UID;
    final List<Boolean> protectedOpen = new CopyOnWriteArrayList<>();
    final List<String> asked = new CopyOnWriteArrayList<>();

    @Override
    public boolean protect(int fd) {
        protectedOpen.add(Descriptors.isOpen(fd));
        try {
            return protecting.protect(fd);
        } catch (Exception thrown) {
            throw sneaky(thrown);
        }
    }

    @Override
    public int ownerUid(int protocol, byte[] flow) {
        asked.add(protocol + " " + describe(flow));
        try {
            return owning.uid();
        } catch (Exception thrown) {
            throw sneaky(thrown);
        }
    }

    /** The descriptors of the tunnels, each to be given away once. */
    static int tunnel(int number) {
        return Integer.parseInt(System.getenv("TUNS").split(",")[number]);
    }

    /** How many descriptors of tunnels this process holds. */
    static int openTunnels() {
        return Descriptors.openOn(Path.of("/dev/net/tun"));
    }

    /** Has the app's packets go by tunnel {@code number}. */
    static void route(int number) throws Exception {
        String words = "ip route replace default dev tun" + number + " src 10.111." + number + ".1";
        Check.equal(0, inApp(words.split(" ")).inheritIO().start().waitFor());
    }

    /** What the app gets when it asks the fake internet; null if it gets nothing. */
    static String fetch(String... more) throws Exception {
        String url = "http://" + Internet.ADDRESS + "/";
        Stream<String> words = Stream.of("curl", "-sS", "--fail", "--max-time", "5");
        String[] curl = Stream.of(words, Stream.of(more), Stream.of(url)).flatMap(w -> w).toArray(String[]::new);
        Process process = inApp(curl).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? said : null;
    }

    /** The app sends some hundred datagrams, each to another port: as many as the tunnel's own queue has room for. */
    static void sendMany() throws Exception {
        String words =
                "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                        + "for port in range(20000, 20400): s.sendto(b'a', ('" + Internet.ADDRESS + "', port))\n";
        Check.equal(0, inApp("python3", "-c", words).inheritIO().start().waitFor());
    }

    /** A file of the test's folder, as curl posts it the way the registration does. */
    static String[] posting(String file) {
        String path = Path.of(System.getProperty("folder"), file).toString();
        return new String[] {"-H", "Content-Type: application/encrypted-json", "--data-binary", "@" + path};
    }

    /** Events until one holds all of {@code parts}; all that came, as one text. */
    static String events(long engine, String... parts) {
        StringBuilder all = new StringBuilder();
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (System.nanoTime() < deadline) {
            byte[] batch = Native.nextEvents(engine, 500);
            if (batch == null) {
                break;
            }
            String text = new String(batch, StandardCharsets.UTF_8);
            Check.that(text.startsWith("[") && text.endsWith("]"), "not a JSON array: " + text);
            all.append(text);
            for (String event : text.split("(?=\\{\"schema\")")) {
                if (Stream.of(parts).allMatch(event::contains)) {
                    return all.toString();
                }
            }
        }
        throw new AssertionError("no event with " + List.of(parts) + " among: " + all);
    }

    private static ProcessBuilder inApp(String... words) {
        Stream<String> enter = Stream.of("nsenter", "--net=" + System.getenv("APP_NAMESPACE"), "--");
        return new ProcessBuilder(Stream.concat(enter, Stream.of(words)).toList());
    }

    /** {@code 10.111.0.1:40000 203.0.113.10:80}, from the 36 bytes of the boundary. */
    private static String describe(byte[] flow) {
        Check.equal(36, flow.length);
        try {
            ByteBuffer bytes = ByteBuffer.wrap(flow);
            StringBuilder text = new StringBuilder();
            for (int end = 0; end < 2; end++) {
                byte[] address = new byte[16];
                bytes.get(address);
                text.append(InetAddress.getByAddress(address).getHostAddress());
                text.append(':').append(Short.toUnsignedInt(bytes.getShort())).append(' ');
            }
            return text.toString().trim();
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Throws a checked exception as Kotlin may, past a signature that declares none. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> RuntimeException sneaky(Throwable thrown) throws E {
        throw (E) thrown;
    }
}
