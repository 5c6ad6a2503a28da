mod differential;
mod names;
mod prefilter;
mod refusals;
pub(crate) mod sample;
mod shipped;

use super::*;

/// A rule file of the given detection (indented by two) that asks for a warning.
fn rule_file(id: u32, detection: &str) -> String {
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

fn pack_of(files: &[String]) -> Pack {
    let names: Vec<String> = (0..files.len()).map(|at| format!("{at}.yml")).collect();
    let sources: Vec<(&str, &str)> = names
        .iter()
        .zip(files)
        .map(|(name, text)| (&**name, &**text))
        .collect();
    Pack::parse(&sources).unwrap()
}
