//! A phone without Android: an app behind real tunnels, the engine before them (`netns-engine`), and a
//! platform that does what a test says.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use super::{NO_IDENTIFIERS, Scene, document, imei, open};
use crate::capture::showing;
use crate::process::{Process, Running};
use crate::servers::COLLECTOR;
use crate::world::{Ended, World};

/// The app has user id 10123.
const CHATTY: &str = r#""version": 1, "uids": {"10123": {"packages": ["com.example.chatty"]}}"#;

const ENGINE: &str = env!("CARGO_BIN_EXE_netns-engine");

/// Settings that block no app.
pub(super) fn nobody_blocked() -> String {
    format!("{{{CHATTY}}}")
}

/// Settings that block `package`; the app's is `com.example.chatty`.
pub(super) fn blocked(package: &str) -> String {
    format!(r#"{{{CHATTY}, "apps": {{"{package}": "block"}}}}"#)
}

/// The phone; all of it ends with its world.
pub(crate) struct Phone<'a> {
    world: &'a World,
    running: Running,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl<'a> Phone<'a> {
    /// With two tunnels, the first in use.
    pub(crate) fn start(world: &'a World, config: &str) -> Self {
        Self::telling(world, config, None)
    }

    /// As [`Phone::start`]; events go to the file `events`.
    pub(crate) fn telling(world: &'a World, config: &str, events: Option<&str>) -> Self {
        let launcher = world.file("launch.py", include_str!("../../bridge/launch.py"));
        let mut command =
            world.inside(&["python3", &launcher, "app.namespace", "2", ENGINE, config]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.envs(events.map(|path| ("EVENTS", path)));
        let mut running = Running::start(&mut command);
        let commands = running.child.stdin.take().expect("piped");
        let output = running.child.stdout.take().expect("piped");
        let mut phone = Self {
            world,
            running,
            commands,
            answers: BufReader::new(output).lines(),
        };
        phone.is_told("ready");
        phone
    }

    /// Tells engine or platform, and waits until it has obeyed.
    pub(crate) fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").expect("the engine takes commands");
        self.is_told("ok");
    }

    fn is_told(&mut self, expected: &str) {
        let answer = self.answers.next().and_then(Result::ok);
        assert_eq!(answer.as_deref(), Some(expected), "the engine has ended");
    }

    /// `words` as the app.
    pub(crate) fn app(&self, words: &[&str]) -> Command {
        let patience = ["timeout", "--kill-after=5", "60"];
        self.patient_app(&[&patience, words].concat())
    }

    /// As [`Phone::app`], for as long as it takes.
    pub(crate) fn patient_app(&self, words: &[&str]) -> Command {
        let enter = ["nsenter", "--net=app.namespace", "--"];
        self.world.inside(&[&enter, words].concat())
    }

    /// Has the engine sleep, or go on. Whoever waits for it sleeps along (nsenter), and must be woken, too.
    pub(crate) fn sleep(&self, on: bool) {
        if on {
            return self.engine().signal("STOP");
        }
        for program in ["nsenter", ENGINE] {
            for process in self.running.processes(program) {
                process.signal("CONT");
            }
        }
    }

    /// What the engine has logged.
    pub(crate) fn said(&self) -> Vec<String> {
        self.running.said()
    }

    /// `words` as the app, where they must succeed.
    pub(crate) fn set(&self, words: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        let ended = crate::world::finish(&mut self.app(&words), &[]);
        assert!(ended.status.success(), "{words:?}: {ended:?}");
    }

    pub(crate) fn engine(&self) -> Process {
        self.running.processes(ENGINE)[0]
    }
}

/// Sends to the collector by TCP and UDP, as the app.
fn post(scene: &Scene<'_>, phone: &Phone<'_>, text: &str) -> (usize, Ended) {
    let hex = data_encoding::HEXLOWER.encode(text.as_bytes());
    let lines = format!("udp {COLLECTOR}:7008 {hex}\ntcp {COLLECTOR}:7007 {hex}\n");
    scene.world.file("lines", lines);
    let words = ["sh", "-c", "\"$0\" replay < lines", World::PEER];
    let (packets, ended) = scene.watch_command(&mut phone.app(&words));
    (showing(&packets, text.as_bytes()).len(), ended)
}

/// A message as `serve-count` knows it: its length comes first.
fn message(text: &str) -> String {
    let length = u8::try_from(2 + text.len()).expect("a short text");
    format!("\0{}{text}", char::from(length))
}

fn serve(world: &World) {
    let listeners = [
        format!("udp/{COLLECTOR}:7008"),
        format!("tcp/{COLLECTOR}:7007"),
    ];
    world.serve(
        &[World::PEER, "serve-count", &listeners[0], &listeners[1]],
        "ready",
    );
}

/// A socket that cannot be kept out of the tunnel is not used, for whatever it was wanted.
#[test]
fn sockets_that_cannot_be_protected() {
    let Some(world) = open("sockets_that_cannot_be_protected", &[]) else {
        return;
    };
    serve(&world);
    let scene = Scene::new(&world);
    let mut phone = Phone::start(&world, &nobody_blocked());
    let message = message("hello");
    for (answer, passes) in [("yes", true), ("no", false), ("yes", true)] {
        phone.tell(&format!("protect {answer}"));
        let (seen, ended) = post(&scene, &phone, &message);
        assert_eq!(seen > 0, passes, "protect {answer}: {ended:?}");
        let pinged = scene.watch_command(&mut phone.app(&["ping", "-c1", "-W1", COLLECTOR]));
        let seen = pinged
            .0
            .iter()
            .filter(|packet| packet.destination.ip().to_string() == COLLECTOR);
        assert_eq!(seen.count() > 0, passes, "protect {answer}: {pinged:?}");
    }
}

/// Where some app is blocked, an owner who is not named in time, or not at all, could be that one.
#[test]
fn an_owner_who_is_not_named() {
    let Some(world) = open("an_owner_who_is_not_named", &[]) else {
        return;
    };
    serve(&world);
    let scene = Scene::new(&world);
    let mut phone = Phone::start(&world, &blocked("com.example.other"));
    let message = message("hello");
    for (owner, passes) in [
        ("10123", true),
        ("none", false),
        ("silent", false),
        ("10123", true),
    ] {
        phone.tell(&format!("owner {owner}"));
        let (seen, ended) = post(&scene, &phone, &message);
        assert_eq!(seen > 0, passes, "owner {owner}: {ended:?}");
    }
}

/// A platform that names the wrong app cannot be found out; what the rules say holds for any.
#[test]
fn leak_under_a_wrong_name() {
    let Some(world) = open("leak_under_a_wrong_name", &[]) else {
        return;
    };
    serve(&world);
    let scene = Scene::new(&world);
    let mut phone = Phone::start(&world, NO_IDENTIFIERS);
    for owner in ["10123", "10999", "0", "none", "silent"] {
        phone.tell(&format!("owner {owner}"));
        let (seen, ended) = post(&scene, &phone, &message(&document(&imei())));
        assert_eq!(seen, 0, "owner {owner}: {ended:?}");
        let (seen, ended) = post(&scene, &phone, &message(&document("not told")));
        assert!(seen > 0, "owner {owner}: {ended:?}");
    }
}
