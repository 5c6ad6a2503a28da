use super::*;
use crate::facts::Protocol;
use crate::flow::Flows;
use crate::packet::FiveTuple;
use crate::tables::Place;

fn open(flows: &mut Flows<()>, port: u16) -> FlowId {
    let tuple = FiveTuple {
        protocol: Protocol::Udp,
        source: ([192, 0, 2, 1], port).into(),
        destination: ([198, 51, 100, 7], 443).into(),
    };
    let owner = Ownership::Unknown;
    flows.insert(Instant::ZERO, tuple, owner, None, Place::default(), ())
}

/// Entries of flows that are gone stay until there are as many as of open ones, and 64 more; then all go at once, since
/// to look for each at its end would take as long as there are flows.
#[test]
fn entries_of_flows_that_are_gone_are_cleared_away_now_and_then() {
    let mut flows = Flows::default();
    let stay: Vec<FlowId> = (1..=3).map(|port| open(&mut flows, port)).collect();
    let entries = |flows: &Flows<()>| flows.shares.by_payer[&None].datagrams.len();
    let mut longest = 0;
    for port in 10..500 {
        let id = open(&mut flows, port);
        flows.remove(id);
        longest = longest.max(entries(&flows));
        assert!(entries(&flows) >= stay.len());
    }
    assert_eq!(longest, 2 * stay.len() + 64);
    for id in stay {
        assert_eq!(flows.idlest(), Some(id));
        flows.remove(id);
    }
}

#[test]
fn a_flow_is_listed_once_however_often_its_buffers_change() {
    let mut flows = Flows::default();
    let id = open(&mut flows, 1);
    let listed = |flows: &Flows<()>| flows.shares.by_payer[&None].charged.len();
    for (bytes, expected) in [(0, 0), (500, 1), (900, 1), (0, 1), (700, 1)] {
        flows.charge(id, bytes);
        assert_eq!(listed(&flows), expected, "{bytes}");
    }
}
