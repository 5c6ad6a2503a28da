package app.gasket.ui

import android.content.res.Resources
import android.view.View

/** What is read from left to right keeps its order among words that are not (Unicode Standard Annex 9). */
internal fun apart(
    text: String,
    resources: Resources,
): String = if (resources.configuration.layoutDirection == View.LAYOUT_DIRECTION_RTL) "\u2068$text\u2069" else text
