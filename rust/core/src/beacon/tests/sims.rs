//! SIMs that are changed while the phone is off, and boots of both sorts.

use super::month::Chance;
use super::*;

/// What a phone does in a month, and what its apps do then.
struct Sims {
    chance: Chance,
    phone: Phone,
    /// Boots with and without another SIM.
    with: Vec<u64>,
    without: Vec<u64>,
}

const DAYS: u64 = 30;

impl Sims {
    /// Something speaks every ten minutes; the phone is off for some minutes at so many boots, in half an hour of the day that
    /// hangs on the day.
    fn new(seed: u64, with: u64, without: u64) -> Self {
        let mut sims = Self {
            chance: Chance(seed),
            phone: Phone::new(),
            with: Vec::new(),
            without: Vec::new(),
        };
        let all = with + without;
        let mut off = Vec::new();
        for n in 0..all {
            let at = START_MS
                + DAY_MS / 2
                + n * (DAYS - 1) * DAY_MS / all
                + sims.chance.below(3 * HOUR_MS);
            let minutes = sims.chance.between(2, 9);
            off.push((at - minutes * MINUTE_MS, at));
            sims.phone.event(at, Trigger::Boot);
            // Spread over the month.
            if (n + 1) * with / all > n * with / all {
                sims.with.push(at);
                let told = at + sims.chance.between(10_000, 50_000);
                sims.phone.event(told, Trigger::SimChange);
                sims.phone.event(told + 3_000, Trigger::SimChange);
            } else {
                sims.without.push(at);
            }
        }
        let other = app("com.example.other");
        let beacons = [sim_app(0), sim_app(1), sim_app(2)];
        for at in (START_MS..START_MS + DAYS * DAY_MS).step_by(2 * MINUTE_MS as usize) {
            if !off.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                sims.phone.sized_flow(at, &other, "other.example", FETCHES);
            }
        }
        // They are known from the first day on.
        for one in &beacons {
            sims.phone
                .sized_flow(START_MS, one, "used.example", FETCHES);
        }
        sims
    }

    fn answer(&mut self, app: u64, boots: &[u64]) {
        for at in boots {
            let at = at + 55_000 + self.chance.below(40_000);
            self.phone.flow(at, &sim_app(app), "sim.example");
        }
    }

    /// Another SIM while the phone is on.
    fn apart(&mut self, app: u64, changes: u64) {
        for n in 0..changes {
            let at =
                START_MS + 2 * DAY_MS + n * 5 * DAY_MS + 20 * HOUR_MS + self.chance.below(HOUR_MS);
            self.phone.event(at, Trigger::SimChange);
            let after = self.chance.between(2_000, 50_000);
            self.phone.flow(at + after, &sim_app(app), "sim.example");
        }
    }

    fn told(&mut self) -> Vec<(u32, Occasion, u32)> {
        let told = self.phone.run();
        let what = |one: &BeaconSeen| match one.beacon.evidence {
            Evidence::Event { trigger, hits, .. } => Some((one.app.as_ref()?.uid, trigger, hits)),
            Evidence::Period { .. } => None,
        };
        told.iter().filter_map(what).collect()
    }
}

fn sim_app(n: u64) -> Owner {
    numbered("com.example.s", n)
}

#[test]
fn boots_with_another_sim_are_told_where_those_without_are_silent() {
    for seed in 0..5 {
        let mut sims = Sims::new(seed, 8, 12);
        let (with, without) = (sims.with.clone(), sims.without.clone());
        sims.answer(0, &with);
        // The controls: one answers each boot, one each boot without.
        sims.answer(1, &with);
        sims.answer(1, &without);
        sims.answer(2, &without);
        let told = sims.told();
        let sims: Vec<_> = told
            .iter()
            .filter(|(_, occasion, _)| *occasion == Occasion::SimChange)
            .collect();
        assert!(matches!(sims[..], [(10_000, _, 6..=8)]), "{seed}: {told:?}");
        assert!(
            told.iter()
                .any(|(app, occasion, _)| (*app, *occasion) == (10_001, Occasion::Boot)),
            "{told:?}"
        );
        assert!(
            !told
                .iter()
                .any(|(app, occasion, _)| (*app, *occasion) == (10_000, Occasion::Boot)),
            "{told:?}"
        );
    }
}

#[test]
fn without_boots_to_compare_with_some_changes_apart_are_needed() {
    for apart in 0..4 {
        let mut sims = Sims::new(apart, 5, 0);
        let with = sims.with.clone();
        sims.answer(0, &with);
        sims.apart(0, apart);
        let told = sims.told();
        let occasion = if apart < 1 {
            Occasion::Boot
        } else {
            Occasion::SimChange
        };
        // Fewer than five boots after some minutes are none for a boot, either.
        let wanted = told
            .iter()
            .all(|(app, told, _)| (*app, *told) == (10_000, occasion));
        assert!(
            wanted && (apart < 1 || told.len() == 1),
            "{apart}: {told:?}"
        );
    }
}

