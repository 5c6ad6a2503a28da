//! Whose phone it is.
//!
//! Sources of the figures here and in `uses.rs`: 85 uses a day, more than half of them shorter than 30 seconds, five
//! hours in all (Andrews, Ellis, Shaw, Piwek 2015, doi:10.1371/journal.pone.0139004); 76 sessions and 2.4 hours a day, a
//! tenth of the users 132 sessions; use rises from 7 o'clock until dinner time, and 87 % look at least once between
//! midnight and 5 in five nights (dscout 2016). What has no source is an estimate of ours.

use crate::dice::Dice;
use crate::span::HOUR;

/// How often what is rare happens in the 30 days, drawn per phone. Real phones are mostly of the first class; the others
/// are drawn more often than they occur, so that there are events to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Boots {
    /// 2 to 4: 60 % of the phones.
    Few,
    /// 5 to 10: 20 %.
    Some,
    /// Switched off every night: 20 %.
    Nightly,
}

#[derive(Debug, Clone)]
pub(crate) struct Habits {
    /// Times the screen is switched on a day, in the mean.
    pub(crate) uses: f64,
    pub(crate) wake: u64,
    pub(crate) bed: u64,
    /// No lock: the phone is unlocked when its screen comes on.
    pub(crate) unlocked: bool,
    pub(crate) charges_at_night: bool,
    pub(crate) commutes: bool,
    pub(crate) underground: bool,
    pub(crate) work_wifi: bool,
    pub(crate) boots: Boots,
    /// Changes of a SIM in the month: 1–2, 3–5, 6–10 or 11–20, each of a quarter of the phones.
    pub(crate) sims: usize,
    /// Whether the SIM becoming ready after power-on is told as a change.
    pub(crate) sim_at_boot: bool,
    pub(crate) travels: bool,
    /// Whether airplane mode is on over night.
    pub(crate) silent_nights: bool,
    /// How often protection is off for some hours.
    pub(crate) pauses: usize,
    /// No DNS answer is seen: all addresses are nameless.
    pub(crate) private_dns: bool,
}

impl Habits {
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let hours = |hours: f64| (hours * HOUR as f64) as u64;
        let (least, most) = dice.pick(&[(1, 2), (3, 5), (6, 10), (11, 20)]);
        let boots = [Boots::Few, Boots::Some, Boots::Nightly][dice.weighted(&[0.6, 0.2, 0.2])];
        Self {
            uses: (dice.normal(80_f64.ln(), 0.45)).exp().clamp(20.0, 220.0),
            wake: hours(dice.normal(7.0, 0.9).clamp(5.0, 10.0)),
            bed: hours(dice.normal(23.2, 0.9).clamp(21.0, 25.5)),
            unlocked: dice.is(0.15),
            charges_at_night: dice.is(0.7),
            commutes: dice.is(0.65),
            underground: dice.is(0.4),
            work_wifi: dice.is(0.6),
            boots,
            sims: dice.whole(least, most),
            sim_at_boot: dice.is(0.6),
            travels: dice.is(0.15),
            silent_nights: boots != Boots::Nightly && dice.is(0.07),
            pauses: if dice.is(0.2) { dice.whole(1, 3) } else { 0 },
            private_dns: dice.is(0.05),
        }
    }
}
