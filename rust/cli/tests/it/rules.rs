//! `gasket rules` as a contributor sees it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::{gasket, text};

/// A folder of this test run.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rule that docs/CONTRIBUTING.md shows.
fn documented_rule() -> String {
    let page = fs::read_to_string(repository().join("docs/CONTRIBUTING.md")).expect("the page");
    let (_, rest) = page.split_once("```yaml\n").expect("a rule in the page");
    let (rule, _) = rest.split_once("```").expect("its end");
    rule.to_owned()
}

#[test]
fn the_documented_rule_is_one_and_does_what_the_page_says() {
    let file = folder("documented").join("rule.yml");
    fs::write(&file, documented_rule()).expect("a file");
    let path = file.display().to_string();
    let output = gasket(&["rules", "check", &path]);
    assert_eq!(text(&output.stderr), "");
    assert_eq!(
        text(&output.stdout),
        "1 rule, 2 samples: as they should be\n"
    );

    let said = text(&gasket(&["rules", "explain", &path]).stdout);
    for words in [
        "Example vendor's activation report\n",
        "by default   blocked",
        "the destination's name is act.example\n",
        "body.decoded contains \"imei1\"\n",
        "known        observed: seen on the wire\n",
        "breaks       none known\n",
        "https://example.org/report\n",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn explain_says_what_a_rule_would_answer_and_where_that_is_chosen() {
    let id = "1b210107-04cb-49db-ba05-8aef7ecc53e4";
    let said = text(&gasket(&["rules", "explain", id]).stdout);
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        r#"can answer in its server's place: 200 OK, {"resultCode":"0","resultDesc":"Success"}"#
            .to_owned(),
        format!(r#""rules": {{"{id}": "answer"}} in the config (--config FILE)"#),
    ] {
        assert!(words.contains(&part), "{part}: {said}");
    }
    // That very choice is one that the config takes.
    let here = folder("answering");
    let config = here.join("gasket.json");
    let choice = format!(r#"{{"version": 1, "rules": {{"{id}": "answer"}}}}"#);
    fs::write(&config, choice).expect("a config");
    let config = config.display().to_string();
    let capture = here.join("none.pcap");
    fs::write(&capture, crate::commands::capture("")).expect("a capture");
    let scan = gasket(&["scan", "--config", &config, &capture.display().to_string()]);
    assert_eq!(
        (scan.status.code(), text(&scan.stderr)),
        (Some(0), String::new())
    );
    let said = text(&gasket(&["rules", "explain", "Alibaba HTTPDNS"]).stdout);
    assert!(
        said.contains("by default") && !said.contains("can answer"),
        "{said}"
    );
}

#[test]
fn check_says_each_mistake_with_file_and_line() {
    let here = folder("mistakes");
    let good = documented_rule();
    let file = |name: &str, content: String| {
        fs::write(here.join(name), content).expect("a file");
        here.join(name).display().to_string()
    };
    let broken = file(
        "broken.yml",
        good.replace("level: high", "level: hi")
            .replace("tls.sni", "tls.snu"),
    );
    let untrue = file(
        "untrue.yml",
        good.replace("path: /help", "path: /activate/x")
            .replace("GET", "POST")
            .replace("/activate/x}", "/activate/x, body.decoded: '\"imei1\"'}")
            .replace("5f1c2d3e", "5f1c2d3f"),
    );
    let lost = file(
        "lost.yml",
        good.replace(
            "- {http.method: GET, http.host: act.example, http.path: /help}",
            "- gone-*.json",
        )
        .replace("5f1c2d3e", "5f1c2d40"),
    );
    let output = gasket(&["rules", "check", &here.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    let told: Vec<&str> = told.lines().collect();
    assert_eq!(told.len(), 4, "{told:#?}");
    for expected in [
        format!("{broken}:4: unknown level `hi`; "),
        format!("{broken}:14: unknown field `tls.snu`; did you mean `tls.sni`?"),
        format!("{untrue}:36: the rule {untrue} must not match this, and does"),
        format!("{lost}: no sample fits gone-*.json"),
    ] {
        let found = told.iter().any(|line| line.contains(&expected));
        assert!(found, "{expected}: {told:#?}");
    }
    let output = gasket(&["rules", "check", "/nonexistent.yml"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_shipped_rules_pass_their_own_check() {
    let rules = repository().join("rust/core/rules").display().to_string();
    let output = gasket(&["rules", "check", &rules]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let listed = text(&gasket(&["rules", "list", "--json"]).stdout);
    let count = listed.lines().count();
    assert!(text(&output.stdout).starts_with(&format!("{count} rules, ")));
    for line in listed.lines() {
        let rule: serde_json::Value = serde_json::from_str(line).expect("JSON");
        for key in [
            "id",
            "title",
            "family",
            "level",
            "action",
            "confidence",
            "breakage",
        ] {
            assert!(rule[key].is_string(), "{key}: {line}");
        }
        let id = rule["id"].as_str().expect("an id");
        let said = text(&gasket(&["rules", "explain", id]).stdout);
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.starts_with(rule["title"].as_str().expect("a title")),
            "{said}"
        );
        assert!(
            words.contains(rule["receipt"].as_str().expect("a receipt")),
            "{said}"
        );
    }
    let text_list = text(&gasket(&["rules", "list"]).stdout);
    assert!(text_list.contains("\nChina Telecom\n  1b210107-04cb-49db-ba05-8aef7ecc53e4  block "));
}

#[test]
fn a_copied_id_and_an_unclear_name_are_told() {
    let file = folder("copied").join("mine.yml");
    let copied = documented_rule().replace(
        "5f1c2d3e-0a1b-4c2d-8e3f-a0b1c2d3e4f5",
        "1b210107-04cb-49db-ba05-8aef7ecc53e4",
    );
    fs::write(&file, copied).expect("a file");
    let output = gasket(&["rules", "check", &file.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("built-in rule china-telecom/zzhc.yml"));

    let output = gasket(&["rules", "explain", "adups"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("several rules begin with `adups`"));
    let output = gasket(&["rules", "explain", "nothing like it"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn test_tells_which_rule_matches_and_why_but_never_the_payload() {
    let samples = repository().join("rust/core/rules/samples");
    let leak = samples.join("zzhc-qualcomm.json").display().to_string();
    let said = text(&gasket(&["rules", "test", &leak]).stdout);
    assert!(
        said.contains("block: China Telecom handset self-registration"),
        "{said}"
    );
    assert!(said.contains("host: dns.query is zzhc.vnet.cn\n"), "{said}");
    assert!(!said.contains("350000001234562"), "{said}");

    let harmless = samples.join("benign-tls-shop.json").display().to_string();
    let said = text(&gasket(&["rules", "test", &harmless]).stdout);
    assert!(said.ends_with("  1: no rule matches\n"), "{said}");

    let folder = folder("tested");
    let events = folder.join("events.jsonl");
    let event = r#"{"schema":1,"time_ms":0,"flow":1,"subject":"dns_question","app":null,"destination":{"address":"192.0.2.53","port":53,"protocol":"udp","name":"bigdata.adups.com","name_source":"dns","country":null},"request":null,"verdict":"block","reason":"rule_matched","rules":[],"findings":[],"dialled":false,"bytes_left":0,"flow_bytes_left":0,"device_event":null}"#;
    fs::write(
        &events,
        format!("{event}\n{{\"tls.sni\": \"act.example\"}}\n"),
    )
    .expect("a file");
    let events = events.display().to_string();
    let said = text(&gasket(&["rules", "test", &events]).stdout);
    assert!(
        said.contains("  1: block: Adups collection servers"),
        "{said}"
    );
    assert!(said.contains("  2: no rule matches\n"), "{said}");

    let own = folder.join("own.yml");
    fs::write(
        &own,
        documented_rule().replace("condition: host and report", "condition: host or report"),
    )
    .expect("a file");
    let own = own.display().to_string();
    let said = text(&gasket(&["rules", "test", "--rules", &own, &events]).stdout);
    assert!(said.contains("  1: no rule matches\n"), "{said}");
    assert!(
        said.contains("  2: block: Example vendor's activation report"),
        "{said}"
    );

    let wrong = folder.join("wrong.json");
    fs::write(&wrong, "{\"tls.snu\": \"a\"}").expect("a file");
    let output = gasket(&["rules", "test", &wrong.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("entry 1: unknown field `tls.snu`; did you mean `tls.sni`?")
    );
}

#[test]
fn test_reads_captures() {
    let request = "GET /100001/sign_d?host=a.example&t=1 HTTP/1.1\r\nHost: 198.51.100.7\r\n\r\n";
    let file = folder("captured").join("one.pcap");
    fs::write(&file, crate::commands::capture(request)).expect("a file");
    let said = text(&gasket(&["rules", "test", &file.display().to_string()]).stdout);
    assert!(
        said.contains("  198.51.100.7:80: warn: Alibaba HTTPDNS"),
        "{said}"
    );
    assert!(
        said.contains("question: http.method is get, and http.path ends with /sign_d"),
        "{said}"
    );
}

/// Each file is read into memory whole.
#[test]
fn a_file_without_end_is_refused_before_it_fills_the_memory() {
    for words in [
        &["rules", "check"][..],
        &["rules", "test"],
        &["verify"],
        &["identifiers", "list", "--config"],
    ] {
        let words = [words, &["/dev/zero"]].concat();
        let output = gasket(&words);
        let said = text(&output.stderr);
        assert!(
            said.contains("/dev/zero: larger than "),
            "{words:?}: {said}"
        );
        assert!(!output.status.success(), "{words:?}");
    }
}
