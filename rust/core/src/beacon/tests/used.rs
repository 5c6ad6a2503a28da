//! Destinations that are also used in the foreground, and updates that merely start an app.

use std::collections::BTreeSet;

use super::month::Chance;
use super::*;

/// A month in which somebody uses each of some apps now and then, and all of them speak to the same destination.
struct Used {
    chance: Chance,
    phone: Phone,
    is_off_at_night: bool,
}

const DAYS: u64 = 30;
const APPS: u64 = 20;

fn used_app(n: u64) -> Owner {
    numbered("com.example.u", n)
}

impl Used {
    /// One of the apps looks for news.
    fn fetch(&mut self, n: u64, at: u64) {
        let received = 2_000 + self.chance.wait(30_000);
        let traffic = Traffic {
            received,
            ..FETCHES
        };
        self.phone
            .sized_flow(at, &used_app(n), "used.example", traffic);
    }

    /// `opened`: how often a day each app is.
    fn new(seed: u64, is_off_at_night: bool, opened: u64) -> Self {
        let mut used = Self {
            chance: Chance(seed),
            phone: Phone::new(),
            is_off_at_night,
        };
        let other = app("com.example.other");
        for day in 0..DAYS {
            let (from, to) = used.awake(day);
            if is_off_at_night {
                used.phone.event(from, Trigger::Boot);
            }
            let sessions = 60;
            let mut at = from + 2 * MINUTE_MS;
            while at < to {
                let lasts = 30_000 + used.chance.wait(3 * MINUTE_MS);
                used.phone.event(at, Trigger::ScreenOn);
                used.phone.event(at + 1_000, Trigger::Unlock);
                for n in 0..APPS {
                    if used.chance.below(sessions) >= opened {
                        continue;
                    }
                    for _ in 0..used.chance.between(2, 6) {
                        let at = at + 3_000 + used.chance.below(lasts - 3_000);
                        used.fetch(n, at);
                    }
                }
                used.phone.event(at + lasts, Trigger::ScreenOff);
                at += lasts + 2_000 + used.chance.wait((to - from) / sessions);
            }
            let night = if is_off_at_night { to } else { from + DAY_MS };
            for at in (from + MINUTE_MS..night).step_by(10 * MINUTE_MS as usize) {
                used.phone.sized_flow(at, &other, "other.example", FETCHES);
            }
        }
        used
    }

    /// From when to when somebody is.
    fn awake(&mut self, day: u64) -> (u64, u64) {
        let mut chance = Chance(day);
        let from = START_MS + day * DAY_MS + 7 * HOUR_MS + chance.below(30 * MINUTE_MS);
        let to = START_MS + day * DAY_MS + 23 * HOUR_MS - chance.below(30 * MINUTE_MS);
        (from, to)
    }

    fn plant(&mut self, hours: u64, jitter_hours: u64) {
        for n in 0..APPS {
            let mut due = START_MS + DAY_MS / 2 + self.chance.below(hours * HOUR_MS);
            while due < START_MS + DAYS * DAY_MS {
                let mut at = due;
                if self.is_off_at_night {
                    let day = (due - START_MS) / DAY_MS;
                    let (from, to) = self.awake(day);
                    let late = 10_000 + self.chance.below(110_000);
                    if due < from {
                        at = from + late;
                    } else if due > to {
                        at = self.awake(day + 1).0 + late;
                    }
                }
                self.phone.flow(at, &used_app(n), "used.example");
                let jitter = self.chance.below(2 * jitter_hours * HOUR_MS);
                due = at + (hours - jitter_hours) * HOUR_MS + jitter;
            }
        }
    }

    /// Of how many apps the interval was told, and of how many something else.
    fn told(&mut self, hours: u64) -> (usize, usize) {
        let told = self.phone.run();
        let is_right = |one: &&BeaconSeen| match one.beacon.evidence {
            Evidence::Period { period_s, .. } => u64::from(period_s) == hours * 3600,
            Evidence::Event { .. } => false,
        };
        let names = |one: &BeaconSeen| one.app.as_ref().unwrap().uid;
        let right: BTreeSet<_> = told.iter().filter(is_right).map(names).collect();
        let wrong: BTreeSet<_> = told
            .iter()
            .filter(|one| !is_right(one))
            .map(names)
            .collect();
        (right.len(), wrong.len())
    }
}

/// Of twenty apps, how many are found at least: by interval, jitter, whether the phone is off at night, and how often a day each is
/// used. A month has ten contacts of three days at most.
#[test]
fn days_are_told_of_destinations_that_are_also_used() {
    for (hours, jitter, is_off_at_night, opened, least) in [
        (24, 2, false, 0, 19),
        (24, 2, false, 2, 19),
        (24, 2, false, 6, 19),
        (24, 2, true, 0, 19),
        (24, 2, true, 6, 19),
        (72, 2, false, 0, 18),
        (72, 2, false, 6, 17),
        (72, 2, true, 0, 18),
        (72, 2, true, 6, 17),
        (72, 6, false, 0, 18),
        (72, 6, false, 6, 18),
        (72, 6, true, 0, 18),
    ] {
        let mut used = Used::new(hours + opened, is_off_at_night, opened);
        used.plant(hours, jitter);
        let (right, wrong) = used.told(hours);
        let what = format!("{hours} h +- {jitter} h, off {is_off_at_night}, used {opened}");
        println!("{what}: {right}, {wrong} wrong");
        assert!(right >= least && wrong == 0, "{what}: {right}, {wrong}");
    }
    let mut used = Used::new(5, false, 3);
    assert_eq!(used.told(24), (0, 0), "the control");
}

