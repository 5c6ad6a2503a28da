//! Each kind of value, under keys that name it, that may, and under none.

use super::super::key::key;
use super::*;
use crate::inspect::content::tests::invented::{android_id, checked, iccid, imei, second_imei};
use Evidence::{
    Aid, BareIccid, BareIccidUnchecked, BareImei, BareImsi, BareMac, BareMacDashes, BareMacDigits,
    CellWhole, DeviceDigest, DeviceNumber, DeviceToken, DeviceUuid, MailOfUser, NamedChecked,
    NamedDigest, NamedDoubtful, NamedRange, NamedShape, NetworkName, PerhapsDevice,
    PerhapsDeviceNumber, PerhapsPlace, PerhapsSerial, PerhapsSerialDigits, PlaceText, SerialDigits,
    WifiName,
};
use IdentifierKind::*;

fn listed(name: &str, value: &str) -> Vec<Match> {
    let mut out = Vec::new();
    keyed(key(name).unwrap(), value, &mut |found| out.push(found));
    out
}

fn told(name: &str, value: &str) -> Option<(IdentifierKind, Evidence)> {
    let found = listed(name, value);
    assert!(found.len() < 2, "{name} {value}");
    found.first().map(|(kind, _, evidence)| (*kind, *evidence))
}

/// Values of one length in digits that are no filler.
fn digits(head: &str, length: usize) -> String {
    format!(
        "{head}{}",
        &"7391462850739146285073914628507391462850"[..length - head.len()]
    )
}

/// With another check digit.
fn unchecked(number: &str) -> String {
    let (head, last) = number.split_at(number.len() - 1);
    format!("{head}{}", (last.parse::<u8>().unwrap() + 1) % 10)
}

/// Key, value, and what that is.
type Case<'a> = (&'a str, &'a str, Option<(IdentifierKind, Evidence)>);

