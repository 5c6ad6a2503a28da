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

/// What a whole name means.
#[rustfmt::skip]
pub(super) fn lookup(name: &[u8]) -> Option<Named> {
    Some(match name {
        b"imei" | b"imeisv" | b"imeiid" => Named::Imei,
        b"imsi" | b"subscriberid" | b"simsubscriberid" => Named::Imsi,
        b"iccid" | b"ccid" | b"icc" | b"uiccid" | b"simcard" | b"simcardid" | b"simcardserial"
        | b"simcardsn" | b"simcardserialnumber" | b"simid" | b"simnumber" | b"simno" | b"simserial" | b"simserialno"
        | b"simserialnumber" | b"simsn" | b"iccserialnumber" => Named::Iccid,
        b"meid" => Named::Meid,
        b"mac" | b"maca" | b"macadd" | b"macaddr" | b"macaddress" | b"macid" | b"hwaddr"
        | b"hwaddress" | b"hardwareaddress" | b"physicaladdress" | b"bssid" | b"bluetoothaddress"
        | b"bluetoothaddr" | b"btaddress" | b"btaddr" | b"bdaddr" | b"bdaddress" | b"wifiaddress"
        | b"wlanaddress" => Named::Mac,
        b"aaid" | b"adid" | b"advertiserid" | b"advertisingid" | b"advertisementid" | b"advertid"
        | b"advid" | b"adidentifier" | b"advertisingidentifier" | b"identifierforadvertising"
        | b"gaid" | b"googleadid" | b"googleadvertisingid" | b"googleadvertiserid" | b"googleaid"
        | b"gpsadid" | b"gpsaid" | b"idfa" | b"ifa" | b"maid" | b"madid" | b"oaid" | b"rdid"
        | b"vaid" | b"fireadid" | b"amazonadid" => Named::Advertising,
        b"androidid" | b"secureandroidid" | b"settingsandroidid" | b"ssaid" | b"openudid"
            => Named::AndroidId,
        b"deviceid" | b"deviceidentifier" | b"deviceuid" | b"deviceuniqueid" | b"devid"
        | b"deviceuuid" | b"devuuid" | b"dvid" | b"deviceguid" | b"hardwareid" | b"hwid" | b"phoneid" | b"secureid"
        | b"terminalid" | b"udid" | b"uniquedeviceid" | b"uniqueid" | b"deviceimeiid"
        | b"machineid" | b"equipmentid" | b"handsetid" | b"mobileid" => Named::Device,
        b"did" | b"dpid" | b"duid" | b"deviceno" | b"devicenumber" | b"mid" | b"cuid"
            => Named::PerhapsDevice,
        b"aid" => Named::Aid,
        b"serialno" | b"serialnum" | b"serialnumber" | b"deviceserial" | b"devserial"
        | b"devicesn" | b"devsn" | b"hardwareserial" | b"hwserial" | b"hwsn" | b"phoneserial"
        | b"phonesn" | b"androidserial" | b"buildserial" | b"robootserialno" | b"mobilesn"
        | b"machinesn" | b"systemserial" => Named::Serial,
        b"serial" | b"sn" | b"psn" | b"esn" => Named::PerhapsSerial,
        b"phone" | b"phonenumber" | b"phonenum" | b"phoneno" | b"mobile" | b"mobilenumber"
        | b"mobilenum" | b"mobileno" | b"mobilephone" | b"mobilephonenumber" | b"cellphone"
        | b"cellphonenumber" | b"cellnumber" | b"telephone" | b"telephonenumber" | b"tel"
        | b"telnumber" | b"telno" | b"telnum" | b"msisdn" | b"mdn" | b"line1" | b"line1number"
        | b"simphonenumber" | b"handphone" | b"udph" => Named::Phone,
        b"email" | b"mail" | b"emailaddress" | b"emailaddr" | b"mailaddress" | b"mailaddr"
        | b"emailid" | b"mailbox" | b"udem" | b"hem" => Named::Mail,
        b"user" | b"username" | b"userid" | b"userlogin" | b"uid" | b"uname" | b"usr" | b"login"
        | b"loginid" | b"loginname" | b"account" | b"accountid" | b"accountname" | b"principal"
        | b"upn" | b"identity" | b"signin" | b"customerid" | b"memberid" => Named::User,
        b"lat" | b"latitude" | b"latdeg" | b"latitudedegrees" | b"late6" | b"late7"
        | b"latitudee6" | b"latitudee7" => Named::Latitude,
        b"lon" | b"lng" | b"long" | b"longitude" | b"longitudedegrees" | b"lngdeg" | b"londeg"
        | b"lnge6" | b"lnge7" | b"longitudee6" | b"longitudee7" => Named::Longitude,
        b"latlng" | b"latlon" | b"latlong" | b"lonlat" | b"lnglat" | b"longlat" | b"ll" | b"sll"
        | b"loc" | b"location" | b"geolocation" | b"geo" | b"gps" | b"geopoint" | b"geocode"
        | b"geoposition" | b"coordinate" | b"coordinates" | b"coords" | b"coord" | b"geoloc"
        | b"latitudelongitude" | b"lbs" => Named::Place,
        b"q" | b"near" | b"at" | b"pos" | b"position" | b"point" | b"points" | b"center"
        | b"centre" | b"origin" | b"destination" | b"place" | b"forecast" | b"weather"
            => Named::PerhapsPlace,
        b"wifissid" | b"wifissidname" | b"wifiname" | b"wlanssid" | b"essid" | b"apssid"
        | b"wifinetworkname" | b"hotspotssid" => Named::WifiName,
        b"ssid" | b"ssidname" => Named::NetworkName,
        b"apps" | b"app" | b"applist" | b"applists" | b"allapps" | b"installedapps"
        | b"installedapplist" | b"installedapp" | b"installedapplications" | b"installedpackages"
        | b"installedpackage" | b"installedpkgs" | b"installlist" | b"installed" | b"packages" | b"packagelist"
        | b"package" | b"packagename" | b"packagenames" | b"pkg" | b"pkgs" | b"pkglist"
        | b"pkgname" | b"pkgnames" | b"applications" | b"applicationlist" | b"appsinstalled"
        | b"runningapps" | b"processes" | b"processlist" | b"softlist" | b"softwarelist"
        | b"bundleids" | b"bundleid" | b"appids" | b"appid" | b"appnames" | b"appname"
            => Named::Apps,
        b"mcc" | b"mobilecountrycode" => Named::Country,
        b"mnc" | b"mobilenetworkcode" => Named::Network,
        b"mccmnc" | b"plmn" | b"networkoperator" | b"simoperator" => Named::CountryAndNetwork,
        b"lac" | b"tac" | b"locationareacode" | b"trackingareacode" => Named::Area,
        b"cellid" | b"cellidentity" | b"celltowerid" | b"eci" | b"ecgi" | b"nci" | b"cgi" => Named::Cell,
        b"cid" | b"ci" | b"cell" => Named::PerhapsCell,
        b"cellinfo" | b"celltower" | b"celllocation" | b"servingcell" | b"bts" | b"nearbts"
        | b"basestation" | b"cells" => Named::Tower,
        _ => return None,
    })
}

