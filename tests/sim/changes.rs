//! Settings and owners that come while flows are under way.

use gasket_core::config::{AppMode, Config};
use gasket_core::policy::{Decision, Reason};
use smoltcp::socket::tcp::State;

use crate::leaks::{owner, with_mode};
use crate::world::{Owners, World, config};

const APP: &str = "org.example.chatty";
const OTHER: &str = "org.example.quiet";
const WEB: &str = "203.0.113.10:80";
const COAP: &str = "203.0.113.10:5683";
const REQUEST: &[u8] = b"GET /news HTTP/1.1\r\nHost: news.example\r\n\r\n";

/// What was let through unread cannot be read from its middle on.
#[test]
fn a_connection_of_an_app_that_is_trusted_no_longer_ends() {
    for (then, state) in [
        (with_mode(APP, AppMode::Trust), State::Established),
        (config(), State::Closed),
    ] {
        let trusting = with_mode(APP, AppMode::Trust);
        let mut world = World::with(trusting, Owners::Is(owner(APP)));
        let connection = world.app.connect(WEB);
        world.settle();
        world.write(connection, REQUEST, 1000);
        assert_eq!(world.peer(WEB).received, REQUEST);
        world.guard.set_config(world.now, then);
        world.settle();
        assert_eq!(world.app.tcp(connection).state(), state);
        assert_eq!(world.events, []);
    }
}

#[test]
fn datagrams_of_an_app_that_is_trusted_no_longer_are_read() {
    let leak = b"\x40\x02\x12\x34\x3d\x00m.fxltsbl.com\x82rd";
    let mut world = World::with(with_mode(APP, AppMode::Trust), Owners::Is(owner(APP)));
    let socket = world.app.datagrams();
    world.app.send_to(socket, COAP, leak);
    world.settle();
    assert_eq!(world.peer(COAP).datagrams, [leak]);
    world.guard.set_config(world.now, config());
    world.app.send_to(socket, COAP, leak);
    world.settle();
    assert_eq!(world.peer(COAP).datagrams, [leak], "the first only");
    assert_eq!(world.events.len(), 1);
    assert_eq!(world.events[0].verdict, Decision::Block);
}

/// As long as no app is treated specially, a flow does not wait for its owner; then one is.
#[test]
fn an_app_that_is_blocked_while_its_owner_is_asked_for_is_refused() {
    for (who, dials) in [(APP, 0), (OTHER, 1)] {
        let mut world = World::with(config(), Owners::Mute);
        let connection = world.app.connect(WEB);
        world.settle();
        assert_eq!(world.app.tcp(connection).state(), State::Established);
        let blocking = with_mode(APP, AppMode::Block);
        world.guard.set_config(world.now, blocking);
        let asked = world.asked[0];
        world.guard.handle_owner(world.now, asked, Some(owner(who)));
        world.pass(2_000);
        assert_eq!(world.dials.len(), dials, "{who}");
        assert_eq!(world.events.len(), 1 - dials, "{who}");
    }
}

#[test]
fn a_decoy_that_is_left_in_silence_was_blocked() {
    let mut world = World::new();
    let connection = world.app.connect("198.18.0.1:80");
    world.settle();
    world.app.tcp(connection).close();
    world.settle();
    assert_eq!(world.dials, []);
    assert_eq!(world.events.len(), 1);
    assert_eq!(world.events[0].verdict, Decision::Block);
}

/// The first has its socket asked for when the second is judged: the answer comes to a flow that is blocked.
#[test]
fn a_leak_right_behind_a_harmless_datagram_is_blocked() {
    for (second, events) in [(&b"m.fxltsbl.com"[..], 1), (b"sensors.local", 0)] {
        let datagram = |host: &[u8]| [b"\x40\x02\x12\x34\x3d\x00", host, b"\x82rd"].concat();
        let mut world = World::with(config(), Owners::Mute);
        let socket = world.app.datagrams();
        for host in [&b"sensors.local"[..], second] {
            world.app.send_to(socket, COAP, &datagram(host));
            world.settle();
        }
        let asked = world.asked[0];
        world.guard.handle_owner(world.now, asked, Some(owner(APP)));
        world.settle();
        assert_eq!(world.events.len(), events, "{:?}", world.events);
        let left: usize = world.peers.values().map(|peer| peer.datagrams.len()).sum();
        assert_eq!(left, 2 - 2 * events);
    }
}

#[test]
fn a_question_under_way_is_not_refused_by_new_settings() {
    let mut world = World::with(config(), Owners::Unknown);
    let socket = world.app.datagrams();
    let question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04news\x07example\0\0\x01\0\x01";
    world.app.send_to(socket, "10.111.222.2:53", question);
    world.settle();
    assert_eq!(world.peer("203.0.113.53:53").datagrams, [question]);
    let blocking = with_mode(APP, AppMode::Block);
    world.guard.set_config(world.now, blocking);
    world.settle();
    assert_eq!(world.events, []);
    let answer = [&question[..2], b"\x81\x80", &question[4..]].concat();
    world.answer("203.0.113.53:53", &answer);
    assert_eq!(world.app.udp(socket).recv().expect("an answer").0, answer);
}

#[test]
fn what_an_own_rule_refuses_is_told_with_its_app() {
    let own = r#"{"version": 1, "own_rules": {"203.0.113.10": "block"}}"#;
    let config = Config {
        own_rules: Config::from_json(own).expect("a config").own_rules,
        ..config()
    };
    let mut world = World::with(config, Owners::Is(owner(APP)));
    let connection = world.app.connect(WEB);
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.dials, []);
    assert_eq!(world.events.len(), 1);
    assert_eq!(world.events[0].reason, Reason::OwnRule);
    assert_eq!(world.events[0].app, Some(owner(APP)));
}
