//! Rule files besides those that ship. Whatever is in them, the pack goes on working: what is wrong
//! is left out and said.

use std::collections::BTreeMap;

use super::error::PackError;
use super::rule::{Example, Rule};
use super::{Pack, twin_of};

/// Most files that are taken: all of them are read anew with each change of the settings.
pub const MOST_FILES: usize = 32;

/// Largest file in bytes, five times the largest rule that ships.
pub const LARGEST_FILE: usize = 32 * 1024;

/// What became of some rule files.
#[derive(Debug)]
pub struct Imported {
    pack: Pack,
    refused: Vec<PackError>,
}

impl Imported {
    /// Reads the files, text by name. No id may be one of `shipped`, and each rule must do what the
    /// samples that stand in it say.
    pub fn read(files: &BTreeMap<String, String>, shipped: &Pack) -> Self {
        let mut kept: Vec<(&str, &str)> = Vec::new();
        let mut ids = BTreeMap::new();
        let mut refused = Vec::new();
        for (at, (file, text)) in files.iter().enumerate() {
            let twin = |id: &str| {
                let shipped = shipped.rule(id).map(|rule| rule.file.clone());
                shipped.or_else(|| ids.get(id).cloned())
            };
            match taken(file, text, at, twin) {
                Ok(id) => {
                    ids.insert(id, file.clone());
                    kept.push((file, text));
                }
                Err(problems) => refused.extend(problems),
            }
        }
        let pack = Pack::check(&kept).unwrap_or_else(|problems| {
            refused.extend(problems);
            Pack::default()
        });
        Self { pack, refused }
    }

    /// The rules that were taken.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// What is wrong with the files that were left out.
    pub fn refused(&self) -> &[PackError] {
        &self.refused
    }
}

/// The id of the rule in the file that comes after `before` others, or all that is wrong with it.
fn taken(
    file: &str,
    text: &str,
    before: usize,
    twin: impl Fn(&str) -> Option<String>,
) -> Result<String, Vec<PackError>> {
    let refusal = |problem: String| {
        vec![PackError {
            file: file.to_owned(),
            line: None,
            problem,
        }]
    };
    if before >= MOST_FILES {
        return Err(refusal(format!(
            "one file too many: {MOST_FILES} are taken"
        )));
    }
    if text.len() > LARGEST_FILE {
        return Err(refusal(format!(
            "{} bytes are too many: a rule has at most {LARGEST_FILE}",
            text.len()
        )));
    }
    let pack = Pack::check(&[(file, text)])?;
    let mut wrong: Vec<_> = pack.rules().iter().flat_map(wrong_samples).collect();
    let id = pack.rules().first().map(|rule| rule.id.clone());
    let id = id.ok_or_else(|| refusal(String::from("the file is empty")))?;
    if let Some(other) = twin(&id) {
        wrong.extend(refusal(twin_of(&other)));
    }
    if wrong.is_empty() { Ok(id) } else { Err(wrong) }
}

/// The samples within the rule that it does not treat as they say.
pub(super) fn wrong_samples(rule: &Rule) -> Vec<PackError> {
    let samples = &rule.samples;
    let matching = samples.matching.iter().map(|one| (one, true));
    let not_matching = samples.not_matching.iter().map(|one| (one, false));
    let wrong = matching.chain(not_matching).filter_map(|(one, expected)| {
        let Example::Event { line, sample } = one else {
            return None;
        };
        let problem = match expected {
            true => "the rule must match this sample, and does not",
            false => "the rule must not match this sample, and does",
        };
        (sample.judged(|facts| rule.matches(facts)) != expected).then(|| PackError {
            file: rule.file.clone(),
            line: Some(*line),
            problem: problem.to_owned(),
        })
    });
    wrong.collect()
}
