//! The kinds of identifier that are injected, and the keys that programs put in front of them.
//!
//! The keys are ordinary spellings: names of Android's own getters and settings, fields of public
//! SDKs' and carriers' documentation, and the case and separator variants that JSON, forms and headers
//! have them in. The list was written without a look at the detector's own.

use gasket_core::inspect::content::IdentifierKind;
use gasket_core::inspect::content::known::kind_named;

/// A kind of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Imei,
    Imsi,
    Iccid,
    Meid,
    Mac,
    AdvertisingId,
    AndroidId,
    Serial,
    Phone,
    Email,
    Cell,
    Location,
    Ssid,
    AppList,
}

impl Kind {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 14] = [
        Self::Imei,
        Self::Imsi,
        Self::Iccid,
        Self::Meid,
        Self::Mac,
        Self::AdvertisingId,
        Self::AndroidId,
        Self::Serial,
        Self::Phone,
        Self::Email,
        Self::Cell,
        Self::Location,
        Self::Ssid,
        Self::AppList,
    ];

    /// Its name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Imei => "imei",
            Self::Imsi => "imsi",
            Self::Iccid => "iccid",
            Self::Meid => "meid",
            Self::Mac => "mac",
            Self::AdvertisingId => "advertising id",
            Self::AndroidId => "android id",
            Self::Serial => "serial",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Cell => "cell",
            Self::Location => "location",
            Self::Ssid => "ssid",
            Self::AppList => "app list",
        }
    }

    /// The words for it that the events' `kind` may say. An Android ID is one kind of device id.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Imei => &["imei"],
            Self::Imsi => &["imsi"],
            Self::Iccid => &["iccid"],
            Self::Meid => &["meid"],
            Self::Mac => &["mac"],
            Self::AdvertisingId => &["advertising_id"],
            Self::AndroidId => &["android_id", "device_id"],
            Self::Serial => &["serial"],
            Self::Phone => &["phone"],
            Self::Email => &["email"],
            Self::Cell => &["cell"],
            Self::Location => &["location"],
            Self::Ssid => &["ssid"],
            Self::AppList => &["app_list", "apps"],
        }
    }

    /// What a user may type in as this kind.
    pub(crate) fn typed(self) -> Option<IdentifierKind> {
        let words = self.words().iter();
        words.copied().find_map(|word| kind_named(word).ok())
    }

    /// Whether it is one value under one key, and not several that only say something together.
    pub(crate) fn is_single(self) -> bool {
        !matches!(self, Self::Cell | Self::Location | Self::AppList)
    }

    /// The keys. Those of a kind of several values are joined by spaces, in the order of the values.
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Imei => &[
                "imei",
                "IMEI",
                "imei1",
                "IMEI2",
                "imei_no",
                "imeiNumber",
                "device_imei",
                "deviceImei",
                "phone_imei",
                "imeisv",
                "dev_imei",
                "imeiCode",
            ],
            Self::Imsi => &[
                "imsi",
                "IMSI",
                "imsi1",
                "sim_imsi",
                "simImsi",
                "subscriberId",
                "subscriber_id",
                "lte_imsi",
                "SIM1IMSI",
                "deviceSubscriberId",
                "imsi_no",
                "imsiNumber",
            ],
            Self::Iccid => &[
                "iccid",
                "ICCID",
                "iccId",
                "icc_id",
                "sim_iccid",
                "simSerialNumber",
                "sim_serial_number",
                "simSerial",
                "SIM2ICCID",
                "iccid1",
                "sim_sn",
                "simIccId",
            ],
            Self::Meid => &[
                "meid",
                "MEID",
                "device_meid",
                "deviceMeid",
                "meid1",
                "meid_no",
                "meidNumber",
                "cdma_meid",
                "MEID2",
                "dev_meid",
            ],
            Self::Mac => &[
                "mac",
                "MAC",
                "macAddress",
                "mac_address",
                "wifi_mac",
                "wifiMac",
                "mac_addr",
                "bssid",
                "BSSID",
                "wlan_mac",
                "MACID",
                "bluetooth_mac",
            ],
            Self::AdvertisingId => &[
                "gaid",
                "adid",
                "advertising_id",
                "advertisingId",
                "google_advertising_id",
                "aaid",
                "oaid",
                "ifa",
                "gps_adid",
                "GAID",
                "rdid",
                "google_aid",
            ],
            Self::AndroidId => &[
                "android_id",
                "androidId",
                "ANDROID_ID",
                "androidid",
                "device_id",
                "deviceId",
                "deviceid",
                "ssaid",
                "hwid",
                "device_android_id",
                "udid",
                "android-id",
            ],
            Self::Serial => &[
                "serial",
                "serialno",
                "serial_number",
                "serialNumber",
                "SERIAL",
                "device_serial",
                "deviceSerial",
                "hw_serial",
                "build_serial",
                "sn",
                "serial_no",
                "serialNo",
            ],
            Self::Phone => &[
                "phone",
                "phone_number",
                "phoneNumber",
                "msisdn",
                "MSISDN",
                "mobile",
                "mobile_no",
                "tel",
                "line1Number",
                "mdn",
                "mobilePhone",
                "user_phone",
            ],
            Self::Email => &[
                "email",
                "e-mail",
                "mail",
                "email_address",
                "emailAddress",
                "user_email",
                "userEmail",
                "EMAIL",
                "account_email",
                "login_email",
            ],
            Self::Cell => &[
                "mcc mnc lac cid",
                "mcc mnc tac ci",
                "mcc mnc lac cell_id",
                "MCC MNC LAC CellId",
                "mobileCountryCode mobileNetworkCode locationAreaCode cellId",
                "cell_mcc cell_mnc cell_lac cell_cid",
                "mcc mnc tac eci",
                "network_mcc network_mnc lac cellid",
            ],
            Self::Location => &[
                "lat lng",
                "lat lon",
                "latitude longitude",
                "gps_lat gps_lng",
                "Latitude Longitude",
                "geo_lat geo_lon",
                "locationLat locationLng",
                "lat long",
                "user_latitude user_longitude",
            ],
            Self::Ssid => &[
                "ssid",
                "SSID",
                "wifi_ssid",
                "wifiSsid",
                "ap_ssid",
                "wifi_name",
                "wifiName",
                "network_ssid",
                "connected_ssid",
                "ssidName",
            ],
            Self::AppList => &[
                "apps",
                "installed_apps",
                "app_list",
                "appList",
                "installedApps",
                "packages",
                "installed_packages",
                "pkgs",
                "applist",
                "package_list",
            ],
        }
    }

    /// The stems from which programs build the names of hashed fields.
    pub(crate) fn hash_stems(self) -> &'static [&'static str] {
        match self {
            Self::Imei => &["imei", "device_imei"],
            Self::Imsi => &["imsi", "subscriber_id"],
            Self::Iccid => &["iccid", "sim_serial"],
            Self::Meid => &["meid"],
            Self::Mac => &["mac", "wifi_mac", "mac_address"],
            Self::AdvertisingId => &["gaid", "adid", "advertising_id", "oaid", "aaid"],
            Self::AndroidId => &["android_id", "androidid", "device_id"],
            Self::Serial => &["serial", "serial_number"],
            Self::Phone => &["phone", "msisdn", "phone_number", "mobile"],
            Self::Email => &["email", "user_email", "email_address"],
            Self::Ssid => &["ssid", "wifi_ssid"],
            Self::Cell | Self::Location | Self::AppList => &[],
        }
    }
}

/// How a hashed field is named, `STEM` and `HASH` being replaced.
pub(crate) const HASH_KEYS: [&str; 6] = [
    "STEM_HASH",
    "HASH_STEM",
    "STEM_hash",
    "hashed_STEM",
    "STEMHASH",
    "HASHSTEM",
];

/// Keys that say nothing of what is in them: of wrapped documents, and of values nobody can read.
pub(crate) const NEUTRAL_KEYS: [&str; 10] = [
    "data", "d", "payload", "p", "q", "msg", "content", "body", "param", "ms",
];
