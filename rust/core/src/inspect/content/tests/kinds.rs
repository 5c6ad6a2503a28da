//! Every kind of identifier, by the names that programs give it.

use super::invented::*;
use super::*;
use IdentifierKind::*;

/// The same pairs as query, form, JSON, and JSON one level down.
pub(super) fn containers(fields: &[(&str, &str)]) -> Vec<(&'static str, Content)> {
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

pub(super) fn expect(kind: IdentifierKind, fields: &[(&str, &str)]) {
    for (container, content) in containers(fields) {
        assert_eq!(
            alerting(&content),
            [kind],
            "{fields:?} as {container}: {:#?}",
            content.findings
        );
    }
}

pub(super) fn expect_quiet(fields: &[(&str, &str)]) {
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
pub(super) fn keyed(kind: IdentifierKind, keys: &[&str], values: &[&str], others: &[&str]) {
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
