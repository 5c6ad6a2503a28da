//! The names that identifiers go by, in lower case without separators.

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
    /// The Android ID.
    AndroidId,
    /// The id of the device, whichever.
    Device,
    /// Perhaps the id of the device: the key has other uses.
    PerhapsDevice,
    /// `aid`: the Android or the advertising ID, by its form.
    Aid,
    /// The serial number of the device.
    Serial,
    /// Perhaps a serial number: the key has other uses.
    PerhapsSerial,
    /// A phone number.
    Phone,
    /// A mailbox.
    Mail,
    /// The user, perhaps by a mailbox.
    User,
    /// Latitude.
    Latitude,
    /// Longitude.
    Longitude,
    /// Latitude and longitude in one value.
    Place,
    /// Perhaps a place: the key has other uses.
    PerhapsPlace,
    /// The name of a Wi-Fi network.
    WifiName,
    /// `ssid`: the same, or a session or a site.
    NetworkName,
    /// Installed apps.
    Apps,
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
    /// All of a cell's identity in one value.
    Tower,
}

impl Named {
    /// Whether the name means this whatever stands before it: `acme_imei`, but not `shop_phone`.
    pub(super) const fn stands_alone(self) -> bool {
        matches!(
            self,
            Self::Imei
                | Self::Imsi
                | Self::Iccid
                | Self::Meid
                | Self::Mac
                | Self::Advertising
                | Self::AndroidId
                | Self::Device
                | Self::Latitude
                | Self::Longitude
        )
    }
}

