//! IPv6 where the user wants none: refused at once, never past Gasket, and IPv4 goes on.

use gasket_core::config::Config;
use smoltcp::socket::tcp::State;

use crate::world::{Owners, World, config};

const V4: &str = "203.0.113.10:4444";
const V6: &str = "[2001:db8::10]:4444";

fn without_ipv6() -> Config {
    Config {
        ipv6: false,
        ..config()
    }
}

/// A question for the record type of `name`.
fn question(name: &str, kind: u8) -> Vec<u8> {
    gasket_tests::dns::question(7, name, kind)
}

#[test]
fn a_connection_is_refused_at_once_and_nothing_is_dialled() {
    let mut world = World::with(without_ipv6(), Owners::Unavailable);
    let refused = world.app.connect(V6);
    let accepted = world.app.connect(V4);
    world.settle();
    assert_eq!(world.app.tcp(refused).state(), State::Closed);
    assert_eq!(world.app.tcp(accepted).state(), State::Established);
    assert!(world.dials.iter().all(|(_, to)| to.is_ipv4()));
    assert_eq!(world.dials.len(), 1);
    assert_eq!(world.events, [], "no reason to alarm anybody");
    assert_eq!(world.guard.counters().ipv6_refused, 1);
}

#[test]
fn a_datagram_is_answered_as_prohibited() {
    let mut world = World::with(without_ipv6(), Owners::Unavailable);
    let socket = world.app.datagrams();
    world.app.send_to(socket, V6, b"hello");
    world.settle();
    assert_eq!(world.dials, []);
    let [answer] = world.to_app.as_slice() else {
        panic!("{} answers", world.to_app.len());
    };
    // IPv6, then ICMPv6: destination unreachable, administratively prohibited (RFC 4443, section 3.1).
    assert_eq!(
        (answer[0] >> 4, answer[6], &answer[40..42]),
        (6, 58, &[1, 1][..])
    );
    // The control: with IPv6 it goes out.
    let mut world = World::new();
    let socket = world.app.datagrams();
    world.app.send_to(socket, V6, b"hello");
    world.settle();
    assert_eq!(world.dials.len(), 1);
}

#[test]
fn what_goes_to_many_is_not_answered() {
    let mut world = World::with(without_ipv6(), Owners::Unavailable);
    let socket = world.app.datagrams();
    world.app.send_to(socket, "[ff0e::1]:4444", b"hello");
    world.settle();
    assert_eq!((world.dials.len(), world.to_app.len()), (0, 0));
}

#[test]
fn a_name_has_no_ipv6_address_and_keeps_its_ipv4_one() {
    for (config, forwarded) in [(without_ipv6(), 1), (config(), 2)] {
        let mut world = World::with(config, Owners::Unavailable);
        let socket = world.app.datagrams();
        let resolver = "10.111.222.2:53";
        world
            .app
            .send_to(socket, resolver, &question("news.example", 28));
        world
            .app
            .send_to(socket, resolver, &question("news.example", 1));
        world.settle();
        assert_eq!(world.peer("203.0.113.53:53").datagrams.len(), forwarded);
        if forwarded == 1 {
            let (got, _) = world.app.udp(socket).recv().expect("an answer");
            assert_eq!((got[3] & 15, got[7]), (0, 0), "no error, and no record");
        }
    }
}

#[test]
fn a_name_that_a_rule_blocks_gets_no_ipv6_decoy() {
    let mut world = World::with(without_ipv6(), Owners::Unavailable);
    let socket = world.app.datagrams();
    world
        .app
        .send_to(socket, "10.111.222.2:53", &question("zzhc.vnet.cn", 28));
    world.settle();
    let (got, _) = world.app.udp(socket).recv().expect("an answer");
    assert_eq!((got[3] & 15, got[7]), (0, 0));
    assert_eq!(world.dials, []);
}

#[test]
fn switching_it_off_ends_what_is_open_by_ipv6_only() {
    let mut world = World::new();
    let (old, kept) = (world.app.connect(V6), world.app.connect(V4));
    world.settle();
    assert_eq!(world.app.tcp(old).state(), State::Established);
    world.guard.set_config(world.now, without_ipv6());
    world.settle();
    assert_eq!(world.app.tcp(old).state(), State::Closed);
    assert_eq!(world.app.tcp(kept).state(), State::Established);
}
