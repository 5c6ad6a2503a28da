//! One phone, and how well its beacons are told from all else.

use gasket_core::beacon::{Evidence, Occasion};
use gasket_core::tables::Places;

use crate::dice::Dice;
use crate::life::{Boots, Life};
use crate::ordinary;
use crate::planted::{self, Form, Kind};
use crate::span::SECOND;
use crate::traffic::Traffic;
use crate::watch::{Told, watch};
use crate::world::World;

/// What became of a planted beacon.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) misses: bool,
    pub(crate) drifts: bool,
    /// Events that it answers and that Gasket saw, or contacts of a periodic one.
    pub(crate) events: usize,
    /// How many of them there had been when it was told for what it is.
    pub(crate) found: Option<usize>,
    /// Told of at all, if only for something else that it does as well: each day at the same hour, on a phone that is off at that
    /// hour, is at each boot.
    pub(crate) told: bool,
}

/// What was told of an ordinary app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alarm {
    /// Whether the app does so by design, so that it is true.
    pub(crate) true_of_it: bool,
    pub(crate) said: String,
    /// What it does.
    pub(crate) does: String,
}

#[derive(Debug, Default)]
pub(crate) struct Phone {
    pub(crate) planted: Vec<Outcome>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) flows: usize,
    pub(crate) unlocks: usize,
    pub(crate) bytes: usize,
    /// Switched off every night.
    pub(crate) nightly: bool,
}

/// A phone with so many beacons of each kind.
pub(crate) fn phone(seed: u64, each: usize, places: &Places) -> Phone {
    let mut world = World::of(seed);
    let mut life = Life::of(seed);
    let mut planted = planted::plan(&mut world, each, seed);
    let updates: Vec<usize> = world.apps.iter().map(|app| app.updates).collect();
    life.update(&updates, &mut Dice::of(seed, "updates"));
    let mut traffic = Traffic::default();
    ordinary::speak(&mut world, &life, &mut traffic, seed);
    planted::speak(&mut planted, &life, &mut traffic, seed);
    traffic.finish(&life);
    let watched = watch(&world, &life, &traffic, places);
    let planted_pairs: Vec<(u16, u32)> = planted.iter().map(|one| one.pair).collect();
    let of_ordinary = |told: &&Told| !planted_pairs.contains(&told.pair);
    Phone {
        planted: planted
            .iter()
            .map(|one| {
                let of_it = || watched.told.iter().filter(|told| told.pair == one.pair);
                let found = of_it().find(|told| one.kind.is_told_by(&told.beacon));
                Outcome {
                    kind: one.kind,
                    form: one.form,
                    misses: one.missed > 0.0,
                    drifts: one.drifts,
                    events: one.moments.len(),
                    found: found.map(|told| one.moments.partition_point(|at| *at <= told.at)),
                    told: of_it().next().is_some(),
                }
            })
            .collect(),
        alarms: watched
            .told
            .iter()
            .filter(of_ordinary)
            .map(|told| alarm(told, &traffic))
            .collect(),
        flows: watched.flows,
        unlocks: life
            .sessions
            .iter()
            .filter(|one| one.unlock.is_some())
            .count(),
        bytes: watched.bytes,
        nightly: life.habits.boots == Boots::Nightly,
    }
}

fn alarm(told: &Told, traffic: &Traffic) -> Alarm {
    let design = traffic.design.get(&told.pair);
    let (said, true_of_it) = match &told.beacon.evidence {
        Evidence::Event { trigger, .. } => {
            let is_true = design.is_some_and(|design| design.occasions.contains(trigger));
            (occasion_name(*trigger).to_owned(), is_true)
        }
        Evidence::Period { period_s, .. } => {
            let period = u64::from(*period_s) * SECOND;
            let near = |of: &u64| period.abs_diff(*of) * 100 <= *of * 15;
            let is_true = design.is_some_and(|design| design.periods.iter().any(near));
            (format!("every {} h", (period_s + 1_800) / 3_600), is_true)
        }
    };
    let does = traffic
        .habits
        .get(&told.pair)
        .map_or_else(String::new, |all| all.join("; "));
    Alarm {
        true_of_it,
        said,
        does,
    }
}

fn occasion_name(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Boot => "boot",
        Occasion::FirstUnlock => "first unlock",
        Occasion::Unlock => "unlock",
        Occasion::ScreenOn => "screen on",
        Occasion::ScreenOff => "screen off",
        Occasion::SimChange => "change of the SIM",
        Occasion::ServiceChange => "mobile service",
        Occasion::Connectivity => "change of network",
        Occasion::Charging => "charger",
        Occasion::PackageChange => "change of some app",
        Occasion::OwnUpdate => "own update",
        Occasion::TimeZone => "time zone",
        Occasion::Airplane => "airplane mode",
    }
}
