//! Every kind of identifier, by the names that programs give it.

use super::invented::*;
use super::*;
use IdentifierKind::*;

/// The same pairs as query, form, JSON, and JSON one level down.
fn containers(fields: &[(&str, &str)]) -> Vec<(&'static str, Content)> {
    let form = fields
        .iter()
        .map(|(key, value)| format!("{key}={}", percent(value.as_bytes())))
        .collect::<Vec<_>>()
        .join("&");
    let object = serde_json::Value::Object(
        fields
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).into()))
            .collect(),
    );
    let nested = serde_json::json!({"v": 3, "common": {"model": "XXX-model", "x": object}});
    vec![
        ("query", of_query(&form)),
        ("form", of_body(format!("v=3&{form}").as_bytes())),
        ("JSON", of_body(object.to_string().as_bytes())),
        ("nested JSON", of_body(nested.to_string().as_bytes())),
    ]
}

fn expect(kind: IdentifierKind, fields: &[(&str, &str)]) {
    for (container, content) in containers(fields) {
        assert_eq!(
            alerting(&content),
            [kind],
            "{fields:?} as {container}: {:#?}",
            content.findings
        );
    }
}

fn expect_quiet(fields: &[(&str, &str)]) {
    for (container, content) in containers(fields) {
        assert_eq!(
            alerting(&content),
            [],
            "{fields:?} as {container}: {:#?}",
            content.findings
        );
    }
}

/// Every key alerts with every value that is one, and with none of those that are not.
fn keyed(kind: IdentifierKind, keys: &[&str], values: &[&str], others: &[&str]) {
    for key in keys {
        for value in values {
            expect(kind, &[(key, value)]);
        }
        for value in others {
            expect_quiet(&[(key, value)]);
        }
    }
}

#[test]
fn imei_keys() {
    let whole = imei();
    let printed = format!(
        "{}-{}-{}-{}",
        &whole[..2],
        &whole[2..8],
        &whole[8..14],
        &whole[14..]
    );
    let software = format!("{}07", &whole[..14]);
    let keys = [
        "imei",
        "IMEI",
        "imei2",
        "IMEI_1",
        "imeiNo",
        "imei_number",
        "deviceImei",
        "X-IMEI",
        "phone.imei",
        "slot1_imei",
        "sim2Imei",
        "IMEI_SIM1",
        "primaryImei",
        "imeisv",
        "acme_dev_imei",
        "u_imei",
    ];
    let others = [
        "000000000000000",
        "unknown",
        "null",
        "1650284179123",
        "35000",
        "1.2.3",
    ];
    keyed(
        Imei,
        &keys,
        &[&whole, &whole[..14], &printed, &software],
        &others,
    );
}

#[test]
fn imsi_keys() {
    let keys = [
        "imsi",
        "IMSI",
        "imsi1",
        "simImsi",
        "SIM1IMSI",
        "SIM2LTEIMSI",
        "SIM1CDMAIMSI",
        "S1LTEIMSI",
        "subscriberId",
        "device_subscriber_id",
        "X-IMSI",
        "imsi_sim2",
        "ims_imsi",
    ];
    let others = ["", "000000000000000", "46003", "unknown", "1650284179"];
    keyed(Imsi, &keys, &[&imsi(), "240019999999999"], &others);
}

#[test]
fn iccid_keys() {
    let padded = format!("{}F", &iccid()[..19]);
    let keys = [
        "iccid",
        "ICCID",
        "iccId2",
        "icc_id",
        "SIM1ICCID",
        "simSerialNumber",
        "sim_serial",
        "sim_serial_no",
        "simSN",
        "uiccId",
        "sim_card_id",
        "X-ICCID",
        "device_sim_serial",
    ];
    let others = [
        "",
        "unknown",
        "1234567890123456789",
        "8900000000000000000",
        "89",
    ];
    keyed(
        Iccid,
        &keys,
        &[&iccid(), &padded, "898603F0000000012345"],
        &others,
    );
}

