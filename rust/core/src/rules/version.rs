//! Which rules ship: for whoever reports what they did.

use serde::Serialize;

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
    date: "2026-11-27",
    fingerprint: "a3cf6981",
};
