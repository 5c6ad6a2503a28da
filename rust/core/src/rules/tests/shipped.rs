//! The rules that ship, each against its samples.

use std::collections::BTreeSet;

use super::sample::{Sample, all, fitting};
use super::*;

fn matching_ids(name: &str) -> Vec<String> {
    let pack = Pack::embedded();
    Sample::named(name).judged(|facts| {
        let rules = pack.matching(facts);
        rules.into_iter().map(|rule| rule.id.clone()).collect()
    })
}

#[test]
fn every_rule_matches_its_samples_and_not_the_others() {
    let pack = Pack::embedded();
    assert!(!pack.rules().is_empty());
    for rule in pack.rules() {
        for (patterns, expected) in [
            (&rule.samples.matching, true),
            (&rule.samples.not_matching, false),
        ] {
            assert!(!patterns.is_empty(), "{}", rule.file);
            for pattern in patterns {
                let names = fitting(pattern);
                assert!(!names.is_empty(), "{}: no sample fits {pattern}", rule.file);
                for name in names {
                    let matches = matching_ids(&name).contains(&rule.id);
                    assert_eq!(matches, expected, "{} on {name}", rule.file);
                }
            }
        }
    }
}

#[test]
fn no_rule_matches_a_benign_sample() {
    for name in all() {
        if name.starts_with("benign-") || name.starts_with("oppo-") {
            assert_eq!(matching_ids(&name), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn every_sample_is_used() {
    let pack = Pack::embedded();
    let used: BTreeSet<String> = pack
        .rules()
        .iter()
        .flat_map(|rule| {
            rule.samples
                .matching
                .iter()
                .chain(&rule.samples.not_matching)
        })
        .flat_map(|pattern| fitting(pattern))
        .collect();
    assert_eq!(all().into_iter().collect::<BTreeSet<_>>(), used);
}

/// The gravest comes first: the registration before the address that it goes to.
#[test]
fn rules_come_in_order_of_gravity() {
    let pack = Pack::embedded();
    let keys: Vec<_> = pack
        .rules()
        .iter()
        .map(|rule| (rule.level, rule.action))
        .collect();
    assert!(keys.is_sorted_by(|left, right| left >= right));
    let titles = Sample::named("fallback-request.json").judged(|facts| {
        let rules = pack.matching(facts);
        rules
            .into_iter()
            .map(|rule| rule.title.clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(
        titles,
        [
            "China Telecom self-registration at its fallback address",
            "Fallback address of the China Telecom self-registration",
        ]
    );
}

#[test]
fn receipts_are_one_plain_sentence() {
    for rule in Pack::embedded().rules() {
        let receipt = &rule.receipt;
        assert!(
            receipt.ends_with('.') && receipt.len() <= 200,
            "{}",
            rule.file
        );
        assert!(
            !receipt.contains(". "),
            "{}: more than one sentence",
            rule.file
        );
        for jargon in ["ICCID", "IMSI", "IMEI", "HTTP", "POST", "SNI", "payload"] {
            assert!(!receipt.contains(jargon), "{}: {jargon}", rule.file);
        }
    }
}
