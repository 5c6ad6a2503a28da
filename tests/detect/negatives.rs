//! What must not alert: ordinary programs' requests, captured and authored, harmless twins of the injected
//! ones, and look-alikes that are built to mislead.

use std::collections::BTreeMap;

use crate::captures::{Captured, Sent};
use crate::chance::Chance;
use crate::container::{Container, Value, Wrap, company, fill};
use crate::encoding::{Encoding, as_text};
use crate::kinds::Kind;
use crate::request::Request;
use crate::score::Share;
use crate::shapes::shapes;
use crate::subject::{NOWHERE, Seen, Subject};

/// What came of one set of harmless requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quiet {
    /// Requests with an alert that should have none.
    pub(crate) alerts: Share,
    /// Requests that would have been blocked.
    pub(crate) blocks: Share,
    /// What was said of which request, for the list of the worst.
    pub(crate) told: BTreeMap<String, usize>,
}

impl Quiet {
    fn add(&mut self, name: &str, seen: &Seen) {
        self.alerts.add(!seen.alerts.is_empty());
        self.blocks.add(seen.blocked);
        if !seen.alerts.is_empty() || seen.blocked {
            let what = if seen.blocked { "BLOCKED " } else { "" };
            let line = format!("{what}{}: {}", name, seen.alerts.join(", "));
            *self.told.entry(line).or_default() += 1;
        }
    }
}

/// Identifiers that captures are known to hold, by their README: file, and a word of the request.
const KNOWN_POSITIVES: [(&str, &str); 3] = [
    ("webex.pcap", "registerDevice"),
    ("webex.pcap", "applicationOpen"),
    ("ocs.pcap", "deviceid="),
];

/// What the captures said: the harmless part, and those that are known to hold an identifier.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfCaptures {
    pub(crate) harmless: Quiet,
    pub(crate) positives: Share,
    /// Requests, hellos and datagrams judged in all.
    pub(crate) judged: usize,
    pub(crate) files: usize,
}

/// Judges all that the clients of the captures sent.
pub(crate) fn captured(subject: &Subject, all: &[Captured]) -> OfCaptures {
    let mut result = OfCaptures::default();
    let mut files: Vec<&str> = all.iter().map(|one| one.file.as_str()).collect();
    files.dedup();
    result.files = files.len();
    for one in all {
        let (bytes, seen) = match &one.sent {
            Sent::Stream(bytes) => (bytes, subject.stream(one.to, None, bytes)),
            Sent::Datagram(bytes) => (bytes, subject.datagram(one.to, None, bytes)),
        };
        result.judged += seen.judged;
        let text = String::from_utf8_lossy(bytes);
        let is_known = KNOWN_POSITIVES
            .iter()
            .any(|(file, word)| one.file == *file && text.contains(word));
        if is_known {
            result.positives.add(!seen.alerts.is_empty());
        } else {
            result
                .harmless
                .add(&format!("{} to {}", one.file, one.to), &seen);
        }
    }
    result
}

/// The requests of the captures that hold no identifier, as bases to plant something in.
pub(crate) fn bases(all: &[Captured]) -> Vec<Request> {
    let mut bases = Vec::new();
    for one in all {
        let Sent::Stream(bytes) = &one.sent else {
            continue;
        };
        let text = String::from_utf8_lossy(bytes);
        let is_known = KNOWN_POSITIVES.iter().any(|(_, word)| text.contains(word));
        // The placeholder of a Wi-Fi address, and rules' own hosts, are no harmless ground.
        let is_marked = text.contains("bssid=") || text.contains("xtra");
        if let Some(request) = Request::read(&format!("capture: {}", one.file), bytes)
            && !is_known
            && !is_marked
        {
            bases.push(request);
        }
    }
    bases
}

/// The authored requests of ordinary programs, `rounds` times.
pub(crate) fn ordinary(subject: &Subject, seed: u64, rounds: usize) -> Quiet {
    let mut quiet = Quiet::default();
    for round in 0..rounds {
        for request in shapes(seed, round) {
            quiet.add(
                &request.name,
                &subject.stream(NOWHERE, None, &request.to_bytes()),
            );
        }
    }
    quiet
}

/// The same keys and wrappings as in the injected corpus, with nothing in them.
pub(crate) fn twins(subject: &Subject, seed: u64, rounds: usize, bases: &[Request]) -> Quiet {
    let mut quiet = Quiet::default();
    for kind in Kind::ALL {
        for container in Container::ALL {
            for encoding in [Encoding::Plain, Encoding::Percent, Encoding::Base64] {
                let name = format!("{}/{}/{}", kind.name(), container.name(), encoding.name());
                let mut chance = Chance::of(seed, &name);
                for _ in 0..rounds {
                    let key = *chance.pick(kind.keys());
                    let value = *chance.pick(nothing(kind));
                    let request = twin(key, value, container, encoding, bases, &mut chance);
                    let seen = subject.stream(NOWHERE, None, &request.to_bytes());
                    quiet.add(&format!("{key}={value}"), &seen);
                }
            }
        }
    }
    quiet
}

fn twin(
    key: &str,
    value: &str,
    container: Container,
    encoding: Encoding,
    bases: &[Request],
    chance: &mut Chance,
) -> Request {
    let keys = key.split(' ');
    let values = value.split(' ').map(|one| one.replace('_', " "));
    let fields = keys
        .zip(values.cycle())
        .map(|(key, value)| (key.to_owned(), Value::Text(as_text(encoding, &value))));
    let mut all: Vec<_> = fields.collect();
    if !matches!(container, Container::Query | Container::Header) {
        all.extend(company(chance));
    }
    let base = chance.pick(bases).clone();
    fill(container, &base, &all, Wrap::Nothing, chance)
}

