use std::collections::BTreeMap;
use std::io;

use gasket_core::config::{Config, RuleMode, Target};
use gasket_core::event::{Event, RequestLine};
use gasket_core::inspect::content::learned::Learned;

use super::*;
use crate::packet::craft::{ACK, SYN, tcp, v4};

/// What an examination told.
#[derive(Default)]
struct Heard(Vec<Event>);

impl Teller for Heard {
    fn event(&mut self, event: &Event, _: bool) {
        self.0.push(event.clone());
    }

    fn request(&mut self, _: u64, _: &str, _: &RequestLine) {}
}

/// A classic capture of raw IP packets.
fn capture(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    file.extend([0; 8]);
    file.extend(65_535_u32.to_le_bytes());
    file.extend(101_u32.to_le_bytes());
    for packet in packets {
        let length = (packet.len() as u32).to_le_bytes();
        file.extend([[0; 4], [0; 4], length, length].concat());
        file.extend(packet);
    }
    file
}

/// A connection that asks a tracker for something.
fn leak(last: u8) -> Vec<Vec<u8>> {
    let (client, server) = (v4(last, 40_000), v4(200, 80));
    let request = b"GET /beat HTTP/1.1\r\nHost: tracker.example\r\n\r\n";
    vec![
        tcp(client, server, 9, SYN, b""),
        tcp(client, server, 10, ACK, request),
    ]
}

fn scanned(source: impl Read, limits: Limits) -> (Vec<Event>, Ending, Summary) {
    let target = Target::parse("tracker.example").expect("a name");
    let config = Config {
        own_rules: BTreeMap::from([(target, RuleMode::Block)]),
        ..Config::default()
    };
    let mut learned = Learned::unsaved(0);
    let mut heard = Heard::default();
    let examiner = Examiner::new(
        config,
        gasket_core::rules::Pack::embedded(),
        None,
        &mut learned,
        &mut heard,
    );
    let (ending, summary, _) = scan(source, limits, Flows::new(1), examiner);
    (heard.0, ending, summary)
}

#[test]
fn a_whole_capture_is_told_and_counted() {
    let file = capture(&[leak(1), leak(2)].concat());
    let (events, ending, summary) = scanned(file.as_slice(), Limits::NONE);
    assert_eq!(ending, Ending::Whole);
    assert_eq!((events.len(), summary.looked.blocks), (2, 2));
    assert_eq!((summary.packets, summary.flows.tcp_flows), (4, 2));
    let event = &events[0];
    assert_eq!(event.destination.name.as_deref(), Some("tracker.example"));
    assert!(event.bytes_left > 0 && event.app.is_none());
    let exact = Limits {
        bytes: file.len() as u64,
        flows: 2,
    };
    assert_eq!(scanned(file.as_slice(), exact).1, Ending::Whole);
}

#[test]
fn what_comes_before_the_limits_is_told() {
    let first = capture(&leak(1)).len() as u64;
    let file = capture(&[leak(1), leak(2)].concat());
    for bytes in first..file.len() as u64 {
        let (events, ending, _) = scanned(file.as_slice(), Limits { bytes, flows: 9 });
        assert_eq!((events.len(), ending), (1, Ending::TooLong), "{bytes}");
    }
    let limits = Limits {
        bytes: u64::MAX,
        flows: 1,
    };
    let file = capture(&[leak(1), leak(2), leak(3)].concat());
    let (events, ending, summary) = scanned(file.as_slice(), limits);
    assert_eq!(ending, Ending::TooManyFlows);
    assert_eq!((events.len(), summary.flows.tcp_flows), (1, 2));
}

#[test]
fn damage_has_its_place_and_what_comes_before_is_told() {
    let mut file = capture(&leak(1));
    let whole = file.len() as u64;
    file.extend([1, 2, 3]);
    let (events, ending, _) = scanned(file.as_slice(), Limits::NONE);
    assert_eq!(events.len(), 1);
    let json = serde_json::to_string(&ending).expect("JSON");
    assert!(
        json.starts_with(&format!(r#"{{"kind":"damaged","offset":{whole},"what":"#)),
        "{json}"
    );
    assert!(matches!(ending, Ending::Damaged(damage) if damage.offset == whole));
}

#[test]
fn a_source_that_fails_is_damage_in_its_words() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable was pulled"))
        }
    }
    let file = capture(&leak(1));
    let (events, ending, _) = scanned(file.as_slice().chain(Broken), Limits::NONE);
    assert_eq!(events.len(), 1);
    let Ending::Damaged(damage) = ending else {
        panic!("{ending:?}");
    };
    assert_eq!(damage.offset, file.len() as u64);
    assert!(damage.what.contains("the cable was pulled"), "{damage}");
}
