package app.gasket.vpn

import android.net.ConnectivityManager
import android.os.Build
import app.gasket.bridge.Connection
import java.io.File

/** Asks the system which user id owns a connection; -1 where it does not know. */
internal class OwnerLookup(
    private val connectivity: ConnectivityManager,
) {
    private val tables = SocketTables { path -> runCatching { File(path).readLines() }.getOrDefault(emptyList()).asSequence() }

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
