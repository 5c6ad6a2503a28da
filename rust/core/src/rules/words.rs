//! A rule in words: what it looks for, and why it matched.

use std::borrow::Cow;

use super::detection::Selection;
use super::field::Field;
use super::matcher::{Matcher, Place, Test, TextTest};
use super::record::Record;
use super::rule::Rule;
use crate::facts::Facts;

/// Values of one line that are told; a longer list is cut.
const TOLD: usize = 12;

impl Rule {
    /// What the rule looks for: one line for each group of its conditions, with the name that the
    /// condition gives it.
    pub fn looks_for(&self) -> Vec<(String, String)> {
        let selections = self.detection.selections.iter();
        selections
            .map(|selection| (selection.name.clone(), selection.in_words()))
            .collect()
    }

    /// How the groups combine, as written.
    pub fn condition(&self) -> &str {
        &self.detection.written
    }

    /// Which of the rule's conditions these facts meet: its own values, never those of the event,
    /// which may be identifiers.
    pub fn why(&self, facts: &Facts<'_>) -> Vec<String> {
        let record = Record::of(facts);
        let selections = self.detection.selections.iter();
        let met = selections.filter_map(|selection| {
            let group = selection.groups.iter();
            let group = group
                .clone()
                .find(|group| group.iter().all(|line| line.matches(&record)))?;
            let lines: Vec<_> = group
                .iter()
                .map(|line| line.in_words(|literal, place| line.hit(&record, literal, place)))
                .collect();
            Some(format!("{}: {}", selection.name, lines.join(", and ")))
        });
        met.collect()
    }
}

impl Selection {
    fn in_words(&self) -> String {
        if let Some(names) = self.host_names() {
            return format!("the destination's name is {}", or(&names));
        }
        let groups: Vec<_> = self
            .groups
            .iter()
            .map(|group| {
                let lines: Vec<_> = group
                    .iter()
                    .map(|line| line.in_words(|_, _| true))
                    .collect();
                lines.join(", and ")
            })
            .collect();
        groups.join("; or ")
    }

    /// The names, where the selection asks for nothing but the destination's.
    fn host_names(&self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for group in &self.groups {
            let [line] = group.as_slice() else {
                return None;
            };
            let Test::Text(test) = &line.test else {
                return None;
            };
            let lead = match test.place {
                Place::Whole => "",
                Place::End => "…",
                Place::Start | Place::Anywhere => return None,
            };
            if !Field::HOSTS.contains(&line.field) || test.all {
                return None;
            }
            for literal in &test.literals {
                let name = format!("{lead}{}", shown(literal));
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Some(names)
    }
}

impl Matcher {
    /// The line in words, with those of its literals that are wanted.
    fn in_words(&self, wanted: impl Fn(&[u8], Place) -> bool) -> String {
        let field = self.field.name();
        match &self.test {
            Test::Text(test) => format!("{field} {}", test.in_words(wanted)),
            Test::Regexes { regexes, all } => {
                let patterns: Vec<_> = regexes.iter().map(|regex| format!("/{regex}/")).collect();
                format!("{field} fits {}", join(&patterns, *all))
            }
            Test::Numbers(numbers) => format!("{field} is {}", or(numbers)),
            Test::Flag(flag) => format!("{field} is {flag}"),
            Test::Addresses(addresses) => format!("{field} is {}", or(addresses)),
            Test::Networks(networks) => {
                let networks: Vec<_> = networks
                    .iter()
                    .map(|network| format!("{}/{}", network.base, network.prefix))
                    .collect();
                format!("{field} is in {}", or(&networks))
            }
        }
    }

    /// Whether this literal of the line stands in the event.
    fn hit(&self, record: &Record<'_>, literal: &[u8], place: Place) -> bool {
        record
            .texts(self.field)
            .any(|text| place.holds(text, literal))
    }
}

impl TextTest {
    fn in_words(&self, wanted: impl Fn(&[u8], Place) -> bool) -> String {
        let literals: Vec<_> = self
            .literals
            .iter()
            .filter(|literal| wanted(literal, self.place))
            .map(|literal| shown(literal))
            .collect();
        let verb = match self.place {
            Place::Whole => "is",
            Place::Start => "begins with",
            Place::End => "ends with",
            Place::Anywhere => "contains",
        };
        format!("{verb} {}", join(&literals, self.all))
    }
}

fn shown(literal: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(literal)
}

fn or(items: &[impl ToString]) -> String {
    join(items, false)
}

fn join(items: &[impl ToString], all: bool) -> String {
    let mut words: Vec<String> = items.iter().take(TOLD).map(ToString::to_string).collect();
    if items.len() > TOLD {
        words.push(format!("{} more", items.len() - TOLD));
    }
    let last = words.pop().unwrap_or_default();
    match words.as_slice() {
        [] => last,
        before => format!(
            "{} {} {last}",
            before.join(", "),
            if all { "and" } else { "or" }
        ),
    }
}
