//! What speaks for a finding, and how much.

/// What speaks for a finding. [`Evidence::percent`] is the one place where that is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The key names the kind; number range and check digit are right.
    NamedChecked,
    /// The key names the kind; the number range is a real one, or the form is one that little
    /// else has: a UUID, a mailbox, a number with its country code.
    NamedRange,
    /// The key names the kind; the value is a hash.
    NamedDigest,
    /// The key names the kind; the value has its shape.
    NamedShape,
    /// The key names the kind; the value has its length and no more.
    NamedDoubtful,
    /// The key names some device id; the value is an IMEI by range and check digit.
    DeviceNumber,
    /// The key may name a device id or a serial number; the value is an IMEI by range and check
    /// digit, as 1 in 60 random numbers of its length.
    PerhapsDeviceNumber,
    /// The key names some device id; 16 hexadecimal digits, as an Android ID has.
    DeviceToken,
    /// The key names some device id; 32, 40 or 64 hexadecimal digits, as hashes have.
    DeviceDigest,
    /// The key names some device id; a UUID, which an app can make up for itself.
    DeviceUuid,
    /// The key may name a device id; hexadecimal of a fitting length.
    PerhapsDevice,
    /// The key is `aid`, which names the advertising or the Android ID more often than anything
    /// else of the same form.
    Aid,
    /// The key names the serial number; letters and digits.
    Serial,
    /// The key names the serial number; digits only, and no date or time.
    SerialDigits,
    /// The key may name a serial number; letters and digits as a maker prints them.
    PerhapsSerial,
    /// The key may name a serial number; digits only, or a random token: orders, sessions and
    /// certificates have those.
    PerhapsSerialDigits,
    /// The key names a phone number; digits as within a country.
    PhoneNational,
    /// No key that says so; a whole value of a plus sign, a country code and a fitting length.
    BarePhone,
    /// The key names the user; the value is a mailbox.
    MailOfUser,
    /// No key that says so: addresses stand in texts, licences and agents' names.
    BareMail,
    /// The key says it is an address, which is that of an office: `support@`, `noreply@`.
    MailOfOffice,
    /// The key names the network's name, as Wi-Fi's.
    WifiName,
    /// The key is `ssid`; text with letters, unlike a session's or site's id.
    NetworkName,
    /// The key is `ssid`; a number or a token, like a session's or site's id.
    NetworkNameDoubtful,
    /// No key; 19 or 20 digits with issuer prefix and check digit: 1 in 1,000 random numbers.
    BareIccid,
    /// No key; 19 or 20 digits with issuer prefix.
    BareIccidUnchecked,
    /// No key; six pairs with colons, one maker's.
    BareMac,
    /// No key; six pairs with dashes.
    BareMacDashes,
    /// No key; six pairs of decimal digits.
    BareMacDigits,
    /// No key; 15 digits with reporting body and check digit: 1 in 60 random numbers.
    BareImei,
    /// No key; 15 digits with a network: 1 in 45 random numbers.
    BareImsi,
    /// Network, area and cell.
    CellWhole,
    /// Two of network, area and cell, one of the latter two among them.
    CellPart,
    /// A network, and a number that may be a cell.
    CellDoubtful,
    /// Latitude and longitude by their keys, in range, one with three decimals (110 m).
    PlacePair,
    /// The same without three decimals: a town, or a rounded centre of a country.
    PlaceCoarse,
    /// The key names a place; two numbers in range with decimals, in one value.
    PlaceText,
    /// The key may name a place (`q`, `center`); two numbers in range, each with four decimals.
    PerhapsPlace,
    /// No key; two numbers in range, each with four decimals: drawings have those.
    BarePlace,
    /// Names of eight or more apps of four or more makers, under a key that says so.
    AppList,
    /// Names of twenty or more apps of eight or more makers, whatever the key.
    AppListLong,
    /// Names of eight or more apps without a key: libraries and blocklists look the same.
    AppListDoubtful,
    /// Any of the above of a named kind, where the key is only the word before.
    Nearby(u8),
}

impl Evidence {
    /// Percent of confidence. Set so that what alerts (from 50 on) had fewer than one chance hit
    /// in a thousand values, by the shares given above.
    pub(super) const fn percent(self) -> u8 {
        match self {
            Self::NamedChecked => 95,
            Self::NamedRange => 90,
            Self::DeviceNumber | Self::CellWhole | Self::PlacePair => 85,
            Self::DeviceToken | Self::PlaceText | Self::AppList | Self::WifiName => 80,
            Self::NamedDigest => 75,
            Self::DeviceDigest | Self::BareIccid => 70,
            Self::CellPart | Self::Serial | Self::MailOfUser | Self::NetworkName => 65,
            Self::PhoneNational => 65,
            Self::NamedShape | Self::AppListLong => 60,
            Self::BareMac | Self::Aid | Self::PerhapsSerial => 55,
            Self::PerhapsDeviceNumber | Self::BarePhone | Self::PerhapsPlace => 55,
            Self::SerialDigits => 50,
            Self::PerhapsDevice | Self::AppListDoubtful => 45,
            Self::DeviceUuid | Self::NamedDoubtful | Self::CellDoubtful => 40,
            Self::BareMacDashes | Self::MailOfOffice => 40,
            Self::PlaceCoarse | Self::BarePlace | Self::NetworkNameDoubtful => 40,
            Self::BareIccidUnchecked => 35,
            Self::BareMail | Self::PerhapsSerialDigits => 30,
            Self::BareMacDigits | Self::BareImei => 25,
            Self::BareImsi => 15,
            Self::Nearby(percent) => percent,
        }
    }

    /// The same evidence with a word before instead of a key; never below the alert for that.
    pub(super) const fn nearby(self) -> Self {
        let alone = self.percent();
        let less = alone.saturating_sub(NEARBY);
        if alone >= ALERT && less < ALERT {
            Self::Nearby(ALERT)
        } else {
            Self::Nearby(less)
        }
    }

    /// Whether company of a sure finding in the same layer makes it likelier.
    pub(super) const fn gains_by_company(self) -> bool {
        matches!(
            self,
            Self::BareImei
                | Self::BareImsi
                | Self::BareMacDashes
                | Self::PerhapsSerialDigits
                | Self::PerhapsDevice
        )
    }
}

const ALERT: u8 = super::super::ALERT_CONFIDENCE;
/// What a finding loses if its key is only the word before it.
const NEARBY: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_before_takes_nothing_that_alerts_below_the_alert() {
        for (evidence, percent) in [
            (Evidence::Aid, 50),
            (Evidence::SerialDigits, 50),
            (Evidence::PerhapsDevice, 40),
            (Evidence::NamedShape, 55),
        ] {
            assert_eq!(evidence.nearby().percent(), percent, "{evidence:?}");
        }
    }
}