/// A SIM stores the digits of each pair swapped (ETSI TS 102 221, 13.2).
#[test]
fn iccid_as_the_sim_stores_it() {
    let nineteen = checked("894700000000012345");
    for printed in [iccid(), format!("{nineteen}F")] {
        let stored: String = printed
            .as_bytes()
            .chunks(2)
            .flat_map(|pair| pair.iter().rev().map(|&b| char::from(b)))
            .collect();
        expect(Iccid, &[("iccid", &stored)]);
        expect(Iccid, &[("iccid", &stored.to_lowercase())]);
        let content = of_body(format!("AT+CRSM: 144,0,\"{stored}\"").as_bytes());
        assert_eq!(alerting(&content), [Iccid], "{content:#?}");
        // The same digits in any other order are none.
        let other: String = stored.chars().rev().collect();
        expect_quiet(&[("iccid", &other)]);
    }
}

#[test]
fn meid_keys() {
    let keys = [
        "meid",
        "MEID",
        "meid1",
        "deviceMeid",
        "cdma_meid",
        "meidNo",
        "X-MEID",
        "MEID_SIM2",
    ];
    let others = [
        "",
        "unknown",
        "00000000000000",
        "20000000123456",
        "A0000000",
    ];
    keyed(Meid, &keys, &["A0000000123456", "99000000ab3456"], &others);
}

#[test]
fn mac_keys() {
    let bare = mac().replace(':', "");
    let upper = mac().to_uppercase().replace(':', "-");
    let keys = [
        "mac",
        "MAC",
        "macAddress",
        "mac_addr",
        "wifi_mac",
        "wlanMac",
        "MACID",
        "bssid",
        "BSSID",
        "wifiBssid",
        "router_mac",
        "bluetoothAddress",
        "bt_mac",
        "hwaddr",
        "device_mac",
    ];
    let others = [
        "02:00:00:00:00:00",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "01:00:5e:00:00:fb",
        "da:a1:19:12:34:56",
        "unknown",
        "10.0.2.15",
        "intel",
    ];
    keyed(Mac, &keys, &[&mac(), &bare, &upper], &others);
}

#[test]
fn advertising_keys() {
    let uuid = "3f0a9c1e-5b7d-4e2f-8a6b-0c1d2e3f4a5b";
    let keys = [
        "gaid",
        "GAID",
        "adid",
        "gps_adid",
        "advertisingId",
        "google_advertising_id",
        "advertiser_id",
        "aaid",
        "oaid",
        "ifa",
        "idfa",
        "rdid",
        "device.ifa",
        "google_aid",
        "X-Ad-Id",
    ];
    let others = [
        "00000000-0000-0000-0000-000000000000",
        "",
        "unknown",
        "1234567890",
        "banner-300x250",
    ];
    keyed(AdvertisingId, &keys, &[uuid, &uuid.to_uppercase()], &others);
}

#[test]
fn device_id_keys() {
    let keys = [
        "android_id",
        "androidId",
        "ANDROID_ID",
        "device_android_id",
        "ssaid",
        "device_id",
        "X-Device-Id",
        "hwid",
        "udid",
        "dvid",
        "phone_id",
        "terminal_id",
    ];
    let others = [
        "0000000000000000",
        "9774d56d682e549c",
        "unknown",
        "generic_x86",
        "42",
        "1650284179123",
    ];
    keyed(
        DeviceId,
        &keys,
        &[&android_id(), &android_id().to_uppercase()],
        &others,
    );
}

#[test]
fn serial_keys() {
    let keys = [
        "serialno",
        "serial_number",
        "serialNumber",
        "deviceSerial",
        "device_sn",
        "hw_serial",
        "build_serial",
        "ro.serialno",
        "ro.boot.serialno",
        "phone_sn",
        "sn",
        "serial",
    ];
    let others = [
        "unknown",
        "0123456789ABCDEF",
        "20240512",
        "42",
        "1650284179123",
    ];
    keyed(Serial, &keys, &[&serial(), "R00TEST123Z"], &others);
}

