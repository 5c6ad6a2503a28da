//! `gasket identifiers`, and what the other commands do with what was typed in.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use gasket_core::event::Event;
use gasket_core::inspect::content::{Basis, IdentifierKind};

use crate::commands::{capture, gasket, text};
use crate::folder::Folder;
use crate::outside::{Outside, SERVER};

/// Invented, as in the other tests; its check digit is right.
const IMEI: &str = "350000001234562";
/// Invented.
const SERIAL: &str = "ZZ00TEST1234";
/// Of the serial number as it is typed: `printf ZZ00TEST1234 | sha256sum`.
const SERIAL_SHA256: &str = "a548779d803d448aeda3d207f988ffd237c6c5cd8b425ec0f0f3066c5cdb390f";

impl Folder {
    fn config(&self) -> String {
        self.path("gasket.json")
    }

    fn key(&self) -> String {
        self.path("gasket.json.key")
    }

    /// `gasket identifiers` on the config, with `input` on standard input.
    fn identifiers(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gasket"))
            .arg("identifiers")
            .args(arguments)
            .args(["--config", &self.config()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("gasket starts");
        let mut stdin = child.stdin.take().expect("piped");
        // A refusal may come before anything is read.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("gasket ends")
    }

    fn add(&self, kind: &str, value: &str) {
        let output = self.identifiers(&["add", kind], &format!("{value}\n"));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }

    /// The events of a capture of one request, judged by the config.
    fn scan(&self, payload: &str) -> Vec<Event> {
        let pcap = self.path("capture.pcap");
        fs::write(&pcap, capture(payload)).expect("a file");
        let output = gasket(&["scan", "--json", "--config", &self.config(), &pcap]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let lines = text(&output.stdout);
        let events = lines.lines().map(serde_json::from_str);
        events.map(|event| event.expect("an event")).collect()
    }
}

/// Refused with code 2 and these words, and nothing that was typed is repeated.
fn refused(output: &Output, words: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
    for value in [IMEI, SERIAL] {
        assert!(!said.contains(value), "{said}");
    }
}

fn get(query: &str) -> String {
    format!("GET /x?{query} HTTP/1.1\r\nHost: example.org\r\n\r\n")
}

#[test]
fn nothing_but_hashes_is_kept_and_the_rest_of_the_config_stays() {
    let folder = Folder::new("identifiers-kept");
    let before = "{\n  \"version\": 1,\n  \"rules\": {\"b\": \"off\", \"a\": \"warn\"},\n  \"mtu\": 1500\n}\n";
    fs::write(folder.config(), before).expect("a config");
    fs::set_permissions(folder.config(), fs::Permissions::from_mode(0o640)).expect("set");
    folder.add("imei", IMEI);
    folder.add("serial", SERIAL);
    let written = fs::read_to_string(folder.config()).expect("the config");
    assert!(
        written.starts_with(before.trim_end_matches("\n}\n")),
        "{written}"
    );
    for value in [IMEI, &IMEI[..14], SERIAL] {
        assert!(!written.to_lowercase().contains(&value.to_lowercase()));
    }
    let mode = |path: &str| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder.key()), 0o600);
    assert_eq!(mode(&folder.config()), 0o640, "as it was");
    assert_eq!(fs::read(folder.key()).expect("the key").len(), 32);
    let left = fs::read_dir(folder.root()).expect("the folder").count();
    assert_eq!(left, 2, "no temporary file is left");

    let listed = text(&folder.identifiers(&["list"], "").stdout);
    assert!(
        listed.contains("1  imei") && listed.contains("2  serial"),
        "{listed}"
    );
    assert!(!listed.contains("unknown time"), "{listed}");

    let again = folder.identifiers(&["add", "imei"], "35-000000-123456-2\n");
    assert!(text(&again.stdout).contains("there already"));
    let removed = folder.identifiers(&["remove", "1"], "");
    assert_eq!(text(&removed.stdout), "Removed 1; 1 left.\n");
    assert!(text(&folder.identifiers(&["list"], "").stdout).contains("1  serial"));
    refused(
        &folder.identifiers(&["remove", "2"], ""),
        &["no identifier 2", "has 1"],
    );
    assert_eq!(
        folder.identifiers(&["remove", "--all"], "").status.code(),
        Some(0)
    );
    assert_eq!(
        fs::read_to_string(folder.config()).expect("the config"),
        before
    );
    assert_eq!(
        text(&folder.identifiers(&["list"], "").stdout),
        "There are none.\n"
    );
}

#[test]
fn what_is_wrong_with_a_value_is_said_and_nothing_is_kept() {
    let folder = Folder::new("identifiers-wrong");
    let mistyped = folder.identifiers(&["add", "imei"], "350000001234563\n");
    refused(&mistyped, &["does not fit the others", "*#06#"]);
    refused(
        &folder.identifiers(&["add", "imei"], ""),
        &["nothing was given"],
    );
    refused(
        &folder.identifiers(&["add", "imei"], &format!("{IMEI}\n{IMEI}\n")),
        &["more than one line"],
    );
    refused(
        &folder.identifiers(&["add", "emei"], ""),
        &["did you mean \"imei\""],
    );
    refused(&folder.identifiers(&["add", IMEI], ""), &["no such kind"]);
    refused(
        &folder.identifiers(&["add", "imei", IMEI], ""),
        &["command line", "history"],
    );
    assert!(!PathBuf::from(folder.config()).exists());

    // Not every issuer has a check digit: kept, with a word about it.
    let doubtful = folder.identifiers(&["add", "iccid"], "8947000000000000001\n");
    assert_eq!(doubtful.status.code(), Some(0));
    let said = text(&doubtful.stderr);
    assert!(said.contains("does not check the others"), "{said}");
}

#[test]
fn identifiers_that_cannot_be_looked_for_start_nothing() {
    let folder = Folder::new("identifiers-locked");
    folder.add("imei", IMEI);
    let (config, key) = (folder.config(), folder.key());
    let pcap = folder.path("empty.pcap");
    fs::write(&pcap, capture(&get("page=2"))).expect("a file");
    let commands = |named: &[&str]| {
        let settings = [&["--config", &config], named].concat();
        [
            [&["scan"], &settings[..], &[&pcap]].concat(),
            [&["run"], &settings[..], &["--", "echo", "ran"]].concat(),
            [&["relay", "--tun", "none", "--mtu", "9000"], &settings[..]].concat(),
        ]
        .map(|arguments| gasket(&arguments))
    };
    // The control: with its key it is read; the interface is not there, which is 3.
    let [scan, _, relay] = commands(&[]);
    assert_eq!(
        (scan.status.code(), relay.status.code()),
        (Some(0), Some(3))
    );

    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).expect("set");
    for output in commands(&[]) {
        refused(&output, &["mode 0640", "chmod 600"]);
        assert_eq!(text(&output.stdout), "");
    }
    refused(
        &folder.identifiers(&["add", "serial"], SERIAL),
        &["chmod 600"],
    );

