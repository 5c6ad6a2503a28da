//! Whether an independent evaluator of Sigma (`sigma-rust`) finds the same rules in the same events.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use gasket_core::rules::{Pack, Sample};
use serde_json::{Map, Value as Json, json};

use crate::chance::Chance;
use crate::measure::SEED;
use crate::score::Share;

/// Events compared. So many that each rule is met, by a wide margin.
const EVENTS: usize = 20_000;

/// What came of the comparison.
#[derive(Debug, Default)]
pub(crate) struct Agreement {
    /// Events in which both found the same rules.
    pub(crate) events: Share,
    /// Rules that matched at least one event, and not all.
    pub(crate) rules: Share,
    /// The rules that matched none, or all.
    pub(crate) silent: Vec<String>,
    /// The first events in which they did not.
    pub(crate) disagreements: Vec<String>,
}

/// Compares; once in each run.
pub(crate) fn agreement() -> &'static Agreement {
    static AGREEMENT: OnceLock<Agreement> = OnceLock::new();
    AGREEMENT.get_or_init(compare)
}

fn compare() -> Agreement {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rust/core/rules");
    let rules = texts(&folder, "yml");
    let pack = Pack::embedded();
    assert_eq!(rules.len(), pack.rules().len(), "one file for each rule");
    let oracle: Vec<sigma_rust::Rule> = rules
        .iter()
        .map(|text| sigma_rust::rule_from_yaml(text).expect("the oracle reads the rule"))
        .collect();
    let samples = texts(&folder.join("samples"), "json");
    let mut source = Source::new(&rules, &samples);
    let mut agreement = Agreement::default();
    let mut hits: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..EVENTS {
        let event = Json::Object(source.event());
        let sample = Sample::from_json(&event.to_string())
            .unwrap_or_else(|problem| panic!("{problem}: {event:#}"));
        let ours: BTreeSet<String> = sample.judged(|facts| {
            let matching = pack.matching(facts);
            matching.into_iter().map(|rule| rule.id.clone()).collect()
        });
        let theirs: sigma_rust::Event =
            serde_json::from_value(event.clone()).expect("the oracle reads the event");
        let theirs: BTreeSet<String> = oracle
            .iter()
            .filter(|rule| rule.is_match(&theirs))
            .filter_map(|rule| rule.id.clone())
            .collect();
        agreement.events.add(ours == theirs);
        if ours != theirs && agreement.disagreements.len() < 5 {
            let line = format!("{ours:?} and {theirs:?} in {event}");
            agreement.disagreements.push(line);
        }
        for id in ours {
            *hits.entry(id).or_default() += 1;
        }
    }
    for rule in pack.rules() {
        let hits = hits.get(&rule.id).copied().unwrap_or(0);
        let telling = hits > 0 && hits < EVENTS;
        agreement.rules.add(telling);
        if !telling {
            agreement.silent.push(rule.file.clone());
        }
    }
    agreement
}

/// The texts of all files of that kind below `folder`, in the order of their paths.
fn texts(folder: &Path, extension: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let read = |path: &PathBuf| fs::read_to_string(path).expect("a readable file");
    paths.iter().map(read).collect()
}

/// Events made of words that stand in the rules and of the fields of their samples.
struct Source {
    chance: Chance,
    /// Of each rule.
    words: Vec<Words>,
    samples: Vec<Map<String, Json>>,
}

/// Words of one rule.
struct Words {
    /// Those with a dot: names, packages, files.
    names: Vec<String>,
    paths: Vec<String>,
}

/// Fields that say what kind of message it is: an event has those of one kind.
const MESSAGES: [&str; 4] = ["tls.", "quic.", "http.", "coap."];

/// What fields and tags of a rule begin with: no names of hosts or packages.
const SIGMA: [&str; 14] = [
    "app.package",
    "app.system",
    "app.uid",
    "body.",
    "carrier.",
    "coap.",
    "dest.",
    "dns.",
    "dst.",
    "http.",
    "leak.",
    "pii.",
    "quic.",
    "tls.",
];

impl Source {
    fn new(rules: &[String], samples: &[String]) -> Self {
        let parse = |text: &String| serde_json::from_str(text).expect("a sample is an object");
        Self {
            chance: Chance::of(SEED, "agreement"),
            words: rules.iter().map(|text| Words::of(text)).collect(),
            samples: samples.iter().map(parse).collect(),
        }
    }

    /// An event with every field given that facts would fill in otherwise.
    fn event(&mut self) -> Map<String, Json> {
        let mut event = if self.chance.below(2) == 0 {
            self.altered_sample()
        } else {
            self.combined()
        };
        // Whoever writes hosts with a port or a dot at the end means the same host: that is settled
        // before a rule is asked, and not what is compared here.
        for field in ["http.host", "coap.host"] {
            if let Some(Json::String(host)) = event.get_mut(field) {
                if host.matches(':').count() == 1 {
                    host.truncate(host.find(':').unwrap_or(host.len()));
                }
                host.truncate(host.trim_end_matches('.').len());
            }
        }
        let spoken = MESSAGES
            .into_iter()
            .find(|kind| event.keys().any(|field| field.starts_with(kind)));
        let cleartext = !matches!(spoken, Some("tls." | "quic."));
        event.insert("cleartext".to_owned(), cleartext.into());
        let defaults = [
            ("dst.ip", json!("192.0.2.1")),
            ("dst.port", json!(80)),
            ("proto", json!("tcp")),
            ("trigger", json!("unknown")),
        ];
        for (field, value) in defaults {
            event.entry(field).or_insert(value);
        }
        if event["trigger"] == "unknown" {
            event.remove("trigger.age_s");
        }
        if event.contains_key("app.package") {
            event.entry("app.system").or_insert(false.into());
        }
        event
    }

