//! Contacts that come at intervals: the times of the last ones, and what their intervals show.

use super::chance::{bar, memoryless, tail};
use super::evidence::Evidence;
use super::occasions;

/// Contacts that are kept.
pub(super) const KEPT: usize = 32;
/// Seconds without any connection before one counts as a contact of its own: a burst, or a storm of retries, is one.
pub(super) const QUIET_S: u32 = 30 * 60;

/// Intervals that are looked for, in hours.
const PERIODS_H: [u32; 15] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 96, 120, 168];
/// Tolerances that are tried, as parts of the interval; the tightest that is enough is told.
const TOLERANCES: [u32; 3] = [36, 12, 6];
/// Intervals, in hours, from which on they are told without anything else.
const DAYS_H: u32 = 20;

/// Questions asked about one pair.
pub(super) const TESTS: usize = PERIODS_H.len() * TOLERANCES.len();

/// The last contacts of a pair. Times are seconds since 1970; they end in 2106.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Contacts {
    pub(super) times: [u32; KEPT],
    /// Of each, whether nothing was missed since the one before.
    pub(super) whole: u32,
    /// How many are kept; the last is at `(next - 1) % KEPT`.
    pub(super) kept: u8,
    pub(super) next: u8,
    /// How many intervals there ever were.
    pub(super) intervals: u16,
}

impl Contacts {
    pub(super) fn last(&self) -> Option<u32> {
        self.back(0)
    }

    /// The contact `steps` before the last.
    fn back(&self, steps: usize) -> Option<u32> {
        self.times.get(self.place(steps)?).copied()
    }

    fn place(&self, steps: usize) -> Option<usize> {
        let is_kept = steps < usize::from(self.kept);
        is_kept.then(|| (usize::from(self.next) + 2 * KEPT - 1 - steps) % KEPT)
    }

    /// Adds a contact; `whole` says that the one before was seen and nothing was missed since.
    pub(super) fn add(&mut self, at_s: u32, whole: bool) {
        let place = usize::from(self.next) % KEPT;
        if let Some(slot) = self.times.get_mut(place) {
            *slot = at_s;
        }
        let whole = whole && self.kept > 0;
        self.whole = self.whole & !(1 << place) | u32::from(whole) << place;
        self.intervals = self.intervals.saturating_add(u16::from(whole));
        self.next = ((place + 1) % KEPT) as u8;
        self.kept = (self.kept + 1).min(KEPT as u8);
    }

    /// The intervals in which nothing was missed.
    fn intervals(&self) -> impl Iterator<Item = u32> {
        (0..KEPT).filter_map(|steps| {
            let place = self.place(steps)?;
            let length = self.back(steps)?.checked_sub(self.back(steps + 1)?)?;
            (self.whole >> place & 1 == 1).then_some(length)
        })
    }

    /// What the intervals show, if it is more than chance: of days first, of hours only where `suspect`.
    pub(super) fn evidence(&self, suspect: bool) -> Option<(usize, Evidence)> {
        let mut lengths = [0; KEPT];
        let mut of = 0;
        for (slot, length) in lengths.iter_mut().zip(self.intervals()) {
            *slot = length;
            of += 1;
        }
        let lengths = lengths.get(..of).filter(|lengths| lengths.len() >= 4)?;
        let bar = bar(self.intervals.into(), occasions::TESTS);
        for hours in PERIODS_H.into_iter().rev() {
            if hours < DAYS_H && !suspect {
                return None;
            }
            let period = hours * 3600;
            for jitter in TOLERANCES.map(|part| period / part) {
                let fits = |length: &&u32| length.abs_diff(period) <= jitter;
                let seen = lengths.iter().filter(fits).count();
                // After a contact QUIET_S pass before there can be another.
                let from = period.saturating_sub(jitter + QUIET_S);
                let to = period + jitter - QUIET_S;
                let p = memoryless(from.into(), to.into());
                if seen * 5 < of * 3 || tail(of as u32, seen as u32, p) > bar {
                    continue;
                }
                let (again, again_of) = self.again(2 * period, 2 * jitter);
                if again * 2 < again_of {
                    continue;
                }
                let evidence = Evidence::Period {
                    period_s: period,
                    jitter_s: jitter,
                    seen: seen as u32,
                    of: of as u32,
                    again,
                    again_of,
                };
                return Some((usize::from(hours >= DAYS_H), evidence));
            }
        }
        None
    }

    /// Of the contacts that could have another `lag` before them, how many have.
    fn again(&self, lag: u32, tolerance: u32) -> (u32, u32) {
        let Some(first) =
            (usize::from(self.kept).checked_sub(1)).and_then(|steps| self.back(steps))
        else {
            return (0, 0);
        };
        let times = || (0..KEPT).filter_map(|steps| self.back(steps));
        let could = times().filter(|time| time.saturating_sub(lag) >= first);
        could.fold((0, 0), |(again, of), time| {
            let has =
                times().any(|before| before <= time && (time - before).abs_diff(lag) <= tolerance);
            (again + u32::from(has), of + 1)
        })
    }
}
