//! Where an act is played: on a machine's own network stack, or in memory.

pub(super) mod live;
pub(super) mod memory;

use std::net::IpAddr;

use gasket_core::config::{AppMode, Config, RuleChoice};
use gasket_core::event::{Event, Subject};
use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;
use gasket_core::policy::Decision;

use super::act::{Act, REGISTRATION};
use super::internet;
use super::phone;
use super::wire::Wire;

/// The app's user id on the fake phone; ids from 10000 on are ordinary apps'.
const APP_UID: u32 = 10_123;

/// What came of an act.
#[derive(Debug)]
pub(super) struct Played {
    /// What Gasket told.
    pub(super) events: Vec<Event>,
    /// What reached the fake internet.
    pub(super) wire: Wire,
    /// What the app got back.
    pub(super) answer: Vec<u8>,
    /// How often the app tried.
    pub(super) attempts: usize,
}

/// What Gasket does in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Nothing: the app is trusted.
    Unfiltered,
    /// What it does by itself.
    Guarded,
    /// That, and it answers registrations itself.
    Answering,
}

/// A place to play in.
pub(super) trait Stage {
    /// Plays `act` in this way.
    ///
    /// # Errors
    /// Why it could not be played to its end.
    fn play(&mut self, act: &Act, way: Way) -> Result<Played, String>;
}

fn config(way: Way) -> Config {
    let answered = (way == Way::Answering).then(|| (REGISTRATION.to_owned(), RuleChoice::Answer));
    Config {
        default_mode: match way {
            Way::Unfiltered => AppMode::Trust,
            Way::Guarded | Way::Answering => AppMode::Guard,
        },
        rules: answered.into_iter().collect(),
        resolver_addresses: vec![IpAddr::V4(phone::RESOLVER)],
        dns_upstreams: vec![internet::RESOLVER],
        ..Config::default()
    }
}

fn owner(act: &Act) -> Owner {
    Owner {
        uid: APP_UID,
        packages: vec![act.package.to_owned()],
        system: act.is_preinstalled,
    }
}

/// Whether the app will not hear any more of its message: a blocked datagram has no answer.
fn is_settled(act: &Act, events: &[Event]) -> bool {
    act.protocol == Protocol::Udp
        && events
            .iter()
            .any(|event| event.verdict == Decision::Block && event.subject != Subject::DnsQuestion)
}
