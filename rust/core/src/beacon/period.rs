//! Contacts that come at intervals: how long it was between the last ones, and what that shows.

use super::chance::{FIRST_LOOK, memoryless, part, stake};
use super::evidence::Evidence;
use super::occasions;
use super::pauses::{LATE_S, Pauses};

/// Contacts that are kept in each of the two series: a month of daily ones.
pub(super) const KEPT: usize = 30;
/// Seconds without any connection before one counts as a contact of its own: a burst, or a storm of retries, is one.
pub(super) const QUIET_S: u32 = 30 * 60;
/// Seconds without any before one counts while nobody uses the phone: what the user began goes on for a while.
pub(super) const REST_S: u32 = 5 * 60;

/// Intervals that are looked for, in hours, and the shares of the bound on chance for each question about one. A month has ten
/// contacts of three days, so that these need most.
const PERIODS_H: [(u32, usize); 11] = [
    (168, 1),
    (72, 7),
    (48, 1),
    (24, 4),
    (12, 1),
    (8, 1),
    (6, 1),
    (4, 1),
    (3, 1),
    (2, 1),
    (1, 1),
];
/// Tolerances that are tried, as parts of the interval; the tightest that is enough is told.
const TOLERANCES: [u32; 4] = [36, 18, 12, 6];
/// Intervals, in hours, that beacons are known to have had: the others are only looked for among contacts of any size, with the wider
/// tolerances.
const KNOWN_H: [u32; 2] = [24, 72];
/// How many tolerances are wider.
const WIDE: usize = 2;
/// Choices of contacts: see [`Choice`].
const CHOICES: usize = 3;
/// Intervals, in hours, that are days.
const DAYS_H: u32 = 20;
/// Intervals that there must be.
const INTERVALS_MIN: usize = FIRST_LOOK as usize;

/// Shares of the bound on chance that the questions here have.
pub(super) const SHARES: usize = {
    let (mut at, mut sum) = (0, 0);
    while at < PERIODS_H.len() {
        let (hours, shares) = PERIODS_H[at];
        sum += match is_known(hours) {
            true => shares * TOLERANCES.len() * CHOICES,
            false => shares * WIDE,
        };
        at += 1;
    }
    sum
};

/// Which contacts of a series are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// All, of whatever size.
    Any,
    /// All, of one size.
    Alike,
    /// Those of one size without some.
    But {
        /// Which are left out: a bit for each place.
        but: u32,
        /// How many of the others there ever were.
        looks: u16,
    },
}

/// The last contacts of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Series {
    /// Of each, the minutes since the one before; 0 where that is not known.
    pub(super) gaps: [u16; KEPT],
    /// When the last one was, in minutes since 1970.
    pub(super) last: u32,
    /// How many are kept; the last is at `(next - 1) % KEPT`.
    pub(super) kept: u8,
    pub(super) next: u8,
    /// How many intervals there ever were.
    pub(super) intervals: u16,
    /// Of the places of `gaps`: which contacts came with a rare event, which may be why.
    pub(super) marked: u32,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            gaps: [0; KEPT],
            last: 0,
            kept: 0,
            next: 0,
            intervals: 0,
            marked: 0,
        }
    }
}

/// What the intervals of a pair show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// 0 for hours, 1 for days.
    pub(super) scale: usize,
    pub(super) evidence: Evidence,
    /// Whether most of the contacts came with a rare event, or as the phone was on again, so that they say as much about
    /// that.
    pub(super) is_marked: bool,
}

impl Series {
    /// Adds a contact, which came with a rare event or not; its place. `since` is from when on times can be compared, both in
    /// seconds.
    pub(super) fn add(&mut self, at_s: u32, since: u32, is_marked: bool) -> usize {
        let at = at_s / 60;
        let is_whole = self.kept > 0 && since <= self.last * 60 + 59 && self.last < at;
        let minutes = if is_whole { at - self.last } else { 0 };
        let gap = u16::try_from(minutes).unwrap_or(0);
        let place = usize::from(self.next) % KEPT;
        if let Some(slot) = self.gaps.get_mut(place) {
            *slot = gap;
        }
        self.marked = self.marked & !(1 << place) | u32::from(is_marked) << place;
        self.intervals = self.intervals.saturating_add(u16::from(gap > 0));
        self.last = at;
        self.next = ((place + 1) % KEPT) as u8;
        self.kept = (self.kept + 1).min(KEPT as u8);
        place
    }

