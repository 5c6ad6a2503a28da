import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Request;
import org.junit.runner.manipulation.Filter;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/** Runs the test classes it is given, one line a test, and closes with a line that the build reads. */
public final class TestRunner extends RunListener {
    /** No test takes as long; one that does has hung. */
    private static final long LIMIT_MINUTES = 5;

    private final ScheduledExecutorService watch =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        Thread thread = new Thread(task, "test-watch");
                        thread.setDaemon(true);
                        return thread;
                    });
    private ScheduledFuture<?> limit;
    private Failure failure;
    private String skipped;
    private long started;
    private int passedCount;
    private int failedCount;
    private int skippedCount;

    public static void main(String[] arguments) throws ClassNotFoundException {
        String wanted = arguments[0];
        List<Class<?>> classes = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
            classes.add(Class.forName(arguments[i], false, TestRunner.class.getClassLoader()));
        }
        TestRunner runner = new TestRunner();
        JUnitCore core = new JUnitCore();
        core.addListener(runner);
        for (Class<?> testClass : classes) {
            Request request = Request.aClass(testClass);
            if (wanted.isEmpty() || hasMatch(request.getRunner().getDescription(), wanted)) {
                core.run(wanted.isEmpty() ? request : request.filterWith(matching(wanted)));
            }
        }
        System.out.println(
                "TALLY " + runner.passedCount + " " + runner.failedCount + " " + runner.skippedCount);
        System.out.flush();
        // Threads that a test left behind must not keep the process.
        Runtime.getRuntime().halt(runner.failedCount == 0 ? 0 : 1);
    }

    private static boolean hasMatch(Description description, String wanted) {
        if (description.isTest()) {
            return description.getDisplayName().contains(wanted);
        }
        return description.getChildren().stream().anyMatch(child -> hasMatch(child, wanted));
    }

    private static Filter matching(String wanted) {
        return new Filter() {
            @Override
            public boolean shouldRun(Description description) {
                return hasMatch(description, wanted);
            }

            @Override
            public String describe() {
                return "named " + wanted;
            }
        };
    }

    @Override
    public void testStarted(Description description) {
        failure = null;
        skipped = null;
        started = System.nanoTime();
        limit = watch.schedule(() -> hung(description), LIMIT_MINUTES, TimeUnit.MINUTES);
    }

    @Override
    public void testFailure(Failure found) {
        if (found.getDescription().isTest()) {
            failure = failure == null ? found : failure;
        } else {
            // Outside of any test: a class that cannot be set up.
            failedCount++;
            print("FAILED", found.getDescription(), 0);
            System.out.println(found.getTrace());
        }
    }

    @Override
    public void testAssumptionFailure(Failure found) {
        skipped = found.getMessage();
        if (!found.getDescription().isTest()) {
            skippedCount++;
            System.out.println("skipped: " + name(found.getDescription()) + ": " + skipped);
        }
    }

    @Override
    public void testIgnored(Description description) {
        skippedCount++;
        System.out.println("skipped: " + name(description) + ": @Ignore");
    }

    @Override
    public void testFinished(Description description) {
        limit.cancel(false);
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        if (failure != null) {
            failedCount++;
            print("FAILED", description, took);
            System.out.println(failure.getTrace());
        } else if (skipped != null) {
            skippedCount++;
            System.out.println("skipped: " + name(description) + ": " + skipped);
        } else {
            passedCount++;
            print("passed", description, took);
        }
    }

    private static void print(String outcome, Description description, long milliseconds) {
        System.out.printf("%s  %s  %d ms%n", outcome, name(description), milliseconds);
    }

    private static String name(Description description) {
        String method = description.getMethodName();
        return method == null
                ? description.getDisplayName()
                : description.getTestClass().getName() + "." + method;
    }

    private static void hung(Description description) {
        System.out.println("FAILED  " + name(description) + "  hung for " + LIMIT_MINUTES + " minutes");
        Thread.getAllStackTraces()
                .forEach(
                        (thread, frames) -> {
                            System.out.println("  " + thread);
                            for (StackTraceElement frame : frames) {
                                System.out.println("    at " + frame);
                            }
                        });
        System.out.flush();
        Runtime.getRuntime().halt(3);
    }
}
