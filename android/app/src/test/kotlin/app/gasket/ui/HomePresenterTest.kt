package app.gasket.ui

import app.gasket.history.OutageCause
import app.gasket.rules.Settings
import app.gasket.vpn.AlwaysOn
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection
import org.junit.Assert.assertEquals
import org.junit.Test

class HomePresenterTest {
    private val closed = AlwaysOn(isOn = true, isLockdown = true)

    private fun advice(
        protection: Protection,
        alwaysOn: AlwaysOn? = closed,
        otherVpn: Boolean = false,
        settings: Settings = Settings(),
    ) = HomePresenter.adviceOf(protection, alwaysOn, otherVpn, settings)

    private fun on(vararg notices: Notice) = Protection.On(0, notices.toSet())

    @Test
    fun `with all gaps closed there is nothing to say`() {
        assertEquals(emptyList<Advice>(), advice(on()))
        assertEquals("before Android 10 nobody knows", emptyList<Advice>(), advice(on(), alwaysOn = null))
    }

    @Test
    fun `an open gap is named, one at a time`() {
        assertEquals(listOf(Advice.SwitchAlwaysOnOn), advice(on(), AlwaysOn(isOn = false, isLockdown = false)))
        assertEquals(listOf(Advice.SwitchLockdownOn), advice(on(), AlwaysOn(isOn = true, isLockdown = false)))
    }

    @Test
    fun `the most urgent comes first`() {
        val all =
            on(Notice.StrictPrivateDns("dns.example"), Notice.HistoryFailing("full"), Notice.SettingsRefused("no"), Notice.CaptivePortal)
        assertEquals(
            listOf(Advice.LogIn, Advice.SettingsRefused("no"), Advice.HistoryFailing("full"), Advice.PrivateDns("dns.example")),
            advice(all),
        )
    }

    @Test
    fun `Private DNS is explained until it was read`() {
        val strict = on(Notice.StrictPrivateDns("dns.example"))
        assertEquals(listOf(Advice.PrivateDns("dns.example")), advice(strict))
        assertEquals(emptyList<Advice>(), advice(strict, settings = Settings(knowsPrivateDns = true)))
    }

    @Test
    fun `another VPN is told wherever Gasket is not on`() {
        for (protection in listOf(Protection.Off(), Protection.Off(OutageCause.REVOKED), Protection.ConsentNeeded)) {
            assertEquals(listOf(Advice.OtherVpn), advice(protection, otherVpn = true))
            assertEquals(emptyList<Advice>(), advice(protection, otherVpn = false))
        }
    }

    @Test
    fun `a pause under lockdown is no network`() {
        assertEquals(listOf(Advice.NoNetworkWhilePaused), advice(Protection.Paused(0)))
        assertEquals(emptyList<Advice>(), advice(Protection.Paused(0), AlwaysOn(isOn = true, isLockdown = false)))
    }
}
