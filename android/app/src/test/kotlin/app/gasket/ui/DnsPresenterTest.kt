package app.gasket.ui

import app.gasket.rules.DnsServers
import app.gasket.vpn.SettingsStore
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.File

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [36])
class DnsPresenterTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val store by lazy { SettingsStore(File(folder.root, "settings.json")) }
    private val presenter by lazy { DnsPresenter(store) }
    private val servers get() = store.settings.value.dnsServers

    @Test
    fun `what is typed counts once it is taken`() {
        presenter.begin()
        assertEquals(DnsDraft(isOpen = true), presenter.draft.value)
        presenter.take("192.0.2.53 2001:db8::53")
        assertEquals(listOf("192.0.2.53", "2001:db8::53"), servers)
        assertEquals(DnsDraft(), presenter.draft.value)
    }

    @Test
    fun `what is wrong is told, and changes nothing`() {
        presenter.take("192.0.2.53")
        presenter.begin()
        presenter.take("192.0.2.54, dns.example")
        assertEquals(listOf("192.0.2.53"), servers)
        assertTrue(presenter.draft.value.refusal is DnsServers.Refusal.NoAddress)
        presenter.cancel()
        assertEquals(DnsDraft(), presenter.draft.value)
    }

    @Test
    fun `those of the network are asked again`() {
        presenter.take("192.0.2.53")
        presenter.begin()
        presenter.followNetwork()
        assertEquals(emptyList<String>(), servers)
        assertEquals(DnsDraft(), presenter.draft.value)
        presenter.take("192.0.2.53")
        presenter.take("")
        assertEquals(emptyList<String>(), servers)
    }
}
