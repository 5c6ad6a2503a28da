//! `--learned`: random codes that come again, over captures of different days and from one run to the next.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gasket_core::event::Event;
use gasket_core::inspect::content::{Basis, IdentifierKind};
use gasket_core::policy::Decision;

use crate::commands::{capture_at, gasket, text};
use crate::folder::Folder;
use crate::outside::{Outside, SERVER};

/// Invented.
const TOKEN: &str = "b3d9f1a27c604e85";
/// 2026-01-01T00:00Z in seconds.
const START: u32 = 1_767_225_600;
const DAY: u32 = 86_400;

impl Folder {
    /// A capture of one request that holds the token, so many days after the first.
    fn capture(&self, day: u32) -> String {
        let path = self.path(&format!("day{day}.pcap"));
        let request =
            format!("GET /x?visitor_id={TOKEN} HTTP/1.1\r\nHost: metrics.example.org\r\n\r\n");
        fs::write(&path, capture_at(START + day * DAY, &request)).expect("a file");
        path
    }
}

/// The events of a scan with these arguments.
fn scan(arguments: &[&str]) -> Vec<Event> {
    let output = gasket(&[&["scan", "--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let events = lines.lines().map(serde_json::from_str);
    events.map(|event| event.expect("an event")).collect()
}

fn is_learned(events: &[Event]) -> bool {
    let [event] = events else {
        return false;
    };
    let [finding] = &event.findings[..] else {
        return false;
    };
    assert!(!finding.masked.contains(TOKEN), "masked");
    (event.verdict, finding.kind, finding.basis)
        == (Decision::Warn, IdentifierKind::StableId, Basis::Learned)
}

#[test]
fn two_captures_days_apart_show_it_and_one_does_not() {
    let folder = Folder::new("learned-captures");
    let (first, third) = (folder.capture(0), folder.capture(2));
    assert_eq!(scan(&[&first]), [], "the control");
    assert_eq!(scan(&[&first, &first]), [], "the same day again");
    assert!(is_learned(&scan(&[&first, &third])));
    assert!(is_learned(&scan(&[&third, &first])), "in any order");
}

#[test]
fn what_is_kept_is_the_owners_alone_and_holds_no_token() {
    let folder = Folder::new("learned-kept");
    let (state, key) = (folder.path("state"), folder.path("state.key"));
    let kept = ["--learned", state.as_str()];
    let with = |capture: &str| scan(&[&kept[..], &[capture]].concat());
    assert_eq!(with(&folder.capture(0)), []);
    let mode = |path: &str| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&state), mode(&key)), (0o600, 0o600));
    let bytes = fs::read(&state).expect("the state");
    assert!(bytes.starts_with(b"GSKTMEM1"));
    assert!(
        !bytes
            .windows(TOKEN.len())
            .any(|window| window == TOKEN.as_bytes())
    );
    assert!(is_learned(&with(&folder.capture(2))));
    // Nothing temporary stays behind.
    let is_ours = |path: &Path| path.extension().is_none_or(|end| end != "pcap");
    let files = fs::read_dir(folder.root()).expect("the folder");
    let count = files
        .filter(|file| is_ours(&file.as_ref().expect("a file").path()))
        .count();
    assert_eq!(count, 2);
}

#[test]
fn a_file_that_cannot_be_read_starts_nothing_and_is_left_as_it_is() {
    let folder = Folder::new("learned-broken");
    let (state, key) = (folder.path("state"), folder.path("state.key"));
    let capture = folder.capture(0);
    let refused = |word: &str| {
        let output = gasket(&["scan", "--learned", &state, &capture]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(word) && said.contains("state"),
            "no {word:?} in: {said}"
        );
        assert_eq!(text(&output.stdout), "");
    };
    scan(&["--learned", &state, &capture]);
    let whole = fs::read(&state).expect("the state");
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    fs::write(&state, &damaged).expect("written");
    refused("damaged");
    assert_eq!(fs::read(&state).expect("the state"), damaged);
    fs::write(&state, b"something else altogether").expect("written");
    refused("GSKTLRN1");
    fs::write(&state, &whole).expect("written");
    let secret = fs::read(&key).expect("the key");
    fs::remove_file(&key).expect("removed");
    refused("its key");
    fs::write(&key, &secret).expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("set");
    assert_eq!(scan(&["--learned", &state, &capture]), [], "the control");
}

#[test]
fn a_run_knows_what_the_run_before_had_learned() {
    Outside::with(|outside| {
        let folder = Folder::new("learned-runs");
        let state = folder.path("state");
        let url = format!("http://{SERVER}/x?uid={TOKEN}");
        let talk = format!(
            "exec 3<>/dev/tcp/{SERVER}/80; printf 'GET /x?uid={TOKEN} HTTP/1.0\\r\\n\\r\\n' >&3; \
             read -r -t 5 line <&3"
        );
        let curl = ["curl", "-sS", "-m5", &url];
        let bash = ["bash", "-c", &talk];
        let run = |options: &[&str], command: &[&str]| {
            let all = [&["run", "--json"], options, &["--"], command].concat();
            let output = outside.gasket(&all);
            assert_eq!(
                outside.arrived().len(),
                1,
                "it is never blocked: {}",
                text(&output.stderr)
            );
            text(&output.stderr)
        };
        let kept = ["--learned", state.as_str()];
        assert!(
            !run(&kept, &curl).contains("learned"),
            "the control: one app, one day"
        );
        assert!(
            !run(&kept, &curl).contains("learned"),
            "the control: the same app again"
        );
        assert!(
            !run(&[], &bash).contains("learned"),
            "the control: nothing was kept"
        );
        let said = run(&kept, &bash);
        assert!(
            said.contains("\"basis\":\"learned\"") && !said.contains(TOKEN),
            "{said}"
        );
    });
}
