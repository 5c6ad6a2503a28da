//! `gasket rules check`: whether files are rules, and do what their samples say.

use std::path::{Path, PathBuf};

use gasket_core::rules::{Pack, Rule};

use super::sources::{self, Source};
use crate::failure::Failure;

/// Checks the files and gives the summary.
pub(super) fn run(paths: &[PathBuf]) -> Result<String, Failure> {
    let sources = sources::read(paths)?;
    let mut problems = Vec::new();
    let mut good = Vec::new();
    for source in &sources {
        let pair = (source.name.as_str(), source.text.as_str());
        match Pack::check(&[pair]) {
            Ok(_) => good.push(pair),
            Err(errors) => problems.extend(errors.iter().map(sources::told)),
        }
    }
    let mut tried = 0;
    match Pack::check(&good) {
        Ok(pack) => {
            for rule in pack.rules() {
                tried += try_samples(rule, &sources, &mut problems);
            }
        }
        Err(errors) => problems.extend(errors.iter().map(sources::told)),
    }
    if problems.is_empty() {
        let count = sources.len();
        let rules = if count == 1 { "rule" } else { "rules" };
        return Ok(format!(
            "{count} {rules}, {tried} samples: as they should be\n"
        ));
    }
    Err(Failure::Other(problems.join("\n")))
}

/// Tries the samples of one rule; gives how many there were.
fn try_samples(rule: &Rule, sources: &[Source], problems: &mut Vec<String>) -> usize {
    let Some(source) = sources.iter().find(|source| source.name == rule.file) else {
        return 0;
    };
    if let Some(twin) = shipped_twin(rule, &source.path) {
        problems.push(format!(
            "{}: its id is also that of the built-in rule {twin}; make a new one",
            rule.file
        ));
    }
    let mut tried = 0;
    let kinds = [
        (&rule.samples.matching, true),
        (&rule.samples.not_matching, false),
    ];
    for (examples, expected) in kinds {
        for example in examples {
            let samples = match sources::samples(&source.path, example) {
                Ok(samples) => samples,
                Err(problem) => {
                    problems.push(format!("{}: {problem}", rule.file));
                    continue;
                }
            };
            for (name, sample) in samples {
                tried += 1;
                if sample.judged(|facts| rule.matches(facts)) != expected {
                    problems.push(match expected {
                        true => format!(
                            "{name}: the rule {} must match this, and does not",
                            rule.file
                        ),
                        false => format!(
                            "{name}: the rule {} must not match this, and does",
                            rule.file
                        ),
                    });
                }
            }
        }
    }
    tried
}

/// The built-in rule of the same id, if it is another one.
fn shipped_twin(rule: &Rule, path: &Path) -> Option<String> {
    let pack = Pack::embedded();
    let shipped = pack.rule(&rule.id)?;
    (!path.ends_with(&shipped.file)).then(|| shipped.file.clone())
}