/// An app that looks for news every hour or so at the host that it reports to, and whose user does.
#[test]
fn days_are_told_of_an_app_that_also_fetches_every_hour() {
    for (hours, planted) in [(24, true), (72, true), (24, false)] {
        let mut used = Used::new(hours, false, 4);
        for n in 0..APPS {
            let mut at = START_MS + used.chance.below(HOUR_MS);
            while at < START_MS + DAYS * DAY_MS {
                used.fetch(n, at);
                at += HOUR_MS + used.chance.below(20 * MINUTE_MS);
            }
        }
        if !planted {
            assert_eq!(used.told(hours), (0, 0), "the control");
            continue;
        }
        used.plant(hours, 2);
        let (right, wrong) = used.told(hours);
        println!("{hours} h and each hour: {right}, {wrong} wrong");
        assert!(right >= 18 && wrong == 0, "{hours} h: {right}, {wrong}");
    }
}

fn own_updates(told: &[BeaconSeen]) -> Vec<u32> {
    let is_update = |one: &&BeaconSeen| {
        matches!(
            one.beacon.evidence,
            Evidence::Event {
                trigger: Occasion::OwnUpdate,
                ..
            }
        )
    };
    let uid = |one: &BeaconSeen| one.app.as_ref().unwrap().uid;
    told.iter().filter(is_update).map(uid).collect()
}

const PACKAGES: [&str; 8] = [
    "com.example.u0",
    "com.example.u1",
    "com.example.u2",
    "com.example.u3",
    "com.example.u4",
    "com.example.u5",
    "com.example.u6",
    "com.example.u7",
];

/// Each app is updated ten times in the month. The first is a beacon, the others are merely started by three updates in ten, and
/// then speak like it. How many of the others are told.
fn started(seed: u64, is_opened: bool) -> usize {
    let mut chance = Chance(seed);
    let mut phone = Phone::new();
    phone.hum(DAYS);
    for (n, package) in (0..).zip(PACKAGES) {
        phone.flow(START_MS + n * MINUTE_MS, &used_app(n), "report.example");
        for update in 0..10 {
            let at = START_MS + update * 3 * DAY_MS + chance.between(HOUR_MS, 2 * DAY_MS);
            phone.update(at, package);
            let at = at + chance.between(3_000, 60_000);
            if n == 0 || chance.percent(30) {
                if is_opened {
                    phone.event(at - 2_000, Trigger::ScreenOn);
                    phone.event(at + 20_000, Trigger::ScreenOff);
                }
                phone.flow(at, &used_app(n), "report.example");
            }
        }
    }
    let told = own_updates(&phone.run());
    assert!(told.contains(&10_000), "{seed}: {told:?}");
    told.len() - 1
}

#[test]
fn updates_that_now_and_then_start_an_app_are_not_told() {
    let by_people: usize = (0..20).map(|seed| started(seed, true)).sum();
    let by_itself: usize = (0..20).map(|seed| started(seed, false)).sum();
    // Of 140. Those that start while nobody is there answer as often as a beacon that leaves out two of eight, now and then.
    assert!(by_people <= 1 && by_itself <= 5, "{by_people} {by_itself}");
}

/// Two of eight are left out.
#[test]
fn a_beacon_of_updates_that_leaves_out_two_is_told_where_nobody_was_there() {
    for is_seen in [false, true] {
        let mut phone = Phone::new();
        phone.hum(DAYS);
        let one = used_app(0);
        phone.flow(START_MS, &one, "report.example");
        for update in 0..8 {
            let at = START_MS + update * 3 * DAY_MS + 5 * HOUR_MS + update * 7 % 5 * HOUR_MS;
            if is_seen {
                phone.event(at - 5_000, Trigger::ScreenOn);
                phone.event(at + 5 * MINUTE_MS, Trigger::ScreenOff);
            }
            phone.update(at, PACKAGES[0]);
            if update % 4 != 1 {
                phone.flow(at + 9_000, &one, "report.example");
            }
        }
        let told = own_updates(&phone.run());
        assert_eq!(told.is_empty(), is_seen, "{told:?}");
    }
}

