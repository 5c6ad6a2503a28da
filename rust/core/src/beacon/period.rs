//! Contacts that come at intervals: how long it was between the last ones, and what that shows.

use super::chance::{FIRST_LOOK, bar, memoryless, tail};
use super::evidence::Evidence;
use super::occasions;
use super::pauses::{LATE_S, Pauses};

/// Contacts that are kept in each of the two series: a month of daily ones.
pub(super) const KEPT: usize = 30;
/// Seconds without any connection before one counts as a contact of its own: a burst, or a storm of retries, is one.
pub(super) const QUIET_S: u32 = 30 * 60;
/// Seconds without any before one counts while nobody uses the phone: what the user began goes on for a while.
pub(super) const REST_S: u32 = 5 * 60;

/// Intervals that are looked for, in hours, and the shares of the bound on chance for each question about one.
const PERIODS_H: [(u32, usize); 11] = [
    (168, 1),
    (72, 4),
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
/// Intervals, in hours, that are days.
const DAYS_H: u32 = 20;
/// Intervals that there must be.
const INTERVALS_MIN: usize = FIRST_LOOK as usize;

/// Shares of the bound on chance that the questions here have.
pub(super) const SHARES: usize = {
    let (mut at, mut sum) = (0, 0);
    while at < PERIODS_H.len() {
        sum += PERIODS_H[at].1;
        at += 1;
    }
    sum * TOLERANCES.len() * 2
};

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

    /// What the intervals show, if it is more than chance.
    pub(super) fn shown(&self, pauses: &Pauses) -> Option<Shown> {
        if usize::from(self.kept) <= INTERVALS_MIN {
            return None;
        }
        let gaps = Gaps::of(self);
        let late = gaps.late(pauses);
        PERIODS_H.into_iter().find_map(|(hours, shares)| {
            let bar = bar(self.intervals.into(), occasions::SHARES, shares);
            let questions = TOLERANCES.map(|part| Question::of(hours, part));
            let mut worthwhile = questions
                .iter()
                .filter(|question| gaps.may_show(question, bar, late));
            let shown = worthwhile.find_map(|question| gaps.shown(question, bar, pauses));
            let (evidence, is_marked) = shown?;
            Some(Shown {
                scale: usize::from(hours >= DAYS_H),
                evidence,
                is_marked,
            })
        })
    }
}

/// An interval and its tolerance, in minutes.
struct Question {
    period: u32,
    jitter: u32,
}

/// What becomes of one interval.
enum Answer {
    /// It says nothing: what could have been was not to be seen.
    Open,
    /// It counts, is so likely by chance, and is as long as asked; and whether a pause made it so long.
    Counts { p: f64, fits: bool, is_late: bool },
}

impl Question {
    /// An interval of so many hours, give or take this part of it.
    fn of(hours: u32, part: u32) -> Self {
        Self {
            period: hours * 60,
            jitter: hours * 60 / part,
        }
    }

    /// How likely an interval fits by chance, as [`Answer::Counts`] has it, where there was no pause. A pause makes it likelier.
    /// `None` where nothing counts.
    fn least(&self) -> Option<f64> {
        let from = self.period.checked_sub(self.jitter + 1 + QUIET_MIN)?;
        let to = self.period + self.jitter + 1 - QUIET_MIN;
        let p = memoryless(from.into(), to.into());
        (p < 1.0).then_some(p / (1.0 - p))
    }

