//! `gasket rules explain`: one rule in plain words.

use std::fmt::Write as _;
use std::path::Path;

use gasket_core::rules::{Action, Answer, Confidence, Pack, Rule};

use super::sources;
use crate::failure::Failure;
use crate::terminal::harmless;

/// Letters in a line of text.
const WIDTH: usize = 96;
/// Letters before the text of a line.
const INDENT: usize = 15;

/// Explains the rule of that id, that title's beginning, or in that file.
pub(super) fn run(wanted: &str) -> Result<String, Failure> {
    if Path::new(wanted).is_file() {
        let sources = sources::read(&[wanted.into()])?;
        let pairs: Vec<_> = sources
            .iter()
            .map(|source| (source.name.as_str(), source.text.as_str()))
            .collect();
        let pack = Pack::check(&pairs).map_err(|errors| {
            let told: Vec<_> = errors.iter().map(sources::told).collect();
            Failure::Other(told.join("\n"))
        })?;
        return Ok(pack.rules().iter().map(explained).collect());
    }
    let pack = Pack::embedded();
    let wanted_lower = wanted.to_lowercase();
    let fits = |rule: &&Rule| {
        rule.id.starts_with(&wanted_lower) || rule.title.to_lowercase().starts_with(&wanted_lower)
    };
    let found: Vec<&Rule> = pack.rules().iter().filter(fits).collect();
    match found.as_slice() {
        [rule] => Ok(explained(rule)),
        [] => Err(Failure::Usage(format!(
            "no rule's id or title begins with `{}`, and no such file; `gasket rules list` has them all",
            harmless(wanted)
        ))),
        several => {
            let titles: Vec<_> = several
                .iter()
                .map(|rule| format!("  {}  {}", rule.id, rule.title))
                .collect();
            Err(Failure::Usage(format!(
                "several rules begin with `{}`; write more of the id or title:\n{}",
                harmless(wanted),
                titles.join("\n")
            )))
        }
    }
}

fn explained(rule: &Rule) -> String {
    let mut text = format!("{}\n", harmless(&rule.title));
    let mut say = |label: &str, what: &str| {
        let mut label = label;
        for line in wrapped(&harmless(what)) {
            let _ = writeln!(text, "  {label:<width$}{line}", width = INDENT - 2);
            label = "";
        }
    };
    say("id", &rule.id);
    say("family", &rule.family);
    say("by default", by_default(rule));
    if let Some(answer) = &rule.answer {
        say("can answer", &answered(answer));
        say(
            "",
            &format!(
                "Only where you choose it, with \"rules\": {{\"{}\": \"answer\"}} in the config (--config FILE), and only \
                 over HTTP. Nothing is sent; what the app gets is what its server would say, so that it need not try again.",
                rule.id
            ),
        );
    }
    say(
        "level",
        &format!("{}, {}", rule.level.as_str(), rule.status.as_str()),
    );
    say("tells", &rule.receipt);
    say("about", &rule.description);
    say("matches if", rule.condition());
    for (name, what) in rule.looks_for() {
        say("", &format!("{name}: {what}"));
    }
    say("known", known(rule.confidence));
    for (kind, what) in &rule.evidence {
        say("", &format!("{kind}: {what}"));
    }
    say("breaks", &rule.breakage);
    say("harmless if", &rule.falsepositives.join("; "));
    let mut label = "read more";
    for reference in &rule.references {
        say(label, reference);
        label = "";
    }
    text
}

/// What the answer says: its status and its body.
fn answered(answer: &Answer) -> String {
    let bytes = answer.to_method("POST");
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&*text, ""));
    let status = head.lines().next().unwrap_or_default();
    let status = status.strip_prefix("HTTP/1.1 ").unwrap_or(status);
    format!("in its server's place: {status}, {body}")
}

fn by_default(rule: &Rule) -> &'static str {
    match rule.action {
        Action::Block => "blocked: nothing is sent",
        Action::Warn => "warned about: it is sent, and you are told",
        Action::Log => "let through: it is only listed",
    }
}

fn known(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Observed => "observed: seen on the wire",
        Confidence::SourceCode => "source-code: read in the sender's code or data",
        Confidence::Reported => "reported: told by others",
        Confidence::Suspected => "suspected: inferred, not proven",
    }
}

/// The text in lines of [`WIDTH`] letters, label included.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let length = line.chars().count() + 1 + word.chars().count();
        if line.is_empty() {
            line.push_str(word);
        } else if length <= WIDTH - INDENT {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
