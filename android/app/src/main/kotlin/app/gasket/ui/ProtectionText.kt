package app.gasket.ui

import app.gasket.R
import app.gasket.vpn.Notice
import app.gasket.vpn.Protection

/** How protection stands, in a word or two. */
internal fun titleOf(protection: Protection): Int =
    when (protection) {
        is Protection.On -> if (Notice.TestFailed in protection.notices) R.string.status_doubtful else R.string.status_on
        Protection.Starting -> R.string.status_starting
        is Protection.Off -> R.string.status_off
        is Protection.Paused -> R.string.status_paused
        is Protection.Swallowing -> R.string.status_swallowing
        Protection.ConsentNeeded -> R.string.status_consent
    }
