//! Identifiers that the user typed in, recognised by keyed hashes alone.
//!
//! A value is spelled in its usual ways ([`spell`]); each spelling, and its MD5, SHA-1 and SHA-256,
//! becomes a [`Needle`] that only the key's holder can compare with anything. What a payload holds is
//! cut into tokens ([`scan`]); a token of a fitting shape is fingerprinted, and one whose fingerprint
//! is known is confirmed by its HMAC. Why it is done like this: docs/decisions/0007.

mod key;
mod needle;
mod radix;
mod scan;
mod search;
mod spell;
#[cfg(test)]
mod tests;
mod typed;

use serde::{Deserialize, Deserializer, Serialize};

pub use key::{IdentifierKey, KEY_LEN, KeyError};
pub use needle::Needle;
pub use typed::{TypedError, doubt, kind_named, name_of, typed_kinds};

pub(super) use search::Search;

use super::IdentifierKind;
use key::Seal;
use needle::{Class, TOKEN_MAX};

/// Values that may be typed in: two of everything for each of two phones, and room.
pub const VALUES_MAX: usize = 64;
/// Needles of one value: no kind has more than sixty.
const NEEDLES_MAX: usize = 96;

/// The identifiers of a config document: keyed hashes and their kinds, nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownIdentifiers {
    /// Tells whether a key is the one these were made with; 16 hexadecimal digits, empty before the
    /// first value.
    pub key_check: String,
    /// One entry a value.
    #[serde(deserialize_with = "values")]
    pub values: Vec<KnownIdentifier>,
}

/// One identifier: every spelling and digest it is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownIdentifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// When it was typed in, in seconds since 1970 (UTC), where the caller, who has the clock, says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<u64>,
    /// Its keyed hashes.
    #[serde(deserialize_with = "needles")]
    pub needles: Vec<Needle>,
}

impl KnownIdentifiers {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds `value`, which the user says is a `kind`, typed in `added` seconds after 1970 where the
    /// caller, who has the clock, says. `false` where it was there already.
    ///
    /// # Errors
    /// [`TypedError`]: the value is none of its kind, there are too many, or `key` is not the one
    /// that the others were made with. Nothing is changed then.
    pub fn add(
        &mut self,
        key: &IdentifierKey,
        kind: IdentifierKind,
        value: &str,
        added: Option<u64>,
    ) -> Result<bool, TypedError> {
        self.check(key).map_err(|_| TypedError::wrong_key(kind))?;
        let needles = typed::needles(&Seal::new(key), kind, value)?;
        let known = |entry: &KnownIdentifier| entry.kind == kind && entry.needles == needles;
        if self.values.iter().any(known) {
            return Ok(false);
        }
        if self.values.len() == VALUES_MAX {
            return Err(TypedError::too_many(kind));
        }
        self.key_check = key.check();
        self.values.push(KnownIdentifier {
            kind,
            added,
            needles,
        });
        Ok(true)
    }

    /// Whether these were made with `key`.
    ///
    /// # Errors
    /// [`KeyError::Other`] where they were made with another.
    pub fn check(&self, key: &IdentifierKey) -> Result<(), KeyError> {
        if self.is_empty() || self.key_check == key.check() {
            Ok(())
        } else {
            Err(KeyError::Other)
        }
    }
}

fn values<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<KnownIdentifier>, D::Error> {
    bounded(json, VALUES_MAX)
}

fn needles<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<Needle>, D::Error> {
    bounded(json, NEEDLES_MAX)
}

fn bounded<'de, T, D>(json: D, most: usize) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list = Vec::deserialize(json)?;
    if list.len() > most {
        let problem = format!("{} entries, where {most} are the most", list.len());
        return Err(serde::de::Error::custom(problem));
    }
    Ok(list)
}

/// The identifiers, ready to be looked for. The default looks for none and costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Known(Option<Box<Wanted>>);

#[derive(Debug, Clone)]
struct Wanted {
    seal: Seal,
    kinds: Vec<IdentifierKind>,
    /// By fingerprint; with the index of the value.
    needles: Vec<(Needle, u8)>,
    /// A bit for the upper twelve of each fingerprint: most tokens end here.
    filter: Box<[u64; 64]>,
    /// For each class of text, a bit for each length that some needle has.
    lengths: [u64; 3],
    emails: bool,
}

impl Known {
    /// Looks for `identifiers`, which were made with `key`.
    pub fn new(identifiers: &KnownIdentifiers, key: &IdentifierKey) -> Self {
        if identifiers.is_empty() {
            return Self::default();
        }
        let mut wanted = Wanted {
            seal: Seal::new(key),
            kinds: Vec::new(),
            needles: Vec::new(),
            filter: Box::new([0; 64]),
            lengths: [0; 3],
            emails: false,
        };
        for (nth, value) in (0..).zip(identifiers.values.iter().take(VALUES_MAX)) {
            wanted.kinds.push(value.kind);
            for needle in &value.needles {
                wanted.want(needle, nth);
            }
        }
        wanted
            .needles
            .sort_by_key(|(needle, _)| needle.fingerprint());
        Self(Some(Box::new(wanted)))
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Wanted {
    fn want(&mut self, needle: &Needle, value: u8) {
        let bit = needle.fingerprint() >> 20;
        if let Some(word) = self.filter.get_mut((bit >> 6) as usize) {
            *word |= 1 << (bit & 63);
        }
        match needle.class() {
            Class::Email => self.emails = true,
            Class::Digest => {}
            class => {
                if let Some(lengths) = self.lengths.get_mut(class as usize) {
                    *lengths |= 1 << usize::from(needle.length()).min(TOKEN_MAX);
                }
            }
        }
        self.needles.push((needle.clone(), value));
    }

    /// The value that `token`, normalised, is a needle of.
    fn find(&self, class: Class, token: &[u8]) -> Option<u8> {
        let fingerprint = self.seal.fingerprint(token);
        let bit = fingerprint >> 20;
        let word = self.filter.get((bit >> 6) as usize)?;
        if word >> (bit & 63) & 1 == 0 {
            return None;
        }
        let from = self
            .needles
            .partition_point(|(needle, _)| needle.fingerprint() < fingerprint);
        self.needles
            .iter()
            .skip(from)
            .take_while(|(needle, _)| needle.fingerprint() == fingerprint)
            .find(|(needle, _)| {
                needle.class() == class && self.seal.confirms(class, token, needle.tag())
            })
            .map(|(_, value)| *value)
    }
}
