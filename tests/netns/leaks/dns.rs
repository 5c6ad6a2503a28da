//! Names, and what looks like them.

use super::{NO_IDENTIFIERS, Scene, open};
use crate::capture::{Transport, showing};
use crate::incident::hellos;
use crate::servers::{self, BASE, UNREACHABLE, WEB};
use crate::world::{Way, World};
use crate::zzhc::{self, CONTENT_TYPE};

/// A DNS server that nobody told Gasket of.
const FOREIGN: &str = "198.51.100.20";

/// The name of the registration server, as it stands in a question.
const BLOCKED: &[u8] = b"\x04zzhc\x04vnet\x02cn";
const ORDINARY: &[u8] = b"\x04shop\x07example";

/// Asks the foreign server for the name of the registration server, and for an ordinary one.
fn foreign(test: &str, more: &[&str]) {
    let Some(world) = open(test, &["dnsmasq", "dig"]) else {
        return;
    };
    let names = "host-record=shop.example,203.0.113.10\nhost-record=zzhc.vnet.cn,42.99.2.15\n";
    servers::dns_of(&world, &format!("{names}listen-address={FOREIGN}\n"));
    let scene = Scene::new(&world);
    let at = format!("@{FOREIGN}");
    let dig = |name| [&["dig", "+time=5", "+tries=1", &at, name], more].concat();
    scene.leaks_only_straight(&dig("zzhc.vnet.cn"), BLOCKED);
    scene.arrives(Way::Gasket, &dig("shop.example"), ORDINARY);
}

#[test]
fn dns_to_another_server() {
    foreign("dns_to_another_server", &[]);
}

#[test]
fn dns_over_tcp() {
    foreign("dns_over_tcp", &["+tcp"]);
}

/// DNS over TLS (port 853) shows who is asked; whom nobody may ask is not asked.
#[test]
fn dns_over_tls() {
    let Some(world) = open("dns_over_tls", &[]) else {
        return;
    };
    let listener = format!("tcp/{FOREIGN}:853");
    world.serve(&[World::PEER, "serve-count", &listener], "ready");
    let scene = Scene::new(&world);
    scene.configure(r#"{"version": 1, "blocked_names": ["resolver.test"]}"#);
    let hellos = hellos(&world, &["dns.resolver.test", "resolver.example"]);
    let [blocked, ordinary] = [&hellos[0], &hellos[1]].map(|hello| {
        let hex = data_encoding::HEXLOWER.encode(hello);
        let line = format!("echo 'tcp {FOREIGN}:853 {hex}' | \"$0\" replay");
        ["sh", "-c", &line, World::PEER].map(str::to_owned)
    });
    scene.leaks_only_straight(
        &blocked.each_ref().map(String::as_str),
        b"dns.resolver.test",
    );
    let words = ordinary.each_ref().map(String::as_str);
    scene.arrives(Way::Gasket, &words, b"resolver.example");
}

/// The identifier goes along with a question: behind it, in a record, in an option, in what only looks
/// like one.
#[test]
fn leak_behind_a_dns_question() {
    let Some(world) = open("leak_behind_a_dns_question", &[]) else {
        return;
    };
    let scene = Scene::new(&world);
    scene.configure(NO_IDENTIFIERS);
    for form in [
        "behind a question",
        "record of a question",
        "option of a question",
        "question that is an answer",
    ] {
        scene.hides(form, FOREIGN, true);
    }
}

/// To the port of DNS, over TCP, what is no question at all.
#[test]
fn leak_to_the_port_of_dns() {
    let Some(world) = open("leak_to_the_port_of_dns", &[]) else {
        return;
    };
    let server = format!("{FOREIGN}:53");
    world.serve(&[World::PEER, "serve-sum", &server], "ready");
    let scene = Scene::new(&world);
    scene.configure(NO_IDENTIFIERS);
    for (form, is_relayed) in [
        ("no message over TCP", false),
        ("message over TCP", false),
        ("question over TCP", true),
    ] {
        scene.hides(form, FOREIGN, is_relayed);
    }
}

/// The only resolver is dead: nobody else is asked.
#[test]
fn a_dead_resolver_has_no_stand_in() {
    let Some(world) = open("a_dead_resolver_has_no_stand_in", &["dnsmasq", "dig"]) else {
        return;
    };
    servers::dns(&world);
    let scene = Scene::new(&world);
    // Twice: that the first question came to nothing could change whom the second goes to.
    let dig = "dig +time=1 +tries=2 shop.example; dig +time=1 +tries=2 shop.example";
    let dig = ["sh", "-c", dig];
    // 192.0.2.50 never answers; at the foreign address nobody listens.
    for dead in ["192.0.2.50:53", "198.51.100.20:53"] {
        scene.configure(&format!(r#"{{"version": 1, "dns_upstreams": ["{dead}"]}}"#));
        let (packets, ended) = scene.watch(Way::Gasket, &dig);
        assert!(!ended.text().contains(WEB), "{ended:?}");
        let asked = showing(&packets, ORDINARY);
        let asked = asked
            .iter()
            .filter(|packet| packet.transport == Transport::Udp);
        let asked: Vec<String> = asked.map(|packet| packet.destination.to_string()).collect();
        assert!(asked.iter().all(|server| server == dead), "{asked:?}");
    }
    // The control: with a second one, that one answers, whether the first refuses or has no route.
    for dead in ["198.51.100.20", UNREACHABLE] {
        let both = format!(r#"["{dead}:53", "203.0.113.53:53"]"#);
        scene.configure(&format!(r#"{{"version": 1, "dns_upstreams": {both}}}"#));
        let (_, ended) = scene.watch(Way::Gasket, &dig);
        assert!(ended.text().contains(WEB), "{ended:?}");
    }
}

/// Before the true answer come one with another number and one to another question. Whoever takes the
/// first that comes is told lies straight, and the truth through Gasket.
#[test]
fn a_resolver_that_lies() {
    let Some(world) = open("a_resolver_that_lies", &[]) else {
        return;
    };
    let script = world.file("liar.py", include_str!("../py/liar.py"));
    world.serve(&["python3", &script, "serve", "203.0.113.53"], "ready");
    let ask = ["python3", &script, "ask"];
    assert_eq!(
        world.expect(Way::Direct, &ask),
        "198.51.100.66 (another number)\n"
    );
    let said = world.expect(Way::Gasket, &ask);
    assert_eq!(said, "203.0.113.10\n");
}

/// A name that leads to a private address (DNS rebinding) changes nothing about what may be sent there.
#[test]
fn leak_to_a_private_address_by_a_public_name() {
    let test = "leak_to_a_private_address_by_a_public_name";
    let Some(world) = World::open(test, &[&BASE[..], &["python3"]].concat()) else {
        return;
    };
    world.run_ok(&["ip", "address", "add", "192.168.77.1/32", "dev", "lo"]);
    servers::dns_of(&world, "host-record=rebound.test,192.168.77.1\n");
    servers::web(&world);
    let scene = Scene::new(&world);
    let post = |body: &'static str| {
        let data = format!("@{body}");
        [
            "curl",
            "-sS",
            "-H",
            CONTENT_TYPE,
            "--data-binary",
            &data,
            "http://rebound.test/",
        ]
        .map(str::to_owned)
    };
    world.file("registration", zzhc::registration());
    world.file("harmless", zzhc::harmless());
    let [leak, twin] = ["registration", "harmless"].map(post);
    scene.leaks_only_straight(&leak.each_ref().map(String::as_str), b"SIM1ICCID");
    scene.arrives(
        Way::Gasket,
        &twin.each_ref().map(String::as_str),
        b"GSK-GASKET1",
    );
}
