package app.gasket.bridge;

/** The boundary as the app declares it. */
final class Native {
    private Native() {}

    static native long start(Host host, int tunFd, String configJson);

    static native void replaceTun(long engine, int fd);

    static native void setConfig(long engine, String configJson);

    static native void deviceEvent(long engine, String json);

    static native void answer(long engine, long question, boolean allow);

    static native byte[] nextEvents(long engine, long timeoutMs);

    static native byte[] stop(long engine);

    static native void initLogging(int level);

    static native void setPlaces(byte[] file);

    static native void setIdentifierKey(byte[] key);

    static native String addIdentifier(String identifiersJson, String kind, String value, long nowS);

    static native void setLearned(long engine, byte[] key, byte[] state);

    static native byte[] learned(long engine);

    static native String rules(String filesJson);

    static native String hindsight(String file, String text, String linesJson);

    static native String target(String typed);

    static native byte[] scan(java.io.InputStream capture, String configJson, long mostBytes);

    static native byte[] evidence(String askedJson);

    static native String version();
}
