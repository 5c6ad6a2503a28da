//! What may be typed in, and what is kept of it.

use super::super::{
    IdentifierKey, KeyError, Known, KnownIdentifiers, doubt, kind_named, typed_kinds,
};
use super::{IdentifierKind, identifiers, key, of_body, proven, typed};
use crate::config::Config;

#[test]
fn nothing_typed_in_is_in_the_document() {
    let text = serde_json::to_string(&identifiers())
        .unwrap()
        .to_lowercase();
    for (_, value) in typed() {
        let bare: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        assert!(!text.contains(&bare.to_lowercase()), "{value}");
    }
    assert_eq!(
        serde_json::from_str::<KnownIdentifiers>(&text).unwrap(),
        identifiers()
    );
}

#[test]
fn another_key_finds_nothing_and_is_told_apart() {
    let identifiers = identifiers();
    assert_eq!(identifiers.check(&key(7)), Ok(()));
    assert_eq!(identifiers.check(&key(8)), Err(KeyError::Other));
    let (_, imei) = typed().remove(0);
    let wrong = Known::new(&identifiers, &key(8));
    assert!(proven(&of_body(&wrong, imei.as_bytes())).is_empty());
    let right = Known::new(&identifiers, &key(7));
    assert!(!proven(&of_body(&right, imei.as_bytes())).is_empty());
    assert_eq!(IdentifierKey::new(&[1; 31]), Err(KeyError::Length(31)));
    let mut more = identifiers.clone();
    assert!(
        more.add(&key(8), IdentifierKind::Imsi, "460030000099999", None)
            .is_err()
    );
    assert_eq!(more, identifiers);
}

#[test]
fn a_config_stays_locked_without_its_key() {
    let mut config = Config {
        known_identifiers: identifiers(),
        ..Config::default()
    };
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(Config::from_json(&text), Ok(config.clone()));
    assert!(config.is_locked() && config.known().is_empty());
    assert_eq!(config.unlock(key(8)), Err(KeyError::Other));
    assert!(config.is_locked());
    assert_eq!(config.unlock(key(7)), Ok(()));
    assert!(!config.is_locked() && !config.known().is_empty());
    assert!(!serde_json::to_string(&config).unwrap().contains("0707"));
}

#[test]
fn a_broken_document_is_refused_with_its_place() {
    for (part, problem) in [
        (r#"{"values": []}"#, "missing field `key_check`"),
        (
            r#"{"key_check": "", "values": [{"kind": "imei", "needles": ["00"]}]}"#,
            "not a keyed hash of 44 hexadecimal digits",
        ),
        (
            r#"{"key_check": "", "values": [], "colour": 1}"#,
            "unknown field `colour`",
        ),
    ] {
        let text = format!(r#"{{"version": 1, "known_identifiers": {part}}}"#);
        let error = Config::from_json(&text).unwrap_err();
        assert!(error.problem.contains(problem), "{error}");
        assert!(error.key.starts_with("known_identifiers"), "{error}");
    }
}

#[test]
fn mistakes_are_told_without_the_value() {
    for (kind, value, problem) in [
        (
            IdentifierKind::Imei,
            "350000001234563",
            "does not fit the others",
        ),
        (IdentifierKind::Imei, "3500000012345", "it has 13 digits"),
        (
            IdentifierKind::Imei,
            "35000000123456X",
            "character 15 is no digit",
        ),
        (
            IdentifierKind::Imei,
            "000000000000000",
            "all its digits are the same",
        ),
        (
            IdentifierKind::Iccid,
            "1986030000000012345",
            "does not begin with 89",
        ),
        (
            IdentifierKind::Mac,
            "02:00:00:00:00:00",
            "hides the address",
        ),
        (
            IdentifierKind::Mac,
            "01:00:5e:00:00:01",
            "not the address of one device",
        ),
        (IdentifierKind::Serial, "password", "ordinary text"),
        (IdentifierKind::Serial, "20261127", "ordinary text"),
        (
            IdentifierKind::Phone,
            "+00 11 22 33 44",
            "no country code begins with 0",
        ),
        (
            IdentifierKind::Phone,
            "212 555 0123",
            "country code is missing",
        ),
        (IdentifierKind::Email, "someone.example.org", "no at sign"),
        (IdentifierKind::Email, "nobody@", "no domain"),
        (IdentifierKind::Cell, "310-410-1-2", "cannot be typed in"),
        (IdentifierKind::Imsi, " ", "nothing was given"),
    ] {
        let mut none = KnownIdentifiers::default();
        let error = none.add(&key(7), kind, value, None).unwrap_err();
        assert!(error.problem.contains(problem), "{value}: {error}");
        let shown = error.to_string();
        assert!(value.trim().is_empty() || !shown.contains(value), "{shown}");
        assert!(none.is_empty());
    }
}

#[test]
fn a_check_digit_that_some_issuers_do_not_have_is_a_doubt_and_no_mistake() {
    let sound = super::invented::iccid();
    assert_eq!(doubt(IdentifierKind::Iccid, &sound), None);
    let (head, last) = sound.split_at(sound.len() - 1);
    let other = (last.parse::<u8>().unwrap() + 1) % 10;
    let unchecked = format!("{head}{other}");
    assert!(doubt(IdentifierKind::Iccid, &unchecked).is_some());
    let mut identifiers = KnownIdentifiers::default();
    assert_eq!(
        identifiers.add(&key(7), IdentifierKind::Iccid, &unchecked, None),
        Ok(true)
    );
}

#[test]
fn when_it_was_added_is_optional_and_kept() {
    let mut identifiers = identifiers();
    identifiers.values[0].added = Some(1_764_230_400);
    let text = serde_json::to_string(&identifiers).unwrap();
    assert_eq!(text.matches("\"added\"").count(), 1);
    assert_eq!(
        serde_json::from_str::<KnownIdentifiers>(&text).unwrap(),
        identifiers
    );
}

#[test]
fn kinds_have_the_names_that_events_give_them() {
    for name in typed_kinds() {
        let kind = kind_named(name).unwrap();
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
    assert!(kind_named("emei").unwrap_err().contains("\"imei\""));
    assert!(
        kind_named("350000001234562")
            .unwrap_err()
            .starts_with("no such kind")
    );
}

#[test]
fn the_same_value_is_kept_once() {
    let mut identifiers = identifiers();
    let before = identifiers.values.len();
    assert_eq!(
        identifiers.add(&key(7), IdentifierKind::Mac, "00-00-5E-00-53-5A", None),
        Ok(false)
    );
    assert_eq!(identifiers.values.len(), before);
}
