//! One thread for all: how long one app keeps it, and the tunnel, from another.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use gasket_core::config::RuleMode;
use gasket_core::facts::Protocol;
use gasket_core::guard::Action;
use smoltcp::wire::{Ipv4Packet, TcpControl, TcpPacket, UdpPacket};

use super::wire::{Connection, HOSTILE, datagram, owner};
use crate::world::{Owners, World, config};

const VICTIM: u16 = 5_000;
/// Port 80: nothing is dialled before the request has been judged.
const SERVER: &str = "198.51.100.7:80";
const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";

/// Some KiB that most of what may be unpacked for one request is in.
fn much() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let json = "{\"a\":\"bcdefghijkl\"},".repeat(40_000);
    packed.write_all(json.as_bytes()).expect("memory");
    packed.finish().expect("memory")
}

/// A request that is much work: most of what may be unpacked for one, and looked at several times.
fn laborious() -> Vec<u8> {
    let body = much();
    let head = format!("POST /b HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), &body].concat()
}

/// The hostile app has twenty such requests under way when the other app's small one comes.
fn with_much_to_judge() -> (World, Vec<Connection>, Connection) {
    let mut config = config();
    config.identifiers = RuleMode::Block;
    let mut world = World::with(config, Owners::ByPort(owner));
    let hostile = (0..20).map(|n| Connection::open(&mut world, HOSTILE + n, SERVER));
    let hostile: Vec<_> = hostile.collect();
    let quiet = Connection::open(&mut world, VICTIM, SERVER);
    assert_eq!(world.dials, []);
    (world, hostile, quiet)
}

#[test]
fn a_small_request_does_not_wait_for_all_of_another_app() {
    let (mut world, hostile, quiet) = with_much_to_judge();
    let request = laborious();
    for connection in &hostile {
        let mut at = 1;
        for piece in request.chunks(1_400) {
            let packet = connection.segment(TcpControl::Psh, at, piece);
            world.guard.handle_packet(world.now, &packet);
            at += u32::try_from(piece.len()).unwrap();
        }
    }
    let packet = quiet.segment(TcpControl::Psh, 1, REQUEST);
    world.guard.handle_packet(world.now, &packet);
    // What has been judged by now is dialled, in the order of judging.
    let mut dialled = Vec::new();
    while let Some(action) = world.guard.poll_action() {
        if let Action::Connect(id, Protocol::Tcp, _) = action {
            dialled.push(id);
        }
    }
    assert_eq!(dialled.len(), 2, "one of the many, and the small one");
    // Each turn one more, though nothing else happens; none is forgotten.
    for turn in 3..=21 {
        let (at, why) = world.guard.poll_timeout().expect("a turn");
        assert!(at <= world.now, "{why}");
        world.guard.handle_timeout(world.now);
        while let Some(action) = world.guard.poll_action() {
            if let Action::Connect(id, Protocol::Tcp, _) = action {
                dialled.push(id);
            }
        }
        assert_eq!(dialled.len(), turn);
    }
    dialled.sort();
    dialled.dedup();
    assert_eq!(dialled.len(), 21);
}

/// What waits for a turn has not been judged: it does not leave.
#[test]
fn what_waits_for_a_turn_is_judged_all_the_same() {
    let (mut world, hostile, _) = with_much_to_judge();
    let leak = b"POST /b HTTP/1.1\r\nContent-Length: 24\r\n\r\n{\"imei\":350000001234562}";
    let request = laborious();
    for connection in &hostile {
        let two = [&request, &leak[..]].concat();
        let mut at = 1;
        for piece in two.chunks(1_400) {
            let packet = connection.segment(TcpControl::Psh, at, piece);
            world.guard.handle_packet(world.now, &packet);
            at += u32::try_from(piece.len()).unwrap();
        }
    }
    world.settle();
    let told = world
        .events
        .iter()
        .filter(|event| !event.findings.is_empty());
    assert_eq!(told.count(), hostile.len(), "each of them is told");
    for peer in world.gone.iter().chain(world.peers.values()) {
        let left = &peer.received;
        assert!(!left.windows(4).any(|four| four == b"imei"));
        assert!(left.is_empty() || *left == request);
    }
}

/// Datagrams too, and questions: what is much work waits, in order, and nothing else does.
#[test]
fn datagrams_and_questions_wait_for_their_turn_in_order() {
    let mut world = World::with(config(), Owners::ByPort(owner));
    let to = "198.51.100.7:5683".parse().unwrap();
    let body = much();
    let work: Vec<_> = (0..8_u8).map(|nth| [&body[..], &[nth]].concat()).collect();
    let open = datagram(HOSTILE, to, b"x");
    Connection::send_packet(&mut world, &open);
    let open = datagram(VICTIM, to, b"x");
    Connection::send_packet(&mut world, &open);
    for datagrams in &work {
        let packet = datagram(HOSTILE, to, datagrams);
        world.guard.handle_packet(world.now, &packet);
    }
    let small = datagram(VICTIM, to, b"small");
    world.guard.handle_packet(world.now, &small);
    let mut sent = Vec::new();
    while let Some(action) = world.guard.poll_action() {
        if let Action::SendDatagram(_, payload) = action {
            sent.push(payload);
        }
    }
    assert_eq!(sent, [work[0].clone(), b"small".to_vec()]);
    world.settle();
    let peers = world.peers.values().map(|peer| peer.datagrams.len());
    let mut peers: Vec<_> = peers.collect();
    peers.sort_unstable();
    // The first, which were taken above, are not among them.
    assert_eq!(peers, [1, 8]);
    let received = world.peers.values().find(|peer| peer.datagrams.len() == 8);
    assert_eq!(received.expect("one").datagrams[1..], work[1..]);
}

/// Datagrams for one app fill all the room there is; a connection and a datagram of the other have their turn.
#[test]
fn datagrams_that_come_for_one_app_keep_nothing_from_another() {
    const PEER: &str = "198.51.100.8:4444";
    let mut world = World::with(config(), Owners::ByPort(owner));
    let quiet = Connection::open(&mut world, VICTIM, "203.0.113.10:4444");
    for port in [VICTIM + 1, HOSTILE] {
        let packet = datagram(port, PEER.parse().unwrap(), b"hello");
        Connection::send_packet(&mut world, &packet);
    }
    let peers = world.peers.iter();
    let datagrams = peers.filter(|(_, peer)| peer.protocol == Protocol::Udp);
    let ids: Vec<_> = datagrams.map(|(id, _)| *id).collect();
    let [of_quiet, of_hostile] = ids[..] else {
        panic!("{ids:?}");
    };
    let dropped = world.guard.counters().datagrams_dropped;
    while world.guard.counters().datagrams_dropped == dropped {
        world
            .guard
            .handle_datagram(world.now, of_hostile, &[7; 1_000]);
    }
    world
        .guard
        .handle_datagram(world.now, of_quiet, b"for the quiet one");
    quiet.send_unsettled(&mut world, TcpControl::Psh, 1, REQUEST);
    let mut buf = [0; 1_500];
    let (mut datagrams, mut segments) = (Vec::new(), Vec::new());
    for nth in 0..200 {
        let len = world.guard.poll_packet(&mut buf).expect("packets");
        let ip = Ipv4Packet::new_checked(&buf[..len]).expect("a packet");
        let port = match ip.next_header() {
            smoltcp::wire::IpProtocol::Tcp => {
                TcpPacket::new_checked(ip.payload()).map(|tcp| tcp.dst_port())
            }
            _ => UdpPacket::new_checked(ip.payload()).map(|udp| udp.dst_port()),
        };
        match port.expect("a port") {
            VICTIM => segments.push(nth),
            port if port == VICTIM + 1 => datagrams.push(nth),
            _ => {}
        }
    }
    assert!(
        matches!(datagrams[..], [0 | 1]),
        "in its turn: {datagrams:?}"
    );
    assert!(
        segments.first().is_some_and(|nth| *nth <= 64),
        "{segments:?}"
    );
}
