//! Every spelling, hash and encoding, in every wrapping.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::super::spell::spell;
use super::invented::{self, base64_of, gzip, hex, percent, utf16le};
use super::{Examiner, IdentifierKind, Parts, known, of_body, proven, typed};

fn digests(spelling: &str) -> [Vec<u8>; 3] {
    let bytes = spelling.as_bytes();
    [
        Md5::digest(bytes).to_vec(),
        Sha1::digest(bytes).to_vec(),
        Sha256::digest(bytes).to_vec(),
    ]
}

fn encodings(digest: &[u8]) -> Vec<String> {
    let mut out = vec![hex(digest), hex(digest).to_uppercase()];
    for (url, pad) in [(false, true), (false, false), (true, true), (true, false)] {
        out.push(base64_of(digest, url, pad));
    }
    out
}

/// Every container that the decode chain opens, with `token` in it.
fn containers(token: &str) -> Vec<(&'static str, Vec<u8>)> {
    let json = format!(r#"{{"a":1,"v":"{token}","z":"end"}}"#);
    let form = format!("a=1&v={}&z=end", percent(token.as_bytes()));
    let nested = serde_json::json!({ "data": json }).to_string();
    vec![
        ("text", format!("value {token} end").into_bytes()),
        ("form", form.clone().into_bytes()),
        (
            "percent twice",
            format!("a=1&v={}", percent(percent(json.as_bytes()).as_bytes())).into_bytes(),
        ),
        ("json", json.clone().into_bytes()),
        ("json in json", nested.into_bytes()),
        ("xml", format!("<r><v>{token}</v></r>").into_bytes()),
        (
            "base64",
            invented::base64_lines(json.as_bytes()).into_bytes(),
        ),
        ("hex", hex(json.as_bytes()).into_bytes()),
        ("gzip", gzip(json.as_bytes())),
        ("utf-16", utf16le(&json)),
        (
            "form of base64",
            format!(
                "d={}",
                percent(base64_of(json.as_bytes(), false, true).as_bytes())
            )
            .into_bytes(),
        ),
    ]
}

#[test]
fn every_hash_of_every_spelling_is_found_in_every_container() {
    let known = known();
    let (mut tried, mut missed) = (0, Vec::new());
    for (kind, value) in typed() {
        for spelling in spell(kind, &value).unwrap().hashed {
            for digest in digests(&spelling) {
                for token in encodings(&digest) {
                    // Each token is tried in one container after another: all pairs of
                    // (encoding, container) and of (spelling, digest) come up.
                    let all = containers(&token);
                    let (name, body) = &all[tried % all.len()];
                    tried += 1;
                    let found = proven(&of_body(&known, body));
                    if !found.contains_key(&kind) {
                        missed.push(format!("{kind:?} {spelling} {token} in {name}"));
                    }
                }
            }
        }
    }
    assert!(
        missed.is_empty(),
        "{} of {tried}: {missed:#?}",
        missed.len()
    );
    assert!(tried > 1000, "{tried}");
}

#[test]
fn one_hash_of_each_value_is_found_in_all_containers() {
    let known = known();
    for (kind, value) in typed() {
        let spelling = spell(kind, &value).unwrap().hashed.remove(0);
        for token in digests(&spelling)
            .iter()
            .flat_map(|digest| encodings(digest))
        {
            for (name, body) in containers(&token) {
                let found = proven(&of_body(&known, &body));
                let path = found.get(&kind).cloned().unwrap_or_default();
                let named = ["md5", "sha-1", "sha-256"]
                    .iter()
                    .any(|d| path.ends_with(d));
                assert!(named, "{kind:?} {token} in {name}: {found:?}");
            }
        }
    }
}

#[test]
fn every_clear_spelling_is_found_in_every_container() {
    let known = known();
    for (kind, value) in typed() {
        let spellings = spell(kind, &value).unwrap();
        // What is hashed is also written.
        for token in spellings.clear.iter().chain(&spellings.hashed) {
            for shown in [token.clone(), token.to_uppercase()] {
                for (name, body) in containers(&shown) {
                    let found = proven(&of_body(&known, &body));
                    assert!(found.contains_key(&kind), "{kind:?} {shown} in {name}");
                }
            }
        }
    }
}

/// The benchmark of detection found these three: each is too short, or stands where no text is shown,
/// so that the decode chain alone did not bring it here.
#[test]
fn short_values_are_found_in_their_own_wrappings() {
    let known = known();
    let serial = invented::serial();
    let short = [
        (IdentifierKind::Serial, serial.clone()),
        (IdentifierKind::Phone, "12125550123".to_owned()),
    ];
    for (kind, value) in short {
        let base64 = base64_of(value.as_bytes(), false, false);
        for (wrapped, step) in [(base64, "base64"), (hex(value.as_bytes()), "hex")] {
            let body = format!("a=1&q={wrapped}&z=end");
            let found = proven(&of_body(&known, body.as_bytes()));
            let path = found
                .get(&kind)
                .unwrap_or_else(|| panic!("{body}: {found:?}"));
            assert!(path.ends_with(step), "{path}");
            let near = body.replace("q=", "q=a");
            assert!(
                proven(&of_body(&known, near.as_bytes())).is_empty(),
                "{near}"
            );
        }
    }
    for escaped in ["%2B12125550123", "%252B12125550123", "%25252B12125550123"] {
        let body = format!("x={escaped}");
        assert!(proven(&of_body(&known, body.as_bytes())).contains_key(&IdentifierKind::Phone));
    }
    // An escaped digit belongs to the number.
    assert!(proven(&of_body(&known, b"value %253212125550123 end")).is_empty());
}

#[test]
fn values_are_found_in_cookies_and_in_the_path() {
    let known = known();
    let serial = invented::serial();
    let sha256 = hex(&digests(&serial)[2]);
    for value in [&serial, &sha256] {
        let (cookie, path) = (
            format!("Cookie: a=1; q={value}\r\n"),
            format!("/x/q={value}"),
        );
        for parts in [
            Parts {
                headers: cookie.as_bytes(),
                ..Parts::default()
            },
            Parts {
                path: path.as_bytes(),
                ..Parts::default()
            },
        ] {
            let content = Examiner::default().examine(&parts, &known);
            let found = proven(&content);
            assert!(found.contains_key(&IdentifierKind::Serial), "{parts:?}");
        }
    }
}

#[test]
fn other_ways_to_write_a_value_are_found() {
    let known = known();
    let imei = invented::imei();
    let head = &imei[..14];
    for (kind, text) in [
        (IdentifierKind::Imei, format!("IMEI{imei}")),
        (IdentifierKind::Imei, format!("IMEISV: {head}78")),
        (IdentifierKind::Imei, format!("x_{imei}_y")),
        (IdentifierKind::Phone, "tel:+4700112233".to_owned()),
        (IdentifierKind::Phone, "+47 001 12 233.".to_owned()),
        (IdentifierKind::Phone, "(212) 555-0123".to_owned()),
        (IdentifierKind::Phone, "+1-212-555-0123".to_owned()),
        (
            IdentifierKind::Email,
            "<mailto:SOME.one@Example.org>".to_owned(),
        ),
        (IdentifierKind::Mac, "0000.5E00.535A".to_owned()),
        (
            IdentifierKind::Mac,
            "2026-11-27 10:10:10 00:00:5e:00:53:5a: up".to_owned(),
        ),
        (
            IdentifierKind::AdvertisingId,
            "{0A1B2C3D-1111-4222-8333-0123456789AB}".to_owned(),
        ),
    ] {
        let found = proven(&of_body(&known, text.as_bytes()));
        assert!(found.contains_key(&kind), "{text}: {found:?}");
    }
}
