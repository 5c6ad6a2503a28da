//! Many phones.

use std::collections::BTreeMap;

use gasket_core::tables::Places;
use gasket_tests::score::Share;

use crate::phone::{Alarm, Outcome, Phone, phone};
use crate::planted::{Form, Kind};

/// The first phone's seed, unless told otherwise; the others follow.
pub(crate) const SEED: u64 = 20_260_105;

/// How many phones: with ten beacons of each kind, with one of each, with none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) crowded: u64,
    pub(crate) few: u64,
    pub(crate) clean: u64,
}

impl Size {
    pub(crate) const QUICK: Self = Self {
        crowded: 1,
        few: 0,
        clean: 0,
    };
    pub(crate) const FULL: Self = Self {
        crowded: 120,
        few: 120,
        clean: 120,
    };
}

/// Phones of one sort.
#[derive(Debug, Default)]
pub(crate) struct Sort {
    pub(crate) phones: Vec<Phone>,
}

#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) crowded: Sort,
    pub(crate) few: Sort,
    pub(crate) clean: Sort,
}

pub(crate) fn measure(size: Size, seed: u64) -> Measured {
    let places = include_bytes!("../../data/places.bin");
    let places = Places::parse(&places[..]).expect("the file of this repository");
    let sort = |from: u64, count: u64, each: usize| Sort {
        phones: (from..from + count)
            .map(|seed| phone(seed, each, &places))
            .collect(),
    };
    // No phone of one sort has the life of one of another.
    Measured {
        crowded: sort(seed, size.crowded, Form::USUAL.len()),
        few: sort(seed + 1_000, size.few, 1),
        clean: sort(seed + 2_000, size.clean, 0),
    }
}

impl Measured {
    pub(crate) fn sorts(&self) -> [(&'static str, &Sort); 3] {
        [
            ("ten beacons of each kind", &self.crowded),
            ("one beacon of each kind", &self.few),
            ("no beacon", &self.clean),
        ]
    }

    pub(crate) fn phones(&self) -> impl Iterator<Item = &Phone> + Clone {
        self.sorts().into_iter().flat_map(|(_, sort)| &sort.phones)
    }

    pub(crate) fn planted(&self) -> impl Iterator<Item = &Outcome> + Clone {
        self.phones().flat_map(|phone| &phone.planted)
    }
}

impl Sort {
    pub(crate) fn planted(&self) -> impl Iterator<Item = &Outcome> + Clone {
        self.phones.iter().flat_map(|phone| &phone.planted)
    }

    /// What was told of ordinary apps: how often it was not so, or was.
    pub(crate) fn alarms(&self, which: impl Fn(&Alarm) -> bool) -> Rate {
        let counts = self
            .phones
            .iter()
            .map(|phone| phone.alarms.iter().filter(|one| which(one)).count());
        Rate::of(counts)
    }
}

/// Of those that had so many events: how many were found by then.
pub(crate) fn within<'a>(all: impl Iterator<Item = &'a Outcome>, events: usize) -> Share {
    share(all, events, |one| {
        one.found.is_some_and(|found| found <= events)
    })
}

fn share<'a>(
    all: impl Iterator<Item = &'a Outcome>,
    events: usize,
    is_hit: impl Fn(&Outcome) -> bool,
) -> Share {
    let mut share = Share::default();
    for one in all.filter(|one| one.events >= events) {
        share.add(is_hit(one));
    }
    share
}

/// Of those that had so many events: how many were found in the month.
pub(crate) fn in_the_month<'a>(all: impl Iterator<Item = &'a Outcome>, events: usize) -> Share {
    share(all, events, |one| one.found.is_some())
}

/// Of those that had so many events: of how many anything was told in the month.
pub(crate) fn told_at_all<'a>(all: impl Iterator<Item = &'a Outcome>, events: usize) -> Share {
    share(all, events, |one| one.told)
}

