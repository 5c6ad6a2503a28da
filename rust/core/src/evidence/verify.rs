//! Whether a bundle is as Gasket wrote it.

use std::fmt;

use super::{FORMAT, Manifest, StatedHead, archive, name};
use crate::chain::{self, Kind, hash};
use crate::event::Event;

/// One thing that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The file itself is damaged, from this byte on.
    File {
        /// The first byte that is not as it should be.
        offset: usize,
    },
    /// There is no manifest that can be read.
    NoManifest,
    /// An entry that the manifest names is not there.
    Missing {
        /// Its name.
        entry: String,
    },
    /// An entry that the manifest does not name.
    Unknown {
        /// Its name.
        entry: String,
    },
    /// An entry is not what the manifest says.
    Changed {
        /// Its name.
        entry: String,
    },
    /// `event.json` is no event.
    NoEvent,
    /// The chain in it is broken.
    Chain(chain::Fault),
    /// The chain in it does not end with the head the manifest names.
    Head,
    /// The chain's first link is not of the event.
    OtherEvent,
    /// The bundle's hash is another than the one that is known.
    Fingerprint,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { offset } => write!(
                f,
                "byte {offset}: from here on the file is not as it was written"
            ),
            Self::NoManifest => f.write_str("manifest.json: there is none that can be read"),
            Self::Missing { entry } => write!(f, "{entry}: it is missing"),
            Self::Unknown { entry } => {
                write!(f, "{entry}: it was put in; the manifest does not name it")
            }
            Self::Changed { entry } => write!(f, "{entry}: it was changed after it was written"),
            Self::NoEvent => f.write_str("event.json: this is no event"),
            Self::Chain(fault) => write!(f, "chain.jsonl: {fault}"),
            Self::Head => {
                f.write_str("chain.jsonl: it does not end with the head that the manifest names")
            }
            Self::OtherEvent => {
                f.write_str("event.json: its hash is not the one that the chain has of it")
            }
            Self::Fingerprint => {
                f.write_str("manifest.json: its hash is not the one that you know")
            }
        }
    }
}

/// What a bundle says, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// SHA-256 of the manifest.
    pub fingerprint: Option<String>,
    /// The event in it.
    pub event: Option<Event>,
    /// Hash of the last link of the history's chain, where there is one.
    pub chain_head: Option<String>,
    /// What the history on a phone said of itself when the bundle was made. Nothing in the bundle can show that it is so.
    pub stated_head: Option<StatedHead>,
    /// Whether the chain was found to hold the event's own line.
    pub is_in_chain: bool,
    /// What is not as it was written.
    pub faults: Vec<Fault>,
}

/// Checks a bundle, and its hash against `known` if that was kept elsewhere. Without it a bundle that somebody wrote anew, manifest
/// included, passes.
pub fn verify(file: &[u8], known: Option<&str>) -> Verified {
    let mut verified = Verified {
        fingerprint: None,
        event: None,
        chain_head: None,
        stated_head: None,
        is_in_chain: false,
        faults: Vec::new(),
    };
    match archive::read(file) {
        Ok(entries) => check(&entries, known, &mut verified),
        Err(offset) => verified.faults.push(Fault::File { offset }),
    }
    verified
}

fn check(entries: &[(String, Vec<u8>)], known: Option<&str>, verified: &mut Verified) {
    let entry = |wanted: &str| {
        let found = entries.iter().find(|(name, _)| name == wanted);
        found.map(|(_, bytes)| &**bytes)
    };
    let written = entry(name::MANIFEST).unwrap_or_default();
    let Some(manifest) = serde_json::from_slice::<Manifest>(written)
        .ok()
        .filter(|manifest| manifest.format == FORMAT)
    else {
        return verified.faults.push(Fault::NoManifest);
    };
    let fingerprint = hash(written);
    if known.is_some_and(|known| known != fingerprint) {
        verified.faults.push(Fault::Fingerprint);
    }
    verified.fingerprint = Some(fingerprint);
    verified.stated_head.clone_from(&manifest.stated_head);
    for named in &manifest.entries {
        let fault = match entry(&named.name) {
            None => Fault::Missing {
                entry: named.name.clone(),
            },
            Some(bytes) if hash(bytes) != named.sha256 || bytes.len() as u64 != named.bytes => {
                Fault::Changed {
                    entry: named.name.clone(),
                }
            }
            Some(_) => continue,
        };
        verified.faults.push(fault);
    }
    for (at, (name, _)) in entries.iter().enumerate() {
        let is_named = manifest.entries.iter().any(|named| named.name == *name);
        let is_twin = entries.iter().skip(at + 1).any(|(other, _)| other == name);
        if (!is_named && name != name::MANIFEST) || is_twin {
            verified.faults.push(Fault::Unknown {
                entry: name.clone(),
            });
        }
    }
    let record = entry(name::EVENT).unwrap_or_default();
    verified.event = serde_json::from_slice(record).ok();
    if verified.event.is_none() {
        verified.faults.push(Fault::NoEvent);
    }
    let chain = entry(name::CHAIN).map(String::from_utf8_lossy);
    check_chain(&manifest, record, chain.as_deref(), verified);
}

fn check_chain(manifest: &Manifest, record: &[u8], chain: Option<&str>, verified: &mut Verified) {
    verified.chain_head.clone_from(&manifest.chain_head);
    let (links, heads, mut faults) = chain::walk(chain.unwrap_or_default());
    // What was before the first one is not in the bundle.
    faults.retain(|fault| *fault != chain::Fault::Link { number: 1 });
    verified.faults.extend(faults.into_iter().map(Fault::Chain));
    if heads.last() != manifest.chain_head.as_ref() {
        verified.faults.push(Fault::Head);
    }
    let Some(first) = links.first().filter(|_| manifest.record_is_exact) else {
        return;
    };
    verified.is_in_chain =
        first.kind == Kind::Event && first.sha256.as_deref() == Some(&*hash(record));
    if !verified.is_in_chain {
        verified.faults.push(Fault::OtherEvent);
    }
}