    /// Forgets the contacts, but not how often was looked.
    pub(super) fn begin_anew(&mut self) {
        *self = Self {
            intervals: self.intervals,
            ..Self::default()
        };
    }

    /// What the intervals show, if it is more than chance.
    pub(super) fn shown(&self, choice: Choice, pauses: &Pauses) -> Option<Shown> {
        let (but, intervals) = match choice {
            Choice::Any | Choice::Alike => (0, self.intervals.into()),
            Choice::But { but, looks } => (but, u32::from(looks.saturating_sub(1))),
        };
        let latest = (usize::from(self.next) + KEPT - 1) % KEPT;
        // A contact that is left out is no look.
        if usize::from(self.kept) <= INTERVALS_MIN || but >> latest & 1 == 1 {
            return None;
        }
        let gaps = Gaps::of(self, but);
        let late = gaps.late(pauses);
        let is_asked = |(hours, _): &(u32, usize)| choice == Choice::Any || is_known(*hours);
        let mut periods = PERIODS_H.into_iter().filter(is_asked);
        periods.find_map(|(hours, shares)| {
            let wanted = 1.0 / part(occasions::SHARES, shares);
            let questions = tolerances(hours).map(|part| Question::of(hours, part));
            let mut worthwhile = questions.filter(|question| gaps.may_show(question, wanted, late));
            let shown =
                worthwhile.find_map(|question| gaps.shown(&question, wanted, intervals, pauses));
            let (evidence, is_marked) = shown?;
            Some(Shown {
                scale: usize::from(hours >= DAYS_H),
                evidence,
                is_marked,
            })
        })
    }
}

/// The tolerances that are tried for an interval of so many hours.
fn tolerances(hours: u32) -> impl Iterator<Item = u32> {
    let narrow = match is_known(hours) {
        true => 0,
        false => TOLERANCES.len() - WIDE,
    };
    TOLERANCES.into_iter().skip(narrow)
}

const fn is_known(hours: u32) -> bool {
    let [day, days] = KNOWN_H;
    hours == day || hours == days
}

/// An interval and its tolerance, in minutes.
struct Question {
    period: u32,
    jitter: u32,
}

/// What is laid on an interval that is as long as asked, on one twice as long, between which a contact was lost, and on any other: 1
/// together.
const AS_LONG: f64 = 0.7;
const TWICE: f64 = 0.15;
const OTHER: f64 = 1.0 - AS_LONG - TWICE;

/// What becomes of one interval.
enum Answer {
    /// It says nothing: what could have been was not to be seen.
    Open,
    /// It counts.
    Counts {
        /// What a stake on it becomes: 1 on average, at most, for what comes without memory.
        gain: f64,
        length: Length,
    },
}

/// How long an interval is.
#[derive(PartialEq, Eq)]
enum Length {
    /// As asked; and whether a pause made it so long.
    Fits {
        is_late: bool,
    },
    Twice,
    Other,
}

/// When a contact is due, in minutes since 1970, and how likely one is then by chance, at most.
struct Due {
    from: u32,
    to: u32,
    p: f64,
    is_paused: bool,
}

impl Question {
    /// An interval of so many hours, give or take this part of it.
    fn of(hours: u32, part: u32) -> Self {
        Self {
            period: hours * 60,
            jitter: hours * 60 / part,
        }
    }

    /// What a stake becomes at most with an interval as long, or `times` as long, where there was no pause. A pause makes it less. `None` where
    /// nothing counts.
    fn most(&self, times: u32) -> Option<f64> {
        let (period, jitter) = (times * self.period, times * self.jitter);
        let from = period.checked_sub(jitter + 1 + QUIET_MIN)?;
        let to = period + jitter + 1 - QUIET_MIN;
        let p = memoryless(from.into(), to.into());
        let laid = if times == 1 { AS_LONG } else { TWICE };
        (p < 1.0).then_some(laid / p)
    }

