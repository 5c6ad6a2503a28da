package app.gasket.bridge;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Captures are read from Java's streams, and what is wrong with them is said. */
final class Scanning {
    private Scanning() {}

    private static final String CONFIG = "{\"version\": 1, \"own_rules\": {\"tracker.example\": \"block\"}}";
    private static final long ALL = 1_000_000;
    private static final int SYN = 2;
    private static final int ACK = 16;

    static void capturesAreReadFromStreams() throws Exception {
        byte[] file = capture(3);
        String said = scan(new ByteArrayInputStream(file), ALL);
        Check.contains(said, "\"name\":\"tracker.example\"", "\"verdict\":\"block\"", "\"ending\":{\"kind\":\"whole\"}");
        Check.contains(said, "\"packets\":6", "\"blocks\":3", "\"left_out\":0");
        // In pieces as a pipe gives them.
        Check.equal(said, scan(dripping(file), ALL));

        Check.contains(scan(new ByteArrayInputStream(file), file.length - 1), "\"ending\":{\"kind\":\"too_long\"}", "\"blocks\":2");
        byte[] cut = java.util.Arrays.copyOf(file, file.length - 1);
        Check.contains(scan(new ByteArrayInputStream(cut), ALL), "\"kind\":\"damaged\"", "the record's packet", "\"blocks\":2");
        Check.contains(scan(new ByteArrayInputStream(new byte[0]), ALL), "\"offset\":0", "but the file ends here");
        Check.contains(scan(new ByteArrayInputStream("GIF89a".getBytes(StandardCharsets.US_ASCII)), ALL), "expected a pcap or pcapng file");
        Check.contains(scan(failing(file, "the cable was pulled"), ALL), "\"offset\":" + file.length, "the cable was pulled", "\"blocks\":3");
        Check.contains(scan(failing(file, null), ALL), "java.io.IOException");

        // More than anybody reads is counted only.
        Check.contains(scan(new ByteArrayInputStream(capture(1_002)), ALL), "\"left_out\":2", "\"blocks\":1002");

        Class<? extends Exception> argument = IllegalArgumentException.class;
        Check.contains(Check.refused(argument, () -> Native.scan(null, CONFIG, ALL)), "the capture is null");
        Check.contains(Check.refused(argument, () -> scan(new ByteArrayInputStream(file), -1)), "-1");
        Check.contains(Check.refused(argument, () -> Native.scan(new ByteArrayInputStream(file), "[]", ALL)), "config line 1");
    }

    private static String scan(InputStream capture, long mostBytes) {
        return new String(Native.scan(capture, CONFIG, mostBytes), StandardCharsets.UTF_8);
    }

    private static InputStream dripping(byte[] file) {
        return new ByteArrayInputStream(file) {
            @Override
            public int read(byte[] to) {
                return read(to, 0, 1);
            }
        };
    }

    private static InputStream failing(byte[] file, String why) {
        ByteArrayInputStream whole = new ByteArrayInputStream(file);
        return new InputStream() {
            @Override
            public int read() throws IOException {
                int next = whole.read();
                if (next < 0) {
                    throw new IOException(why);
                }
                return next;
            }
        };
    }

    /** A pcap of raw IP packets (link type 101): {@code leaks} connections that each ask a tracker for something. */
    private static byte[] capture(int leaks) {
        byte[] request = "GET /beat HTTP/1.1\r\nHost: tracker.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer file = ByteBuffer.allocate(24 + leaks * (2 * (16 + 40) + request.length)).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0xa1b2c3d4).putInt(0x00040002).putLong(0).putInt(65_535).putInt(101);
        for (int leak = 0; leak < leaks; leak++) {
            record(file, leak, 9, SYN, new byte[0]);
            record(file, leak, 10, ACK, request);
        }
        return file.array();
    }

    private static void record(ByteBuffer file, int leak, int sequence, int flags, byte[] payload) {
        int length = 40 + payload.length;
        file.putInt(leak).putInt(0).putInt(length).putInt(length);
        ByteBuffer packet = ByteBuffer.allocate(length);
        packet.putShort((short) 0x4500).putShort((short) length).putInt(0x4000).putInt(0x40060000);
        packet.putInt(0xc0000201).putInt(0xcb007109);
        packet.putShort((short) (10_000 + leak)).putShort((short) 80).putInt(sequence).putInt(0);
        packet.putShort((short) (0x5000 | flags)).putShort((short) 0xffff).putInt(0).put(payload);
        file.put(packet.array());
    }
}
