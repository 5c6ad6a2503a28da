//! What is not blocked arrives: complete, in order, once, and ends as it should.

use gasket_core::guard::{ConnectError, Io};
use smoltcp::socket::tcp::State;

use crate::world::{Behaviour, World};

/// A port on which the dial is truthful.
const PEER: &str = "203.0.113.10:4444";

fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            // Never a letter first: this is no request line.
            (state >> 24) as u8 | 0x80
        })
        .collect()
}

#[test]
fn bytes_arrive_both_ways() {
    let mut world = World::new();
    let connection = world.app.connect(PEER);
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Established);

    let sent = noise(3_000_000);
    world.write(connection, &sent, 100_000);
    assert_eq!(world.peer(PEER).received, sent);

    let answer = noise(2_000_000);
    world.peer(PEER).says(&answer);
    let mut got = Vec::new();
    while got.len() < answer.len() {
        world.settle();
        let more = world.read(connection);
        assert!(!more.is_empty(), "stalled at {}", got.len());
        got.extend(more);
    }
    assert_eq!(got, answer);
    assert_eq!(world.events, []);
}

#[test]
fn ipv6_is_relayed_like_ipv4() {
    let peer = "[2001:db8::10]:4444";
    let mut world = World::new();
    let connection = world.app.connect(peer);
    world.settle();
    world.write(connection, &noise(100_000), 10_000);
    assert_eq!(world.peer(peer).received, noise(100_000));
}

#[test]
fn an_upload_that_ends_by_half_close_arrives_and_is_answered() {
    for len in [0, 1, 1460, 65_536, 300_000] {
        let mut world = World::new();
        let connection = world.app.connect(PEER);
        world.settle();
        let sent = noise(len);
        world.write(connection, &sent, 20_000);
        world.app.tcp(connection).close();
        world.settle();
        assert_eq!(world.peer(PEER).received, sent, "{len} bytes");
        assert!(world.peer(PEER).app_ended, "the end of {len} bytes is told");

        world.peer(PEER).says(b"digest");
        world.peer(PEER).ends();
        world.settle();
        assert_eq!(world.read(connection), b"digest");
        assert_eq!(world.guard.flow_count(), 0, "{len} bytes");
        assert_eq!(world.peer(PEER).closed, Some(false), "closed in order");
    }
}

/// An end that was read along with what came before it is told once more by a system that tells of changes.
#[test]
fn an_end_that_is_told_twice_is_one_end() {
    let mut world = World::new();
    let connection = world.app.connect(PEER);
    world.settle();
    world.peer(PEER).says(&noise(20_000));
    world.peer(PEER).ends();
    world.settle();
    let flow = world.flow(PEER);
    let told_again = world.guard.fill(world.now, flow, |_| Io::Ended);
    assert_eq!(told_again, Io::Ended);
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::CloseWait);
    world.write(connection, &noise(30_000), 5_000);
    assert_eq!(world.peer(PEER).received, noise(30_000));
    assert_eq!(world.read(connection), noise(20_000));

    // A reset is told after an end, too.
    world.guard.fill(world.now, flow, |_| Io::Reset);
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
}

#[test]
fn a_peer_that_ends_first_still_gets_the_rest() {
    let mut world = World::new();
    let connection = world.app.connect(PEER);
    world.settle();
    world.write(connection, &noise(10), 10);
    world.peer(PEER).says(b"bye");
    world.peer(PEER).ends();
    world.settle();
    assert_eq!(world.read(connection), b"bye");
    assert_eq!(world.app.tcp(connection).state(), State::CloseWait);
    world.write(connection, &noise(50_000), 5_000);
    assert_eq!(world.peer(PEER).received.len(), 50_010);
    world.app.tcp(connection).close();
    world.settle();
    assert_eq!(world.guard.flow_count(), 0);
}

#[test]
fn a_slow_peer_slows_the_app_and_loses_nothing() {
    let mut world = World::new();
    let connection = world.app.connect(PEER);
    world.settle();
    world.write(connection, &noise(100), 100);
    world.peer(PEER).appetite = 0;
    let sent = noise(2_000_000);
    let mut accepted = 0;
    for _ in 0..50 {
        let socket = world.app.tcp(connection);
        accepted += socket.send_slice(&sent[accepted..]).expect("open");
        world.settle();
    }
    assert!(accepted < sent.len(), "the app was held back");
    world.peer(PEER).appetite = 1000;
    let flow = world.flow(PEER);
    while accepted < sent.len() || world.peer(PEER).received.len() < 100 + sent.len() {
        let socket = world.app.tcp(connection);
        accepted += socket.send_slice(&sent[accepted..]).expect("open");
        world.writable(flow);
        world.pass(10);
    }
    assert!(world.peer(PEER).received[100..] == sent);
}

