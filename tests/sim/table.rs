//! The table of docs/SECURITY.md: what becomes of each kind of traffic of an app in each state. Each cell is tried as it
//! stands there: with something that must not leave, and with its harmless twin.

use gasket_core::config::{AppMode, Config, RuleMode};
use gasket_core::owner::Owner;
use gasket_tests::hello::{hello, initial};
use gasket_tests::registration::imei;

use crate::dns::{RESOLVER, question};
use crate::world::{APP_V4, Owners, World, config};

const DOCUMENT: &str = include_str!("../../docs/SECURITY.md");

/// How the table begins.
const HEADING: &str = "### What becomes of it";

const APP: &str = "org.example.chatty";
const BLOCKED: &str = "tracker.example";
const ORDINARY: &str = "news.example";

/// What can become of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing leaves, and it is told.
    Blocked,
    /// Nothing leaves, and nothing is told.
    Dropped,
    /// What is found stays and is told; the rest leaves.
    Judged,
    /// All leaves; what is found is told.
    Told,
    /// All leaves, and nothing is told.
    Relayed,
}

/// A cell's first word.
fn fate(word: &str) -> Fate {
    match word {
        "blocked" => Fate::Blocked,
        "dropped" => Fate::Dropped,
        "judged" => Fate::Judged,
        "told" => Fate::Told,
        "relayed" => Fate::Relayed,
        _ => panic!("docs/SECURITY.md: no fate is called {word:?}"),
    }
}

/// The app's states, as the table's columns are called.
fn state(column: &str) -> World {
    let with = |mode: AppMode, owners: Owners| {
        let settings = Config {
            identifiers: RuleMode::Block,
            blocked_names: vec![BLOCKED.to_owned()],
            apps: [(APP.to_owned(), mode)].into(),
            ..config()
        };
        World::with(settings, owners)
    };
    let named = || {
        Owners::Is(Owner {
            uid: 10_001,
            packages: vec![APP.to_owned()],
            system: false,
        })
    };
    match column {
        "blocked" => with(AppMode::Block, named()),
        "filtered" => with(AppMode::Guard, named()),
        "watched" => with(AppMode::Watch, named()),
        "trusted" => with(AppMode::Trust, named()),
        "unknown, some app is blocked" => with(AppMode::Block, Owners::Unknown),
        "unknown, none is" => with(AppMode::Guard, Owners::Unknown),
        _ => panic!("docs/SECURITY.md: no state is called {column:?}"),
    }
}

/// Sends one of a kind; what of it has left can be told from the world.
fn send(world: &mut World, kind: &str, leaks: bool) {
    let name = if leaks { BLOCKED } else { ORDINARY };
    let said = if leaks { imei() } else { "not told".to_owned() };
    let document = format!("{{\"imei1\":\"{said}\"}}");
    let post = format!(
        "POST /orders HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{document}",
        document.len()
    )
    .into_bytes();
    match kind {
        "DNS to Gasket's resolver" => datagram(world, RESOLVER, &question(1, name)),
        "DNS to another server" => datagram(world, "203.0.113.99:53", &question(1, name)),
        "DNS over TLS" => stream(world, "203.0.113.10:853", &hello(name)),
        "DNS over HTTPS, TLS" => stream(world, "203.0.113.10:443", &hello(name)),
        "QUIC" => datagram(world, "203.0.113.10:443", &initial(&hello(name))),
        "TCP in the clear" => stream(world, "203.0.113.10:80", &post),
        "UDP in the clear" => datagram(world, "203.0.113.10:4444", document.as_bytes()),
        "ICMP echo" => packet(world, 1, 0, &echo(&document)),
        "other ICMP" => packet(
            world,
            1,
            0,
            &[&[13, 0, 0, 0][..], document.as_bytes()].concat(),
        ),
        "IPv6" => stream(world, "[2001:db8::10]:80", &post),
        "fragments" => {
            let whole = udp(document.as_bytes());
            packet(world, 17, 0x2000, &whole[..16]);
            packet(world, 17, 2, &whole[16..]);
        }
        "other protocols" => packet(world, 132, 0, document.as_bytes()),
        "the local network" => stream(world, "192.168.1.20:80", &post),
        _ => panic!("docs/SECURITY.md: nothing is called {kind:?}"),
    }
    world.pass(2_000);
}

