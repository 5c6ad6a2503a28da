//! Reports as they are: of sizes that vary, tried again where they failed, due anew when the phone is switched on.

use std::collections::BTreeSet;

use super::month::Chance;
use super::*;

const DAYS: u64 = 30;
const APPS: u64 = 40;

fn one(n: u64) -> Owner {
    numbered("com.example.r", n)
}

/// A month of a phone that somebody uses from seven to eleven, and that is restarted every so many nights.
struct Reports {
    chance: Chance,
    phone: Phone,
    boots: Vec<u64>,
    /// When each app reported.
    reported: Vec<Vec<u64>>,
}

/// How an app reports.
#[derive(Debug, Clone, Copy)]
struct How {
    hours: u64,
    /// Standard deviation of the size by its mean, in hundredths.
    spread: u64,
    /// Whether what is due is due anew, an interval after the phone was switched on.
    is_anew: bool,
    /// Of a hundred reports, how many fail once or twice at first.
    fails: u64,
    /// Whether the app says other things to the host, too.
    is_shared: bool,
}

const PLAIN: How = How {
    hours: 72,
    spread: 5,
    is_anew: false,
    fails: 0,
    is_shared: false,
};

impl Reports {
    fn new(seed: u64, nights: u64) -> Self {
        let mut reports = Self {
            chance: Chance(seed),
            phone: Phone::new(),
            boots: Vec::new(),
            reported: Vec::new(),
        };
        let other = app("com.example.other");
        for at in (START_MS..START_MS + DAYS * DAY_MS).step_by(10 * MINUTE_MS as usize) {
            let traffic = FETCHES;
            reports
                .phone
                .sized_flow(at, &other, "other.example", traffic);
        }
        for day in 0..DAYS {
            let midnight = START_MS + day * DAY_MS;
            let mut at = midnight + 7 * HOUR_MS + reports.chance.below(HOUR_MS);
            while at < midnight + 23 * HOUR_MS {
                let lasts = 20_000 + reports.chance.wait(3 * MINUTE_MS);
                reports.phone.event(at, Trigger::ScreenOn);
                reports.phone.event(at + 1_500, Trigger::Unlock);
                reports.phone.event(at + lasts, Trigger::ScreenOff);
                at += lasts + 2_000 + reports.chance.wait(20 * MINUTE_MS);
            }
            if nights > 0 && day % nights == nights - 1 {
                let at = midnight + 23 * HOUR_MS + 10 * MINUTE_MS + reports.chance.below(HOUR_MS);
                reports.phone.restart(at);
                reports.boots.push(at);
            }
        }
        reports
    }

    /// A size about `mean`.
    fn size(&mut self, mean: u64, spread: u64) -> u64 {
        let sum: u64 = (0..12).map(|_| self.chance.below(1 << 20)).sum();
        let normal = sum as f64 / f64::from(1 << 20) - 6.0;
        (mean as f64 * (normal * spread as f64 / 100.0).exp()) as u64
    }

    fn plant(&mut self, how: How) {
        for n in 0..APPS {
            let mean = 750 + self.chance.wait(4_000);
            let every = how.hours * HOUR_MS;
            let mut due = START_MS + self.chance.below(every);
            let mut reported = Vec::new();
            let mut boots = self.boots.clone().into_iter().peekable();
            while due < START_MS + DAYS * DAY_MS {
                if let Some(boot) = boots.next_if(|boot| *boot < due) {
                    if how.is_anew && boot + every > due {
                        due = boot + every - 2 * HOUR_MS + self.chance.below(4 * HOUR_MS);
                    }
                    continue;
                }
                let mut at = due;
                if self.chance.percent(how.fails) {
                    for _ in 0..self.chance.between(1, 3) {
                        let failed = Traffic {
                            sent: 517,
                            received: 0,
                            inside: None,
                        };
                        self.phone.sized_flow(at, &one(n), "report.example", failed);
                        at += self.chance.between(10_000, 2 * MINUTE_MS);
                    }
                }
                let sent = self.size(mean, how.spread);
                let traffic = inside(sent, 200 + self.chance.below(mean.min(2_000) / 2));
                self.phone
                    .sized_flow(at, &one(n), "report.example", traffic);
                reported.push(at);
                due += every - 2 * HOUR_MS + self.chance.below(4 * HOUR_MS);
            }
            self.reported.push(reported);
            if how.is_shared {
                let mut at = START_MS + self.chance.below(5 * HOUR_MS);
                while at < START_MS + DAYS * DAY_MS {
                    let traffic = inside(
                        300 + self.chance.below(300),
                        2_500 + self.chance.wait(20_000),
                    );
                    self.phone
                        .sized_flow(at, &one(n), "report.example", traffic);
                    at += 3 * HOUR_MS + self.chance.wait(2 * HOUR_MS);
                }
            }
        }
    }

    /// Of how many apps the interval was told, and of how many something else.
    fn told(mut self, hours: u64) -> (usize, usize) {
        let last = if hours == 72 { 9 } else { 20 };
        let mut told = self.phone.run();
        told.retain(|seen| {
            let n = seen.app.as_ref().unwrap().uid - 10_000;
            let reported = self.reported.get(n as usize);
            let last = reported.and_then(|it| it.get(last - 1));
            last.is_none_or(|last| seen.time_ms < last + MINUTE_MS)
        });
        let of = |wanted: bool| {
            let those = told.iter().filter(|seen| match seen.beacon.evidence {
                Evidence::Period { period_s, .. } => {
                    wanted == (u64::from(period_s) == hours * 3600)
                }
                Evidence::Event { .. } => !wanted,
            });
            let uids: BTreeSet<_> = those.map(|seen| seen.app.as_ref().unwrap().uid).collect();
            uids.len()
        };
        (of(true), of(false))
    }
}

/// Of 40 apps, how many are found at least, by the 20th report a day or the 9th each three days.
#[test]
fn reports_are_found_early() {
    let (steady, vague) = (
        PLAIN,
        How {
            spread: 30,
            ..PLAIN
        },
    );
    let shared = |how: How| How {
        is_shared: true,
        ..how
    };
    let anew = |how: How| How {
        is_anew: true,
        ..how
    };
    let fails = |how: How| How { fails: 40, ..how };
    for (what, nights, how, least) in [
        ("as much each time", 0, steady, 38),
        ("never as much", 0, vague, 37),
        ("restarted each night", 1, steady, 38),
        ("begun anew at restarts", 8, anew(steady), 38),
        ("begun anew, each time", 4, anew(steady), 38),
        ("tried again", 0, fails(vague), 37),
        ("shared", 0, shared(steady), 38),
        ("shared, never as much", 0, shared(vague), 36),
        ("all of it", 8, shared(anew(fails(vague))), 34),
    ] {
        for hours in [24, 72] {
            let mut reports = Reports::new(hours + nights, nights);
            reports.plant(How { hours, ..how });
            let (right, wrong) = reports.told(hours);
            println!("{hours} h, {what}: {right}, {wrong} wrong");
            let what = format!("{hours} h, {what}: {right}, {wrong}");
            assert!(right >= least && wrong == 0, "{what}");
        }
    }
}
