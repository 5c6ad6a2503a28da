//! `gasket demo`, `scan`, `run` and `relay` as their user sees them: output, exit codes, and what arrives at
//! a server outside.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use gasket_core::event::Event;

use crate::outside::{Outside, SERVER};

/// The invented identifier of these tests; its check digit is right.
const IMEI: &str = "350000001234562";

pub(crate) fn gasket(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gasket"))
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .expect("gasket starts")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A file of this test run; `name` must be unique among the tests.
fn file(name: &str, content: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("a file");
    path.display().to_string()
}

/// A pcap of raw IP packets: one TCP connection that sends `payload`.
pub(crate) fn capture(payload: &str) -> Vec<u8> {
    capture_at(0, payload)
}

/// The same, `seconds` after 1970.
pub(crate) fn capture_at(seconds: u32, payload: &str) -> Vec<u8> {
    let mut pcap = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        pcap.extend(word.to_le_bytes());
    }
    let segments: [(u32, u8, &str); 2] = [(1, 2, ""), (2, 0x11, payload)];
    for (sequence, flags, payload) in segments {
        let mut packet = vec![0x45, 0];
        packet.extend((40 + payload.len() as u16).to_be_bytes());
        packet.extend([0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 198, 51, 100, 7]);
        packet.extend([0x9c, 0x40, 0, 80]);
        packet.extend(sequence.to_be_bytes());
        packet.extend([0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend(payload.bytes());
        for word in [seconds, 0, packet.len() as u32, packet.len() as u32] {
            pcap.extend(word.to_le_bytes());
        }
        pcap.extend(packet);
    }
    pcap
}

fn request(query: &str) -> String {
    format!("GET /x{query} HTTP/1.1\r\nHost: example.org\r\n\r\n")
}

#[test]
fn scan_tells_a_leak_and_is_silent_about_an_ordinary_request() {
    let leak = file("leak.pcap", &capture(&request(&format!("?imei={IMEI}"))));
    let output = gasket(&["scan", &leak]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    assert!(
        said.contains("WOULD WARN") && said.contains("IMEI"),
        "{said}"
    );
    assert!(!said.contains(IMEI), "masked: {said}");
    assert!(said.contains("1 readable request"), "{said}");

    let ordinary = file("ordinary.pcap", &capture(&request("?page=2")));
    let output = gasket(&["scan", &ordinary]);
    let said = text(&output.stdout);
    assert_eq!(said.lines().count(), 3, "a summary only: {said}");
    let said = text(&gasket(&["scan", "-v", &ordinary]).stdout);
    assert!(said.contains("GET example.org/x\n"), "{said}");
}

#[test]
fn scan_gives_one_event_a_line_as_json() {
    let leak = file("json.pcap", &capture(&request(&format!("?imei={IMEI}"))));
    let output = gasket(&["scan", "--json", &leak]);
    let lines = text(&output.stdout);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let event: Event = serde_json::from_str(&lines).expect("an event");
    assert_eq!(event.findings.len(), 1);
    assert!(
        event.dialled && event.bytes_left > 0,
        "a capture's bytes have left"
    );
    assert!(text(&output.stderr).contains("2 packets"), "the summary");
}

#[test]
fn scan_reports_what_precedes_the_damage_and_fails() {
    let mut damaged = capture(&request(&format!("?imei={IMEI}")));
    let whole = damaged.len();
    damaged.extend([0; 7]);
    let damaged = file("damaged.pcap", &damaged);
    let output = gasket(&["scan", &damaged]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("WOULD WARN"));
    let error = text(&output.stderr);
    assert!(
        error.contains(&format!("{damaged}: at byte {whole}: ")),
        "{error}"
    );

    let empty = file("empty.pcap", b"");
    let output = gasket(&["scan", &empty, "/nonexistent.pcap"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert_eq!(error.lines().count(), 2, "one line for each file: {error}");
}

/// What captures/README.md says is in each; the captures are other people's and not of this
/// repository, hence the search beside it.
#[test]
fn real_captures_hold_what_is_known_of_them() {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let captures = beside.map(|folder| folder.join("shared/captures"));
    let Some(captures) = captures.into_iter().find(|folder| folder.is_dir()) else {
        return eprintln!("SKIPPED: no shared/captures beside the repository");
    };
    let events = |name: &str| {
        let path = captures.join(name).display().to_string();
        let output = gasket(&["scan", "--json", &path]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let lines = text(&output.stdout);
        let parsed = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("an event"));
        parsed.collect::<Vec<Event>>()
    };
    let alerts = |events: &[Event]| {
        let alerting = events
            .iter()
            .flat_map(|event| &event.findings)
            .filter(|f| f.alerts());
        alerting.count()
    };
    let webex = events("webex.pcap");
    let pushes = webex.iter().filter(|event| {
        event.destination.name.as_deref() == Some("cp.pushwoosh.com") && !event.findings.is_empty()
    });
    assert_eq!(pushes.count(), 2, "{webex:?}");
    assert_eq!(alerts(&events("ocs.pcap")), 1);
    assert_eq!(alerts(&events("waze.pcap")), 0);
    let xiaomi = events("xiaomi.pcap");
    assert_eq!(
        alerts(&xiaomi),
        0,
        "the placeholder is no address: {xiaomi:?}"
    );
    let bare = xiaomi
        .iter()
        .find(|e| e.destination.address.to_string() == "203.107.1.65");
    assert!(
        bare.is_some_and(|event| event.destination.name.is_none()),
        "{xiaomi:?}"
    );
    assert_eq!(events("android.pcap"), [], "ordinary traffic");
    events("coap_mqtt.pcap");
}

#[test]
fn mistakes_are_2_and_start_nothing() {
    for arguments in [
        &["scan"] as &[&str],
        &["run"],
        &["relay", "--tun", "x", "--mtu", "100"],
        &["nonsense"],
    ] {
        assert_eq!(gasket(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let config = file("wrong.json", br#"{"version": 1, "identifers": "block"}"#);
    let output = gasket(&["run", "--config", &config, "--", "echo", "ran"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    let error = text(&output.stderr);
    for word in [
        "line 1",
        "column",
        "identifers",
        "Did you mean \"identifiers\"",
    ] {
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn a_block_arrives_nowhere_and_its_sibling_does() {
    Outside::with(|outside| {
        let url = format!("http://{SERVER}/x?imei={IMEI}");
        let events = file("block.jsonl", b"");
        let config = file("block.json", br#"{"version": 1, "identifiers": "block"}"#);
        // A silent curl: the two would write their lines in any order.
        let blocked = outside.gasket(&[
            "run", "--config", &config, "--events", &events, "--", "curl", "-s", "-m5", &url,
        ]);
        assert_eq!(
            outside.arrived(),
            Vec::<String>::new(),
            "not even a connection"
        );
        assert_ne!(blocked.status.code(), Some(0), "curl noticed");
        let said = text(&blocked.stderr);
        assert!(said.starts_with("BLOCKED     At "), "{said}");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains(
                ", curl tried to send the phone's IMEI, readable by anyone on the way, to"
            ) && said.contains("Blocked. Nothing left this computer."),
            "{said}"
        );
        let line = fs::read_to_string(&events).expect("the events");
        let event: Event = serde_json::from_str(&line).expect("one event");
        assert!(!event.dialled && event.bytes_left == 0);

        // The positive control: the same request, only warned about.
        let warned = outside.gasket(&["run", "--json", "--", "curl", "-sS", "-m5", &url]);
        assert_eq!(text(&warned.stdout), "served");
        assert_eq!(warned.status.code(), Some(0));
        let arrived = outside.arrived();
        assert!(
            arrived.len() == 1 && arrived[0].contains(IMEI),
            "{arrived:?}"
        );
        let event = text(&warned.stderr);
        let event: Event = serde_json::from_str(&event).expect("one event");
        assert_eq!(
            event.bytes_left,
            arrived[0].len() as u64,
            "counted to the byte"
        );
    });
}

#[test]
fn run_ends_as_its_program_ends() {
    Outside::with(|outside| {
        for (script, code) in [("exit 7", 7), ("kill -TERM $$", 143), ("true", 0)] {
            let output = outside.gasket(&["run", "--", "sh", "-c", script]);
            assert_eq!(output.status.code(), Some(code), "{script}");
        }
        let output = outside.gasket(&["run", "--", "/nonexistent/program"]);
        assert_eq!(output.status.code(), Some(127));
        assert!(text(&output.stderr).contains("cannot start /nonexistent/program"));
    });
}

#[test]
fn run_hands_signals_on() {
    Outside::with(|outside| {
        let script = "trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.05; done";
        let child = outside.start(&["run", "--", "bash", "-c", script]);
        let output = outside.end_with_signal(child, "ready");
        assert_eq!(output.status.code(), Some(5));
        assert!(text(&output.stdout).contains("got it"));
    });
}

#[test]
fn names_are_asked_through_the_tunnel() {
    Outside::with(|outside| {
        let server = outside.dns_server();
        let config = format!(r#"{{"version": 1, "dns_upstreams": ["{server}"]}}"#);
        let config = file("dns.json", config.as_bytes());
        let output = outside.gasket(&[
            "run",
            "--config",
            &config,
            "--",
            "curl",
            "-sS",
            "-m5",
            "http://named.test/",
        ]);
        assert_eq!(text(&output.stdout), "served", "{}", text(&output.stderr));
    });
}

#[test]
fn relay_ends_within_a_second_of_sigterm() {
    Outside::with(|outside| {
        outside.ip("tuntap add dev tun7 mode tun");
        outside.ip("link set tun7 mtu 9000 up");
        let nobody = outside.gasket(&["relay", "--tun", "tun8", "--mtu", "9000"]);
        assert_eq!(
            nobody.status.code(),
            Some(3),
            "an interface that is not there"
        );
        let child = outside.start(&["relay", "--tun", "tun7", "--mtu", "9000"]);
        // It says nothing; that it holds the interface shows in nobody else getting it.
        let until = Instant::now() + Duration::from_secs(5);
        while !outside.is_held("tun7") && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        let begun = Instant::now();
        let output = outside.end_with_signal(child, "");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "{:?}",
            begun.elapsed()
        );
    });
}

/// What is shown of the acts, without the times of day and the words about where it plays.
fn acts_of(demo: &Output) -> String {
    assert!(demo.status.success(), "{demo:?}");
    let text = text(&demo.stdout);
    let acts = text.split_once("\n1. ").expect("a first act").1;
    let timeless = acts.lines().map(|line| match line.split_once("At ") {
        Some((before, after)) if after.as_bytes().get(2) == Some(&b':') => {
            before.to_owned() + after.split_at(8).1
        }
        _ => line.to_owned(),
    });
    timeless.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_demo_shows_the_same_on_the_wire_and_in_memory() {
    let live = gasket(&["demo"]);
    let memory = gasket(&["demo", "--in-memory"]);
    assert_eq!(acts_of(&live), acts_of(&memory));
    assert!(text(&memory.stdout).contains("in memory"));
    assert!(text(&live.stdout).contains("Blocked. Nothing left the phone."));
    let said = text(&live.stdout);
    assert!(said.contains("Checked on the wire: 4 leaks"), "{said}");
    // The sinkhole and its control.
    let act = said
        .split("\n4. ")
        .nth(1)
        .and_then(|rest| rest.split("\n5. ").next());
    let act = act.expect("a fourth act");
    let words: Vec<_> = act.split_whitespace().collect();
    let (blocked, answered) = act.split_at(act.find("Answered:  ").expect("the answer"));
    assert!(blocked.contains("The app tried 11 times."), "{act}");
    assert!(answered.contains("The app tried once."), "{act}");
    for play in [blocked, answered] {
        assert!(
            play.contains("nothing: no byte, no connection attempt (SYN)"),
            "{act}"
        );
    }
    assert!(
        words
            .join(" ")
            .contains("Answered by this phone, in its server's place. Nothing left the phone."),
        "{act}"
    );
}

#[test]
fn the_demo_gives_its_events_as_json_lines() {
    let demo = gasket(&["demo", "--json"]);
    assert!(demo.status.success(), "{demo:?}");
    let events: Vec<Event> = text(&demo.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    assert!(events.len() >= 5, "{events:?}");
    assert!(text(&demo.stderr).contains("Checked on the wire"));
}

#[test]
fn an_override_of_a_rule_that_is_not_there_is_pointed_out() {
    let config = file(
        "unknown-rule.json",
        br#"{"version": 1, "rules": {"no-such-rule": "warn"}}"#,
    );
    let capture = file("unknown-rule.pcap", &capture(&request("")));
    let scan = gasket(&["scan", "--config", &config, &capture]);
    assert_eq!(scan.status.code(), Some(0));
    let said = text(&scan.stderr);
    assert!(said.contains("no rule has the id no-such-rule"), "{said}");
}
