//! What a user may type in: checked, then made into needles.

use std::fmt;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::super::IdentifierKind;
use super::super::identify::luhn;
use super::VALUES_MAX;
use super::key::Seal;
use super::needle::{Class, Needle};
use super::spell::{Spellings, spell};
use crate::rules::nearest::nearest;

/// The kinds that may be typed in, by the names that events give them.
const KINDS: [(&str, IdentifierKind); 10] = [
    ("imei", IdentifierKind::Imei),
    ("meid", IdentifierKind::Meid),
    ("imsi", IdentifierKind::Imsi),
    ("iccid", IdentifierKind::Iccid),
    ("mac", IdentifierKind::Mac),
    ("device_id", IdentifierKind::DeviceId),
    ("serial", IdentifierKind::Serial),
    ("advertising_id", IdentifierKind::AdvertisingId),
    ("phone", IdentifierKind::Phone),
    ("email", IdentifierKind::Email),
];

/// The names of the kinds that may be typed in.
pub fn typed_kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

/// The kind of this name.
///
/// # Errors
/// What names there are, the nearest one first.
pub fn kind_named(name: &str) -> Result<IdentifierKind, String> {
    let known = KINDS.iter().find(|(known, _)| *known == name);
    if let Some((_, kind)) = known {
        return Ok(*kind);
    }
    // The name may be a value that was meant for the other side of the equals sign.
    let told: String = name
        .chars()
        .filter(char::is_ascii_alphabetic)
        .take(20)
        .collect();
    Err(match nearest(&told, typed_kinds()) {
        Some(name) => format!("no such kind; did you mean \"{name}\"?"),
        None => {
            let all: Vec<_> = typed_kinds().collect();
            format!("no such kind; the kinds are {}", all.join(", "))
        }
    })
}

/// What speaks against `value` without disproving it: that it was mistyped is likely.
pub fn doubt(kind: IdentifierKind, value: &str) -> Option<&'static str> {
    let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).collect();
    // Issuers differ in whether the last digit of an ICCID checks the others (ITU-T E.118 says so).
    (kind == IdentifierKind::Iccid && !luhn(&digits))
        .then_some("its last digit does not check the others, as it does on most SIM cards")
}

/// Why a typed value was refused. Says what is wrong with it without repeating it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedError {
    /// What the user said it is.
    pub kind: IdentifierKind,
    /// What is wrong.
    pub problem: String,
    /// What is expected, and where to find it.
    pub advice: &'static str,
}

impl fmt::Display for TypedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}. {}",
            name_of(self.kind),
            self.problem,
            self.advice
        )
    }
}

impl std::error::Error for TypedError {}

impl TypedError {
    pub(super) fn new(kind: IdentifierKind, problem: String) -> Self {
        let advice = match kind {
            IdentifierKind::Imei => {
                "Dial *#06#: an IMEI has 15 digits, the last of which checks the others"
            }
            IdentifierKind::Meid => {
                "A MEID has 14 hexadecimal digits and begins with A to F, or 99"
            }
            IdentifierKind::Imsi => {
                "An IMSI has 14 or 15 digits and begins with the country and network of the SIM"
            }
            IdentifierKind::Iccid => {
                "It is printed on the SIM card: 18 to 20 digits that begin with 89"
            }
            IdentifierKind::Mac => "Write six pairs of hexadecimal digits, as in 48:00:00:12:34:5a",
            IdentifierKind::DeviceId => "An Android ID has 16 hexadecimal digits",
            IdentifierKind::Serial => {
                "Write 6 to 20 letters and digits, two of them digits, as the phone's settings show it"
            }
            IdentifierKind::AdvertisingId => {
                "It is a UUID, as in 00000000-0000-4000-8000-000000000000, in the settings of Google"
            }
            IdentifierKind::Phone => {
                "Write it with its country code, as in +47 00 00 00 00: 8 to 15 digits"
            }
            IdentifierKind::Email => "Write one address, as in someone@example.org",
            _ => "Only the kinds that `gasket identifiers --help` lists can be typed in",
        };
        Self {
            kind,
            problem,
            advice,
        }
    }

    pub(super) fn wrong_key(kind: IdentifierKind) -> Self {
        Self {
            kind,
            problem: "the identifiers already there were made with another key".to_owned(),
            advice: "Put the right key back, or remove \"known_identifiers\" and enter all again",
        }
    }

    pub(super) fn too_many(kind: IdentifierKind) -> Self {
        Self {
            kind,
            problem: format!("there are {VALUES_MAX} identifiers already"),
            advice: "Remove \"known_identifiers\" and enter only those that matter",
        }
    }
}

/// The name of a kind that may be typed in.
pub fn name_of(kind: IdentifierKind) -> &'static str {
    let known = KINDS.iter().find(|(_, known)| *known == kind);
    known.map_or("this kind", |(name, _)| name)
}

/// Everything `value` is recognised by.
pub(super) fn needles(
    seal: &Seal,
    kind: IdentifierKind,
    value: &str,
) -> Result<Vec<Needle>, TypedError> {
    let Spellings { clear, hashed } =
        spell(kind, value).map_err(|problem| TypedError::new(kind, problem))?;
    let mut out: Vec<_> = clear
        .iter()
        .map(|token| Needle::new(seal, class_of(token), token.as_bytes()))
        .collect();
    for spelling in &hashed {
        let bytes = spelling.as_bytes();
        out.push(Needle::new(seal, Class::Digest, &Md5::digest(bytes)));
        out.push(Needle::new(seal, Class::Digest, &Sha1::digest(bytes)));
        out.push(Needle::new(seal, Class::Digest, &Sha256::digest(bytes)));
    }
    // Sorted, so that the order does not tell which is which.
    out.sort_unstable();
    out.dedup();
    Ok(out)
}

fn class_of(token: &str) -> Class {
    if token.bytes().all(|b| b.is_ascii_digit()) {
        Class::Digits
    } else if token.contains('@') {
        Class::Email
    } else if token.bytes().all(|b| b.is_ascii_hexdigit()) {
        Class::Hex
    } else {
        Class::Word
    }
}
