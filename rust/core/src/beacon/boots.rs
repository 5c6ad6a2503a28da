//! Starts of the phone: after which of the last ones a pair spoke, and with which of them the SIM had changed.

use std::collections::VecDeque;

use super::chance::contrast;
use super::moments::SETTLING_MS;
use super::occasions::Besides;

/// Starts that are remembered: a bit each.
pub(super) const BOOTS_MAX: usize = 64;
/// How likely by chance a pair may be silent before a start and speak then, in thousandths: what a start counts for at most.
const CHANCE_MAX: u32 = 200;
/// The same on average, at most, where the phone is off for minutes: those after a night count for more than twice as much.
const RESTART_CHANCE: u32 = 60;
/// An app that answers starts now and then, whatever the SIM, would look like one that answers its change once in so many times.
const OTHER_REASON: f64 = 0.01;

/// What speaks within so many seconds of a SIM that changed is close upon it.
const CLOSE_S: u8 = 20;
/// So many times at least, and so many votes, show something.
const CLOSE_MIN: u32 = 6;
const CLOSE_VOTES: i8 = 3;

/// The last starts of the phone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Boots {
    /// Of each, the latest first: how likely a pair is silent before and speaks then by chance, at most, in thousandths.
    pub(super) chances: VecDeque<u8>,
    /// With which of them the SIM was told to have changed: a bit each, the lowest for the latest.
    pub(super) with_sim: u64,
    /// When those were, in minutes since 1970, the latest first: none from before the clock was set back.
    pub(super) at: VecDeque<u32>,
}

impl Boots {
    /// One in that minute.
    pub(super) fn add(&mut self, chance: f64, at: u32) {
        self.chances.truncate(BOOTS_MAX - 1);
        self.chances.push_front((chance * 1000.0).ceil() as u8);
        self.with_sim <<= 1;
        self.at.truncate(BOOTS_MAX - 1);
        self.at.push_front(at);
    }

    /// The first one between two minutes.
    pub(super) fn first_between(&self, from: u32, to: u32) -> Option<u32> {
        let later = self.at.iter().take_while(|at| **at > from);
        later.copied().filter(|at| *at < to).last()
    }

    /// The mean chance of the likeliest so many of them.
    pub(super) fn likeliest(&self, boots: u32) -> f64 {
        let mut left = boots;
        let mut sum = 0;
        for chance in (0..=u8::MAX).rev() {
            let as_likely = self.chances.iter().filter(|one| **one == chance);
            let taken = left.min(as_likely.count() as u32);
            sum += taken * u32::from(chance);
            left -= taken;
        }
        // Of those before, as likely as any may be.
        sum += left * CHANCE_MAX;
        f64::from(sum) / f64::from(boots.max(1)) / 1000.0
    }

    /// Whether the phone is mostly off for minutes, in which hardly anything falls due that then waits for it.
    pub(super) fn are_restarts(&self) -> bool {
        let sum: u32 = self.chances.iter().map(|chance| u32::from(*chance)).sum();
        sum <= RESTART_CHANCE * self.chances.len() as u32
    }

    /// The mean chance of those whose bit is set.
    fn mean(&self, which: u64) -> f64 {
        let all = (0..BOOTS_MAX).filter(|at| which >> at & 1 == 1);
        let each = all.map(|at| self.chances.get(at).map_or(CHANCE_MAX, |one| (*one).into()));
        f64::from(each.sum::<u32>()) / f64::from(which.count_ones().max(1)) / 1000.0
    }
}

/// What one pair did after the starts: a bit each, the lowest for the latest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// Its app was known before.
    pub(super) known: u64,
    /// Of these, it had been silent before.
    pub(super) counted: u64,
    /// It spoke soon after: after the SIM was told to have changed, where it was.
    pub(super) spoke: u64,
    /// Of those that are forgotten, how many came with a SIM that changed.
    pub(super) gone: u8,
    pub(super) close: Close,
    pub(super) lately: Lately,
}

impl Answers {
    /// Those of a pair that never spoke, of an app of which one pair has these.
    pub(super) fn of_silent(known: u64) -> Self {
        Self {
            known,
            counted: known,
            ..Self::default()
        }
    }

    /// The phone starts, before [`Boots::add`]. Whether the pair had been silent before; `None` where that cannot be said.
    pub(super) fn begin(&mut self, was_silent: Option<bool>, boots: &Boots) {
        let oldest = (self.known & boots.with_sim) >> (BOOTS_MAX - 1);
        self.gone = self.gone.saturating_add(oldest as u8);
        self.known = self.known << 1 | u64::from(was_silent.is_some());
        self.counted = self.counted << 1 | u64::from(was_silent == Some(true));
        self.spoke <<= 1;
    }

    /// It speaks soon after a start; so many seconds after it and after a SIM that changed, where it had not spoken since the start. Whether
    /// that is the first answer to a SIM that changed, by a pair that mostly answers.
    pub(super) fn see(&mut self, boots: &Boots, after_s: Option<(u8, u8)>) -> bool {
        let is_first = self.spoke & 1 == 0;
        self.spoke |= 1;
        if let Some((boot_s, sim_s)) = after_s
            && is_first
            && self.known & boots.with_sim & 1 == 1
        {
            self.close.see(boot_s, sim_s);
        }
        let with = self.with_sim(boots);
        let is_likely = with.of < 4 || with.hits * 2 >= with.of;
        is_first && is_likely && self.counted & boots.with_sim & 1 == 1
    }

