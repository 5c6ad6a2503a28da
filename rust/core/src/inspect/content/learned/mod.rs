//! Identifiers that no format betrays: a random token that an app sends to others, day after day, or
//! that several apps or several receivers have in common.
//!
//! A value is a candidate if it can hold 64 bits and its name does not say that it is something else
//! (a session, a nonce, a digest). It is told, as a warning only, if the memory knows it from 24 hours
//! before and on another day, and besides either its name means a device or a person, or several
//! apps or several registrable domains have it; or at once, if its name says so and several apps have it.
//! An identifier that all users share, such as a build's, cannot be told apart from one's own.

mod key;
mod sender;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod token;

use std::fmt;

use super::decode::{Field, Reader, Stands, Trail};
use super::identify::masked;
use super::known::IdentifierKey;
use super::{Basis, Finding, IdentifierKind};
use crate::seal::Seal;
use key::{Role, role, role_within};
use sender::Parties;
use store::{Seen, Store};
use token::Token;

pub use sender::Sender;
pub(crate) use sender::{is_near, registrable};
pub use state::{STATE_MAX, StateError};

/// Tokens of one request that are looked up: more are a list of things, not identifiers.
const TOKENS_MAX: usize = 32;
/// Milliseconds of an hour: the memory's finest time.
const HOUR_MS: u64 = 3_600_000;

/// What each piece of evidence adds to the confidence, in percent. Two pieces alert.
const PIECE: u8 = 30;
/// What a week of sightings adds.
const WEEK: u8 = 5;
/// What it costs if the name has held other tokens before: identifiers that are made anew tell less.
const ROTATES: u8 = 10;
/// Changes from which on they are made anew.
const ROTATES_FROM: u16 = 3;
/// A build's or a content's identifier looks the same, so it is never sure.
const SUREST: u8 = 90;

/// The memory of tokens. Holds keyed fingerprints and hours, no token, name or domain; at most
/// 128 apps with 64 fields each.
pub struct Learned {
    seal: Seal,
    store: Store,
}

impl fmt::Debug for Learned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Learned({} apps)", self.store.apps.len())
    }
}

impl Learned {
    /// An empty memory whose state can be read again with `key`.
    pub fn new(key: &IdentifierKey) -> Self {
        Self::with(Self::seal(key))
    }

    /// An empty memory for this run only: its state cannot be read by another.
    pub fn unsaved(seed: u64) -> Self {
        Self::with(Seal::unsaved(seed))
    }

    fn seal(key: &IdentifierKey) -> Seal {
        Seal::of(key, b"gasket: learned tokens")
    }

    fn with(seal: Seal) -> Self {
        Self {
            seal,
            store: Store::new(std::collections::BTreeMap::new()),
        }
    }

    /// The memory that [`Learned::state`] gave, made with `key`.
    ///
    /// # Errors
    /// [`StateError`]: the bytes are of another version, damaged, or made with another key.
    pub fn restore(state: &[u8], key: &IdentifierKey) -> Result<Self, StateError> {
        let seal = Self::seal(key);
        let store = Store::new(state::read(state, &seal)?);
        Ok(Self { seal, store })
    }

    /// All of it, to be kept: at most [`STATE_MAX`] bytes.
    pub fn state(&self) -> Vec<u8> {
        state::write(&self.store.apps, &self.seal)
    }

    /// Has the memory read along with a request that `sender` sends, `wall_clock_ms` after 1970.
    pub fn at<'a>(&'a mut self, sender: Sender<'a>, wall_clock_ms: u64) -> Learning<'a> {
        Learning {
            memory: self,
            sender,
            hour: u32::try_from(wall_clock_ms / HOUR_MS).unwrap_or(u32::MAX),
        }
    }
}

/// The memory, and the request that it reads.
#[derive(Debug)]
pub struct Learning<'a> {
    memory: &'a mut Learned,
    sender: Sender<'a>,
    hour: u32,
}

/// Reads along with the decode chain.
pub(super) struct Search<'a> {
    learning: Option<Learning<'a>>,
    /// Made for the first candidate: most requests have none.
    parties: Option<Option<Parties>>,
    /// Fields of this request that held a token already: a second one makes it a list.
    fields: [u64; TOKENS_MAX],
    fields_len: usize,
    findings: Vec<Finding>,
}

impl<'a> Search<'a> {
    pub(super) fn new(learning: Option<Learning<'a>>) -> Self {
        Self {
            learning: learning.filter(|learning| learning.sender.is_worth_reading()),
            parties: None,
            fields: [0; TOKENS_MAX],
            fields_len: 0,
            findings: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<Finding> {
        self.findings
    }

    fn token(&mut self, trail: &Trail<'_>, name: &str, token: &Token<'_>, value: &str) {
        let Some(learning) = &mut self.learning else {
            return;
        };
        let step = trail.step();
        let role = match trail.keys {
            [.., outer, _] => role_within(outer, name),
            _ => role(name, step == "header"),
        };
        // What stands in a path, or in the query of a file, is most often what is asked for.
        let needs_name = step == "path" || (step == "query" && learning.sender.fetches_asset());
        if role == Role::Other || (needs_name && role != Role::Telling) {
            return;
        }
        let Learned { seal, store } = &mut *learning.memory;
        let parties = self
            .parties
            .get_or_insert_with(|| learning.sender.parties(seal));
        let Some(parties) = parties else {
            return;
        };
        let field = seal.field(parties, name);
        let known = self.fields.get(..self.fields_len).unwrap_or_default();
        if known.contains(&field) {
            return;
        }
        let Some(next) = self.fields.get_mut(self.fields_len) else {
            return;
        };
        *next = field;
        self.fields_len += 1;
        let seen = store.see(parties, field, seal.token(token), learning.hour);
        if let Some(confidence) = confidence(&seen, role == Role::Telling) {
            self.findings.push(Finding {
                kind: IdentifierKind::StableId,
                masked: masked(value),
                path: trail.text(),
                confidence,
                basis: Basis::Learned,
            });
        }
    }
}

/// How sure that makes; `None` where it is not worth telling.
fn confidence(seen: &Seen, is_telling: bool) -> Option<u8> {
    let tells = seen.stable && (is_telling || seen.apps || seen.domains);
    if !(tells || (is_telling && seen.apps)) {
        return None;
    }
    let pieces = [is_telling, seen.stable, seen.apps, seen.domains];
    let mut percent: u8 = pieces
        .into_iter()
        .map(|piece| u8::from(piece) * PIECE)
        .sum();
    if seen.days >= 7 {
        percent += WEEK;
    }
    if seen.changes >= ROTATES_FROM {
        percent = percent.saturating_sub(ROTATES);
    }
    Some(percent.min(SUREST))
}

impl Reader for Search<'_> {
    fn text(&mut self, _: &Trail<'_>, _: &str) {}

    fn whole(&mut self, _: &Trail<'_>, _: &str) {}

    fn field(&mut self, trail: &Trail<'_>, key: &str, value: &str, _stands: Stands) {
        if self.learning.is_some()
            && let Some(token) = Token::of(value)
        {
            self.token(trail, key, &token, value);
        }
    }

    fn group(&mut self, _: &Trail<'_>, _: &[Field<'_>]) {}
}
