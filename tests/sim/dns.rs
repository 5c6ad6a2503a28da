//! DNS through the guard.

use std::net::IpAddr;

use gasket_core::config::{Config, RuleMode};
use gasket_core::event::{NameSource, Subject};
use gasket_core::guard::ConnectError;
use gasket_core::owner::Owner;
use gasket_core::policy::{Decision, Reason};

use crate::world::{Behaviour, Owners, World, config};
use gasket_tests::dns::{A, answer};
use gasket_tests::registration;

pub const RESOLVER: &str = "10.111.222.2:53";
const UPSTREAM: &str = "203.0.113.53:53";

/// A question for the A record of `name`.
pub fn question(id: u16, name: &str) -> Vec<u8> {
    gasket_tests::dns::question(id, name, A)
}

/// Response code and last four bytes of an answer: the address, where there is one.
pub fn outcome(message: &[u8]) -> (u8, [u8; 4]) {
    let address = message[message.len() - 4..].try_into().expect("four bytes");
    (message[3] & 15, address)
}

#[test]
fn a_question_is_forwarded_and_its_answer_remembered() {
    let mut world = World::new();
    let socket = world.app.datagrams();
    let ask = question(7, "news.example");
    world.app.send_to(socket, RESOLVER, &ask);
    world.settle();
    assert_eq!(world.peer(UPSTREAM).datagrams, std::slice::from_ref(&ask));
    world.answer(UPSTREAM, &answer(&ask, [203, 0, 113, 10]));
    let (got, _) = world.app.udp(socket).recv().expect("an answer");
    assert_eq!(outcome(got), (0, [203, 0, 113, 10]));

    let connection = world.app.connect("203.0.113.10:80");
    world.settle();
    let request = registration::request("203.0.113.10");
    world.write(connection, &request, 10_000);
    let destination = &world.events[0].destination;
    assert_eq!(destination.name.as_deref(), Some("news.example"));
    assert_eq!(destination.name_source, Some(NameSource::Dns));
}

#[test]
fn an_answer_nobody_asked_for_is_dropped() {
    let mut world = World::new();
    let socket = world.app.datagrams();
    world
        .app
        .send_to(socket, RESOLVER, &question(7, "news.example"));
    world.settle();
    for forged in [question(8, "news.example"), question(7, "olds.example")] {
        world.answer(UPSTREAM, &answer(&forged, [203, 0, 113, 66]));
    }
    assert!(!world.app.udp(socket).can_recv());
}

#[test]
fn a_blocked_name_does_not_exist() {
    let blocked = Config {
        blocked_names: vec!["tracker.example".to_owned()],
        ..config()
    };
    let mut world = World::with(blocked, Owners::Unavailable);
    let socket = world.app.datagrams();
    for name in ["tracker.example", "eu.tracker.example"] {
        world.app.send_to(socket, RESOLVER, &question(1, name));
        world.settle();
        let (got, _) = world.app.udp(socket).recv().expect("an answer");
        assert_eq!(outcome(got).0, 3, "NXDOMAIN for {name}");
    }
    assert_eq!(world.dials, []);
    assert_eq!(world.events.len(), 2);
    assert_eq!(world.events[0].subject, Subject::DnsQuestion);
    assert_eq!(world.events[0].reason, Reason::NameBlocked);
}

/// An app repeats its questions at once, which is told once. Neither another app's question for the same name nor one
/// with something else in it is that repetition.
#[test]
fn what_is_told_of_a_question_hides_no_other() {
    let tell = Config {
        blocked_names: vec!["tracker.example".to_owned()],
        identifiers: RuleMode::Block,
        ..config()
    };
    let by_port = |port: u16| {
        Some(Owner {
            uid: if port.is_multiple_of(2) {
                10_001
            } else {
                10_002
            },
            packages: Vec::new(),
            system: false,
        })
    };
    let mut world = World::with(tell, Owners::ByPort(by_port));
    let sockets = [world.app.datagrams(), world.app.datagrams()];
    let with = |identifier: &str| {
        let document = format!("{{\"imei1\":\"{identifier}\"}}");
        [question(1, "news.example"), document.into_bytes()].concat()
    };
    let (first, second) = (with(&registration::imei()), with("350000001234562"));
    let blocked = question(1, "tracker.example");
    for (round, told) in [(0, 6), (1, 6)] {
        for socket in sockets {
            for asked in [&blocked, &first, &second] {
                world.app.send_to(socket, "203.0.113.99:53", asked);
                world.settle();
            }
        }
        assert_eq!(
            world.events.len(),
            told,
            "round {round}: {:#?}",
            world.events
        );
    }
}