/// The whole names of each kind.
#[rustfmt::skip]
pub(super) const NAMES: [(Named, &[&str]); 29] = [
    (Named::Imei, &[
        "imei", "imeisv", "imeiid",
    ]),
    (Named::Imsi, &[
        "imsi", "subscriberid", "simsubscriberid",
    ]),
    (Named::Iccid, &[
        "iccid", "ccid", "icc", "uiccid", "simcard", "simcardid", "simcardserial", "simcardsn",
        "simcardserialnumber", "simid", "simnumber", "simno", "simserial", "simserialno",
        "simserialnumber", "simsn", "iccserialnumber",
    ]),
    (Named::Meid, &[
        "meid",
    ]),
    (Named::Mac, &[
        "mac", "maca", "macadd", "macaddr", "macaddress", "macid", "hwaddr", "hwaddress",
        "hardwareaddress", "physicaladdress", "bssid", "bluetoothaddress", "bluetoothaddr",
        "btaddress", "btaddr", "bdaddr", "bdaddress", "wifiaddress", "wlanaddress",
    ]),
    (Named::Advertising, &[
        "aaid", "adid", "advertiserid", "advertisingid", "advertisementid", "advertid", "advid",
        "adidentifier", "advertisingidentifier", "identifierforadvertising", "gaid", "googleadid",
        "googleadvertisingid", "googleadvertiserid", "googleaid", "gpsadid", "gpsaid", "idfa",
        "ifa", "maid", "madid", "oaid", "rdid", "vaid", "fireadid", "amazonadid",
    ]),
    (Named::AndroidId, &[
        "androidid", "secureandroidid", "settingsandroidid", "ssaid", "openudid",
    ]),
    (Named::Device, &[
        "deviceid", "deviceidentifier", "deviceuid", "deviceuniqueid", "devid", "deviceuuid",
        "devuuid", "dvid", "deviceguid", "hardwareid", "hwid", "phoneid", "secureid", "terminalid",
        "udid", "uniquedeviceid", "uniqueid", "deviceimeiid", "machineid", "equipmentid",
        "handsetid", "mobileid",
    ]),
    (Named::PerhapsDevice, &[
        "did", "dpid", "duid", "deviceno", "devicenumber", "mid", "cuid",
    ]),
    (Named::Aid, &[
        "aid",
    ]),
    (Named::Serial, &[
        "serialno", "serialnum", "serialnumber", "deviceserial", "devserial", "devicesn", "devsn",
        "hardwareserial", "hwserial", "hwsn", "phoneserial", "phonesn", "androidserial",
        "buildserial", "robootserialno", "mobilesn", "machinesn", "systemserial",
    ]),
    (Named::PerhapsSerial, &[
        "serial", "sn", "psn", "esn",
    ]),
    (Named::Phone, &[
        "phone", "phonenumber", "phonenum", "phoneno", "mobile", "mobilenumber", "mobilenum",
        "mobileno", "mobilephone", "mobilephonenumber", "cellphone", "cellphonenumber",
        "cellnumber", "telephone", "telephonenumber", "tel", "telnumber", "telno", "telnum",
        "msisdn", "mdn", "line1", "line1number", "simphonenumber", "handphone", "udph",
    ]),
    (Named::Mail, &[
        "email", "mail", "emailaddress", "emailaddr", "mailaddress", "mailaddr", "emailid",
        "mailbox", "udem", "hem",
    ]),
    (Named::User, &[
        "user", "username", "userid", "userlogin", "uid", "uname", "usr", "login", "loginid",
        "loginname", "account", "accountid", "accountname", "principal", "upn", "identity",
        "signin", "customerid", "memberid",
    ]),
    (Named::Latitude, &[
        "lat", "latitude", "latdeg", "latitudedegrees", "late6", "late7", "latitudee6",
        "latitudee7",
    ]),
    (Named::Longitude, &[
        "lon", "lng", "long", "longitude", "longitudedegrees", "lngdeg", "londeg", "lnge6",
        "lnge7", "longitudee6", "longitudee7",
    ]),
    (Named::Place, &[
        "latlng", "latlon", "latlong", "lonlat", "lnglat", "longlat", "ll", "sll", "loc",
        "location", "geolocation", "geo", "gps", "geopoint", "geocode", "geoposition",
        "coordinate", "coordinates", "coords", "coord", "geoloc", "latitudelongitude", "lbs",
    ]),
    (Named::PerhapsPlace, &[
        "q", "near", "at", "pos", "position", "point", "points", "center", "centre", "origin",
        "destination", "place", "forecast", "weather",
    ]),
    (Named::WifiName, &[
        "wifissid", "wifissidname", "wifiname", "wlanssid", "essid", "apssid", "wifinetworkname",
        "hotspotssid",
    ]),
    (Named::NetworkName, &[
        "ssid", "ssidname",
    ]),
    (Named::Apps, &[
        "apps", "app", "applist", "applists", "allapps", "installedapps", "installedapplist",
        "installedapp", "installedapplications", "installedpackages", "installedpackage",
        "installedpkgs", "installlist", "installed", "packages", "packagelist", "package",
        "packagename", "packagenames", "pkg", "pkgs", "pkglist", "pkgname", "pkgnames",
        "applications", "applicationlist", "appsinstalled", "runningapps", "processes",
        "processlist", "softlist", "softwarelist", "bundleids", "bundleid", "appids", "appid",
        "appnames", "appname",
    ]),
    (Named::Country, &[
        "mcc", "mobilecountrycode",
    ]),
    (Named::Network, &[
        "mnc", "mobilenetworkcode",
    ]),
    (Named::CountryAndNetwork, &[
        "mccmnc", "plmn", "networkoperator", "simoperator",
    ]),
    (Named::Area, &[
        "lac", "tac", "locationareacode", "trackingareacode",
    ]),
    (Named::Cell, &[
        "cellid", "cellidentity", "celltowerid", "eci", "ecgi", "nci", "cgi",
    ]),
    (Named::PerhapsCell, &[
        "cid", "ci", "cell",
    ]),
    (Named::Tower, &[
        "cellinfo", "celltower", "celllocation", "servingcell", "bts", "nearbts", "basestation",
        "cells",
    ]),
];

