//! What is told of a beacon: what was counted, so that a person can check it.

use serde::{Deserialize, Serialize};

use crate::facts::Trigger;

/// What happened to the device, as far as beacons are told apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The device was powered on.
    Boot,
    /// The first unlock after that.
    FirstUnlock,
    /// The user unlocked the device.
    Unlock,
    /// The screen came on.
    ScreenOn,
    /// The screen went off.
    ScreenOff,
    /// A SIM was inserted, removed or became the default.
    SimChange,
    /// Mobile service came or went, or roaming began or ended.
    ServiceChange,
    /// The default network changed.
    Connectivity,
    /// A charger was connected or taken away.
    Charging,
    /// Some app was installed, updated or removed.
    PackageChange,
    /// The app itself was installed or updated.
    OwnUpdate,
    /// The time zone changed.
    TimeZone,
    /// Airplane mode was switched on or off.
    Airplane,
}

impl Occasion {
    pub(super) const ALL: [Self; 13] = [
        Self::Boot,
        Self::FirstUnlock,
        Self::Unlock,
        Self::ScreenOn,
        Self::ScreenOff,
        Self::SimChange,
        Self::ServiceChange,
        Self::Connectivity,
        Self::Charging,
        Self::PackageChange,
        Self::OwnUpdate,
        Self::TimeZone,
        Self::Airplane,
    ];

    /// The occasion that a device event is; `None` where nothing can be counted by it.
    pub(super) fn of(trigger: Trigger) -> Option<Self> {
        Some(match trigger {
            Trigger::Boot => Self::Boot,
            Trigger::Connectivity => Self::Connectivity,
            Trigger::SimChange => Self::SimChange,
            Trigger::ServiceChange => Self::ServiceChange,
            Trigger::ScreenOn => Self::ScreenOn,
            Trigger::ScreenOff => Self::ScreenOff,
            Trigger::Unlock => Self::Unlock,
            Trigger::PackageChange => Self::PackageChange,
            Trigger::Charging => Self::Charging,
            Trigger::TimeZone => Self::TimeZone,
            Trigger::Airplane => Self::Airplane,
            // An app's timer, which nobody outside of it can see.
            Trigger::Alarm => return None,
        })
    }
}

/// What looks like a beacon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Evidence {
    /// It speaks after something happened to the device: of `of` times, at `hits` a connection began within
    /// `within_s` seconds. Boots with a SIM that changed count as changes of it, and boots without as other stretches. A boot at which it
    /// may have spoken before anything was seen counts as one at which it did not.
    Event {
        /// What happened.
        trigger: Occasion,
        /// Length of the time after it that was looked at, in seconds.
        within_s: u32,
        /// How often a connection began in that time.
        hits: u32,
        /// How often it happened while no connection of the pair was open.
        of: u32,
        /// In how many other stretches of the same length, after those, a connection began.
        other_hits: u32,
        /// How many other stretches there were.
        others: u32,
    },
    /// It speaks at intervals, when nobody had used the phone: after `seen` of `of` contacts another came `period_s` later, give or
    /// take `jitter_s`, or as much later as it took until the phone was on again (or as much earlier as the one before had waited for
    /// that), or so much after the phone was last switched on, with two others before it at most. Those after which one or two were lost
    /// are left aside.
    Period {
        /// The interval, in seconds.
        period_s: u32,
        /// The tolerance, in seconds.
        jitter_s: u32,
        /// After how many that was so.
        seen: u32,
        /// Of how many.
        of: u32,
        /// Of the contacts that have one of two periods before, or could have: how many have, within twice the tolerance (the
        /// autocorrelation at lag two).
        again: u32,
        /// How many could have.
        again_of: u32,
    },
}

/// What speaks for somebody who tells, besides when it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// Of the connections that the evidence is about, most sent more than they received, or enough to tell something and got hardly
    /// more than a receipt, and they sent about as much each time; or most clearly upload, however much each time.
    Uploads,
    /// No DNS answer gave the address, while most others had one.
    Unnamed,
    /// Twice at least, six connections, one after the other, got no answer.
    Storms,
}

/// What else was seen of the pair.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Support {
    /// Why it is told, besides when it speaks: `None` of what answers a SIM that changed or its own update and fetches as much as it
    /// tells, and where timing alone was asked for, which shows much that tells nobody anything.
    pub telling: Option<Telling>,
    /// Connections that were begun: where an app says much else to the same host, those that carried about as much.
    pub flows: u32,
    /// Payload bytes that left.
    pub sent: u64,
    /// Payload bytes that came back.
    pub received: u64,
    /// The least and the most bytes that one of the last connections of those that the evidence is about sent, where that is
    /// nearly the same.
    pub stable_upload: Option<(u32, u32)>,
    /// That nothing named the address: no DNS answer gave it, and no hello or request said a name.
    pub no_dns: bool,
    /// How often six connections, one after the other, got no answer.
    pub retry_storms: u32,
    /// Seconds between an update of the app and its first contact ever with this destination, where that was less than an hour.
    pub first_contact_after_update_s: Option<u32>,
}

/// "Looks like a beacon": told once per app, destination and occasion (or period). Never a reason to block by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beacon {
    /// What was counted.
    pub evidence: Evidence,
    /// What else was seen.
    pub support: Support,
}