#[test]
fn a_name_that_a_rule_blocks_leads_to_a_decoy_and_its_request_is_read() {
    let mut world = World::new();
    let socket = world.app.datagrams();
    let ask = question(1, "zzhc.vnet.cn");
    world.app.send_to(socket, RESOLVER, &ask);
    world.settle();
    let (got, _) = world.app.udp(socket).recv().expect("an answer");
    let (code, decoy) = outcome(got);
    assert_eq!(code, 0);
    assert_eq!(decoy[..2], [198, 18]);
    assert_eq!(world.dials, [], "the question did not leave");

    let to = format!("{}:80", IpAddr::from(decoy));
    let connection = world.app.connect(&to);
    world.settle();
    world.write(connection, &registration::request("zzhc.vnet.cn"), 1000);
    world.pass(2_000);
    assert_eq!(world.dials, [], "nor did the request");
    let [asked, posted] = &world.events[..] else {
        panic!("two events, not {:#?}", world.events);
    };
    assert_eq!(asked.subject, Subject::DnsQuestion);
    assert_eq!(posted.subject, Subject::Request);
    assert_eq!(posted.verdict, Decision::Block);
    assert_eq!(posted.bytes_left, 0);
    assert!(!posted.dialled);
    assert_eq!(posted.destination.name.as_deref(), Some("zzhc.vnet.cn"));
    assert!(posted.findings.len() >= 3);
}

#[test]
fn a_decoy_is_never_dialled_even_when_its_app_stays_silent() {
    let mut world = World::new();
    let connection = world.app.connect("198.18.7.7:443");
    world.pass(60_000);
    assert_eq!(world.dials, []);
    assert_eq!(world.guard.flow_count(), 0);
    assert!(!world.app.tcp(connection).is_open());
}

#[test]
fn a_dead_resolver_is_a_server_failure() {
    let mut world = World::new();
    let socket = world.app.datagrams();
    world
        .app
        .send_to(socket, RESOLVER, &question(1, "news.example"));
    world.settle();
    let flow = world.flow(UPSTREAM);
    let refused = gasket_core::guard::ConnectError::Refused;
    world.guard.handle_datagram_error(world.now, flow, refused);
    world.settle();
    let (got, _) = world.app.udp(socket).recv().expect("an answer");
    assert_eq!(outcome(got).0, 2);
}

#[test]
fn the_next_resolver_is_tried_when_one_fails() {
    let mut two = config();
    two.dns_upstreams.push("203.0.113.54:53".parse().unwrap());
    let mut world = World::with(two, Owners::Unavailable);
    let socket = world.app.datagrams();
    let ask = question(1, "news.example");
    world.app.send_to(socket, RESOLVER, &ask);
    world.settle();
    let flow = world.flow(UPSTREAM);
    let refused = gasket_core::guard::ConnectError::Refused;
    world.guard.handle_datagram_error(world.now, flow, refused);
    world.settle();
    assert_eq!(
        world.peer("203.0.113.54:53").datagrams,
        std::slice::from_ref(&ask)
    );
    world.answer("203.0.113.54:53", &answer(&ask, [203, 0, 113, 10]));
    assert!(world.app.udp(socket).can_recv());
}

#[test]
fn the_next_resolver_is_tried_when_one_has_no_route() {
    let mut two = config();
    two.dns_upstreams.push("203.0.113.54:53".parse().unwrap());
    let mut world = World::with(two, Owners::Unavailable);
    let no_route = Behaviour::Fail(ConnectError::NetworkUnreachable);
    world.behaviours.insert(UPSTREAM.parse().unwrap(), no_route);
    let socket = world.app.datagrams();
    for number in 0..20 {
        let ask = question(number, "news.example");
        world.app.send_to(socket, RESOLVER, &ask);
    }
    world.settle();
    let asked = &world.peer("203.0.113.54:53").datagrams;
    assert!(!asked.is_empty());
    // The second has none either: the app is told.
    world
        .behaviours
        .insert("203.0.113.54:53".parse().unwrap(), no_route);
    let socket = world.app.datagrams();
    world
        .app
        .send_to(socket, RESOLVER, &question(1, "news.example"));
    world.settle();
    let (got, _) = world.app.udp(socket).recv().expect("an answer");
    assert_eq!(outcome(got).0, 2);
}

#[test]
fn what_is_no_question_is_not_sent_to_a_dns_server() {
    let mut world = World::new();
    let socket = world.app.datagrams();
    for to in [RESOLVER, "203.0.113.99:53"] {
        world.app.send_to(socket, to, b"imei=004400123456782");
        world.settle();
    }
    assert_eq!(world.dials, []);
    assert_eq!(world.guard.counters().malformed, 2);
}