    /// When one is due after one at `began`, so many intervals later. `None` where that is no bound.
    fn due(&self, began: u32, times: u32, pauses: &Pauses) -> Option<Due> {
        // They are rounded to minutes.
        let from = began + times * (self.period - self.jitter) - 1;
        let to = began + times * (self.period + self.jitter) + 1;
        let mut due = Due {
            from,
            to,
            p: 1.0,
            is_paused: false,
        };
        for pause in pauses.touching(from * 60, to * 60) {
            due.from = due.from.min(pause.from / 60);
            due.to = due.to.max((pause.to + LATE_S) / 60 + 1);
            due.is_paused = true;
        }
        // After a contact some minutes pass before there can be another. What comes without memory may do so by
        // the clock, or stand still in pauses.
        let a = due.from.checked_sub(began + QUIET_MIN + 1)? + 1;
        let b = due.to - began - QUIET_MIN;
        let off = |to: u32| pauses.within(began * 60, to * 60).div_ceil(60);
        let by_clock = memoryless(a.into(), b.into());
        let while_on = memoryless(
            a.saturating_sub(off(due.from)).into(),
            b.saturating_sub(off(due.to)).into(),
        );
        due.p = by_clock.max(while_on);
        (due.p < 1.0).then_some(due)
    }

    /// An interval from `began` on, `gap` long, in minutes.
    fn answer(&self, began: u32, gap: u32, pauses: &Pauses) -> Answer {
        let Some(due) = self.due(began, 1, pauses) else {
            return Answer::Open;
        };
        let ended = began + gap;
        if (due.from..=due.to).contains(&ended) {
            let is_late = due.is_paused && pauses.is_late(ended * 60);
            return Answer::Counts {
                gain: AS_LONG / due.p,
                length: Length::Fits { is_late },
            };
        }
        match self.due(began, 2, pauses) {
            Some(due) if (due.from..=due.to).contains(&ended) => Answer::Counts {
                gain: TWICE / due.p,
                length: Length::Twice,
            },
            _ => Answer::Counts {
                gain: OTHER,
                length: Length::Other,
            },
        }
    }
}

/// [`QUIET_S`] in minutes.
const QUIET_MIN: u32 = QUIET_S / 60;

/// Minutes between contacts, the latest first, as far back as they are known.
struct Gaps {
    gaps: [u32; KEPT],
    len: usize,
    /// Which of them end with a contact that is marked.
    marked: u32,
    /// When the last contact was.
    last: u32,
}

impl Gaps {
    /// Those of a series without some of its contacts: a bit for each place.
    fn of(series: &Series, but: u32) -> Self {
        let mut all = Self {
            gaps: [0; KEPT],
            len: 0,
            marked: 0,
            last: series.last,
        };
        // The place of the contact before in time order, the one after which nothing is left out.
        let mut after = None;
        let mut gap = 0;
        for step in 1..=usize::from(series.kept) {
            let place = (usize::from(series.next) + 2 * KEPT - step) % KEPT;
            if but >> place & 1 == 0 {
                match (after.replace(place), all.gaps.get_mut(all.len)) {
                    (Some(after), Some(slot)) => {
                        *slot = gap;
                        all.marked |= (series.marked >> after & 1) << all.len;
                        all.len += 1;
                    }
                    _ => all.last = series.last - gap.min(series.last),
                }
                gap = 0;
            }
            match series.gaps.get(place).copied() {
                Some(before @ 1..) => gap += u32::from(before),
                _ => break,
            }
        }
        all
    }

    fn lengths(&self) -> impl Iterator<Item = u32> {
        self.gaps.iter().copied().take(self.len)
    }

    /// Which of them a pause may have made longer: they ended in one or soon after it.
    fn late(&self, pauses: &Pauses) -> u32 {
        let (mut late, mut ended) = (0, self.last);
        for (at, gap) in self.lengths().enumerate() {
            let mut near = pauses.touching(ended.saturating_sub(1) * 60, (ended + 1) * 60);
            late |= u32::from(near.next().is_some()) << at;
            ended = ended.saturating_sub(gap);
        }
        late
    }

