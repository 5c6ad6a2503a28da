//! The settings, as one JSON document per change. Versioned; unknown keys are refused.

mod error;
mod read;
mod target;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::beacon::Search;
use crate::inspect::content::known::{IdentifierKey, KeyError, Known, KnownIdentifiers};
use crate::owner::Owner;

pub use error::ConfigError;
pub use target::Target;

/// The version of the document this build reads.
pub const CONFIG_VERSION: u32 = 1;

/// Smallest MTU: what every IPv6 link must carry (RFC 8200, section 5).
pub const MIN_MTU: u16 = 1280;

/// Ports on which the first request is read before anything is dialled, unless the config says
/// otherwise: HTTP, its usual alternatives, and the ports of known registrations.
pub const DEFAULT_HOLD_PORTS: [u16; 8] = [80, 6001, 8000, 8008, 8080, 8888, 9998, 9999];

/// Seconds an answer of the user is waited for, unless the config says otherwise.
pub const DEFAULT_ASK_SECONDS: u8 = 20;

/// The longest that an answer may be waited for, in seconds: most apps have given up by then.
pub const MOST_ASK_SECONDS: u8 = 60;

/// How one app is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AppMode {
    /// Rules and lists apply as they are.
    Guard,
    /// Nothing of this app leaves.
    Block,
    /// What would be blocked is only warned about.
    Watch,
    /// Relayed unfiltered and uninspected.
    Trust,
    /// As `Guard`, but what would only be warned about is held until the user answers, and blocked without an answer.
    Ask,
}

/// What happens to what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleMode {
    /// Block what matches.
    Block,
    /// Let it pass and tell.
    Warn,
    /// Ignore it.
    Off,
}

/// What the user wants of a rule that has an action of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleChoice {
    /// What the rule itself asks for, also where its family is chosen otherwise.
    On,
    /// Block what matches.
    Block,
    /// Let it pass and tell.
    Warn,
    /// Ignore the rule.
    Off,
    /// Answer a request of HTTP here, as its server would, and send nothing. Where the rule carries no answer: as [`Self::On`].
    Answer,
}

/// The apps behind one user id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uid {
    /// Their package names; more than one where they share the id.
    pub packages: Vec<String>,
    /// Whether one of them came with the phone.
    #[serde(default)]
    pub system: bool,
}

/// Everything the user or the shell can set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Must be [`CONFIG_VERSION`].
    #[serde(deserialize_with = "read::version")]
    pub version: u32,
    /// Largest packet the tunnel carries, in bytes; 1280 (RFC 8200) to 65535.
    #[serde(default = "default_mtu", deserialize_with = "read::mtu")]
    pub mtu: u16,
    /// Addresses inside the tunnel at which Gasket answers DNS.
    #[serde(default)]
    pub resolver_addresses: Vec<IpAddr>,
    /// Where DNS questions are forwarded to, the first preferred.
    #[serde(default)]
    pub dns_upstreams: Vec<SocketAddr>,
    /// Whether apps may use IPv6. Without it what they send that way is refused at once, and names have no IPv6
    /// addresses; the questions to `dns_upstreams` may still go by IPv6.
    #[serde(default = "default_ipv6", skip_serializing_if = "is_default_ipv6")]
    pub ipv6: bool,
    /// Treatment of apps that `apps` does not name.
    #[serde(default = "default_app_mode")]
    pub default_mode: AppMode,
    /// Treatment per package (Linux: program) name.
    #[serde(default, deserialize_with = "read::apps")]
    pub apps: BTreeMap<String, AppMode>,
    /// Who the user ids are, where the platform names only ids (Android): what is said here counts.
    #[serde(default, deserialize_with = "read::uids")]
    pub uids: BTreeMap<u32, Uid>,
    /// Names that are never resolved nor reached, each with all names below it.
    #[serde(default, deserialize_with = "read::names")]
    pub blocked_names: Vec<String>,
    /// The user's own rules, by name or range of addresses. The narrowest of those that fit counts.
    #[serde(
        default,
        deserialize_with = "read::own_rules",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub own_rules: BTreeMap<Target, RuleMode>,
    /// Rule files besides those of the pack: their text, by their name. One that is not a rule, or
    /// has the id of another, is left out; `policy::Judge::refused_rules` says which and why.
    #[serde(
        default,
        deserialize_with = "read::rule_files",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub rule_files: BTreeMap<String, String>,
    /// Overrides per family, for all its rules that `rules` does not name.
    #[serde(
        default,
        deserialize_with = "read::rules",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub families: BTreeMap<String, RuleChoice>,
    /// Overrides per rule id. An id that no rule has is kept (a later pack may know it again);
    /// `policy::Judge::unknown_rules` names such ids.
    #[serde(default, deserialize_with = "read::rules")]
    pub rules: BTreeMap<String, RuleChoice>,
    /// What readable identifiers cause where no rule matches.
    #[serde(default = "default_identifiers")]
    pub identifiers: RuleMode,
    /// Among whom those are looked for, and told, who speak at moments instead of when they are used: docs/DETECTION.md,
    /// "Beacons".
    #[serde(default, skip_serializing_if = "is_off")]
    pub beacons: Search,
    /// Identifiers that the user typed in, as keyed hashes. They are looked for once
    /// [`Config::unlock`] was given their key.
    #[serde(default, skip_serializing_if = "KnownIdentifiers::is_empty")]
    pub known_identifiers: KnownIdentifiers,
    /// The key of `known_identifiers`: never in the document; set by [`Config::unlock`].
    #[serde(skip)]
    pub identifier_key: Option<IdentifierKey>,
    /// Ports on which the dial is held until the first request is judged.
    #[serde(default = "default_hold_ports", deserialize_with = "read::ports")]
    pub hold_ports: Vec<u16>,
    /// Whether every ended flow is reported, too, with its byte counts.
    #[serde(default)]
    pub report_flows: bool,
    /// How long what an app in the mode [`AppMode::Ask`] sends is held for the user's answer, in seconds, up to
    /// [`MOST_ASK_SECONDS`]; 0 where nobody can be asked: then it is blocked at once.
    #[serde(
        default = "default_ask_seconds",
        deserialize_with = "read::ask_seconds",
        skip_serializing_if = "is_default_ask_seconds"
    )]
    pub ask_seconds: u8,
}

