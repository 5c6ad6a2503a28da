//! DNS messages beside dnspython.

use std::net::IpAddr;

use gasket_core::dns::message::{Message, RecordType, Section, Value};
use serde_json::{Value as Json, json};

use crate::script;

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// What our reader says of a section, as the script says it.
fn records(message: &Message<'_>, section: Section) -> Vec<Json> {
    let there = message.records().filter(|record| {
        // That one is no record of anything, and dnspython does not count it.
        record.section == section && record.value != Value::Other(RecordType::OPT)
    });
    let told = there.map(|record| {
        let mut told = json!({"owner": record.owner, "ttl": record.ttl});
        let text = |address: &IpAddr| address.to_string();
        match &record.value {
            Value::Address(address) => told["address"] = text(address).into(),
            Value::Alias(target) => told["alias"] = target.as_str().into(),
            Value::Service { target, hints } => {
                let mut hints: Vec<_> = hints.iter().map(text).collect();
                hints.sort();
                told["service"] = target.as_str().into();
                told["hints"] = hints.into();
            }
            Value::Other(_) => {}
        }
        told
    });
    told.collect()
}

#[test]
fn messages_say_what_dnspython_says() {
    let test = "messages_say_what_dnspython_says";
    let Some(mut script) = script(test, "dns_messages.py", "dns.message") else {
        return;
    };
    let output = script.output().expect("the script runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("ASCII");
    let (mut messages, mut seen) = (0, 0);
    for line in text.lines() {
        let theirs: Json = serde_json::from_str(line).expect("JSON");
        let wire = bytes(theirs["wire"].as_str().expect("hex"));
        let ours = Message::parse(&wire).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert_eq!(json!(ours.id()), theirs["id"]);
        assert_eq!(json!(ours.is_response()), theirs["response"]);
        assert_eq!(json!(ours.question().name), theirs["name"]);
        assert_eq!(json!(ours.question().record_type.0), theirs["type"]);
        assert_eq!(json!(ours.edns().map(|edns| edns.udp_len)), theirs["udp"]);
        let sections = [Section::Answer, Section::Authority, Section::Additional];
        for (at, section) in sections.into_iter().enumerate() {
            let ours = records(&ours, section);
            seen += ours.len();
            assert_eq!(json!(ours), theirs["records"][at], "{section:?} of {line}");
        }
        messages += 1;
    }
    assert!(messages == 3_000 && seen > 20_000, "{messages} {seen}");
}