/// `name` without a digest's name at its end.
pub(super) fn without_hash(name: &[u8]) -> Option<&[u8]> {
    const HASHES: [&[u8]; 8] = [
        b"md5", b"sha1", b"sha256", b"sha", b"hashed", b"hash", b"md5hash", b"digest",
    ];
    HASHES
        .iter()
        .find_map(|hash| name.strip_suffix(*hash))
        .filter(|rest| !rest.is_empty())
}

/// `name` without an ending that only counts or describes.
pub(super) fn without_suffix(name: &[u8]) -> Option<&[u8]> {
    const SUFFIXES: [&[u8]; 13] = [
        b"number", b"num", b"no", b"string", b"str", b"value", b"list", b"raw", b"text", b"code",
        b"plain", b"info", b"s",
    ];
    let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let rest = if digits > 0 {
        name.get(..name.len() - digits)?
    } else {
        let last = name.last()?;
        SUFFIXES
            .iter()
            .filter(|suffix| suffix.last() == Some(last))
            .find_map(|suffix| name.strip_suffix(*suffix))?
    };
    (rest.len() >= 2).then_some(rest)
}

/// `name` without a word at its start that says whose or which one it is, and whether that word
/// says that it is hashed.
pub(super) fn without_owner(name: &[u8]) -> Option<(&[u8], bool)> {
    let words: &[&[u8]] = match name.first()? {
        b'a' => &[b"android", b"account", b"app", b"ap"],
        b'b' => &[b"bluetooth", b"ble", b"bt", b"bd"],
        b'c' => &[b"current", b"customer", b"client", b"cdma", b"cell", b"cur"],
        b'd' => &[b"device", b"data", b"dev"],
        b'e' => &[b"ethernet", b"eth"],
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
