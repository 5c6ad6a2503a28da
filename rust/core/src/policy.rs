//! (owner, destination, findings, config) -> [`Verdict`]: a pure function. Each verdict carries its reason.

mod judge;

use serde::{Deserialize, Serialize};

pub use judge::Judge;

/// What happens to the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Relayed; nothing to tell.
    Allow,
    /// Relayed, and the user is told.
    Warn,
    /// Not relayed.
    Block,
}

/// Why a verdict is what it is. The same string reaches the interface, the events and the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No rule, list or setting had anything against it.
    Ordinary,
    /// The user trusts the app: relayed unfiltered.
    AppTrusted,
    /// The user blocks the app.
    AppBlocked,
    /// The owner could not be learnt in time while some app is blocked by the user.
    OwnerUnknown,
    /// The name is on the user's list of blocked names.
    NameBlocked,
    /// One of the user's own rules is about the name or the address.
    OwnRule,
    /// A rule of the pack matched.
    RuleMatched,
    /// Readable identifiers of the device, the SIM or the place, without any rule.
    IdentifiersFound,
    /// The framing is ambiguous: what we would judge may not be what the server reads.
    FramingAmbiguous,
    /// The packet or protocol is not one Gasket can relay.
    Unsupported,
    /// The app speaks at moments that give a beacon away ([`crate::beacon`]). Only ever a warning.
    LooksLikeBeacon,
}

/// A decision and its grounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// What happens.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// Ids of the rules that matched, the gravest first; empty where none did.
    pub rules: Vec<String>,
}

impl Verdict {
    /// Nothing against it.
    pub fn ordinary() -> Self {
        Self {
            decision: Decision::Allow,
            reason: Reason::Ordinary,
            rules: Vec::new(),
        }
    }

    /// The same grounds, but blocked.
    pub fn into_block(self) -> Self {
        Self {
            decision: Decision::Block,
            ..self
        }
    }
}
#[cfg(test)]
mod tests;