fn expect(cases: &[Case<'_>]) {
    for (name, value, expected) in cases {
        assert_eq!(told(name, value), *expected, "{name} {value}");
    }
}

#[test]
fn numbers_of_devices() {
    let elsewhere = checked("12000000054321");
    expect(&[
        ("imei", &second_imei(), Some((Imei, NamedChecked))),
        ("imei", &unchecked(&second_imei()), Some((Imei, NamedShape))),
        ("imei", &elsewhere, Some((Imei, NamedRange))),
        ("imei", &unchecked(&elsewhere), Some((Imei, NamedDoubtful))),
        ("imei", &digits("86", 13), None),
        ("imei", &digits("86", 14), Some((Imei, NamedShape))),
        ("imei", &digits("86", 16), Some((Imei, NamedShape))),
        ("imei", &digits("86", 17), None),
        ("imei", &digits("12", 14), None),
        ("imei", &digits("12", 16), None),
        ("imei", "a0000000123456", Some((Meid, NamedRange))),
        ("imei", "333333333333333", None),
        ("meid", "A0000000123456", Some((Meid, NamedRange))),
        ("meid", "99000000123456f", Some((Meid, NamedRange))),
        ("meid", &second_imei(), Some((Imei, NamedChecked))),
        ("meid", "9a000000123456", None),
        ("meid", "a000000012345", None),
        ("meid", "a00000001234567f", None),
        ("meid", "a000000012345g", None),
        ("meid", "aaaaaaaaaaaaaa", None),
    ]);
}

#[test]
fn numbers_of_subscribers_and_sims() {
    expect(&[
        ("imsi", &digits("24201", 15), Some((Imsi, NamedRange))),
        ("imsi", &digits("24201", 14), Some((Imsi, NamedRange))),
        ("imsi", &digits("24297", 15), Some((Imsi, NamedShape))),
        ("imsi", &digits("24297", 14), Some((Imsi, NamedShape))),
        ("imsi", &digits("860", 15), Some((Imsi, NamedDoubtful))),
        ("imsi", &digits("860", 14), None),
        ("imsi", &digits("24201", 13), None),
        ("imsi", "222222222222222", None),
        ("imsi", "24201739146285f", None),
        ("imsi", &digits("24201", 16), None),
        ("iccid", &iccid(), Some((Iccid, NamedChecked))),
        ("iccid", &unchecked(&iccid()), Some((Iccid, NamedRange))),
        ("iccid", &digits("8947", 18), Some((Iccid, NamedRange))),
        ("iccid", &digits("8947", 17), None),
        ("iccid", &digits("8947", 21), None),
        ("iccid", "898603F0000000012345", Some((Iccid, NamedShape))),
        ("iccid", "898603G0000000012345", None),
        ("iccid", "8921030000000012345", None),
        ("iccid", "89860300000000123ff", None),
        ("iccid", "898603000000001234ff", Some((Iccid, NamedRange))),
    ]);
}

#[test]
fn addresses() {
    let nobodys = "fc:ff:ff:12:34:5a";
    assert!(!is_assigned([0xfc, 0xff, 0xff]) && is_assigned([0, 0x11, 0x22]));
    expect(&[
        ("mac", "00:00:5e:00:53:5a", Some((Mac, NamedRange))),
        ("mac", "00005E00535A", Some((Mac, NamedRange))),
        ("mac", nobodys, Some((Mac, NamedShape))),
        ("mac", "00--00--5e--00--53--5a", None),
        ("mac", "00:00:5e:00:53:5g", None),
        ("mac", "00:00:5e:00:53:5", None),
        ("mac", "01:00:5e:00:53:5a", None),
        ("mac", "02:00:5e:00:53:5a", None),
        ("mac", "00:00:00:00:53:5a", None),
        ("mac", "44:00:00:00:00:00", None),
    ]);
    for (pairs, expected) in [
        ("00:00:5e:00:53:5a", Some(BareMac)),
        ("00-00-5e-00-53-5a", Some(BareMacDashes)),
        ("00:11:22:33:44:55", Some(BareMacDigits)),
        ("00-11-22-33-44-55", Some(BareMacDigits)),
        (nobodys, None),
        ("01:00:5e:00:53:5a", None),
    ] {
        let found = unkeyed_mac(pairs);
        assert_eq!(found.as_ref().map(|found| found.2), expected, "{pairs}");
        assert_eq!(
            found.map(|found| found.1),
            expected.map(|_| pairs.replace([':', '-'], ""))
        );
    }
}

#[test]
fn ids_of_devices() {
    let uuid = "0a1b2c3d-1111-4222-8333-0123456789ab";
    let hex = |length: usize| "0a1b2c3d4e5f6071".repeat(5)[..length].to_owned();
    for length in [16, 32, 40, 64] {
        let (value, uniform) = (hex(length), "a".repeat(length));
        let token = if length == 16 {
            DeviceToken
        } else {
            DeviceDigest
        };
        let perhaps = (length < 64).then_some((DeviceId, PerhapsDevice));
        let digest = |kind| (length > 16).then_some((kind, NamedDigest));
        expect(&[
            ("gaid", &value, Some((AdvertisingId, NamedDigest))),
            ("android_id", &value, Some((DeviceId, token))),
            ("did", &value, perhaps),
            ("did_md5", &value, Some((DeviceId, token))),
            ("imei_md5", &value, digest(Imei)),
            ("phone_md5", &value, digest(Phone)),
            ("email_md5", &value, digest(Email)),
            ("ssid_md5", &value, digest(Ssid)),
            ("sn_md5", &value, digest(Serial)),
            ("gaid", &uniform, None),
            ("android_id", &uniform, None),
            ("did", &uniform, None),
            ("imei_md5", &uniform, None),
        ]);
    }
    expect(&[
        ("gaid", uuid, Some((AdvertisingId, NamedRange))),
        ("gaid", &hex(17), None),
        ("gaid", "0a1b2c3d4e5f607g", None),
        ("aid", uuid, Some((AdvertisingId, Aid))),
        ("aid", &android_id(), Some((DeviceId, Aid))),
        ("aid", &digits("8", 16), None),
        ("aid", &hex(32), None),
        ("aid", "aaaaaaaaaaaaaaaa", None),
        ("aid", "0a1b2c3d4e5f607g", None),
        ("device_id", uuid, Some((DeviceId, DeviceUuid))),
        ("device_id", &imei(), Some((Imei, DeviceNumber))),
        ("device_id", &unchecked(&imei()), None),
        ("device_id", &checked("12000000054321"), None),
        (
            "device_id",
            &checked("860000000054321"),
            Some((DeviceId, DeviceToken)),
        ),
        ("device_id", "a00000001234567", None),
        ("device_id", "00005e00535a", Some((Mac, NamedShape))),
        ("device_id", "fcffff12345a", None),
        ("device_id", "001122334455", None),
        ("device_id", "a0000000123456", Some((Meid, NamedShape))),
        ("device_id", "99000000123456", None),
        ("device_id", "9774d56d682e549c", None),
        ("device_id", "0a1b2c3d4e5f607g", None),
        ("device_id", &hex(17), None),
        ("did", uuid, None),
        ("did", &imei(), Some((Imei, PerhapsDeviceNumber))),
        ("did", "00005e00535a", None),
        ("did", "a0000000123456", None),
        ("imei_md5", "0a1b2c3d4e5f60710a1b2c3d4e5f607g", None),
        ("phone_md5", "90000012", None),
        ("email_md5", "kari@example.org", Some((Email, NamedRange))),
        ("ssid_md5", "hjemme", None),
    ]);
}

#[test]
fn serial_numbers() {
    expect(&[
        ("serialno", "ZZ00TEST1234", Some((Serial, Evidence::Serial))),
        ("serialno", "zZ00Test1234", Some((Serial, Evidence::Serial))),
        ("serialno", "73914628", Some((Serial, SerialDigits))),
        ("serialno", "20240512", Some((Serial, PerhapsSerialDigits))),
        (
            "serialno",
            "199905121234",
            Some((Serial, PerhapsSerialDigits)),
        ),
        (
            "serialno",
            "20240512123456",
            Some((Serial, PerhapsSerialDigits)),
        ),
        ("serialno", "21240512", Some((Serial, SerialDigits))),
        ("serialno", "202405121", Some((Serial, SerialDigits))),
        (
            "serialno",
            "1450284179",
            Some((Serial, PerhapsSerialDigits)),
        ),
        (
            "serialno",
            "1950284179123",
            Some((Serial, PerhapsSerialDigits)),
        ),
        (
            "serialno",
            "1650284179123456",
            Some((Serial, PerhapsSerialDigits)),
        ),
        ("serialno", "1350284179", Some((Serial, SerialDigits))),
        ("serialno", "2650284179", Some((Serial, SerialDigits))),
        ("sn", "ZZ00TEST1234", Some((Serial, PerhapsSerial))),
        ("sn", "zz00test1234", Some((Serial, PerhapsSerial))),
        ("sn", "zZ00Test1234", Some((Serial, PerhapsSerialDigits))),
        ("sn", "73914628", Some((Serial, PerhapsSerialDigits))),
        ("sn", &imei(), Some((Imei, PerhapsDeviceNumber))),
        ("serialno", "ABCDEF12", Some((Serial, Evidence::Serial))),
        ("serialno", "ABCDEF1", None),
        ("serialno", "ABCDEFG1", None),
        (
            "serialno",
            &format!("ABCD{}", digits("7", 16)),
            Some((Serial, Evidence::Serial)),
        ),
        ("serialno", &format!("ABCD{}", digits("7", 17)), None),
        ("serialno", "ZZ-00TEST1234", None),
        ("serialno", "0123456789ABCDEF", None),
        ("serialno", "1234567890", None),
        ("serialno", "11111111", None),
    ]);
    let upper = listed("serialno", "zz00test1234");
    assert_eq!(upper[0].1, "ZZ00TEST1234");
}

#[test]
fn values_in_quotes_and_lists() {
    let (one, two) = (imei(), second_imei());
    for (value, count) in [
        (format!("\"{one}\""), 1),
        (format!(" '{one}'\n"), 1),
        (format!("{one}{}", "-".repeat(VALUE_MAX - 15)), 1),
        (format!("{one}{}", "-".repeat(VALUE_MAX - 14)), 0),
        (format!("[{one};{two}]"), 2),
        (format!("{one}|{two},"), 2),
        (format!("{one},{two}{}", " ".repeat(LIST_MAX - 32)) + "]", 2),
        (format!("{one},{two}{}", " ".repeat(LIST_MAX - 31)) + "]", 0),
        (format!("{{\"a\":\"{one}\"}}"), 0),
        (String::new(), 0),
    ] {
        assert_eq!(listed("imei", &value).len(), count, "{value}");
    }
    for (name, evidence) in [("wifi_ssid", WifiName), ("ssid", NetworkName)] {
        let expected = (Ssid, "hjemme hos oss".to_owned(), evidence);
        assert_eq!(listed(name, " 'hjemme hos oss' "), [expected]);
        assert_eq!(listed(name, "unknown"), []);
    }
    expect(&[
        ("q", "59.9138,10.7522", Some((Location, PerhapsPlace))),
        ("location", "59.9138,10.7522", Some((Location, PlaceText))),
        ("user", "kari@example.org", Some((Email, MailOfUser))),
        ("user", "kari", None),
        ("phone", "+4790000012", Some((Phone, NamedRange))),
        ("cellid", "242-01-4301-27447297", Some((Cell, CellWhole))),
        ("imei", "\u{663}50000000123450", None),
    ]);
}

#[test]
fn runs_of_digits_that_no_key_names() {
    let told = |run: &str, integer| {
        let mut out = Vec::new();
        unkeyed(run.as_bytes(), integer, &mut |(kind, value, evidence)| {
            out.push((kind, value, evidence))
        });
        out
    };
    let swapped = |printed: &str| {
        let pairs = printed.as_bytes().chunks(2);
        let digits = pairs.flat_map(|pair| pair.iter().rev());
        digits.map(|&b| char::from(b)).collect::<String>()
    };
    let (sim, other) = (iccid(), unchecked(&iccid()));
    let nineteen = checked("894700000000012345");
    for (run, integer, expected) in [
        (second_imei(), false, Some((Imei, second_imei(), BareImei))),
        (
            digits("24201", 15),
            false,
            Some((Imsi, digits("24201", 15), BareImsi)),
        ),
        (digits("24297", 15), false, None),
        (sim.clone(), false, Some((Iccid, sim.clone(), BareIccid))),
        (
            sim.clone(),
            true,
            Some((Iccid, sim.clone(), BareIccidUnchecked)),
        ),
        (
            other.clone(),
            false,
            Some((Iccid, other, BareIccidUnchecked)),
        ),
        (swapped(&sim), false, Some((Iccid, sim, BareIccid))),
        (
            swapped(&format!("{nineteen}f")),
            false,
            Some((Iccid, nineteen, BareIccid)),
        ),
        (digits("8921", 19), false, None),
        (digits("8947", 18), false, None),
        (digits("8947", 21), false, None),
        ("898603F0000000012345".to_owned(), false, None),
        ("333333333333333".to_owned(), false, None),
    ] {
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(told(&run, integer), expected, "{run}");
    }
}
