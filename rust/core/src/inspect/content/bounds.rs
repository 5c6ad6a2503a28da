//! How often the bounds of the decode chain were hit.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// How often each bound was hit, so that something may have gone unread. Counts of zero are not written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoundsHit {
    /// Wrappings that lay deeper than is opened.
    #[serde(skip_serializing_if = "is_zero")]
    pub depth: u32,
    /// Parts of the request that were longer than is read.
    #[serde(skip_serializing_if = "is_zero")]
    pub input: u32,
    /// Decodings that would have made more than may be made, and texts that rules were shown in part.
    #[serde(skip_serializing_if = "is_zero")]
    pub output: u32,
    /// Looks and layers that the budget of work, which stands for time, did not allow.
    #[serde(skip_serializing_if = "is_zero")]
    pub work: u32,
    /// Findings left out of a long list.
    #[serde(skip_serializing_if = "is_zero")]
    pub findings: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl BoundsHit {
    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for BoundsHit {
    fn add_assign(&mut self, more: Self) {
        self.depth = self.depth.saturating_add(more.depth);
        self.input = self.input.saturating_add(more.input);
        self.output = self.output.saturating_add(more.output);
        self.work = self.work.saturating_add(more.work);
        self.findings = self.findings.saturating_add(more.findings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_is_added_to_its_own() {
        let mut counts = BoundsHit::default();
        assert!(counts.is_empty());
        let more = BoundsHit {
            depth: 1,
            input: 2,
            output: 3,
            work: 4,
            findings: 5,
        };
        counts += more;
        assert_eq!(counts, more);
        counts += BoundsHit { work: 2, ..more };
        let BoundsHit {
            depth,
            input,
            output,
            work,
            findings,
        } = counts;
        assert_eq!((depth, input, output, work, findings), (2, 4, 6, 6, 10));
        assert!(!counts.is_empty());
        assert!(
            !BoundsHit {
                findings: 1,
                ..BoundsHit::default()
            }
            .is_empty()
        );
    }
}
