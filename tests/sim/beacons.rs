//! What looks like a beacon is called by its name, wherever that was seen.

use gasket_core::beacon::Search;
use gasket_core::config::Config;
use gasket_core::event::{Event, NameSource, Subject};
use gasket_core::facts::Trigger;
use gasket_core::owner::Owner;
use gasket_tests::hello::{hello, initial};

use crate::world::{Owners, World, config};

/// 2027-01-01T00:00Z, in milliseconds since 1970.
const START_MS: i64 = 1_798_761_600_000;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A record of application data.
fn record(len: u16) -> Vec<u8> {
    let mut record = vec![23, 3, 3];
    record.extend(len.to_be_bytes());
    record.resize(5 + usize::from(len), 0x80);
    record
}

/// What is told of an app that speaks by `speak` at eight boots, each time to another address.
fn told(speak: impl Fn(&mut World, usize, &str)) -> Vec<Event> {
    let owner = Owner {
        uid: 10_077,
        packages: vec!["com.example.reg".to_owned()],
        system: true,
    };
    let config = Config {
        beacons: Search::System,
        ..config()
    };
    let mut world = World::with(config, Owners::Is(owner));
    for boot in 0..8 {
        let wall = START_MS + world.now.total_millis();
        world
            .guard
            .set_wall_clock(world.now, wall.try_into().expect("after 1970"));
        world.guard.handle_device_event(world.now, Trigger::Boot);
        world.pass(12_000);
        speak(&mut world, boot, &format!("203.0.113.{}:443", 10 + boot));
        for _ in 1..24 {
            world.pass(DAY_MS / 24);
            world.guard.handle_device_event(world.now, Trigger::Alarm);
        }
    }
    world
        .events
        .retain(|event| event.subject == Subject::Beacon);
    world.events
}

/// Posts what is said first, and a record.
fn post(world: &mut World, to: &str, said: &[u8]) {
    let connection = world.app.connect(to);
    world.settle();
    world.write(connection, said, 10_000);
    world.write(connection, &record(900), 10_000);
    world.peer(to).says(&record(100));
    world.settle();
    world.app.tcp(connection).close();
    world.peer(to).ends();
}

/// As where DNS is encrypted.
#[test]
fn by_its_hellos_where_no_answer_was_seen() {
    let events =
        told(|world, boot, to| post(world, to, &hello(&format!("host{boot}.reg.example"))));
    let [event] = &events[..] else {
        panic!("one beacon, not {events:#?}");
    };
    let destination = &event.destination;
    assert_eq!(destination.name.as_deref(), Some("reg.example"));
    assert_eq!(destination.name_source, Some(NameSource::Tls));
    assert!(event.beacon.as_ref().is_some_and(|one| !one.support.no_dns));
}

/// The control: whoever names nobody is told without a name.
#[test]
fn or_by_its_address() {
    let events = told(|world, _, to| post(world, to, &[0x80; 64]));
    let [event] = &events[..] else {
        panic!("one beacon, not {events:#?}");
    };
    let destination = &event.destination;
    assert_eq!(
        (destination.name.as_deref(), destination.name_source),
        (None, None)
    );
    assert!(event.beacon.as_ref().is_some_and(|one| one.support.no_dns));
}

#[test]
fn by_its_requests_as_well() {
    let events = told(|world, boot, to| {
        let host = format!("host{boot}.reg.example");
        let head = format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 905\r\n\r\n");
        post(world, to, head.as_bytes());
    });
    let [event] = &events[..] else {
        panic!("one beacon, not {events:#?}");
    };
    assert_eq!(event.destination.name.as_deref(), Some("reg.example"));
    assert_eq!(event.destination.name_source, Some(NameSource::Http));
}

#[test]
fn by_its_hellos_of_quic_as_well() {
    let events = told(|world, boot, to| {
        let socket = world.app.datagrams();
        let hello = initial(&hello(&format!("host{boot}.reg.example")));
        for datagram in [&hello[..], &[0x40; 900]] {
            world.app.send_to(socket, to, datagram);
            world.settle();
        }
    });
    let [event] = &events[..] else {
        panic!("one beacon, not {events:#?}");
    };
    assert_eq!(event.destination.name.as_deref(), Some("reg.example"));
    assert_eq!(event.destination.name_source, Some(NameSource::Quic));
}
