//! What is repeated in hostile text is looked at once. There are no clocks here: what is read is as large as may be, and
//! where each look went over all of it again, these would take hours.

use super::super::decode::OUT_MAX;
use super::super::identify::masked;
use super::invented::gzip;
use super::*;

/// As much as is unpacked of a body.
const LARGE: usize = OUT_MAX / 8 * 7 - 1024;

/// `before`, then `part` over and over, then `after`.
fn filled(before: &str, part: &str, after: &str) -> Vec<u8> {
    let mut text = before.to_owned();
    while text.len() + part.len() + after.len() < LARGE {
        text.push_str(part);
    }
    text.push_str(after);
    text.into_bytes()
}

/// What is found in it, as it arrives.
fn found(text: &[u8]) -> Vec<(IdentifierKind, String)> {
    let packed = gzip(text);
    assert!(packed.len() < 64 * 1024, "it fits a body");
    let content = of_body(&packed);
    assert_eq!(content.bounds_hit.depth, 0);
    let findings = content.findings.into_iter();
    findings.map(|one| (one.kind, one.masked)).collect()
}

#[test]
fn at_signs() {
    assert_eq!(found(&filled("", "@", "")), []);
    assert_eq!(found(&filled("", "a@", "")), []);
    let mail = found(&filled("", "@", " kari@example.org"));
    assert_eq!(mail, [(IdentifierKind::Email, masked("kari@example.org"))]);
}

#[test]
fn numbers_behind_white_space() {
    let blank = " ".repeat(LARGE / 2);
    let number = found(&filled(&blank, "350000000000007 ", "."));
    assert_eq!(number, [(IdentifierKind::Imsi, masked("350000000000007"))]);
}

#[test]
fn values_beside_a_name() {
    let (before, after) = ("{\"id\":1,", "\"name\":\"imei\",\"v\":\"350000001234562\"}");
    let imei = found(&filled(before, "\"v\":1,", after));
    assert_eq!(imei, [(IdentifierKind::Imei, masked("350000001234562"))]);
}

#[test]
fn entities_without_an_end() {
    let imei = found(&filled(
        "<a>",
        "&",
        "&#x49;</a><imei>35&#48;000001234562</imei>",
    ));
    assert_eq!(imei, [(IdentifierKind::Imei, masked("350000001234562"))]);
}

/// Each value has its key beside it: of a long one that had to be decoded that would be gigabytes.
#[test]
fn values_under_a_long_key() {
    let key = "k".repeat(LARGE / 2);
    let xml = format!("<a name=\"&amp;{key}\">");
    assert_eq!(found(&filled(&xml, "<![CDATA[x]]>", "</a>")), []);
    let json = format!("{{\"\\u0061{key}\":[");
    assert_eq!(
        found(&filled(&json, "\"QUJDREVGR0hJSktMTU5PUA==\",", "1]}")),
        []
    );
}
