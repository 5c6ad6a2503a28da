//! `gasket rules pack|key|sign|verify`, and `--rules-pack`.

use std::fs;
use std::path::Path;

use crate::commands::{capture, gasket, text};
use crate::folder::Folder;

const NAME: &str = "example.org";

/// A rule that warns about a request to example.org, and its samples.
fn rule() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CONTRIBUTING.md");
    let page = fs::read_to_string(page).expect("the page");
    let (_, rest) = page.split_once("```yaml\n").expect("a rule in the page");
    let (rule, _) = rest.split_once("```").expect("its end");
    rule.to_owned()
}

fn ok(arguments: &[&str]) -> String {
    let output = gasket(arguments);
    assert_eq!(text(&output.stderr), "", "{arguments:?}");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    text(&output.stdout)
}

fn refused(code: i32, arguments: &[&str]) -> String {
    let output = gasket(arguments);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {output:?}"
    );
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    text(&output.stderr)
}

/// A folder with a rule, a key, and the rule's signed pack of that day.
struct Packed {
    here: Folder,
    key: String,
    public: String,
    pack: String,
}

fn packed(name: &str, day: &str) -> Packed {
    let here = Folder::new(name);
    let rules = here.path("rules");
    fs::create_dir_all(format!("{rules}/family")).expect("a folder");
    fs::write(format!("{rules}/family/one.yml"), rule()).expect("a file");
    let (key, pack) = (here.path("key"), here.path("x.pack"));
    let said = ok(&["rules", "pack", &rules, "-o", &pack, "--date", day]);
    assert!(
        said.contains(&format!("1 rule of {day}, not signed yet\n")),
        "{said}"
    );
    ok(&["rules", "key", &key]);
    ok(&["rules", "sign", "--key", &key, &pack]);
    let public = format!("{key}.pub");
    Packed {
        here,
        key,
        public,
        pack,
    }
}

