package app.gasket.vpn

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Test
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ServerSocket
import java.net.Socket

/** What a sender sees, on real sockets. */
class CanarySocketTest {
    private val request = "POST / HTTP/1.1\r\n\r\n".encodeToByteArray()

    private fun served(by: suspend (Socket) -> Unit): CanarySaw =
        runBlocking {
            ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { server ->
                val serving = async(Dispatchers.IO) { server.accept().use { by(it) } }
                CanarySocket.send(server.localSocketAddress as InetSocketAddress, request).also { serving.await() }
            }
        }

    @Test
    fun `an end, a reset and an answer are told apart`() {
        assertEquals(CanarySaw.END, served { it.getInputStream().readNBytes(request.size) })
        val reset =
            served {
                it.getInputStream().readNBytes(1)
                it.setSoLinger(true, 0)
            }
        assertEquals(CanarySaw.END, reset)
        val answered =
            served {
                it.getInputStream().readNBytes(request.size)
                it.getOutputStream().write('H'.code)
            }
        assertEquals(CanarySaw.ANSWER, answered)
    }

    @Test
    fun `where nobody listens there is no connection`() {
        val closed = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).apply { close() }.localPort
        val nobody = InetSocketAddress(InetAddress.getLoopbackAddress(), closed)
        assertEquals(CanarySaw.NO_CONNECTION, runBlocking { CanarySocket.send(nobody, request) })
    }

    @Test
    fun `protection that ends does not wait for a server`() =
        runBlocking {
            ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { server ->
                val isWaiting = CompletableDeferred<Unit>()
                val serving =
                    async(Dispatchers.IO) {
                        server.accept().use {
                            it.getInputStream().readNBytes(request.size)
                            isWaiting.complete(Unit)
                            // Ends once the sender has let go.
                            it.getInputStream().read()
                        }
                    }
                val sending = launch { CanarySocket.send(server.localSocketAddress as InetSocketAddress, request) }
                isWaiting.await()
                sending.cancelAndJoin()
                assertEquals("the connection is closed", -1, serving.await())
            }
        }
}