/// What programs write where they have, or are allowed, nothing. A low line stands for a space inside one.
fn nothing(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Imei | Kind::Imsi => &["000000000000000", "unknown", "", "null", "0", "N/A"],
        Kind::Iccid => &["00000000000000000000", "unknown", "", "null"],
        Kind::Meid => &["00000000000000", "unknown", "", "null"],
        Kind::Mac => &[
            "02:00:00:00:00:00",
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
            "",
            "unknown",
        ],
        Kind::AdvertisingId => &[
            "00000000-0000-0000-0000-000000000000",
            "",
            "null",
            "unknown",
        ],
        Kind::AndroidId => &["unknown", "", "null", "0000000000000000"],
        Kind::Serial => &["unknown", "", "null", "0"],
        Kind::Phone => &["", "null", "unknown", "none"],
        Kind::Email => &["", "null", "none", "unknown"],
        Kind::Cell => &["0", "-1", "2147483647", "null"],
        Kind::Location => &["0 0", "0.0 0.0", "null null", "NaN NaN"],
        Kind::Ssid => &["<unknown_ssid>", "", "null", "0x"],
        Kind::AppList => &["[]", "", "12", "com.example.app"],
    }
}

/// Fields of the same shape with another meaning, or the same key with another. Built to mislead, so
/// that their rate says nothing about ordinary traffic: it is told apart.
pub(crate) fn lookalikes(subject: &Subject, seed: u64, rounds: usize, bases: &[Request]) -> Quiet {
    let mut quiet = Quiet::default();
    let mut chance = Chance::of(seed, "look-alikes");
    for _ in 0..rounds {
        for (key, value) in misleading(&mut chance) {
            let container = *chance.pick(&Container::ALL);
            let mut fields = vec![(key.to_owned(), Value::Text(value))];
            if !matches!(container, Container::Query | Container::Header) {
                fields.extend(company(&mut chance));
            }
            let base = chance.pick(bases).clone();
            let request = fill(container, &base, &fields, Wrap::Nothing, &mut chance);
            quiet.add(key, &subject.stream(NOWHERE, None, &request.to_bytes()));
        }
    }
    quiet
}

fn misleading(chance: &mut Chance) -> Vec<(&'static str, String)> {
    let c = chance;
    vec![
        ("order_id", c.digits(15)),
        ("fbid", format!("1000{}", c.digits(11))),
        ("tweet_id", format!("18{}", c.digits(17))),
        ("snowflake", c.digits(19)),
        ("invoice", format!("89{}", c.digits(17))),
        ("ean", c.digits(13)),
        ("trace_id", c.hex(16)),
        ("traceparent", format!("00-{}-{}-01", c.hex(32), c.hex(16))),
        ("etag", c.hex(32)),
        ("commit", c.hex(40)),
        ("checksum", c.hex(64)),
        ("request_id", c.uuid()),
        ("session", c.uuid()),
        ("color", format!("#{}", c.hex(6))),
        ("x", format!("{}.{}", c.below(90), c.digits(4))),
        ("ratio", format!("0.{}", c.digits(6))),
        (
            "version",
            format!("{}.{}.{}", c.below(9), c.digits(2), c.digits(4)),
        ),
        ("ts", format!("17{}", c.digits(14))),
        ("date", format!("202602{}1102{}", c.digits(2), c.digits(2))),
        ("serial", format!("202602{}", c.digits(2))),
        ("sn", c.below(500).to_string()),
        ("phone", "android".to_owned()),
        ("mobile", "1".to_owned()),
        ("tel", "no".to_owned()),
        ("mac", "false".to_owned()),
        ("email", "1".to_owned()),
        ("mail", "inbox".to_owned()),
        ("apps", c.below(200).to_string()),
        ("packages", "base,extras".to_owned()),
        ("cell", format!("{}{}", c.text("ABCD", 1), c.below(90))),
        ("cid", format!("{}.17{}", c.digits(9), c.digits(8))),
        ("lat", format!("{}", c.below(300))),
        ("location", "header".to_owned()),
        (
            "repository",
            "git@git.example.org:tools/river.git".to_owned(),
        ),
        ("image", "icon@2x.png".to_owned()),
        ("dependency", format!("lodash@4.17.{}", c.below(30))),
        (
            "libs",
            "com.squareup.okhttp3,com.google.gson,org.slf4j.api".to_owned(),
        ),
        (
            "token",
            c.text(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
                43,
            ),
        ),
        ("isbn", format!("978{}", c.digits(10))),
        ("amount", format!("{}.{}", c.below(900), c.digits(2))),
        ("resolution", "1080x2400".to_owned()),
        ("timezone", "Europe/Oslo".to_owned()),
        ("port", c.below(65_536).to_string()),
        ("score", c.digits(8)),
        ("ip", format!("198.51.100.{}", c.below(255))),
        ("ipv6", format!("2001:db8:{}:{}::1", c.hex(4), c.hex(4))),
        (
            "duration",
            format!("{}:{}:{}", c.digits(2), c.digits(2), c.digits(2)),
        ),
        ("device_type", "phone".to_owned()),
        ("build_id", format!("TQ3A.{}.{}", c.digits(6), c.digits(3))),
        ("sku", c.digits(14)),
    ]
}
