//! The registration in its dialects: not a byte, and where the dial can be held not even a SYN.

use std::collections::BTreeMap;

use gasket_core::config::{AppMode, Config, RuleChoice, RuleMode, Uid};
use gasket_core::guard::ConnectError;
use gasket_core::owner::Owner;
use gasket_core::policy::{Decision, Reason};
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::State;

use crate::world::{Behaviour, Owners, World, config};
use gasket_tests::registration;

const LITERAL: &str = "42.99.2.15:80";
const ELSEWHERE: &str = "203.0.113.10:80";

/// Posts and asserts that nothing of it left.
fn is_blocked(mut world: World, to: &str, request: &[u8], piece: usize) -> World {
    let connection = world.app.connect(to);
    world.settle();
    world.write(connection, request, piece);
    world.pass(2_000);
    assert_eq!(world.app.tcp(connection).state(), State::Closed, "{to}");
    let [event] = &world.events[..] else {
        panic!("one event, not {:#?}", world.events);
    };
    assert_eq!(event.verdict, Decision::Block);
    assert_eq!(event.reason, Reason::RuleMatched);
    assert_eq!(event.bytes_left, 0);
    assert!(!event.findings.is_empty());
    world
}

#[test]
fn the_registration_does_not_even_dial() {
    for (to, host) in [
        (LITERAL, "42.99.2.15"),
        (LITERAL, "zzhc.vnet.cn"),
        ("42.99.2.15:9999", "zzhc.vnet.cn:9999"),
        (ELSEWHERE, "zzhc.vnet.cn"),
        ("[2001:db8::10]:80", "zzhc.vnet.cn"),
        ("203.0.113.10:9999", "203.0.113.10:9999"),
        (ELSEWHERE, "203.0.113.10"),
    ] {
        for piece in [10_000, 1] {
            let request = registration::request(host);
            let world = is_blocked(World::new(), to, &request, piece);
            assert_eq!(world.dials, [], "{to} {host} in pieces of {piece}");
            assert!(!world.events[0].dialled);
            let destination = &world.events[0].destination;
            let place = (destination.country.as_deref(), &destination.network);
            let is_chinanet = place.0 == Some("CN")
                && place.1.as_ref().is_some_and(|network| {
                    network.asn == 4134 && network.name.as_deref() == Some("Chinanet")
                });
            match destination.address.to_string().as_str() {
                "42.99.2.15" => assert!(is_chinanet, "{place:?}"),
                reserved => assert_eq!(place, (None, &None), "{reserved}"),
            }
        }
    }
}

#[test]
fn on_an_ordinary_port_the_payload_stays() {
    let to = "203.0.113.10:12345";
    let world = is_blocked(World::new(), to, &registration::request("203.0.113.10"), 7);
    assert!(world.events[0].dialled);
    assert_eq!(world.events[0].flow_bytes_left, 0);
    assert!(world.gone[0].received.is_empty());
}

#[test]
fn the_second_request_of_a_connection_is_judged_like_the_first() {
    let mut world = World::new();
    let connection = world.app.connect(ELSEWHERE);
    let first = b"GET /news HTTP/1.1\r\nHost: news.example\r\n\r\n";
    world.settle();
    world.write(connection, first, 1000);
    assert_eq!(world.peer(ELSEWHERE).received, first);
    world.write(connection, &registration::request("news.example"), 1000);
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    let peer = world.peer(ELSEWHERE);
    assert_eq!(peer.received, first, "only the first request arrived");
    assert_eq!(peer.closed, Some(true));
    let event = world.events[0].clone();
    assert_eq!(event.bytes_left, 0, "of the second");
    assert_eq!(event.flow_bytes_left, first.len() as u64);
}

#[test]
fn pipelined_behind_a_harmless_request_it_stays() {
    let mut world = World::new();
    let connection = world.app.connect(ELSEWHERE);
    let first = b"GET /news HTTP/1.1\r\nHost: news.example\r\n\r\n".to_vec();
    let both = [first.clone(), registration::request("news.example")].concat();
    world.settle();
    world.write(connection, &both, 10_000);
    world.pass(100);
    assert_eq!(world.events.len(), 1);
    let arrived = world.peers.values().chain(&world.gone);
    let arrived: Vec<u8> = arrived.flat_map(|peer| peer.received.clone()).collect();
    assert!(arrived.is_empty() || arrived == first);
}

const HARMLESS: &[u8] = b"GET /news HTTP/1.1\r\nHost: news.example\r\n\r\n";

