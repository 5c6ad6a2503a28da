//! Identifiers of several values: places, cells, lists; and hashes, whose key alone tells.

use super::invented::*;
use super::kinds::{containers, expect, expect_quiet, keyed};
use super::*;
use IdentifierKind::*;

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
