//! Why a pack is refused, in words for whoever gave it.

use std::error::Error;
use std::fmt;

use super::key::PublicKey;
use super::layout::{LARGEST_BODY, LARGEST_PACK};
use super::version::Version;
use crate::rules::prefilter::MOST_RULES;
use crate::rules::{LARGEST_FILE, PackError};

/// Why a pack is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackFileError {
    /// It does not begin as one.
    NoPack,
    /// Its end is missing.
    Cut,
    /// Something stands behind its end.
    TooLong,
    /// The file has so many bytes.
    TooLarge(u64),
    /// It is of a version of the format that this build does not read.
    Format(u16),
    /// Nobody has signed it.
    Unsigned,
    /// What stands in the place of the signer's key is none.
    NoSigner,
    /// Its signer is none of those who are trusted.
    UnknownSigner(PublicKey),
    /// It is not what its signer has signed.
    WrongSignature,
    /// Its day is in no calendar.
    NoDate,
    /// It is older than the rules that are in use.
    Older {
        /// Its version.
        version: Version,
        /// Theirs.
        in_use: Version,
    },
    /// It has the version of the rules in use, and is not the same.
    AsOld(Version),
    /// It says that so many bytes are inside.
    TooMuchInside(u64),
    /// More bytes are inside than the number it says.
    MoreInside(usize),
    /// It says that so many rules are inside.
    TooManyRules(u64),
    /// A rule with so many bytes.
    LongRule(String, usize),
    /// A rule with a name that none may have.
    Name(String),
    /// Its inside is not laid out as it must be.
    Damaged(&'static str),
    /// Rules in it are wrong.
    Rules(Vec<PackError>),
}

impl fmt::Display for PackFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPack => f.write_str("not a rule pack"),
            Self::Cut => f.write_str("the pack is cut off"),
            Self::TooLong => f.write_str("something stands behind the end of the pack"),
            Self::TooLarge(bytes) => write!(
                f,
                "{bytes} bytes are too many: a pack has at most {LARGEST_PACK}"
            ),
            Self::Format(format) => write!(
                f,
                "the pack is of format {format}, which this version of Gasket does not read"
            ),
            Self::Unsigned => f.write_str("nobody has signed the pack"),
            Self::NoSigner => f.write_str("the pack's signer has no ed25519 key"),
            Self::UnknownSigner(key) => {
                write!(
                    f,
                    "the pack is signed with a key that is not trusted: {key}"
                )
            }
            Self::WrongSignature => {
                f.write_str("the signature is wrong: the pack is not what its signer has signed")
            }
            Self::NoDate => f.write_str("the pack's date is none"),
            Self::Older { version, in_use } => write!(
                f,
                "the pack of {version} is older than the rules in use, of {in_use}"
            ),
            Self::AsOld(version) => write!(
                f,
                "the pack has the version of the rules in use, {version}, but is another one"
            ),
            Self::TooMuchInside(bytes) => write!(
                f,
                "{bytes} bytes of rules are too many: a pack has at most {LARGEST_BODY}"
            ),
            Self::MoreInside(bytes) => {
                write!(f, "more is in the pack than the {bytes} bytes that it says")
            }
            Self::TooManyRules(rules) => write!(
                f,
                "{rules} rules are too many: a pack has at most {MOST_RULES}"
            ),
            Self::LongRule(name, bytes) => write!(
                f,
                "{name}: {bytes} bytes are too many: a rule has at most {LARGEST_FILE}"
            ),
            Self::Name(name) => write!(
                f,
                "a rule cannot be called {name:?}: letters, digits, `-`, `_` and `.`, in folders or not, at most 128 \
                 of them, with .yml at the end"
            ),
            Self::Damaged(what) => write!(f, "the pack is damaged: {what}"),
            Self::Rules(errors) => {
                f.write_str("the pack is refused as a whole, because of a rule in it")?;
                errors.iter().try_for_each(|error| write!(f, "\n{error}"))
            }
        }
    }
}

impl Error for PackFileError {}