/// A server that takes nothing, with so much to take that no more of the app is read, and `half` a request behind it; and
/// what the server gets once it takes all that came before.
fn behind_a_slow_server(half: &[u8]) -> (World, SocketHandle, Vec<u8>) {
    let mut world = World::new();
    let connection = world.app.connect(ELSEWHERE);
    world.settle();
    world.write(connection, HARMLESS, 1000);
    world.peer(ELSEWHERE).appetite = 0;
    let waiting = HARMLESS.repeat(64 * 1024 / HARMLESS.len());
    world.write(connection, &waiting, 1000);
    world.write(connection, &[HARMLESS, half].concat(), 10_000);
    world.pass(3_000);
    let before = [HARMLESS, &waiting, HARMLESS].concat();
    (world, connection, before)
}

/// The slow server takes all that waits.
fn takes_all(world: &mut World) {
    let flow = world.flow(ELSEWHERE);
    world.peer(ELSEWHERE).appetite = usize::MAX;
    world.writable(flow);
    world.settle();
}

/// While no more of the app is read, half a request is no request that its app has let down.
#[test]
fn a_request_that_a_slow_server_holds_up_is_judged_as_a_whole() {
    let leak = registration::request("news.example");
    let (half, rest) = leak.split_at(leak.len() - 100);
    let (mut world, connection, before) = behind_a_slow_server(half);
    world.write(connection, rest, 1000);
    world.pass(3_000);
    assert_eq!(world.events, [], "nothing is judged");
    takes_all(&mut world);
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert!(world.peer(ELSEWHERE).received == before);
    let [event] = &world.events[..] else {
        panic!("one event, not {:#?}", world.events);
    };
    assert_eq!(event.verdict, Decision::Block);
    assert_eq!(event.bytes_left, 0);
}

/// Half a request whose server takes what waits is waited for as long as any other, from then on.
#[test]
fn half_a_request_behind_a_slow_server_is_released_when_its_app_stays_silent() {
    const HALF: &[u8] = b"POST /b HTTP/1.1\r\nHost: b.example\r\nContent-Length: 4\r\n\r\nab";
    let (mut world, _, before) = behind_a_slow_server(HALF);
    takes_all(&mut world);
    assert!(world.peer(ELSEWHERE).received == before);
    world.pass(1_500);
    assert!(world.peer(ELSEWHERE).received == [&before, HALF].concat());
}

#[test]
fn the_same_shape_without_the_keys_passes() {
    let mut world = World::new();
    let body = registration::base64_lines(b"{\"weather\":\"fine\",\"city\":\"Oslo\"}");
    let request = registration::post("203.0.113.10", body.as_bytes());
    let connection = world.app.connect(ELSEWHERE);
    world.settle();
    world.write(connection, &request, 5);
    assert_eq!(world.peer(ELSEWHERE).received, request);
    assert_eq!(world.events, []);
}

/// The registration, its head and body apart, and a body announced by `Expect: 100-continue`.
fn expecting(host: &str, body: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let request = registration::post(host, body);
    let head = request.len() - body.len();
    let text = String::from_utf8_lossy(&request[..head - 2]).into_owned();
    let head = format!("{text}Expect: 100-continue\r\n\r\n");
    (head.into_bytes(), body.to_vec())
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[test]
fn an_app_that_waits_to_be_told_to_continue_is_told_so_before_the_dial() {
    let body = registration::base64_lines(registration::json().as_bytes());
    let (head, body) = expecting("203.0.113.10", body.as_bytes());
    let mut world = World::new();
    let connection = world.app.connect(ELSEWHERE);
    world.settle();
    world.write(connection, &head, 10);
    assert_eq!(world.read(connection), CONTINUE);
    world.write(connection, &body, 10_000);
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.dials, []);
    assert_eq!(world.events[0].reason, Reason::RuleMatched);
    assert_eq!(world.events[0].bytes_left, 0);

    let (head, body) = expecting("203.0.113.10", b"a harmless body");
    let mut world = World::new();
    let connection = world.app.connect(ELSEWHERE);
    world.settle();
    world.write(connection, &head, 10_000);
    assert_eq!(world.read(connection), CONTINUE);
    assert_eq!(world.dials, []);
    world.write(connection, &body, 10_000);
    assert_eq!(world.peer(ELSEWHERE).received, [head, body].concat());
    assert_eq!(world.events, []);
}

