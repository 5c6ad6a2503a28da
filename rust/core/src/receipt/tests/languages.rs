//! What holds of every language.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

const OCCASIONS: [Occasion; 13] = [
    Occasion::Boot,
    Occasion::FirstUnlock,
    Occasion::Unlock,
    Occasion::ScreenOn,
    Occasion::ScreenOff,
    Occasion::SimChange,
    Occasion::ServiceChange,
    Occasion::Connectivity,
    Occasion::Charging,
    Occasion::PackageChange,
    Occasion::OwnUpdate,
    Occasion::TimeZone,
    Occasion::Airplane,
];

#[test]
fn plurals_follow_their_language() {
    let seconds = |language: Language, n| language.words().after(language, Trigger::Boot, n);
    assert!(seconds(Language::English, 1).starts_with("1 second after"));
    assert!(seconds(Language::French, 0).starts_with("0 seconde après"));
    assert!(seconds(Language::Spanish, 2_000_000).starts_with("2000000 de segundos después"));
    let arabic: Vec<_> = [0, 1, 2, 3, 11, 100]
        .map(|n| seconds(Language::Arabic, n))
        .into();
    let distinct: BTreeSet<_> = arabic.iter().collect();
    assert_eq!(distinct.len(), 6, "{arabic:?}");
}

#[test]
fn the_article_of_a_time_goes_with_its_hour() {
    let spanish = |time| {
        let setting = Setting {
            time,
            ..setting(Language::Spanish, Scene::Phone)
        };
        Receipt::of(&beacon(), &setting).what
    };
    assert!(spanish("01:12").starts_with("A la 01:12, "));
    assert!(spanish("11:12:13").starts_with("A las 11:12:13, "));
    assert!(spanish("--:--").starts_with("A las "));
}

#[test]
fn in_chinese_no_space_stands_between_chinese_characters() {
    let event = Event {
        app: None,
        device_event: None,
        ..beacon()
    };
    let chinese =
        |event: &Event| Receipt::of(event, &setting(Language::Chinese, Scene::Phone)).what;
    assert!(chinese(&event).starts_with("07:12，未知应用试图向 registration.example 发送"));
    let named = Event {
        app: beacon().app,
        ..event
    };
    assert!(chinese(&named).contains("com.example.registration（手机自带）试图向 registration"));
}

#[test]
fn a_language_is_known_by_its_tag() {
    for (tag, language) in [
        ("de-AT", Some(Language::German)),
        ("zh_CN.UTF-8", Some(Language::Chinese)),
        ("NO", Some(Language::Norwegian)),
        ("tlh", None),
        ("", None),
    ] {
        assert_eq!(Language::of_tag(tag), language, "{tag}");
    }
}

/// Each key and the places to fill in its text; of plurals, the key alone, since one form may do without the number.
fn places(value: &Value, path: &str, out: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(map) if map.contains_key("other") => {
            let whole = map["other"]
                .as_str()
                .is_some_and(|text| text.contains("{n}"));
            assert!(whole, "{path}");
            out.insert(path.to_owned(), BTreeSet::new());
        }
        Value::Object(map) => {
            for (key, value) in map {
                places(value, &format!("{path}/{key}"), out);
            }
        }
        Value::String(text) => {
            let found = text
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}'));
            let found = found.map(|(name, _)| name.to_owned()).collect();
            out.insert(path.to_owned(), found);
        }
        _ => {
            out.insert(path.to_owned(), BTreeSet::new());
        }
    }
}

#[test]
fn every_language_says_everything_and_fills_the_same_places() {
    let keys = |language: Language| {
        let mut out = BTreeMap::new();
        let value = serde_json::from_str(language.source()).expect("JSON");
        places(&value, "", &mut out);
        out
    };
    let english = keys(Language::English);
    assert!(english.len() > 80, "{}", english.len());
    for &language in Language::ALL {
        assert_eq!(keys(language), english, "{language:?}");
        let words = language.words();
        assert!(KINDS.iter().all(|kind| !words.kind_word(*kind).is_empty()));
        assert!(
            Trigger::ALL
                .iter()
                .all(|kind| words.after(language, kind, 61).contains("61"))
        );
        assert!(
            OCCASIONS
                .iter()
                .all(|kind| words.after(language, kind, 61).contains("61"))
        );
        for word in &[
            Confidence::Suspected,
            Confidence::Reported,
            Confidence::SourceCode,
            Confidence::Observed,
        ] {
            assert!(!words.known_word(*word).is_empty(), "{language:?} {word:?}");
        }
        for n in [0, 1, 2, 3, 11, 100, 1_000_000] {
            assert!(words.bytes(language, n).len() > 3, "{language:?} {n}");
        }
    }
}
