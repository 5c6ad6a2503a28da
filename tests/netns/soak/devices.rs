//! What the apps run on: the engine on a platform that misbehaves, and `gasket run`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::json;

use super::forms::BLOCKED_NAME;
use super::kinds::{Device, Who};
use super::ledger::Ledger;
use super::places;
use crate::leaks::phone::Phone;
use crate::process::{Process, processes_of};
use crate::world::{World, gasket};

/// Apps of the phone; the last one is blocked all the time.
pub(super) const APPS: u8 = 4;

/// Where the phone answers names.
pub(super) const PHONE_RESOLVER: &str = "10.111.0.53:53";
/// Where `gasket run` does.
pub(super) const COMMAND_RESOLVER: &str = "10.111.222.2:53";

/// A ledger that several write to.
#[derive(Debug, Clone)]
pub(super) struct Book(Arc<Mutex<Ledger>>);

impl Book {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self(Arc::new(Mutex::new(ledger)))
    }

    pub(super) fn open(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An app that takes orders.
#[derive(Debug)]
pub(super) struct App {
    pub(super) who: Who,
    child: Child,
    orders: ChildStdin,
}

impl App {
    /// Starts it; it is ready when this returns.
    pub(super) fn start(command: &mut Command, who: Who, book: &Book) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("nsenter starts");
        let errors = BufReader::new(child.stderr.take().expect("piped"));
        let failing = book.clone();
        thread::spawn(move || {
            for line in errors
                .lines()
                .map_while(Result::ok)
                .filter(|line| is_alarming(line))
            {
                failing.open().fail(format!("{who:?} said: {line}"));
            }
        });
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut lines = output.lines().map_while(Result::ok);
        assert_eq!(
            lines.next().as_deref(),
            Some("ready"),
            "{who:?} does not start"
        );
        let ending = book.clone();
        thread::spawn(move || lines.for_each(|line| ending.open().end(&line)));
        let orders = child.stdin.take().expect("piped");
        Self { who, child, orders }
    }

    /// Gives an order; `false` if there is nobody any more.
    pub(super) fn order(&mut self, id: u64, line: &str) -> bool {
        writeln!(self.orders, "{id} {line}").is_ok()
    }

    /// The processes of `gasket` around it, the outermost first.
    pub(super) fn gaskets(&self) -> Vec<Process> {
        processes_of(self.child.id(), gasket())
    }

    /// Ends it and what is around it.
    pub(super) fn end(mut self) {
        for program in [gasket(), World::PEER] {
            for process in processes_of(self.child.id(), program) {
                process.signal("KILL");
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What no program of ours says when all is well.
pub(super) fn is_alarming(line: &str) -> bool {
    ["ERROR", "panicked", "engine has stopped"]
        .iter()
        .any(|word| line.contains(word))
}

/// The settings of the phone: who is blocked besides the last app, and who is asked for names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) blocked: Option<u8>,
    pub(super) resolver: &'static str,
    /// Something that concerns nobody.
    pub(super) round: usize,
}

impl Settings {
    pub(super) const QUIET: Self = Self {
        blocked: None,
        resolver: places::RESOLVER,
        round: 0,
    };

    pub(super) fn json(&self) -> String {
        let name = |app: u8| format!("com.example.app{app}");
        let uids: BTreeMap<String, serde_json::Value> = (1..=APPS)
            .map(|app| {
                (
                    (10120 + u32::from(app)).to_string(),
                    json!({"packages": [name(app)]}),
                )
            })
            .collect();
        let mut apps = BTreeMap::from([(name(APPS), "block")]);
        apps.extend(self.blocked.map(|app| (name(app), "block")));
        apps.insert(format!("com.example.nobody{}", self.round), "block");
        json!({
            "version": 1,
            "identifiers": "block",
            "blocked_names": [BLOCKED_NAME],
            "resolver_addresses": ["10.111.0.53"],
            "dns_upstreams": [self.resolver],
            "uids": uids,
            "apps": apps,
        })
        .to_string()
    }
}

/// The phone with its two tunnels and its apps.
pub(super) fn phone<'a>(world: &'a World, book: &Book) -> (Phone<'a>, Vec<App>) {
    let events = fifo(world, "phone.events", book);
    let mut phone = Phone::telling(world, &Settings::QUIET.json(), Some(&events));
    phone.tell("owner source");
    for tunnel in 0..2 {
        phone.set(&format!("ip link set tun{tunnel} txqueuelen 10000"));
    }
    for app in 1..=APPS {
        if app > 1 {
            phone.set(&format!("ip address add 10.111.0.{app}/32 dev tun0"));
        }
        // On the loopback: they stay while tunnels are replaced.
        phone.set(&format!(
            "ip -6 address add fd00:111::{app}/128 dev lo nodad"
        ));
    }
    phone.set("ip -6 route add default dev tun0");
    let range = "echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range";
    let allowed = crate::world::finish(&mut phone.app(&["sh", "-c", range]), &[]);
    assert!(allowed.status.success(), "{allowed:?}");
    let start = |app: u8| {
        let own = [format!("10.111.0.{app}"), format!("fd00:111::{app}")];
        let words = [World::PEER, "soak-app", &own[0], &own[1]];
        let who = Who {
            device: Device::Phone,
            app,
        };
        App::start(&mut phone.patient_app(&words), who, book)
    };
    let apps = (1..=APPS).map(start).collect();
    (phone, apps)
}

/// Has what is written to a new pipe read as events, until [`close`] is called; its path.
pub(super) fn fifo(world: &World, name: &str, book: &Book) -> String {
    world.run_ok(&["mkfifo", name]);
    let path = world.folder().join(name);
    // For writing, too: it does not end with any one writer, and opening it waits for none.
    let pipe = File::options()
        .read(true)
        .write(true)
        .open(&path)
        .expect("a pipe");
    let book = book.clone();
    thread::spawn(move || {
        let lines = BufReader::new(pipe).lines().map_while(Result::ok);
        for line in lines.take_while(|line| line != END) {
            book.open().event(&line);
        }
    });
    path.to_str().expect("a plain path").to_owned()
}

const END: &str = "end";

/// No more events come by that pipe.
pub(super) fn close(world: &World, name: &str) {
    let pipe = File::options()
        .read(true)
        .write(true)
        .open(world.folder().join(name));
    let _ = pipe.and_then(|mut pipe| writeln!(pipe, "{END}"));
}

/// `gasket run` with an app; events go to `events`.
pub(super) fn command(world: &World, events: &str, book: &Book) -> App {
    let words = [
        gasket(),
        "run",
        "--config",
        "run.json",
        "--events",
        events,
        "--",
        World::PEER,
        "soak-app",
    ];
    let who = Who {
        device: Device::Command,
        app: 1,
    };
    App::start(&mut world.inside(&words), who, book)
}

/// The settings of `gasket run`.
pub(super) fn command_settings() -> String {
    json!({"version": 1, "identifiers": "block", "blocked_names": [BLOCKED_NAME]}).to_string()
}
