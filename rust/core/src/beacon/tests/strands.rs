//! Apps that have one host for everything.

use std::collections::BTreeSet;

use super::month::Chance;
use super::*;

const DAYS: u64 = 30;
const APPS: u64 = 20;

fn one(n: u64) -> Owner {
    numbered("com.example.one", n)
}

/// A month of a phone on which each app looks for news every two hours, tells now and then as much as comes along, and is used.
struct Shared {
    chance: Chance,
    phone: Phone,
}

impl Shared {
    fn new(seed: u64) -> Self {
        let mut shared = Self {
            chance: Chance(seed),
            phone: Phone::new(),
        };
        let other = app("com.example.other");
        for at in (START_MS..START_MS + DAYS * DAY_MS).step_by(10 * MINUTE_MS as usize) {
            shared
                .phone
                .sized_flow(at, &other, "other.example", FETCHES);
        }
        for day in 0..DAYS {
            shared.use_phone(START_MS + day * DAY_MS + 7 * HOUR_MS);
        }
        for n in 0..APPS {
            shared.jobs(n);
        }
        shared
    }

    /// From seven to eleven.
    fn use_phone(&mut self, morning: u64) {
        let mut at = morning + self.chance.below(HOUR_MS);
        while at < morning + 16 * HOUR_MS {
            let lasts = 20_000 + self.chance.wait(2 * MINUTE_MS);
            self.phone.event(at, Trigger::ScreenOn);
            self.phone.event(at + 1_500, Trigger::Unlock);
            for n in 0..APPS {
                if self.chance.percent(5) {
                    let at = at + 6_000 + self.chance.below(lasts);
                    self.asks(n, at);
                }
            }
            self.phone.event(at + lasts, Trigger::ScreenOff);
            at += lasts + 2_000 + self.chance.wait(20 * MINUTE_MS);
        }
    }

    fn asks(&mut self, n: u64, at: u64) {
        let traffic = inside(
            300 + self.chance.below(300),
            2_500 + self.chance.wait(20_000),
        );
        self.say(n, at, traffic);
    }

    fn say(&mut self, n: u64, at: u64, traffic: Traffic) {
        self.phone.sized_flow(at, &one(n), "one.example", traffic);
    }

    fn jobs(&mut self, n: u64) {
        let mut at = START_MS + self.chance.below(2 * HOUR_MS);
        while at < START_MS + DAYS * DAY_MS {
            self.asks(n, at);
            if self.chance.percent(4) {
                let traffic = inside(1_500 + self.chance.wait(6_000), 400);
                self.say(n, at + 3_000, traffic);
            }
            at += 2 * HOUR_MS + self.chance.below(40 * MINUTE_MS);
        }
    }

    /// It reports: as much each time, give or take a tenth, and gets more than a receipt.
    fn report(&mut self, n: u64, at: u64) {
        let traffic = inside(720 + self.chance.below(120), 700 + self.chance.below(500));
        self.say(n, at, traffic);
    }

    fn every(&mut self, hours: u64) {
        for n in 0..APPS {
            let mut at = START_MS + self.chance.below(hours * HOUR_MS);
            while at < START_MS + DAYS * DAY_MS {
                self.report(n, at);
                at += (hours - 2) * HOUR_MS + self.chance.below(4 * HOUR_MS);
            }
        }
    }

    /// The phone is restarted ten times, which each app answers; whatever it says at each start besides comes first.
    fn boots(&mut self, is_answered: bool) {
        for boot in 0..10 {
            let at = START_MS + boot * 3 * DAY_MS + self.chance.between(9 * HOUR_MS, 20 * HOUR_MS);
            self.phone.restart(at);
            for n in 0..APPS {
                if self.chance.percent(60) {
                    self.asks(n, at + 4_000);
                }
                if is_answered {
                    let at = at + self.chance.between(8_000, 75_000);
                    self.report(n, at);
                }
            }
        }
    }

    /// Of how many apps that was told, and of how many anything else.
    fn told(mut self, is_right: impl Fn(&Evidence) -> bool) -> (usize, usize) {
        let told = self.phone.run();
        let of = |wanted: bool| {
            let those = told
                .iter()
                .filter(|seen| is_right(&seen.beacon.evidence) == wanted);
            let uids: BTreeSet<_> = those.map(|seen| seen.app.as_ref().unwrap().uid).collect();
            uids.len()
        };
        (of(true), of(false))
    }
}