#[test]
fn on_a_dialled_connection_the_peer_says_whether_to_continue() {
    let to = "203.0.113.10:12345";
    let body = registration::base64_lines(registration::json().as_bytes());
    let (head, body) = expecting("203.0.113.10", body.as_bytes());
    let mut world = World::new();
    let connection = world.app.connect(to);
    world.settle();
    world.write(connection, &head, 10_000);
    assert_eq!(world.peer(to).received, head, "the head goes first");
    assert_eq!(world.read(connection), b"");
    world.write(connection, &body, 10_000);
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.peer(to).received, head, "the body stayed");
    assert_eq!(world.events[0].reason, Reason::RuleMatched);
    assert_eq!(world.events[0].bytes_left, head.len() as u64);
}

#[test]
fn a_rule_set_to_warn_lets_it_pass_and_says_what_left() {
    let zzhc = gasket_core::rules::Pack::embedded();
    let overrides = zzhc
        .rules()
        .iter()
        .map(|r| (r.id.clone(), RuleChoice::Warn));
    let config = Config {
        rules: overrides.collect(),
        ..config()
    };
    let mut world = World::with(config, Owners::Unavailable);
    let request = registration::request("zzhc.vnet.cn");
    let connection = world.app.connect(LITERAL);
    world.settle();
    world.write(connection, &request, 10_000);
    assert_eq!(world.peer(LITERAL).received, request);
    assert_eq!(world.events.len(), 1);
    assert_eq!(world.events[0].verdict, Decision::Warn);
    assert_eq!(world.events[0].bytes_left, request.len() as u64);
}

#[test]
fn a_warning_whose_dial_failed_says_that_nothing_left() {
    let mut world = World::new();
    let to = "203.0.113.10:8080";
    world
        .behaviours
        .insert(to.parse().unwrap(), Behaviour::Fail(ConnectError::Refused));
    let connection = world.app.connect(to);
    world.settle();
    let request = format!(
        "GET /?imei={} HTTP/1.1\r\nHost: ads.example\r\n\r\n",
        registration::imei()
    );
    world.write(connection, request.as_bytes(), 1000);
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.events.len(), 1);
    assert_eq!(world.events[0].verdict, Decision::Warn);
    assert_eq!(world.events[0].bytes_left, 0);
}

/// An app.
pub fn owner(package: &str) -> Owner {
    Owner {
        uid: 10_123,
        packages: vec![package.to_owned()],
        system: false,
    }
}

/// Settings that treat it so.
pub fn with_mode(package: &str, mode: AppMode) -> Config {
    Config {
        apps: [(package.to_owned(), mode)].into(),
        ..config()
    }
}

#[test]
fn a_blocked_app_is_refused_at_once() {
    let owners = Owners::Is(owner("org.example.chatty"));
    let mut world = World::with(with_mode("org.example.chatty", AppMode::Block), owners);
    let connection = world.app.connect("203.0.113.10:443");
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.dials, []);
    assert_eq!(world.events[0].reason, Reason::AppBlocked);
    assert!(!world.events[0].dialled);
}

#[test]
fn a_trusted_app_is_not_looked_at() {
    let owners = Owners::Is(owner("org.example.chatty"));
    let mut world = World::with(with_mode("org.example.chatty", AppMode::Trust), owners);
    let request = registration::request("zzhc.vnet.cn");
    let connection = world.app.connect(LITERAL);
    world.settle();
    world.write(connection, &request, 10_000);
    assert_eq!(world.peer(LITERAL).received, request);
    assert_eq!(world.events, []);
}

#[test]
fn while_some_app_is_blocked_an_unknown_owner_is_refused() {
    for owners in [Owners::Unknown, Owners::Mute] {
        let mut world = World::with(with_mode("org.example.chatty", AppMode::Block), owners);
        let connection = world.app.connect("203.0.113.10:443");
        world.pass(1_000);
        assert_eq!(world.app.tcp(connection).state(), State::Closed);
        assert_eq!(world.dials, []);
        assert_eq!(world.events[0].reason, Reason::OwnerUnknown);
    }
}

#[test]
fn without_a_blocked_app_an_unknown_owner_is_still_judged_by_the_rules() {
    for owners in [Owners::Unknown, Owners::Mute] {
        let world = World::with(config(), owners);
        let request = registration::request("zzhc.vnet.cn");
        let world = is_blocked(world, LITERAL, &request, 10_000);
        assert_eq!(world.dials, []);
    }
}

#[test]
fn blocking_an_app_ends_its_open_connections() {
    let mut world = World::with(config(), Owners::Is(owner("org.example.chatty")));
    let to = "203.0.113.10:443";
    let connection = world.app.connect(to);
    world.settle();
    world.write(connection, b"\xff\xff\xff", 10);
    assert_eq!(world.app.tcp(connection).state(), State::Established);
    let blocked = with_mode("org.example.chatty", AppMode::Block);
    world.guard.set_config(world.now, blocked);
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.peer(to).closed, Some(true));
    assert_eq!(world.events[0].reason, Reason::AppBlocked);
    assert_eq!(world.events[0].flow_bytes_left, 3);
}

