//! Crafted, broken and too many packets: defined, counted, never a panic, never a silent pass.

use gasket_core::config::{Config, RuleMode};
use gasket_core::guard::Limits;
use gasket_core::policy::Decision;

use crate::world::{Owners, World, config};
use gasket_tests::registration;

/// An IPv4 packet of the app to 203.0.113.10.
fn ipv4(protocol: u8, id: u16, flags_and_offset: u16, payload: &[u8]) -> Vec<u8> {
    let total = (20 + payload.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(total.to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend(flags_and_offset.to_be_bytes());
    packet.extend([64, protocol, 0, 0]);
    packet.extend([10, 111, 222, 1, 203, 0, 113, 10]);
    packet.extend(payload);
    packet
}

fn udp(payload: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0x9c, 0x40, 0x11, 0x5c];
    datagram.extend(((8 + payload.len()) as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}

const PEER: &str = "203.0.113.10:4444";
const MORE: u16 = 0x2000;

#[test]
fn fragments_are_judged_as_one_datagram() {
    let payload: Vec<u8> = (0..3000_u32).map(|i| (i % 251) as u8 | 0x80).collect();
    let whole = udp(&payload);
    let mut world = World::new();
    for (offset, end) in [(1600, whole.len()), (0, 800), (800, 1600)] {
        let more = if end == whole.len() { 0 } else { MORE };
        let packet = ipv4(17, 7, more | (offset / 8) as u16, &whole[offset..end]);
        world.guard.handle_packet(world.now, &packet);
    }
    world.settle();
    assert_eq!(world.peer(PEER).datagrams, [payload]);
    assert_eq!(world.guard.counters().fragments, 3);
}

#[test]
fn overlapping_fragments_are_refused_whole() {
    let whole = udp(&[0xff; 1600]);
    let mut world = World::new();
    let now = world.now;
    for (offset, end, more) in [(0, 808, MORE), (800, 1608, 0), (808, 1608, 0)] {
        let packet = ipv4(17, 7, more | (offset / 8) as u16, &whole[offset..end]);
        world.guard.handle_packet(now, &packet);
    }
    world.settle();
    assert_eq!(world.dials, []);
    assert_eq!(world.guard.counters().fragments_refused, 2);
}

/// Both come before the socket for the first is there, which then is not used.
#[test]
fn a_datagram_is_blocked_right_behind_one_that_may_leave() {
    let blocking = Config {
        identifiers: RuleMode::Block,
        ..config()
    };
    let mut world = World::with(blocking, Owners::Unavailable);
    let leak = format!("{{\"imei1\": \"{}\"}}", registration::imei());
    for payload in [b"\xffhello", leak.as_bytes()] {
        let packet = ipv4(17, 7, 0, &udp(payload));
        world.guard.handle_packet(world.now, &packet);
    }
    world.settle();
    assert_eq!(world.peer(PEER).datagrams, [[0_u8; 0]; 0]);
    assert_eq!(world.events.len(), 1, "{:#?}", world.events);
    assert_eq!(world.events[0].verdict, Decision::Block);
    // It is refused on, and the guard lives on.
    world.pass(40_000);
    assert_eq!(world.guard.flow_count(), 0);
}

#[test]
fn an_unknown_protocol_is_answered_and_counted() {
    let mut world = World::new();
    world
        .guard
        .handle_packet(world.now, &ipv4(132, 1, 0, &[0; 16]));
    world.settle();
    assert_eq!(world.dials, []);
    assert_eq!(world.guard.counters().unsupported, 1);
    let answer = &world.to_app[0];
    assert_eq!((answer[9], answer[20], answer[21]), (1, 3, 2));
}

#[test]
fn malformed_packets_are_counted_and_go_nowhere() {
    let mut world = World::new();
    let whole = ipv4(17, 1, 0, &udp(b"\xffhello"));
    let mut count = 0;
    for len in 0..whole.len() {
        world.guard.handle_packet(world.now, &whole[..len]);
        count += 1;
    }
    let mut multicast = whole.clone();
    multicast[16..20].copy_from_slice(&[224, 0, 0, 251]);
    let mut version = whole.clone();
    version[0] = 0x75;
    for packet in [&multicast, &version] {
        world.guard.handle_packet(world.now, packet);
        count += 1;
    }
    world.settle();
    assert_eq!(world.guard.counters().malformed, count);
    assert_eq!(world.dials, []);
    // The control: the same packet unbroken does go.
    world.guard.handle_packet(world.now, &whole);
    world.settle();
    assert_eq!(world.dials.len(), 1);
}

#[test]
fn mutated_packets_never_panic() {
    let mut world = World::new();
    let connection = world.app.connect("203.0.113.10:80");
    world.settle();
    world.write(connection, b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", 9);
    let mut syn = vec![
        0x9c, 0x41, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x60, 2, 0xff, 0xff,
    ];
    syn.extend([0, 0, 0, 0, 2, 4, 5, 0xb4]);
    let seeds = [
        ipv4(17, 1, 0, &udp(b"\xffhello")),
        ipv4(6, 1, 0, &syn),
        ipv4(17, 1, MORE, &udp(&[0; 64])),
        ipv4(1, 1, 0, &[8, 0, 0, 0, 0, 1, 0, 1, 0xff]),
    ];
    let mut state = 0x9e37_79b9_u32;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize
    };
    for round in 0..40_000 {
        let mut packet = seeds[round % seeds.len()].clone();
        for _ in 0..1 + random() % 4 {
            let at = random() % packet.len();
            packet[at] = random() as u8;
        }
        packet.truncate(1 + random() % packet.len());
        world.guard.handle_packet(world.now, &packet);
        if round % 64 == 0 {
            world.pass(50);
        }
    }
    assert!(world.guard.counters().packets > 40_000);
}

#[test]
fn the_idlest_flow_goes_when_there_are_too_many() {
    let limits = Limits {
        flows: 10,
        owners: false,
    };
    let mut world = World::with_limits(config(), Owners::Unavailable, limits);
    let kept = world.app.connect("203.0.113.10:5000");
    world.settle();
    for port in 1..30 {
        let socket = world.app.datagrams();
        world
            .app
            .send_to(socket, &format!("203.0.113.10:{}", 6000 + port), b"\xff");
        world.settle();
        world.pass(10);
    }
    assert_eq!(world.guard.flow_count(), 10);
    assert_eq!(world.guard.counters().evicted, 20);
    // TCP outlives UDP.
    world.write(kept, b"\xffstill here", 100);
    assert_eq!(world.peer("203.0.113.10:5000").received, b"\xffstill here");
}