/// Names of digests at the end of a name, the longer of two that end alike first where it matters.
pub(super) const HASHES: [&str; 8] = [
    "md5", "sha1", "sha256", "sha", "hashed", "hash", "md5hash", "digest",
];

/// Endings that only count or describe; so do digits.
pub(super) const SUFFIXES: [&str; 17] = [
    "number",
    "num",
    "no",
    "string",
    "str",
    "value",
    "list",
    "raw",
    "text",
    "code",
    "plain",
    "info",
    "sim",
    "slot",
    "primary",
    "secondary",
    "s",
];

/// `name` without a digest's name at its end.
pub(super) fn without_hash(name: &[u8]) -> Option<&[u8]> {
    let last = name.last()?;
    HASHES
        .iter()
        .filter(|hash| hash.as_bytes().last() == Some(last))
        .find_map(|hash| name.strip_suffix(hash.as_bytes()))
        .filter(|rest| !rest.is_empty())
}

/// `name` without an ending that only counts or describes.
pub(super) fn without_suffix(name: &[u8]) -> Option<&[u8]> {
    let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let rest = if digits > 0 {
        name.get(..name.len() - digits)?
    } else {
        let last = name.last()?;
        SUFFIXES
            .iter()
            .filter(|suffix| suffix.as_bytes().last() == Some(last))
            .find_map(|suffix| name.strip_suffix(suffix.as_bytes()))?
    };
    (rest.len() >= 2).then_some(rest)
}

/// `name` without a word at its start that says whose or which one it is, and whether that word
/// says that it is hashed.
pub(super) fn without_owner(name: &[u8]) -> Option<(&[u8], bool)> {
    let words: &[&[u8]] = match name.first()? {
        b'a' => &[b"android", b"account", b"app", b"ap"],
        b'b' => &[b"bluetooth", b"ble", b"bt", b"bd"],
        b'c' => &[
            b"connected",
            b"current",
            b"customer",
            b"client",
            b"cdma",
            b"cell",
            b"cur",
        ],
        b'd' => &[b"device", b"data", b"dev"],
        b'e' => &[b"ethernet", b"eth", b"enc"],
        b'g' => &[b"gateway", b"gps", b"gsm", b"geo", b"get"],
        b'h' => &[b"hardware", b"home", b"hw"],
        b'i' => &[b"installed", b"ios"],
        b'l' => &[
            b"location",
            b"local",
            b"login",
            b"last",
            b"lan",
            b"lte",
            b"loc",
        ],
        b'm' => &[b"mobile", b"member", b"main", b"my"],
        b'n' => &[b"network", b"net", b"nr", b"nw"],
        b'o' => &[b"original", b"owner"],
        b'p' => &[b"primary", b"person", b"phone", b"profile"],
        b'r' => &[b"router", b"real", b"raw", b"ro"],
        b's' => &[
            b"subscriber",
            b"secondary",
            b"serving",
            b"second",
            b"system",
            b"sender",
            b"slot",
            b"self",
            b"sys",
            b"sim",
        ],
        b't' => &[b"terminal", b"the"],
        b'u' => &[b"user", b"umts"],
        b'w' => &[b"wireless", b"wcdma", b"wifi", b"wlan"],
        b'x' => &[b"x"],
        _ => &[],
    };
    let hashes: &[&[u8]] = match name.first()? {
        b'h' => &[b"hashed", b"hash"],
        b'm' => &[b"md5"],
        b's' => &[b"sha256", b"sha1"],
        _ => &[],
    };
    let stripped = |words: &[&[u8]]| words.iter().find_map(|word| name.strip_prefix(*word));
    if let Some(rest) = stripped(hashes) {
        return Some((rest, true));
    }
    let rest = match stripped(words) {
        Some(rest) => rest,
        // "s1" is a slot.
        None => name
            .strip_prefix(b"s")
            .filter(|rest| rest.first().is_some_and(u8::is_ascii_digit))?,
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    Some((rest.get(digits..)?, false))
}
