//! Contacts that come at intervals: how long it was between the last ones, and what that shows.

use super::chance::{bar, memoryless, tail};
use super::evidence::Evidence;
use super::occasions;

/// Contacts that are kept.
pub(super) const KEPT: usize = 64;
/// Seconds without any connection before one counts as a contact of its own: a burst, or a storm of retries, is one.
pub(super) const QUIET_S: u32 = 30 * 60;

/// Intervals that are looked for, in hours.
const PERIODS_H: [u32; 15] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 96, 120, 168];
/// Tolerances that are tried, as parts of the interval; the tightest that is enough is told.
const TOLERANCES: [u32; 3] = [36, 12, 6];
/// Intervals, in hours, from which on they are told without anything else.
const DAYS_H: u32 = 20;
/// Intervals that there must be.
const INTERVALS_MIN: usize = 4;
/// Which contacts are looked at: all, if most came while nobody used the phone, and those alone.
const SERIES: [bool; 2] = [false, true];

/// Questions asked about one pair.
pub(super) const TESTS: usize = PERIODS_H.len() * TOLERANCES.len() * SERIES.len();

/// The last contacts of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contacts {
    /// Of each, the minutes since the one before; 0 where something may have been missed in between.
    pub(super) gaps: [u16; KEPT],
    /// Of each, whether somebody used the phone.
    pub(super) attended: u64,
    /// When the last one was, in seconds since 1970.
    pub(super) last: u32,
    /// How many are kept; the last is at `(next - 1) % KEPT`.
    pub(super) kept: u8,
    pub(super) next: u8,
    /// How many intervals there ever were.
    pub(super) intervals: u16,
}

impl Default for Contacts {
    fn default() -> Self {
        Self {
            gaps: [0; KEPT],
            attended: 0,
            last: 0,
            kept: 0,
            next: 0,
            intervals: 0,
        }
    }
}

impl Contacts {
    /// Adds a contact. `since` is when something was missed last.
    pub(super) fn add(&mut self, at_s: u32, is_attended: bool, since: u32) {
        let is_whole = self.kept > 0 && since <= self.last && self.last < at_s;
        let minutes = (at_s.saturating_sub(self.last) + 30) / 60;
        let gap = if is_whole {
            u16::try_from(minutes).unwrap_or(0)
        } else {
            0
        };
        let place = usize::from(self.next) % KEPT;
        if let Some(slot) = self.gaps.get_mut(place) {
            *slot = gap;
        }
        self.attended = self.attended & !(1 << place) | u64::from(is_attended) << place;
        self.intervals = self.intervals.saturating_add(u16::from(gap > 0));
        self.last = at_s;
        self.next = ((place + 1) % KEPT) as u8;
        self.kept = (self.kept + 1).min(KEPT as u8);
    }

    /// What the intervals show, if it is more than chance: of days first, of hours only where `is_suspect`.
    pub(super) fn evidence(&self, is_suspect: bool) -> Option<(usize, Evidence)> {
        if usize::from(self.kept) <= INTERVALS_MIN {
            return None;
        }
        let series =
            SERIES.map(|alone| (alone || self.is_mostly_alone()).then(|| Series::of(self, alone)));
        let bar = bar(self.intervals.into(), occasions::TESTS);
        for hours in PERIODS_H.into_iter().rev() {
            if hours < DAYS_H && !is_suspect {
                return None;
            }
            for part in TOLERANCES {
                for series in series.iter().flatten() {
                    let evidence = series.evidence(hours * 60, hours * 60 / part, bar);
                    if let Some(evidence) = evidence {
                        return Some((usize::from(hours >= DAYS_H), evidence));
                    }
                }
            }
        }
        None
    }

    fn is_mostly_alone(&self) -> bool {
        2 * self.attended.count_ones() <= u32::from(self.kept)
    }
}

/// Minutes between contacts, the latest first; 0 where something may have been missed.
struct Series {
    gaps: [u32; KEPT],
    len: usize,
}

impl Series {
    /// The contacts, or those `alone` that came while nobody used the phone.
    fn of(contacts: &Contacts, alone: bool) -> Self {
        let mut series = Self {
            gaps: [0; KEPT],
            len: 0,
        };
        let mut gap = None;
        for step in 1..=usize::from(contacts.kept) {
            let place = (usize::from(contacts.next) + 2 * KEPT - step) % KEPT;
            let before = u32::from(contacts.gaps.get(place).copied().unwrap_or(0));
            if alone && contacts.attended >> place & 1 == 1 {
                // Passed over: its gap belongs to the one after it.
                gap = gap.map(|gap| {
                    if before > 0 && gap > 0 {
                        gap + before
                    } else {
                        0
                    }
                });
            } else {
                series.push(gap);
                gap = Some(before);
            }
        }
        series
    }