/// An app that answers every second boot or so, whatever the SIM.
#[test]
fn an_app_that_answers_some_boots_is_not_told_of_the_sim() {
    let mut wrong = Vec::new();
    for seed in 0..60 {
        let mut sims = Sims::new(seed, 6, 10);
        let mut some: Vec<_> = [sims.with.clone(), sims.without.clone()].concat();
        let share = 30 + seed % 6 * 10;
        some.retain(|_| sims.chance.percent(share));
        sims.answer(0, &some);
        wrong.extend(
            sims.told()
                .into_iter()
                .filter(|(_, occasion, _)| *occasion == Occasion::SimChange),
        );
    }
    assert_eq!(wrong, []);
}

/// Four boots at once and four after some minutes say together what neither says alone.
#[test]
fn boots_at_once_and_after_a_while_are_counted_together() {
    let told = |quick: u64, slow: u64| {
        let mut sims = Sims::new(7, 0, slow);
        let slow = sims.without.clone();
        sims.answer(0, &slow);
        for n in 0..quick {
            let at = START_MS + DAY_MS + n * 6 * DAY_MS + 4 * HOUR_MS;
            sims.phone.restart(at);
            sims.answer(0, &[at]);
        }
        sims.told()
    };
    assert_eq!(told(4, 0), []);
    assert_eq!(told(0, 4), []);
    assert!(matches!(told(4, 4)[..], [(10_000, Occasion::Boot, _)]));
}

/// A phone that is switched off two hours after each change shows as much in these.
#[test]
fn a_trial_that_is_broken_off_counts_for_what_was_seen() {
    let told = |hours: u64| {
        let mut phone = Phone::new();
        phone.hum(1);
        for n in 0..8 {
            let at = START_MS + n * 3 * DAY_MS + 12 * HOUR_MS;
            let off = at + hours * HOUR_MS;
            for minutes in (0..12 * HOUR_MS + off - at).step_by(10 * MINUTE_MS as usize) {
                phone.event(at - 12 * HOUR_MS + minutes, Trigger::Alarm);
            }
            phone.event(off + 9 * HOUR_MS, Trigger::Boot);
            phone.event(at, Trigger::SimChange);
            phone.flow(at + 45_000, &app("com.example.sim"), "sim.example");
        }
        phone.run().len()
    };
    assert_eq!(told(5), 1, "the control");
    assert_eq!(told(2), 1);
    // Too little was seen.
    assert_eq!(told(0), 0);
}

/// The network goes and comes with a SIM, and seldom else: that is no other reason.
#[test]
fn the_network_that_comes_with_a_sim_is_no_other_reason() {
    let told = |connects: bool| {
        let mut phone = Phone::new();
        // Others speak, so that the network is not taken for gone.
        let other = app("com.example.other");
        for at in (START_MS..START_MS + DAYS * DAY_MS).step_by(10 * MINUTE_MS as usize) {
            phone.sized_flow(at, &other, "other.example", FETCHES);
        }
        for n in 0..18 {
            let at = START_MS + n * 36 * HOUR_MS + 11 * HOUR_MS;
            let is_sim = n % 3 == 2;
            phone.event(at - 4_000, Trigger::ServiceChange);
            if is_sim {
                phone.event(at, Trigger::SimChange);
            }
            phone.event(at + 6_000, Trigger::Connectivity);
            if is_sim || connects {
                phone.flow(at + 15_000, &app("com.example.sim"), "sim.example");
            }
        }
        let told = phone.run();
        let occasion = |one: &BeaconSeen| match one.beacon.evidence {
            Evidence::Event { trigger, .. } => Some(trigger),
            Evidence::Period { .. } => None,
        };
        told.iter().filter_map(occasion).collect::<Vec<_>>()
    };
    assert_eq!(told(false), [Occasion::SimChange]);
    // The control: it answers the network without a SIM as well.
    assert_eq!(told(true), []);
}

/// Who answers a SIM or its own update says something by that, whatever comes back; who answers a boot may only fetch.
#[test]
fn what_answers_a_sim_or_its_update_is_told_even_if_it_fetches() {
    let told = |trigger: Trigger, sent: fn(u64) -> u64| {
        let mut phone = Phone::new();
        phone.hum(DAYS);
        phone.flow(START_MS, &app("com.example.one"), "used.example");
        for n in 0..7 {
            let at = START_MS + n * 4 * DAY_MS + 11 * HOUR_MS;
            match trigger {
                Trigger::Boot => phone.restart(at),
                Trigger::PackageChange => phone.update(at, "com.example.one"),
                _ => phone.event(at, trigger),
            }
            let traffic = Traffic {
                sent: sent(n),
                received: 900 + n * 300,
                inside: Some((sent(n), 900 + n * 300)),
            };
            phone.sized_flow(at + 15_000, &app("com.example.one"), "one.example", traffic);
        }
        let told = phone.run();
        told.iter()
            .map(|one| one.beacon.support.telling)
            .collect::<Vec<_>>()
    };
    for trigger in [Trigger::SimChange, Trigger::PackageChange] {
        assert_eq!(told(trigger, |n| 300 + n), [None]);
        assert_eq!(told(trigger, |n| 300 + n * 300), [], "never as much");
        assert_eq!(told(trigger, |n| 200 + n), [], "hardly anything");
    }
    assert_eq!(told(Trigger::Boot, |n| 300 + n), [], "boots");
}

