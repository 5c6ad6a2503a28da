//! Contacts that come at intervals: how long it was between the last ones, and what that shows by what becomes of [`stakes`].

mod stakes;

use super::boots::Boots;
use super::chance::{FIRST_LOOK, part, stake};
use super::charging::Charging;
use super::evidence::Evidence;
use super::occasions;
use super::pauses::{LATE_S, Pauses};
use stakes::{Bet, End, OTHER, Question};

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
const KNOWN_H: [u32; 2] = [DAY_H, 72];
const DAY_H: u32 = 24;
/// Shares of each question about a day and contacts of any size for the boots that these came with.
const BOOTS_SHARES: usize = 1;
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
    let (mut at, mut sum) = (0, TOLERANCES.len() * BOOTS_SHARES);
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
    /// How many contacts came when they were due.
    pub(super) seen: u32,
    /// Whether most of the contacts came with a rare event, or as the phone was on again, so that they say as much about
    /// that.
    pub(super) is_marked: bool,
    /// How many of those that were due came with a rare event.
    pub(super) with_event: u32,
    /// Whether the interval is a day.
    pub(super) is_daily: bool,
    /// Whether that is more than chance by the share for boots as well.
    pub(super) is_sure: bool,
    /// Whether most of them came after a pause so long that all that fell due in it came then.
    pub(super) has_waited: bool,
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

    /// The last contact came with a rare event, if it was then, in seconds: that was not known as it was added.
    pub(super) fn mark(&mut self, at_s: u32) {
        if self.kept > 0 && self.last == at_s / 60 {
            self.marked |= 1 << ((usize::from(self.next) + KEPT - 1) % KEPT);
        }
    }

    /// Forgets the contacts, but not how often was looked.
    pub(super) fn begin_anew(&mut self) {
        *self = Self {
            intervals: self.intervals,
            ..Self::default()
        };
    }

    /// What the intervals show, if it is more than chance.
    pub(super) fn shown(
        &self,
        choice: Choice,
        pauses: &Pauses,
        boots: &Boots,
        charging: &Charging,
    ) -> Option<Shown> {
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
        let long = Long {
            late: gaps.late(pauses),
            begun_anew: gaps.begun_anew(boots),
        };
        let charging = gaps.are_charged(charging).then_some(charging);
        let is_asked = |(hours, _): &(u32, usize)| choice == Choice::Any || is_known(*hours);
        let mut periods = PERIODS_H.into_iter().filter(is_asked);
        periods.find_map(|(hours, shares)| {
            let wanted = 1.0 / part(occasions::SHARES, shares);
            let charging = charging.filter(|_| hours == DAY_H);
            let questions = tolerances(hours).map(|part| Question {
                charging,
                ..Question::of(hours, part)
            });
            let mut worthwhile =
                questions.filter(|question| gaps.may_show(question, wanted, intervals, long));
            worthwhile.find_map(|question| gaps.shown(&question, wanted, intervals, pauses, boots))
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

/// Parts of a stake that are laid on intervals that go on when the phone is switched on, and on those that begin anew then. 1 together.
const GOES_ON: f64 = 0.75;
const BEGINS_ANEW: f64 = 0.25;

/// What a stake became, and what that shows where it is enough.
struct Staked {
    won: f64,
    shown: Option<Shown>,
}

/// Contacts that are rather as long after a charger was connected than an interval after the one before.
#[derive(Default)]
struct AfterCharger {
    /// How many were compared.
    of: u32,
    /// By how many minutes they missed the one and the other.
    by_charger: u32,
    by_interval: u32,
}

impl AfterCharger {
    /// One contact and the one that came when it was due after it.
    fn add(&mut self, asked: &Question<'_>, one: Option<&u32>, next: Option<&u32>) {
        let (Some(charging), Some(one), Some(next)) = (asked.charging, one, next) else {
            return;
        };
        let after = |at: u32| Some((at * 60 + 59 - charging.since(at * 60 + 59)?) / 60);
        if let (Some(one_after), Some(next_after)) = (after(*one), after(*next)) {
            self.of += 1;
            self.by_charger += one_after.abs_diff(next_after);
            self.by_interval += (next - one).abs_diff(asked.period);
        }
    }

    fn explains(&self) -> bool {
        self.of as usize >= INTERVALS_MIN && self.by_charger * 5 < self.by_interval * 4
    }
}

/// Intervals that may be longer than was asked for: a bit each, of those of [`Gaps`].
#[derive(Clone, Copy)]
struct Long {
    late: u32,
    begun_anew: u32,
}

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

    /// Whether nearly all contacts came while the phone was charged.
    fn are_charged(&self, charging: &Charging) -> bool {
        let (moments, count) = self.moments();
        let moments = moments.iter().take(count).map(|at| at * 60 + 59);
        let (mut of, mut charged) = (0, 0);
        for at in moments.filter(|at| charging.is_known(*at)) {
            of += 1;
            charged += u32::from(charging.since(at).is_some());
        }
        of as usize > INTERVALS_MIN && charged * 5 >= of * 4
    }

    /// During which of them the phone was switched on.
    fn begun_anew(&self, boots: &Boots) -> u32 {
        let (mut anew, mut ended) = (0, self.last);
        for (at, gap) in self.lengths().enumerate() {
            let began = ended.saturating_sub(gap);
            anew |= u32::from(boots.first_between(began, ended).is_some()) << at;
            ended = began;
        }
        anew
    }

    /// The contacts, the earliest first.
    fn moments(&self) -> ([u32; KEPT], usize) {
        let (mut moments, mut at) = ([0; KEPT], self.last);
        let count = self.len + 1;
        let gaps = self.lengths().chain([0]);
        for (place, gap) in moments.iter_mut().take(count).rev().zip(gaps) {
            *place = at;
            at = at.saturating_sub(gap);
        }
        (moments, count)
    }

    /// The first look: `false` where [`Gaps::shown`] has nothing, even if no pause made anything likelier. Nearly all questions end here.
    fn may_show(&self, asked: &Question<'_>, wanted: f64, intervals: u32, long: Long) -> bool {
        let Some(gains) = asked.most() else {
            return false;
        };
        let soonest = (asked.period - asked.jitter).saturating_sub(LATE_S / 60 + 2);
        let gap = |at: usize| self.gaps.get(at).copied().unwrap_or(0);
        // What a stake on a contact becomes at most, by how many contacts came after it.
        let (mut most, mut won) = ([1.0; KEPT], 0.0);
        for after in 1..=self.len {
            let last = gap(after - 1);
            let is_lost =
                |times: u32| last.abs_diff(times * asked.period) <= times * asked.jitter + 1;
            let has_waited = after == self.len || long.late >> after & 1 == 1;
            let may_be_early = has_waited && last < asked.period;
            let without = if is_lost(2) || is_lost(3) {
                gains.lost
            } else if may_be_early {
                gains.early
            } else {
                1.0
            };
            let (mut best, mut length, mut is_anew) = (1.0, 0, false);
            for (at, fits) in (0..after).rev().zip(gains.fits) {
                length += gap(at);
                is_anew |= long.begun_anew >> at & 1 == 1;
                let is_late = long.late >> at & 1 == 1 && length >= soonest;
                let without = match is_anew && length >= soonest {
                    true => f64::max(without, asked.most_anew(length)),
                    false => without,
                };
                let gain = match length.abs_diff(asked.period) <= asked.jitter + 1 || is_late {
                    true => fits.max(without),
                    false if at + 1 == after || is_anew => without,
                    false => OTHER,
                };
                best = most
                    .get(at)
                    .map_or(best, |rest| f64::max(best, gain * rest));
            }
            if let Some(slot) = most.get_mut(after) {
                *slot = best;
            }
            won += best * stake(intervals.saturating_sub(after as u32));
        }
        // Slack for what was rounded.
        won * 1.000_001 >= wanted
    }

    /// What is shown, if enough intervals are as long. `intervals`: how many there ever
    /// were.
    ///
    /// A test martingale: whoever bets on what comes without memory wins nothing on average, so that by Ville's inequality the
    /// probability that a stake, split over all contacts from which on one may bet, ever becomes `wanted` is at most 1 / `wanted`.
    /// Part of it is laid on intervals that begin anew with the phone: an app does not choose when that is switched on.
    fn shown(
        &self,
        asked: &Question<'_>,
        wanted: f64,
        intervals: u32,
        pauses: &Pauses,
        boots: &Boots,
    ) -> Option<Shown> {
        let sure = 1.0 / part(occasions::SHARES, BOOTS_SHARES);
        let shown = |shown: Shown, won: f64| {
            let is_sure = won >= sure;
            (won >= wanted).then_some(Shown { is_sure, ..shown })
        };
        let goes_on = self.staked(asked, intervals, pauses)?;
        if self.begun_anew(boots) == 0 {
            return shown(goes_on.shown?, goes_on.won);
        }
        let asked = Question {
            boots: Some(boots),
            ..*asked
        };
        let anew = self.staked(&asked, intervals, pauses)?;
        let won = GOES_ON * goes_on.won + BEGINS_ANEW * anew.won;
        let likelier = match goes_on.won >= anew.won {
            true => goes_on.shown,
            false => anew.shown,
        };
        shown(likelier?, won)
    }

    /// What a stake becomes, and what that shows where it is enough.
    fn staked(&self, asked: &Question<'_>, intervals: u32, pauses: &Pauses) -> Option<Staked> {
        let (moments, count) = self.moments();
        let moments = moments.get(..count)?;
        let before = intervals.saturating_sub(self.len as u32);
        // What a stake on each contact becomes by all bets from there on.
        let (mut bets, mut gains) = ([None; KEPT], [1.0; KEPT]);
        let mut won = 0.0;
        for from in (0..count).rev() {
            let bet = asked.bet(moments.get(from..)?, pauses);
            if let Some(Bet { contacts, gain, .. }) = bet {
                let gain = gain * gains.get(from + contacts)?;
                *gains.get_mut(from)? = gain;
                won += gain * stake(before + from as u32);
            }
            *bets.get_mut(from)? = bet;
        }
        let shown = self.fits(asked, moments, &bets, pauses);
        Some(Staked { won, shown })
    }

    /// What is shown by bets that won, if enough did so because a contact came when it was due.
    fn fits(
        &self,
        asked: &Question<'_>,
        moments: &[u32],
        bets: &[Option<Bet>; KEPT],
        pauses: &Pauses,
    ) -> Option<Shown> {
        let count = self.len + 1;
        let (mut of, mut seen, mut from) = (0, 0, 0);
        let (mut marked, mut late, mut waited) = (0, 0, 0);
        let mut after_charger = AfterCharger::default();
        while let Some(bet) = bets.get(from).copied().flatten() {
            let began = from;
            from += bet.contacts;
            of += u32::from(matches!(bet.end, End::Fits { .. } | End::Other));
            if let End::Fits { is_late, is_long } = bet.end {
                seen += 1;
                waited += u32::from(is_long);
                after_charger.add(asked, moments.get(began), moments.get(from));
                let is_marked = self.marked >> (count - 1 - from) & 1 == 1;
                marked += u32::from(is_marked);
                late += u32::from(is_late && !is_marked);
            }
        }
        if (of as usize) < INTERVALS_MIN
            || seen * 5 < of * 3
            || self.is_shorter(asked, seen)
            || after_charger.explains()
        {
            return None;
        }
        let (again, again_of) = self.again(asked, pauses);
        let evidence = Evidence::Period {
            period_s: asked.period * 60,
            jitter_s: asked.jitter * 60,
            seen,
            of,
            again,
            again_of,
        };
        (2 * again >= again_of).then_some(Shown {
            scale: usize::from(asked.period >= DAYS_H * 60),
            evidence,
            seen,
            is_marked: (marked + late) * 2 > seen,
            with_event: marked,
            is_daily: asked.period == DAY_H * 60,
            is_sure: false,
            has_waited: waited * 2 > seen,
        })
    }

    /// Whether some intervals are a half or a third as long, so that others are only those of which one was left out.
    fn is_shorter(&self, asked: &Question<'_>, seen: u32) -> bool {
        let parts = [2, 3].map(|part| {
            let (period, jitter) = (asked.period / part, asked.jitter / part + 1);
            self.lengths()
                .filter(|gap| gap.abs_diff(period) <= jitter)
                .count()
        });
        parts.into_iter().any(|part| part * 3 >= seen as usize)
    }

    /// Of the contacts before which nothing was missed for two intervals, nor began anew, how many have another two before them.
    fn again(&self, asked: &Question<'_>, pauses: &Pauses) -> (u32, u32) {
        let (lag, tolerance) = (2 * asked.period, 2 * asked.jitter + 1);
        let (mut again, mut of) = (0, 0);
        let mut at = self.last;
        for from in 0..self.len {
            let (earliest, latest) = (at.saturating_sub(lag + tolerance), at - lag.min(at));
            let mut could_be = pauses.touching(earliest * 60, (latest + tolerance) * 60);
            let boot = asked.boots.and_then(|it| it.first_between(earliest, at));
            if could_be.next().is_none() && boot.is_none() {
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
