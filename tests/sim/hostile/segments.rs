//! Segments that overlap, contradict, come out of order, outside the window or after the end. Whatever the app
//! sends, what left is one stream, and that stream was judged: sent once more by an honest app, it passes whole.

use gasket_core::config::{Config, RuleMode};
use smoltcp::wire::{Ipv4Packet, TcpControl, TcpPacket};

use super::wire::{Connection, arrived};
use crate::world::{Owners, World, config};

const SERVER: &str = "203.0.113.10:4444";
const PORT: u16 = 20_000;
/// The same length: one with an identifier, one without.
const LEAK: &[u8] =
    b"POST /b?imei=350000001234562 HTTP/1.1\r\nHost: b.example\r\nContent-Length: 4\r\n\r\nbody";
const CLEAN: &[u8] =
    b"POST /b?city=350 and 1234 xy HTTP/1.1\r\nHost: b.example\r\nContent-Length: 4\r\n\r\nbody";
const BEFORE: &[u8] = b"GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";

fn world() -> World {
    let config = Config {
        identifiers: RuleMode::Block,
        ..config()
    };
    World::with(config, Owners::Unavailable)
}

/// What the server has, and whether the guard has ended the connection.
fn received(world: &World) -> Vec<u8> {
    let mut all = arrived(world, SERVER);
    assert!(all.len() <= 1, "one connection");
    all.pop().unwrap_or_default()
}

/// What arrives of `bytes` that an honest app sends and perhaps ends with, and how much was told.
fn honest(bytes: &[u8], ends: bool) -> (Vec<u8>, usize) {
    let mut world = world();
    let connection = world.app.connect(SERVER);
    world.settle();
    world.write(connection, bytes, 1000);
    if ends {
        world.app.tcp(connection).close();
    }
    world.pass(3_000);
    let blocked = world.events.len();
    (received(&world), blocked)
}

fn streams() -> [Vec<u8>; 2] {
    [CLEAN, LEAK].map(|middle| [BEFORE, middle, BEFORE].concat())
}

#[test]
fn the_streams_differ_in_the_leak_alone() {
    let [clean, leak] = streams();
    assert_eq!(clean.len(), leak.len());
    assert_eq!(honest(&clean, true), (clean.clone(), 0));
    let (left, blocked) = honest(&leak, true);
    assert!(BEFORE.starts_with(&left));
    assert_eq!(blocked, 1);
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

/// One segment of either stream, most of them near what is expected next.
fn some_segment(random: &mut Random, connection: &Connection, acknowledged: usize) -> Vec<u8> {
    let streams = streams();
    let stream = &streams[usize::from(random.below(3) == 0)];
    let near = acknowledged.saturating_sub(1 + random.below(20)) + random.below(40);
    let start = near.min(stream.len());
    let len = [1, 1 + random.below(8), 1 + random.below(60)][random.below(3)];
    let payload = &stream[start..(start + len).min(stream.len())];
    let at = u32::try_from(start).unwrap() + 1;
    let mut packet = match random.below(40) {
        // Past the end, before the beginning, far outside.
        0 => connection.segment(TcpControl::Psh, at.wrapping_add(1 << 18), payload),
        1 => connection.segment(TcpControl::Psh, at.wrapping_sub(1 << 18), payload),
        2 => connection.segment(TcpControl::Rst, at.wrapping_add(1 << 20), b""),
        3 => connection.segment(TcpControl::Syn, at, payload),
        4 => connection.segment(TcpControl::None, at.wrapping_sub(1), b""),
        5 => connection.segment(
            TcpControl::Fin,
            u32::try_from(stream.len()).unwrap() + 1,
            b"",
        ),
        6 if random.below(6) == 0 => connection.segment(TcpControl::Fin, at, payload),
        _ => connection.segment(TcpControl::Psh, at, payload),
    };
    let flags = random.below(12);
    let header = usize::from(Ipv4Packet::new_unchecked(&packet[..]).header_len());
    let mut tcp = TcpPacket::new_unchecked(&mut packet[header..]);
    match flags {
        0 => {
            tcp.set_urg(true);
            tcp.set_urgent_at(1);
        }
        1 => tcp.set_window_len(0),
        2 => tcp.set_ack_number(tcp.ack_number() + 70_000),
        _ => {}
    }
    packet
}

#[test]
fn what_left_is_what_was_judged() {
    let [clean, leak] = streams();
    let (mut whole, mut blocked, mut mixed) = (0, 0, 0);
    for seed in 1..=600_u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut world = world();
        let mut connection = Connection::open(&mut world, PORT, SERVER);
        let mut acknowledged = 0;
        for _ in 0..120 {
            let packet = some_segment(&mut random, &connection, acknowledged);
            Connection::send_packet(&mut world, &packet);
            let (answer, is_reset) = connection.take_answers(&mut world);
            if is_reset {
                break;
            }
            if let Some(answer) = answer {
                acknowledged = usize::try_from(answer.wrapping_sub(1))
                    .unwrap()
                    .min(clean.len());
            }
        }
        world.pass(5_000);
        let arrived = received(&world);
        for (at, byte) in arrived.iter().enumerate() {
            let sent = [clean.get(at), leak.get(at)];
            assert!(
                sent.contains(&Some(byte)),
                "seed {seed}: byte {at} was never sent there"
            );
        }
        let ended = world
            .peers
            .values()
            .chain(&world.gone)
            .any(|peer| peer.app_ended);
        let (again, told) = honest(&arrived, ended);
        assert_eq!(
            again,
            arrived,
            "seed {seed}: left ({ended}, {told}), but not as it is judged: {:#?} {:?}",
            world.events,
            String::from_utf8_lossy(&arrived)
        );
        blocked += usize::from(!world.events.is_empty());
        whole += usize::from(arrived.len() == clean.len());
        mixed += usize::from(arrived.len() > BEFORE.len() + 30 && !clean.starts_with(&arrived));
    }
    // All of it happens; else the test shows nothing.
    assert!(
        whole > 20 && blocked > 20 && mixed > 20,
        "{whole} {blocked} {mixed}"
    );
}

#[test]
fn data_behind_a_fin_is_no_part_of_the_stream() {
    let mut world = world();
    let connection = Connection::open(&mut world, PORT, SERVER);
    let end = u32::try_from(BEFORE.len()).unwrap() + 1;
    connection.send(&mut world, TcpControl::Fin, 1, BEFORE);
    // The FIN's own number, and the one after.
    connection.send(&mut world, TcpControl::Psh, end, b"GET /c HTTP/1.1\r\n\r\n");
    connection.send(
        &mut world,
        TcpControl::Psh,
        end + 1,
        b"GET /c HTTP/1.1\r\n\r\n",
    );
    world.pass(2_000);
    assert_eq!(arrived(&world, SERVER), [BEFORE]);
    assert!(world.peer(SERVER).app_ended);
}

/// Two at once, and then nothing: the second is waited for no longer than it would be alone.
#[test]
fn a_stalled_second_request_is_judged_like_a_stalled_first() {
    const HEAD: &[u8] = b"POST /b HTTP/1.1\r\nHost: b.example\r\nContent-Length: 4\r\n\r\n";
    assert_eq!(honest(HEAD, false).0, HEAD);
    let both = [BEFORE, HEAD].concat();
    assert_eq!(honest(&both, false).0, both);
}
