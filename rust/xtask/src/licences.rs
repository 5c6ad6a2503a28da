//! `data/licences.json`, which the app shows: all that is in an APK, by licence, each licence's text once.
//! It is kept by hand; these tests say what is missing from it and what is left over.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::apk::native::Abi;
use crate::{cargo, root};

/// In an APK, and neither crate nor library.
const OTHERS: [&str; 8] = [
    "IP Geolocation by DB-IP",
    "LLVM libunwind",
    "Number Resource Organization",
    "Public Suffix List",
    "Route Views",
    "Rust standard library",
    "mcc-mnc-list ",
    "oui-data ",
];

/// Licences that ask for the copyright notice besides their text.
const NOTICE: [&str; 3] = ["BSD-2-Clause", "BSD-3-Clause", "MIT"];

/// Its licence file has no copyright line.
const WITHOUT_NOTICE: [&str; 1] = ["zmij"];

/// The parts by name, each with its licence and notice.
fn parts() -> BTreeMap<String, (String, Option<String>)> {
    let text = std::fs::read_to_string(root().join("data/licences.json")).expect("the file");
    let licences: Vec<Value> = serde_json::from_str(&text).expect("a list");
    let mut parts = BTreeMap::new();
    for licence in &licences {
        let name = licence["name"].as_str().expect("a name").to_owned();
        assert!(!licence["text"].as_str().expect("a text").is_empty());
        for part in licence["parts"].as_array().expect("parts") {
            let notice = part["notice"].as_str().map(str::to_owned);
            let part = part["name"].as_str().expect("a name").to_owned();
            assert_eq!(parts.insert(part, (name.clone(), notice)), None);
        }
    }
    parts
}

/// What the native libraries are made of: name and version, and what it is licensed under.
fn crates() -> BTreeMap<String, String> {
    let mut crates = BTreeMap::new();
    for abi in Abi::ALL {
        let mut command = cargo();
        command.args(["tree", "--locked", "--package", "gasket-jni"]);
        command.args(["--edges", "normal,no-proc-macro", "--prefix", "none"]);
        command.args(["--target", abi.target(), "--format", "{p}|{l}"]);
        let output = command.output().expect("cargo starts");
        assert!(output.status.success(), "{output:?}");
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let (package, licence) = line.split_once('|').expect("a licence");
            let (name, version) = package.split_once(" v").expect("a version");
            if !name.starts_with("gasket-") {
                let version = version.split(' ').next().expect("a version");
                let licence = licence.trim_end_matches(" (*)");
                crates.insert(format!("{name} {version}"), licence.to_owned());
            }
        }
    }
    crates
}

/// What the app's own code brings along: `group:artifact version`.
fn libraries() -> Vec<String> {
    let lock = std::fs::read_to_string(root().join("android/libraries.lock")).expect("the lock");
    let runtime = lock.lines().filter_map(|line| {
        let [_, sets, coordinate] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let parts: Vec<_> = coordinate.split(':').collect();
        let [group, artifact, version, ..] = parts.as_slice() else {
            return None;
        };
        let is_ours = sets.split(',').any(|set| set == "runtime");
        is_ours.then(|| format!("{group}:{artifact} {version}"))
    });
    runtime.collect()
}

#[test]
fn all_that_is_in_an_apk_is_listed_and_nothing_else() {
    let parts = parts();
    let crates = crates();
    let libraries = libraries();
    assert!(crates.len() > 50 && libraries.len() > 50);
    let expected = || crates.keys().chain(&libraries);
    let missing: Vec<_> = expected()
        .filter(|part| !parts.contains_key(*part))
        .collect();
    assert!(missing.is_empty(), "add to data/licences.json: {missing:?}");
    let known = |part: &str| {
        expected().any(|expected| expected == part)
            || OTHERS.iter().any(|other| part.starts_with(other))
    };
    let left_over: Vec<_> = parts.keys().filter(|part| !known(part)).collect();
    assert!(left_over.is_empty(), "no longer in an APK: {left_over:?}");
    for other in OTHERS {
        assert!(parts.keys().any(|part| part.starts_with(other)), "{other}");
    }
}

#[test]
fn each_crate_stands_under_a_licence_that_it_offers() {
    let parts = parts();
    for (name, offered) in crates() {
        let (licence, _) = &parts[&name];
        let mut offers = offered.split(" OR ").flat_map(|offer| offer.split('/'));
        assert!(offers.any(|offer| offer == licence), "{name}: {offered}");
    }
}

#[test]
fn who_asks_for_a_notice_has_one() {
    for (name, (licence, notice)) in parts() {
        let asks = NOTICE.contains(&licence.as_str())
            && !WITHOUT_NOTICE
                .iter()
                .any(|without| name.starts_with(without));
        assert!(notice.is_some() || !asks, "{name}, {licence}");
    }
}

#[test]
fn the_tables_are_those_of_the_lock() {
    let lock = std::fs::read_to_string(root().join("data/tables.lock")).expect("the lock");
    for (name, (..)) in parts() {
        if let Some((package, version)) = name.split_once(' ')
            && ["mcc-mnc-list", "oui-data"].contains(&package)
        {
            let pinned = |line: &str| line.contains(package) && line.contains(version);
            assert!(
                lock.lines().any(pinned),
                "{name} is not in data/tables.lock"
            );
        }
    }
}
