package app.gasket.bridge;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** An engine ends within a second, whatever it is at, and leaves nothing. */
final class Stopping {
    private Stopping() {}

    private static final int MUCH = 3_000;
    private static final int AT_ONCE = 1_024;
    private static final int WARM_UP = 100;
    private static final int CYCLES = 1_000;
    private static final long GROWTH_KB = 4_096;

    /** Stops; fails if that takes a second. */
    private static void stop(long engine) {
        long start = System.nanoTime();
        Native.stop(engine);
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        Check.that(took < 1_000, "stop took " + took + " ms");
    }

    static void idle() throws Exception {
        stop(Native.start(new Phone(), Phone.tunnel(0), Phone.CONFIG));
    }

    static void whileEventsAreAwaited() throws Exception {
        long engine = Native.start(new Phone(), Phone.tunnel(0), Phone.CONFIG);
        CountDownLatch waits = new CountDownLatch(1);
        FutureTask<byte[]> last =
                new FutureTask<>(
                        () -> {
                            waits.countDown();
                            return Native.nextEvents(engine, 60_000);
                        });
        Thread reader = new Thread(last, "events");
        reader.start();
        waits.await();
        Check.eventually("the reader waits", () -> reader.getState() == Thread.State.RUNNABLE);
        stop(engine);
        Check.that(last.get(1, TimeUnit.SECONDS) == null, "events of a stopped engine");
    }

    static void whileTheHostHangs() throws Exception {
        Internet internet = new Internet();
        Phone phone = new Phone();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        phone.protecting =
                fd -> {
                    asked.countDown();
                    answer.await();
                    return true;
                };
        long engine = Native.start(phone, Phone.tunnel(0), Phone.CONFIG);
        FutureTask<String> fetch = new FutureTask<>(Phone::fetch);
        new Thread(fetch, "app").start();
        asked.await();
        stop(engine);
        answer.countDown();
        Check.that(fetch.get() == null, "an answer from a stopped engine");
        Check.eventually("the tunnel is closed", () -> Phone.openTunnels() == 0);
        Check.equal(0, internet.requests.get());
    }

    static void whileTheOwnerIsAskedFor() throws Exception {
        Phone phone = new Phone();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        phone.owning =
                () -> {
                    asked.countDown();
                    answer.await();
                    return Phone.UID;
                };
        long engine = Native.start(phone, Phone.tunnel(0), Phone.BLOCKED);
        FutureTask<String> fetch = new FutureTask<>(Phone::fetch);
        new Thread(fetch, "app").start();
        asked.await();
        stop(engine);
        Check.equal(0, Phone.openTunnels());
        answer.countDown();
        Check.that(fetch.get() == null, "an answer from a stopped engine");
    }

    static void fromWithinAQuestion() throws Exception {
        new Internet();
        Phone phone = new Phone();
        FutureTask<Long> engine = new FutureTask<>(() -> Native.start(phone, Phone.tunnel(0), Phone.CONFIG));
        phone.protecting =
                fd -> {
                    stop(engine.get());
                    return true;
                };
        engine.run();
        Check.that(Phone.fetch() == null, "an answer from a stopped engine");
        Check.eventually("the tunnel is closed", () -> Phone.openTunnels() == 0);
    }

    static void afterItsDeath() throws Exception {
        long engine = Native.start(new Phone(), Phone.tunnel(0), Phone.CONFIG);
        Probe.panicAtNextProtect();
        Check.that(Phone.fetch() == null, "an answer from a dead engine");
        stop(engine);
    }

    static void afterTheTunnelIsGone() throws Exception {
        // The reading end of a pipe whose writers are gone: the end of the file at once.
        Path pipe = Path.of(System.getProperty("folder"), "ended");
        int holder = Descriptors.silent(pipe);
        int fd = Descriptors.detach(pipe, "r");
        long engine = Native.start(new Phone(), fd, Phone.CONFIG);
        Native.replaceTun(engine, holder);
        stop(engine);
        Check.equal(0, Descriptors.openOn(pipe));
    }