    /// A sample with some fields altered or left out.
    fn altered_sample(&mut self) -> Map<String, Json> {
        let mut event = self.chance.pick(&self.samples).clone();
        for field in event.keys().cloned().collect::<Vec<_>>() {
            match (self.chance.below(8), &event[&field]) {
                (0, _) if field != "http.method" => {
                    event.remove(&field);
                }
                (1, Json::String(text)) if Self::is_free(&field) => {
                    let altered = self.altered(text.clone());
                    event.insert(field, altered.into());
                }
                _ => {}
            }
        }
        if !event.contains_key("app.package") {
            event.remove("app.uid");
            event.remove("app.system");
        }
        event
    }

    /// Whether any text will do in the field.
    fn is_free(field: &str) -> bool {
        !matches!(field, "dst.ip" | "proto" | "trigger" | "pii.types")
    }

    fn combined(&mut self) -> Map<String, Json> {
        let mut event = Map::new();
        let mut put = |field: &str, value: Json| {
            event.insert(field.to_owned(), value);
        };
        let rule = self.chance.below(self.words.len());
        let kind = self.chance.below(6);
        let name = self.name(rule);
        match kind {
            0 => put("tls.sni", name.into()),
            1 => put("quic.sni", name.into()),
            2 | 3 => {
                let method = *self.chance.pick(&["GET", "POST", "PUT"]);
                put("http.method", method.into());
                put("http.host", name.into());
                put("http.path", self.path(rule).into());
                let (one, other) = (self.name(rule), self.name(rule));
                put("http.body", format!("key={one}&shaKey={other}").into());
                put("body.decoded", format!("{{\"{one}\": \"{other}\"}}").into());
            }
            4 => put("coap.host", name.into()),
            _ => put("dns.query", name.into()),
        }
        if self.chance.below(2) == 0 {
            put("app.package", self.name(rule).into());
            put("app.system", (self.chance.below(2) == 0).into());
        }
        if self.chance.below(4) == 0 {
            put("dns.query", self.name(rule).into());
        }
        if self.chance.below(4) == 0 {
            let port = *self.chance.pick(&[443, 5683, 6001, 7275, 7276, 9998, 9999]);
            put("dst.port", port.into());
            put("proto", (*self.chance.pick(&["tcp", "udp"])).into());
        }
        if self.chance.below(4) == 0 {
            let address = *self
                .chance
                .pick(&["42.99.2.15", "203.107.1.65", "2001:db8::7"]);
            put("dst.ip", address.into());
            put(
                "dst.asn",
                (*self.chance.pick(&[4134, 37_963, 64_496])).into(),
            );
        }
        event
    }

    /// A name of the rule, now and then of another.
    fn name(&mut self, rule: usize) -> String {
        let rule = self.rule_near(rule);
        let name = one_of(&mut self.chance, &self.words[rule].names, "shop.example");
        self.altered(name)
    }

    fn path(&mut self, rule: usize) -> String {
        let rule = self.rule_near(rule);
        let path = one_of(&mut self.chance, &self.words[rule].paths, "/");
        self.altered(path)
    }

    fn rule_near(&mut self, rule: usize) -> usize {
        match self.chance.below(8) {
            0 => self.chance.below(self.words.len()),
            _ => rule,
        }
    }

    /// The text, mostly as it is.
    fn altered(&mut self, text: String) -> String {
        match self.chance.below(24) {
            0 => text.to_ascii_uppercase(),
            1 => format!("x{text}"),
            2 => format!("{text}x"),
            3 => format!("sub.{text}"),
            4 => text.chars().skip(1).collect(),
            _ => text,
        }
    }
}

fn one_of(chance: &mut Chance, words: &[String], otherwise: &str) -> String {
    match words {
        [] => otherwise.to_owned(),
        words => chance.pick(words).clone(),
    }
}

impl Words {
    fn of(rule: &str) -> Self {
        let in_words = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        // The dot at the end of a sentence is none of a name.
        let words = rule.split(|c| !in_words(c));
        let words: BTreeSet<&str> = words.map(|word| word.trim_matches('.')).collect();
        let (paths, names): (Vec<&str>, Vec<&str>) = words
            .into_iter()
            .filter(|word| word.contains(['.', '/']))
            .partition(|word| word.starts_with('/'));
        let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        let is_of_sigma = |name: &&str| SIGMA.iter().any(|prefix| name.starts_with(prefix));
        let names: Vec<&str> = names
            .into_iter()
            .filter(|name| !is_of_sigma(name))
            .collect();
        Self {
            names: owned(names),
            paths: owned(paths),
        }
    }
}
