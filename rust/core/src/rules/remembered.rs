//! A rule on what a history keeps: some fields are there, some are known not to have been, and of the
//! rest nobody can tell any more.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::condition::Condition;
use super::detection::{Detection, Selection};
use super::field::{Field, Kind};
use super::record::{Record, Value};
use super::{Pack, PackError};

/// What a rule would have done to lines of a history.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hindsight {
    /// Positions of the lines that it matches.
    pub matches: Vec<usize>,
    /// Positions of those that it may match: they no longer say what it asks for.
    pub undecided: Vec<usize>,
    /// The fields that were missing for that, by name.
    pub missing: BTreeSet<&'static str>,
}

/// Why hindsight was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum HindsightError {
    /// The rule file is wrong.
    Rule(PackError),
    /// The lines are no lists of fields.
    Lines(String),
}

impl std::fmt::Display for HindsightError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::Lines(problem) => write!(f, "the lines of the history: {problem}"),
        }
    }
}

impl std::error::Error for HindsightError {}

/// Tries the rule of one file on `lines`: a JSON array of objects `{field: value}`. A field that is `null`
/// is not known any more, one that is not there was not there; several packages are joined by commas.
///
/// # Errors
/// What is wrong with the file or the lines.
pub fn hindsight(file: &str, text: &str, lines: &str) -> Result<Hindsight, HindsightError> {
    let pack = Pack::parse(&[(file, text)]).map_err(HindsightError::Rule)?;
    let lines: Vec<BTreeMap<String, Json>> =
        serde_json::from_str(lines).map_err(|error| HindsightError::Lines(error.to_string()))?;
    let mut hindsight = Hindsight::default();
    for (at, line) in lines.iter().enumerate() {
        let line = Line::read(line).map_err(HindsightError::Lines)?;
        let record = line.record();
        for rule in pack.rules() {
            match line.holds(&rule.detection, &record) {
                Some(true) => hindsight.matches.push(at),
                Some(false) => {}
                None => {
                    hindsight.undecided.push(at);
                    hindsight.missing.extend(line.missing(&rule.detection));
                }
            }
        }
    }
    Ok(hindsight)
}

/// One line; owns what a record borrows.
#[derive(Debug, Default)]
struct Line {
    packages: Vec<String>,
    texts: Vec<(Field, String)>,
    /// Numbers, flags and addresses.
    others: Vec<(Field, Value<'static>)>,
    unknown: Vec<Field>,
}

impl Line {
    fn read(fields: &BTreeMap<String, Json>) -> Result<Self, String> {
        let mut line = Self::default();
        for (name, json) in fields {
            let field = Field::named(name)?;
            match (field.kind(), json) {
                (_, Json::Null) => line.unknown.push(field),
                (Kind::Number(_), Json::Number(number)) => {
                    let number = number
                        .as_u64()
                        .ok_or_else(|| format!("{name}: {number} is no whole number from 0 on"))?;
                    line.others.push((field, Value::Number(number)));
                }
                (Kind::Flag, Json::Bool(flag)) => line.others.push((field, Value::Flag(*flag))),
                (Kind::Address, Json::String(text)) => {
                    let address = text.parse();
                    let address = address.map_err(|_| format!("{name}: `{text}` is no address"))?;
                    line.others.push((field, Value::Address(address)));
                }
                (Kind::Text | Kind::LongText | Kind::Choice(_), Json::String(text)) => {
                    if field == Field::AppPackage {
                        line.packages = text.split(',').map(str::to_owned).collect();
                    } else {
                        line.texts.push((field, text.clone()));
                    }
                }
                _ => return Err(format!("{name}: a value of the wrong type")),
            }
        }
        Ok(line)
    }

    fn record(&self) -> Record<'_> {
        let mut record = Record::empty();
        if !self.packages.is_empty() {
            record.set(Field::AppPackage, Value::Texts(&self.packages));
        }
        for (field, text) in &self.texts {
            record.text(*field, text);
        }
        for (field, value) in &self.others {
            let value = match value {
                Value::Number(number) => Value::Number(*number),
                Value::Flag(flag) => Value::Flag(*flag),
                Value::Address(address) => Value::Address(*address),
                Value::Absent | Value::Text(_) | Value::Texts(_) => continue,
            };
            record.set(*field, value);
        }
        record
    }

    fn knows(&self, field: Field) -> bool {
        !self.unknown.contains(&field)
    }

    /// Whether the rule matches; `None` where that hangs on what is not known.
    fn holds(&self, detection: &Detection, record: &Record<'_>) -> Option<bool> {
        let selections = &detection.selections;
        let selected = |index: usize| {
            let selection = selections.get(index);
            selection.map_or(Some(false), |selection| self.selects(selection, record))
        };
        condition(&detection.condition, &selected)
    }

    fn selects(&self, selection: &Selection, record: &Record<'_>) -> Option<bool> {
        any(selection.groups.iter().map(|group| {
            all(group
                .iter()
                .map(|matcher| self.knows(matcher.field).then(|| matcher.matches(record))))
        }))
    }

    /// The fields that the rule asks for and nobody knows.
    fn missing(&self, detection: &Detection) -> impl Iterator<Item = &'static str> {
        let matchers = detection.selections.iter();
        let matchers = matchers.flat_map(|selection| selection.groups.iter().flatten());
        matchers
            .map(|matcher| matcher.field)
            .filter(|field| !self.knows(*field))
            .map(Field::name)
    }
}

fn condition(of: &Condition, selected: &impl Fn(usize) -> Option<bool>) -> Option<bool> {
    match of {
        Condition::Selection(index) => selected(*index),
        Condition::Not(inner) => condition(inner, selected).map(|holds| !holds),
        Condition::All(parts) => all(parts.iter().map(|part| condition(part, selected))),
        Condition::Any(parts) => any(parts.iter().map(|part| condition(part, selected))),
    }
}

/// Kleene's three-valued "and".
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(parts.map(|part| part.map(|holds| !holds))).map(|holds| !holds)
}

/// Kleene's three-valued "or".
fn any(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut outcome = Some(false);
    for part in parts {
        match part {
            Some(true) => return part,
            Some(false) => {}
            None => outcome = None,
        }
    }
    outcome
}
