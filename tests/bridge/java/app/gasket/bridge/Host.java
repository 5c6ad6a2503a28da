package app.gasket.bridge;

/** What the engine asks of the platform, as the app declares it. */
interface Host {
    boolean protect(int fd);

    int ownerUid(int protocol, byte[] flow);
}