fn default_ask_seconds() -> u8 {
    DEFAULT_ASK_SECONDS
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_default_ask_seconds(seconds: &u8) -> bool {
    *seconds == default_ask_seconds()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_off(beacons: &Search) -> bool {
    !beacons.is_on()
}

fn default_mtu() -> u16 {
    9000
}

fn default_ipv6() -> bool {
    true
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_default_ipv6(ipv6: &bool) -> bool {
    *ipv6 == default_ipv6()
}

fn default_app_mode() -> AppMode {
    AppMode::Guard
}

fn default_identifiers() -> RuleMode {
    RuleMode::Warn
}

fn default_hold_ports() -> Vec<u16> {
    DEFAULT_HOLD_PORTS.to_vec()
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: CONFIG_VERSION,
            mtu: default_mtu(),
            resolver_addresses: Vec::new(),
            dns_upstreams: Vec::new(),
            ipv6: default_ipv6(),
            beacons: Search::Off,
            default_mode: default_app_mode(),
            apps: BTreeMap::new(),
            uids: BTreeMap::new(),
            blocked_names: Vec::new(),
            own_rules: BTreeMap::new(),
            rule_files: BTreeMap::new(),
            families: BTreeMap::new(),
            rules: BTreeMap::new(),
            identifiers: default_identifiers(),
            known_identifiers: KnownIdentifiers::default(),
            identifier_key: None,
            hold_ports: default_hold_ports(),
            report_flows: false,
            ask_seconds: default_ask_seconds(),
        }
    }
}

impl Config {
    /// Reads one JSON document.
    ///
    /// # Errors
    /// [`ConfigError`] with line, column and key of the first thing that is wrong.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        read::document(text)
    }

    /// Gives the key of `known_identifiers`.
    ///
    /// # Errors
    /// [`KeyError::Other`] where they were made with another; they stay locked then.
    pub fn unlock(&mut self, key: IdentifierKey) -> Result<(), KeyError> {
        self.known_identifiers.check(&key)?;
        self.identifier_key = Some(key);
        Ok(())
    }

    /// Whether there are known identifiers whose key is not there.
    pub fn is_locked(&self) -> bool {
        self.identifier_key.is_none() && !self.known_identifiers.is_empty()
    }

    /// What to look for in payloads: nothing while the key is not there.
    pub(crate) fn known(&self) -> Known {
        match &self.identifier_key {
            Some(key) => Known::new(&self.known_identifiers, key),
            None => {
                if self.is_locked() {
                    log::warn!("the known identifiers are not looked for: their key is not there");
                }
                Known::default()
            }
        }
    }

    /// The owner with the packages that `uids` gives its user id, if it names it.
    pub fn named(&self, owner: Owner) -> Owner {
        match self.uids.get(&owner.uid) {
            Some(known) => Owner {
                uid: owner.uid,
                packages: known.packages.clone(),
                system: known.system,
            },
            None => owner,
        }
    }
}

#[cfg(test)]
mod tests;
