//! Identifiers in running text, as they are shown one by one.

use super::super::super::IdentifierKind::{self, *};
use super::super::names::NAMES;
use super::*;
use crate::inspect::content::identify::evidence::Evidence;
use crate::inspect::content::tests::invented::{Noise, iccid};

const VALUES: [&str; 12] = [
    "350000000123450",
    "abcdefabcdefab",
    "a0000000123456",
    "home",
    "someone@example.org",
    "59.91273",
    "59.91273,10.74609",
    "+4790000000",
    "460-03-4301-27447297",
    "deadbeefdeadbeefdeadbeefdeadbeef",
    "35-000000-012345-0",
    "00:00:5e:00:53:5a",
];

/// What the first looks turn away would have come to nothing: each kind of key and value is found alone as
/// it is behind a network's name, which lets all values be looked at.
#[test]
fn the_first_look_changes_nothing() {
    let mut noise = Noise(5);
    let mut seen = 0;
    for round in 0..20_000 {
        let (_, names) = NAMES[noise.below(NAMES.len())];
        let name = names[noise.below(names.len())];
        let mut value = VALUES[noise.below(VALUES.len())].as_bytes().to_vec();
        if round % 2 == 0 {
            let at = noise.below(value.len());
            value[at] = b"0a@.:-, \"xS"[noise.below(11)];
        }
        let value = String::from_utf8_lossy(&value);
        let gap = [": ", "=", "\":\"", ">"][noise.below(4)];
        let text = format!("{name}{gap}{value}\n");
        let all = format!("{text}ssid:\n");
        let (alone, beside) = (listed(&text), listed(&all));
        assert_eq!(alone, beside, "{text}");
        seen += usize::from(!alone.is_empty());
    }
    assert!(seen > 2_000, "{seen}");
}

fn listed(text: &str) -> Vec<Match> {
    let mut out = Vec::new();
    find(text, &mut |found| out.push(found));
    out
}

/// Kind and percent of what is found.
fn told(text: &str) -> Vec<(IdentifierKind, u8)> {
    let found = listed(text).into_iter();
    found
        .map(|(kind, _, evidence)| (kind, evidence.percent()))
        .collect()
}