    /// Starts with a SIM that changed, as trials besides those apart from starts.
    pub(super) fn with_sim(&self, boots: &Boots) -> Besides {
        let with = self.known & boots.with_sim;
        let counted = with & self.counted;
        let others = self.counted & !boots.with_sim;
        Besides {
            hits: (counted & self.spoke).count_ones(),
            of: counted.count_ones(),
            skipped: (with & !counted).count_ones(),
            chance: 0.0,
            ever: with.count_ones() + u32::from(self.gone),
            by_itself: 0,
            other_hits: (others & self.spoke).count_ones(),
            others: others.count_ones(),
            within_s: if counted > 0 {
                (SETTLING_MS / 1000) as u32
            } else {
                0
            },
        }
    }

    /// Whether it speaks so close upon the SIM, and so much less evenly after the start, that this hardly explains when.
    pub(super) fn are_close(&self, boots: &Boots) -> bool {
        let ever = self.with_sim(boots).ever;
        let close = u32::from(self.close.times);
        close >= CLOSE_MIN && close * 4 >= ever * 3 && self.close.votes >= CLOSE_VOTES
    }

    /// How likely by chance it answers a start with a SIM that changed, on average.
    pub(super) fn chance(&self, boots: &Boots) -> f64 {
        boots.mean(self.known & boots.with_sim)
    }
}

/// Starts before which a pair had spoken a few hours ago: what fell due once a day did not wait for these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lately {
    pub(super) of: u8,
    pub(super) hits: u8,
    /// The latest start is one, and was not answered yet.
    pub(super) is_open: bool,
}

impl Lately {
    /// The phone starts, and the pair had spoken lately or not.
    pub(super) fn begin(&mut self, has_spoken: bool) {
        if self.of == u8::MAX {
            (self.of, self.hits) = (self.of / 2, self.hits / 2);
        }
        self.of += u8::from(has_spoken);
        self.is_open = has_spoken;
    }

    /// It speaks soon after a start.
    pub(super) fn see(&mut self) {
        self.hits += u8::from(std::mem::take(&mut self.is_open));
    }

    /// Whether there were some, and not only by chance are they answered.
    pub(super) fn are_answered(self) -> bool {
        self.of > 0 && !self.are_silent()
    }

    /// Whether hardly any is answered.
    pub(super) fn are_silent(self) -> bool {
        4 * u16::from(self.hits) < u16::from(self.of)
    }
}

/// After starts with a SIM that changed, how soon after either a pair spoke: what answers the SIM is about as long after it each time, and
/// what answers the start after that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Close {
    /// How often it spoke first within [`CLOSE_S`] of the SIM.
    pub(super) times: u8,
    /// How much more often it was nearer to what it was the time before since the SIM than since the start.
    pub(super) votes: i8,
    /// Seconds since the start and since the SIM, the last time.
    pub(super) boot_s: u8,
    pub(super) sim_s: u8,
}

impl Close {
    fn see(&mut self, boot_s: u8, sim_s: u8) {
        let is_close = sim_s <= CLOSE_S;
        if self.times > 0 {
            let (boot, sim) = (self.boot_s.abs_diff(boot_s), self.sim_s.abs_diff(sim_s));
            self.votes = self.votes.saturating_add(boot.cmp(&sim) as i8);
        }
        self.times = self.times.saturating_add(is_close.into());
        (self.boot_s, self.sim_s) = (boot_s, sim_s);
    }
}

impl Besides {
    /// Whether what answers starts with a SIM that changed does so whatever the SIM, as far as one can see: `apart` is the
    /// probability of at least so many hits of the trials apart from starts.
    pub(super) fn is_whatever(&self, hits_apart: u32, apart: impl Fn(u32) -> f64) -> bool {
        let (with, without) = ((self.hits, self.of), (self.other_hits, self.others));
        contrast(with, without, hits_apart, apart) > OTHER_REASON
    }

    /// Whether it is answered, and starts without are not.
    pub(super) fn differs(&self) -> bool {
        let is_silent = self.others >= 2 && self.other_hits * 2 <= self.others;
        self.of >= 2 && self.hits * 5 >= self.of * 4 && is_silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_start_has_the_lowest_bit() {
        let (mut boots, mut pair) = (Boots::default(), Answers::default());
        for boot in 0..80 {
            pair.begin((boot != 1).then_some(boot != 79), &boots);
            boots.add(0.036, boot);
            if boot % 10 == 9 {
                boots.with_sim |= 1;
                // Ten seconds after the SIM, which is told sooner or later.
                let after = boot as u8;
                let soon = (boot >= 40).then_some((after + 10, 10));
                assert_eq!(pair.see(&boots, soon), boot != 79);
                assert!(!pair.see(&boots, Some((after, 10))));
            }
        }
        let seen = pair.with_sim(&boots);
        // Of eight with a SIM that changed, the first is forgotten, and before the last it had spoken.
        assert_eq!((seen.hits, seen.of, seen.skipped), (6, 6, 1));
        assert_eq!((seen.other_hits, seen.others, seen.ever), (0, 57, 8));
        assert!(seen.differs());
        let close = pair.close;
        assert_eq!((close.times, close.votes), (4, 3));
        assert!(!pair.are_close(&boots), "too few");
        (pair.close.times, pair.gone) = (6, 0);
        assert!(pair.are_close(&boots), "six of seven");
        pair.close.votes = 2;
        assert!(!pair.are_close(&boots), "the start says as much");
        assert!((pair.chance(&boots) - 0.036).abs() < 1e-9);
        assert!((boots.likeliest(65) - (64.0 * 0.036 + 0.2) / 65.0).abs() < 1e-9);
    }
}
