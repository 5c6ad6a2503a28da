//! The rules that ship, each against its samples.

use super::*;

fn matching_ids(sample: &Sample) -> Vec<String> {
    let pack = Pack::embedded();
    sample.judged(|facts| {
        let rules = pack.matching(facts);
        rules.into_iter().map(|rule| rule.id.clone()).collect()
    })
}

/// The samples that are meant, with a name to tell each by.
fn meant(rule: &Rule, examples: &[Example]) -> Vec<(String, Sample)> {
    let mut samples = Vec::new();
    for example in examples {
        match example {
            Example::Event { line, sample } => {
                samples.push((format!("{}:{line}", rule.file), sample.clone()));
            }
            Example::Files(pattern) => {
                let mut names = sample_names();
                names.retain(|name| example.names(name));
                assert!(!names.is_empty(), "{}: no sample fits {pattern}", rule.file);
                samples.extend(names.into_iter().map(|name| (name.clone(), sample(&name))));
            }
        }
    }
    samples
}

#[test]
fn every_rule_matches_its_samples_and_not_the_others() {
    let pack = Pack::embedded();
    assert!(!pack.rules().is_empty());
    for rule in pack.rules() {
        let samples = &rule.samples;
        for (examples, expected) in [(&samples.matching, true), (&samples.not_matching, false)] {
            for (name, sample) in meant(rule, examples) {
                let matches = matching_ids(&sample).contains(&rule.id);
                assert_eq!(matches, expected, "{} on {name}", rule.file);
            }
        }
    }
}

#[test]
fn no_rule_matches_a_benign_sample() {
    for name in sample_names() {
        if name.starts_with("benign-") || name.starts_with("oppo-") {
            assert_eq!(matching_ids(&sample(&name)), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn every_sample_is_used() {
    let pack = Pack::embedded();
    let used = |name: &String| {
        pack.rules().iter().any(|rule| {
            let mut examples = rule
                .samples
                .matching
                .iter()
                .chain(&rule.samples.not_matching);
            examples.any(|example| example.names(name))
        })
    };
    let unused: Vec<String> = sample_names()
        .into_iter()
        .filter(|name| !used(name))
        .collect();
    assert_eq!(unused, Vec::<String>::new());
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
    let titles = sample("fallback-request.json").judged(|facts| {
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
            "{}: {} characters",
            rule.file,
            receipt.len()
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
