package app.gasket.vpn

import android.net.ConnectivityManager
import android.net.NetworkCapabilities
import app.gasket.phone.ShadowOwners
import app.gasket.rules.Network
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.UnconfinedTestDispatcher
import kotlinx.coroutines.test.runTest
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowConnectivityManager
import org.robolectric.shadows.ShadowNetwork
import org.robolectric.shadows.ShadowNetworkCapabilities
import java.net.InetAddress

/** A system that would give our own tunnel to whoever asks for the default network. */
@Implements(ConnectivityManager::class)
internal class ShadowTunnelByDefault : ShadowConnectivityManager() {
    @Implementation
    public override fun registerDefaultNetworkCallback(callback: ConnectivityManager.NetworkCallback): Unit = error("this is the tunnel")
}

/** Our own app is in the tunnel: neither may it be taken for the network beneath, nor for another app's VPN. */
@OptIn(ExperimentalCoroutinesApi::class)
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 28, 36], shadows = [ShadowTunnelByDefault::class])
class NetworkMonitorTest {
    private val connectivity = RuntimeEnvironment.getApplication().getSystemService(ConnectivityManager::class.java)

    private fun with(transport: Int): NetworkCapabilities =
        ShadowNetworkCapabilities.newInstance().also { shadowOf(it).addTransportType(transport) }

    private fun activeIs(transport: Int) = shadowOf(connectivity).setNetworkCapabilities(connectivity.activeNetwork, with(transport))

    private fun tell(event: ConnectivityManager.NetworkCallback.() -> Unit) = shadowOf(connectivity).networkCallbacks.forEach(event)

    private fun <T> TestScope.told(flow: Flow<T>): List<T> =
        mutableListOf<T>().also { told -> backgroundScope.launch(UnconfinedTestDispatcher(testScheduler)) { flow.collect(told::add) } }

    @Test
    fun `behind a tunnel only what is beneath it is told`() =
        runTest {
            activeIs(NetworkCapabilities.TRANSPORT_VPN)
            val told = told(NetworkMonitor(connectivity).states)
            assertEquals(emptyList<NetworkState>(), told)
            val wifi = ShadowNetwork.newInstance(7)
            tell { onCapabilitiesChanged(wifi, with(NetworkCapabilities.TRANSPORT_WIFI)) }
            assertEquals(listOf(Network.WIFI to wifi.networkHandle), told.map { it.kind to it.id })
            tell { onLost(wifi) }
            assertEquals(null, told.last().id)
        }

    @Test
    fun `before there is a tunnel the active network is told at once`() =
        runTest {
            activeIs(NetworkCapabilities.TRANSPORT_WIFI)
            assertEquals(listOf(Network.WIFI), told(NetworkMonitor(connectivity).states).map { it.kind })
        }

    @Test
    fun `our own tunnel is no other VPN`() =
        runTest {
            val told = told(otherVpn(connectivity))
            tell { onLinkPropertiesChanged(ShadowNetwork.newInstance(8), ShadowOwners.linksOf(InetAddress.getByName("10.111.222.1"))) }
            assertEquals(listOf(false), told)
            val other = ShadowNetwork.newInstance(9)
            tell { onLinkPropertiesChanged(other, ShadowOwners.linksOf(InetAddress.getByName("10.8.0.2"))) }
            assertEquals(listOf(false, true), told)
            tell { onLost(other) }
            assertEquals(listOf(false, true, false), told)
        }
}
