package app.gasket.bridge;

/** Panics on demand; only in a library built with the feature `faults`. */
final class Faults {
    private Faults() {}

    static native void panicHere();

    static native void panicAtNextProtect();
}
