//! `gasket rules test`: which rules match what is in a file, and why.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gasket_core::event::{Event, NameSource};
use gasket_core::facts::Facts;
use gasket_core::rules::{Pack, Sample};
use serde_json::{Map, Value as Json};

use super::{show, sources};
use crate::failure::Failure;
use crate::scan;
use crate::terminal::harmless;
use crate::whole_file;

/// First bytes of captures: pcap in both byte orders and both resolutions of time, and pcapng.
const CAPTURES: [[u8; 4]; 5] = [
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x0a, 0x0d, 0x0d, 0x0a],
];

/// Tries the files against the rules at these paths, or else the built-in ones.
pub(super) fn run(rules: &[PathBuf], files: &[PathBuf]) -> Result<(), Failure> {
    let pack = pack(rules)?;
    let mut failed = Vec::new();
    for file in files {
        let unreadable = |error| Failure::Usage(format!("{}: {error}", file.display()));
        let outcome = match is_capture(file).map_err(unreadable)? {
            true => capture(&pack, file),
            false => written(
                &pack,
                &whole_file::read(file, whole_file::LARGEST).map_err(unreadable)?,
            ),
        };
        let lines = match outcome {
            Ok(lines) => lines,
            Err((lines, problem)) => {
                failed.push(format!("{}: {problem}", file.display()));
                lines
            }
        };
        let heading = harmless(&file.display().to_string());
        show(&format!("{heading}\n{}", lines.concat()))?;
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Failure::Other(failed.join("\n"))),
    }
}

fn pack(rules: &[PathBuf]) -> Result<Arc<Pack>, Failure> {
    if rules.is_empty() {
        return Ok(Pack::embedded());
    }
    let sources = sources::read(rules)?;
    let pairs: Vec<_> = sources
        .iter()
        .map(|source| (source.name.as_str(), source.text.as_str()))
        .collect();
    Pack::check(&pairs).map(Arc::new).map_err(|errors| {
        let told: Vec<_> = errors.iter().map(sources::told).collect();
        Failure::Other(told.join("\n"))
    })
}

fn is_capture(file: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(file)?.take(4).read_to_end(&mut start)?;
    Ok(CAPTURES.iter().any(|magic| start == magic))
}

/// Lines told of a file, and what went wrong after them.
type Told = Result<Vec<String>, (Vec<String>, String)>;

/// JSON: samples or events, one or many.
fn written(pack: &Pack, bytes: &[u8]) -> Told {
    let mut lines = Vec::new();
    for (number, json) in (1..).zip(serde_json::Deserializer::from_slice(bytes).into_iter::<Json>())
    {
        let sample = json
            .map_err(|error| format!("neither a capture nor JSON: {error}"))
            .and_then(|json| match json.get("schema") {
                Some(_) => serde_json::from_value::<Event>(json)
                    .map_err(|error| format!("not an event: {error}"))
                    .and_then(|event| of_event(&event)),
                None => Sample::from_json(&json.to_string()),
            });
        let sample = match sample {
            Ok(sample) => sample,
            Err(problem) => return Err((lines, format!("entry {number}: {problem}"))),
        };
        let matches = sample.judged(|facts| matches(pack, facts));
        if matches.is_empty() {
            lines.push(format!("  {number}: no rule matches\n"));
        }
        lines.extend(
            matches
                .into_iter()
                .map(|text| format!("  {number}: {text}")),
        );
    }
    match lines.is_empty() {
        true => Err((lines, String::from("there is nothing in it"))),
        false => Ok(lines),
    }
}

fn capture(pack: &Pack, file: &Path) -> Told {
    let seen = RefCell::new((BTreeSet::new(), Vec::new()));
    let look = |facts: &Facts<'_>| {
        let (known, lines) = &mut *seen.borrow_mut();
        for text in matches(pack, facts) {
            let line = format!("  {}: {text}", facts.destination);
            // A flow is judged at each step; each finding is told once.
            if known.insert(line.clone()) {
                lines.push(line);
            }
        }
    };
    let damage = scan::observe(file, &look);
    let (_, mut lines) = seen.into_inner();
    if lines.is_empty() {
        lines.push(String::from("  no rule matches\n"));
    }
    match damage {
        None => Ok(lines),
        Some(damage) => Err((lines, damage.to_string())),
    }
}

/// The rules that match, each with the reasons.
fn matches(pack: &Pack, facts: &Facts<'_>) -> Vec<String> {
    let rules = pack.matching(facts).into_iter();
    rules
        .map(|rule| {
            let mut text = format!("{}: {} ({})\n", rule.action.as_str(), rule.title, rule.id);
            for why in rule.why(facts) {
                text.push_str(&format!("       {}\n", harmless(&why)));
            }
            text
        })
        .collect()
}

/// What an event still says: no query, header or body, so that rules that need those cannot match.
fn of_event(event: &Event) -> Result<Sample, String> {
    let mut fields: Map<String, Json> = Map::new();
    let mut set = |name: &str, value: Json| {
        fields.insert(name.to_owned(), value);
    };
    if let Some(owner) = &event.app {
        set("app.package", owner.packages.join(",").into());
        set("app.uid", owner.uid.into());
        set("app.system", owner.system.into());
    }
    if let Some(before) = &event.device_event {
        set("trigger", serde_json::json!(before.kind));
        set("trigger.age_s", before.age_s.into());
    }
    let destination = &event.destination;
    set("dst.ip", destination.address.to_string().into());
    set("dst.port", destination.port.into());
    set("proto", serde_json::json!(destination.protocol));
    if let Some(country) = &destination.country {
        set("dst.country", country.as_str().into());
    }
    let name = destination.name.as_deref();
    if let (Some(name), Some(source)) = (name, destination.name_source) {
        let field = match source {
            NameSource::Dns => "dns.query",
            NameSource::Tls => "tls.sni",
            NameSource::Quic => "quic.sni",
            NameSource::Http => "http.host",
            NameSource::Coap => "coap.host",
        };
        set(field, name.into());
    }
    if let Some(request) = &event.request {
        if destination.name_source == Some(NameSource::Coap) {
            set("coap.path", request.path.as_str().into());
        } else {
            set("http.method", request.method.as_str().into());
            set("http.path", request.path.as_str().into());
        }
    }
    let kinds: BTreeSet<_> = event
        .findings
        .iter()
        .filter(|finding| finding.alerts())
        .filter_map(|finding| Some(serde_json::json!(finding.kind).as_str()?.to_owned()))
        .collect();
    if !kinds.is_empty() {
        let kinds: Vec<_> = kinds.into_iter().collect();
        set("pii.types", kinds.join(",").into());
    }
    Sample::from_json(&Json::Object(fields).to_string())
}
