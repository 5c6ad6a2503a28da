package app.gasket.bridge;

import java.util.function.BooleanSupplier;

/** Assertions that are on whatever the flags of the VM. */
final class Check {
    private Check() {}

    interface Action {
        void run() throws Exception;
    }

    static void that(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    static void equal(Object expected, Object actual) {
        that(expected.equals(actual), "expected " + expected + ", not " + actual);
    }

    static void contains(String text, String... parts) {
        for (String part : parts) {
            that(text != null && text.contains(part), "\"" + part + "\" is not in: " + text);
        }
    }

    /** Runs {@code action}, which must throw exactly {@code kind}; its message. */
    static String refused(Class<? extends Exception> kind, Action action) {
        try {
            action.run();
        } catch (Exception thrown) {
            that(thrown.getClass() == kind, "expected " + kind + ", not " + thrown);
            return thrown.getMessage();
        }
        throw new AssertionError("expected " + kind + ", and nothing was thrown");
    }

    /** Waits for what ends by itself but tells nobody when. */
    static void eventually(String what, BooleanSupplier holds) throws InterruptedException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!holds.getAsBoolean()) {
            that(System.nanoTime() < deadline, "not within 10 s: " + what);
            Thread.sleep(1);
        }
    }
}
