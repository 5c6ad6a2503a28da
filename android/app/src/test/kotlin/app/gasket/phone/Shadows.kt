package app.gasket.phone

import android.net.ConnectivityManager
import android.net.VpnService
import android.os.ParcelFileDescriptor
import app.gasket.bridge.Library
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.annotation.RealObject
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowConnectivityManager
import org.robolectric.shadows.ShadowParcelFileDescriptor
import org.robolectric.shadows.ShadowVpnService
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter
import java.io.File
import java.io.FileDescriptor
import java.io.FileInputStream
import java.net.InetAddress
import java.net.InetSocketAddress
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

/** The system keeps a socket out of the tunnel; here every socket is outside it already. */
@Implements(VpnService::class)
class ShadowProtectingService : ShadowVpnService() {
    @Implementation
    fun protect(socket: Int): Boolean = socket >= 0
}

/** Says who owns a connection. */
@Implements(ConnectivityManager::class)
class ShadowOwners : ShadowConnectivityManager() {
    @Implementation(minSdk = 29)
    fun getConnectionOwnerUid(
        protocol: Int,
        local: InetSocketAddress,
        remote: InetSocketAddress,
    ): Int = if (protocol == TCP && remote.port != 0) uid else UNKNOWN

    companion object {
        private const val TCP = 6
        private const val UNKNOWN = -1
        var uid = UNKNOWN
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

    @Implementation
    fun detachFd(): Int = getFd().also { real = FileDescriptor() }

    @Implementation
    public override fun close() {
        val descriptor = real ?: return super.close()
        if (descriptor.valid()) FileInputStream(descriptor).close()
    }

    companion object {
        private val NUMBER = FileDescriptor::class.java.getDeclaredField("fd").apply { isAccessible = true }

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