#[test]
fn phone_keys() {
    let keys = [
        "phone",
        "phone_number",
        "phoneNumber",
        "userPhone",
        "msisdn",
        "MSISDN",
        "mobile",
        "mobile_no",
        "mobilePhone",
        "tel",
        "line1Number",
        "cellphone",
        "mdn",
    ];
    let values = [
        "+4799900123",
        "004799900123",
        "999 00 123",
        "+1 (555) 010-0123",
    ];
    let others = [
        "",
        "unknown",
        "00000000",
        "12345678",
        "Pixel 4a",
        "iPhone12,1",
        "123",
        "Android 12.0.1",
    ];
    keyed(Phone, &keys, &values, &others);
}

#[test]
fn email_keys() {
    let keys = [
        "email",
        "e-mail",
        "EMAIL",
        "mail",
        "emailAddress",
        "user_email",
        "accountEmail",
        "login_email",
        "username",
        "user_id",
    ];
    let others = [
        "",
        "kari",
        "support@example.com",
        "noreply@example.com",
        "kari@",
        "@example.com",
        "icon@2x.png",
        "user@host",
    ];
    keyed(
        Email,
        &keys,
        &["kari.nordmann@example.com", "k+news@mail.example.co"],
        &others,
    );
}

#[test]
fn ssid_keys() {
    let keys = [
        "ssid",
        "SSID",
        "wifi_ssid",
        "wifiSsid",
        "ap_ssid",
        "essid",
        "wifi_name",
        "connected_ssid",
        "network_ssid",
        "ssidName",
    ];
    let others = [
        "",
        "<unknown ssid>",
        "\"<unknown ssid>\"",
        "unknown",
        "null",
        "%30%78",
        "bnVsbA==",
        "0x",
    ];
    keyed(
        Ssid,
        &keys,
        &["Nordmanns nett", "\"ZyXEL_12AB\"", "hjemme"],
        &others,
    );
}

#[test]
fn place_in_two_fields() {
    let keys = [
        ("lat", "lng"),
        ("lat", "lon"),
        ("latitude", "longitude"),
        ("LATITUDE", "LONGITUDE"),
        ("gps_lat", "gps_lng"),
        ("geoLat", "geoLon"),
        ("userLatitude", "userLongitude"),
        ("lat", "long"),
        ("last_lat", "last_lon"),
        ("latitudeE7", "longitudeE7"),
    ];
    for (lat, lon) in keys {
        expect(Location, &[(lat, "59.91387"), (lon, "10.75225")]);
        expect(Location, &[(lat, "-33.8568"), (lon, "151.215")]);
        expect(
            Location,
            &[(lat, "59.913868812345"), (lon, "10.752245412345")],
        );
        // One alone, out of range, nowhere, a country's middle, versions.
        expect_quiet(&[(lat, "59.91387")]);
        expect_quiet(&[(lat, "959.91387"), (lon, "10.75225")]);
        expect_quiet(&[(lat, "0.0"), (lon, "0.0")]);
        expect_quiet(&[(lat, "62"), (lon, "10")]);
        expect_quiet(&[(lat, "59.9"), (lon, "10.7")]);
        expect_quiet(&[(lat, "1.2.3"), (lon, "1.2.4")]);
    }
}

#[test]
fn place_in_one_field() {
    let keys = [
        "latlng",
        "ll",
        "location",
        "loc",
        "gps",
        "coords",
        "geo",
        "lastLocation",
    ];
    let values = [
        "59.91387,10.75225",
        "59.91387, 10.75225",
        "geo:59.91387,10.75225",
    ];
    let others = [
        "59,10",
        "en_GB",
        "12.1,13.2",
        "0.0,0.0",
        "https://example.com/a",
        "1.10.1234",
    ];
    keyed(Location, &keys, &values, &others);
}

