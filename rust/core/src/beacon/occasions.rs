//! Which stretches of time after a device event are looked at, and how those of one pair are counted.

use super::chance::{bar, tail};
use super::evidence::{Evidence, Occasion};

/// Lengths of time after an event that are looked at.
pub(super) const WINDOWS: usize = 3;
/// Kinds of occasion.
pub(super) const OCCASIONS: usize = Occasion::ALL.len();
/// Questions that are asked about one pair: these, and those of [`super::period`].
pub(super) const TESTS: usize = OCCASIONS * WINDOWS + super::period::TESTS;

/// Trials after which counting begins anew, so that what an app did before it changed is forgotten.
pub(super) const EPOCH: u8 = 128;

/// A stretch of time after an event, and how many stretches of that length make one trial.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Its length in seconds.
    pub(super) seconds: u16,
    /// The first is the one after the event, the others are what it is compared with.
    pub(super) stretches: u16,
}

impl Window {
    /// Milliseconds until a trial is complete.
    pub(super) fn span_ms(self) -> u64 {
        u64::from(self.seconds) * u64::from(self.stretches) * 1000
    }
}

const fn window(seconds: u16, stretches: u16) -> Window {
    Window { seconds, stretches }
}

/// What happens many times a day: short trials, since the next event ends one.
const FREQUENT: [Window; WINDOWS] = [window(5, 60), window(20, 24), window(60, 15)];
/// What happens a few times a month: trials that a few of are enough.
const RARE: [Window; WINDOWS] = [window(20, 360), window(90, 240), window(300, 144)];
/// What happens to one app a few times a month: longer ones, that three are enough of.
const UPDATES: [Window; WINDOWS] = [window(20, 1440), window(90, 640), window(300, 288)];

impl Occasion {
    pub(super) fn windows(self) -> &'static [Window; WINDOWS] {
        match self {
            Self::OwnUpdate => &UPDATES,
            _ if self.is_rare() => &RARE,
            _ => &FREQUENT,
        }
    }

    fn is_rare(self) -> bool {
        matches!(
            self,
            Self::Boot
                | Self::FirstUnlock
                | Self::SimChange
                | Self::OwnUpdate
                | Self::TimeZone
                | Self::Airplane
        )
    }

    /// What happens along with it, and more often without it: that it does must not be why an app speaks.
    pub(super) fn companions(self) -> &'static [Self] {
        match self {
            Self::Boot => &[
                Self::Connectivity,
                Self::ServiceChange,
                Self::ScreenOn,
                Self::Unlock,
            ],
            Self::FirstUnlock => &[Self::Unlock],
            Self::SimChange | Self::Airplane => &[Self::Connectivity, Self::ServiceChange],
            Self::TimeZone => &[Self::Connectivity],
            Self::OwnUpdate => &[Self::PackageChange],
            _ => &[],
        }
    }

    /// Whether so many hits are often enough. Habit, and not only chance, brings an app to speak after an event: many
    /// people open the same app after every other unlock.
    fn is_regular(self, hits: u32, of: u32) -> bool {
        match self {
            Self::OwnUpdate => of >= 3 && hits * 5 >= of * 4,
            _ if self.is_rare() => of >= 4 && hits * 5 >= of * 4,
            // One that speaks after two of three would look like this once in a thousand times.
            _ => of >= 20 && hits * 5 >= of * 4 && tail(of, hits, 2.0 / 3.0) <= 0.001,
        }
    }
}

/// The trials of one pair with one window of one occasion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    pub(super) now: Now,
    /// Other stretches with a connection, in the trial under way.
    pub(super) others_now: u8,
    /// The stretch of the trial under way in which a connection began last.
    pub(super) last: u16,
}

/// The trial under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Now {
    /// There is none, or it does not count.
    #[default]
    Void,
    /// No connection began in the first stretch.
    Silent,
    /// One did.
    Hit,
}

impl Count {
    /// A trial begins; whatever was under way did not become complete.
    pub(super) fn begin(&mut self, counts: bool) {
        self.now = if counts { Now::Silent } else { Now::Void };
        self.others_now = 0;
        self.last = 0;
    }

    /// A connection began so long after the event.
    pub(super) fn see(&mut self, window: Window, after_ms: u64) {
        let at = after_ms / (u64::from(window.seconds) * 1000);
        let Some(at) = u16::try_from(at).ok().filter(|at| *at < window.stretches) else {
            return;
        };
        match (self.now, at) {
            (Now::Void, _) => {}
            (_, 0) => self.now = Now::Hit,
            (_, at) if at > self.last => {
                self.last = at;
                self.others_now = self.others_now.saturating_add(1);
            }
            _ => {}
        }
    }

    /// The trial under way is complete. Whether it counted.
    pub(super) fn complete(&mut self) -> bool {
        // One that speaks in more stretches than are counted shows nothing, wherever the first of them is.
        let counted = self.now != Now::Void && self.others_now < u8::MAX;
        if counted {
            if self.trials >= EPOCH {
                self.epochs = self.epochs.saturating_add(1);
                self.hits_before = self.hits;
                (self.trials, self.hits, self.others) = (0, 0, 0);
            }
            self.trials += 1;
            self.hits += u8::from(self.now == Now::Hit);
            self.others += u16::from(self.others_now);
        }
        self.begin(false);
        counted
    }

    /// How often a connection followed `self` where the rarer `other` did not happen.
    pub(super) fn rate_without(&self, other: &Self) -> f64 {
        let before = if self.epochs > 0 { EPOCH } else { 0 };
        let sum = |one: u8, more: u8, less: u8| {
            (u32::from(one) + u32::from(more)).saturating_sub(less.into())
        };
        let trials = sum(self.trials, before, other.trials);
        let hits = sum(self.hits, self.hits_before, other.hits);
        match trials {
            0..4 => 0.0,
            _ => f64::from(hits) / f64::from(trials),
        }
    }

    /// What the trials show, if it is more than chance, habit and `rate` would give.
    pub(super) fn evidence(
        &self,
        occasion: Occasion,
        window: Window,
        rate: f64,
    ) -> Option<Evidence> {
        let (hits, of) = (u32::from(self.hits), u32::from(self.trials));
        if hits == 0 || !occasion.is_regular(hits, of) {
            return None;
        }
        let stretches = of * u32::from(window.stretches);
        let other_hits = u32::from(self.others);
        // If the event did not matter, each of a trial's stretches with a connection was as likely the first as any other.
        let p = f64::from(hits + other_hits) / f64::from(stretches);
        let p = p.max(rate);
        (tail(of, hits, p) <= bar(self.all(), TESTS)).then(|| Evidence::Event {
            trigger: occasion,
            within_s: window.seconds.into(),
            hits,
            of,
            other_hits,
            others: stretches - of,
        })
    }

    /// Complete trials there ever were.
    pub(super) fn all(&self) -> u32 {
        u32::from(self.epochs) * u32::from(EPOCH) + u32::from(self.trials)
    }

    /// Whether a connection begins after the event often enough, by however many trials.
    pub(super) fn explains(&self) -> bool {
        self.trials >= 8 && u32::from(self.hits) * 5 >= u32::from(self.trials) * 4
    }
}
