//! Our matcher against an independent evaluator of Sigma, on the same events.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::*;
use crate::rules::field::Kind;
use crate::rules::matcher::{Matcher, Place};
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
    "  a: {dst.asn: [4134, 37963], dst.country: cn}\n  b: {dst.asn: 4134, dst.country: CN}\n  condition: a or b",
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

/// Events generated from what the rules look for and from the fields of all samples, repeatable.
struct Generator {
    state: u64,
    pool: BTreeMap<Field, Vec<Json>>,
}

const PAYLOADS: [&str; 4] = ["http.", "tls.", "quic.", "coap."];

impl Generator {
    fn new() -> Self {
        let mut pool: BTreeMap<Field, Vec<Json>> = BTreeMap::new();
        for (_, sample) in every_sample() {
            sample.judged(|facts| {
                for (field, value) in event_of(&Record::of(facts)) {
                    let field = Field::named(&field).unwrap();
                    pool.entry(field).or_default().push(value);
                }
            });
        }
        for address in ["2001:db8::7", "::1", "203.0.113.200"] {
            pool.entry(Field::DstIp).or_default().push(address.into());
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

    fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        let at = self.below(items.len());
        items[at].clone()
    }

    /// An event that nearly fits a rule, or fits it: each selection met, with some fields altered
    /// or left out, and some added.
    fn aimed_at(&mut self, rule: &Rule) -> Map<String, Json> {
        let mut event: BTreeMap<Field, Json> = BTreeMap::new();
        for selection in &rule.detection.selections {
            if self.below(8) == 0 {
                continue;
            }
            let at = self.below(selection.groups.len());
            for line in &selection.groups[at] {
                let mut value = self.meeting(line);
                if let (Some(Json::String(before)), Json::String(text)) =
                    (event.get(&line.field), &value)
                    && line.field.kind() == Kind::LongText
                {
                    value = format!("{before} {text}").into();
                }
                let value = self.altered(line.field, value);
                event.insert(line.field, value);
            }
        }
        for (field, values) in self.pool.clone() {
            if self.below(8) == 0 {
                let value = self.one_of(&values);
                event.entry(field).or_insert(value);
            }
        }
        self.one_message(event)
    }

    /// A value that meets the line.
    fn meeting(&mut self, line: &Matcher) -> Json {
        match &line.test {
            Test::Text(test) => {
                let literals: Vec<String> = test
                    .literals
                    .iter()
                    .map(|literal| String::from_utf8(literal.clone()).unwrap())
                    .collect();
                let literal = match test.all {
                    true => literals.concat(),
                    false => self.one_of(&literals),
                };
                match test.place {
                    Place::Whole => literal,
                    Place::Start => format!("{literal}{}", self.one_of(&["", "x", "1.y"])),
                    Place::End => format!("{}{literal}", self.one_of(&["", "a", "b.c"])),
                    Place::Anywhere if line.field == Field::PiiTypes => literal,
                    Place::Anywhere => format!("{{{literal}}}"),
                }
                .into()
            }
            Test::Numbers(numbers) => self.one_of(numbers).into(),
            Test::Flag(flag) => (*flag).into(),
            Test::Addresses(addresses) => self.one_of(addresses).to_string().into(),
            Test::Networks(networks) => self.one_of(networks).base.to_string().into(),
            Test::Regexes { .. } => {
                let values = self.pool.get(&line.field).unwrap().clone();
                self.one_of(&values)
            }
        }
    }

    /// Fields of one event that fit together; the rest is left out.
    fn one_message(&mut self, mut event: BTreeMap<Field, Json>) -> Map<String, Json> {
        let spoken: Vec<&str> = PAYLOADS
            .into_iter()
            .filter(|prefix| event.keys().any(|field| field.name().starts_with(prefix)))
            .collect();
        let kept = match spoken.as_slice() {
            [] => "none",
            several => self.one_of(several),
        };
        event.retain(|field, _| {
            let payload = PAYLOADS.iter().any(|one| field.name().starts_with(one));
            !payload || field.name().starts_with(kept)
        });
        if kept != "none" {
            event.remove(&Field::Cleartext);
        }
        if !event.contains_key(&Field::AppPackage) {
            event.remove(&Field::AppUid);
            event.remove(&Field::AppSystem);
        }
        let named = event.into_iter();
        named
            .map(|(field, value)| (field.name().to_owned(), value))
            .collect()
    }

    fn altered(&mut self, field: Field, value: Json) -> Json {
        let Json::String(text) = &value else {
            return value;
        };
        let fixed = matches!(field.kind(), Kind::Choice(_) | Kind::Address);
        if fixed || field == Field::PiiTypes {
            return value;
        }
        match self.below(16) {
            0 => text.to_ascii_uppercase().into(),
            1 => format!("x{text}").into(),
            2 => format!("{text}x").into(),
            3 => text.chars().skip(1).collect::<String>().into(),
            4 => format!("{text} {text}").into(),
            _ => value,
        }
    }
}

/// Events aimed at each rule.
const AIMED: usize = 80;

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

    let mut events: Vec<Sample> = every_sample().into_iter().map(|(_, event)| event).collect();
    let mut generator = Generator::new();
    for rule in pack.rules() {
        for _ in 0..AIMED {
            let json = Json::Object(generator.aimed_at(rule)).to_string();
            events.push(Sample::from_json(&json).unwrap_or_else(|e| panic!("{e}: {json}")));
        }
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
    assert!(events.len() > 3_000);
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
