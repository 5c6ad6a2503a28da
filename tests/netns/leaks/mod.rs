//! Leaks by name: each is seen on the wire without Gasket, and not with it.

mod apps;
mod asking;
mod dns;
mod faults;
mod forms;
pub(crate) mod phone;
mod while_open;

use std::process::Command;

use crate::capture::{Capture, Packet, showing};
use crate::world::{Ended, Way, World, finish};
use crate::zzhc::with_check_digit;

/// Judged by content: an identifier in the open does not leave, wherever it stands.
const NO_IDENTIFIERS: &str = r#"{"version": 1, "identifiers": "block", "report_flows": true}"#;

/// A program that answers whoever is allowed to ask, so that a test can wait until what it sent before
/// was handled.
const AFTER: &str = "203.0.113.10:7001";

/// An invented IMEI.
fn imei() -> String {
    with_check_digit("35999900000103")
}

/// A document with the identifier, or with none. The identifier begins 24 bytes into it: behind the
/// eight of UDP or ICMP a fragment of 16 bytes holds all of it.
fn document(identifier: &str) -> String {
    format!("{{\"imei1\":{}\"{identifier}\"}}", " ".repeat(15))
}

const NOTHING: &str = "not told today.";

/// A world with its capture, and what the tests here have in common.
struct Scene<'a> {
    world: &'a World,
    capture: Capture<'a>,
}

impl<'a> Scene<'a> {
    fn new(world: &'a World) -> Self {
        let after = format!("udp/{AFTER}");
        world.serve(&[World::PEER, "serve-count", &after], "ready");
        world.file("leak.py", include_str!("../py/leak.py"));
        Self {
            world,
            capture: Capture::start(world),
        }
    }

    fn configure(&self, config: &str) {
        self.world.file("config.json", config);
    }

    /// What was seen while `words` ran, and how they ended.
    fn watch(&self, way: Way, words: &[&str]) -> (Vec<Packet>, Ended) {
        self.watch_command(&mut self.world.command(way, words))
    }

    fn watch_command(&self, command: &mut Command) -> (Vec<Packet>, Ended) {
        self.capture.clear();
        let ended = finish(command, &[]);
        (self.capture.packets(), ended)
    }

    /// Runs `words` straight, where `telltale` must be seen, and through Gasket, where it must not.
    fn leaks_only_straight(&self, words: &[&str], telltale: &[u8]) {
        self.arrives(Way::Direct, words, telltale);
        let (packets, ended) = self.watch(Way::Gasket, words);
        let seen = showing(&packets, telltale);
        assert!(
            seen.is_empty(),
            "{words:?} got out: {seen:#?}\n{ended:?}\n{:#?}",
            self.world.events()
        );
    }

    /// Runs `words` by `way`; `telltale` must be seen.
    fn arrives(&self, way: Way, words: &[&str], telltale: &[u8]) {
        let (packets, ended) = self.watch(way, words);
        assert!(
            !showing(&packets, telltale).is_empty(),
            "{way:?}: nobody saw {words:?}: {ended:?}\n{packets:#?}"
        );
    }

    /// Sends the identifier in `form`; and a harmless twin, which must pass where `is_relayed`.
    fn hides(&self, form: &str, address: &str, is_relayed: bool) {
        let script = |identifier: &str| {
            let document = document(identifier);
            ["python3", "leak.py", AFTER, form, address, &document].map(str::to_owned)
        };
        let leak = script(&imei());
        let leak: Vec<&str> = leak.iter().map(String::as_str).collect();
        self.leaks_only_straight(&leak, imei().as_bytes());
        // That the script came to its end shows that what it sent had been handled.
        let (_, ended) = self.watch(Way::Gasket, &leak);
        assert!(ended.status.success(), "{form}: {ended:?}");
        let twin = script(NOTHING);
        let twin: Vec<&str> = twin.iter().map(String::as_str).collect();
        let (packets, ended) = self.watch(Way::Gasket, &twin);
        assert!(ended.status.success(), "{form}: {ended:?}");
        let passed = !showing(&packets, NOTHING.as_bytes()).is_empty();
        assert_eq!(passed, is_relayed, "the twin of {form}: {packets:#?}");
    }
}

/// Opens a world for a test that crafts packets or names.
fn open(test: &str, more: &[&str]) -> Option<World> {
    World::open(test, &[&["tcpdump", "python3"], more].concat())
}
