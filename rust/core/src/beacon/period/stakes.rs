//! Stakes on contacts: when the next one is due after another, what is laid on it, and what that becomes.

use super::super::boots::Boots;
use super::super::chance::{memoryless, memoryless_after};
use super::super::charging::Charging;
use super::super::pauses::{LATE_S, Pauses};
use super::QUIET_S;

/// An interval and its tolerance, in minutes.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) period: u32,
    pub(super) jitter: u32,
    /// Where it begins anew when the phone is switched on, as an alarm does that is not kept: when that was.
    pub(super) boots: Option<&'a Boots>,
    /// Where contacts come while the phone is charged: when it was.
    pub(super) charging: Option<&'a Charging>,
}

/// What is laid on a contact that comes when it is due, by how many others came before it; on one that comes when the next is, or the one
/// after that, because those between were lost; and on anything else. 1 together.
const AS_LONG: [f64; 3] = [0.67, 0.045, 0.025];
const LOST: [f64; 2] = [0.14, 0.04];
pub(super) const OTHER: f64 = 0.08;
/// Of [`OTHER`], what is laid on a contact that comes earlier after one that waited for a pause to end: as if it had not waited.
const EARLY: f64 = 0.05;
/// For so many minutes, at least.
const WAIT_MIN: u32 = 60;

/// From this part of the interval on a tolerance is so wide that what comes at any time while the phone is charged, hence each night, often fits.
const CHARGED_PART: u32 = 12;

/// What a stake becomes at most.
pub(super) struct Most {
    /// By how many others came before.
    pub(super) fits: [f64; AS_LONG.len()],
    pub(super) lost: f64,
    pub(super) early: f64,
}

/// What becomes of a stake that is laid on a contact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bet {
    /// How many contacts later it is settled.
    pub(super) contacts: usize,
    /// What it becomes: 1 on average, at most, for what comes without memory.
    pub(super) gain: f64,
    pub(super) end: End,
}

/// How a bet ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It was none: what could have been was not to be seen.
    Void,
    /// A contact came when it was due.
    Fits {
        /// A pause made it so late.
        is_late: bool,
        /// And may have made any as late that is due at its time of day: it is as long as the tolerance is wide.
        is_long: bool,
    },
    /// It was lost.
    Lost,
    /// Something else came.
    Other,
}

/// When a contact is due, in minutes since 1970.
struct Due {
    from: u32,
    to: u32,
    is_paused: bool,
}

