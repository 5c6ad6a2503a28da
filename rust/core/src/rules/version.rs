//! Which rules ship: for whoever reports what they did.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The rules that ship, as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PackVersion {
    /// The day they were last changed (ISO 8601).
    pub date: &'static str,
    /// The first 8 hex digits of the SHA-256 over their names and texts.
    pub fingerprint: &'static str,
}

/// The rules that ship with this build.
pub const PACK_VERSION: PackVersion = PackVersion {
    date: "2026-11-28",
    fingerprint: "d1b59fd6",
};

/// SHA-256 over names and texts of rule files.
pub(super) fn fingerprint(rules: &[(&str, &str)]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (name, text) in rules {
        // With lengths, so that nothing can move from one to the other.
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// What is told of a fingerprint: its first 8 hex digits.
pub(super) fn digits(fingerprint: &[u8; 32]) -> String {
    let bytes = fingerprint.iter().take(4);
    bytes.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
