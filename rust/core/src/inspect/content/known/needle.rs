//! One keyed hash: of a spelling, or of a spelling's digest.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::key::Seal;

/// Bytes of a tag: 128 bits, below which RFC 2104 (section 5) advises not to truncate.
pub(super) const TAG_LEN: usize = 16;
/// Longest token of text that is looked at, other than an address of mail.
pub(super) const TOKEN_MAX: usize = 63;
/// Bytes of a needle as it is written: class, length, fingerprint, tag.
const WRITTEN: usize = 2 + 4 + TAG_LEN;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Class {
    /// Decimal digits.
    Digits = 0,
    /// Hexadecimal digits, a letter among them; lower case.
    Hex = 1,
    /// Letters and digits; lower case.
    Word = 2,
    /// An address of mail (RFC 5321, 4.1.2), lower case.
    Email = 3,
    /// The bytes of an MD5, SHA-1 or SHA-256.
    Digest = 4,
}

/// One keyed hash an identifier is recognised by. Written as 44 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needle {
    class: Class,
    /// Characters of the token; zero for an address of mail, whose length may tell whose it is.
    length: u8,
    fingerprint: u32,
    tag: [u8; TAG_LEN],
}

impl Needle {
    /// `token` must be normalised as its class says, and be no longer than [`TOKEN_MAX`] unless it
    /// is an address of mail.
    pub(super) fn new(seal: &Seal, class: Class, token: &[u8]) -> Self {
        Self {
            class,
            length: match class {
                Class::Email => 0,
                _ => u8::try_from(token.len()).unwrap_or(u8::MAX),
            },
            fingerprint: seal.fingerprint(token),
            tag: seal.tag(class, token),
        }
    }

    pub(super) fn class(&self) -> Class {
        self.class
    }

    pub(super) fn length(&self) -> u8 {
        self.length
    }

    pub(super) fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    pub(super) fn tag(&self) -> &[u8; TAG_LEN] {
        &self.tag
    }

    fn read(text: &str) -> Option<Self> {
        let mut bytes = [0; WRITTEN];
        if text.len() != 2 * WRITTEN || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        for (nth, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * nth..2 * nth + 2)?, 16).ok()?;
        }
        let [class, length, f0, f1, f2, f3, tag @ ..] = bytes;
        let class = match class {
            0 => Class::Digits,
            1 => Class::Hex,
            2 => Class::Word,
            3 => Class::Email,
            4 => Class::Digest,
            _ => return None,
        };
        let length_fits = match class {
            Class::Email => length == 0,
            Class::Digest => matches!(length, 16 | 20 | 32),
            _ => (1..=TOKEN_MAX).contains(&usize::from(length)),
        };
        length_fits.then_some(Self {
            class,
            length,
            fingerprint: u32::from_be_bytes([f0, f1, f2, f3]),
            tag,
        })
    }
}

impl fmt::Display for Needle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}{:02x}", self.class as u8, self.length)?;
        write!(f, "{:08x}", self.fingerprint)?;
        self.tag.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Needle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Needle({:?}, {})", self.class, self.length)
    }
}

impl Serialize for Needle {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        json.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Needle {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let text = String::deserialize(json)?;
        Self::read(&text)
            .ok_or_else(|| serde::de::Error::custom("not a keyed hash of 44 hexadecimal digits"))
    }
}