#[test]
fn a_store_that_updates_others_and_itself_is_at_work() {
    let mut phone = Phone::new();
    phone.hum(DAYS);
    let (store, reporter) = (used_app(0), used_app(1));
    for app in [&store, &reporter] {
        phone.flow(START_MS, app, "store.example");
    }
    for day in 1..DAYS {
        // A night's updates, one after the other; its own among them.
        let night = START_MS + day * DAY_MS + 3 * HOUR_MS + day * 7919 % 60 * MINUTE_MS;
        for n in 0..4 {
            let at = night + n * 90_000;
            let other = (day + n) % 3;
            let package = match (n, day % 3) {
                (2, 0) => "com.example.u0",
                (1, 1) => "com.example.u1",
                _ => PACKAGES[3 + other as usize],
            };
            phone.flow(at - 20_000, &store, "store.example");
            phone.update(at, package);
            phone.flow(at + 3_000, &store, "store.example");
            if package == "com.example.u1" {
                phone.flow(at + 9_000, &reporter, "store.example");
            }
        }
    }
    assert_eq!(own_updates(&phone.run()), [10_001]);
}

/// What else an app says to the host that it reports to while it is used.
#[derive(Debug, Clone, Copy)]
enum Use {
    /// It fetches, in the clear: as little as a handshake has, now and then.
    Fetches,
    /// It tells, never as much.
    Tells,
}

/// Three sessions a day, with some connections each.
fn use_apps(used: &mut Used, how: Use) {
    for (n, day) in (0..APPS).flat_map(|n| (0..DAYS).map(move |day| (n, day))) {
        let (from, to) = used.awake(day);
        for _ in 0..3 {
            let at = from + 10 * MINUTE_MS + used.chance.below(to - from - 30 * MINUTE_MS);
            let lasts = MINUTE_MS + used.chance.wait(2 * MINUTE_MS);
            used.phone.event(at, Trigger::ScreenOn);
            used.phone.event(at + 1_000, Trigger::Unlock);
            used.phone.event(at + lasts, Trigger::ScreenOff);
            for _ in 0..used.chance.between(2, 7) {
                let (sent, received) = match how {
                    Use::Fetches => (
                        300 + used.chance.below(900),
                        1_500 + used.chance.wait(30_000),
                    ),
                    Use::Tells => (300 + used.chance.wait(1_500), 200),
                };
                let traffic = Traffic {
                    sent,
                    received,
                    inside: None,
                };
                let at = at + 2_000 + used.chance.below(lasts - 2_000);
                used.phone
                    .sized_flow(at, &used_app(n), "used.example", traffic);
            }
        }
    }
}

#[test]
fn sizes_of_use_that_come_near_are_told_apart() {
    for (how, hours, is_off_at_night, least) in [
        (Use::Fetches, 24, false, 19),
        (Use::Fetches, 24, true, 19),
        (Use::Fetches, 72, false, 17),
        (Use::Fetches, 72, true, 18),
        (Use::Tells, 24, false, 19),
    ] {
        let mut used = Used::new(hours, is_off_at_night, 0);
        use_apps(&mut used, how);
        used.plant(hours, 2);
        let (right, wrong) = used.told(hours);
        let what = format!("{how:?}, {hours} h, off {is_off_at_night}");
        println!("{what}: {right}, {wrong} wrong");
        assert!(right >= least && wrong == 0, "{what}: {right}, {wrong}");
    }
    let mut used = Used::new(5, false, 0);
    use_apps(&mut used, Use::Tells);
    assert_eq!(used.told(24), (0, 0), "the control");
}

/// Twice a day, about, each app says something of any size by itself.
fn say_anything(used: &mut Used) {
    for n in 0..APPS {
        let mut at = START_MS + used.chance.wait(12 * HOUR_MS);
        while at < START_MS + DAYS * DAY_MS {
            let (from, to) = used.awake((at - START_MS) / DAY_MS);
            if !used.is_off_at_night || (from..to).contains(&at) {
                let (sent, received) =
                    (400 + used.chance.wait(4_000), 400 + used.chance.wait(4_000));
                used.phone
                    .sized_flow(at, &used_app(n), "used.example", inside(sent, received));
            }
            at += used.chance.wait(12 * HOUR_MS);
        }
    }
}

/// Reports that are as large each time, at a host that the app reports other things to, too.
#[test]
fn days_are_told_among_reports_of_any_size() {
    for (hours, is_off_at_night, least) in [(24, false, 39), (72, false, 33), (72, true, 29)] {
        let (mut right, mut wrong) = (0, 0);
        for seed in 0..2 {
            let mut used = Used::new(hours + seed, is_off_at_night, 2);
            say_anything(&mut used);
            let before = used.phone.plan.len();
            used.plant(hours, 2);
            for (_, happens) in used.phone.plan.iter_mut().skip(before) {
                if let Happens::Flow(.., traffic) = happens {
                    *traffic = inside(880 + used.chance.below(40), 250);
                }
            }
            let (found, others) = used.told(hours);
            right += found;
            wrong += others;
        }
        let what = format!("{hours} h, off {is_off_at_night}, among reports");
        println!("{what}: {right} of 40, {wrong} wrong");
        assert!(right >= least && wrong == 0, "{what}: {right}, {wrong}");
    }
    let mut used = Used::new(7, false, 2);
    say_anything(&mut used);
    assert_eq!(used.told(24), (0, 0), "the control");
}