fn stream(world: &mut World, to: &str, bytes: &[u8]) {
    let connection = world.app.connect(to);
    world.settle();
    world.write(connection, bytes, 10_000);
}

fn datagram(world: &mut World, to: &str, payload: &[u8]) {
    let socket = world.app.datagrams();
    world.app.send_to(socket, to, payload);
    world.settle();
}

/// A packet that no socket makes, to 203.0.113.10.
fn packet(world: &mut World, protocol: u8, fragment: u16, payload: &[u8]) {
    let total = (20 + payload.len()) as u16;
    let head = [0x45, 0];
    let rest = [64, protocol, 0, 0];
    let packet = [
        &head[..],
        &total.to_be_bytes(),
        &7_u16.to_be_bytes(),
        &fragment.to_be_bytes(),
        &rest,
        &APP_V4,
        &[203, 0, 113, 10],
        payload,
    ]
    .concat();
    world.guard.handle_packet(world.now, &packet);
    world.settle();
}

fn udp(payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    let head = [0x9c, 0x40, 0x11, 0x5c];
    [&head[..], &length.to_be_bytes(), &[0, 0], payload].concat()
}

/// An echo request with its checksum (RFC 792).
fn echo(text: &str) -> Vec<u8> {
    let mut message = [&[8, 0, 0, 0, 0, 7, 0, 1][..], text.as_bytes()].concat();
    if message.len() % 2 == 1 {
        message.push(b' ');
    }
    let words = message
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let mut sum: u32 = words.sum();
    while sum >> 16 > 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let checksum = !(sum as u16);
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    message
}

/// Payload bytes that have left, whoever got them.
fn left(world: &World) -> usize {
    let peers = world.peers.values().chain(&world.gone);
    let size = |datagrams: &[Vec<u8>]| datagrams.iter().map(Vec::len).sum::<usize>();
    peers
        .map(|peer| peer.received.len() + size(&peer.datagrams))
        .sum()
}

/// What becomes of `kind` of an app in the state `column`.
fn tried(column: &str, kind: &str) -> Fate {
    let outcome = |leaks| {
        let mut world = state(column);
        send(&mut world, kind, leaks);
        (left(&world) > 0, !world.events.is_empty())
    };
    let ((leak_left, leak_told), (twin_left, twin_told)) = (outcome(true), outcome(false));
    match (leak_left, leak_told, twin_left, twin_told) {
        (false, true, false, true) => Fate::Blocked,
        (false, false, false, false) => Fate::Dropped,
        (false, true, true, false) => Fate::Judged,
        (true, true, true, false) => Fate::Told,
        (true, false, true, false) => Fate::Relayed,
        other => panic!("{kind:?} of {column:?}: leak and twin have left or were told: {other:?}"),
    }
}

/// The table's lines, cut into cells.
fn table() -> Vec<Vec<&'static str>> {
    let (_, rest) = DOCUMENT.split_once(HEADING).expect("the table's heading");
    let lines = rest.lines().skip_while(|line| !line.starts_with('|'));
    let lines = lines.take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    lines
        .filter(|line| !line.contains("---"))
        .map(cells)
        .collect()
}

#[test]
fn each_cell_is_as_docs_security_says() {
    let table = table();
    let (columns, rows) = table.split_first().expect("a table");
    let mut wrong = Vec::new();
    let mut cells = 0;
    for row in rows {
        for (column, cell) in columns.iter().zip(row).skip(1) {
            let word = cell.split([' ', ',', ':', ';']).next().unwrap_or_default();
            let (says, is) = (fate(word), tried(column, row[0]));
            if says != is {
                wrong.push(format!(
                    "{} of {column:?}: {says:?} is written, {is:?} it is",
                    row[0]
                ));
            }
            cells += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Rows and columns that are missing would not be.
    assert_eq!((columns.len(), rows.len(), cells), (7, 13, 78));
}
