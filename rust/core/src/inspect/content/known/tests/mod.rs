//! What the user typed in is found in every spelling and wrapping, and nothing else is.

mod needles;
mod scanning;
mod spelling;
mod spellings;
mod typing;

use std::collections::BTreeMap;

use md5::{Digest, Md5};

use super::super::tests::invented;
use super::super::{Basis, Content, Examiner, IdentifierKind, Parts};
use super::{IdentifierKey, Known, KnownIdentifiers};

fn key(seed: u8) -> IdentifierKey {
    IdentifierKey::new(&[seed; 32]).unwrap()
}

fn typed() -> Vec<(IdentifierKind, String)> {
    vec![
        (IdentifierKind::Imei, invented::imei()),
        (IdentifierKind::Imei, invented::second_imei()),
        (IdentifierKind::Imsi, invented::imsi()),
        (IdentifierKind::Iccid, invented::iccid()),
        (IdentifierKind::Meid, "A0000000123456".to_owned()),
        (IdentifierKind::Mac, invented::mac()),
        (IdentifierKind::DeviceId, invented::android_id()),
        (IdentifierKind::Serial, invented::serial()),
        (
            IdentifierKind::AdvertisingId,
            "0a1b2c3d-1111-4222-8333-0123456789ab".to_owned(),
        ),
        (IdentifierKind::Phone, "+47 00 11 22 33".to_owned()),
        (IdentifierKind::Phone, "+1 (212) 555-0123".to_owned()),
        (IdentifierKind::Email, "Some.One@example.org".to_owned()),
    ]
}

fn identifiers() -> KnownIdentifiers {
    let mut identifiers = KnownIdentifiers::default();
    for (kind, value) in typed() {
        assert_eq!(
            identifiers.add(&key(7), kind, &value, None),
            Ok(true),
            "{kind:?}"
        );
    }
    identifiers
}

fn known() -> Known {
    Known::new(&identifiers(), &key(7))
}

fn of_body(known: &Known, body: &[u8]) -> Content {
    Examiner::default().examine(
        &Parts {
            body,
            ..Parts::default()
        },
        known,
    )
}

/// The kinds proven to be in it, with their paths.
fn proven(content: &Content) -> BTreeMap<IdentifierKind, String> {
    content
        .findings
        .iter()
        .filter(|finding| finding.basis == Basis::Typed)
        .inspect(|finding| assert_eq!(finding.confidence, 100))
        .map(|finding| (finding.kind, finding.path.clone()))
        .collect()
}

#[test]
fn random_requests_hold_nothing_known() {
    let known = known();
    let mut noise = invented::Noise(0x5eed);
    for _ in 0..400 {
        let mut body = String::from("{");
        for nth in 0..20 {
            let hex = invented::hex(&noise.bytes(16));
            let number = noise.next() % 1_000_000_000_000_000;
            let base64 = invented::base64_of(&noise.bytes(20), nth % 2 == 0, true);
            body.push_str(&format!(
                r#""k{nth}":"{hex}","n{nth}":{number:015},"b":"{base64}","#
            ));
        }
        body.push_str("\"end\":1}");
        assert!(proven(&of_body(&known, body.as_bytes())).is_empty());
    }
    // The control: the same request with one value among the noise.
    let body = format!(
        r#"{{"a":"{}","b":"{}"}}"#,
        invented::hex(&noise.bytes(16)),
        invented::imsi()
    );
    assert!(proven(&of_body(&known, body.as_bytes())).contains_key(&IdentifierKind::Imsi));
}

#[test]
fn near_misses_are_none() {
    let known = known();
    let imei = invented::imei();
    let imsi = invented::imsi();
    for (nth, digit) in imei.bytes().enumerate() {
        let mut near = imei.clone().into_bytes();
        near[nth] = b'0' + (digit - b'0' + 1) % 10;
        let found = proven(&of_body(&known, &near));
        assert!(found.is_empty(), "digit {nth}: {found:?}");
    }
    for near in [
        format!("9{imei}"),
        format!("{imei}00"),
        format!("{imsi}0"),
        format!("1.{imsi}0"),
        "00:00:5e:00:53:5a:99".to_owned(),
        "99:00:00:5e:00:53:5a".to_owned(),
        "x0a1b2c3d4e5f6071".to_owned(),
        "0a1b2c3d4e5f60710".to_owned(),
        "aZZ00TEST1234".to_owned(),
        "xsome.one@example.org".to_owned(),
        "some.one@example.org.test".to_owned(),
        "some.one@sub.example.org".to_owned(),
        "3.00112233".to_owned(),
    ] {
        let found = proven(&of_body(&known, format!("value {near} end").as_bytes()));
        assert!(found.is_empty(), "{near}: {found:?}");
    }
}

#[test]
fn what_is_proven_is_not_suspected_besides() {
    let body = invented::registration();
    let content = of_body(&known(), body.as_bytes());
    let imeis: Vec<_> = content
        .findings
        .iter()
        .filter(|finding| finding.kind == IdentifierKind::Imei)
        .map(|finding| (finding.is_proven(), finding.path.as_str()))
        .collect();
    assert_eq!(imeis, [(true, "json:IMEI1"), (true, "json:IMEI2")]);
    assert!(content.findings.iter().any(|finding| !finding.is_proven()));
}

/// In clear says more than hashed, a key more than none, and the first place more than later ones.
#[test]
fn each_value_is_told_once_where_it_says_most() {
    let imei = invented::imei();
    let md5 = invented::hex(&Md5::digest(imei.as_bytes()));
    for (body, path) in [
        (format!("value {md5} end"), "text → md5"),
        (format!("value {imei} end {md5}"), "text"),
        (
            format!(r#"{{"a":"{imei}","b":"{md5}","c":"{imei}"}}"#),
            "json:a",
        ),
        (format!(r#"{{"b":"{md5}","c":"{imei}"}}"#), "json:c"),
        (format!(r#"{{"b":"{md5}","c":"{md5}"}}"#), "json:b → md5"),
    ] {
        let found = proven(&of_body(&known(), body.as_bytes()));
        assert_eq!(
            found.get(&IdentifierKind::Imei).map(String::as_str),
            Some(path),
            "{body}"
        );
    }
}

#[test]
fn without_known_identifiers_the_result_is_that_of_the_detectors_alone() {
    let body = invented::registration();
    let parts = Parts {
        body: body.as_bytes(),
        ..Parts::default()
    };
    assert!(Known::default().is_empty());
    let content = super::super::examine(&parts);
    assert_eq!(
        Examiner::default().examine(&parts, &Known::default()),
        content
    );
    assert!(proven(&content).is_empty());
}