#[test]
fn numbers_without_a_name() {
    let padded = "898603000000012345";
    for (text, expected) in [
        ("a 860000000543214 b", vec![(Imei, 25)]),
        ("a 860000000543214.", vec![(Imei, 25)]),
        ("a .860000000543214", vec![(Imei, 25)]),
        ("a 860000000543214.5", vec![]),
        ("a 0.860000000543214", vec![]),
        ("a 86-000000-054321-4 b", vec![(Imei, 25)]),
        ("a 860000/00/054321/4 b", vec![(Imei, 25)]),
        ("86000000 054321 4", vec![(Imei, 25)]),
        ("a 86-000000 054321-4 b", vec![]),
        ("a 86:000000:054321:4 b", vec![]),
        ("a 86-000000-054321-42 b", vec![]),
        ("a 86-00000a-054321-4 b", vec![]),
        ("imei_860000000543214", vec![(Imei, 25)]),
        (&format!("a {padded}F b"), vec![(Iccid, 35)]),
        (&format!("a {padded}ff b"), vec![(Iccid, 35)]),
        (&format!("a {padded}ab b"), vec![]),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

/// An integer that programs write holds no SIM's number; it is one by chance, whatever its check digit.
#[test]
fn integers_of_json() {
    let iccid = iccid();
    for (text, percent) in [
        (format!("a {iccid} b"), 70),
        (format!("{{\"a\":\"{iccid}\"}}"), 70),
        (format!("{{\"a\":{iccid}}}"), 35),
        (format!(" [1, {iccid}, 2]"), 35),
        (format!("{{\"a\":\"{iccid},\"}}"), 70),
        (format!("{{\"a\":\" {iccid}\"}}"), 70),
    ] {
        assert_eq!(told(&text), [(Iccid, percent)], "{text}");
    }
}

#[test]
fn padded_numbers_of_a_sim() {
    let digits = "898603000000012345";
    for tail in ["F", "f", "FF", "6F", "f6"] {
        assert!(is_padded_iccid(&format!("{digits}{tail}")), "{tail}");
    }
    for tail in ["", "6", "66", "AB", "FA", "A", "FFF", "6FF"] {
        assert!(!is_padded_iccid(&format!("{digits}{tail}")), "{tail}");
    }
    assert!(!is_padded_iccid("89860300000001234AF"));
    assert!(!is_padded_iccid("8986"));
}

#[test]
fn six_pairs() {
    let address = "00:00:5e:00:53:5a";
    for text in [
        address.to_owned(),
        format!("x {address}."),
        format!("x:{address}:y"),
        format!("at {address}: up"),
    ] {
        assert_eq!(told(&text), [(Mac, 55)], "{text}");
    }
    for text in [
        "00:00:5e:00:53",
        "00:00:5e:00:53:5ab",
        "00:00:5e:00:53:5g",
        "00:00 5e:00:53:5a",
        "00:00-5e:00:53:5a",
        "00:0g:5e:00:53:5a",
        "00:00:5e:00:53:5a:00",
        "a 1:00:00:5e:00:53:5a",
    ] {
        assert_eq!(told(text), [], "{text}");
    }
    assert_eq!(told("x mac: 00:00:5e:00:53:5a"), [(Mac, 85)]);
    assert_eq!(told("x imei: 00:00:5e:00:53:5a"), [(Mac, 55)]);
}

#[test]
fn tokens_that_a_word_names() {
    for text in ["serial ab12cd34ef56", "serial: \"ab12cd34ef56\""] {
        assert_eq!(told(text), [(Serial, 50)], "{text}");
    }
    for text in [
        "serial ab12cd34 x",
        "serial -ab12cd34ef56 x",
        "serial ab12cd34ef56-x",
        "serial ab12cd34ef56_x",
        "serial +ab12cd34ef56 x",
        "serial_ab12cd34ef56",
        "serial         ab12cd34ef56",
        "serial} ab12cd34ef56",
        "abcdefghijkl ab12cd34ef56",
    ] {
        assert_eq!(told(text), [], "{text}");
    }
    let uuid = "0a1b2c3d-1111-4222-8333-0123456789ab";
    assert_eq!(told(&format!("gaid {uuid}")), [(AdvertisingId, 85)]);
    assert_eq!(told(&format!("gaid x-{uuid}")), []);
    assert_eq!(told(uuid), []);
}

#[test]
fn the_word_before_a_value() {
    let of = |before: &str| word_before(before, before.len()).map(|key| key.named);
    let long = |length: usize| format!("{}_imei ", "x".repeat(length - 5));
    for before in [
        "imei ",
        "--imei: ",
        "<p name=\"imei\" value=\"",
        "imei is number type ",
        "imei       (",
        &long(WORD_MAX),
    ] {
        assert_eq!(of(before), Some(Named::Imei), "{before}");
    }
    for before in [
        "",
        "imei",
        "imei_",
        ": ",
        "imei is number type value ",
        "imei        (",
        "imei} ",
        "imei of ",
        &long(WORD_MAX + 1),
    ] {
        assert_eq!(of(before), None, "{before}");
    }
}

#[test]
fn words_that_name_a_value_beside_them() {
    let of = |words: &[&str]| named_by(words.iter().copied()).map(|key| key.named);
    let long = |length: usize| format!("{}_imei", "x".repeat(length - 5));
    assert_eq!(
        of(&["value", "", "name", "Type", "imei"]),
        Some(Named::Imei)
    );
    assert_eq!(of(&[&long(WORD_MAX)]), Some(Named::Imei));
    assert_eq!(of(&[&long(WORD_MAX + 1)]), None);
    assert_eq!(of(&["value", "v", "name", "type", "imei"]), None);
    assert_eq!(of(&["value", "x", "imei"]), None);
    assert_eq!(of(&[]), None);
}

#[test]
fn mailboxes_in_text() {
    for (text, mailbox) in [
        (
            "to Kari.N+a_b-d@example.org, now",
            "kari.n+a_b-d@example.org",
        ),
        ("<kari@example.org>", "kari@example.org"),
        ("\u{201c}kari@example.org\u{201d}", "kari@example.org"),
        ("kari@example.org", "kari@example.org"),
        ("Write kari@example.org.", "kari@example.org"),
    ] {
        let expected = (Email, mailbox.to_owned(), Evidence::BareMail);
        assert_eq!(listed(text), [expected], "{text}");
    }
    for text in [
        "kari @example.org",
        "kari@ example.org",
        "@",
        "a@b@example.org",
    ] {
        assert_eq!(listed(text), [], "{text}");
    }
}

/// What is no word of its own, by the key before it.
#[test]
fn keys_and_values() {
    let cut = |value: &str, rest: &str| format!("tel: {value} {}\n", rest.repeat(100));
    for (text, expected) in [
        ("email: kari@example.org", vec![(Email, 90), (Email, 30)]),
        (
            "<email>kari@example.org</email>",
            vec![(Email, 90), (Email, 30)],
        ),
        (
            "email=\"kari@example.org\", b",
            vec![(Email, 90), (Email, 30)],
        ),
        ("user:kari@example.org", vec![(Email, 65), (Email, 30)]),
        ("wifi_ssid=hjemme hos oss\n", vec![(Ssid, 75)]),
        ("wifi_ssid: hjemme\\nx: y", vec![(Ssid, 75)]),
        ("tel: +47 90 00 00 12\n", vec![(Phone, 85)]),
        ("location: 59.9138,10.7522\n", vec![(Location, 75)]),
        ("ssid=hjemme", vec![(Ssid, 60)]),
        ("SSID=hjemme", vec![(Ssid, 60)]),
        ("wifiName=hjemme", vec![(Ssid, 75)]),
        ("WIFI-NAME: hjemme", vec![(Ssid, 75)]),
        ("imei: abcdefabcdefab\n", vec![(Meid, 85)]),
        ("x%20y\nphone=90000012\n", vec![(Phone, 60)]),
        ("phone=90000012,%2B\n", vec![]),
        ("phone=90000012=x\n", vec![]),
        ("cellinfo: 242-01-4301-27447297\n", vec![(Cell, 85)]),
        ("lat: 59.91387, lng: 10.75225", vec![(Location, 85)]),
        ("lng=10.75225&lat=59.91387", vec![(Location, 85)]),
        ("lac=4301&cid=27447297", vec![(Cell, 65)]),
        ("mcc=242&mnc=01&lac=4301", vec![(Cell, 65)]),
        ("cid=27447297&mcc=242&lac=4301", vec![(Cell, 85)]),
        ("imei: abcdefabcdefa\n", vec![]),
        ("email= kari at example.org", vec![]),
        ("email=a2FyaQ==@", vec![]),
        ("phone: %2B4790000012\n", vec![]),
        ("lat: 59.91387} {lng: 10.75225", vec![]),
        (&cut("+4790000012", "x "), vec![(Phone, 85)]),
        (&cut("+4790000012", "\u{e5} "), vec![(Phone, 85)]),
        (&cut("+4790000012,", "\u{e5} "), vec![(Phone, 85)]),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
    let apart = |bytes: usize| {
        let between = "x".repeat(bytes - "59.91387 ".len() - " lng".len());
        told(&format!("lat:59.91387 {between} lng:10.75225"))
    };
    assert_eq!(apart(128), [(Location, 85)]);
    assert_eq!(apart(129), []);
}
