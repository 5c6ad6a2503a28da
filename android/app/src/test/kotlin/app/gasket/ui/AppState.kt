package app.gasket.ui

import app.gasket.GasketApp
import app.gasket.rules.AppMode
import app.gasket.rules.Network
import app.gasket.rules.inForce

/** As for a user who has been through the introduction. */
internal fun GasketApp.skipIntroduction() = settings.change { it.copy(introduction = IntroductionPresenter.OVER) }

/** How an app is treated on Wi-Fi at this moment. */
internal fun GasketApp.treatment(packageName: String): AppMode =
    settings.settings.value
        .inForce(clock.now())
        .choiceFor(packageName)
        .on(Network.WIFI)