/// The number of events by which such a share is found, if that many were ever seen.
pub(crate) fn needed<'a>(
    all: impl Iterator<Item = &'a Outcome> + Clone,
    share: f64,
) -> Option<usize> {
    let most = all.clone().map(|one| one.events).max()?;
    (1..=most).find(|events| {
        let found = within(all.clone(), *events);
        found.of >= 20 && found.value() >= share
    })
}

/// How often something is told of a phone in a month.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rate {
    pub(crate) count: usize,
    pub(crate) phones: usize,
    /// The most on one phone.
    pub(crate) most: usize,
    squares: usize,
}

impl Rate {
    fn of(counts: impl Iterator<Item = usize>) -> Self {
        let mut rate = Self::default();
        for count in counts {
            rate.count += count;
            rate.phones += 1;
            rate.most = rate.most.max(count);
            rate.squares += count * count;
        }
        rate
    }

    pub(crate) fn value(self) -> f64 {
        self.count as f64 / self.phones.max(1) as f64
    }

    /// The mean's interval at 95 %: the exact one of a Poisson count (Garwood 1936), or the one that the phones' own spread
    /// gives, where that is wider because alarms come together.
    pub(crate) fn interval(self) -> (f64, f64) {
        let n = self.phones.max(1) as f64;
        let (low, high) = garwood(self.count);
        let (low, high) = (low / n, high / n);
        let mean = self.value();
        let spread = ((self.squares as f64 / n - mean * mean).max(0.0) / (n - 1.0).max(1.0)).sqrt();
        let half = 1.959_964 * spread;
        (low.min((mean - half).max(0.0)), high.max(mean + half))
    }

    pub(crate) fn told(self) -> String {
        let (low, high) = self.interval();
        format!(
            "{:.2} ({low:.2}–{high:.2}), {} on {} phones, at most {} on one",
            self.value(),
            self.count,
            self.phones,
            self.most
        )
    }
}

/// The means under which a count as low, or as high, has a chance of 2.5 %.
fn garwood(count: usize) -> (f64, f64) {
    // The chance of at most `count` where `mean` are expected.
    let at_most = |count: usize, mean: f64| {
        let mut log_term = -mean;
        let mut sum = log_term.exp();
        for k in 1..=count {
            log_term += (mean / k as f64).ln();
            sum += log_term.exp();
        }
        sum
    };
    let solve = |holds: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (0.0, count as f64 * 2.0 + 20.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if holds(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    };
    let lower = match count.checked_sub(1) {
        Some(fewer) => solve(&|mean| 1.0 - at_most(fewer, mean) < 0.025),
        None => 0.0,
    };
    (lower, solve(&|mean| at_most(count, mean) > 0.025))
}

/// What was told of ordinary apps, most often first.
pub(crate) fn reasons<'a>(phones: impl Iterator<Item = &'a Phone>) -> Vec<(&'a Alarm, usize)> {
    let mut counts: BTreeMap<&Alarm, usize> = BTreeMap::new();
    for alarm in phones.flat_map(|phone| &phone.alarms) {
        *counts.entry(alarm).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Those of a kind.
pub(crate) fn of_kind(outcome: &Outcome, kind: Kind) -> bool {
    outcome.kind == kind && outcome.form != Form::Late
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ulm (1990), Am J Epidemiol 131:373, gives 4.79–18.39 for a count of 10; the upper bound of 0 is -ln 0.025.
    #[test]
    fn intervals_of_counts_are_the_exact_ones() {
        let (low, high) = garwood(10);
        assert!(
            (low - 4.795).abs() < 0.005 && (high - 18.39).abs() < 0.005,
            "{low} {high}"
        );
        let (low, high) = garwood(0);
        assert!(
            low.abs() < 1e-9 && (high - 3.689).abs() < 0.001,
            "{low} {high}"
        );
    }

    /// Alarms that come together say less than as many that do not.
    #[test]
    fn a_rate_is_as_sure_as_the_phones_are_alike() {
        let alike = Rate::of([1; 50].into_iter());
        let apart = Rate::of((0..50).map(|nth| if nth == 0 { 50 } else { 0 }));
        assert!(alike.interval().1 < 1.4 && apart.interval().1 > 2.5);
    }
}