#[test]
fn a_pack_is_made_signed_verified_and_judged_by() {
    let Packed {
        here, public, pack, ..
    } = packed("pack-made", "2030-01-01.1");
    let said = ok(&["rules", "verify", "--key", &public, &pack]);
    for words in [
        "x.pack: signed, and sound\n",
        "  version  2030-01-01.1 (",
        "  rules    1\n",
        "  new      5f1c2d3e-0a1b-4c2d-8e3f-a0b1c2d3e4f5  Example vendor's activation report\n",
        "  gone     1b210107-04cb-49db-ba05-8aef7ecc53e4  China Telecom handset self-registration (ZZHC)\n",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }

    let body = r#"{"imei1":"350000001234562"}"#;
    let request = format!(
        "POST /activate HTTP/1.1\r\nHost: act.example\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let recording = here.path("x.pcap");
    fs::write(&recording, capture(&request)).expect("a file");
    let title = "Example vendor's activation report";
    let control = ok(&["scan", &recording]);
    assert!(!control.contains(title), "{control}");
    let judged = ok(&[
        "scan",
        "--rules-pack",
        &pack,
        "--rules-key",
        &public,
        &recording,
    ]);
    assert!(
        judged.contains("WOULD BLOCK") && judged.contains(title),
        "{judged}"
    );
}

#[test]
fn a_pack_that_is_refused_starts_nothing() {
    let Packed {
        here,
        key,
        public,
        pack,
    } = packed("pack-refused", "2030-01-01");
    let recording = here.path("x.pcap");
    fs::write(
        &recording,
        capture(&format!("GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n")),
    )
    .expect("a file");
    let scan = |more: &[&str]| refused(2, &[&["scan"], more, &[&recording]].concat());
    let of = |pack: &str| scan(&["--rules-pack", pack, "--rules-key", &public]);

    let said = scan(&["--rules-pack", &pack]);
    assert!(
        said.contains("signed with a key that is not trusted"),
        "{said}"
    );
    assert!(said.contains("Gasket has no key of its own yet"), "{said}");

    let mut bytes = fs::read(&pack).expect("the pack");
    bytes[70] ^= 1;
    let changed = here.path("changed.pack");
    fs::write(&changed, &bytes).expect("a file");
    assert!(of(&changed).contains("the signature is wrong"));
    assert!(
        refused(1, &["rules", "verify", "--key", &public, &changed])
            .contains("the signature is wrong")
    );

    let rules = here.path("rules");
    let old = here.path("old.pack");
    ok(&["rules", "pack", &rules, "-o", &old, "--date", "2020-01-01"]);
    assert!(of(&old).contains("nobody has signed the pack"));
    ok(&["rules", "sign", "--key", &key, &old]);
    assert!(of(&old).contains("the pack of 2020-01-01 is older than the rules in use"));
    assert!(refused(1, &["rules", "verify", "--key", &public, &old]).contains("older"));

    assert!(of(&recording).contains("not a rule pack"));
    assert!(of(&here.path("none")).contains("No such file"));
    // The control: the same, unharmed.
    ok(&[
        "scan",
        "--rules-pack",
        &pack,
        "--rules-key",
        &public,
        &recording,
    ]);
}

#[test]
fn what_is_wrong_makes_no_pack_and_no_key() {
    let Packed {
        here,
        key,
        public,
        pack,
    } = packed("pack-wrong", "2030-01-01");
    let (rules, other) = (here.path("rules"), here.path("other.pack"));
    fs::write(
        format!("{rules}/two.yml"),
        rule().replace("level: high", "level: hi"),
    )
    .expect("a file");
    let said = refused(1, &["rules", "pack", &rules, "-o", &other]);
    assert!(said.contains("two.yml:4: unknown level `hi`"), "{said}");
    assert!(!Path::new(&other).exists());
    assert!(refused(2, &["rules", "pack", &public, "-o", &other]).contains("not a folder"));
    refused(
        2,
        &[
            "rules",
            "pack",
            &rules,
            "-o",
            &other,
            "--date",
            "2030-02-30",
        ],
    );

    assert!(
        refused(2, &["rules", "key", &key]).contains("cannot be made"),
        "a key is never replaced"
    );
    assert!(
        refused(2, &["rules", "sign", "--key", &public, &pack]).contains("others than its owner")
    );
    assert!(refused(2, &["rules", "sign", "--key", &key, &public]).contains("not a rule pack"));
    assert!(
        refused(2, &["rules", "verify", "--key", &key, &pack])
            .contains("no ed25519 public key in PEM")
    );
}

/// The shipped rules as a pack are the shipped rules.
#[test]
fn the_shipped_rules_make_a_pack_without_a_difference() {
    let Packed {
        here, key, public, ..
    } = packed("pack-shipped", "2030-01-01");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/rules");
    let pack = here.path("shipped.pack");
    ok(&["rules", "pack", &rules.display().to_string(), "-o", &pack]);
    ok(&["rules", "sign", "--key", &key, &pack]);
    let said = ok(&["rules", "verify", "--key", &public, &pack]);
    assert!(
        said.contains("the same rules as the built-in ones\n"),
        "{said}"
    );
}

/// Keys and signatures are what OpenSSL takes for such.
#[test]
fn openssl_agrees_with_key_and_signature() {
    let Packed {
        here,
        key,
        public,
        pack,
    } = packed("pack-openssl", "2030-01-01");
    let openssl = |arguments: &[&str]| {
        std::process::Command::new("openssl")
            .args(arguments)
            .output()
    };
    let Ok(derived) = openssl(&["pkey", "-in", &key, "-pubout"]) else {
        eprintln!("SKIPPED: openssl is missing");
        return;
    };
    assert_eq!(derived.stdout, fs::read(&public).expect("the key"));
    let bytes = fs::read(&pack).expect("the pack");
    let (message, signature) = bytes.split_at(bytes.len() - 64);
    let (message_file, signature_file) = (here.path("message"), here.path("signature"));
    fs::write(&signature_file, signature).expect("a file");
    for (message, agrees) in [(message, true), (&message[1..], false)] {
        fs::write(&message_file, message).expect("a file");
        let verified = openssl(&[
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            &public,
            "-rawin",
            "-in",
            &message_file,
            "-sigfile",
            &signature_file,
        ]);
        assert_eq!(verified.expect("openssl").status.success(), agrees);
    }
    let theirs = here.path("theirs");
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", &theirs]).expect("openssl");
    ok(&["rules", "sign", "--key", &theirs, &pack]);
}
