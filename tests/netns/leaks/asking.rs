//! What would only be warned about, held until somebody answers: a real curl through the engine.

use std::io::{BufRead, BufReader, Lines};
use std::process::{ChildStdout, Stdio};

use serde_json::Value;

use super::{Scene, imei};
use crate::capture::{dials, sent_to};
use crate::leaks::phone::Phone;
use crate::process::Running;
use crate::servers::{BASE, WEB, web};
use crate::world::{World, finish};

/// Held before it is dialled, and held on a connection that is there already.
const PORTS: [(u16, bool); 2] = [(9999, false), (80, true)];

const SECONDS: u32 = 2;

/// The app's; asked about for so many seconds.
fn asking(seconds: u32) -> String {
    format!(
        r#"{{"version": 1, "uids": {{"10123": {{"packages": ["com.example.chatty"]}}}},
           "apps": {{"com.example.chatty": "ask"}}, "hold_ports": [9999], "ask_seconds": {seconds}}}"#
    )
    .replace('\n', " ")
}

/// Events as they are written.
struct Events {
    tail: Running,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Events {
    fn follow(world: &World) -> Self {
        let mut command = world.inside(&["tail", "-n", "+1", "-f", "events.jsonl"]);
        let mut tail = Running::start(command.stdout(Stdio::piped()));
        let lines = BufReader::new(tail.child.stdout.take().expect("piped")).lines();
        Self { tail, lines }
    }

    /// The next one about a request.
    fn next(&mut self) -> Value {
        let lines = self
            .lines
            .by_ref()
            .map(|line| line.expect("it is followed"));
        let mut events = lines.map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
        events
            .find(|event| event["subject"] == "request")
            .expect("it goes on for ever")
    }

    /// The next one, which must be a question; its number.
    fn question(&mut self) -> u64 {
        let event = self.next();
        assert_eq!(event["asked"]["outcome"], "waiting", "{event}");
        event["asked"]["question"].as_u64().expect("a number")
    }
}

struct Asked<'a> {
    scene: Scene<'a>,
    phone: Phone<'a>,
    events: Events,
    body: String,
}

impl<'a> Asked<'a> {
    fn start(world: &'a World, seconds: u32) -> Self {
        web(world);
        let body = format!("{{\"imei\":\"{}\"}}", imei());
        world.file("body", &body);
        world.file("events.jsonl", "");
        Self {
            scene: Scene::new(world),
            phone: Phone::telling(world, &asking(seconds), Some("events.jsonl")),
            events: Events::follow(world),
            body,
        }
    }

    /// A curl that posts the document, on its way.
    fn post(&self, port: u16) -> Running {
        self.scene.capture.clear();
        let url = format!("http://{WEB}:{port}/in");
        let mut curl = self.phone.app(&[
            "curl",
            "-sS",
            "--http1.1",
            "--data-binary",
            "@body",
            "-o",
            "answer",
            &url,
        ]);
        Running::start(curl.stdout(Stdio::null()))
    }

    /// What was sent to the server, and whether it was dialled.
    fn sent(&self, port: u16) -> (Vec<u8>, bool) {
        let packets = self.scene.capture.packets();
        let server = format!("{WEB}:{port}").parse().expect("an address");
        let sent = sent_to(&packets, server).concat();
        (sent, dials(&packets, server) > 0)
    }

    fn is_decided(&mut self, port: u16, mut curl: Running, outcome: &str) {
        let event = self.events.next();
        assert_eq!(event["asked"]["outcome"], outcome, "{event}");
        let status = curl.child.wait().expect("curl ends");
        let (sent, _) = self.sent(port);
        if outcome == "allowed" {
            assert!(status.success(), "{status}");
            assert!(sent.starts_with(b"POST /in HTTP/1.1\r\n"));
            assert!(sent.ends_with(self.body.as_bytes()));
            assert_eq!(event["verdict"], "warn");
            assert_eq!(event["bytes_left"], sent.len() as u64);
        } else {
            assert!(!status.success(), "curl got an answer");
            assert_eq!(String::from_utf8_lossy(&sent), "");
            assert_eq!(
                (&event["verdict"], &event["bytes_left"]),
                (&"block".into(), &0.into())
            );
        }
    }
}

#[test]
fn what_an_app_is_asked_about_waits_for_the_answer() {
    let test = "what_an_app_is_asked_about_waits_for_the_answer";
    let Some(world) = World::open(test, &BASE) else {
        return;
    };
    let mut asked = Asked::start(&world, 60);
    // The control: straight it arrives at once.
    let url = format!("http://{WEB}/in");
    asked.scene.capture.clear();
    let words = [
        "curl",
        "-sS",
        "--data-binary",
        "@body",
        "-o",
        "answer",
        &url,
    ];
    finish(&mut world.inside(&words), &[]);
    assert!(asked.sent(80).0.ends_with(asked.body.as_bytes()));
    for (port, is_dialled) in PORTS {
        for (answer, outcome) in [("yes", "allowed"), ("no", "blocked")] {
            let curl = asked.post(port);
            let question = asked.events.question();
            assert_eq!(asked.sent(port), (Vec::new(), is_dialled));
            asked.phone.tell(&format!("answer {question} {answer}"));
            asked.is_decided(port, curl, outcome);
        }
        // By the same answer.
        let curl = asked.post(port);
        asked.is_decided(port, curl, "as_before");
        // Other treatments forget it.
        for settings in [r#"{"version": 1}"#, &asking(60)] {
            asked.phone.tell(&format!("config {settings}"));
        }
    }
    asked.events.tail.end();
}

#[test]
fn without_an_answer_nothing_leaves() {
    let Some(world) = World::open("without_an_answer_nothing_leaves", &BASE) else {
        return;
    };
    let mut asked = Asked::start(&world, SECONDS);
    for (port, _) in PORTS {
        let curl = asked.post(port);
        let question = asked.events.question();
        asked.is_decided(port, curl, "unanswered");
        // Too late for this one, and in time for the next.
        asked.phone.tell(&format!("answer {question} yes"));
        let curl = asked.post(port);
        asked.is_decided(port, curl, "allowed");
    }
    asked.events.tail.end();
}