/// As on Android: the platform says only the id; who that is comes with the settings.
#[test]
fn an_app_is_blocked_by_the_user_id_that_the_settings_name() {
    let named = |uid: u32| Config {
        uids: BTreeMap::from([(
            uid,
            Uid {
                packages: vec!["org.example.chatty".to_owned()],
                system: true,
            },
        )]),
        ..with_mode("org.example.chatty", AppMode::Block)
    };
    let unnamed = || {
        Owners::Is(Owner {
            packages: Vec::new(),
            ..owner("org.example.chatty")
        })
    };
    let uid = owner("org.example.chatty").uid;
    let to = "203.0.113.10:443";

    let mut world = World::with(named(uid), unnamed());
    let connection = world.app.connect(to);
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    let app = world.events[0].app.as_ref().expect("the app is told");
    assert_eq!(app.packages, ["org.example.chatty"]);
    assert!(app.system);

    let mut world = World::with(named(uid + 1), unnamed());
    let connection = world.app.connect(to);
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Established);
    world.guard.set_config(world.now, named(uid));
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.events[0].reason, Reason::AppBlocked);
}

#[test]
fn a_long_body_is_cut_where_the_keys_come_and_the_count_is_honest() {
    let mut world = World::new();
    let filler = "x".repeat(200_000);
    let body = format!("{filler}&imei={}&", registration::imei());
    let config = Config {
        identifiers: RuleMode::Block,
        ..config()
    };
    world.guard.set_config(world.now, config);
    let request = registration::post("203.0.113.10", body.as_bytes());
    let connection = world.app.connect(ELSEWHERE);
    world.settle();
    world.write(connection, &request, 10_000);
    world.pass(2_000);
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    let event = world.events[0].clone();
    assert_eq!(event.verdict, Decision::Block);
    assert!(event.bytes_left > 0 && event.bytes_left < request.len() as u64);
    let received = world.peer(ELSEWHERE).received.clone();
    assert_eq!(event.bytes_left, received.len() as u64);
    let imei = registration::imei();
    let arrived = String::from_utf8_lossy(&received);
    assert!(!arrived.contains(&imei), "the identifier itself stayed");
}

/// The registration port of modules at the literal address, over UDP: a rule knows the flow as such.
#[test]
fn a_datagram_to_a_blocked_address_and_port_stays_whatever_it_says() {
    for payload in [&b"\0opaque"[..], b"POST / HTTP/1.1\r\n\r\n", b""] {
        let mut world = World::new();
        let socket = world.app.datagrams();
        for _ in 0..3 {
            world.app.send_to(socket, "42.99.2.15:9999", payload);
            world.pass(1_000);
        }
        assert_eq!(world.dials, []);
        assert_eq!(world.events.len(), 1, "{:#?}", world.events);
        assert_eq!(world.events[0].verdict, Decision::Block);
        assert_eq!(world.events[0].reason, Reason::RuleMatched);
        assert!(!world.events[0].dialled);
    }
}

/// A registration with China Mobile (RFC 7252), its rules only warning.
fn warned_datagram(behaviour: Behaviour) -> World {
    let pack = gasket_core::rules::Pack::embedded();
    let overrides = pack
        .rules()
        .iter()
        .map(|r| (r.id.clone(), RuleChoice::Warn));
    let config = Config {
        rules: overrides.collect(),
        ..config()
    };
    let mut world = World::with(config, Owners::Unavailable);
    let to = "203.0.113.10:5683";
    world.behaviours.insert(to.parse().unwrap(), behaviour);
    let socket = world.app.datagrams();
    world
        .app
        .send_to(socket, to, b"\x40\x02\x12\x34\x3d\x00m.fxltsbl.com\x82rd");
    world.pass(60_000);
    assert_eq!(world.events.len(), 1, "{:#?}", world.events);
    assert_eq!(world.events[0].verdict, Decision::Warn);
    world
}

#[test]
fn a_warning_of_a_datagram_tells_what_was_sent() {
    let world = warned_datagram(Behaviour::Accept);
    assert_eq!(world.events[0].bytes_left, 22);
    let world = warned_datagram(Behaviour::Fail(ConnectError::NetworkUnreachable));
    assert_eq!(world.events[0].bytes_left, 0);
}
