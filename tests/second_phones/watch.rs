//! Shows a phone to the detector, as Gasket would.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::IpAddr;

use gasket_core::beacon::{Beacons, Evidence, FlowStart, Traffic};
use gasket_core::inspect::content::known::IdentifierKey;

use super::apps::DestId;
use super::life::{MINUTE, Span};
use super::phone::{Flow, Phone};

/// What the detector said.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) at: u64,
    /// None where the owner was not known.
    pub(crate) app: Option<usize>,
    pub(crate) dest: DestId,
    pub(crate) evidence: Evidence,
}

/// What a month with the detector was like.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) verdicts: Vec<Verdict>,
    /// Connections that were shown, and those that the detector wants to hear the end of.
    pub(crate) shown: usize,
    pub(crate) taken: usize,
    /// The size of its state, at most.
    pub(crate) bytes: usize,
    /// Verdicts on a destination that the phone does not have.
    pub(crate) strange: usize,
}

struct Names {
    by_name: HashMap<String, DestId>,
    by_address: HashMap<IpAddr, DestId>,
}

/// How often the detector is told the time.
const TICK: u64 = 15 * MINUTE;

pub(crate) fn watch(phone: &Phone) -> Watched {
    let key = IdentifierKey::new(&[7; 32]).expect("a key of 32 bytes");
    let mut names = Names {
        by_name: HashMap::new(),
        by_address: HashMap::new(),
    };
    for (id, dest) in phone.dests.iter().enumerate() {
        if let Some(name) = &dest.name {
            names.by_name.insert(name.clone(), id);
        }
        for address in dest.v4.iter().chain(&dest.v6) {
            names.by_address.insert(*address, id);
        }
    }
    let mut watched = Watched::default();
    let mut beacons = Beacons::new(&key);
    for (turn, span) in phone.life.watched.iter().enumerate() {
        if turn > 0 {
            let state = beacons.state();
            beacons = Beacons::restore(&state, &key).expect("its own state");
        }
        a_span(phone, *span, &mut beacons, &names, &mut watched);
        watched.bytes = watched.bytes.max(beacons.bytes());
    }
    watched
}

fn a_span(phone: &Phone, span: Span, beacons: &mut Beacons, names: &Names, watched: &mut Watched) {
    let events = &phone.life.events;
    let mut event = events.partition_point(|event| event.at < span.from);
    let mut flow = phone.flows.partition_point(|flow| flow.start < span.from);
    let mut ends: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut open = HashMap::new();
    let mut tick = span.from + TICK;
    loop {
        let next_event = events.get(event).map_or(u64::MAX, |event| event.at);
        let next_flow = phone.flows.get(flow).map_or(u64::MAX, |flow| flow.start);
        let next_end = ends.peek().map_or(u64::MAX, |Reverse((at, _))| *at);
        let now = next_event.min(next_flow).min(next_end).min(tick);
        if now >= span.to {
            break;
        }
        if now == tick {
            beacons.handle_time(now);
            tick += TICK;
        } else if now == next_end {
            if let Some(Reverse((_, index))) = ends.pop()
                && let Some(opened) = open.remove(&index)
            {
                beacons.handle_end_of(now, opened, &traffic(&phone.flows[index]));
            }
        } else if now == next_event {
            let what = events[event];
            let package = what
                .app
                .map(|app| phone.apps[app].owner.packages[0].as_str());
            beacons.handle_event(now, what.trigger, package);
            event += 1;
        } else {
            watched.shown += 1;
            if let Some(opened) = start(phone, &phone.flows[flow], beacons) {
                watched.taken += 1;
                open.insert(flow, opened);
                ends.push(Reverse((phone.flows[flow].end, flow)));
            }
            flow += 1;
        }
        told(phone, beacons, names, watched);
    }
    // What is open when Gasket stops is ended in order, as an engine does that is stopped kindly.
    let mut left: Vec<usize> = open.keys().copied().collect();
    left.sort_unstable();
    for index in left {
        if let Some(opened) = open.remove(&index) {
            beacons.handle_end_of(span.to, opened, &traffic(&phone.flows[index]));
        }
    }
    told(phone, beacons, names, watched);
}

fn start(
    phone: &Phone,
    flow: &Flow,
    beacons: &mut Beacons,
) -> Option<gasket_core::beacon::OpenFlow> {
    let dest = &phone.dests[flow.dest];
    let domain = flow
        .named
        .and_then(|source| dest.name.as_deref().map(|name| (name, source)));
    beacons.handle_start(
        flow.start,
        &FlowStart {
            owner: (!flow.unowned).then_some(&phone.apps[flow.app].owner),
            address: flow.address,
            protocol: flow.protocol,
            domain,
        },
    )
}

fn traffic(flow: &Flow) -> Traffic {
    Traffic {
        sent: flow.sent,
        received: flow.received,
        inside: flow.inside,
    }
}

fn told(phone: &Phone, beacons: &mut Beacons, names: &Names, watched: &mut Watched) {
    while let Some(seen) = beacons.poll_beacon() {
        let by_name = seen
            .domain
            .as_ref()
            .and_then(|(name, _)| names.by_name.get(name));
        let Some(dest) = by_name.or_else(|| names.by_address.get(&seen.address.ip())) else {
            watched.strange += 1;
            continue;
        };
        let app = seen
            .app
            .as_ref()
            .and_then(|owner| phone.apps.iter().position(|app| app.owner.uid == owner.uid));
        watched.verdicts.push(Verdict {
            at: seen.time_ms,
            app,
            dest: *dest,
            evidence: seen.beacon.evidence,
        });
    }
}
