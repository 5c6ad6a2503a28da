//! Our matcher against an independent evaluator of Sigma, on the same events.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::sample::{Sample, all};
use super::*;
use crate::rules::record::Value;

/// Each modifier and connective of the subset, also those that no shipped rule uses.
const GRAMMAR: [&str; 14] = [
    "  a: {http.path|startswith: [/reg, /xtra]}\n  condition: a",
    "  a: {http.query|contains|all: [host=, net=]}\n  condition: a",
    "  a: {http.query|endswith: 'b=U'}\n  b: {coap.query|endswith: [b=U, lt=86400]}\n  condition: 1 of them",
    "  a: {http.user_agent|startswith|all: [Dal, dalvik/]}\n  condition: a",
    "  a: {http.host|re: '^xtra(path)?[1-6]\\.', http.path|contains: .bin}\n  condition: a",
    "  a: {http.body|base64offset|contains: [SIM1ICCID, SIM1LTEIMSI, REGVER]}\n  condition: a",
    "  a: {dst.ip|cidr: [203.0.113.0/28, 192.0.2.0/24, '2001:db8::/32']}\n  condition: a",
    "  a: {dst.ip: ['192.0.2.10', '2001:db8::7']}\n  b: {dst.port: [80, 9999]}\n  condition: a and not b",
    "  a: {dst.asn: [4134, 37963], dst.country: chn}\n  b: {dst.asn: 4134, dst.country: CN}\n  condition: a or b",
    "  a_one: {body.decoded|contains: '\"MEID\"'}\n  a_two: {body.decoded|contains: '\"MODEL\"'}\n  condition: all of a_*",
    "  a: {app.package|contains: register}\n  b: {app.system: true}\n  c: {trigger: [boot, sim_change]}\n  condition: a and (b or c)",
    "  a: [{pii.types|contains: iccid, cleartext: true}, {pii.encodings: base64}]\n  b: {trigger: unknown}\n  condition: a and not (b)",
    "  a: {http.content_type: 'application/encrypted-json; charset=utf-8'}\n  b: {http.content_type|contains: 'a\\*b'}\n  condition: a or b",
    "  a: {app.uid: 1001, trigger.age_s: 61}\n  b: {tls.ech: false, tls.sni|contains: izat}\n  c: {quic.sni|endswith: vnet.cn}\n  condition: a and not not a or b or c",
];

/// The record as the oracle reads it.
fn event_of(record: &Record<'_>) -> Map<String, Json> {
    let mut event = Map::new();
    for field in Field::ALL {
        let value = match record.value(*field) {
            Value::Absent => continue,
            Value::Text(text) => String::from_utf8_lossy(text).into(),
            Value::Texts(texts) => texts.join(",").into(),
            Value::Number(number) => (*number).into(),
            Value::Flag(flag) => (*flag).into(),
            Value::Address(address) => address.to_string().into(),
        };
        event.insert(field.name().to_owned(), value);
    }
    event
}

/// Events made by mixing the fields of all samples, repeatable.
struct Mixer {
    state: u64,
    pool: BTreeMap<String, Vec<Json>>,
}

impl Mixer {
    fn new() -> Self {
        let mut pool: BTreeMap<String, Vec<Json>> = BTreeMap::new();
        for name in all() {
            Sample::named(&name).judged(|facts| {
                for (field, value) in event_of(&Record::of(facts)) {
                    pool.entry(field).or_default().push(value);
                }
            });
        }
        for address in ["2001:db8::7", "::1", "203.0.113.200"] {
            pool.entry(String::from("dst.ip"))
                .or_default()
                .push(address.into());
        }
        Self { state: 1, pool }
    }

    /// Knuth's MMIX generator: the same events in each run.
    fn below(&mut self, bound: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % bound
    }

    fn event(&mut self) -> Map<String, Json> {
        let kind = ["http.", "tls.", "quic.", "coap.", "none"][self.below(5)];
        let mut event = Map::new();
        for (field, values) in self.pool.clone() {
            let payload = ["http.", "tls.", "quic.", "coap."]
                .iter()
                .any(|one| field.starts_with(one));
            if payload && !field.starts_with(kind) || field == "cleartext" || self.below(4) == 0 {
                continue;
            }
            let value = values[self.below(values.len())].clone();
            event.insert(field.clone(), self.altered(&field, value));
        }
        if !event.contains_key("app.package") {
            event.remove("app.uid");
            event.remove("app.system");
        }
        event
    }

    fn altered(&mut self, field: &str, value: Json) -> Json {
        let Json::String(text) = &value else {
            return value;
        };
        if ["dst.ip", "proto", "trigger", "pii.types"].contains(&field) {
            return value;
        }
        match self.below(6) {
            0 => text.to_ascii_uppercase().into(),
            1 => format!("x{text}").into(),
            2 => format!("{text}x").into(),
            3 => text.chars().skip(1).collect::<String>().into(),
            _ => value,
        }
    }
}

#[test]
fn our_matcher_agrees_with_an_independent_one() {
    let grammar: Vec<String> = (1..)
        .zip(GRAMMAR)
        .map(|(id, text)| rule_file(id, text))
        .collect();
    let files: Vec<String> = SOURCES
        .iter()
        .map(|(_, text)| (*text).to_owned())
        .chain(grammar)
        .collect();
    let pack = pack_of(&files);
    let oracle: Vec<sigma_rust::Rule> = files
        .iter()
        .map(|text| sigma_rust::rule_from_yaml(text).unwrap())
        .collect();

    let mut events: Vec<Sample> = all().iter().map(|name| Sample::named(name)).collect();
    let mut mixer = Mixer::new();
    for _ in 0..1500 {
        let json = Json::Object(mixer.event()).to_string();
        events.push(Sample::from_json(&json).unwrap());
    }
    let mut hits: BTreeMap<String, usize> = BTreeMap::new();
    for event in &events {
        event.judged(|facts| {
            let record = Record::of(facts);
            let json = Json::Object(event_of(&record));
            let theirs: sigma_rust::Event = serde_json::from_value(json.clone()).unwrap();
            let expected: BTreeSet<String> = oracle
                .iter()
                .filter(|rule| rule.is_match(&theirs))
                .filter_map(|rule| rule.id.clone())
                .collect();
            let found: BTreeSet<String> = pack
                .matching(facts)
                .into_iter()
                .map(|rule| rule.id.clone())
                .collect();
            assert_eq!(found, expected, "{json:#}");
            for id in found {
                *hits.entry(id).or_default() += 1;
            }
        });
    }
    // Agreement on rules that never match would say little.
    for rule in pack.rules() {
        let hits = hits.get(&rule.id).copied().unwrap_or(0);
        assert!(
            hits > 0 && hits < events.len(),
            "{}: {hits} hits",
            rule.file
        );
    }
}
