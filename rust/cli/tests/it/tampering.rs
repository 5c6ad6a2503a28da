//! What `gasket evidence` and `gasket verify` say of files that are not as they were written, or are none.

use std::fs;
use std::io::{BufRead as _, BufReader};

use crate::commands::{gasket, text};
use crate::evidence::bundle_in;
use crate::folder::Folder;
use crate::outside::{Outside, SERVER};

/// A folder with the history of a demo, and its bundle.
fn demo(name: &str) -> Folder {
    let folder = Folder::new(name);
    let root = folder.root().display().to_string();
    let demo = gasket(&["demo", "--in-memory", "--evidence", &root]);
    assert!(demo.status.success(), "{}", text(&demo.stderr));
    folder
}

/// Exit code, and all that was said.
fn said(arguments: &[&str]) -> (Option<i32>, String) {
    let output = gasket(arguments);
    let all = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), all)
}

#[test]
fn tampering_with_a_history_is_told_with_its_place() {
    let folder = demo("tampered-history");
    let path = folder.path("events.jsonl");
    let log = fs::read_to_string(&path).expect("the history");
    let lines: Vec<&str> = log.lines().collect();
    let verified = |lines: &[&str], end: &str| {
        fs::write(&path, lines.join("\n") + end).expect("written");
        said(&["verify", "--events", &path])
    };
    assert_eq!(verified(&lines, "\n").0, Some(0));
    let changed = lines[3].replace("\"block\"", "\"allow\"");
    assert_ne!(changed, lines[3]);
    let mut with = lines.clone();
    with[3] = &changed;
    let mut without = lines.clone();
    without.remove(3);
    let mut swapped = lines.clone();
    swapped.swap(2, 6);
    let mut more = lines.clone();
    more.insert(3, "{}");
    let torn = lines[..5].join("\n") + &lines[5][..40];
    for (lines, end, told) in [
        (&with, "\n", "line 4: it was changed"),
        (&without, "\n", "line 4: what was written there was deleted"),
        (&swapped, "\n", "lines 3 and 7: they changed places"),
        (&more, "\n", "line 4: it was put in"),
        (
            &lines[..4].to_vec(),
            "\n",
            "line 5: from here on the log was cut off",
        ),
        (&lines[..lines.len()].to_vec(), "", "its end is missing"),
        (&vec![&*torn], "", "its end is missing"),
    ] {
        let (code, text) = verified(lines, end);
        assert_eq!(code, Some(1), "{text}");
        assert!(
            text.contains("NOT as it was written") && text.contains(told),
            "{told}: {text}"
        );
    }
    // The line itself is no evidence any more; the others are.
    verified(&with, "\n");
    let out = folder.path("out.zip");
    let (code, text) = said(&["evidence", "--events", &path, "--event", "4", "--out", &out]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("line 4 is not as it was written; no bundle"),
        "{text}"
    );
    assert!(!fs::exists(&out).expect("a look"), "nothing was made");
    let (code, text) = said(&["evidence", "--events", &path, "--event", "5", "--out", &out]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("line 4: it was changed"), "{text}");
    assert_eq!(said(&["verify", &out]).0, Some(0));
}

