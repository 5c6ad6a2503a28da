//! Signed rule packs: all rules in one file, of a version, by somebody who is known.
//!
//! A pack takes the place of the rules that ship; those stay in the build, and are what is left when a pack is
//! refused or taken away. The file, numbers with the highest byte first:
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | `GASKPACK` |
//! | 8 | 2 | version of this format: 1 |
//! | 10 | 2 + 1 + 1 | the day of the rules: year, month, day |
//! | 14 | 2 | revision, where that day has several |
//! | 16 | 4 | number of rules, at most 1,024 |
//! | 20 | 4 | bytes of the body as it is here |
//! | 24 | 4 | bytes of the body once inflated, at most 4 MiB |
//! | 28 | 32 | the signer's ed25519 public key; zeros where nobody has signed |
//! | 60 | | the body, deflated (RFC 1951); the file has at most 1 MiB |
//! | the end | 64 | ed25519 signature (RFC 8032) of everything before it; zeros where nobody has signed |
//!
//! The body has, for each rule in the order of the names' bytes: length of the name in one byte, the name, length of
//! the text in four bytes, the text (at most 32 KiB).
//!
//! Of a file whose signature has not been checked nothing is used but its length, the first 10 bytes, the body's length
//! and the signer's key.

mod body;
mod error;
mod key;
mod layout;
mod version;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::imported::wrong_samples;
use super::version::fingerprint;
use super::{Pack, SOURCES};

pub use error::PackFileError;
pub use key::{KeyError, PublicKey, RELEASE_KEYS, SecretKey};
pub use layout::{LARGEST_BODY, LARGEST_PACK};
pub use version::Version;

use layout::Header;

/// Makes an unsigned pack of rule files, given as pairs of name and text, in any order.
///
/// # Errors
/// A rule is wrong, or does not do what a sample in it says; a name or a size is beyond what a pack takes.
pub fn pack(version: Version, rules: &[(&str, &str)]) -> Result<Vec<u8>, PackFileError> {
    let mut rules = rules.to_vec();
    rules.sort_unstable();
    compiled(&rules)?;
    let (body, inflated) = body::deflated(&rules)?;
    let header = Header::unsigned(version, rules.len(), body.len(), inflated)?;
    layout::unsigned(&header, &body)
}

/// The pack with the signature of `key`, in the place of any that it has. What it holds is not looked at: that is
/// for whoever signs.
///
/// # Errors
/// It is no pack of this format.
pub fn sign(file: &[u8], key: &SecretKey) -> Result<Vec<u8>, PackFileError> {
    layout::signed(file, key)
}

/// A pack whose signature and rules are as they must be.
#[derive(Debug)]
pub struct SignedPack {
    version: Version,
    signer: PublicKey,
    fingerprint: [u8; 32],
    /// Text by file name.
    files: BTreeMap<String, String>,
    pack: Arc<Pack>,
}

impl SignedPack {
    /// Reads a pack that one of `trusted` has signed.
    ///
    /// # Errors
    /// See [`PackFileError`]; the first thing that is wrong, and nothing of the pack is used.
    pub fn open(file: &[u8], trusted: &[PublicKey]) -> Result<Self, PackFileError> {
        Self::read(layout::verified(file, trusted)?)
    }

    fn read((header, body): (Header, &[u8])) -> Result<Self, PackFileError> {
        let inflated = body::inflated(&header, body)?;
        let rules = body::rules(&header, &inflated)?;
        let pack = compiled(&rules)?;
        Ok(Self {
            version: header.version()?,
            signer: header.signer()?,
            fingerprint: fingerprint(&rules),
            files: rules
                .into_iter()
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
            pack: Arc::new(pack),
        })
    }

    /// Its day and revision.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whose signature it has.
    pub fn signer(&self) -> &PublicKey {
        &self.signer
    }

    /// The first 8 hex digits of the SHA-256 over its names and texts, as of the rules that ship.
    pub fn fingerprint(&self) -> String {
        super::version::digits(&self.fingerprint)
    }

    /// Its rules.
    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// What is otherwise than in the rules that ship, rule by rule.
    pub fn changes(&self) -> Changes {
        let shipped = Pack::embedded();
        let texts: BTreeMap<_, _> = SOURCES.iter().copied().collect();
        let mut changes = Changes::default();
        for rule in self.pack.rules() {
            let told = (rule.id.clone(), rule.title.clone());
            match shipped.rule(&rule.id) {
                None => changes.added.push(told),
                Some(before) => {
                    let text = self.files.get(&rule.file).map(String::as_str);
                    if texts.get(before.file.as_str()).copied() != text {
                        changes.changed.push(told);
                    }
                }
            }
        }
        let gone = |id: &str| self.pack.rule(id).is_none();
        let rules = shipped.rules().iter().filter(|rule| gone(&rule.id));
        changes.removed = rules
            .map(|rule| (rule.id.clone(), rule.title.clone()))
            .collect();
        changes
    }
}

/// Rules that a pack has otherwise than this build, by id and title, the gravest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Only in the pack.
    pub added: Vec<(String, String)>,
    /// In both, with another text.
    pub changed: Vec<(String, String)>,
    /// Only in this build.
    pub removed: Vec<(String, String)>,
}

/// The rules that are judged by, and how old they are.
#[derive(Debug, Clone)]
pub struct RulesInUse {
    version: Version,
    fingerprint: [u8; 32],
    pack: Arc<Pack>,
}

impl RulesInUse {
    /// Those that ship with this build.
    pub fn built_in() -> Self {
        Self {
            version: Version::built_in(),
            fingerprint: fingerprint(SOURCES),
            pack: Pack::embedded(),
        }
    }

    /// Takes a pack that one of `trusted` has signed in the place of these rules.
    ///
    /// # Errors
    /// What [`SignedPack::open`] refuses; a pack that is older than these rules, or as old and not the same. These stay then.
    pub fn replace(&mut self, file: &[u8], trusted: &[PublicKey]) -> Result<(), PackFileError> {
        let (header, body) = layout::verified(file, trusted)?;
        let (version, in_use) = (header.version()?, self.version);
        if version < in_use {
            return Err(PackFileError::Older { version, in_use });
        }
        let signed = SignedPack::read((header, body))?;
        if version == in_use && signed.fingerprint != self.fingerprint {
            return Err(PackFileError::AsOld(version));
        }
        *self = Self {
            version,
            fingerprint: signed.fingerprint,
            pack: signed.pack,
        };
        Ok(())
    }

    /// The rules.
    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// Their day and revision.
    pub fn version(&self) -> Version {
        self.version
    }
}

/// The rules, each of which does what the samples that stand in it say.
fn compiled(rules: &[(&str, &str)]) -> Result<Pack, PackFileError> {
    let pack = Pack::check(rules).map_err(PackFileError::Rules)?;
    let wrong: Vec<_> = pack.rules().iter().flat_map(wrong_samples).collect();
    match wrong.is_empty() {
        true => Ok(pack),
        false => Err(PackFileError::Rules(wrong)),
    }
}

#[cfg(test)]
mod tests;