fn is_period(evidence: &Evidence, hours: u32) -> bool {
    matches!(evidence, Evidence::Period { period_s, .. } if *period_s == hours * 3600)
}

fn is_boot(evidence: &Evidence) -> bool {
    matches!(
        evidence,
        Evidence::Event {
            trigger: Occasion::Boot,
            ..
        }
    )
}

#[test]
fn days_are_found_in_all_that_an_app_says_to_its_host() {
    for (hours, least) in [(24, 19), (72, 17)] {
        let mut shared = Shared::new(hours.into());
        shared.every(hours.into());
        let (right, wrong) = shared.told(|evidence| is_period(evidence, hours));
        println!("{hours} h: {right}, {wrong} wrong");
        assert!(right >= least && wrong == 0, "{hours}: {right}, {wrong}");
    }
}

#[test]
fn answers_to_boots_are_found_though_something_else_comes_first() {
    let mut shared = Shared::new(5);
    shared.boots(true);
    let (right, wrong) = shared.told(is_boot);
    println!("boots: {right}, {wrong} wrong");
    assert!(right >= 19 && wrong == 0, "{right}, {wrong}");
}

#[test]
fn what_an_app_says_to_its_host_is_no_beacon_without_one() {
    let mut shared = Shared::new(6);
    shared.boots(false);
    assert_eq!(shared.told(is_boot), (0, 0));
}

/// Fetches, and what it tells now and then, as much each time.
fn mixed(key: &IdentifierKey) -> Beacons {
    let mut beacons = Beacons::new(key);
    fetch_and_tell(&mut beacons, START_MS);
    beacons
}

fn fetch_and_tell(beacons: &mut Beacons, from_ms: u64) {
    for n in 0..9 {
        let flow = FlowStart {
            owner: Some(&one(0)),
            address: SocketAddr::from(([192, 0, 2, 1], 443)),
            protocol: Protocol::Tcp,
            domain: Some(("one.example", NameSource::Dns)),
        };
        let at = from_ms + n * HOUR_MS;
        let open = beacons.handle_start(at, &flow).unwrap();
        let traffic = match n % 3 {
            0 => inside(700, 900),
            _ => inside(400, 9_000),
        };
        beacons.handle_end_of(at + 1_000, open, &traffic);
    }
}