/// Who rewrites log and chain leaves a whole history, but not the one that the bundle is of.
#[test]
fn a_history_written_anew_is_not_the_bundles() {
    let (folder, other) = (demo("history-1"), demo("history-2"));
    let bundle = bundle_in(&folder);
    let (code, text) = said(&["verify", &bundle, "--events", &folder.path("events.jsonl")]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = said(&["verify", &bundle, "--events", &other.path("events.jsonl")]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("the head that you know is none of this chain"),
        "{text}"
    );
}

#[test]
fn tampering_with_a_bundle_is_told() {
    let folder = demo("tampered-bundle");
    let path = bundle_in(&folder);
    let bundle = fs::read(&path).expect("the bundle");
    let out = folder.path("changed.zip");
    let told = |bytes: &[u8]| {
        fs::write(&out, bytes).expect("written");
        said(&["verify", &out])
    };
    assert_eq!(told(&bundle).0, Some(0));
    for at in [300, bundle.len() / 2, bundle.len() - 10] {
        let mut changed = bundle.clone();
        changed[at] ^= 1;
        let (code, text) = told(&changed);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("not as it was written"), "{text}");
    }
    assert_eq!(told(&bundle[..bundle.len() - 1]).0, Some(1));
    let (code, text) = said(&["verify", &path, "--expect", "0123"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("its hash is not the one that you know"),
        "{text}"
    );
}

#[test]
fn what_is_no_history_and_no_bundle_is_said_so() {
    let folder = demo("wrong-inputs");
    let events = folder.path("events.jsonl");
    let write = |name: &str, content: &[u8]| {
        let path = folder.path(name);
        fs::write(&path, content).expect("written");
        path
    };
    let (missing, root) = (folder.path("missing"), folder.root().display().to_string());
    let empty = write("empty", b"");
    let junk = write("junk", &[0, 255, 10, 128].repeat(500));
    let long = write("long", "x".repeat(3_000_000).as_bytes());
    for path in [&missing, &root, &empty, &junk, &long] {
        let (code, text) = said(&["verify", path]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(&**path) && text.len() < 500, "{text}");
        for arguments in [
            &["verify", "--events"] as &[&str],
            &["evidence", "--events"],
        ] {
            let (code, text) = said(&[arguments, &[path]].concat());
            assert!(matches!(code, Some(1 | 2)), "{text}");
            assert!(text.contains(&**path) && text.len() < 500, "{text}");
        }
    }
    // With a chain beside it, what is no history is still none.
    for path in [&empty, &junk, &long] {
        fs::copy(folder.path("events.jsonl.chain"), format!("{path}.chain")).expect("a copy");
        let (code, text) = said(&["evidence", "--events", path, "--list"]);
        assert_eq!(code, Some(2), "{text}");
    }
    let bundle = bundle_in(&folder);
    for (out, told) in [
        (&*bundle, "there is such a file already"),
        (&folder.path("none/x.zip"), "is not there"),
        (&folder.path("none/"), "there is no such folder"),
    ] {
        let (code, text) = said(&["evidence", "--events", &events, "--out", out]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(told), "{text}");
    }
    let (code, text) = said(&["evidence", "--events", &events, "--event", "999"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("no event at line 999"), "{text}");
    let (code, text) = said(&["demo", "--in-memory", "--evidence", &root]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("new or empty"), "{text}");
}

/// What a scan tells left when it was recorded: a bundle would say that it was blocked.
#[test]
fn no_evidence_is_made_of_a_scan() {
    let folder = demo("evidence-of-a-scan");
    let log = fs::read(folder.path("events.jsonl")).expect("the history");
    let scan = folder.path("scan.jsonl");
    fs::write(&scan, log).expect("written");
    let (code, text) = said(&["evidence", "--events", &scan]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("no chain beside it"), "{text}");
}

/// Runs one after the other, at once, and killed: one history, which tells of the gaps.
#[test]
fn the_history_of_several_runs_tells_of_their_gaps() {
    Outside::with(|outside| {
        let folder = Folder::new("several-runs");
        let events = folder.path("events.jsonl");
        let url = format!("http://{SERVER}/x?imei=350000001234562");
        let run = ["run", "--events", &events, "--"];
        let curl = ["curl", "-sS", "-m5", &url];
        outside.gasket(&[&run[..], &curl].concat());

        // It ends by itself once nobody reads what it says.
        let script = "echo ready; while sleep 0.05; do echo on; done";
        let mut killed = outside.start(&[&run[..], &["sh", "-c", script]].concat());
        let mut said_by_it = BufReader::new(killed.stdout.take().expect("piped"));
        let mut line = String::new();
        said_by_it.read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        // Beside it, a third, so that nobody is taken for killed who is not.
        outside.gasket(&[&run[..], &curl].concat());
        let (code, text) = said(&["verify", "--events", &events]);
        assert_eq!(code, Some(0), "{text}");
        assert!(
            text.contains("3 runs\n") && text.contains("has not ended"),
            "{text}"
        );
        killed.kill().expect("killed");
        killed.wait().expect("ended");
        drop(said_by_it);
        outside.gasket(&[&run[..], &curl].concat());

        let (code, text) = said(&["verify", "--events", &events]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("None of its 3 lines"), "{text}");
        assert!(text.contains("4 runs, 1 of them killed"), "{text}");
        assert!(text.contains("the run was killed"), "{text}");
    });
}

#[test]
fn a_language_is_chosen_or_refused() {
    let folder = Folder::new("languages");
    let capture = folder.path("leak.pcap");
    let request = "GET /x?imei=350000001234562 HTTP/1.1\r\nHost: example.org\r\n\r\n";
    fs::write(&capture, crate::commands::capture(request)).expect("written");
    let (code, text) = said(&["scan", "--lang", "de", &capture]);
    assert_eq!(code, Some(0));
    assert!(
        text.contains("WÜRDE GEMELDET") && text.contains("die IMEI des Smartphones"),
        "{text}"
    );
    let (code, text) = said(&["scan", "--lang", "tlh", &capture]);
    assert_eq!(code, Some(2));
    assert!(text.contains("en, de, fi, nb, es, fr, zh, ar"), "{text}");
}
