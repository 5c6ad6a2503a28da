//! An evidence bundle: one file (a zip without compression) that says what was blocked, how that is known, and what can be
//! checked about it. No identifier is in it in clear: Gasket keeps no payload, and what its record says is masked once more.

mod archive;
mod letter;
mod mask;
mod page;
mod pcapng;
mod quoted;
mod request;
mod stated;
#[cfg(test)]
mod tests;
mod told;
mod verify;

use serde::{Deserialize, Serialize};

use crate::chain::hash;
use crate::event::Event;
use crate::receipt::{Receipt, Setting};
use crate::rules::Rule;

pub use quoted::{NoRecord, Quoted};
pub use stated::{Link, NoLink, StatedHead};
pub use verify::{Fault, Verified, verify};

/// What the manifest says of itself.
const FORMAT: &str = "gasket-evidence 1";

/// Names of the entries.
mod name {
    pub(super) const MANIFEST: &str = "manifest.json";
    pub(super) const PAGE: &str = "page.html";
    pub(super) const TEXT: &str = "page.txt";
    pub(super) const EVENT: &str = "event.json";
    pub(super) const PACKETS: &str = "request-reconstructed.pcapng";
    pub(super) const RULE: &str = "rule.yml";
    pub(super) const CHAIN: &str = "chain.jsonl";
    pub(super) const COMPLAINT: &str = "complaint.txt";
}

/// What a bundle is made of.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The event.
    pub event: &'a Event,
    /// Its line in the log, without the line feed; without one, the event is written anew.
    pub record: Option<&'a str>,
    /// The number of that line, from 1 on.
    pub line: Option<u64>,
    /// Language, scene and local time of the receipt.
    pub setting: Setting<'a>,
    /// The local time in full, with its offset from UTC.
    pub written_time: &'a str,
    /// The gravest rule that matched, and the text of its file, where it is at hand.
    pub rule: Option<(&'a Rule, &'a str)>,
    /// The links of the log's chain from the one of this event on to the last one; empty where the log has no chain.
    pub links: &'a [&'a str],
    /// Version of Gasket.
    pub version: &'a str,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    gasket: String,
    /// The line of the log that `event.json` is, where it is that line byte for byte.
    record_is_exact: bool,
    /// Hash of the last link of the history's chain, where there is one.
    chain_head: Option<String>,
    /// What a history that is chained in another way said of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stated_head: Option<StatedHead>,
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// A bundle and the hash that it can be known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The file.
    pub bytes: Vec<u8>,
    /// SHA-256 of its manifest, which holds the hashes of all else.
    pub fingerprint: String,
}

/// Makes the bundle: the same material always gives the same bytes.
pub fn bundle(material: &Material<'_>) -> Bundle {
    let event = mask::event(material.event);
    let fresh = json(&event);
    let exact = material.record.filter(|_| event == *material.event);
    let receipt = Receipt::of(&event, &material.setting);
    let told = told::Told {
        material,
        event: &event,
        receipt: &receipt,
        is_exact: exact.is_some(),
        head: material.links.last().map(|link| hash(link.as_bytes())),
    };
    let page = told.page();
    let mut entries: Vec<(&str, Vec<u8>)> = vec![
        (name::PAGE, page.html().into_bytes()),
        (name::TEXT, page.text().into_bytes()),
        (name::EVENT, exact.map_or(fresh, str::to_owned).into_bytes()),
        (name::PACKETS, pcapng::file(&event)),
        (name::COMPLAINT, told.letter().into_bytes()),
    ];
    entries.extend(material.rule.map(|(_, text)| page::copy(text)));
    if !material.links.is_empty() {
        let chain: String = material.links.iter().map(|l| format!("{l}\n")).collect();
        entries.push((name::CHAIN, chain.into_bytes()));
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        gasket: material.version.to_owned(),
        record_is_exact: exact.is_some(),
        chain_head: told.head.clone(),
        stated_head: None,
        entries: Vec::new(),
    };
    sealed(manifest, entries)
}

/// Puts the manifest, once it has the entries' hashes, before them, and all into one file.
fn sealed(mut manifest: Manifest, mut entries: Vec<(&str, Vec<u8>)>) -> Bundle {
    let hashed = entries.iter().map(|(name, bytes)| Entry {
        name: (*name).to_owned(),
        bytes: bytes.len() as u64,
        sha256: hash(bytes),
    });
    manifest.entries = hashed.collect();
    let manifest = json(&manifest);
    let fingerprint = hash(manifest.as_bytes());
    entries.insert(0, (name::MANIFEST, manifest.into_bytes()));
    Bundle {
        bytes: archive::write(&entries),
        fingerprint,
    }
}

/// Types of ours, with text for keys: nothing serde_json could refuse.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
