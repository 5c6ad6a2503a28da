//! How many of many beacons are told that now and then miss an event, in apps that are also used.

use std::collections::BTreeMap;

use super::month::Chance;
use super::*;

const DAYS: u64 = 30;
const APPS: u64 = 40;
/// So many events in a hundred are answered.
const ANSWERED: u64 = 97;

const PACKAGES: [&str; APPS as usize] = {
    const NAMES: &str = "com.example.p0com.example.p1com.example.p2com.example.p3com.example.p4\
                         com.example.p5com.example.p6com.example.p7com.example.p8com.example.p9";
    let mut packages = [""; APPS as usize];
    let mut at = 0;
    while at < packages.len() {
        // Ten names: four apps share one, and are updated together.
        let (_, rest) = NAMES.split_at(at % 10 * 14);
        packages[at] = rest.split_at(14).0;
        at += 1;
    }
    packages
};

fn planted(kind: u32, n: u64) -> Owner {
    Owner {
        uid: kind * 1000 + n as u32,
        ..app(PACKAGES[n as usize])
    }
}

struct Rates {
    chance: Chance,
    phone: Phone,
}

impl Rates {
    /// A phone that is on at night, and whose apps are used three times a day.
    fn new(seed: u64) -> Self {
        let mut rates = Self {
            chance: Chance(seed),
            phone: Phone::new(),
        };
        let other = app("com.example.other");
        for at in (START_MS..START_MS + DAYS * DAY_MS).step_by(2 * MINUTE_MS as usize) {
            rates.phone.sized_flow(at, &other, "other.example", FETCHES);
        }
        rates
    }

    fn answer(&mut self, kind: u32, event: u64, from_ms: u64, to_ms: u64) {
        for n in 0..APPS {
            if self.chance.percent(ANSWERED) {
                let at = event + self.chance.between(from_ms, to_ms);
                self.phone.flow(at, &planted(kind, n), "used.example");
            }
        }
    }

    fn days(&mut self) {
        for day in 0..DAYS {
            let mut at = START_MS + day * DAY_MS + 7 * HOUR_MS + self.chance.below(HOUR_MS);
            let night = START_MS + day * DAY_MS + 23 * HOUR_MS;
            while at < night {
                let lasts = 20_000 + self.chance.wait(2 * MINUTE_MS);
                self.phone.event(at, Trigger::ScreenOn);
                self.phone.event(at + 1_500, Trigger::Unlock);
                self.answer(3, at + 1_500, 300, 4_500);
                for kind in 1..=4 {
                    for n in 0..APPS {
                        if self.chance.percent(6) {
                            let at = at + 6_000 + self.chance.below(lasts);
                            let one = planted(kind, n);
                            self.phone.sized_flow(at, &one, "used.example", FETCHES);
                        }
                    }
                }
                self.phone.event(at + lasts, Trigger::ScreenOff);
                at += lasts + 2_000 + self.chance.wait(20 * MINUTE_MS);
            }
        }
    }

    fn rare(&mut self) {
        // Nine boots, each with a SIM that is told after it.
        for n in 0..9 {
            let at = START_MS + n * 80 * HOUR_MS + self.chance.below(DAY_MS);
            self.phone.restart(at);
            self.answer(1, at, 3_000, 75_000);
            let sim = at + self.chance.between(4_000, 25_000);
            self.phone.event(sim, Trigger::SimChange);
            self.answer(2, sim, 1_000, 15_000);
        }
        for n in 0..10 {
            let at = START_MS + 30 * HOUR_MS + n * 65 * HOUR_MS + self.chance.below(DAY_MS);
            let mut last = at;
            for _ in 0..self.chance.between(1, 4) {
                self.phone.event(last, Trigger::SimChange);
                last += self.chance.between(1_000, 7_000);
            }
            self.answer(2, at, 1_000, 15_000);
        }
        for (package, name) in PACKAGES.iter().enumerate().take(10) {
            for n in 0..8 {
                let at = START_MS + n * 85 * HOUR_MS + self.chance.below(2 * DAY_MS);
                self.phone.update(at, name);
                for app in (package..APPS as usize).step_by(10) {
                    if self.chance.percent(ANSWERED) {
                        let at = at + self.chance.between(3_000, 60_000);
                        self.phone.flow(at, &planted(4, app as u64), "used.example");
                    }
                }
            }
        }
    }
}

#[test]
fn beacons_that_miss_an_event_now_and_then() {
    let kinds = ["boot", "sim", "unlock", "update"];
    for seed in 1..=2 {
        let mut rates = Rates::new(seed);
        rates.days();
        rates.rare();
        let mut found = BTreeMap::<String, u32>::new();
        for one in rates.phone.run() {
            let kind = one.app.as_ref().map_or(0, |app| app.uid / 1000);
            let wanted = kinds.get((kind as usize).wrapping_sub(1));
            let told = match one.beacon.evidence {
                Evidence::Event { trigger, .. } => match trigger {
                    Occasion::Boot => "boot",
                    Occasion::SimChange => "sim",
                    Occasion::Unlock | Occasion::ScreenOn => "unlock",
                    Occasion::OwnUpdate => "update",
                    _ => "other event",
                },
                Evidence::Period { .. } => "period",
            };
            let what = match wanted {
                Some(wanted) if *wanted == told => told.to_owned(),
                wanted => format!("{} told as {told}", wanted.unwrap_or(&"nothing")),
            };
            *found.entry(what).or_default() += 1;
        }
        println!("seed {seed}: {found:?}");
        let count = |what: &str| found.get(what).copied().unwrap_or(0);
        for kind in kinds {
            assert!(count(kind) >= 36, "seed {seed}, {kind}: {found:?}");
        }
        let all: u32 = found.values().sum();
        let right: u32 = kinds.into_iter().map(count).sum();
        assert!(all - right <= 1, "seed {seed}: {found:?}");
    }
}
