//! Bundles of evidence of real blocks: what is in them, and what is not.

use std::fs;
use std::process::Command;

use gasket_core::event::Event;

use crate::commands::{gasket, text};
use crate::folder::Folder;
use crate::outside::{Outside, SERVER};
use crate::seek::Seeker;

/// The invented identifiers of the demo's registration, but for the cell: five digits are found in any hash.
const IDENTIFIERS: [&str; 6] = [
    "350000001234562",
    "350000006543215",
    "A0000012345678",
    "89470000000123456781",
    "001010123456789",
    "00:00:5e:00:53:2a",
];

/// The cell of the demo's registration.
const CELL: &str = "21506";

/// The entries of a bundle: a zip file of stored entries.
fn entries(bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut entries, mut at) = (Vec::new(), 0);
    while bundle.get(at..at + 4) == Some(b"PK\x03\x04") {
        let number = |from: usize, len: usize| {
            let bytes = bundle[at + from..at + from + len].iter().rev();
            bytes.fold(0_usize, |all, byte| all << 8 | usize::from(*byte))
        };
        assert_eq!(number(8, 2), 0, "stored");
        let (size, name_len) = (number(18, 4), number(26, 2));
        let name = &bundle[at + 30..at + 30 + name_len];
        let start = at + 30 + name_len + number(28, 2);
        let content = bundle[start..start + size].to_vec();
        entries.push((String::from_utf8_lossy(name).into_owned(), content));
        at = start + size;
    }
    entries
}

fn entry(bundle: &[u8], wanted: &str) -> Vec<u8> {
    let found = entries(bundle).into_iter().find(|(name, _)| name == wanted);
    found.expect(wanted).1
}

/// The only zip file in the folder.
pub(crate) fn bundle_in(folder: &Folder) -> String {
    let files = fs::read_dir(folder.root()).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    let mut bundles: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "zip"))
        .collect();
    assert_eq!(bundles.len(), 1, "{bundles:?}");
    bundles.remove(0).display().to_string()
}

/// Payloads of a pcapng of raw IP packets, whose packets are numbered on, one after the other.
fn payloads(pcapng: &[u8]) -> Vec<u8> {
    let word =
        |at: usize| u32::from_le_bytes(pcapng[at..at + 4].try_into().expect("four")) as usize;
    let (mut at, mut all) = (0, Vec::new());
    while at < pcapng.len() {
        if word(at) == 6 {
            let packet = &pcapng[at + 28..at + 28 + word(at + 20)];
            let ip = if packet[0] >> 4 == 4 {
                usize::from(packet[0] & 15) * 4
            } else {
                40
            };
            let protocol = if packet[0] >> 4 == 4 {
                packet[9]
            } else {
                packet[6]
            };
            let head = if protocol == 6 {
                usize::from(packet[ip + 12] >> 4) * 4
            } else {
                8
            };
            all.extend(&packet[ip + head..]);
        }
        at += word(at + 4);
    }
    all
}

fn assert_no_identifier(what: &str, bytes: &[u8], identifiers: &[&str]) {
    let seeker = Seeker::new(identifiers);
    let found = seeker.find(bytes);
    assert!(found.is_empty(), "{what}: {found:?}");
}

/// From boot to a bundle that verifies, on the wire and in memory; nothing written or printed holds an identifier.
#[test]
fn the_demo_proves_the_founding_incident_without_an_identifier() {
    for (name, mode) in [("live", None), ("memory", Some("--in-memory"))] {
        let folder = Folder::new(&format!("demo-evidence-{name}"));
        let root = folder.root().display().to_string();
        let arguments = ["demo", "--evidence", &root].into_iter().chain(mode);
        let demo = gasket(&arguments.collect::<Vec<_>>());
        let said = text(&demo.stdout);
        assert!(demo.status.success(), "{said}{}", text(&demo.stderr));
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for step in [
            "0 seconds after the phone was switched on, com.qualcomm.qti.autoregistration (came with the phone) tried to \
             send the phone's IMEI",
            "zzhc.vnet.cn. Blocked. Nothing left the phone.",
            "$ gasket evidence --events",
            "$ gasket verify",
            "OK. Every file in it is as Gasket wrote it.",
            "lines was changed, taken out or moved",
        ] {
            assert!(words.contains(step), "{step}: {said}");
        }
        let path = bundle_in(&folder);
        let events = folder.path("events.jsonl");
        let verified = gasket(&["verify", &path, "--events", &events]);
        assert_eq!(
            verified.status.code(),
            Some(0),
            "{}",
            text(&verified.stderr)
        );

        let bundle = fs::read(&path).expect("the bundle");
        let event: Event = serde_json::from_slice(&entry(&bundle, "event.json")).expect("an event");
        assert!(event.findings.len() >= 6, "{event:?}");
        assert_no_identifier("the bundle", &bundle, &IDENTIFIERS);
        let packets = payloads(&entry(&bundle, "request-reconstructed.pcapng"));
        assert!(packets.starts_with(b"POST / HTTP/1.1\r\nHost: zzhc.vnet.cn\r\n"));
        assert_no_identifier("its packets", &packets, &IDENTIFIERS);
        for (name, bytes) in [
            ("the history", fs::read(&events).expect("the history")),
            ("its chain", fs::read(events + ".chain").expect("its chain")),
            ("what was printed", demo.stdout),
        ] {
            assert_no_identifier(name, &bytes, &IDENTIFIERS);
        }
        // The cell stands in no text of its own; in a hash its five digits may be by chance.
        for (name, bytes) in entries(&bundle) {
            let text = text(&bytes);
            let is_digit = |c: char| c.is_ascii_hexdigit();
            let alone = text.split(|c| !is_digit(c)).any(|word| word == CELL);
            assert!(!alone, "{name}");
        }
    }
}

