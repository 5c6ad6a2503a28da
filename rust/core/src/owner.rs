//! Who sends: the app that owns a five-tuple.

use serde::{Deserialize, Serialize};

/// The owner of a flow as the platform names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// The user id that opened the socket (Android: one per app, some shared; Linux: the user).
    pub uid: u32,
    /// Package names of the uid; more than one where a uid is shared. On Linux: the program's name.
    pub packages: Vec<String>,
    /// Whether the app came with the phone (Android: `FLAG_SYSTEM`; Linux: false).
    #[serde(default)]
    pub system: bool,
}
