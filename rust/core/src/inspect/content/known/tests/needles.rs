//! The keyed hashes, as they are written and read.

use super::super::{KeyError, Known, KnownIdentifiers, Needle};
use super::{IdentifierKind, invented, key, of_body, proven};

fn one_imsi() -> KnownIdentifiers {
    let mut one = KnownIdentifiers::default();
    let added = one.add(&key(7), IdentifierKind::Imsi, &invented::imsi(), None);
    assert_eq!(added, Ok(true));
    one
}

/// Computed by another program: a config that was written once is to be read by every later version.
#[test]
fn the_document_is_what_it_always_was() {
    assert_eq!(
        serde_json::to_value(one_imsi()).unwrap(),
        serde_json::json!({
            "key_check": "8771c00e78619a45",
            "values": [{"kind": "imsi", "needles": [
                "000f23a607c349389e007c17c72fe26bcf1ce7f78a3e",
                "0410d6f5c8ff1a1931f9fb7453e836121c437bb38147",
                "04141a1e80e43ed25a5c7e34b8b6b8e51afe6584da8a",
                "042021c3f625023478a10e04cf920fbd12469c08eaa0",
            ]}],
        })
    );
}

#[test]
fn needles_of_no_possible_token_are_refused() {
    let read = |head: &str, tail: &str| {
        let text = format!("{head}{}{tail}", "0".repeat(44 - head.len()));
        serde_json::from_value::<Needle>(text.into()).is_ok()
    };
    for head in [
        "0001", "003f", "0101", "013f", "0201", "023f", "0300", "0410", "0414", "0420",
    ] {
        assert!(read(head, ""), "{head}");
        assert!(!read(head, "00"), "{head}");
        assert!(!read(head, "0"), "{head}");
    }
    for head in [
        "0000", "0040", "0140", "0240", "0301", "040f", "0411", "0421", "0501", "0001+f", "0001g0",
    ] {
        assert!(!read(head, ""), "{head}");
    }
}

#[test]
fn what_is_printed_tells_neither_key_nor_hashes() {
    assert_eq!(format!("{:?}", key(7)), "IdentifierKey(…)");
    let shown = format!("{:?}", Known::new(&one_imsi(), &key(7)));
    assert!(shown.contains("Seal(…)"), "{shown}");
    assert!(shown.contains("(Needle(Digits, 15), 0)"), "{shown}");
    assert!(
        KeyError::Length(31)
            .to_string()
            .starts_with("the key has 31 bytes, not 32;")
    );
    assert!(KeyError::Other.to_string().contains("not the one"));
}

/// The fingerprint alone proves nothing: others may have the same.
#[test]
fn what_the_tag_does_not_confirm_is_not_found() {
    let (imsi, one) = (invented::imsi(), one_imsi());
    let mut document = serde_json::to_value(&one).unwrap();
    for needle in document["values"][0]["needles"].as_array_mut().unwrap() {
        let text = needle.as_str().unwrap();
        let (head, last) = text.split_at(text.len() - 1);
        let last = u8::from_str_radix(last, 16).unwrap() ^ 1;
        *needle = format!("{head}{last:x}").into();
    }
    let other: KnownIdentifiers = serde_json::from_value(document).unwrap();
    for (identifiers, found) in [(&one, true), (&other, false)] {
        let known = Known::new(identifiers, &key(7));
        let content = of_body(&known, format!("a={imsi}").as_bytes());
        assert_eq!(!proven(&content).is_empty(), found);
    }
}

#[test]
fn as_many_values_and_hashes_may_be_written_as_are_read() {
    let needle = format!("000f{}", "0".repeat(40));
    let document = |values: usize, needles: usize| {
        let value = serde_json::json!({"kind": "imei", "needles": vec![&needle; needles]});
        serde_json::json!({"key_check": "", "values": vec![value; values]})
    };
    let read = |values, needles| {
        serde_json::from_value::<KnownIdentifiers>(document(values, needles))
            .map_err(|error| error.to_string())
    };
    assert!(read(64, 1).is_ok());
    assert_eq!(
        read(65, 1),
        Err("65 entries, where 64 are the most".to_owned())
    );
    assert!(read(66, 1).is_err());
    assert!(read(1, 96).is_ok());
    assert_eq!(
        read(1, 97),
        Err("97 entries, where 96 are the most".to_owned())
    );
    assert!(read(1, 98).is_err());
}