    /// An interval from `began` on, `gap` long, in minutes.
    fn answer(&self, began: u32, gap: u32, pauses: &Pauses) -> Answer {
        // They are rounded to minutes.
        let from = began + self.period - self.jitter - 1;
        let to = began + self.period + self.jitter + 1;
        let (mut due_from, mut due_to, mut is_paused) = (from, to, false);
        for pause in pauses.touching(from * 60, to * 60) {
            due_from = due_from.min(pause.from / 60);
            due_to = due_to.max((pause.to + LATE_S) / 60 + 1);
            is_paused = true;
        }
        if due_from <= began + QUIET_MIN {
            return Answer::Open;
        }
        // After a contact some minutes pass before there can be another. What comes without memory may do so by
        // the clock, or stand still in pauses.
        let (a, b) = (due_from - began - QUIET_MIN, due_to - began - QUIET_MIN);
        let off = |to: u32| pauses.within(began * 60, to * 60).div_ceil(60);
        let by_clock = memoryless(a.into(), b.into());
        let while_on = memoryless(
            a.saturating_sub(off(due_from)).into(),
            b.saturating_sub(off(due_to)).into(),
        );
        let p = by_clock.max(while_on);
        if p >= 1.0 {
            return Answer::Open;
        }
        let ended = began + gap;
        let fits = (due_from..=due_to).contains(&ended);
        if !fits && gap.abs_diff(2 * self.period) <= 2 * self.jitter + 1 {
            // The one between may have come while the phone was used.
            return Answer::Open;
        }
        Answer::Counts {
            p: p / (1.0 - p),
            fits,
            is_late: fits && is_paused && pauses.is_late(ended * 60),
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
    fn of(series: &Series) -> Self {
        let mut all = Self {
            gaps: [0; KEPT],
            len: 0,
            marked: 0,
            last: series.last,
        };
        // The first one's gap leads to one that is forgotten.
        for step in 1..usize::from(series.kept) {
            let place = (usize::from(series.next) + 2 * KEPT - step) % KEPT;
            let gap = series.gaps.get(place).copied().unwrap_or(0);
            if let (1.., Some(slot)) = (gap, all.gaps.get_mut(all.len)) {
                *slot = gap.into();
                all.marked |= (series.marked >> place & 1) << all.len;
                all.len += 1;
            } else {
                break;
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
    fn may_show(&self, asked: &Question, bar: f64, late: u32) -> bool {
        let Some(p) = asked.least() else {
            return false;
        };
        let may_fit = |(at, gap): &(usize, u32)| {
            gap.abs_diff(asked.period) <= asked.jitter + 1 || late >> at & 1 == 1
        };
        let most = self.lengths().enumerate().filter(may_fit).count();
        // Slack for what was rounded.
        (0..most).fold(1.0, |likely, _| likely * p) <= bar * 1.000_001
    }

    /// Whether enough intervals are as long, and whether most of them by a pause or an event.
    fn shown(&self, asked: &Question, bar: f64, pauses: &Pauses) -> Option<(Evidence, bool)> {
        let (mut of, mut seen, mut marked, mut likely) = (0, 0, 0, 0.0);
        let mut ended = self.last;
        for (at, gap) in self.lengths().enumerate() {
            let began = ended.saturating_sub(gap);
            if let Answer::Counts { p, fits, is_late } = asked.answer(began, gap, pauses) {
                of += 1;
                likely += p;
                seen += u32::from(fits);
                marked += u32::from(is_late || fits && self.marked >> at & 1 == 1);
            }
            ended = began;
        }
        if (of as usize) < INTERVALS_MIN || seen * 5 < of * 3 || self.is_shorter(asked, seen) {
            return None;
        }
        if tail(of, seen, likely / f64::from(of)) > bar {
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
mod tests {
    use super::super::pauses::Pause;
    use super::*;
    use crate::testing::Random;

    const HOUR_S: u32 = 3600;
    const START_S: u32 = 1_798_761_600;

    fn after(gaps_h: &[u32]) -> Series {
        let mut series = Series::default();
        let mut at = START_S;
        series.add(at, 0, false);
        for gap in gaps_h {
            at += gap * HOUR_S;
            series.add(at, 0, false);
        }
        series
    }

    fn shown(series: &Series, pauses: &Pauses) -> Option<(u32, u32, u32)> {
        match series.shown(pauses)?.evidence {
            Evidence::Period {
                period_s, seen, of, ..
            } => Some((period_s / HOUR_S, seen, of)),
            Evidence::Event { .. } => None,
        }
    }

    fn whole(gaps_h: &[u32]) -> Option<(u32, u32, u32)> {
        shown(&after(gaps_h), &Pauses::default())
    }

    #[test]
    fn days_and_three_days_with_jitter() {
        let day = [22, 26, 25, 23, 24, 22, 26];
        assert_eq!(whole(&day[..6]), None);
        assert_eq!(whole(&day), Some((24, 7, 7)));
        assert_eq!(whole(&[72, 70, 74, 73, 71]), Some((72, 5, 5)));
        assert_eq!(whole(&[68, 76, 68, 76, 72, 70]), Some((72, 6, 6)));
    }

    #[test]
    fn one_that_was_left_out_is_neither_for_nor_against() {
        let day = [24, 23, 48, 25, 24, 47, 24, 23, 24];
        assert_eq!(whole(&day), Some((24, 7, 7)));
        // But what is mostly left out is not of twice the time.
        assert_eq!(whole(&[48, 24, 48, 48, 24, 48, 48, 24, 48]), None);
        assert_eq!(whole(&[48; 9]), Some((48, 9, 9)));
    }

    #[test]
    fn hours_are_shown_too() {
        assert_eq!(whole(&[6; 12]), Some((6, 12, 12)));
        let series = after(&[6; 12]);
        assert_eq!(
            series.shown(&Pauses::default()).map(|shown| shown.scale),
            Some(0)
        );
    }

    /// Off from eleven to seven each night; counted from the first midnight.
    fn nights(days: u32) -> Pauses {
        let mut pauses = Pauses::default();
        for day in 0..days {
            pauses.add(Pause {
                from: START_S + day * 24 * HOUR_S + 23 * HOUR_S,
                to: START_S + (day + 1) * 24 * HOUR_S + 7 * HOUR_S,
            });
        }
        pauses
    }

    /// Contacts at these minutes of each day.
    fn daily(days: u32, minute: impl Fn(u32) -> u32) -> Series {
        let mut series = Series::default();
        for day in 1..=days {
            series.add(START_S + day * 24 * HOUR_S + minute(day) * 60, 0, false);
        }
        series
    }

    #[test]
    fn an_interval_goes_on_through_the_night() {
        let noon = daily(14, |day| 12 * 60 + day * 37 % 110);
        assert!(matches!(shown(&noon, &nights(20)), Some((24, 9.., 13))));
        let boot = daily(20, |day| 7 * 60 + day % 3);
        let late = boot.shown(&nights(20)).unwrap();
        assert!(late.is_marked && late.scale == 1, "{late:?}");
        assert!(!noon.shown(&nights(20)).unwrap().is_marked);
        // It takes more of those that could have fallen due all night.
        assert_eq!(shown(&daily(10, |day| 7 * 60 + day % 3), &nights(20)), None);
        assert_eq!(
            shown(&daily(10, |day| 7 * 60 + day % 3), &Pauses::default()),
            Some((24, 9, 9)),
            "the control"
        );
    }

    #[test]
    fn three_days_through_the_nights() {
        let mut series = Series::default();
        let mut at = START_S + 24 * HOUR_S;
        for n in 0..10 {
            // Due at night every third time: spoken at seven.
            let hour = [3, 13, 22][n % 3];
            let spoken = if hour < 7 { 7 } else { hour };
            series.add(at + spoken * HOUR_S + 120, 0, false);
            at += 72 * HOUR_S + if n % 3 == 2 { 0 } else { HOUR_S };
        }
        let seen = shown(&series, &nights(32));
        assert!(seen.is_none_or(|(hours, ..)| hours == 72), "{seen:?}");
    }

    #[test]
    fn times_before_the_clock_was_set_back_are_forgotten() {
        let mut series = after(&[24; 5]);
        let seen = series.intervals;
        series.add(START_S + 200 * HOUR_S, START_S + 190 * HOUR_S, false);
        assert_eq!(series.intervals, seen);
        for day in 1..=6 {
            series.add(START_S + (200 + day * 24) * HOUR_S, 0, false);
        }
        assert_eq!(shown(&series, &Pauses::default()), Some((24, 6, 6)));
    }

    /// Each question is answered as it would be without a first look, and that one turns nearly all away.
    #[test]
    fn the_first_look_changes_nothing() {
        let mut random = Random::new(3);
        let (mut asked, mut worthwhile, mut shown) = (0, 0, 0);
        for round in 0..600 {
            let pauses = if round % 3 == 0 {
                Pauses::default()
            } else {
                nights(60)
            };
            let every = [1, 2, 6, 24, 24, 72][random.below(6)] * 60;
            let spread = 1 + every / [2, 8, 40][random.below(3)];
            let mut series = Series::default();
            let mut at = START_S / 60;
            for _ in 0..6 + random.below(26) {
                at += every + random.below(spread as usize) as u32 - spread / 2;
                let ended = |pause: &Pause| at * 60 < pause.to && at * 60 >= pause.from;
                if let Some(pause) = pauses.0.iter().find(|pause| ended(pause)) {
                    at = pause.to / 60 + random.below(12) as u32;
                }
                series.add(at * 60, 0, false);
            }
            let gaps = Gaps::of(&series);
            let late = gaps.late(&pauses);
            for (hours, shares) in PERIODS_H {
                let bar = bar(series.intervals.into(), occasions::SHARES, shares);
                for question in TOLERANCES.map(|part| Question::of(hours, part)) {
                    let is_shown = gaps.shown(&question, bar, &pauses).is_some();
                    let may_show = gaps.may_show(&question, bar, late);
                    assert!(may_show || !is_shown, "{hours} h: {series:?}");
                    asked += 1;
                    worthwhile += u32::from(may_show);
                    shown += u32::from(is_shown);
                }
            }
        }
        assert!(
            shown > 300 && worthwhile * 6 < asked,
            "{shown} {worthwhile} {asked}"
        );
    }

    #[test]
    fn what_comes_without_memory_is_none() {
        // Deciles of an exponential distribution with a mean of a day.
        let gaps = [1, 4, 7, 10, 14, 19, 25, 33, 45, 72].repeat(6);
        assert_eq!(whole(&gaps), None);
    }
}
