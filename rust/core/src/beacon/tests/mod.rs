mod cases;
mod charging;
mod early;
mod kept;
mod month;
mod nights;
mod rates;
mod reports;
mod sims;
mod sizes;
mod strands;
mod unseen;
mod used;

use std::net::SocketAddr;

use super::*;
use crate::facts::Trigger;

const START_MS: u64 = 1_798_761_600_000;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

fn app(name: &str) -> Owner {
    Owner {
        uid: 10_001,
        packages: vec![name.to_owned()],
        system: false,
    }
}

/// One of many apps, each with a user id of its own.
fn numbered(name: &str, n: u64) -> Owner {
    Owner {
        uid: 10_000 + n as u32,
        ..app(&format!("{name}{n}"))
    }
}

/// As much inside of TLS, with a handshake around it.
fn inside(sent: u64, received: u64) -> Traffic {
    Traffic {
        sent: sent + 500,
        received: received + 4_000,
        inside: Some((sent, received)),
    }
}

/// And the other way round.
const FETCHES: Traffic = Traffic {
    sent: 600,
    received: 9_000,
    inside: None,
};

/// A phone on which things happen in the order they are written down.
struct Phone {
    beacons: Beacons,
    plan: Vec<(u64, Happens)>,
}

enum Happens {
    Event(Trigger, Option<&'static str>),
    Flow(Owner, &'static str, u64, Traffic),
}

/// It tells more than it fetches.
const TELLS: Traffic = Traffic {
    sent: 900,
    received: 200,
    inside: None,
};

impl Phone {
    fn new() -> Self {
        Self {
            beacons: Beacons::unsaved(1),
            plan: Vec::new(),
        }
    }

    fn event(&mut self, at_ms: u64, trigger: Trigger) {
        self.plan.push((at_ms, Happens::Event(trigger, None)));
    }

    fn update(&mut self, at_ms: u64, package: &'static str) {
        self.plan
            .push((at_ms, Happens::Event(Trigger::PackageChange, Some(package))));
    }

    /// A connection that lasts so long.
    fn long_flow(&mut self, at_ms: u64, app: &Owner, to: &'static str, lasts_ms: u64) {
        self.plan
            .push((at_ms, Happens::Flow(app.clone(), to, lasts_ms, TELLS)));
    }

    fn flow(&mut self, at_ms: u64, app: &Owner, to: &'static str) {
        self.long_flow(at_ms, app, to, 2_000);
    }

    fn sized_flow(&mut self, at_ms: u64, app: &Owner, to: &'static str, traffic: Traffic) {
        self.plan
            .push((at_ms, Happens::Flow(app.clone(), to, 2_000, traffic)));
    }

    /// Something speaks all the time, as on any phone.
    fn hum(&mut self, days: u64) {
        for at in (0..days * DAY_MS).step_by(HOUR_MS as usize) {
            self.plan
                .push((START_MS + at, Happens::Event(Trigger::Alarm, None)));
        }
    }

    /// It is switched off and on, which takes a minute.
    fn restart(&mut self, at_ms: u64) {
        self.event(at_ms - MINUTE_MS, Trigger::Alarm);
        self.event(at_ms, Trigger::Boot);
    }

    fn run(&mut self) -> Vec<BeaconSeen> {
        self.plan.sort_by_key(|(at, _)| *at);
        let mut told = Vec::new();
        let mut open: Vec<(u64, OpenFlow, Traffic)> = Vec::new();
        for (at, happens) in self.plan.drain(..) {
            open.sort_by_key(|(end, ..)| *end);
            while open.first().is_some_and(|(end, ..)| *end <= at) {
                let (end, flow, traffic) = open.remove(0);
                self.beacons.handle_end_of(end, flow, &traffic);
            }
            match happens {
                Happens::Event(trigger, package) => self.beacons.handle_event(at, trigger, package),
                Happens::Flow(owner, to, lasts, traffic) => {
                    let flow = FlowStart {
                        owner: Some(&owner),
                        address: SocketAddr::from(([192, 0, 2, 1], 443)),
                        protocol: Protocol::Tcp,
                        domain: Some((to, NameSource::Dns)),
                    };
                    open.extend(
                        self.beacons
                            .handle_start(at, &flow)
                            .map(|flow| (at + lasts, flow, traffic)),
                    );
                }
            }
            while let Some(beacon) = self.beacons.poll_beacon() {
                told.push(beacon);
            }
        }
        told
    }
}

/// How many changes of a byte of what is kept are refused though its sum is right. What is not must be able to `go_on`.
fn refused_when_flipped(
    beacons: &Beacons,
    key: &IdentifierKey,
    go_on: impl Fn(&mut Beacons),
) -> usize {
    let state = beacons.state();
    let body = &state[..state.len() - 8];
    let mut refused = 0;
    for at in 8..body.len() {
        for bits in [0x01, 0x80, 0xff] {
            let mut other = body.to_vec();
            other[at] ^= bits;
            let sum = beacons.seal.sum(&other);
            other.extend(sum.to_le_bytes());
            match Beacons::restore(&other, key) {
                Ok(mut back) => {
                    go_on(&mut back);
                    assert!(back.state().len() <= STATE_MAX);
                }
                Err(_) => refused += 1,
            }
        }
    }
    refused
}

/// The name that DNS has given.
fn named(seen: &BeaconSeen) -> Option<&str> {
    let name = seen.domain.as_ref();
    name.and_then(|(name, by)| (*by == NameSource::Dns).then_some(&**name))
}

#[test]
fn boots_are_told_with_their_counts() {
    let mut phone = Phone::new();
    phone.hum(17);
    for boot in 0..5 {
        let at = START_MS + boot * 3 * DAY_MS + 10 * MINUTE_MS;
        phone.restart(at);
        phone.flow(at + 12_000, &app("com.example.reg"), "reg.example");
    }
    let told = phone.run();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(named(&told[0]), Some("reg.example"));
    assert_eq!(
        told[0].beacon.evidence,
        Evidence::Event {
            trigger: Occasion::Boot,
            within_s: 90,
            hits: 5,
            of: 5,
            other_hits: 0,
            others: 5 * 139
        }
    );
}