    fn push(&mut self, gap: Option<u32>) {
        if let (Some(gap), Some(slot)) = (gap, self.gaps.get_mut(self.len)) {
            *slot = gap;
            self.len += 1;
        }
    }

    fn gaps(&self) -> &[u32] {
        self.gaps.get(..self.len).unwrap_or_default()
    }

    /// Whether enough intervals are of a length, all in minutes.
    fn evidence(&self, period: u32, jitter: u32, bar: f64) -> Option<Evidence> {
        let lengths = || self.gaps().iter().filter(|gap| **gap > 0);
        let of = lengths().count();
        // They are rounded to minutes.
        let seen = lengths()
            .filter(|gap| gap.abs_diff(period) <= jitter + 1)
            .count();
        if of < INTERVALS_MIN || seen * 5 < of * 3 {
            return None;
        }
        // After a contact some minutes pass before there can be another.
        let from = period - jitter - 2 - QUIET_S / 60;
        let to = period + jitter + 2 - QUIET_S / 60;
        let p = memoryless(from.into(), to.into());
        if tail(of as u32, seen as u32, p) > bar {
            return None;
        }
        let (again, again_of) = self.again(2 * period, 2 * jitter + 1);
        (2 * again >= again_of).then_some(Evidence::Period {
            period_s: period * 60,
            jitter_s: jitter * 60,
            seen: seen as u32,
            of: of as u32,
            again,
            again_of,
        })
    }

    /// Of the contacts before which nothing was missed for that long, how many have another `lag` before
    /// them. Minutes.
    fn again(&self, lag: u32, tolerance: u32) -> (u32, u32) {
        let (mut again, mut of) = (0, 0);
        for from in 0..self.len {
            let mut age = 0;
            for gap in self.gaps().iter().skip(from) {
                age += gap;
                if *gap == 0 {
                    break;
                }
                if age + tolerance >= lag {
                    of += 1;
                    again += u32::from(age <= lag + tolerance);
                    break;
                }
            }
        }
        (again, of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_S: u32 = 3600;

    fn after(gaps_h: &[u32], attended: impl Fn(usize) -> bool) -> Contacts {
        let mut contacts = Contacts::default();
        let mut at = 1_798_761_600;
        contacts.add(at, false, 0);
        for (n, gap) in gaps_h.iter().enumerate() {
            at += gap * HOUR_S;
            contacts.add(at, attended(n), 0);
        }
        contacts
    }

    fn shown(contacts: &Contacts) -> Option<(u32, u32, u32)> {
        match contacts.evidence(false)?.1 {
            Evidence::Period {
                period_s, seen, of, ..
            } => Some((period_s / HOUR_S, seen, of)),
            Evidence::Event { .. } => None,
        }
    }

    #[test]
    fn days_and_three_days_with_jitter() {
        let day = [22, 26, 25, 23, 24, 22, 26, 23];
        assert_eq!(shown(&after(&day[..7], |_| false)), None);
        assert_eq!(shown(&after(&day, |_| false)), Some((24, 8, 8)));
        assert_eq!(
            shown(&after(&[72, 70, 74, 73, 71], |_| false)),
            Some((72, 5, 5))
        );
    }

    #[test]
    fn the_users_own_habit_is_none() {
        let day = [24; 40];
        assert_eq!(shown(&after(&day, |_| true)), None);
        assert_eq!(shown(&after(&day, |n| n % 4 == 0)), Some((24, 40, 40)));
    }

    #[test]
    fn what_the_user_does_between_is_passed_over() {
        let day = [10, 14].repeat(10);
        assert_eq!(shown(&after(&day, |n| n % 2 == 0)), Some((24, 10, 10)));
        assert_eq!(shown(&after(&day, |_| false)), None);
    }

    #[test]
    fn hours_need_something_else() {
        let hours = after(&[6; 12], |_| false);
        assert_eq!(shown(&hours), None);
        assert!(matches!(
            hours.evidence(true),
            Some((
                0,
                Evidence::Period {
                    period_s: 21_600,
                    seen: 12,
                    ..
                }
            ))
        ));
    }

    #[test]
    fn an_interval_in_which_something_was_missed_does_not_count() {
        let mut contacts = after(&[24; 5], |_| false);
        let seen = contacts.intervals;
        contacts.add(contacts.last + 48 * HOUR_S, false, contacts.last + HOUR_S);
        assert_eq!(contacts.intervals, seen);
        for _ in 0..3 {
            contacts.add(contacts.last + 24 * HOUR_S, false, 0);
        }
        assert_eq!(shown(&contacts), Some((24, 8, 8)));
    }

    #[test]
    fn what_comes_without_memory_is_none() {
        // Deciles of an exponential distribution with a mean of a day.
        let gaps = [1, 4, 7, 10, 14, 19, 25, 33, 45, 72].repeat(6);
        assert_eq!(shown(&after(&gaps, |_| false)), None);
    }
}
