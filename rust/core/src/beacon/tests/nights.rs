//! Phones that are off at night, or in airplane mode.

use super::*;

const OFF_MS: u64 = 23 * HOUR_MS;
const ON_MS: u64 = 7 * HOUR_MS;

/// How a phone spends its nights.
#[derive(Clone, Copy, PartialEq)]
enum Night {
    Off,
    Airplane,
}

/// A jitter that repeats: 0 to 99.
fn jitter(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33
}

/// A phone that is off or silent from about eleven to about seven, and its mornings. Something speaks every ten minutes while it is on.
fn phone(days: u64, night: Night) -> (Phone, Vec<u64>) {
    let mut phone = Phone::new();
    let mut mornings = Vec::new();
    let other = app("com.example.other");
    for day in 0..days {
        let from = START_MS + day * DAY_MS + ON_MS + jitter(day) % 40 * MINUTE_MS;
        let to = START_MS + day * DAY_MS + OFF_MS - jitter(day + 77) % 40 * MINUTE_MS;
        mornings.push(from);
        phone.event(
            from,
            if night == Night::Off {
                Trigger::Boot
            } else {
                Trigger::Airplane
            },
        );
        phone.event(from + 20_000, Trigger::SimChange);
        phone.event(from + 25_000, Trigger::Connectivity);
        phone.event(from + 30_000, Trigger::ScreenOn);
        phone.event(from + 31_000, Trigger::Unlock);
        phone.event(from + 5 * MINUTE_MS, Trigger::ScreenOff);
        for at in (from + MINUTE_MS..to).step_by(10 * MINUTE_MS as usize) {
            phone.sized_flow(at, &other, "other.example", FETCHES);
        }
        if night == Night::Airplane {
            phone.event(to, Trigger::Airplane);
        }
    }
    (phone, mornings)
}

/// Speaks when it is due, or soon after the phone is on again.
fn scheduled(
    phone: &mut Phone,
    mornings: &[u64],
    app: &Owner,
    mut due: u64,
    every: impl Fn(u64) -> u64,
) {
    let end = START_MS + mornings.len() as u64 * DAY_MS;
    let mut n = 0;
    while due < end {
        let day = (due - START_MS) / DAY_MS;
        let is_after = |from: u64| from + 15_000 + jitter(n + due) % 90 * 1_000;
        let to = START_MS + day * DAY_MS + OFF_MS - jitter(day + 77) % 40 * MINUTE_MS;
        let at = match mornings.get(day as usize) {
            Some(from) if due < *from => is_after(*from),
            _ if due < to => due,
            _ => match mornings.get(day as usize + 1) {
                Some(from) => is_after(*from),
                None => return,
            },
        };
        phone.flow(at, app, "job.example");
        n += 1;
        due = at + every(n);
    }
}

fn told(phone: &mut Phone) -> Vec<String> {
    let told = phone.run();
    let what = |one: &BeaconSeen| {
        let app = &one.app.as_ref().unwrap().packages[0];
        match one.beacon.evidence {
            Evidence::Event { trigger, .. } => format!("{app} {trigger:?}"),
            Evidence::Period { period_s, .. } => format!("{app} {} h", period_s / 3600),
        }
    };
    told.iter().map(what).collect()
}

#[test]
fn jobs_that_fell_due_at_night_are_not_told_of_the_boot() {
    for night in [Night::Off, Night::Airplane] {
        for minutes in [15, 45, 60, 180, 240, 360, 480, 540, 600, 720, 840] {
            let (mut phone, mornings) = phone(30, night);
            let job = app("com.example.job");
            scheduled(&mut phone, &mornings, &job, START_MS + 8 * HOUR_MS, |n| {
                minutes * MINUTE_MS + jitter(n) % 5 * MINUTE_MS
            });
            let told = told(&mut phone);
            let wrong = told.iter().filter(|told| !told.ends_with(" h"));
            assert_eq!(wrong.count(), 0, "{minutes} min: {told:?}");
        }
    }
}

/// What answers each boot, of a phone that is off at night, and what is due each night.
#[derive(Clone, Copy, PartialEq)]
enum Morning {
    Boot,
    Due,
}

