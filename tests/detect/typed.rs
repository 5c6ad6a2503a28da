//! What is seen of identifiers that the user typed in.

use std::collections::BTreeMap;

use gasket_core::config::Config;
use gasket_core::inspect::content::known::{IdentifierKey, KEY_LEN};

use crate::chance::Chance;
use crate::corpus::{Cell, Planted};
use crate::encoding::Encoding;
use crate::invent::invent;
use crate::kinds::Kind;
use crate::score::Share;
use crate::subject::{NOWHERE, Subject};

/// Misses that are kept as examples.
const EXAMPLES_MAX: usize = 200;

/// What came of the requests with a value that can be typed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    /// Proven by the planted value.
    cells: BTreeMap<Cell, Share>,
    /// Proven by a value that is not in the request.
    pub(crate) others: Share,
    /// Values that are refused when they are typed in.
    pub(crate) refused: Share,
    /// Examples: cell, key, value, what alerts.
    pub(crate) missed: Vec<String>,
}

impl Typed {
    /// Shows the request to a detector that knows what was planted, and to one that knows another value.
    pub(crate) fn show(&mut self, planted: &Planted, seed: u64) {
        let Cell {
            kind,
            encoding,
            container,
        } = planted.cell;
        let ([value], true) = (&planted.values[..], kind.typed().is_some()) else {
            return;
        };
        let subject = knowing(kind, value);
        self.refused.add(subject.is_none());
        let Some(subject) = subject else { return };
        let bytes = planted.request.to_bytes();
        let seen = subject.stream(NOWHERE, None, &bytes);
        let found = !seen.proven.is_empty();
        self.cells.entry(planted.cell).or_default().add(found);
        if !found && encoding.is_reachable_if_known() {
            self.missed.push(format!(
                "{} | {} | {} | {} | {value} | {:?}\n{}",
                kind.name(),
                encoding.name(),
                container.name(),
                planted.key,
                seen.alerts,
                String::from_utf8_lossy(&bytes).escape_debug()
            ));
            self.missed.truncate(EXAMPLES_MAX);
        }
        let other = another(kind, &planted.key, value, seed);
        if let Some(other) = knowing(kind, &other) {
            let seen = other.stream(NOWHERE, None, &bytes);
            self.others.add(!seen.proven.is_empty());
        }
    }

    pub(crate) fn merge(&mut self, part: Self) {
        self.cells.extend(part.cells);
        self.others.merge(part.others);
        self.refused.merge(part.refused);
        self.missed.extend(part.missed);
    }

    fn sum(&self, fits: impl Fn(&Cell) -> bool) -> Share {
        let fitting = self.cells.iter().filter(|(cell, _)| fits(cell));
        fitting.map(|(_, share)| *share).sum()
    }

    pub(crate) fn recall(&self) -> Share {
        self.sum(|cell| cell.encoding.is_reachable_if_known())
    }

    pub(crate) fn unreachable(&self) -> Share {
        self.sum(|cell| !cell.encoding.is_reachable_if_known())
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> Share {
        self.sum(|cell| cell.kind == kind && cell.encoding.is_reachable_if_known())
    }

    pub(crate) fn of_encoding(&self, encoding: Encoding) -> Share {
        self.sum(|cell| cell.encoding == encoding)
    }
}

/// A detector to which the user has typed in `value`; `None` where it is refused.
fn knowing(kind: Kind, value: &str) -> Option<Subject> {
    let key = IdentifierKey::new(&[0x6b; KEY_LEN]).expect("so many bytes");
    let mut config = Config::default();
    // What a user types in has the country code, and the plus that says so.
    let typed = match kind {
        Kind::Phone => format!("+{}", value.trim_start_matches('+')),
        _ => value.to_owned(),
    };
    config
        .known_identifiers
        .add(&key, kind.typed()?, &typed, None)
        .ok()?;
    config.unlock(key).expect("the key they were made with");
    Some(Subject::with(config))
}

/// Another value of the same kind.
fn another(kind: Kind, key: &str, value: &str, seed: u64) -> String {
    let mut chance = Chance::of(seed, value);
    loop {
        let other = invent(kind, key, &mut chance).remove(0);
        let same = |a: &str, b: &str| bare(a) == bare(b);
        if !same(&other, value) {
            return other;
        }
    }
}

fn bare(value: &str) -> String {
    let kept = value.chars().filter(|c| c.is_alphanumeric());
    kept.collect::<String>().to_lowercase()
}