#[test]
fn cell_keys() {
    let keys = [
        ["mcc", "mnc", "lac", "cid"],
        ["mcc", "mnc", "tac", "ci"],
        ["MCC", "MNC", "LAC", "CellId"],
        ["cellMcc", "cellMnc", "cellLac", "cellCid"],
        ["networkMcc", "networkMnc", "tac", "eci"],
        [
            "mobileCountryCode",
            "mobileNetworkCode",
            "locationAreaCode",
            "cell_id",
        ],
    ];
    for [mcc, mnc, area, cell] in keys {
        let whole = [
            (mcc, "242"),
            (mnc, "01"),
            (area, "4301"),
            (cell, "27447297"),
        ];
        expect(Cell, &whole);
        expect(Cell, &whole[..3]);
        // A network alone is millions of people.
        expect_quiet(&whole[..2]);
        expect_quiet(&whole[3..]);
        expect_quiet(&[(mcc, "242"), (mnc, "01"), (area, "0"), (cell, "2147483647")]);
        expect_quiet(&[(mcc, "0"), (mnc, "0"), (area, "0"), (cell, "0")]);
    }
    for (key, value) in [
        ("cellInfo", "242-01-4301-27447297"),
        ("cell_id", "242:01:4301:27447297"),
        ("bts", "242,01,4301,27447297"),
    ] {
        expect(Cell, &[(key, value)]);
        expect_quiet(&[(key, "1-2-3-4")]);
    }
}

fn packages(count: usize) -> Vec<String> {
    (0..count)
        .map(|nth| format!("com.maker{nth}.app{nth}"))
        .collect()
}

#[test]
fn app_list_keys() {
    let keys = [
        "apps",
        "installed_apps",
        "installedApps",
        "app_list",
        "appList",
        "packages",
        "installed_packages",
        "pkgs",
        "pkg_list",
    ];
    let (list, few) = (packages(12), packages(3));
    for key in keys {
        for apart in [",", ";", "|", "\n", " "] {
            expect(AppList, &[(key, &list.join(apart))]);
            expect_quiet(&[(key, &few.join(apart))]);
        }
        let objects: Vec<_> = list
            .iter()
            .map(|name| serde_json::json!({"pkg": name, "ver": 3}))
            .collect();
        for apps in [serde_json::json!(list), serde_json::json!(objects)] {
            let body = serde_json::json!({"v": 1, key: apps}).to_string();
            let content = of_body(body.as_bytes());
            assert_eq!(alerting(&content), [AppList], "{body}: {content:#?}");
            assert_eq!(content.findings[0].masked, "12");
        }
    }
}

/// Libraries of one app, one maker's hosts, a page's script.
#[test]
fn no_app_lists() {
    let libraries: Vec<_> = (0..30)
        .map(|nth| format!("com.example.library.part{nth}"))
        .collect();
    let hosts: Vec<_> = (0..30).map(|nth| format!("cdn{nth}.example.com")).collect();
    let files: Vec<_> = (0..30).map(|nth| format!("app.js.map{nth}")).collect();
    for list in [libraries, hosts, files] {
        expect_quiet(&[("libs", &list.join(","))]);
        expect_quiet(&[("packages", &list.join(","))]);
    }
}

/// Digests of 16, 20 and 32 bytes, as MD5, SHA-1 and SHA-256 have.
fn digests() -> [String; 3] {
    [16, 20, 32].map(|length| hex(&Noise(7).bytes(length)))
}

#[test]
fn hashes_under_telling_keys() {
    let stems: [(IdentifierKind, &[&str]); 11] = [
        (Imei, &["imei", "device_imei", "imei1", "phoneImei"]),
        (Imsi, &["imsi", "subscriber_id", "sim1_imsi"]),
        (Iccid, &["iccid", "sim_serial", "simSerialNumber"]),
        (Meid, &["meid", "device_meid"]),
        (Mac, &["mac", "wifi_mac", "macAddress", "bssid"]),
        (AdvertisingId, &["gaid", "adid", "oaid", "advertising_id"]),
        (DeviceId, &["android_id", "device_id", "udid"]),
        (Serial, &["serial", "serialno", "device_serial", "sn"]),
        (Phone, &["phone", "phone_number", "msisdn", "mobile"]),
        (Email, &["email", "user_email", "emailAddress"]),
        (Ssid, &["ssid", "wifi_ssid"]),
    ];
    let [md5, sha1, sha256] = digests();
    for (kind, stems) in stems {
        for stem in stems {
            let capital = stem[..1].to_uppercase() + &stem[1..];
            for (hash, value) in [("md5", &md5), ("sha1", &sha1), ("sha256", &sha256)] {
                for key in [
                    format!("{stem}_{hash}"),
                    format!("{hash}_{stem}"),
                    format!("{stem}{hash}"),
                    format!("{hash}{stem}"),
                    format!("{hash}{capital}"),
                    format!("{stem}_hash"),
                    format!("{stem}Hash"),
                    format!("hashed_{stem}"),
                    format!("{stem}_hashed"),
                    format!("{stem}_{hash}_hash"),
                    format!("enc_{stem}_{hash}"),
                ] {
                    let content = of_query(&format!("{key}={value}"));
                    assert_eq!(alerting(&content), [kind], "{key}: {content:#?}");
                }
                expect(kind, &[(&format!("{stem}_{hash}"), &value.to_uppercase())]);
            }
        }
    }
}

