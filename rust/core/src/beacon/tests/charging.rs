//! Jobs that wait until the phone is charged, which is each night, and beacons of each day that fall into these nights.

use super::month::Chance;
use super::*;

const DAYS: u64 = 30;

/// What waits for the charger.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Job {
    /// Minutes after it is connected.
    Soon,
    /// Some time in the night.
    Sometime,
    /// Again and again until it is taken away.
    Bursts,
    /// Within two hours after it is connected.
    Idle,
}

/// A phone that is charged at night, from ten or twelve to seven or so, and now and then by day.
struct Charged {
    chance: Chance,
    phone: Phone,
    /// When, from and to.
    nights: Vec<(u64, u64)>,
}

impl Charged {
    fn new(seed: u64, is_told: bool) -> Self {
        let mut phone = Phone::new();
        let mut chance = Chance(seed);
        let other = app("com.example.other");
        for at in (START_MS..START_MS + DAYS * DAY_MS).step_by(10 * MINUTE_MS as usize) {
            phone.sized_flow(at, &other, "other.example", FETCHES);
        }
        let mut nights = Vec::new();
        let mut charge = |phone: &mut Phone, from: u64, to: u64| {
            if is_told {
                phone.event(from, Trigger::Charging);
                phone.event(to, Trigger::Charging);
            }
            nights.push((from, to));
        };
        let early = chance.below(3) * HOUR_MS;
        let wide = chance.between(30, 150) * MINUTE_MS;
        for day in 0..DAYS {
            let midnight = START_MS + day * DAY_MS;
            if chance.percent(25) {
                let from = midnight + chance.between(12 * HOUR_MS, 17 * HOUR_MS);
                charge(&mut phone, from, from + chance.between(30, 90) * MINUTE_MS);
            }
            if chance.percent(92) {
                let from = midnight + 21 * HOUR_MS + early + chance.below(wide);
                let to = midnight + DAY_MS + 6 * HOUR_MS + chance.between(15, 120) * MINUTE_MS;
                charge(&mut phone, from, to);
            }
        }
        Self {
            chance,
            phone,
            nights,
        }
    }

    fn job(&mut self, app: &Owner, job: Job) {
        let mut last = 0;
        for (from, to) in self.nights.clone() {
            let is_night = to - from > 3 * HOUR_MS;
            let at = match job {
                Job::Soon => from + self.chance.between(1, 10) * MINUTE_MS,
                Job::Sometime | Job::Bursts => from + self.chance.below(to - from),
                Job::Idle => from + self.chance.between(40, 130) * MINUTE_MS,
            };
            if job == Job::Bursts && is_night {
                let mut at = from + self.chance.between(1, 60) * MINUTE_MS;
                while at < to {
                    self.phone.flow(at, app, "job.example");
                    at += self.chance.between(90, 300) * MINUTE_MS;
                }
            } else if at < to && (last == 0 || at > last + 10 * HOUR_MS) {
                self.phone.flow(at, app, "job.example");
                last = at;
            }
        }
    }

    /// A beacon of each day, so many times.
    fn beacon(&mut self, app: &Owner, first: u64, spread: u64, is_fixed: bool) {
        let mut at = START_MS + first;
        for n in 0..20 {
            let jitter = self.chance.below(2 * spread * MINUTE_MS);
            let said = match is_fixed {
                true => START_MS + first + n * DAY_MS + jitter / 2,
                false => at,
            };
            if self.chance.percent(92) {
                self.phone.flow(said, app, "beacon.example");
            }
            at += DAY_MS + jitter - spread * MINUTE_MS;
        }
    }

    fn days(&mut self) -> Vec<u32> {
        let told = self.phone.run();
        let days = told.iter().filter(|one| {
            matches!(
                one.beacon.evidence,
                Evidence::Period {
                    period_s: 86_400,
                    ..
                }
            )
        });
        days.map(|one| one.app.as_ref().unwrap().uid - 10_000)
            .collect()
    }
}

const JOBS: [Job; 4] = [Job::Soon, Job::Sometime, Job::Bursts, Job::Idle];

/// How many jobs of each sort are told as daily, of sixty on six phones.
fn jobs_told(is_told: bool) -> [u32; JOBS.len()] {
    let mut told = [0; JOBS.len()];
    for seed in 0..6 {
        let mut charged = Charged::new(seed, is_told);
        for n in 0..40 {
            charged.job(&numbered("com.example.j", n), JOBS[n as usize / 10]);
        }
        for app in charged.days() {
            told[app as usize / 10] += 1;
        }
    }
    told
}

#[test]
fn jobs_that_wait_for_the_charger_are_not_daily() {
    let [soon, sometime, bursts, idle] = jobs_told(false);
    assert!(
        soon > 30 && sometime > 0 && idle == 60,
        "the control: {soon} {sometime} {idle}"
    );
    let told = jobs_told(true);
    assert_eq!((told[0], told[1], told[2], bursts), (0, 0, 0, 0));
    // Where the charger comes at about the same time each night, nothing tells it from a day.
    assert!(told[3] < 54, "{told:?}");
}

#[test]
fn beacons_of_each_day_are_told_though_the_phone_is_charged_then() {
    let mut told = 0;
    for seed in 0..6 {
        let mut charged = Charged::new(seed, true);
        for (n, spread) in (0..96).zip([10, 40, 80, 120].into_iter().cycle()) {
            let app = numbered("com.example.b", n);
            charged.beacon(&app, n / 4 * HOUR_MS + 1, spread, seed % 2 == 0);
        }
        told += charged.days().len();
    }
    assert!(told * 100 >= 6 * 96 * 98, "{told} of {}", 6 * 96);
}
