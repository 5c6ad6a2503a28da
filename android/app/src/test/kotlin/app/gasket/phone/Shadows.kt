package app.gasket.phone

import android.net.ConnectivityManager
import android.net.LinkAddress
import android.net.LinkProperties
import android.net.NetworkRequest
import android.net.VpnService
import android.os.ParcelFileDescriptor
import app.gasket.bridge.Library
import app.gasket.vpn.CanarySaw
import app.gasket.vpn.CanarySocket
import app.gasket.vpn.ProcNet
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.annotation.RealObject
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowConnectivityManager
import org.robolectric.shadows.ShadowNetwork
import org.robolectric.shadows.ShadowParcelFileDescriptor
import org.robolectric.shadows.ShadowVpnService
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter
import java.io.File
import java.io.FileDescriptor
import java.io.FileInputStream
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Socket
import java.nio.file.Files
import java.nio.file.StandardCopyOption

/** The system's side of `establish()`: writes down what it was asked for and hands over a real tunnel. */
@Implements(VpnService.Builder::class)
class ShadowTunnelBuilder {
    @RealObject
    private lateinit var builder: VpnService.Builder

    private val asked = mutableListOf<String>()

    @Implementation
    fun setMtu(mtu: Int): VpnService.Builder = note("mtu $mtu")

    @Implementation
    fun addAddress(
        address: InetAddress,
        length: Int,
    ): VpnService.Builder = note("address ${address.hostAddress}/$length")

    @Implementation
    fun addRoute(
        address: InetAddress,
        length: Int,
    ): VpnService.Builder = note("route ${address.hostAddress}/$length")

    @Implementation
    fun addDnsServer(address: InetAddress): VpnService.Builder = note("dns ${address.hostAddress}")

    @Implementation
    fun addDisallowedApplication(name: String): VpnService.Builder = note("outside $name")

    @Implementation
    fun establish(): ParcelFileDescriptor? {
        requests += asked.toList()
        return next()
    }

    private fun note(what: String): VpnService.Builder = builder.also { asked += what }

    companion object {
        /** What the system answers; by default it refuses, as without the user's consent. */
        var next: () -> ParcelFileDescriptor? = { null }

        /** What each tunnel was to be like. */
        val requests = mutableListOf<List<String>>()

        /** As before any test. */
        fun reset() {
            next = { null }
            requests.clear()
        }
    }
}

/** The system keeps a socket out of the tunnel (here every socket is outside it already), and has its own settings of VPNs. */
@Implements(VpnService::class)
class ShadowProtectingService : ShadowVpnService() {
    @Implementation
    fun protect(socket: Int): Boolean = socket >= 0

    @Implementation(minSdk = 29)
    fun isAlwaysOn(): Boolean = isAlwaysOn

    @Implementation(minSdk = 29)
    fun isLockdownEnabled(): Boolean = isLockdownEnabled

    companion object {
        /** What the user chose in the system's settings. */
        var isAlwaysOn = false
        var isLockdownEnabled = false
    }
}

/** Says who owns a connection; from Android 10 on, as before the kernel's tables are read. */
@Implements(ConnectivityManager::class)
class ShadowOwners : ShadowConnectivityManager() {
    @Implementation(minSdk = 29)
    fun getConnectionOwnerUid(
        protocol: Int,
        local: InetSocketAddress,
        remote: InetSocketAddress,
    ): Int = if (protocol == TCP && remote.port != 0) uid else UNKNOWN

    /** Who asks for VPNs is told of Gasket's own, as by a phone that has set its routes up. */
    @Implementation
    public override fun registerNetworkCallback(
        request: NetworkRequest,
        callback: ConnectivityManager.NetworkCallback,
    ) {
        super.registerNetworkCallback(request, callback)
        if (isTunnelled) callback.onLinkPropertiesChanged(ShadowNetwork.newInstance(TUNNEL), linksOf(InetAddress.getByName("10.111.222.1")))
    }

    companion object {
        private const val TCP = 6
        private const val UNKNOWN = -1
        private const val TUNNEL = 100
        private const val LENGTH = 30
        var uid = UNKNOWN
        var isTunnelled = false

        /** A network with this address of the phone's in it. */
        fun linksOf(address: InetAddress): LinkProperties {
            val words = arrayOf(ClassParameter.from(InetAddress::class.java, address), ClassParameter.from(Int::class.java, LENGTH))
            val link = ReflectionHelpers.callConstructor(LinkAddress::class.java, *words)
            return LinkProperties().also {
                ReflectionHelpers.callInstanceMethod<Boolean>(it, "addLinkAddress", ClassParameter.from(LinkAddress::class.java, link))
            }
        }
    }
}

