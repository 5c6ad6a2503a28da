//! Which stretches of time after a device event are looked at, and how those of one pair are counted.

use super::chance::{bar, tail, tail_of_both};
use super::evidence::{Evidence, Occasion};
use super::period;

/// Lengths of time after an event that are looked at.
pub(super) const WINDOWS: usize = 3;
/// Kinds of event that are counted apart.
pub(super) const KINDS: usize = Kind::ALL.len();
/// Shares of the bound on chance that are given out: one for each question about events, more for those about intervals.
/// The SIM is asked about twice: with boots and without.
pub(super) const SHARES: usize = (KINDS + 1) * WINDOWS + period::SHARES;

/// Trials after which counting begins anew, so that what an app did before it changed is forgotten.
pub(super) const EPOCH: u8 = 128;
/// As many other stretches with a connection in one trial are all that are counted.
const OTHERS_MAX: u8 = 0x7f;
/// [`Count::last`] where no trial is under way.
const VOID: u8 = u8::MAX;
/// [`Count::others_now`]: a connection began in the first stretch.
const HIT: u8 = 0x80;

/// A start after which nothing that waited meanwhile can be told from what the start set off, in seconds: longer than
/// phones take to start anew.
pub(super) const RESTART_S: u32 = 180;

/// What is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Events of a kind; of boots, those after at most [`RESTART_S`].
    After(Occasion),
    /// Boots after longer: what fell due meanwhile speaks then, whatever a boot means to it.
    LongBoot,
}

impl Kind {
    pub(super) const ALL: [Self; 14] = [
        Self::After(Occasion::Boot),
        Self::After(Occasion::FirstUnlock),
        Self::After(Occasion::Unlock),
        Self::After(Occasion::ScreenOn),
        Self::After(Occasion::ScreenOff),
        Self::After(Occasion::SimChange),
        Self::After(Occasion::ServiceChange),
        Self::After(Occasion::Connectivity),
        Self::After(Occasion::Charging),
        Self::After(Occasion::PackageChange),
        Self::After(Occasion::OwnUpdate),
        Self::After(Occasion::TimeZone),
        Self::After(Occasion::Airplane),
        Self::LongBoot,
    ];

    pub(super) fn index(self) -> usize {
        match self {
            Self::After(occasion) => occasion as usize,
            Self::LongBoot => KINDS - 1,
        }
    }

    pub(super) fn occasion(self) -> Occasion {
        match self {
            Self::After(occasion) => occasion,
            Self::LongBoot => Occasion::Boot,
        }
    }

    pub(super) fn windows(self) -> &'static [Window; WINDOWS] {
        match self.is_rare() {
            true => &RARE,
            false => &FREQUENT,
        }
    }

    /// Events of the kind within so many milliseconds are one.
    pub(super) fn burst_ms(self) -> u64 {
        match self {
            // A store installs one after the other.
            Self::After(Occasion::PackageChange) => 900_000,
            Self::After(Occasion::Connectivity | Occasion::ServiceChange) => 20_000,
            Self::After(Occasion::SimChange | Occasion::Airplane | Occasion::TimeZone) => 60_000,
            _ => 0,
        }
    }

    pub(super) fn is_rare(self) -> bool {
        matches!(
            self.occasion(),
            Occasion::Boot
                | Occasion::FirstUnlock
                | Occasion::SimChange
                | Occasion::OwnUpdate
                | Occasion::TimeZone
                | Occasion::Airplane
        )
    }

    /// What happens along with it, and more often without it: that it does must not be why an app speaks.
    pub(super) fn companions(self) -> &'static [Occasion] {
        match self.occasion() {
            Occasion::Boot => &[
                Occasion::Connectivity,
                Occasion::ServiceChange,
                Occasion::ScreenOn,
                Occasion::Unlock,
            ],
            Occasion::FirstUnlock => &[Occasion::Unlock],
            Occasion::SimChange | Occasion::Airplane => {
                &[Occasion::Connectivity, Occasion::ServiceChange]
            }
            Occasion::TimeZone => &[Occasion::Connectivity],
            Occasion::OwnUpdate => &[Occasion::PackageChange],
            _ => &[],
        }
    }

    /// Whether so many hits are often enough. Habit, and not only chance, brings an app to speak after an event: many
    /// people open the same app after every other unlock, or after it was updated. `by_itself`: hits while nobody used the phone,
    /// where they are counted. `is_alone`: so soon after, hardly anything else is heard.
    fn is_regular(self, hits: u32, of: u32, by_itself: u32, is_alone: bool) -> bool {
        let is_mostly = hits * 5 >= of * 4;
        match self.occasion() {
            Occasion::OwnUpdate => {
                let habit = tail(of, hits, 1.0 / 3.0);
                // Nobody's habit is what happens while nobody is there.
                let is_unseen = by_itself * 2 >= hits && hits >= 5 && hits * 4 >= of * 3;
                is_mostly && of >= 4 && habit <= 0.003 || is_unseen && habit <= 0.02
            }
            // Nor what is hardly heard but then, and may have been said before anybody listened.
            Occasion::Boot if is_alone => of >= 4 && may_be_unseen(hits, of),
            _ if self.is_rare() => of >= 4 && hits * 4 >= of * 3,
            // One that speaks after two of three would look like this once in a thousand times.
            _ => of >= 20 && is_mostly && tail(of, hits, 2.0 / 3.0) <= 0.001,
        }
    }

    /// How much longer than the first stretch the time is in which what is heard there may have fallen due.
    fn stretched(self, window: Window) -> f64 {
        match self {
            Self::After(Occasion::Boot | Occasion::FirstUnlock) => {
                f64::from(RESTART_S + u32::from(window.seconds)) / f64::from(window.seconds)
            }
            _ => 1.0,
        }
    }
}