/// All that is left of the connection then is what the peer has not taken yet.
#[test]
fn an_upload_that_a_slow_peer_takes_after_both_have_ended_is_over_then() {
    let mut world = World::new();
    let connection = world.app.connect(PEER);
    world.settle();
    world.write(connection, &noise(100), 100);
    world.peer(PEER).appetite = 0;
    let sent = noise(100_000);
    world.write(connection, &sent, 10_000);
    world.app.tcp(connection).close();
    world.settle();
    world.peer(PEER).ends();
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::TimeWait);
    assert_eq!(world.guard.flow_count(), 1, "the peer has not got all");
    let flow = world.flow(PEER);
    world.peer(PEER).appetite = usize::MAX;
    world.writable(flow);
    assert!(world.peer(PEER).received[100..] == sent);
    assert!(world.peer(PEER).app_ended);
    assert_eq!(world.guard.flow_count(), 0);
}

#[test]
fn a_refused_connection_is_refused() {
    let mut world = World::new();
    let refused = Behaviour::Fail(ConnectError::Refused);
    world.behaviours.insert(PEER.parse().unwrap(), refused);
    let connection = world.app.connect(PEER);
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.guard.flow_count(), 0);
}

#[test]
fn an_unreachable_host_is_told_as_such() {
    for (why, code) in [
        (ConnectError::NetworkUnreachable, 0),
        (ConnectError::HostUnreachable, 1),
    ] {
        let mut world = World::new();
        world
            .behaviours
            .insert(PEER.parse().unwrap(), Behaviour::Fail(why));
        world.app.connect(PEER);
        world.settle();
        let last = world.to_app.last().expect("an ICMP message");
        assert_eq!((last[9], last[20], last[21]), (1, 3, code), "{why:?}");
        // The quoted packet is the app's own SYN.
        assert_eq!(last[28 + 9], 6);
        assert_eq!(world.guard.flow_count(), 0);
    }
}

#[test]
fn a_peer_that_never_answers_is_silence() {
    let mut world = World::new();
    world
        .behaviours
        .insert(PEER.parse().unwrap(), Behaviour::Silent);
    let connection = world.app.connect(PEER);
    world.pass(20_000);
    assert_eq!(world.app.tcp(connection).state(), State::SynSent);
    assert_eq!(world.to_app, Vec::<Vec<u8>>::new());
    assert_eq!(world.dials.len(), 1, "repeated SYNs dial once");
}

#[test]
fn a_reset_of_the_peer_reaches_the_app() {
    let mut world = World::new();
    let connection = world.app.connect(PEER);
    world.settle();
    world.write(connection, &noise(10), 10);
    world.peer(PEER).resets();
    world.settle();
    assert_eq!(world.app.tcp(connection).state(), State::Closed);
    assert_eq!(world.guard.flow_count(), 0);
}

#[test]
fn a_reset_of_the_app_reaches_the_peer() {
    let mut world = World::new();
    let connection = world.app.connect(PEER);
    world.settle();
    world.write(connection, &noise(10), 10);
    world.app.tcp(connection).abort();
    world.settle();
    assert_eq!(world.peer(PEER).closed, Some(true));
    assert_eq!(world.guard.flow_count(), 0);
}

#[test]
fn an_idle_engine_has_no_deadline() {
    let mut world = World::new();
    for port in 1..50 {
        let connection = world.app.connect(&format!("203.0.113.10:{}", 4000 + port));
        world.settle();
        world.write(connection, &noise(100), 100);
    }
    // Unacknowledged data and the like may take its timers to run out.
    world.pass(200_000);
    assert_eq!(world.guard.flow_count(), 49);
    assert_eq!(world.guard.poll_timeout(), None);
}

#[test]
fn a_server_that_speaks_first_is_dialled_although_its_port_is_held() {
    let peer = "203.0.113.10:8080";
    let mut world = World::new();
    let connection = world.app.connect(peer);
    world.settle();
    assert!(!world.dialled(peer), "the request is waited for");
    world.pass(600);
    assert!(world.dialled(peer));
    world.peer(peer).says(b"220 ready\r\n");
    world.settle();
    assert_eq!(world.read(connection), b"220 ready\r\n");
}

#[test]
fn datagrams_go_both_ways_and_the_flow_expires() {
    let mut world = World::new();
    let socket = world.app.datagrams();
    world.app.send_to(socket, PEER, b"\xffping");
    world.settle();
    assert_eq!(world.peer(PEER).datagrams, [b"\xffping"]);
    world.answer(PEER, b"pong");
    assert_eq!(world.app.udp(socket).recv().expect("an answer").0, b"pong");
    world.pass(179_000);
    assert_eq!(world.guard.flow_count(), 1);
    world.pass(2_000);
    assert_eq!(world.guard.flow_count(), 0);
    assert_eq!(world.guard.poll_timeout(), None);
}

#[test]
fn a_large_datagram_comes_back_in_fragments() {
    let mut world = World::new();
    let socket = world.app.datagrams();
    world.app.send_to(socket, PEER, b"\xff");
    world.settle();
    world.to_app.clear();
    world.answer(PEER, &noise(5000));
    assert_eq!(world.to_app.len(), 4);
    assert!(world.to_app.iter().all(|packet| packet.len() <= 1500));
}
