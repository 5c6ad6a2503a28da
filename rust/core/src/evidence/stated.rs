//! What a history that is chained in another way says of itself. A bundle repeats it; only that history can show it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chain::hash;

/// Where the two chains of the app's history end: docs/ARCHITECTURE.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedHead {
    /// Number of the newest line; 0 where there is none.
    pub line: u64,
    /// Its link: SHA-256.
    pub line_link: Link,
    /// Number of the newest entry about protection; 0 where there is none.
    pub turn: u64,
    /// Its link: SHA-256.
    pub turn_link: Link,
}

impl StatedHead {
    /// Commits to both chains: SHA-256 in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let ends = [(self.line, self.line_link), (self.turn, self.turn_link)];
        let mut bytes = Vec::new();
        for (number, link) in ends {
            // A byte 1 says that there is a number.
            bytes.push(1);
            bytes.extend(number.to_be_bytes());
            bytes.extend(link.0);
        }
        hash(&bytes)
    }
}

/// As the app shows it, and takes it to compare.
impl fmt::Display for StatedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {}", self.line, self.turn, self.fingerprint())
    }
}

/// A SHA-256 sum, in JSON its 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link([u8; 32]);

impl TryFrom<String> for Link {
    type Error = NoLink;

    fn try_from(digits: String) -> Result<Self, NoLink> {
        let pair = |at: usize| {
            let pair = digits.get(at..at + 2)?;
            let is_hexadecimal = pair.bytes().all(|byte| byte.is_ascii_hexdigit());
            u8::from_str_radix(pair, 16).ok().filter(|_| is_hexadecimal)
        };
        let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(pair).collect();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(NoLink)
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What was given is no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoLink;

impl fmt::Display for NoLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a link has 64 hexadecimal digits")
    }
}

impl std::error::Error for NoLink {}
