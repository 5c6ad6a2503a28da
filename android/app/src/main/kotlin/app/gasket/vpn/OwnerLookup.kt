package app.gasket.vpn

import android.net.ConnectivityManager
import android.os.Build
import app.gasket.bridge.Connection
import java.io.File

/** Asks the system which user id owns a connection; -1 where it does not know. */
internal class OwnerLookup(
    private val connectivity: ConnectivityManager,
) {
    private val tables = SocketTables(ProcNet::lines)

    fun ownerUid(
        protocol: Int,
        flow: ByteArray,
    ): Int {
        val connection = Connection.of(flow) ?: return SocketTables.UNKNOWN
        return if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            connectivity.getConnectionOwnerUid(protocol, connection.source, connection.destination)
        } else {
            tables.ownerUid(protocol, connection)
        }
    }
}

/** The kernel's tables of the phone's network. A class of its own, so that a test can look into another network. */
internal object ProcNet {
    fun lines(table: String): Sequence<String> = runCatching { File("/proc/net/$table").readLines() }.getOrDefault(emptyList()).asSequence()
}
