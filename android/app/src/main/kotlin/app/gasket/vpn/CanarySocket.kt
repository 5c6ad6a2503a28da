package app.gasket.vpn

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import java.io.IOException
import java.net.ConnectException
import java.net.InetSocketAddress
import java.net.NoRouteToHostException
import java.net.Socket
import java.net.SocketTimeoutException
import kotlin.coroutines.resume

/** What became of a request, as its sender sees it. */
internal enum class CanarySaw {
    /** Accepted, then ended without an answer. */
    END,

    /** At least one byte came back. */
    ANSWER,

    /** Accepted; then neither an answer nor an end. */
    SILENCE,

    /** Refused, or nobody answered. */
    NO_CONNECTION,

    /** There was no socket to send it on. */
    NOT_SENT,
}

/**
 * Sends as any app does, on an ordinary socket that nobody protects: its packets go Android's way, into the tunnel.
 * The only one that Gasket ever opens by itself.
 */
internal object CanarySocket {
    private const val CONNECT_MS = 4_000
    private const val ANSWER_MS = 8_000

    /** Sends [request] to [server]; how it went, within twelve seconds. */
    suspend fun send(
        server: InetSocketAddress,
        request: ByteArray,
    ): CanarySaw =
        withContext(Dispatchers.IO) {
            suspendCancellableCoroutine { waiting ->
                val socket = Socket()
                // Nothing else ends a thread that waits for the network.
                waiting.invokeOnCancellation { socket.close() }
                waiting.resume(socket.use { exchange(it, server, request) })
            }
        }

    /** Connects, sends and looks what comes. */
    fun exchange(
        socket: Socket,
        server: InetSocketAddress,
        request: ByteArray,
    ): CanarySaw = hindrance(socket, server) ?: answer(socket, request)

    /** Why there is no connection; null where there is one. */
    private fun hindrance(
        socket: Socket,
        server: InetSocketAddress,
    ): CanarySaw? =
        try {
            socket.connect(server, CONNECT_MS)
            null
        } catch (_: ConnectException) {
            CanarySaw.NO_CONNECTION
        } catch (_: NoRouteToHostException) {
            CanarySaw.NO_CONNECTION
        } catch (_: SocketTimeoutException) {
            CanarySaw.NO_CONNECTION
        } catch (_: IOException) {
            CanarySaw.NOT_SENT
        } catch (_: SecurityException) {
            CanarySaw.NOT_SENT
        }

    private fun answer(
        socket: Socket,
        request: ByteArray,
    ): CanarySaw =
        try {
            socket.soTimeout = ANSWER_MS
            socket.getOutputStream().write(request)
            if (socket.getInputStream().read() < 0) CanarySaw.END else CanarySaw.ANSWER
        } catch (_: SocketTimeoutException) {
            CanarySaw.SILENCE
        } catch (_: IOException) {
            // Reset, perhaps while it was still sending.
            CanarySaw.END
        }
}
