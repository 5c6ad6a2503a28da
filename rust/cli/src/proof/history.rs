//! Whether a history is as it was written, and when nobody wrote one.

use gasket_core::chain::{self, Fault, Kind, Link};

use crate::record::Stored;

/// What is wrong with it; nothing where it has no chain.
pub(super) fn faults(stored: &Stored) -> Vec<Fault> {
    let chain = stored.chain.as_deref();
    chain.map_or_else(Vec::new, |chain| {
        chain::check(&stored.log, chain, None).faults
    })
}

/// A time in which no run protected anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// When it began, in milliseconds since 1970: the end of the last run, or the last sign of one that was killed.
    pub(super) from_ms: u64,
    /// When the next run began; none where none did.
    pub(super) until_ms: Option<u64>,
    /// Whether the run was killed, so that it may have lived longer.
    pub(super) killed: bool,
}

/// The gaps between runs, and the one behind the last.
pub(super) fn gaps(links: &[Link]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut open: Vec<u64> = Vec::new();
    let mut last_sign = 0;
    for link in links {
        match link.kind {
            Kind::Start => {
                if open.is_empty()
                    && let Some(gap) = gaps.last_mut()
                {
                    gap.until_ms.get_or_insert(link.time_ms);
                }
                open.push(link.run);
            }
            Kind::Stop | Kind::Killed => {
                open.retain(|run| *run != link.run);
                if open.is_empty() {
                    let killed = link.kind == Kind::Killed;
                    let from_ms = if killed { last_sign } else { link.time_ms };
                    gaps.push(Gap {
                        from_ms,
                        until_ms: None,
                        killed,
                    });
                }
            }
            Kind::Begin | Kind::Config | Kind::Event | Kind::Found => {}
        }
        if !matches!(link.kind, Kind::Killed | Kind::Found) {
            last_sign = link.time_ms;
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_runs_there_are_gaps_and_none_within() {
        let link = |time_ms, run, kind| Link {
            before: String::new(),
            time_ms,
            run,
            kind,
            line: None,
            sha256: None,
        };
        let links = [
            link(1, 1, Kind::Start),
            link(2, 2, Kind::Start),
            link(3, 1, Kind::Stop),
            link(4, 2, Kind::Event),
            link(9, 2, Kind::Killed),
            link(10, 3, Kind::Start),
            link(11, 3, Kind::Stop),
        ];
        let gap = |from_ms, until_ms, killed| Gap {
            from_ms,
            until_ms,
            killed,
        };
        let expected = [gap(4, Some(10), true), gap(11, None, false)];
        assert_eq!(gaps(&links), expected);
        assert_eq!(gaps(&links[..4]), []);
    }
}