    /// The first look: `false` where [`Gaps::shown`] has nothing, even if all that may fit does and all else is open. Nearly
    /// all questions end here.
    fn may_show(&self, asked: &Question, wanted: f64, late: u32) -> bool {
        let Some(most) = asked.most(1) else {
            return false;
        };
        let twice = asked.most(2).unwrap_or(1.0).max(1.0);
        let gains = self.lengths().enumerate().map(|(at, gap)| {
            if late >> at & 1 == 1 || gap.abs_diff(asked.period) <= asked.jitter + 1 {
                most.max(twice)
            } else if gap.abs_diff(2 * asked.period) <= 2 * asked.jitter + 1 {
                twice
            } else {
                1.0
            }
        });
        // Slack for what was rounded.
        gains.product::<f64>() * 1.000_001 >= wanted
    }

    /// Whether enough intervals are as long, and whether most of them by a pause or an event. `intervals`: how many there ever
    /// were.
    ///
    /// A test martingale: whoever lays a stake on what comes without memory wins nothing on average, so that by Ville's inequality the
    /// probability that the stake, split over all intervals from which on it may begin, ever becomes `wanted` is at most 1 / `wanted`.
    fn shown(
        &self,
        asked: &Question,
        wanted: f64,
        intervals: u32,
        pauses: &Pauses,
    ) -> Option<(Evidence, bool)> {
        let (mut of, mut seen, mut marked) = (0, 0, 0);
        let (mut gains, mut won) = (1.0, 0.0);
        let mut ended = self.last;
        for (at, gap) in self.lengths().enumerate() {
            let began = ended.saturating_sub(gap);
            if let Answer::Counts { gain, length } = asked.answer(began, gap, pauses) {
                gains *= gain;
                of += u32::from(length != Length::Twice);
                if let Length::Fits { is_late } = length {
                    seen += 1;
                    marked += u32::from(is_late || self.marked >> at & 1 == 1);
                }
            }
            won += gains * stake(intervals.saturating_sub(at as u32 + 1));
            ended = began;
        }
        if (of as usize) < INTERVALS_MIN || seen * 5 < of * 3 || self.is_shorter(asked, seen) {
            return None;
        }
        if won < wanted {
            return None;
        }
        let (again, again_of) = self.again(2 * asked.period, 2 * asked.jitter + 1, pauses);
        let evidence = Evidence::Period {
            period_s: asked.period * 60,
            jitter_s: asked.jitter * 60,
            seen,
            of,
            again,
            again_of,
        };
        (2 * again >= again_of).then_some((evidence, marked * 2 > seen))
    }

    /// Whether some intervals are a half or a third as long, so that others are only those of which one was left out.
    fn is_shorter(&self, asked: &Question, seen: u32) -> bool {
        let parts = [2, 3].map(|part| {
            let (period, jitter) = (asked.period / part, asked.jitter / part + 1);
            self.lengths()
                .filter(|gap| gap.abs_diff(period) <= jitter)
                .count()
        });
        parts.into_iter().any(|part| part * 3 >= seen as usize)
    }

    /// Of the contacts before which nothing was missed for that long, how many have another `lag` before
    /// them. Minutes.
    fn again(&self, lag: u32, tolerance: u32, pauses: &Pauses) -> (u32, u32) {
        let (mut again, mut of) = (0, 0);
        let mut at = self.last;
        for from in 0..self.len {
            let (earliest, latest) = (at.saturating_sub(lag + tolerance), at - lag.min(at));
            let could_be = pauses.touching(earliest * 60, (latest + tolerance) * 60);
            if could_be.count() == 0 {
                let mut age = 0;
                for gap in self.lengths().skip(from) {
                    age += gap;
                    if age + tolerance >= lag {
                        of += 1;
                        again += u32::from(age <= lag + tolerance);
                        break;
                    }
                }
            }
            at = at.saturating_sub(self.gaps.get(from).copied().unwrap_or(0));
        }
        (again, of)
    }
}

#[cfg(test)]
mod tests;
