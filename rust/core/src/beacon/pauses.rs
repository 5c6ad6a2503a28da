//! When nothing could speak: the phone was off, had no network, or nobody watched.

use std::collections::VecDeque;

/// Pauses that are remembered: of a month, one a night and one a day.
pub(super) const PAUSES_MAX: usize = 64;
/// What fell due in a pause is spoken within so many seconds after it.
pub(super) const LATE_S: u32 = 10 * 60;

/// A stretch of time, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// The last pauses, the earliest first, apart from one another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pauses(pub(super) VecDeque<Pause>);

impl Pauses {
    /// Adds one that ends after all others.
    pub(super) fn add(&mut self, mut pause: Pause) {
        while let Some(last) = self.0.back()
            && last.to >= pause.from
        {
            pause.from = pause.from.min(last.from);
            self.0.pop_back();
        }
        if self.0.len() == PAUSES_MAX {
            self.0.pop_front();
        }
        self.0.push_back(pause);
    }

    /// Those that touch a stretch, what is late after them included.
    pub(super) fn touching(&self, from: u32, to: u32) -> impl Iterator<Item = &Pause> {
        let first = self.0.partition_point(|pause| pause.to + LATE_S < from);
        let rest = self.0.range(first..);
        rest.take_while(move |pause| pause.from <= to)
    }

    /// Seconds of a stretch that were pauses.
    pub(super) fn within(&self, from: u32, to: u32) -> u32 {
        let each = self.touching(from, to).map(|pause| {
            let (from, to) = (pause.from.max(from), pause.to.min(to));
            to.saturating_sub(from)
        });
        each.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_that_meet_are_one_and_the_oldest_goes() {
        let mut pauses = Pauses::default();
        let pause = |from, to| Pause { from, to };
        pauses.add(pause(1000, 2000));
        pauses.add(pause(1900, 2500));
        pauses.add(pause(9000, 9100));
        assert_eq!(pauses.0, [pause(1000, 2500), pause(9000, 9100)]);
        assert_eq!(pauses.within(0, 9050), 1550);
        assert_eq!(pauses.within(2400, 2600), 100);
        assert_eq!(pauses.touching(3000, 4000).next(), Some(&pause(1000, 2500)));
        assert_eq!(pauses.touching(3200, 8000).next(), None);
        let late = |at: u32| pauses.touching(at, at).next().is_some();
        assert!(late(9100 + LATE_S) && !late(8999));
        for n in 1..100 {
            pauses.add(pause(n * 10_000, n * 10_000 + 60));
        }
        assert_eq!(pauses.0.len(), PAUSES_MAX);
    }
}
