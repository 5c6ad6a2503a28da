//! A month of a phone, made from a seed: ordinary apps, and beacons among them. A simple one; it is not what
//! docs/DETECTION.md reports.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub(super) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from)
    }

    pub(super) fn percent(&mut self, p: u64) -> bool {
        self.below(100) < p
    }

    /// A time until something that comes without memory.
    pub(super) fn wait(&mut self, mean: u64) -> u64 {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (-(1.0 - unit).ln() * mean as f64) as u64
    }
}

const DAYS: u64 = 30;
const APPS: u64 = 200;
const PLANTED: u64 = 10;

struct Month {
    chance: Chance,
    phone: Phone,
    unlocks: Vec<u64>,
}

fn user_app(n: u64) -> Owner {
    numbered("com.example.a", n)
}

fn planted(kind: &str, n: u64) -> Owner {
    Owner {
        uid: 20_000 + n as u32,
        ..app(&format!("com.example.{kind}{n}"))
    }
}

impl Month {
    fn new(seed: u64, unlocks_a_day: u64) -> Self {
        let mut month = Self {
            chance: Chance(seed),
            phone: Phone::new(),
            unlocks: Vec::new(),
        };
        month.days(unlocks_a_day);
        month.ordinary();
        month
    }

    fn at(&mut self, mean: u64) -> Vec<u64> {
        let mut at = START_MS;
        let mut times = Vec::new();
        loop {
            at += self.chance.wait(mean).max(1000);
            if at > START_MS + DAYS * DAY_MS {
                return times;
            }
            times.push(at);
        }
    }

    /// Somebody uses it from seven to eleven.
    fn days(&mut self, unlocks_a_day: u64) {
        for day in 0..DAYS {
            let mut at = START_MS + day * DAY_MS + 7 * HOUR_MS + self.chance.below(HOUR_MS);
            let night = START_MS + day * DAY_MS + 23 * HOUR_MS;
            while at < night {
                self.phone.event(at, Trigger::ScreenOn);
                let lasts = 5_000 + self.chance.wait(2 * MINUTE_MS);
                if self.chance.percent(75) {
                    let unlocked = at + self.chance.between(500, 3_000);
                    self.phone.event(unlocked, Trigger::Unlock);
                    self.unlocks.push(unlocked);
                    self.session(unlocked, lasts);
                }
                self.phone.event(at + lasts, Trigger::ScreenOff);
                at += lasts + 2_000 + self.chance.wait(16 * HOUR_MS / unlocks_a_day * 3 / 4);
            }
        }
        for at in self.at(3 * HOUR_MS) {
            self.phone.event(at, Trigger::Connectivity);
        }
        for at in self.at(8 * HOUR_MS) {
            self.phone.event(at, Trigger::Charging);
        }
    }

    /// Few apps are used much.
    fn session(&mut self, from: u64, lasts: u64) {
        let mut at = from + 2_000 + self.chance.wait(10_000);
        while at < from + lasts {
            let n = self.chance.below(60) * self.chance.below(60) / 60;
            for _ in 0..self.chance.between(1, 6) {
                let to = self.chance.below(5);
                let at = at + self.chance.below(3_000);
                self.speak(at, &user_app(n), to);
            }
            at += 5_000 + self.chance.wait(40_000);
        }
    }

    fn speak(&mut self, at: u64, app: &Owner, to: u64) {
        self.exchange(at, app, to, TELLS);
    }

    fn exchange(&mut self, at: u64, app: &Owner, to: u64, traffic: Traffic) {
        const TO: [&str; 8] = [
            "a.example",
            "b.example",
            "c.example",
            "d.example",
            "e.example",
            "f.example",
            "g.example",
            "h.example",
        ];
        let lasts = 1_000 + self.chance.wait(40_000);
        let happens = Happens::Flow(app.clone(), TO[to as usize], lasts, traffic);
        self.phone.plan.push((at, happens));
    }

