//! What a key says its value is.

/// Kinds of value that a key can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// An IMEI.
    Imei,
    /// An IMSI.
    Imsi,
    /// The serial number of a SIM.
    Iccid,
    /// A MEID.
    Meid,
    /// A MAC address or BSSID.
    Mac,
    /// The advertising id.
    Advertising,
    /// The id of the device, whichever.
    Device,
    /// Perhaps the id of the device: the key has other uses.
    PerhapsDevice,
    /// The serial number of the device.
    Serial,
    /// Perhaps a serial number: the key has other uses.
    PerhapsSerial,
}

/// Longest key that is looked at.
const KEY_MAX: usize = 64;

const SUBSCRIBER: [&str; 3] = ["subscriberid", "simsubscriberid", "imsinumber"];
const SIM: [&str; 11] = [
    "ccid",
    "sim",
    "simcard",
    "simcardid",
    "simcardnumber",
    "simid",
    "simnumber",
    "simserial",
    "simserialno",
    "simserialnumber",
    "simsn",
];
const MEID: [&str; 5] = ["meid", "cdmameid", "devicemeid", "phonemeid", "simmeid"];
const MAC: [&str; 7] = [
    "mac",
    "maca",
    "macadd",
    "macaddr",
    "macaddress",
    "macid",
    "hwaddr",
];
const MAC_OF: [&str; 15] = [
    "ap",
    "bluetooth",
    "bt",
    "ble",
    "client",
    "dev",
    "device",
    "eth",
    "ethernet",
    "gateway",
    "lan",
    "phone",
    "router",
    "wifi",
    "wlan",
];
const ADVERTISING: [&str; 12] = [
    "aaid",
    "adid",
    "advertiserid",
    "advertisingid",
    "gaid",
    "googleadid",
    "googleadvertisingid",
    "googleaid",
    "gpsadid",
    "idfa",
    "ifa",
    "rdid",
];
const DEVICE: [&str; 22] = [
    "androidid",
    "deviceid",
    "deviceidentifier",
    "deviceuid",
    "deviceuniqueid",
    "devid",
    "deviceuuid",
    "hardwareid",
    "hwid",
    "openudid",
    "phoneid",
    "secureandroidid",
    "secureid",
    "settingsandroidid",
    "ssaid",
    "terminalid",
    "udid",
    "uniquedeviceid",
    "uniqueid",
    "deviceimeiid",
    "machineid",
    "equipmentid",
];
const PERHAPS_DEVICE: [&str; 5] = ["did", "dpid", "duid", "deviceno", "mid"];
const SERIAL: [&str; 15] = [
    "androidserial",
    "buildserial",
    "deviceserial",
    "deviceserialno",
    "deviceserialnumber",
    "devicesn",
    "hardwareserial",
    "hwserial",
    "phoneserial",
    "phonesn",
    "robootserialno",
    "roserialno",
    "serialno",
    "serialnum",
    "serialnumber",
];
const PERHAPS_SERIAL: [&str; 4] = ["esn", "psn", "serial", "sn"];
const HASHES: [&str; 6] = ["md5", "sha1", "sha256", "hashed", "hash", "sha"];
const SLOTS: [&str; 4] = ["sim", "slot", "phone", "s"];

/// Reads a key. `data[device].imei_1`, `X-IMEI`, `SIM1LTEIMSI` and `deviceImeiMd5` all name what
/// they seem to.
pub(super) fn named(key: &str) -> Option<Named> {
    let key = key.trim();
    if key.is_empty() || key.len() > KEY_MAX {
        return None;
    }
    let whole = flat(key);
    let last = key
        .trim_end_matches(']')
        .rsplit(['.', '[', ':', '/'])
        .next()
        .map(flat)
        .unwrap_or_default();
    of(stem(&whole)).or_else(|| of(stem(&last)))
}

fn flat(key: &str) -> String {
    let key = key
        .strip_prefix("x-")
        .or_else(|| key.strip_prefix("X-"))
        .unwrap_or(key);
    key.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect()
}

/// Without the number of the slot and the name of the hash, at whichever end they are.
fn stem(flat: &str) -> &str {
    let mut out = flat.trim_end_matches(|c: char| c.is_ascii_digit());
    // "md5" and "sha1" end in digits themselves.
    for hash in HASHES {
        for end in [flat, out] {
            if let Some(rest) = end.strip_suffix(hash).filter(|rest| !rest.is_empty()) {
                out = rest.trim_end_matches(|c: char| c.is_ascii_digit());
            }
        }
    }
    for slot in SLOTS {
        if let Some(rest) = out.strip_prefix(slot) {
            let kept = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            if kept.len() < rest.len() && !kept.is_empty() {
                return kept;
            }
        }
    }
    out
}

fn of(stem: &str) -> Option<Named> {
    let is = |list: &[&str]| list.contains(&stem);
    let mac_of = |mac: &&str| {
        stem.strip_suffix(mac)
            .is_some_and(|owner| MAC_OF.contains(&owner))
    };
    // "timeinterval" and "uptimei" hold the letters too.
    if stem.starts_with("imei") || (stem.ends_with("imei") && !stem.ends_with("timei")) {
        Some(Named::Imei)
    } else if stem.starts_with("imsi") || stem.ends_with("imsi") || is(&SUBSCRIBER) {
        Some(Named::Imsi)
    } else if stem.contains("iccid") || is(&SIM) {
        Some(Named::Iccid)
    } else if is(&MEID) {
        Some(Named::Meid)
    } else if stem.contains("bssid") || is(&MAC) || MAC.iter().any(mac_of) {
        Some(Named::Mac)
    } else if is(&ADVERTISING) {
        Some(Named::Advertising)
    } else if is(&DEVICE)
        || ["androidid", "deviceid", "hwid"]
            .iter()
            .any(|k| stem.ends_with(k))
    {
        Some(Named::Device)
    } else if is(&SERIAL) {
        Some(Named::Serial)
    } else if is(&PERHAPS_DEVICE) {
        Some(Named::PerhapsDevice)
    } else if is(&PERHAPS_SERIAL) {
        Some(Named::PerhapsSerial)
    } else {
        None
    }
}

/// Keys of a cell's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellPart {
    /// Mobile country code.
    Country,
    /// Mobile network code.
    Network,
    /// Both, written together.
    CountryAndNetwork,
    /// Location area or tracking area code.
    Area,
    /// Cell identity, by a key that says so.
    Cell,
    /// Perhaps a cell identity: `cid` is also a client, a campaign or a content.
    PerhapsCell,
}

/// Reads the key of one part of a cell's identity.
pub(super) fn cell_part(key: &str) -> Option<CellPart> {
    if key.len() > KEY_MAX {
        return None;
    }
    let last = key.trim_end_matches(']').rsplit(['.', '[']).next()?;
    let flat = flat(last);
    let stem = stem(&flat);
    match stem {
        "mcc" | "simmcc" | "networkmcc" | "mobilecountrycode" => Some(CellPart::Country),
        "mnc" | "simmnc" | "networkmnc" | "mobilenetworkcode" => Some(CellPart::Network),
        "mccmnc" | "plmn" | "networkoperator" | "simoperator" => Some(CellPart::CountryAndNetwork),
        "lac" | "tac" | "gsmlac" | "ltetac" | "locationareacode" | "trackingareacode" => {
            Some(CellPart::Area)
        }
        "cellid" | "cellidentity" | "eci" | "ecgi" | "nci" | "gsmcellid" | "ltecellid" => {
            Some(CellPart::Cell)
        }
        "cid" | "ci" | "cell" => Some(CellPart::PerhapsCell),
        _ => None,
    }
}
