//! Rule files besides those that ship.

use std::collections::BTreeMap;

use super::refusals::GOOD;
use super::*;
use crate::rules::{Imported, LARGEST_FILE, MOST_FILES};

fn read(files: &[(&str, String)]) -> Imported {
    let files: BTreeMap<String, String> = files
        .iter()
        .map(|(name, text)| (String::from(*name), text.clone()))
        .collect();
    Imported::read(&files, &Pack::embedded())
}

fn kept(imported: &Imported) -> Vec<&str> {
    let rules = imported.pack().rules().iter();
    rules.map(|rule| rule.file.as_str()).collect()
}

#[test]
fn what_is_wrong_is_left_out_and_said() {
    let shipped = Pack::embedded();
    let shipped = &shipped.rules()[0];
    let too_large = format!("{}#{}", rule_file(3, GOOD), " ".repeat(LARGEST_FILE));
    for (text, problem) in [
        (
            rule_file(3, GOOD).replace("level: low", "level: lo"),
            "bad.yml, line 4: unknown level `lo`; did you mean `low`?",
        ),
        (
            rule_file(3, GOOD).replace("00000000-0000-4000-8000-000000000003", &shipped.id),
            "bad.yml: its id is also that of",
        ),
        (rule_file(1, GOOD), "bad.yml: its id is also that of a.yml"),
        (too_large, "bytes are too many: a rule has at most 32768"),
        (String::new(), "bad.yml, line 1: the file is empty"),
        (
            rule_file(3, GOOD).replace("match: [a.json]", "match: [{dns.query: good.example}]"),
            "bad.yml, line 19: the rule must match this sample, and does not",
        ),
        (
            rule_file(3, GOOD).replace("[b.json]", "[{dns.query: bad.example}]"),
            "bad.yml, line 20: the rule must not match this sample, and does",
        ),
    ] {
        let files = [
            ("a.yml", rule_file(1, GOOD)),
            ("bad.yml", text),
            ("c.yml", rule_file(2, GOOD)),
        ];
        let imported = read(&files);
        assert_eq!(kept(&imported), ["a.yml", "c.yml"], "{problem}");
        let refused = imported.refused();
        assert_eq!(refused.len(), 1);
        assert!(refused[0].to_string().contains(problem), "{}", refused[0]);
    }
}

#[test]
fn a_rule_whose_samples_stand_in_it_is_taken_with_them() {
    let text = rule_file(3, GOOD)
        .replace("[a.json]", "[{dns.query: bad.example}]")
        .replace("[b.json]", "[{dns.query: good.example}]");
    let imported = read(&[("a.yml", text)]);
    assert_eq!(kept(&imported), ["a.yml"]);
    assert!(imported.refused().is_empty());
}

#[test]
fn so_many_files_are_taken_and_no_more() {
    let names: Vec<String> = (0..=MOST_FILES).map(|at| format!("{at:03}.yml")).collect();
    let files: Vec<_> = (0u32..)
        .zip(&names)
        .map(|(at, name)| (name.as_str(), rule_file(at + 1, GOOD)))
        .collect();
    let imported = read(&files);
    assert_eq!(imported.pack().rules().len(), MOST_FILES);
    let refused: Vec<_> = imported.refused().iter().map(ToString::to_string).collect();
    assert_eq!(refused, ["032.yml: one file too many: 32 are taken"]);
}
