//! What goes wrong while it runs, and what that explains.

use std::time::{Duration, Instant};

use gasket_tests::chance::Chance;

use super::kinds::{Device, Who};

/// Something that goes wrong for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// The app of that number is blocked.
    AppBlocked(u8),
    /// The resolver never answers.
    ResolverDead,
    /// The resolver lies before it tells the truth.
    ResolverLies,
    /// All servers that are ours are killed, and come back.
    ServersGone,
    /// The servers' addresses are gone from the network.
    NetworkLost,
    /// The platform knows no owner.
    OwnersUnknown,
    /// The platform does not answer.
    OwnersSilent,
    /// The platform names an app that is not there.
    OwnersWrong,
    /// The platform takes its time: who is asked for late in a crowd is named too late.
    OwnersSlow,
    /// The platform named an owner too late without being made to: the machine had too much else to do.
    Stalled,
    /// Sockets cannot be kept out of the tunnel.
    Unprotected,
    /// Other tunnels, one after the other.
    TunnelsReplaced,
    /// The engine does not run, as on a phone that sleeps.
    Stopped,
    /// No descriptors left.
    NoDescriptors,
    /// Settings that concern nobody, again and again.
    Settings,
    /// `gasket run` is killed with `KILL`.
    Killed,
    /// The disk under the events of `gasket run` is full.
    DiskFull,
}

/// Those that are drawn from; what happens to `gasket run` has its own time, and nobody makes the machine stall.
pub(super) const FAULTS: [Fault; 16] = [
    Fault::AppBlocked(1),
    Fault::AppBlocked(2),
    Fault::AppBlocked(3),
    Fault::ResolverDead,
    Fault::ResolverLies,
    Fault::ServersGone,
    Fault::NetworkLost,
    Fault::OwnersUnknown,
    Fault::OwnersSilent,
    Fault::OwnersWrong,
    Fault::OwnersSlow,
    Fault::Unprotected,
    Fault::TunnelsReplaced,
    Fault::Stopped,
    Fault::NoDescriptors,
    Fault::Settings,
];

/// A stretch of time in which something was wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) fault: Fault,
    pub(super) from: Instant,
    pub(super) to: Option<Instant>,
}

impl Fault {
    /// How long it lasts.
    pub(super) fn lasts(self, chance: &mut Chance) -> Duration {
        let seconds = match self {
            Self::Stopped | Self::NoDescriptors | Self::ServersGone => 1 + chance.below(2),
            Self::ResolverDead | Self::OwnersSilent | Self::NetworkLost => 2 + chance.below(4),
            _ => 3 + chance.below(5),
        };
        Duration::from_secs(seconds as u64)
    }

    /// Whether it may end what `who` does.
    fn ends(self, who: Who) -> bool {
        let on_phone = who.device == Device::Phone;
        match self {
            Self::AppBlocked(app) => on_phone && who.app == app,
            Self::ServersGone | Self::NetworkLost => true,
            Self::ResolverDead
            | Self::OwnersUnknown
            | Self::OwnersSilent
            | Self::OwnersSlow
            | Self::Stalled
            | Self::Unprotected
            | Self::NoDescriptors => on_phone,
            Self::Killed => who.device == Device::Command,
            Self::ResolverLies
            | Self::OwnersWrong
            | Self::TunnelsReplaced
            | Self::Stopped
            | Self::Settings
            | Self::DiskFull => false,
        }
    }

    /// How long it is felt after it is over.
    fn is_felt(self) -> Duration {
        Duration::from_secs(match self {
            // TCP tries again, at longer and longer intervals (RFC 6298, section 5.5).
            Self::NetworkLost => 12,
            Self::ServersGone => 4,
            _ => 3,
        })
    }
}

impl Window {
    /// Whether what `who` did between the two times may have been ended by it.
    pub(super) fn explains(&self, who: Who, since: Instant, until: Instant) -> bool {
        let to = self.to.map_or(until, |to| to + self.fault.is_felt());
        self.fault.ends(who) && self.from <= until && to >= since
    }

    /// Whether what `who` leaked `since` then may not have been told: what was to be told went with the engine, or did
    /// not fit on the disk.
    pub(super) fn silences(&self, who: Who, since: Instant) -> bool {
        let takes_words = matches!(self.fault, Fault::Killed | Fault::DiskFull);
        let before = Duration::from_secs(10);
        let to = self.to.unwrap_or_else(Instant::now) + Duration::from_secs(2);
        takes_words && who.device == Device::Command && self.from <= since + before && to >= since
    }
}
