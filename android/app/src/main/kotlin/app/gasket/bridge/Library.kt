package app.gasket.bridge

/** Loads the native library. A class of its own, so that a test can load another build of it. */
internal object Library {
    fun load() = System.loadLibrary("gasket_jni")
}
