package app.gasket.phone

import android.os.ParcelFileDescriptor
import org.junit.Assume.assumeNotNull
import java.io.File
import java.net.DatagramPacket
import java.net.DatagramSocket
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ServerSocket
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/**
 * The phone's surroundings: a network namespace for its apps, with tunnels in it, and around the service
 * a fake internet without a way out. Made by the test runner; where it could not be, tests are skipped.
 */
internal class Box(
    tunnels: IntRange,
) : AutoCloseable {
    private val namespace: String
    private val servers = mutableListOf<ServerSocket>()
    private val waiting = ArrayDeque<Int>()
    private val redirected = mutableListOf<String>()
    private val inhabitant: Process

    /** The user id that the phone's apps have here. */
    val uid: Int

    /** The tunnel that was handed over last. */
    var tunnel = -1
        private set

    init {
        assumeNotNull("no namespaces or no /dev/net/tun here", System.getenv("TUNS"))
        namespace = requireNotNull(System.getenv("APP_NAMESPACE"))
        // Without root there is one user id only.
        uid = if (canBe(APP_UID)) APP_UID else 0
        inhabitant = start("sh", "-c", "echo $$; cat", keepsInput = true)
        ShadowProcNet.process = inhabitant.inputStream.bufferedReader().readLine()
        ShadowOwners.uid = uid
        waiting += tunnels
        ShadowTunnelBuilder.next = { waiting.removeFirstOrNull()?.let(::handOver) }
    }

    /** What the system hands over; its apps' packets go there from now on. */
    private fun handOver(number: Int): ParcelFileDescriptor {
        val (descriptor, twin) = listOf("TUNS", "TWINS").map { System.getenv(it).split(',')[number].toInt() }
        ShadowRealDescriptor.twins[descriptor] = twin
        ip("route", "replace", "default", "dev", "tun$number", "src", "10.111.$number.1")
        tunnel = number
        return ParcelFileDescriptor.adoptFd(descriptor)
    }

    /** Has what goes to [address] go into another tunnel, which nobody has been handed. */
    fun redirect(
        address: String,
        number: Int,
    ) {
        ip("route", "replace", address, "dev", "tun$number", "src", "10.111.$number.1")
        redirected += address
    }

    /** Takes the tunnel in use away, as no phone would: whoever reads it is told that it is gone. */
    fun tearDown() = ip("link", "delete", "tun$tunnel")

    /** Whether the tunnel is there: it is for as long as any descriptor of it is open. */
    fun hasTunnel(number: Int): Boolean = app("ip", "link", "show", "tun$number").first == 0

    private fun ip(vararg words: String) =
        start("ip", *words, isApp = false).run {
            check(waitFor() == 0) { inputStream.bufferedReader().readText() }
        }

    private fun canBe(uid: Int) =
        ProcessBuilder("setpriv", "--reuid=$uid", "--clear-groups", "true").redirectErrorStream(true).start().waitFor() == 0

    /** Starts a program as an app of the phone. */
    fun start(
        vararg words: String,
        isApp: Boolean = true,
        keepsInput: Boolean = false,
    ): Process {
        val user = if (isApp && uid != 0) listOf("setpriv", "--reuid=$uid", "--clear-groups") else emptyList()
        val process = ProcessBuilder(listOf("nsenter", "--net=$namespace") + user + words).redirectErrorStream(true).start()
        return process.also { if (!keepsInput) it.outputStream.close() }
    }

    /** Runs a program as an app of the phone; its exit code and what it printed. */
    fun app(vararg words: String): Pair<Int, String> {
        val process = start(*words)
        val output = process.inputStream.bufferedReader().readText()
        check(process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) { "${words.first()} does not end" }
        return process.exitValue() to output
    }

    /** A web server of the fake internet that answers with [body], of which it keeps back [missing] bytes. */
    fun serve(
        address: String,
        body: String,
        missing: Int = 0,
    ) {
        val server =
            ServerSocket().apply {
                reuseAddress = true
                bind(InetSocketAddress(address, HTTP))
            }
        servers += server
        thread(isDaemon = true) {
            runCatching {
                while (true) {
                    val client = server.accept()
                    thread(isDaemon = true) {
                        runCatching {
                            val reader = client.getInputStream().bufferedReader()
                            generateSequence(reader::readLine).takeWhile(String::isNotEmpty).count()
                            val close = if (missing == 0) "Connection: close\r\n" else ""
                            client.getOutputStream().write(
                                "HTTP/1.1 200 OK\r\nContent-Length: ${body.length + missing}\r\n$close\r\n$body".toByteArray(),
                            )
                            client.getOutputStream().flush()
                            if (missing == 0) client.close() else reader.readText()
                        }
                    }
                }
            }
        }
    }

    /** Nobody is there any more. */
    fun stopServing() = servers.forEach(ServerSocket::close)

    override fun close() {
        // The namespace is there for other tests, too.
        redirected.forEach { ip("route", "delete", it) }
        stopServing()
        inhabitant.destroy()
    }

    /** What passes on the fake internet's interface, as tcpdump tells it, a line a packet. */
    class Capture : AutoCloseable {
        private val lines = LinkedBlockingQueue<String>()
        private val tcpdump: Process
        private var marks = 0

        init {
            val words = listOf("tcpdump", "-i", "lo", "-n", "-l", "--immediate-mode", "-Q", "in")
            tcpdump = ProcessBuilder(words).start()
            val said = tcpdump.errorStream.bufferedReader().lineSequence()
            check(said.any { "listening on" in it }) { "tcpdump does not listen" }
            thread(isDaemon = true) { tcpdump.inputStream.bufferedReader().forEachLine(lines::put) }
        }

        /** All packets since the last call: sends a mark and waits until it has come through. */
        fun packets(): List<String> {
            val length = ++marks
            DatagramSocket().use { it.send(DatagramPacket(ByteArray(length), length, InetAddress.getLoopbackAddress(), MARK)) }
            val seen = mutableListOf<String>()
            while (true) {
                val line = checkNotNull(lines.poll(PATIENCE_S, TimeUnit.SECONDS)) { "the capture lost its mark" }
                if ("127.0.0.1.$MARK: UDP, length $length" in line) return seen
                if ("127.0.0.1" !in line) seen += line
            }
        }

        override fun close() {
            tcpdump.destroy()
        }
    }

    companion object {
        private const val APP_UID = 10_123
        private const val HTTP = 80
        private const val MARK = 9
        private const val PATIENCE_S = 20L

        /** A file with [content], gone with the process. */
        fun file(content: String): String =
            File
                .createTempFile("gasket", ".txt")
                .apply {
                    deleteOnExit()
                    writeText(content)
                    setReadable(true, false)
                }.path
    }
}
