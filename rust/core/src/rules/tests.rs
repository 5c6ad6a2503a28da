mod answer;
mod connectivity;
mod cost;
mod differential;
mod imported;
mod incidents;
mod listing;
mod names;
mod prefilter;
mod refusals;
mod remembered;
mod shipped;
mod slips;
mod version;

use std::fs;
use std::path::PathBuf;

use super::*;

/// A rule file of the given detection (indented by two) that asks for a warning.
pub(crate) fn rule_file(id: u32, detection: &str) -> String {
    format!(
        "title: Test rule
id: 00000000-0000-4000-8000-{id:012}
status: test
level: low
description: A rule for tests
references: [nowhere]
logsource: {{product: android, category: flow}}
detection:
{detection}
falsepositives: [none known]
custom:
  family: Tests
  action: warn
  confidence: suspected
  breakage: none
  receipt: Nobody gets anything.
  tests:
    match: [a.json]
    no_match: [b.json]
"
    )
}

/// The folder of the shipped rules' samples.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("rules/samples")
}

/// The shipped sample of that name.
pub(crate) fn sample(name: &str) -> Sample {
    let path = folder().join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Sample::from_json(&text).unwrap_or_else(|problem| panic!("{name}: {problem}"))
}

/// The names of all sample files, in order.
pub(crate) fn sample_names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Every sample of the pack, those within the rules included, with a name to tell it by.
fn every_sample() -> Vec<(String, Sample)> {
    let files = sample_names().into_iter().map(|name| {
        let sample = sample(&name);
        (name, sample)
    });
    let pack = Pack::embedded();
    let within = pack.rules().iter().flat_map(|rule| {
        let examples = rule
            .samples
            .matching
            .iter()
            .chain(&rule.samples.not_matching);
        examples.filter_map(|example| match example {
            Example::Event { line, sample } => {
                Some((format!("{}:{line}", rule.file), sample.clone()))
            }
            Example::Files(_) => None,
        })
    });
    files.chain(within).collect()
}

fn pack_of(files: &[String]) -> Pack {
    let names: Vec<String> = (0..files.len()).map(|at| format!("{at}.yml")).collect();
    let sources: Vec<(&str, &str)> = names
        .iter()
        .zip(files)
        .map(|(name, text)| (&**name, &**text))
        .collect();
    Pack::parse(&sources).unwrap()
}
