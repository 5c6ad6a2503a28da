//! A phone's month, shown to the detector as a stranger would.

use std::collections::HashMap;
use std::net::SocketAddr;

use gasket_core::beacon::{self, Beacon, BeaconSeen, Beacons, FlowStart};
use gasket_core::facts::NameSource;
use gasket_core::inspect::content::known::IdentifierKey;
use gasket_core::tables::Places;

use crate::life::{END, Life};
use crate::traffic::{Flow, Traffic};
use crate::world::World;

/// 2026-01-05T00:00Z, a Monday, in milliseconds since 1970.
const START_MS: u64 = 1_767_571_200_000;

/// A verdict, with the pair that it is about.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) at: u64,
    pub(crate) pair: (u16, u32),
    pub(crate) beacon: Beacon,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    pub(crate) told: Vec<Told>,
    pub(crate) flows: usize,
    /// The most memory that the detector had, of what was looked at daily.
    pub(crate) bytes: usize,
}

/// In the order in which those of the same time happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    End(u32),
    /// The engine starts anew, and goes on from what was kept.
    Restart,
    Event(u32),
    Start(u32),
    Look,
}

pub(crate) fn watch(world: &World, life: &Life, traffic: &Traffic, places: &Places) -> Watched {
    let flows: Vec<Flow> = seen(life, &traffic.flows);
    let targets: HashMap<SocketAddr, u32> = world
        .targets
        .iter()
        .zip(0_u32..)
        .flat_map(|(target, nth)| target.addresses.iter().map(move |address| (*address, nth)))
        .collect();
    let key = IdentifierKey::new(&[7; 32]).expect("32 bytes");
    let mut beacons = Beacons::new(&key);
    let mut open: Vec<_> = flows.iter().map(|_| None).collect();
    let mut watched = Watched {
        flows: flows.len(),
        ..Watched::default()
    };
    for (at, step) in steps(life, &flows) {
        let now = START_MS + at;
        match step {
            Step::End(nth) => {
                let flow = flows[nth as usize];
                if let Some(begun) = open[nth as usize].take() {
                    let (sent, received) = (flow.sent.into(), flow.received.into());
                    // What the apps said to each other: nothing is added for a handshake.
                    let traffic = beacon::Traffic {
                        sent,
                        received,
                        inside: Some((sent, received)),
                    };
                    beacons.handle_end_of(now, begun, &traffic);
                }
            }
            Step::Restart => {
                beacons = Beacons::restore(&beacons.state(), &key).expect("what it gave itself");
            }
            Step::Event(nth) => {
                let event = life.events[nth as usize];
                let app = event.app.map(|app| &world.apps[usize::from(app)].owner);
                let package = app.and_then(|owner| owner.packages.first());
                beacons.handle_event(now, event.kind, package.map(String::as_str));
            }
            Step::Start(nth) => {
                let flow = flows[nth as usize];
                let target = &world.targets[flow.target as usize];
                // Where DNS is encrypted, the hello of TLS says whom it is for.
                let called = if life.habits.private_dns {
                    NameSource::Tls
                } else {
                    NameSource::Dns
                };
                let named = target
                    .domain
                    .as_deref()
                    .map(|name| (places.registrable(name), called));
                let start = FlowStart {
                    owner: Some(&world.apps[usize::from(flow.app)].owner),
                    address: target.addresses[usize::from(flow.host) % target.addresses.len()],
                    protocol: target.protocol,
                    domain: named,
                };
                open[nth as usize] = beacons.handle_start(now, &start);
            }
            Step::Look => {
                beacons.handle_time(now);
                watched.bytes = watched.bytes.max(beacons.bytes());
            }
        }
        while let Some(seen) = beacons.poll_beacon() {
            watched.told.push(told(&seen, at, &targets));
        }
    }
    watched
}

/// What begins while Gasket watches, until it stops to.
fn seen(life: &Life, flows: &[Flow]) -> Vec<Flow> {
    let mut seen: Vec<Flow> = flows
        .iter()
        .filter(|flow| flow.start < END && life.is_watched(flow.start))
        .copied()
        .collect();
    for flow in &mut seen {
        let stop = life.unwatched.next_start(flow.start).unwrap_or(END);
        flow.end = flow.end.min(stop).min(END);
    }
    seen
}

fn steps(life: &Life, flows: &[Flow]) -> Vec<(u64, Step)> {
    let mut steps = Vec::new();
    for (flow, nth) in flows.iter().zip(0..) {
        steps.push((flow.start, Step::Start(nth)));
        steps.push((flow.end.max(flow.start + 1), Step::End(nth)));
    }
    for (event, nth) in life.events.iter().zip(0..) {
        if life.is_watched(event.at) {
            steps.push((event.at, Step::Event(nth)));
        }
    }
    let begins = life.dark.iter().chain(life.unwatched.iter());
    steps.extend(
        begins
            .map(|span| (span.to, Step::Restart))
            .filter(|(at, _)| *at < END),
    );
    steps.extend((1..=crate::life::DAYS).map(|day| (day * crate::span::DAY, Step::Look)));
    steps.sort_unstable();
    steps
}

fn told(seen: &BeaconSeen, at: u64, targets: &HashMap<SocketAddr, u32>) -> Told {
    let uid = seen.app.as_ref().expect("all owners are known").uid;
    Told {
        at,
        pair: ((uid - 10_000) as u16, targets[&seen.address]),
        beacon: seen.beacon.clone(),
    }
}