/// What is told, by whether the phone is restarted by day, three times a month from the fourth day on.
fn mornings(morning: Morning, is_restarted: bool) -> Vec<String> {
    let (mut phone, mornings) = phone(30, Night::Off);
    let one = app("com.example.one");
    for (n, at) in mornings.into_iter().enumerate() {
        let after = 5_000 + jitter(n as u64) % 40 * 1_000;
        phone.flow(at + after, &one, "one.example");
        if is_restarted && n % 10 == 3 {
            phone.restart(at + 6 * HOUR_MS);
            if morning == Morning::Boot {
                phone.flow(at + 6 * HOUR_MS + after, &one, "one.example");
            }
        }
    }
    told(&mut phone)
}

#[test]
fn mornings_are_told_of_both_unless_a_boot_by_day_says_which() {
    let (boot, day) = ("com.example.one Boot", "com.example.one 24 h");
    assert_eq!(mornings(Morning::Boot, true), [boot]);
    assert_eq!(mornings(Morning::Due, true), [day]);
    // The same in all that can be seen.
    let mut either = mornings(Morning::Boot, false);
    either.sort();
    assert_eq!(either, [day, boot]);
}

#[test]
fn boots_after_some_minutes_take_fewer_than_those_of_mornings() {
    let mut phone = Phone::new();
    let other = app("com.example.other");
    for n in 0..9 {
        let at = START_MS + n * 3 * DAY_MS;
        for at in (at..at + 3 * DAY_MS - 10 * MINUTE_MS).step_by(10 * MINUTE_MS as usize) {
            phone.sized_flow(at + MINUTE_MS, &other, "other.example", FETCHES);
        }
        phone.event(at, Trigger::Boot);
        phone.flow(at + 11_000, &app("com.example.reg"), "reg.example");
    }
    assert_eq!(told(&mut phone), ["com.example.reg Boot"]);
}

#[test]
fn a_beacon_of_boots_in_an_app_with_an_hourly_job_is_told_by_restarts() {
    let beacon = app("com.example.reg");
    let job = app("com.example.job");
    let (mut phone, mornings) = phone(30, Night::Off);
    let mut hours = Vec::new();
    for (day, from) in mornings.iter().enumerate() {
        for n in 0..15 {
            hours.push(from + 40_000 + n * (HOUR_MS + 3 * MINUTE_MS));
        }
        if day % 3 == 0 {
            let at = from + 6 * HOUR_MS + jitter(day as u64) % 50 * MINUTE_MS;
            phone.restart(at);
            phone.flow(at + 9_000, &beacon, "reg.example");
        }
        phone.flow(from + 9_000, &beacon, "reg.example");
    }
    for at in hours {
        phone.sized_flow(at, &beacon, "reg.example", FETCHES);
        phone.sized_flow(at, &job, "reg.example", FETCHES);
    }
    let told = told(&mut phone);
    assert!(
        told.contains(&"com.example.reg Boot".to_owned()),
        "{told:?}"
    );
    assert!(!told.iter().any(|told| told.contains("job")), "{told:?}");
}

#[test]
fn days_are_told_through_the_nights() {
    for night in [Night::Off, Night::Airplane] {
        for (hours, spread, days, first) in [
            (24, 240, 30, 12),
            (24, 240, 30, 3),
            (24, 240, 30, 20),
            (72, 240, 30, 9),
            (72, 240, 30, 12),
        ] {
            let (mut phone, mornings) = phone(days, night);
            let job = app("com.example.days");
            scheduled(
                &mut phone,
                &mornings,
                &job,
                START_MS + first * HOUR_MS,
                |n| {
                    hours * HOUR_MS - spread / 2 * MINUTE_MS
                        + jitter(n + first) % spread * MINUTE_MS
                },
            );
            let told = told(&mut phone);
            let wanted = format!("com.example.days {hours} h");
            assert_eq!(told, [wanted], "{hours} h from {first}");
        }
    }
}

#[test]
fn a_sim_that_is_told_with_each_boot_is_not_the_reason() {
    let mut phone = Phone::new();
    phone.hum(30);
    let (boots, sims) = (app("com.example.boots"), app("com.example.sims"));
    for n in 0..10 {
        let boot = START_MS + n * 3 * DAY_MS + 5 * HOUR_MS;
        phone.restart(boot);
        phone.event(boot + 9_000, Trigger::SimChange);
        phone.event(boot + 17_000, Trigger::SimChange);
        phone.flow(boot + 15_000, &boots, "boot.example");
        phone.flow(boot + 25_000, &sims, "sim.example");
        let changed = boot + DAY_MS;
        for burst in 0..3 {
            phone.event(changed + burst * 6_000, Trigger::SimChange);
        }
        phone.flow(changed + 16_000, &sims, "sim.example");
    }
    let mut told = told(&mut phone);
    told.sort();
    assert_eq!(
        told,
        ["com.example.boots Boot", "com.example.sims SimChange"]
    );
}

