//! What a blocked app sends, and whom nobody may reach.

use gasket_tests::quic;

use super::{AFTER, Scene, open};
use crate::capture::{Packet, concerning};
use crate::incident::hellos;
use crate::servers::{COLLECTOR, WEB6};
use crate::world::{Way, World};

/// The peer is a program that is blocked; anything else is not.
const PEER_BLOCKED: &str = r#"{"version": 1, "apps": {"netns-peer": "block"}}"#;

/// The blocked program runs with `arguments`: straight it is seen at `address`, through Gasket nothing is,
/// though another program is seen there.
fn peer_is_blocked(test: &str, arguments: &str, address: &str) {
    let Some(world) = open(test, &[]) else { return };
    let scene = Scene::new(&world);
    scene.configure(PEER_BLOCKED);
    stays(&scene, arguments, address);
    let words = ["python3", "leak.py", AFTER, "datagram", address, "hello"];
    scene.arrives(Way::Gasket, &words, b"hello");
}

fn stays(scene: &Scene<'_>, arguments: &str, address: &str) {
    let line = format!("\"$0\" {arguments}; python3 leak.py {AFTER} nothing {address} -");
    let words = ["sh", "-c", &line, World::PEER];
    let own = |packets: &[Packet]| {
        let address = address.parse().expect("an address");
        concerning(packets, address).len()
    };
    let (packets, ended) = scene.watch(Way::Direct, &words);
    assert!(own(&packets) > 0, "control: {line} is not seen: {ended:?}");
    let (packets, ended) = scene.watch(Way::Gasket, &words);
    assert_eq!(own(&packets), 0, "{line}: {packets:#?}\n{ended:?}");
    // That the script came to its end shows that what came before it had been handled.
    assert!(ended.status.success(), "{ended:?}");
}

#[test]
fn udp_to_a_literal_address() {
    let test = "udp_to_a_literal_address";
    peer_is_blocked(test, "mark 203.0.113.11:7007 hello", COLLECTOR);
}

#[test]
fn tcp_to_a_literal_address() {
    let test = "tcp_to_a_literal_address";
    peer_is_blocked(test, "connections 203.0.113.11:7007 1", COLLECTOR);
}

#[test]
fn ipv6_beside_ipv4() {
    let test = "ipv6_beside_ipv4";
    let both = "mark [2001:db8::10]:7007 hello; \"$0\" connections [2001:db8::10]:7007 1";
    peer_is_blocked(test, both, WEB6);
}

/// No SYN, no datagram, to none of three thousand ports: more than the questions for owners that may wait.
#[test]
fn a_scan_of_thousands_of_ports() {
    let test = "a_scan_of_thousands_of_ports";
    peer_is_blocked(test, "scan 203.0.113.11 1 3000", COLLECTOR);
}

/// Where IPv6 is switched off nothing goes that way, whoever sends it and in whatever form.
#[test]
fn ipv6_that_is_switched_off() {
    let Some(world) = open("ipv6_that_is_switched_off", &[]) else {
        return;
    };
    let scene = Scene::new(&world);
    scene.configure(r#"{"version": 1, "ipv6": false}"#);
    stays(&scene, "mark [2001:db8::10]:7007 hello", WEB6);
    stays(&scene, "connections [2001:db8::10]:7007 1", WEB6);
    for form in ["fragments", "extension headers", "echo request"] {
        let words = [
            "python3",
            "leak.py",
            AFTER,
            form,
            WEB6,
            "hello from the inside",
        ];
        scene.leaks_only_straight(&words, b"hello");
    }
    // The control: the same by IPv4, and by IPv6 where it is on.
    let words = [
        "python3",
        "leak.py",
        AFTER,
        "fragments",
        COLLECTOR,
        "hello from the inside",
    ];
    scene.arrives(Way::Gasket, &words, b"hello");
    scene.configure(r#"{"version": 1}"#);
    let words = [
        "python3",
        "leak.py",
        AFTER,
        "fragments",
        WEB6,
        "hello from the inside",
    ];
    scene.arrives(Way::Gasket, &words, b"hello");
}

/// The name stands inside an encrypted packet, whose key anybody can make (RFC 9001, section 5.2).
#[test]
fn quic_to_a_name_that_is_blocked() {
    let Some(world) = open("quic_to_a_name_that_is_blocked", &[]) else {
        return;
    };
    let scene = Scene::new(&world);
    scene.configure(r#"{"version": 1, "blocked_names": ["tracker.test"]}"#);
    let server = format!("udp/{COLLECTOR}:443");
    world.serve(&[World::PEER, "serve-count", &server], "ready");
    let hellos = hellos(&world, &["ads.tracker.test", "shop.example"]);
    let [blocked, ordinary] =
        [&hellos[0], &hellos[1]].map(|hello| quic::initial(0, &crypto(hello)));
    let words = |packet: &[u8]| {
        let hex = data_encoding::HEXLOWER.encode(packet);
        let line = format!("echo udp {COLLECTOR}:443 {hex} | \"$0\" replay");
        ["sh", "-c", &line, World::PEER].map(str::to_owned)
    };
    let leak = words(&blocked);
    scene.leaks_only_straight(&leak.each_ref().map(String::as_str), &blocked[..64]);
    let twin = words(&ordinary);
    scene.arrives(
        Way::Gasket,
        &twin.each_ref().map(String::as_str),
        &ordinary[..64],
    );
}

/// The hello of a TLS record in a CRYPTO frame (RFC 9000, section 19.6).
fn crypto(record: &[u8]) -> Vec<u8> {
    let hello = &record[5..];
    let length = 0x4000 | u16::try_from(hello.len()).expect("a short hello");
    [&[6, 0][..], &length.to_be_bytes(), hello].concat()
}