/** Nothing is sent: for tests that are about other things. */
@Implements(CanarySocket::class, isInAndroidSdk = false)
internal class ShadowNoCanary {
    @Implementation
    fun exchange(
        socket: Socket,
        server: InetSocketAddress,
        request: ByteArray,
    ): CanarySaw = CanarySaw.NOT_SENT
}

/** Sends from where the phone's apps are: the same code, in a process there. */
@Implements(CanarySocket::class, isInAndroidSdk = false)
internal class ShadowCanaryInside {
    @Implementation
    fun exchange(
        socket: Socket,
        server: InetSocketAddress,
        request: ByteArray,
    ): CanarySaw = send(server, request)

    companion object {
        /** How the process is started. */
        var send: (InetSocketAddress, ByteArray) -> CanarySaw = { _, _ -> CanarySaw.NOT_SENT }
    }
}

/** A descriptor that this process really has; Robolectric's own knows only files that it opened itself. */
@Implements(ParcelFileDescriptor::class)
class ShadowRealDescriptor : ShadowParcelFileDescriptor() {
    private var real: FileDescriptor? = null

    @Implementation
    public override fun getFileDescriptor(): FileDescriptor = real ?: super.getFileDescriptor()

    @Implementation
    public override fun getFd(): Int = real?.let(NUMBER::getInt) ?: super.getFd()

    /** Java cannot duplicate a descriptor: whoever hands one over brings its twin. */
    @Implementation
    public override fun dup(): ParcelFileDescriptor = adoptFd(checkNotNull(twins.remove(getFd())) { "the descriptor has no twin" })

    @Implementation
    fun detachFd(): Int = getFd().also { real = FileDescriptor() }

    @Implementation
    public override fun close() {
        val descriptor = real ?: return super.close()
        if (descriptor.valid()) FileInputStream(descriptor).close()
    }

    companion object {
        /** Second descriptors of what was handed over. */
        val twins = mutableMapOf<Int, Int>()

        /** Closes the twins that nobody asked for: they would keep their tunnel alive. */
        fun closeTwins() {
            twins.values.map(::adoptFd).forEach(ParcelFileDescriptor::close)
            twins.clear()
        }

        private val NUMBER = FileDescriptor::class.java.getDeclaredField("fd").apply { isAccessible = true }

        /** Opens a file; the number of its descriptor, which nobody else will close. */
        fun open(path: String): Int = FileInputStream(path).also(opened::add).fd.let(NUMBER::getInt)

        /** Kept, so that they are not closed with their streams. */
        private val opened = mutableListOf<FileInputStream>()

        /** Takes the open descriptor [fd] over. */
        @Implementation
        @JvmStatic
        fun adoptFd(fd: Int): ParcelFileDescriptor {
            val nothing = ClassParameter.from(FileDescriptor::class.java, FileDescriptor())
            val made = ReflectionHelpers.callConstructor(ParcelFileDescriptor::class.java, nothing)
            Shadow.extract<ShadowRealDescriptor>(made).real = FileDescriptor().also { NUMBER.setInt(it, fd) }
            return made
        }
    }
}

/** Looks into the network in which the phone's apps are. */
@Implements(ProcNet::class, isInAndroidSdk = false)
class ShadowProcNet {
    @Implementation
    fun lines(table: String): Sequence<String> = File("/proc/$process/net/$table").readLines().asSequence()

    companion object {
        /** A process in that network. */
        var process = ""
    }
}

/** Loads the host's build. Each framework version has a class loader of its own, and a library goes into one only. */
@Implements(Library::class, isInAndroidSdk = false)
class ShadowLibrary {
    @Implementation
    fun load() {
        val built = File(requireNotNull(System.getProperty("gasket.library")) { "no -Dgasket.library" })
        val copy = Files.createTempFile("gasket", ".so")
        Files.copy(built.toPath(), copy, StandardCopyOption.REPLACE_EXISTING)
        System.load(copy.toString())
        Files.delete(copy)
    }
}