/// Of a phone that is off each night, what is told of an app that answers seven of ten boots, and of one that is due each night.
/// `restarts`: by day, in the month. `is_told_late`: a boot is told some seconds after what answers it.
fn answered_unseen(restarts: u64, is_told_late: bool, seed: u64) -> Vec<String> {
    let (mut phone, mornings) = phone(30, Night::Off);
    let (one, due) = (app("com.example.one"), app("com.example.due"));
    for (n, at) in (0..).zip(mornings) {
        let is_restarted = n % (31 / (restarts + 1)) == 3 && n / (31 / (restarts + 1)) < restarts;
        let boots = [Some(at), is_restarted.then_some(at + 6 * HOUR_MS)];
        for (which, boot) in (0..).zip(boots.into_iter().flatten()) {
            if which > 0 {
                phone.restart(boot);
                phone.event(boot + 20_000, Trigger::SimChange);
            }
            let after = 3_000 + jitter(2 * n + which + seed * 31) % 40 * 1_000;
            let (mut boot, mut after) = (boot, after);
            // Before the first one nothing was told that a boot could be late after.
            if is_told_late && n > 0 {
                (boot, after) = (boot - 28_000, after / 2);
                phone.event(boot, Trigger::Alarm);
            }
            if jitter(n * 3 + which + seed * 1_000) % 10 < 7 {
                phone.flow(boot + after, &one, "one.example");
            }
            if which == 0 {
                phone.flow(boot + after, &due, "due.example");
            }
        }
    }
    told(&mut phone)
}

/// A day is shown sooner than boots where some of them are answered unseen. It is told as well where no boot by day says which.
#[test]
fn what_comes_each_day_with_a_boot_is_told_of_boots() {
    for (restarts, is_told_late, least) in [(5, false, 13), (0, false, 16), (0, true, 13)] {
        let (mut boots, mut days) = (0, 0);
        for seed in 0..20 {
            let told = answered_unseen(restarts, is_told_late, seed);
            let is_told = |what: &str| u32::from(told.iter().any(|told| told == what));
            boots += is_told("com.example.one Boot");
            days += is_told("com.example.due 24 h");
            if restarts > 0 {
                assert_eq!(is_told("com.example.due Boot"), 0, "{seed}: {told:?}");
            }
        }
        let what = format!("{restarts} restarts, told late {is_told_late}");
        println!("{what}: {boots} of boots, {days} of days");
        assert!(boots >= least && days == 20, "{what}: {boots} {days}");
    }
}

/// Of a phone that is restarted each night and so often by day, which takes a minute, and of an app that is seen to answer four of
/// five of these starts: what is told.
fn restarted_each_night(by_day: u64, seed: u64) -> Vec<String> {
    let mut chance = super::month::Chance(seed);
    let mut phone = Phone::new();
    let (other, one) = (app("com.example.other"), app("com.example.one"));
    let mut boots = Vec::new();
    for day in 0..24 {
        let midnight = START_MS + day * DAY_MS + MINUTE_MS;
        boots.push(midnight + 3 * HOUR_MS + chance.below(5) * MINUTE_MS);
        if day % (24 / by_day) == 2 {
            boots.push(midnight + 12 * HOUR_MS + chance.below(5) * HOUR_MS);
        }
    }
    for at in (START_MS..START_MS + 24 * DAY_MS).step_by(10 * MINUTE_MS as usize) {
        let at = at + chance.below(10 * MINUTE_MS);
        if !boots
            .iter()
            .any(|boot| (boot - MINUTE_MS..*boot).contains(&at))
        {
            phone.sized_flow(at, &other, "other.example", FETCHES);
        }
    }
    for boot in boots {
        phone.event(boot, Trigger::Boot);
        if chance.percent(80) {
            phone.flow(boot + chance.between(5_000, 60_000), &one, "one.example");
        }
    }
    told(&mut phone)
}

#[test]
fn a_restart_by_day_that_is_not_seen_to_be_answered_is_no_proof_against_those_of_each_night() {
    for by_day in [1, 3] {
        for seed in 0..20 {
            let told = restarted_each_night(by_day, seed);
            let is_told = told.contains(&"com.example.one Boot".to_owned());
            assert!(is_told, "{by_day}, {seed}: {told:?}");
        }
    }
}
