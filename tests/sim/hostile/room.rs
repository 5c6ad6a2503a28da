//! One app takes all it can get; the other goes on.

use gasket_core::config::RuleMode;
use gasket_core::guard::Limits;
use smoltcp::wire::TcpControl;

use super::wire::{Connection, HOSTILE, arrived, datagram, owner};
use crate::world::{Owners, World, config};

const FLOWS: usize = 100;
const SERVER: &str = "203.0.113.10:4444";
const VICTIM: u16 = 5_000;
const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";

/// A world in which the ordinary app has five quiet connections and five quiet datagram flows, each of which has
/// been in use before.
fn with_an_ordinary_app(flows: usize) -> (World, Vec<Connection>) {
    let limits = Limits {
        flows,
        owners: true,
    };
    let mut world = World::with_limits(config(), Owners::ByPort(owner), limits);
    let connections = (0..5).map(|n| Connection::open(&mut world, VICTIM + n, SERVER));
    let connections: Vec<_> = connections.collect();
    for n in 5..10 {
        let packet = datagram(VICTIM + n, SERVER.parse().unwrap(), b"hello");
        Connection::send_packet(&mut world, &packet);
    }
    assert_eq!(world.guard.flow_count(), 10);
    world.pass(1_000);
    (world, connections)
}

/// All that the ordinary app had is there, and what it opens now, too.
fn goes_on(world: &mut World, connections: &[Connection]) {
    world.to_app.clear();
    for connection in connections {
        connection.send(world, TcpControl::Psh, 1, REQUEST);
    }
    let late = Connection::open(world, VICTIM + 20, SERVER);
    late.send(world, TcpControl::Psh, 1, REQUEST);
    let requests = arrived(world, SERVER)
        .into_iter()
        .filter(|received| received == REQUEST);
    assert_eq!(requests.count(), 6, "five of before and one that is new");
    for n in 5..10 {
        let before = world.dials.len();
        let packet = datagram(VICTIM + n, SERVER.parse().unwrap(), b"again");
        Connection::send_packet(world, &packet);
        assert_eq!(world.dials.len(), before, "the same socket as before");
    }
}

#[test]
fn a_flood_of_syns_takes_nothing_from_another_app() {
    let (mut world, connections) = with_an_ordinary_app(FLOWS);
    for n in 0..2_000 {
        let to = format!("198.51.100.{}:81", n % 250);
        Connection::new(HOSTILE + n, &to).send(&mut world, TcpControl::Syn, 0, b"");
    }
    assert_eq!(world.guard.flow_count(), FLOWS);
    goes_on(&mut world, &connections);
}

#[test]
fn datagrams_to_all_ports_take_nothing_from_another_app() {
    let (mut world, connections) = with_an_ordinary_app(FLOWS);
    for port in 1024..3_000 {
        let to = format!("198.51.100.7:{port}").parse().unwrap();
        let packet = datagram(HOSTILE + 1, to, b"x");
        Connection::send_packet(&mut world, &packet);
    }
    assert_eq!(world.guard.flow_count(), FLOWS);
    goes_on(&mut world, &connections);
}

#[test]
fn descriptors_are_taken_from_whoever_has_the_most() {
    let (mut world, connections) = with_an_ordinary_app(10_000);
    for n in 0..1_000 {
        Connection::new(HOSTILE + n, "198.51.100.7:81").send(&mut world, TcpControl::Syn, 0, b"");
    }
    for _ in 0..900 {
        assert!(world.guard.evict_idlest(world.now));
    }
    world.settle();
    goes_on(&mut world, &connections);
}

/// Where a flow costs no socket, ending it frees none.
#[test]
fn the_driver_gets_a_descriptor_even_where_most_flows_have_none() {
    let mut world = World::new();
    for n in 0..50 {
        // Port 80: accepted here and read first.
        Connection::open(&mut world, HOSTILE + n, "198.51.100.7:80");
    }
    assert_eq!(world.dials, []);
    Connection::open(&mut world, HOSTILE + 50, SERVER);
    assert!(world.guard.evict_idlest(world.now));
    assert!(!world.guard.take_closings().is_empty());
}

/// Requests that never end, as long as may be held, on as many connections as there can be.
#[test]
fn held_requests_take_no_more_than_their_share_of_memory() {
    const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (mut world, connections) = with_an_ordinary_app(30_000);
    for connection in &connections {
        // Half a request is in their buffers since long before.
        connection.send(&mut world, TcpControl::Psh, 1, &REQUEST[..20]);
    }
    world.pass(1_000);
    let mut chunks = HEAD.to_vec();
    while chunks.len() < 60_000 {
        chunks.extend(b"1\r\nx\r\n");
    }
    let mut most = 0;
    for n in 0..2_000_u16 {
        let to = format!("198.51.100.{}:81", n / 500 + 1);
        let connection = Connection::open(&mut world, HOSTILE + n, &to);
        let mut at = 1;
        for piece in chunks.chunks(1400) {
            let packet = connection.segment(TcpControl::Psh, at, piece);
            world.guard.handle_packet(world.now, &packet);
            at += u32::try_from(piece.len()).unwrap();
        }
        world.settle();
        world.to_app.clear();
        most = most.max(world.guard.buffered());
    }
    assert!(world.guard.counters().evicted > 300);
    assert!(most <= 256 * 1024 * 1024, "{most} bytes");
    goes_on(&mut world, &connections);
}

/// A SYN may carry data. It waits for its answer as long as the peer likes.
#[test]
fn data_in_a_syn_is_neither_kept_nor_lost() {
    let (mut world, connections) = with_an_ordinary_app(FLOWS);
    let data = [REQUEST, &[b'x'; 60_000]].concat();
    let mut connection = Connection::new(HOSTILE, "198.51.100.9:81");
    connection.send(&mut world, TcpControl::Syn, 0, &data);
    let (acknowledged, _) = connection.take_answers(&mut world);
    assert_eq!(acknowledged, Some(1), "the SYN alone");
    connection.send(&mut world, TcpControl::None, 1, b"");
    connection.send(&mut world, TcpControl::Psh, 1, REQUEST);
    assert_eq!(arrived(&world, "198.51.100.9:81"), [REQUEST]);
    goes_on(&mut world, &connections);
}

/// Requests that the user only watches, each with something to tell once it has left, to a server that takes nothing.
#[test]
fn warnings_that_wait_count_towards_the_share_of_whose_they_are() {
    const LEAK: &[u8] = b"GET /?imei=350000001234562 HTTP/1.1\r\n\r\n";
    let mut config = config();
    config.identifiers = RuleMode::Warn;
    let mut world = World::with(config, Owners::ByPort(owner));
    let connection = Connection::open(&mut world, HOSTILE, SERVER);
    for peer in world.peers.values_mut() {
        peer.appetite = 0;
    }
    let requests = LEAK.repeat(1_400 / LEAK.len());
    let mut at = 1;
    for _ in 0..20 {
        connection.send(&mut world, TcpControl::Psh, at, &requests);
        at += u32::try_from(requests.len()).unwrap();
    }
    let sent = at as usize - 1;
    assert_eq!(world.events, [], "nothing has left");
    assert!(
        world.guard.buffered() > 5 * sent,
        "{} for {sent}",
        world.guard.buffered()
    );
}