    /** Many at once, each with a reader, stopped by several threads. */
    static void manyAtOnce() throws Exception {
        Path pipe = Path.of(System.getProperty("folder"), "pipe");
        Thread[] threads = new Thread[8];
        for (int at = 0; at < threads.length; at++) {
            long engine = Native.start(new Phone(), Descriptors.silent(pipe), Phone.CONFIG);
            Thread reader = new Thread(() -> Check.that(Native.nextEvents(engine, 60_000) == null, "events"));
            reader.start();
            threads[at] = new Thread(() -> stop(engine));
        }
        for (Thread thread : threads) {
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Check.equal(0, Descriptors.openOn(pipe));
    }

    /** What nobody fetched comes a batch at a time: a phone's Java memory has no room for all that an engine keeps. */
    static void withMuchUntold() throws Exception {
        Phone phone = new Phone();
        long engine = Native.start(phone, Phone.tunnel(0), Phone.BLOCKED);
        while (phone.asked.size() < MUCH) {
            Phone.sendMany();
        }
        int told = 0;
        int batches = 0;
        for (byte[] batch = Native.stop(engine); batch != null; batch = Native.nextEvents(engine, 60_000)) {
            int events = new String(batch, StandardCharsets.UTF_8).split("\\{\"schema\"").length - 1;
            Check.that(events <= AT_ONCE, events + " at once");
            told += events;
            batches++;
        }
        Check.that(told > 2 * AT_ONCE && batches > 2, told + " in " + batches + " batches");
        Check.that(Native.nextEvents(engine, 60_000) == null, "more of a stopped engine");
        Check.equal("[]", new String(Native.stop(engine)));
    }

    static void aThousandTimesWithoutGrowth() throws Exception {
        Path pipe = Path.of(System.getProperty("folder"), "pipe");
        cycles(pipe, WARM_UP);
        long[] before = settled();
        cycles(pipe, CYCLES);
        long[] after = settled();
        System.out.printf(
                "descriptors %d -> %d, threads %d -> %d, resident %d -> %d KiB%n",
                before[0], after[0], before[1], after[1], before[2], after[2]);
        Check.equal(before[0], after[0]);
        Check.equal(before[1], after[1]);
        Check.that(after[2] - before[2] < GROWTH_KB, "grew by " + (after[2] - before[2]) + " KiB");
    }

    private static void cycles(Path pipe, int count) throws Exception {
        for (int at = 0; at < count; at++) {
            long engine = Native.start(new Phone(), Descriptors.silent(pipe), Phone.CONFIG);
            Native.setConfig(engine, Phone.BLOCKED);
            Check.equal("[]", new String(Native.nextEvents(engine, 0)));
            stop(engine);
        }
    }

    /** Open descriptors, threads and resident KiB once threads that are ending have ended. */
    private static long[] settled() throws Exception {
        // A thread that has not run yet has no name yet; but whoever is part of an engine holds its eventfd.
        Path eventfd = Path.of("anon_inode:[eventfd]");
        Check.eventually("nothing of an engine is left", () -> Descriptors.openOn(eventfd) == 0);
        Check.eventually("only the VM's threads are left", () -> !anyThread("gasket-"));
        System.gc();
        String status = Files.readString(Path.of("/proc/self/status"));
        return new long[] {
            Path.of("/proc/self/fd").toFile().list().length, number(status, "Threads:"), number(status, "VmRSS:"),
        };
    }

    private static boolean anyThread(String prefix) {
        for (String id : Path.of("/proc/self/task").toFile().list()) {
            try {
                if (Files.readString(Path.of("/proc/self/task", id, "comm")).startsWith(prefix)) {
                    return true;
                }
            } catch (java.io.IOException ended) {
                // It has ended since it was listed.
            }
        }
        return false;
    }

    private static long number(String status, String key) {
        String rest = status.substring(status.indexOf(key) + key.length()).trim();
        return Long.parseLong(rest.split("\\s+")[0]);
    }
}
