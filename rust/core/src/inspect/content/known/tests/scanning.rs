//! Where a token begins and ends, and which ones are opened.

use super::super::scan::scan;
use super::invented::{base64_of, hex, serial};
use super::{IdentifierKind, Known, KnownIdentifiers, key, known};
use IdentifierKind::{AdvertisingId, Email, Imei, Mac, Phone, Serial};

/// Kind, wrapping, digest and text of what is known in `text`, each once.
fn hits(known: &Known, text: &str) -> Vec<(IdentifierKind, String)> {
    let wanted = known.0.as_deref().unwrap();
    let mut out = Vec::new();
    scan(text.as_bytes(), wanted, &mut |hit| {
        let way = [hit.wrapped, hit.digest].into_iter().flatten();
        let way: Vec<_> = way.chain([&*hit.found]).collect();
        out.push((wanted.kinds[usize::from(hit.value)], way.join(" ")));
    });
    out.dedup();
    out
}

#[test]
fn tokens_are_found_between_what_separates_them() {
    let known = known();
    for (text, kind, found) in [
        (" 35 000000 012345 1", Imei, "350000000123451"),
        ("x.35-000000-012345-1-ab", Imei, "350000000123451"),
        ("0.35000000012345", Imei, "35000000012345"),
        ("abcdefghij350000000123451k", Imei, "350000000123451"),
        ("x.00112233", Phone, "00112233"),
        ("00112233.", Phone, "00112233"),
        ("00112233,5", Phone, "00112233"),
        ("%252B4700112233 end", Phone, "4700112233"),
        ("00:00:5e:00:53:5a:", Mac, "00005e00535a"),
        ("00-00-5E-00-53-5A--x", Mac, "00005e00535a"),
        ("some.one@example.org.-", Email, "some.one@example.org"),
    ] {
        assert_eq!(hits(&known, text), [(kind, found.to_owned())], "{text}");
    }
    for text in [
        "35   000000 012345 1",
        "35_000000_012345_1",
        "35-000000-012345-1-00",
        "0.4700112233",
        "3.00112233",
        "00112233.5",
        "abcdefgh00112233",
        "abcdefgh4700112233",
        "%25%32B4700112233",
        "00:00:5e:00:53:5a:00",
        "some.one@.-",
    ] {
        assert_eq!(hits(&known, text), [], "{text}");
    }
}

/// Short ones only: the decode chain opens longer ones. Each is opened once.
#[test]
fn tokens_are_opened_where_they_are_text() {
    let known = known();
    let base64 = |text: &str| base64_of(text.as_bytes(), false, false);
    let blanks = "+47 00 11 22 33";
    for (token, kind, found) in [
        (base64(&serial()), Serial, "base64 ZZ00TEST1234"),
        (base64(blanks), Phone, "base64 4700112233"),
        (
            base64(&format!("{}, abc", serial())),
            Serial,
            "base64 ZZ00TEST1234",
        ),
        (hex(b"4700112233"), Phone, "hex 4700112233"),
        (hex(b"00112233"), Phone, "hex 00112233"),
    ] {
        assert_eq!(hits(&known, &token), [(kind, found.to_owned())], "{token}");
    }
    for token in [
        base64(&base64(&serial())),
        base64(&format!("{}, abcd", serial())),
        hex(serial().as_bytes()),
    ] {
        assert_eq!(hits(&known, &token), [], "{token}");
    }
}

#[test]
fn digests_are_named() {
    use sha2::Digest;
    let known = known();
    let uuid = b"0a1b2c3d-1111-4222-8333-0123456789ab";
    for (name, digest) in [
        ("md5", md5::Md5::digest(uuid).to_vec()),
        ("sha-1", sha1::Sha1::digest(uuid).to_vec()),
        ("sha-256", sha2::Sha256::digest(uuid).to_vec()),
    ] {
        for token in [hex(&digest), base64_of(&digest, true, false)] {
            let found = hits(&known, &format!("a={token}&"));
            assert_eq!(found, [(AdvertisingId, format!("{name} {token}"))]);
        }
    }
}

#[test]
fn an_address_of_letters_alone_is_found() {
    let mut identifiers = KnownIdentifiers::default();
    let added = identifiers.add(&key(7), Mac, "ac:de:fa:ac:de:fa", None);
    assert_eq!(added, Ok(true));
    let known = Known::new(&identifiers, &key(7));
    for text in ["acdefaacdefa", "AC:DE:FA:AC:DE:FA"] {
        assert_eq!(
            hits(&known, text),
            [(Mac, text.replace(':', "").to_lowercase())]
        );
    }
    for text in ["acdefaacdefb", "acdefaacdef", "xacdefaacdefa"] {
        assert_eq!(hits(&known, text), [], "{text}");
    }
}
