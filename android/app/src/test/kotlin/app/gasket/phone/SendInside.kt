package app.gasket.phone

import app.gasket.vpn.CanarySaw
import app.gasket.vpn.CanarySocket
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Socket
import java.util.Base64

/** A process of its own that sends one request, and prints what it saw. */
internal object SendInside {
    @JvmStatic
    fun main(words: Array<String>) {
        val server = InetSocketAddress(InetAddress.getByName(words[0]), words[1].toInt())
        println(Socket().use { CanarySocket.exchange(it, server, Base64.getDecoder().decode(words[2])) })
    }

    /** Runs it: [start] is given the words of the command. */
    fun run(
        server: InetSocketAddress,
        request: ByteArray,
        start: (Array<String>) -> Process,
    ): CanarySaw {
        val java = "${System.getProperty("java.home")}/bin/java"
        val words = listOf(server.address.hostAddress, server.port.toString(), Base64.getEncoder().encodeToString(request))
        val command = listOf(java, "-cp", System.getProperty("java.class.path"), SendInside::class.java.name) + words
        val said = start(command.toTypedArray()).inputStream.bufferedReader().readText()
        return checkNotNull(CanarySaw.entries.find { it.name == said.trim() }) { said }
    }
}
