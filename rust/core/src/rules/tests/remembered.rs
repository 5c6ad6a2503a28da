//! Rules on what a history keeps.

use serde_json::json;

use super::*;
use crate::rules::{Hindsight, HindsightError, hindsight};

fn tried(detection: &str, lines: &serde_json::Value) -> Hindsight {
    hindsight("x.yml", &rule_file(1, detection), &lines.to_string()).unwrap()
}

const LEAK: &str = "  host: {http.host|endswith: .leak.example}
  query: {http.query|contains: imei=}
  harmless: {http.path: /help}
  condition: host and query and not harmless";

#[test]
fn what_hangs_on_a_forgotten_field_is_undecided_and_the_rest_is_not() {
    let lines = json!([
        {"http.host": "a.leak.example", "http.path": "/x", "http.query": "imei=1"},
        {"http.host": "a.leak.example", "http.path": "/x", "http.query": null},
        {"http.host": "other.example", "http.path": "/x", "http.query": null},
        {"http.host": "a.leak.example", "http.path": "/help", "http.query": null},
        {"http.host": "a.leak.example", "http.path": null, "http.query": "imei=1"},
        {"http.host": "a.leak.example", "http.path": "/x"},
        {"tls.sni": "a.leak.example"},
    ]);
    let found = tried(LEAK, &lines);
    assert_eq!(found.matches, [0]);
    assert_eq!(found.undecided, [1, 4]);
    assert_eq!(Vec::from_iter(found.missing), ["http.path", "http.query"]);
}

#[test]
fn every_kind_of_field_is_compared() {
    let detection = "  a: {app.package: com.example.b, dst.ip|cidr: 203.0.113.0/24, dst.port: 80,
      app.system: true, proto: tcp, trigger: boot, trigger.age_s: 3}
  condition: a";
    let line = json!({"app.package": "com.example.a,com.example.b", "app.system": true,
        "dst.ip": "203.0.113.7", "dst.port": 80, "proto": "tcp", "trigger": "boot", "trigger.age_s": 3});
    assert_eq!(tried(detection, &json!([line])).matches, [0]);
    for (field, other) in [
        ("app.package", json!("com.example.a")),
        ("app.system", json!(false)),
        ("dst.ip", json!("198.51.100.7")),
        ("dst.port", json!(81)),
        ("proto", json!("udp")),
    ] {
        let mut line = line.clone();
        line[field] = other;
        assert_eq!(
            tried(detection, &json!([line])),
            Hindsight::default(),
            "{field}"
        );
    }
}

/// The samples of the pack as lines of which everything is known: hindsight and foresight agree.
#[test]
fn with_nothing_forgotten_it_says_what_the_rule_says() {
    let pack = Pack::embedded();
    for name in sample_names() {
        let text = std::fs::read_to_string(folder().join(&name)).unwrap();
        let mut line: serde_json::Value = serde_json::from_str(&text).unwrap();
        if let Some(host) = line.get("http.host").and_then(|host| host.as_str()) {
            line["http.host"] = json!(crate::rules::record::bare_host(host));
        }
        // What a sample leaves open is in the facts all the same.
        for (field, value) in [
            ("trigger", json!("unknown")),
            ("proto", json!("tcp")),
            ("dst.ip", json!("192.0.2.1")),
            ("dst.port", json!(80)),
        ] {
            if line.get(field).is_none() {
                line[field] = value;
            }
        }
        let says = |prefix: &str| {
            let fields = line.as_object().unwrap();
            fields.keys().any(|field| field.starts_with(prefix))
        };
        if says("http.") {
            for (field, value) in [("http.method", "GET"), ("http.path", "/")] {
                if line.get(field).is_none() {
                    line[field] = json!(value);
                }
            }
        }
        let lines = json!([line]).to_string();
        for (file, source) in crate::rules::SOURCES {
            let rule = pack.rules().iter().find(|rule| rule.file == *file).unwrap();
            let expected = sample(&name).judged(|facts| rule.matches(facts));
            let found = hindsight(file, source, &lines).unwrap();
            assert_eq!(found.matches == [0], expected, "{file} on {name}");
            assert!(found.undecided.is_empty());
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let good = rule_file(1, "  a: {dns.query: bad.example}\n  condition: a");
    let refused = |text: &str, lines: &str| hindsight("x.yml", text, lines).unwrap_err();
    let rule = refused(&good.replace("level: low", "level: lo"), "[]").to_string();
    assert!(rule.contains("x.yml, line 4"), "{rule}");
    for (lines, words) in [
        ("{}", "invalid type: map"),
        (r#"[{"dns.qury": "a"}]"#, "did you mean `dns.query`?"),
        (
            r#"[{"dst.port": "80"}]"#,
            "dst.port: a value of the wrong type",
        ),
        (r#"[{"dst.port": -1}]"#, "no whole number"),
        (r#"[{"dst.ip": "here"}]"#, "`here` is no address"),
    ] {
        let problem = refused(&good, lines);
        assert!(matches!(problem, HindsightError::Lines(_)));
        assert!(problem.to_string().contains(words), "{problem}");
    }
}
