//! The polite sinkhole: a client of the registration, as its source code has it, from power-on to its end.

use std::collections::BTreeMap;

use gasket_core::config::{AppMode, Config, RuleChoice};
use gasket_core::event::{Event, Subject};
use gasket_core::facts::Trigger;
use gasket_core::policy::{Decision, Reason};
use gasket_core::rules::Pack;
use smoltcp::socket::tcp::State;

use crate::dns::{RESOLVER, outcome, question};
use crate::world::{Owners, World, config};
use gasket_tests::registration;

const NAME: &str = "zzhc.vnet.cn";
const LITERAL: &str = "42.99.2.15:9999";
const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 41\r\nConnection: close\r\n\r\n\
                      {\"resultCode\":\"0\",\"resultDesc\":\"Success\"}";

/// After power-on, then after each failure, and how often after a failure: `period` of the rule.
const FIRST_MS: u64 = 60_000;
const AGAIN_MS: u64 = 3_600_000;
const AGAIN_MAX: usize = 10;

fn rule(file: &str) -> String {
    let pack = Pack::embedded();
    let mut rules = pack.rules().iter();
    let rule = rules
        .find(|rule| rule.file == file)
        .expect("a rule of that file");
    rule.id.clone()
}

fn answering() -> Config {
    let answer = |file| (rule(file), RuleChoice::Answer);
    Config {
        rules: BTreeMap::from([
            answer("china-telecom/zzhc.yml"),
            answer("china-telecom/zzhc-address-request.yml"),
        ]),
        ..config()
    }
}

/// Asks for the name and gives the address, where there is one.
fn look_up(world: &mut World) -> Option<String> {
    let socket = world.app.datagrams();
    world.app.send_to(socket, RESOLVER, &question(7, NAME));
    world.settle();
    let (got, _) = world.app.udp(socket).recv().ok()?;
    let (code, address) = outcome(got);
    (code == 0).then(|| std::net::Ipv4Addr::from(address).to_string())
}

/// Sends the registration and gives the answer; the app ends its half once the server has.
fn post(world: &mut World, to: &str, host: &str) -> Vec<u8> {
    let connection = world.app.connect(to);
    world.settle();
    world.write(connection, &registration::request(host), 600);
    let answer = world.read(connection);
    if world.app.tcp(connection).state() == State::CloseWait {
        world.app.tcp(connection).close();
    }
    world.pass(1_000);
    answer
}

/// How often a phone tries: at the name, and where that fails at the literal address.
#[derive(Debug, PartialEq, Eq)]
struct Tries {
    named: usize,
    literal: usize,
    registered: bool,
}

/// From power-on until the client has its answer or gives up.
fn power_on(world: &mut World) -> Tries {
    let mut tries = Tries {
        named: 0,
        literal: 0,
        registered: false,
    };
    world.guard.handle_device_event(world.now, Trigger::Boot);
    world.pass(FIRST_MS);
    for again in 0..=AGAIN_MAX {
        if again > 0 {
            world.pass(AGAIN_MS);
        }
        tries.named += 1;
        let address = look_up(world).expect("an address");
        let mut answer = post(world, &format!("{address}:80"), NAME);
        if answer.is_empty() {
            tries.literal += 1;
            answer = post(world, LITERAL, "42.99.2.15");
        }
        let text = String::from_utf8(answer).expect("text");
        tries.registered = text.contains("\"resultCode\":\"0\"");
        if tries.registered {
            break;
        }
    }
    tries
}

fn requests(world: &World) -> Vec<&Event> {
    let events = world.events.iter();
    events
        .filter(|event| event.subject == Subject::Request)
        .collect()
}

#[test]
fn who_is_refused_tries_for_ten_hours_and_who_is_answered_once() {
    let mut refusing = World::new();
    let tries = power_on(&mut refusing);
    let each = AGAIN_MAX + 1;
    assert_eq!(
        tries,
        Tries {
            named: each,
            literal: each,
            registered: false
        }
    );
    assert_eq!(refusing.dials, []);
    assert_eq!(requests(&refusing).len(), 2 * each);
    assert!(refusing.events.iter().all(|event| !event.answered));

    let mut answering = World::with(answering(), Owners::Unavailable);
    let tries = power_on(&mut answering);
    assert_eq!(
        tries,
        Tries {
            named: 1,
            literal: 0,
            registered: true
        }
    );
    assert_eq!(
        answering.dials,
        [],
        "neither a question nor a connection has left"
    );
    let [request] = requests(&answering)[..] else {
        panic!("one request, not {:#?}", answering.events);
    };
    assert!(request.answered && !request.dialled);
    assert_eq!(
        (request.verdict, request.reason),
        (Decision::Block, Reason::RuleMatched)
    );
    assert_eq!((request.bytes_left, request.flow_bytes_left), (0, 0));
    assert!(!request.findings.is_empty());
    assert_eq!(
        answering.guard.flow_count(),
        1,
        "the question's; the connection is over"
    );
}

#[test]
fn the_answer_is_that_of_the_server_however_the_request_comes() {
    for piece in [10_000, 100, 1] {
        let mut world = World::with(answering(), Owners::Unavailable);
        let connection = world.app.connect(LITERAL);
        world.settle();
        world.write(connection, &registration::request("42.99.2.15"), piece);
        assert_eq!(String::from_utf8(world.read(connection)).unwrap(), ANSWER);
        // What comes behind it is read by nobody, and answered by nobody.
        world.write(connection, &registration::request("42.99.2.15"), piece);
        assert_eq!(world.app.tcp(connection).state(), State::CloseWait);
        world.app.tcp(connection).close();
        world.pass(30_000);
        assert_eq!((world.guard.flow_count(), world.dials.len()), (0, 0));
        assert_eq!(world.events.len(), 1);
    }
}

#[test]
fn an_app_that_does_not_close_is_reset_in_the_end() {
    let mut world = World::with(answering(), Owners::Unavailable);
    let connection = world.app.connect(LITERAL);
    world.settle();
    world.write(connection, &registration::request("42.99.2.15"), 600);
    world.pass(29_000);
    assert_eq!(world.app.tcp(connection).state(), State::CloseWait);
    world.pass(2_000);
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!((world.guard.flow_count(), world.dials.len()), (0, 0));
}

#[test]
fn only_whole_requests_of_http_are_answered() {
    let request = registration::request(NAME);
    let half = &request[..request.len() - 20];
    let hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00";
    for bytes in [half, hello, b"\x01\x02\x03\x04 not of HTTP"] {
        let mut world = World::with(answering(), Owners::Unavailable);
        let address = look_up(&mut world).expect("an address");
        let connection = world.app.connect(&format!("{address}:80"));
        world.settle();
        world.write(connection, bytes, 600);
        world.pass(60_000);
        assert_eq!(world.read(connection), b"");
        assert_eq!(world.app.tcp(connection).state(), State::Closed);
        assert!(world.events.iter().all(|event| !event.answered));
        assert_eq!(world.dials, []);
    }
}

#[test]
fn a_connection_that_has_a_server_is_cut_not_answered() {
    let mut world = World::with(answering(), Owners::Unavailable);
    let connection = world.app.connect("203.0.113.10:80");
    world.settle();
    world.write(
        connection,
        b"GET /news HTTP/1.1\r\nHost: news.example\r\n\r\n",
        1000,
    );
    world.write(connection, &registration::request("news.example"), 1000);
    assert_eq!(world.read(connection), b"");
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    let event = world.events.last().expect("an event");
    assert_eq!((event.verdict, event.answered), (Decision::Block, false));
    assert!(
        event
            .rules
            .iter()
            .any(|told| told.id == rule("china-telecom/zzhc.yml"))
    );
}

#[test]
fn who_only_watches_is_told_no_success() {
    let watching = Config {
        default_mode: AppMode::Watch,
        ..answering()
    };
    let mut world = World::with(watching, Owners::Unavailable);
    let connection = world.app.connect("203.0.113.10:80");
    world.settle();
    let request = registration::request("203.0.113.10");
    world.write(connection, &request, 1000);
    assert_eq!(world.peer("203.0.113.10:80").received, request);
    assert!(
        world
            .events
            .iter()
            .all(|event| event.verdict == Decision::Warn && !event.answered)
    );
}