impl Question<'_> {
    /// An interval of so many hours, give or take this part of it.
    pub(super) fn of(hours: u32, part: u32) -> Self {
        Self {
            period: hours * 60,
            jitter: hours * 60 / part,
            boots: None,
            charging: None,
        }
    }

    /// What a stake becomes at most, where there was no pause. A pause makes it less. `None` where nothing counts.
    pub(super) fn most(&self) -> Option<Most> {
        let likely = |times: u32, others: usize| {
            let quiet = QUIET_MIN * (others as u32 + 1);
            let (period, jitter) = (times * self.period, times * self.jitter + 1);
            let from = period.checked_sub(jitter + quiet)?;
            let to = period + jitter - quiet;
            Some(memoryless_after(others, from.into(), to.into()))
        };
        if likely(1, 0)? >= 1.0 {
            return None;
        }
        let mut fits = AS_LONG;
        for (others, gain) in fits.iter_mut().enumerate() {
            *gain /= likely(1, others).unwrap_or(1.0);
        }
        let lost = (2..).zip(LOST);
        let lost = lost.map(|(times, laid)| laid / likely(times, 0).unwrap_or(1.0));
        Some(Most {
            fits,
            lost: lost.fold(1.0, f64::max),
            // The width of it is at least an hour of less than the period, and not half of that: a third of the ratio, about.
            early: EARLY * f64::from(self.period) / f64::from(WAIT_MIN) * 3.0,
        })
    }

    /// The same of one that comes so long after, where the interval began anew meanwhile: the later it is, the less likely.
    pub(super) fn most_anew(&self, length: u32) -> f64 {
        let from = length.saturating_sub(QUIET_MIN);
        let [laid, ..] = AS_LONG;
        laid / memoryless(from.into(), (from + 2 * self.jitter + 2).into())
    }

    /// When the phone was charged, where what waits for that may come so often that it fits: a narrow tolerance says enough.
    fn while_charged(&self) -> Option<&Charging> {
        self.charging
            .filter(|_| self.jitter * CHARGED_PART >= self.period)
    }

    /// When one is due after one at `began`, so many intervals later.
    fn due(&self, began: u32, times: u32, pauses: &Pauses) -> Due {
        let (mut from, mut to) = (began, began);
        for _ in 0..times {
            let next = |from: u32| from + self.period - self.jitter;
            while let Some(boot) = self.boots.and_then(|it| it.first_between(from, next(from))) {
                (from, to) = (boot, boot);
            }
            (from, to) = (next(from), to + self.period + self.jitter);
        }
        // They are rounded to minutes.
        let (from, to) = (from - 1, to + 1);
        let mut due = Due {
            from,
            to,
            is_paused: false,
        };
        for pause in pauses.touching(from * 60, to * 60) {
            due.from = due.from.min(pause.from / 60);
            due.to = due.to.max((pause.to + LATE_S) / 60 + 1);
            due.is_paused = true;
        }
        due
    }

    /// When the next one is due before `due`, where the one at `began` had waited since a pause began, at most.
    fn early(&self, began: u32, due: &Due, pauses: &Pauses) -> Option<Due> {
        let waited = pauses.touching(began * 60, began * 60).last()?;
        if self.boots.is_some() {
            return None;
        }
        let from = waited.from / 60;
        let early = Due {
            from: from + self.period - self.jitter - 1,
            to: due.from,
            is_paused: false,
        };
        (early.from + WAIT_MIN <= early.to).then_some(early)
    }

    /// What becomes of a stake on the first of some contacts; `None` where that is not yet known.
    pub(super) fn bet(&self, moments: &[u32], pauses: &Pauses) -> Option<Bet> {
        let (began, rest) = moments.split_first()?;
        let bet = |contacts, gain, end| Bet {
            contacts,
            gain,
            end,
        };
        let charging = self.while_charged();
        let likely = |due: &Due, others| due.likely(*began, others, pauses, charging);
        let due = self.due(*began, 1, pauses);
        if likely(&due, 0) >= 1.0 {
            return (!rest.is_empty()).then_some(bet(1, 1.0, End::Void));
        }
        let early = self.early(*began, &due, pauses);
        let other = if early.is_some() {
            OTHER - EARLY
        } else {
            OTHER
        };
        if let (Some(early), Some(at)) = (early, rest.first())
            && (early.from..early.to).contains(at)
        {
            let gain = EARLY / likely(&early, 0);
            let end = End::Fits {
                is_late: false,
                is_long: false,
            };
            return Some(bet(1, gain, end));
        }
        let others = rest.iter().take_while(|at| **at < due.from).count();
        let Some(laid) = AS_LONG.get(others) else {
            return Some(bet(AS_LONG.len(), other, End::Other));
        };
        let at = *rest.get(others)?;
        if at <= due.to {
            let waited = pauses.touching(at * 60, at * 60).last();
            let waited = waited.filter(|_| due.is_paused);
            let is_late = waited.is_some();
            let is_long = waited.is_some_and(|pause| pause.to - pause.from >= 120 * self.jitter);
            let gain = laid / likely(&due, others);
            return Some(bet(others + 1, gain, End::Fits { is_late, is_long }));
        }
        let lost = (2..).zip(LOST).filter(|_| others == 0);
        let lost = lost.map(|(times, laid)| (self.due(*began, times, pauses), laid));
        let mut lost = lost.filter(|(due, _)| (due.from..=due.to).contains(&at));
        Some(match lost.next() {
            Some((due, laid)) => bet(1, laid / likely(&due, 0), End::Lost),
            None => bet(others + 1, other, End::Other),
        })
    }
}

impl Due {
    /// How likely what comes without memory is to do so after so many others since `began`, at most.
    fn likely(
        &self,
        began: u32,
        others: usize,
        pauses: &Pauses,
        charging: Option<&Charging>,
    ) -> f64 {
        // After a contact some minutes pass before there can be another. What comes without memory may do so by
        // the clock, or stand still in pauses.
        let quiet = began + QUIET_MIN * (others as u32 + 1);
        if self.from <= quiet {
            return 1.0;
        }
        let (a, b) = (self.from - quiet, self.to - quiet);
        let off = |to: u32| pauses.within(began * 60, to * 60).div_ceil(60);
        let by_clock = memoryless_after(others, a.into(), b.into());
        let while_on = memoryless_after(
            others,
            a.saturating_sub(off(self.from)).into(),
            b.saturating_sub(off(self.to)).into(),
        );
        // Or only goes on while the phone is charged, as a job that waits for that.
        let while_charged = charging.map_or(0.0, |charging| {
            let charged = |to: u32| charging.within(quiet * 60, to * 60);
            let (a, b) = (charged(self.from) / 60, charged(self.to).div_ceil(60));
            memoryless_after(others, a.into(), b.into())
        });
        by_clock.max(while_on).max(while_charged)
    }
}

/// [`QUIET_S`] in minutes.
const QUIET_MIN: u32 = QUIET_S / 60;