/// A stretch of time after an event, and how many stretches of that length make one trial.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Its length in seconds.
    pub(super) seconds: u16,
    /// The first is the one after the event, the others are what it is compared with.
    pub(super) stretches: u8,
}

impl Window {
    /// Milliseconds until a trial is complete.
    pub(super) fn span_ms(self) -> u64 {
        u64::from(self.seconds) * u64::from(self.stretches) * 1000
    }
}

const fn window(seconds: u16, stretches: u8) -> Window {
    Window { seconds, stretches }
}

/// What happens many times a day: short trials, since the next event ends one.
const FREQUENT: [Window; WINDOWS] = [window(5, 60), window(20, 24), window(60, 15)];
/// What happens a few times a month: trials that a few of are enough.
const RARE: [Window; WINDOWS] = [window(20, 180), SOON, window(300, 80)];
/// An app that speaks so soon after a boot does so at some before anything is seen: Gasket's service starts up to a minute after the first
/// apps.
const SOON: Window = window(90, 140);

/// Whether so many boots are answered that the others may have been, unseen.
fn may_be_unseen(hits: u32, of: u32) -> bool {
    hits * 5 >= of * 2
}

/// The trials of one pair with one window of one kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    /// Complete trials of this epoch.
    pub(super) trials: u8,
    /// Those with a connection in the first stretch.
    pub(super) hits: u8,
    /// The same of the epoch before.
    pub(super) hits_before: u8,
    /// Epochs before.
    pub(super) epochs: u8,
    /// Other stretches with a connection, in the trials of this epoch.
    pub(super) others: u16,
    /// Other stretches with a connection in the trial under way, and [`HIT`].
    pub(super) others_now: u8,
    /// The stretch of the trial under way in which a connection began last; [`VOID`] where there is none that counts.
    pub(super) last: u8,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            trials: 0,
            hits: 0,
            hits_before: 0,
            epochs: 0,
            others: 0,
            others_now: 0,
            last: VOID,
        }
    }
}

impl Count {
    /// A trial begins; whatever was under way did not become complete.
    pub(super) fn begin(&mut self, counts: bool) {
        self.others_now = 0;
        self.last = if counts { 0 } else { VOID };
    }

    /// A connection began so long after the event. Whether it is the first after it, in the first stretch.
    pub(super) fn see(&mut self, window: Window, after_ms: u64) -> bool {
        let at = after_ms / (u64::from(window.seconds) * 1000);
        let Some(at) = u8::try_from(at).ok().filter(|at| *at < window.stretches) else {
            return false;
        };
        if self.last == VOID {
            return false;
        }
        if at == 0 {
            let is_first = self.others_now == 0;
            self.others_now |= HIT;
            return is_first;
        }
        if at > self.last {
            self.last = at;
            let others = self.others_now & OTHERS_MAX;
            self.others_now = self.others_now & HIT | (others + 1).min(OTHERS_MAX);
        }
        false
    }

    /// The trial under way is complete, or was broken off after so many `stretches`. Whether it counted.
    pub(super) fn complete(&mut self, window: Window, stretches: u8) -> bool {
        let others = self.others_now & OTHERS_MAX;
        let hit = u16::from(self.others_now & HIT != 0);
        // Of fewer stretches each is likelier the first: as likely as in a whole trial with so many more others.
        let all = (hit + u16::from(others)) * u16::from(window.stretches);
        let as_likely = all.div_ceil(stretches.max(1).into()) - hit;
        // One that speaks in more stretches than are counted shows nothing, wherever the first of them is.
        let counted = self.last != VOID && others < OTHERS_MAX && as_likely <= u8::MAX.into();
        if counted {
            if self.trials >= EPOCH {
                self.epochs = self.epochs.saturating_add(1);
                self.hits_before = self.hits;
                (self.trials, self.hits, self.others) = (0, 0, 0);
            }
            self.trials += 1;
            self.hits += hit as u8;
            self.others += as_likely;
        }
        self.begin(false);
        counted
    }

    /// How often a connection followed, once that can be said.
    pub(super) fn rate(&self) -> f64 {
        let before = if self.epochs > 0 { EPOCH } else { 0 };
        let trials = u32::from(self.trials) + u32::from(before);
        let hits = u32::from(self.hits) + u32::from(self.hits_before);
        match trials {
            0..4 => 0.0,
            _ => f64::from(hits) / f64::from(trials),
        }
    }

