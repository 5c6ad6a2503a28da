package app.gasket.ui

import app.gasket.bridge.Destination
import java.util.Locale

/** The name of a country by its ISO 3166 code; the code itself where the phone knows no name. */
internal fun countryName(
    code: String,
    locale: Locale,
): String =
    Locale
        .Builder()
        .runCatching { setRegion(code).build().getDisplayCountry(locale) }
        .getOrNull()
        .orEmpty()
        .ifEmpty { code }

/** Whose network the address is in and where that is registered, as far as known. */
internal fun whereabouts(
    destination: Destination,
    locale: Locale,
): String? =
    listOfNotNull(destination.network?.name, destination.country?.let { countryName(it, locale) })
        .joinToString(", ")
        .ifEmpty { null }
