package app.gasket.ui

import android.content.Context
import app.gasket.R
import app.gasket.bridge.Decision
import app.gasket.bridge.IdentifierKind
import app.gasket.bridge.Network
import app.gasket.history.ownerOf
import java.time.LocalDate
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle

/** Names as this phone and its language have them. */
internal class LocalNames(
    context: Context,
    /** By package. */
    private val labels: Map<String, String>,
) : Names {
    private val resources = context.resources
    private val locale get() = resources.configuration.locales[0]

    override fun sender(sender: String): String =
        sender
            .split(' ')
            .mapNotNull(labels::get)
            .filter { it != sender }
            .plus(ownerName(ownerOf(sender), resources))
            .joinToString("\n")

    override fun country(code: String): String = countryName(code, locale)

    override fun kind(kind: IdentifierKind): String = resources.getString(shortNameOf(kind))

    override fun verdict(verdict: Decision): String =
        resources.getString(
            when (verdict) {
                Decision.BLOCK -> R.string.verdict_stopped
                Decision.WARN -> R.string.verdict_reported
                Decision.ALLOW -> R.string.verdict_only_noted
            },
        )

    override fun network(network: Network): String = network.name ?: resources.getString(R.string.fact_network, network.asn)

    override fun day(day: LocalDate): String = DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM).withLocale(locale).format(day)
}

/** A kind of identifier in a word or two. */
internal fun shortNameOf(kind: IdentifierKind): Int =
    when (kind) {
        IdentifierKind.IMEI -> R.string.short_imei
        IdentifierKind.MEID -> R.string.short_meid
        IdentifierKind.IMSI -> R.string.short_imsi
        IdentifierKind.ICCID -> R.string.short_iccid
        IdentifierKind.MAC -> R.string.short_mac
        IdentifierKind.CELL -> R.string.short_cell
        IdentifierKind.DEVICE_ID -> R.string.short_device_id
        IdentifierKind.SERIAL -> R.string.short_serial
        IdentifierKind.ADVERTISING_ID -> R.string.short_advertising_id
        IdentifierKind.PHONE -> R.string.short_phone
        IdentifierKind.EMAIL -> R.string.short_email
        IdentifierKind.LOCATION -> R.string.short_location
        IdentifierKind.SSID -> R.string.short_ssid
        IdentifierKind.APP_LIST -> R.string.short_app_list
        IdentifierKind.STABLE_ID -> R.string.short_stable_id
    }