#[test]
fn hashes_of_something_else() {
    let [md5, sha1, sha256] = digests();
    for key in [
        "md5",
        "sha256",
        "hash",
        "sign",
        "apk_md5",
        "file_sha256",
        "password_md5",
        "ETag",
        "commit",
        "token",
        "session_hash",
        "content_md5",
        "config_hash",
        "serialized_hash",
        "macro_md5",
        "hmac_sha256",
        "mailbox_template_hash",
        "ssl_serial_hash_algorithm",
    ] {
        for value in [&md5, &sha1, &sha256] {
            expect_quiet(&[(key, value)]);
        }
    }
}

#[test]
fn lists_under_one_key() {
    let (first, second) = (imei(), second_imei());
    for apart in [",", ";", "|", " ", ", "] {
        let both = [first.clone(), second.clone()].join(apart);
        for (container, content) in containers(&[("imei", &both)]) {
            let found = content.findings.iter().filter(|f| f.kind == Imei);
            assert_eq!(found.count(), 2, "{both} as {container}: {content:#?}");
        }
        expect(Mac, &[("macs", &format!("{}{apart}{}", mac(), mac()))]);
        expect(Imsi, &[("imsi_list", &format!("{}{apart}", imsi()))]);
        expect_quiet(&[("imei", &["unknown", "unknown"].join(apart))]);
    }
    let body = serde_json::json!({"imeis": [first, second]}).to_string();
    let content = of_body(body.as_bytes());
    let found = content
        .findings
        .iter()
        .filter(|f| f.kind == Imei && f.alerts());
    assert_eq!(found.count(), 2, "{content:#?}");
}

/// A name and its value that stand side by side, as in lists of parameters.
#[test]
fn names_beside_their_values() {
    let place = [("lat", "59.91387"), ("lng", "10.75225")];
    let cell = [
        ("mcc", "242"),
        ("mnc", "01"),
        ("lac", "4301"),
        ("cid", "27447297"),
    ];
    let wrapped = base64_of(imei().as_bytes(), false, true);
    let hidden = [("imei", wrapped.as_str())];
    let cases: [(IdentifierKind, &[(&str, &str)]); 3] =
        [(Location, &place), (Cell, &cell), (Imei, &hidden)];
    for (kind, fields) in cases {
        let items: Vec<_> = fields
            .iter()
            .map(|(name, value)| serde_json::json!({"name": name, "value": value}))
            .collect();
        let json = serde_json::json!({"params": items}).to_string();
        let mut xml = "<?xml version=\"1.0\"?><request>".to_owned();
        for (name, value) in fields {
            xml += &format!("<param name=\"{name}\" value=\"{value}\"/>");
        }
        for body in [json, xml + "</request>"] {
            let content = of_body(body.as_bytes());
            assert_eq!(alerting(&content), [kind], "{body}: {content:#?}");
            let quiet = body
                .replace("lat", "size")
                .replace("lac", "a")
                .replace("mcc", "b");
            let quiet = quiet.replace("imei", "order");
            assert_eq!(alerting(&of_body(quiet.as_bytes())), [], "{quiet}");
        }
    }
}
