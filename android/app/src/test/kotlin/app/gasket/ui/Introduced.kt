package app.gasket.ui

import app.gasket.GasketApp

/** As for a user who has been through the introduction. */
internal fun GasketApp.skipIntroduction() = settings.change { it.copy(introduction = IntroductionPresenter.OVER) }