/// A request that has each identifier in another place and form, blocked by the real engine; the control is the same
/// request as it arrives when it is only reported.
#[test]
fn the_bundle_of_a_block_holds_no_identifier_and_what_was_blocked_holds_all() {
    Outside::with(|outside| {
        let folder = Folder::new("evidence-block");
        let [imei, other, meid, iccid, imsi, mac] = IDENTIFIERS;
        let base64 = |text: &str| {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(text)
        };
        let url = format!(
            "http://{SERVER}/d/{imei}/{meid}?imsi={imsi}&id={}&mac={mac}",
            base64(&format!(r#"{{"iccid":"{iccid}"}}"#)).replace('=', "%3D")
        );
        let header = format!("X-Imei: {other}");
        let cookie = format!("Cookie: imei={}", base64(imei));
        let curl = ["curl", "-sS", "-m5", "-H", &header, "-H", &cookie, &url];
        let events = folder.path("events.jsonl");
        let config = folder.path("block.json");
        fs::write(&config, r#"{"version": 1, "identifiers": "block"}"#).expect("a config");
        let run = ["run", "--config", &config, "--events", &events, "--"];
        let blocked = outside.gasket(&[&run[..], &curl].concat());
        assert_ne!(blocked.status.code(), Some(0));
        assert_eq!(outside.arrived(), Vec::<String>::new());

        let root = folder.root().display().to_string();
        let made = outside.gasket(&["evidence", "--events", &events, "--out", &root]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let bundle = fs::read(bundle_in(&folder)).expect("the bundle");
        let event: Event = serde_json::from_slice(&entry(&bundle, "event.json")).expect("an event");
        assert!(event.findings.len() >= 4, "{event:#?}");
        assert_no_identifier("the bundle", &bundle, &IDENTIFIERS);
        let packets = payloads(&entry(&bundle, "request-reconstructed.pcapng"));
        assert!(packets.starts_with(b"GET /d/"), "{}", text(&packets));
        assert_no_identifier("its packets", &packets, &IDENTIFIERS);
        assert_no_identifier("what was printed", &made.stdout, &IDENTIFIERS);
        assert_no_identifier("the receipt", &blocked.stderr, &IDENTIFIERS);
        read_by_others(&folder, &entry(&bundle, "request-reconstructed.pcapng"));

        let warned = outside.gasket(&[&["run", "--"], &curl[..]].concat());
        assert_eq!(text(&warned.stdout), "served", "{}", text(&warned.stderr));
        let arrived = outside.arrived().concat();
        for identifier in IDENTIFIERS {
            let found = Seeker::new(&[identifier]).find(arrived.as_bytes()).len();
            assert!(found > 0, "{identifier} is not in what was sent: {arrived}");
        }
    });
}

/// Programs of others read the packets, and find their checksums right; so does `gasket scan`.
fn read_by_others(folder: &Folder, pcapng: &[u8]) {
    let path = folder.path("request.pcapng");
    fs::write(&path, pcapng).expect("written");
    for (program, arguments) in [
        ("capinfos", &["-c"] as &[&str]),
        (
            "tshark",
            &[
                "-o",
                "ip.check_checksum:TRUE",
                "-o",
                "tcp.check_checksum:TRUE",
                "-V",
                "-r",
            ],
        ),
        ("tcpdump", &["-vv", "-nn", "-r"]),
    ] {
        let output = match Command::new(program).args(arguments).arg(&path).output() {
            Ok(output) => output,
            Err(error) => {
                eprintln!("SKIPPED: {program} reads the packets: {error}");
                continue;
            }
        };
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
        let wrong = ["incorrect", "bad cksum", "Bad", "malformed", "truncated"];
        assert!(
            !wrong.iter().any(|word| said.contains(word)),
            "{program}: {said}"
        );
        if program != "capinfos" {
            assert!(said.to_lowercase().contains("correct"), "{program}: {said}");
        }
    }
    let scanned = gasket(&["scan", "--json", &path]);
    assert!(scanned.status.success(), "{}", text(&scanned.stderr));
    assert!(
        text(&scanned.stderr).contains("1 readable request"),
        "{}",
        text(&scanned.stderr)
    );
}