/// Also where the sum is right and what it says cannot be.
#[test]
fn strands_are_kept_with_their_pair() {
    let key = IdentifierKey::new(&[1; 32]).unwrap();
    let beacons = mixed(&key);
    let strands = |beacons: &Beacons| {
        let pairs = beacons.store.pairs.iter().flatten();
        pairs.filter(|pair| pair.is_strand()).count()
    };
    assert_eq!(strands(&beacons), 1);
    let state = beacons.state();
    let back = Beacons::restore(&state, &key).unwrap();
    assert_eq!((strands(&back), back.state()), (1, state.clone()));
    let refused = refused_when_flipped(&beacons, &key, |back| {
        back.handle_event(START_MS + DAY_MS, Trigger::Boot, None);
        back.handle_time(START_MS + 2 * DAY_MS);
    });
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_strand_goes_on_after_the_clock_was_set_back() {
    let key = IdentifierKey::new(&[1; 32]).unwrap();
    let mut beacons = mixed(&key);
    fetch_and_tell(&mut beacons, START_MS - 400 * DAY_MS);
    let pairs = beacons.store.pairs.iter().flatten();
    let strands: Vec<_> = pairs.filter(|pair| pair.is_strand()).collect();
    assert_eq!(strands.len(), 1);
    let last = START_MS - 400 * DAY_MS + 6 * HOUR_MS;
    assert_eq!(
        (strands[0].last_start, strands[0].flows),
        (seconds(last), 6)
    );
}

#[test]
fn strands_are_few_and_go_with_their_pair() {
    let mut beacons = Beacons::unsaved(1);
    let mut chance = Chance(1);
    let mut say = |at: u64, app: &Owner, to: &str, traffic: &Traffic| {
        let flow = FlowStart {
            owner: Some(app),
            address: SocketAddr::from(([192, 0, 2, 1], 443)),
            protocol: Protocol::Tcp,
            domain: Some((to, NameSource::Dns)),
        };
        let open = beacons.handle_start(at, &flow).unwrap();
        beacons.handle_end_of(at + 1_000, open, traffic);
        let pairs = beacons.store.pairs.iter().flatten();
        pairs.fold((0, 0), |(mains, strands), pair| match pair.is_strand() {
            true => (mains, strands + 1),
            false => (mains + 1, strands),
        })
    };
    let mut seen = (0, 0);
    for n in 0..500 {
        let traffic = inside(500 + chance.below(20_000), 300);
        seen = say(START_MS + n * HOUR_MS, &one(0), "one.example", &traffic);
    }
    // As many of either sort.
    assert_eq!(seen, (1, 2 * super::super::strands::STRANDS_MAX));
    for n in 0..2 * store::PAIRS_OF_APP_MAX as u64 {
        let at = START_MS + 500 * HOUR_MS + n * MINUTE_MS;
        seen = say(at, &one(0), &format!("site{n}.example"), &TELLS);
    }
    assert_eq!(seen.0 + seen.1, store::PAIRS_OF_APP_MAX);
    for n in 0..store::APPS_MAX as u64 {
        let at = START_MS + 600 * HOUR_MS + n * MINUTE_MS;
        seen = say(at, &one(1 + n), "one.example", &TELLS);
    }
    assert_eq!(seen, (store::APPS_MAX, 0));
}

/// What no DNS answer names, at each of some addresses by turns.
fn by_turns(is_named: bool) -> Vec<BeaconSeen> {
    let key = IdentifierKey::new(&[1; 32]).unwrap();
    let mut beacons = Beacons::new(&key);
    let mut chance = Chance(3);
    let mut told = Vec::new();
    for hour in 0..20 * 24 {
        let at = START_MS + hour * HOUR_MS;
        let mut say = |at: u64, last: u8, traffic: &Traffic| {
            let flow = FlowStart {
                owner: Some(&one(0)),
                address: SocketAddr::from(([198, 51, 100, last], 443)),
                protocol: Protocol::Tcp,
                domain: is_named.then_some(("one.example", NameSource::Dns)),
            };
            let open = beacons.handle_start(at, &flow).unwrap();
            beacons.handle_end_of(at + 1_000, open, traffic);
        };
        say(at, (hour % 7) as u8, &inside(400, 9_000));
        if hour % 24 == 5 {
            let at = at + chance.below(40 * MINUTE_MS);
            say(at + 2_000, (hour / 24 % 5) as u8, &inside(900, 200));
        }
        told.extend(std::iter::from_fn(|| beacons.poll_beacon()));
        if hour % 24 == 12 {
            // It goes on after the app was closed.
            beacons = Beacons::restore(&beacons.state(), &key).unwrap();
        }
    }
    told
}

#[test]
fn days_are_found_at_addresses_that_change() {
    for is_named in [true, false] {
        let told = by_turns(is_named);
        assert_eq!(told.len(), 1, "{is_named}: {told:?}");
        assert!(is_period(&told[0].beacon.evidence, 24), "{told:?}");
        assert_eq!(told[0].domain.is_some(), is_named);
    }
}

/// An app that answers each unlock, at two addresses by turns that nobody names; another does at two that are named.
#[test]
fn unlocks_are_answered_at_addresses_that_change() {
    let told = |is_answer: bool| {
        let mut beacons = Beacons::unsaved(1);
        let mut told = Vec::new();
        for n in 0..125 {
            let at = START_MS + n * 40 * MINUTE_MS;
            beacons.handle_event(at, Trigger::Unlock, None);
            let after = if is_answer { 0 } else { n * 7919 % 900_000 };
            let flow = FlowStart {
                owner: Some(&one(0)),
                address: SocketAddr::from(([198, 51, 100, (n * n / 3 % 2) as u8], 443)),
                protocol: Protocol::Tcp,
                domain: None,
            };
            let at = at + 2_000 + after;
            let open = beacons.handle_start(at, &flow).unwrap();
            beacons.handle_end_of(at + 1_000, open, &inside(900, 200));
            beacons.handle_time(at + 20 * MINUTE_MS);
            told.extend(std::iter::from_fn(|| beacons.poll_beacon()));
        }
        told.retain(|seen| matches!(seen.beacon.evidence, Evidence::Event { .. }));
        told
    };
    let seen = told(true);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].beacon.support.no_dns && seen[0].domain.is_none());
    assert_eq!(told(false), [], "the control");
}
