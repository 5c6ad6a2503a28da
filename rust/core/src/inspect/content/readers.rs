//! Everything that reads along with the decode chain, and how their findings are joined.

use super::decode::{Field, Reader, Stands, Trail};
use super::identify;
use super::known::{self, Known};
use super::learned::{self, Learning};
use super::{Basis, Finding};

/// Findings reported of one request; more are a list, and the first ones say so.
const REPORTED_MAX: usize = 64;

/// Shows each layer, field and object to all who want to see it.
pub(super) struct Readers<'a> {
    likeness: identify::Search,
    known: known::Search<'a>,
    learned: learned::Search<'a>,
}

impl<'a> Readers<'a> {
    pub(super) fn new(known: &'a Known, learning: Option<Learning<'a>>) -> Self {
        Self {
            likeness: identify::Search::default(),
            known: known::Search::new(known),
            learned: learned::Search::new(learning),
        }
    }

    /// The findings, the surest first, and how many had to be left out.
    pub(super) fn finish(self) -> (Vec<Finding>, u32) {
        let (mut findings, left_out) = self.likeness.finish();
        for finding in self.known.finish() {
            join(&mut findings, finding);
        }
        for finding in self.learned.finish() {
            join_learned(&mut findings, finding);
        }
        findings.sort_by(|a, b| b.confidence.cmp(&a.confidence).then(a.kind.cmp(&b.kind)));
        let beyond = findings.len().saturating_sub(REPORTED_MAX);
        findings.truncate(REPORTED_MAX);
        let beyond = u32::try_from(beyond).unwrap_or(u32::MAX);
        (findings, left_out.saturating_add(beyond))
    }
}

/// Adds a proven finding. The same value in the same place is not suspected besides.
fn join(findings: &mut Vec<Finding>, new: Finding) {
    let same = |old: &Finding| {
        old.masked.eq_ignore_ascii_case(&new.masked) && new.path.starts_with(&old.path)
    };
    findings.retain(|old| old.basis == Basis::Typed || !same(old));
    findings.push(new);
}

/// Adds a learned finding, unless the same value in the same place alerts for what it is.
fn join_learned(findings: &mut Vec<Finding>, new: Finding) {
    let same = |old: &Finding| old.masked == new.masked && old.path == new.path;
    if findings.iter().any(|old| old.alerts() && same(old)) {
        return;
    }
    findings.retain(|old| !same(old));
    findings.push(new);
}

impl Reader for Readers<'_> {
    fn text(&mut self, trail: &Trail<'_>, text: &str) {
        self.likeness.text(trail, text);
        self.known.text(trail, text);
    }

    fn whole(&mut self, trail: &Trail<'_>, text: &str) {
        self.likeness.whole(trail, text);
        self.known.whole(trail, text);
    }

    fn field(&mut self, trail: &Trail<'_>, key: &str, value: &str, stands: Stands) {
        self.likeness.field(trail, key, value, stands);
        self.known.field(trail, key, value, stands);
        self.learned.field(trail, key, value, stands);
    }

    fn group(&mut self, trail: &Trail<'_>, fields: &[Field<'_>]) {
        self.likeness.group(trail, fields);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::content::IdentifierKind;

    fn finding(masked: &str, path: &str, confidence: u8, basis: Basis) -> Finding {
        Finding {
            kind: IdentifierKind::DeviceId,
            masked: masked.into(),
            path: path.into(),
            confidence,
            basis,
        }
    }

    /// What is known to be an identifier is not also told as a token, but a doubt gives way to it.
    #[test]
    fn a_learned_finding_stands_beside_what_does_not_say_the_same() {
        let new = finding("ab•••c", "form:id", 60, Basis::Learned);
        for (masked, path, confidence, left) in [
            ("ab•••c", "form:id", 50, [true, false]),
            ("ab•••c", "form:id", 49, [false, true]),
            ("ab•••c", "form:other", 50, [true, true]),
            ("cd•••e", "form:id", 50, [true, true]),
            ("ab•••c", "form:other", 49, [true, true]),
            ("cd•••e", "form:id", 49, [true, true]),
        ] {
            let old = finding(masked, path, confidence, Basis::Likeness);
            let mut findings = vec![old.clone()];
            join_learned(&mut findings, new.clone());
            let found = [findings.contains(&old), findings.contains(&new)];
            assert_eq!(found, left, "{old:?}");
        }
    }

    /// JSON says what a finding rests on, unless that is likeness.
    #[test]
    fn what_a_finding_rests_on_is_written_and_read() {
        for (basis, written) in [
            (Basis::Likeness, None),
            (Basis::Typed, Some("typed")),
            (Basis::Learned, Some("learned")),
        ] {
            let finding = finding("ab•••c", "form:id", 60, basis);
            let json = serde_json::to_value(&finding).expect("a finding is JSON");
            let field = json.get("basis").and_then(|basis| basis.as_str());
            assert_eq!(field, written, "{basis:?}");
            assert_eq!(serde_json::from_value::<Finding>(json).ok(), Some(finding));
        }
    }
}
