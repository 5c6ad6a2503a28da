//! Who does what, and how it is counted.

use std::fmt;
use std::time::Duration;

/// On which engine an app is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Device {
    /// The engine on a platform that misbehaves.
    Phone,
    /// `gasket run`.
    Command,
    /// None: the control.
    Straight,
}

/// Which app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Who {
    pub(super) device: Device,
    /// From 1 on.
    pub(super) app: u8,
}

/// What an action is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    /// All of it must arrive, at both ends.
    Ordinary,
    /// The same, in the form of a leak.
    Twin,
    /// None of it may, and it must be told once.
    Leak(String),
    /// None of it may: its app is blocked.
    Forbidden,
    /// It must be seen.
    Control,
}

/// How much of one kind there was.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Count {
    pub(super) begun: u64,
    pub(super) whole: u64,
    /// Ended by a fault that was made.
    pub(super) explained: u64,
    pub(super) up: u64,
    pub(super) down: u64,
    /// Datagrams that were sent again.
    pub(super) again: u64,
}

/// How the leaks fared.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Leaks {
    pub(super) sent: u64,
    pub(super) told_once: u64,
    /// Sent, and their telling lost with the engine or the disk.
    pub(super) untold_explained: u64,
    /// Refused before all was sent.
    pub(super) unsent: u64,
}

/// Something that must not be.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// Since the beginning.
    pub(super) at: Duration,
    pub(super) what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {:.1} s: {}", self.at.as_secs_f64(), self.what)
    }
}