/// A SIM that is told some seconds before the boot that brought it about is told with that boot.
#[test]
fn a_sim_that_is_told_before_its_boot_comes_with_it() {
    let mut sims = Sims::new(1, 0, 0);
    for n in 0..20 {
        let at = START_MS + DAY_MS + n * 33 * HOUR_MS + sims.chance.below(2 * HOUR_MS);
        sims.phone.event(at - 80_000, Trigger::Alarm);
        sims.phone.event(at - 15_000, Trigger::ScreenOn);
        if n % 5 < 2 {
            sims.phone.event(at - 10_000, Trigger::SimChange);
            sims.phone.event(at - 6_000, Trigger::SimChange);
            // One that speaks as it is told, too.
            sims.phone.flow(at - 3_000, &sim_app(0), "sim.example");
        }
        sims.phone.event(at, Trigger::Boot);
        for app in 1..3 {
            if app == 1 || n % 5 < 2 {
                let after = sims.chance.between(5_000, 40_000);
                sims.phone.flow(at + after, &sim_app(app), "sim.example");
            }
        }
    }
    let mut told = sims.told();
    told.sort_by_key(|(app, ..)| *app);
    let told: Vec<_> = told
        .iter()
        .map(|(app, occasion, _)| (*app, *occasion))
        .collect();
    assert_eq!(
        told,
        [
            (10_000, Occasion::SimChange),
            (10_001, Occasion::Boot),
            (10_002, Occasion::SimChange)
        ]
    );
}

/// A phone that tells of its SIM some seconds after each boot, but for so many in a hundred. The first app answers the SIM, whether or
/// not that is told; the others answer the boot, each after another time, and the last whenever.
fn told_of_each_boot(seed: u64, off_ms: u64, untold: u64) -> Vec<(u32, Occasion)> {
    const AFTER_MS: [u64; 5] = [0, 9_000, 24_000, 45_000, 60_000];
    let mut chance = Chance(seed);
    let mut phone = Phone::new();
    let other = app("com.example.other");
    let mut on = START_MS;
    for boot in 1..23 {
        let at = START_MS + boot * 31 * HOUR_MS + chance.below(6 * HOUR_MS);
        for at in (on..at - off_ms).step_by(5 * MINUTE_MS as usize) {
            phone.sized_flow(at + 3 * MINUTE_MS, &other, "other.example", FETCHES);
        }
        on = at;
        phone.event(at - off_ms, Trigger::Alarm);
        phone.event(at, Trigger::Boot);
        let sim = at + chance.between(4_000, 40_000);
        if !chance.percent(untold) {
            phone.event(sim, Trigger::SimChange);
            phone.event(sim + 3_000, Trigger::SimChange);
        }
        phone.flow(
            sim + chance.between(1_000, 14_000),
            &sim_app(0),
            "sim.example",
        );
        for (n, after) in (1..).zip(AFTER_MS) {
            let at = at + after + chance.between(1_000, 9_000);
            phone.flow(at, &sim_app(n), "boot.example");
        }
        let at = at + chance.between(1_000, 75_000);
        phone.flow(at, &sim_app(6), "boot.example");
    }
    let told = phone.run();
    let what = |one: &BeaconSeen| match one.beacon.evidence {
        Evidence::Event { trigger, .. } => Some((one.app.as_ref()?.uid, trigger)),
        Evidence::Period { .. } => None,
    };
    told.iter().filter_map(what).collect()
}

#[test]
fn what_is_as_long_after_the_sim_each_time_is_told_of_it_though_each_boot_has_one() {
    for (off_ms, untold) in [(MINUTE_MS, 0), (6 * MINUTE_MS, 0), (MINUTE_MS, 25)] {
        let (mut right, mut wrong) = (0, 0);
        for seed in 0..10 {
            let told = told_of_each_boot(seed, off_ms, untold);
            let is_told = |app: u32, occasion: Occasion| told.contains(&(app, occasion));
            right += u32::from(is_told(10_000, Occasion::SimChange));
            let others = 10_001..10_007;
            // Boots are told of all: nobody can say that they are not answered.
            assert!(
                (10_000..10_007).all(|app| is_told(app, Occasion::Boot)),
                "{told:?}"
            );
            wrong += others
                .filter(|app| is_told(*app, Occasion::SimChange))
                .count();
        }
        println!("off for {off_ms} ms, {untold} untold: {right} of 10, {wrong} of 60 wrong");
        assert!(
            right >= 9 && wrong <= 1,
            "{off_ms} {untold}: {right} {wrong}"
        );
    }
}
