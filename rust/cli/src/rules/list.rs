//! `gasket rules list`: all rules, by family.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gasket_core::rules::{Action, Confidence, Level, Pack, Rule};
use serde::Serialize;

/// One rule as JSON.
#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    title: &'a str,
    family: &'a str,
    level: Level,
    action: Action,
    confidence: Confidence,
    breakage: &'a str,
    receipt: &'a str,
    references: &'a [String],
    tags: &'a [String],
}

/// The list as text, or as one JSON object a line.
pub(super) fn run(json: bool) -> String {
    let pack = Pack::embedded();
    let mut families: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in pack.rules() {
        families.entry(&rule.family).or_default().push(rule);
    }
    let mut text = String::new();
    for (family, rules) in families {
        if !json {
            let _ = writeln!(text, "{family}");
        }
        for rule in rules {
            let _ = match json {
                true => writeln!(text, "{}", serde_json::json!(Entry::of(rule))),
                false => writeln!(text, "{}", line(rule)),
            };
        }
    }
    text
}

fn line(rule: &Rule) -> String {
    format!(
        "  {}  {:<5}  {:<13}  {:<11}  {}",
        rule.id,
        rule.action.as_str(),
        rule.level.as_str(),
        rule.confidence.as_str(),
        rule.title
    )
}

impl<'a> Entry<'a> {
    fn of(rule: &'a Rule) -> Self {
        Self {
            id: &rule.id,
            title: &rule.title,
            family: &rule.family,
            level: rule.level,
            action: rule.action,
            confidence: rule.confidence,
            breakage: &rule.breakage,
            receipt: &rule.receipt,
            references: &rule.references,
            tags: &rule.tags,
        }
    }
}
