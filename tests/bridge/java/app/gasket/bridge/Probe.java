package app.gasket.bridge;

/** Panics on demand; only in a library built with the feature {@code probes}. */
final class Probe {
    private Probe() {}

    static native void panicHere();

    static native void panicAtNextProtect();
}