    /// What the trials show, with those besides, if it is more than chance, habit and `rate`, at least, would give.
    pub(super) fn evidence(
        &self,
        kind: Kind,
        window: Window,
        rate: f64,
        besides: &Besides,
    ) -> Option<Evidence> {
        let (hits, of) = (self.hits_with(besides), self.trials_with(besides));
        let other_hits = u32::from(self.others) + besides.other_hits;
        let is_alone = window.seconds == SOON.seconds && other_hits <= hits;
        if hits == 0 || !kind.is_regular(hits, of, besides.by_itself, is_alone) {
            return None;
        }
        let own = (self.trials.into(), self.likely(kind, window, rate));
        let others = (besides.of + besides.skipped, besides.chance.min(1.0));
        let likely = tail_of_both(own, others, hits);
        let looks = self.all() + besides.ever;
        (likely <= bar(looks, SHARES, 1)).then(|| self.told(kind, window, besides))
    }

    /// What is told of the trials, with those besides.
    pub(super) fn told(&self, kind: Kind, window: Window, besides: &Besides) -> Evidence {
        Evidence::Event {
            trigger: kind.occasion(),
            within_s: u32::from(window.seconds).max(besides.within_s),
            hits: self.hits_with(besides),
            of: self.trials_with(besides),
            other_hits: u32::from(self.others) + besides.other_hits,
            others: self.stretches(window) - u32::from(self.trials) + besides.others,
        }
    }

    pub(super) fn hits_with(&self, besides: &Besides) -> u32 {
        u32::from(self.hits) + besides.hits
    }

    fn trials_with(&self, besides: &Besides) -> u32 {
        u32::from(self.trials) + besides.of
    }

    /// How likely a trial is hit by chance, on average: if the event did not matter, each of its stretches with a connection was as
    /// likely the first as any other. `rate` at least.
    pub(super) fn likely(&self, kind: Kind, window: Window, rate: f64) -> f64 {
        let seen = u32::from(self.hits) + u32::from(self.others);
        let p = f64::from(seen) / f64::from(self.stretches(window).max(1));
        (p * kind.stretched(window)).max(rate).min(1.0)
    }

    /// Stretches of the complete trials.
    fn stretches(&self, window: Window) -> u32 {
        u32::from(self.trials) * u32::from(window.stretches)
    }

    /// Complete trials there ever were.
    pub(super) fn all(&self) -> u32 {
        u32::from(self.epochs) * u32::from(EPOCH) + u32::from(self.trials)
    }

    /// Whether a connection begins after the event in four of five trials, of which there are at least so many.
    pub(super) fn explains(&self, trials: u8) -> bool {
        self.trials >= trials && u32::from(self.hits) * 5 >= u32::from(self.trials) * 4
    }

    /// Whether it does often enough for the kind, of both together, four at least: whether that asks for more is another question.
    pub(super) fn may_explain(&self, kind: Kind, besides: &Besides) -> bool {
        let (hits, of) = (self.hits_with(besides), self.trials_with(besides));
        let is_often = match kind.occasion() {
            Occasion::Boot => may_be_unseen(hits, of),
            _ => hits * 4 >= of * 3,
        };
        of >= 4 && is_often
    }

    /// Its trials as such besides others; how likely by chance is left open.
    pub(super) fn besides(&self, kind: Kind, at: usize, skipped: u8) -> Besides {
        let of = u32::from(self.trials);
        let stretches = kind.windows().get(at).map_or(0, |window| window.stretches);
        Besides {
            hits: self.hits.into(),
            of,
            skipped: skipped.into(),
            chance: 0.0,
            ever: self.all(),
            by_itself: 0,
            others: of * u32::from(stretches.saturating_sub(1)),
            other_hits: self.others.into(),
            within_s: 0,
        }
    }

    /// Whether hardly ever one does, though there were two trials.
    pub(super) fn refutes(&self) -> bool {
        self.trials >= 2 && u32::from(self.hits) * 4 < u32::from(self.trials)
    }
}

/// Trials of another sort that say the same.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Besides {
    pub(super) hits: u32,
    pub(super) of: u32,
    /// More that did not count, but could not have been hit.
    pub(super) skipped: u32,
    /// How likely each is hit by chance, on average, those that were skipped included.
    pub(super) chance: f64,
    /// How many there ever were.
    pub(super) ever: u32,
    /// Of the hits of all trials, those while nobody used the phone; 0 where they are not counted.
    pub(super) by_itself: u32,
    /// Other stretches, and those with a connection.
    pub(super) others: u32,
    pub(super) other_hits: u32,
    /// How long the stretches are, where they are longer than those they are besides; 0 where as long.
    pub(super) within_s: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_where_their_index_says() {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), at);
            assert!(kind.windows().iter().all(|window| window.stretches < VOID));
        }
        let occasions = Occasion::ALL.into_iter().map(Kind::After);
        assert!(occasions.eq(Kind::ALL.into_iter().take(Occasion::ALL.len())));
    }
}
