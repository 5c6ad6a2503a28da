//! Looks for what is known in everything the decode chain opens.

use std::collections::BTreeMap;

use super::super::decode::{ARROW, Field, Reader, Stands, Trail};
use super::super::identify::masked;
use super::super::{Basis, Finding};
use super::scan::{Hit, scan};
use super::{Known, Wanted};

/// Confidence of a value that the user typed in, in percent.
const PROVEN: u8 = 100;

/// Collects what is known, each value once.
pub(in crate::inspect::content) struct Search<'k> {
    wanted: Option<&'k Wanted>,
    found: BTreeMap<u8, Found>,
}

struct Found {
    hit: Hit,
    path: String,
    /// Whether the path ends in the key of the value.
    keyed: bool,
}

impl Found {
    /// In clear says more than hashed, and a key more than none.
    fn rank(&self) -> (bool, bool) {
        (self.hit.digest.is_none(), self.keyed)
    }
}

impl<'k> Search<'k> {
    pub(in crate::inspect::content) fn new(known: &'k Known) -> Self {
        Self {
            wanted: known.0.as_deref(),
            found: BTreeMap::new(),
        }
    }

    fn look(&mut self, trail: &Trail<'_>, text: &str) {
        let Some(wanted) = self.wanted else { return };
        let found = &mut self.found;
        scan(text.as_bytes(), wanted, &mut |hit| {
            let value = hit.value;
            let new = Found {
                path: trail.text(),
                keyed: !trail.keys.is_empty(),
                hit,
            };
            match found.get_mut(&value) {
                Some(old) if old.rank() >= new.rank() => {}
                Some(old) => *old = new,
                None => {
                    found.insert(value, new);
                }
            }
        });
    }

    pub(in crate::inspect::content) fn finish(self) -> Vec<Finding> {
        let kinds = self.wanted.map_or(&[][..], |wanted| &wanted.kinds);
        let findings = self.found.into_iter().filter_map(|(value, found)| {
            let mut path = found.path;
            for step in [found.hit.wrapped, found.hit.digest].into_iter().flatten() {
                if !path.is_empty() {
                    path.push_str(ARROW);
                }
                path.push_str(step);
            }
            Some(Finding {
                kind: *kinds.get(usize::from(value))?,
                masked: masked(&found.hit.found),
                path,
                confidence: PROVEN,
                basis: Basis::Typed,
            })
        });
        findings.collect()
    }
}

impl Reader for Search<'_> {
    fn text(&mut self, trail: &Trail<'_>, text: &str) {
        self.look(trail, text);
    }

    /// Typed values may have separators in them, which those of a form have around them as well.
    fn whole(&mut self, trail: &Trail<'_>, text: &str) {
        self.look(trail, text);
    }

    fn field(&mut self, trail: &Trail<'_>, _key: &str, value: &str, stands: Stands) {
        // Where the text around it has none, it has none; else its key is the better path.
        let was_looked_at = matches!(stands, Stands::InText | Stands::InWhole);
        if !was_looked_at || !self.found.is_empty() {
            self.look(trail, value);
        }
    }

    fn group(&mut self, _trail: &Trail<'_>, _fields: &[Field<'_>]) {}
}