    let elsewhere = folder.path("elsewhere");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("set");
    fs::rename(&key, &elsewhere).expect("moved");
    for output in commands(&[]) {
        refused(&output, &["is not there", "remove --all"]);
        assert_eq!(text(&output.stdout), "");
    }
    refused(
        &folder.identifiers(&["add", "serial"], SERIAL),
        &["is not there"],
    );
    let [scan, ..] = commands(&["--identifier-key", &elsewhere]);
    assert_eq!(scan.status.code(), Some(0), "{}", text(&scan.stderr));

    fs::write(&elsewhere, [1; 32]).expect("written");
    for output in commands(&["--identifier-key", &elsewhere]) {
        refused(&output, &["not the one"]);
    }
    fs::write(&elsewhere, [1; 31]).expect("written");
    for output in commands(&["--identifier-key", &elsewhere]) {
        refused(&output, &["31 bytes"]);
    }
    // Without the key they can still be given up.
    assert_eq!(
        folder.identifiers(&["remove", "--all"], "").status.code(),
        Some(0)
    );
    let [scan, ..] = commands(&[]);
    assert_eq!(scan.status.code(), Some(0));
}

#[test]
fn a_serial_number_is_found_without_its_key_in_clear_and_hashed() {
    let folder = Folder::new("identifiers-found");
    for value in [SERIAL, SERIAL_SHA256] {
        let request = get(&format!("q={value}"));
        fs::write(folder.config(), r#"{"version": 1}"#).expect("a config");
        assert_eq!(
            folder.scan(&request),
            [],
            "the control: unknown, it says nothing"
        );
        folder.add("serial", SERIAL);
        let events = folder.scan(&request);
        let [event] = &events[..] else {
            panic!("one event: {events:?}");
        };
        let [finding] = &event.findings[..] else {
            panic!("one finding: {event:?}");
        };
        assert_eq!(
            (finding.kind, finding.basis),
            (IdentifierKind::Serial, Basis::Typed)
        );
        assert_eq!(finding.path.ends_with("sha-256"), value == SERIAL_SHA256);
        assert_eq!(
            folder.scan(&get("q=ZZ00TEST1235")),
            [],
            "another serial number"
        );
    }
}

#[test]
fn a_typed_serial_number_is_blocked_before_a_connection_is_made() {
    Outside::with(|outside| {
        let folder = Folder::new("identifiers-blocked");
        fs::write(folder.config(), r#"{"version": 1, "identifiers": "block"}"#).expect("a config");
        let run = |url: &str| {
            let config = folder.config();
            outside.gasket(&["run", "--config", &config, "--", "curl", "-sS", "-m5", url])
        };
        for value in [SERIAL, SERIAL_SHA256] {
            let url = format!("http://{SERVER}/x?q={value}");
            assert_eq!(
                text(&run(&url).stdout),
                "served",
                "the control: not known yet"
            );
            assert_eq!(outside.arrived().len(), 1);
            folder.add("serial", SERIAL);
            let blocked = run(&url);
            assert_eq!(outside.arrived(), Vec::<String>::new(), "{value}");
            let said = text(&blocked.stderr);
            assert!(
                said.contains("BLOCKED") && said.contains("serial number"),
                "{said}"
            );
            assert!(!said.contains(value), "masked: {said}");
            folder.identifiers(&["remove", "--all"], "");
        }
    });
}
