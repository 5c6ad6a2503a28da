package app.gasket.bridge

/** What the engine asks of the platform. Called from the engine's own threads; may block. */
interface Host {
    /** Keeps the socket's traffic out of the tunnel. False means that it must not be used. */
    fun protect(fd: Int): Boolean

    /**
     * The user id that owns a connection, or -1 if the system does not know.
     *
     * @param protocol the IP protocol number: 6 is TCP, 17 UDP.
     * @param flow 36 bytes, see [Connection.of].
     */
    fun ownerUid(
        protocol: Int,
        flow: ByteArray,
    ): Int
}