    fn ordinary(&mut self) {
        for n in 0..APPS {
            let one = user_app(n);
            match n % 5 {
                // Fetches news at intervals, later when the phone sleeps.
                0 | 1 => {
                    let every = [15, 30, 60, 180, 360][self.chance.below(5) as usize] * MINUTE_MS;
                    let mut at = START_MS + self.chance.below(every);
                    while at < START_MS + DAYS * DAY_MS {
                        self.exchange(at, &one, 5, FETCHES);
                        at += every + self.chance.below(every / 5);
                    }
                }
                // Is reached by a connection that it holds open, and takes up again.
                2 if n < 50 => {
                    let mut at = START_MS;
                    while at < START_MS + DAYS * DAY_MS {
                        let lasts = 5 * MINUTE_MS + self.chance.wait(90 * MINUTE_MS);
                        self.phone
                            .plan
                            .push((at, Happens::Flow(one.clone(), "push.example", lasts, TELLS)));
                        at += lasts + self.chance.below(5_000);
                    }
                }
                // Looks for news after every third unlock or so.
                3 => {
                    for at in self.unlocks.clone() {
                        if self.chance.percent(35) {
                            let at = at + 500 + self.chance.wait(8_000);
                            self.speak(at, &one, 6);
                        }
                    }
                }
                _ => {
                    for at in self.at(20 * HOUR_MS) {
                        self.speak(at, &one, 7);
                    }
                }
            }
        }
    }

    fn plant(&mut self) {
        for (kind, trigger, mean, delay) in [
            ("boot", Trigger::Boot, 5 * DAY_MS, 60_000),
            ("sim", Trigger::SimChange, 5 * DAY_MS, 15_000),
        ] {
            let mut at = START_MS + HOUR_MS;
            while at < START_MS + DAYS * DAY_MS {
                self.phone.event(at, trigger);
                for n in 0..PLANTED {
                    let at = at + 1_000 + self.chance.below(delay);
                    self.speak(at, &planted(kind, n), n % 5);
                }
                at += mean / 2 + self.chance.below(mean);
            }
        }
        for at in self.unlocks.clone() {
            for n in 0..PLANTED {
                if self.chance.percent(95) {
                    let at = at + 300 + self.chance.below(4_000);
                    self.speak(at, &planted("unlock", n), n % 5);
                }
            }
        }
        const UPDATED: [&str; 10] = [
            "com.example.update0",
            "com.example.update1",
            "com.example.update2",
            "com.example.update3",
            "com.example.update4",
            "com.example.update5",
            "com.example.update6",
            "com.example.update7",
            "com.example.update8",
            "com.example.update9",
        ];
        for (n, package) in (0..PLANTED).zip(UPDATED) {
            for update in 0..8 {
                let at = START_MS + update * 85 * HOUR_MS + self.chance.below(2 * DAY_MS);
                self.phone.update(at, package);
                let at = at + 2_000 + self.chance.below(40_000);
                self.speak(at, &planted("update", n), n % 5);
            }
        }
        for (kind, hours) in [("day", 24), ("days", 72)] {
            for n in 0..PLANTED {
                let mut at = START_MS + self.chance.below(hours * HOUR_MS);
                while at < START_MS + DAYS * DAY_MS {
                    self.speak(at, &planted(kind, n), n % 5);
                    at += (hours - 2) * HOUR_MS + self.chance.below(4 * HOUR_MS);
                }
            }
        }
    }
}

/// Who was told, by what: at most one false alarm, and all that was planted, but for one in twenty.
fn assert_told(seed: u64, unlocks_a_day: u64) {
    let mut month = Month::new(seed, unlocks_a_day);
    month.plant();
    let told = month.phone.run();
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    for one in &told {
        let name = &one.app.as_ref().unwrap().packages[0];
        let kind = name
            .trim_start_matches("com.example.")
            .trim_end_matches(char::is_numeric);
        let fits = match (kind, &one.beacon.evidence) {
            ("boot", Evidence::Event { trigger, .. }) => *trigger == Occasion::Boot,
            ("sim", Evidence::Event { trigger, .. }) => *trigger == Occasion::SimChange,
            ("unlock", Evidence::Event { trigger, .. }) => *trigger == Occasion::Unlock,
            ("update", Evidence::Event { trigger, .. }) => *trigger == Occasion::OwnUpdate,
            ("day", Evidence::Period { period_s, .. }) => *period_s == 24 * 3600,
            ("days", Evidence::Period { period_s, .. }) => *period_s == 72 * 3600,
            _ => false,
        };
        let what = if fits { kind } else { "wrong" };
        found.entry(what).or_default().insert(name.clone());
    }
    let count = |what| found.get(what).map_or(0, BTreeSet::len);
    let planted = ["boot", "sim", "unlock", "update", "day", "days"];
    let sum: usize = planted.into_iter().map(count).sum();
    assert!(sum >= 57, "seed {seed}: {sum} of 60; {found:?}");
    assert!(count("wrong") <= 1, "seed {seed}: {:?}", found.get("wrong"));
}

#[test]
fn a_month_of_a_phone_that_is_unlocked_eighty_times_a_day() {
    assert_told(1, 80);
}

#[test]
fn a_month_of_a_phone_that_is_unlocked_twenty_times_a_day() {
    assert_told(2, 20);
}
