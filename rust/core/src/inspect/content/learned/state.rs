//! What is learned, as bytes: fingerprints and times, nothing that could be read back.
//!
//! All numbers little-endian. `GSKTLRN1`; number of apps (2 bytes); of each app its fingerprint (8),
//! whether it was named (1), its number of slots (1), and of each slot field (8), domain (8), token (8),
//! first hour (4), last hour (4), days (2), changes (2); last a keyed sum of all before (8).

use std::collections::BTreeMap;
use std::fmt;

use super::store::{APPS_MAX, App, EARLIEST_HOUR, SLOTS_MAX, Slot};
use crate::seal::Seal;

/// The digit is the version of the layout.
const MAGIC: &[u8; 8] = b"GSKTLRN1";
const APP_LEN: usize = 8 + 1 + 1;
const SLOT_LEN: usize = 3 * 8 + 2 * 4 + 2 * 2;
const SUM_LEN: usize = 8;

/// Most bytes that state can have: 297 KiB.
pub const STATE_MAX: usize =
    MAGIC.len() + 2 + APPS_MAX * (APP_LEN + SLOTS_MAX * SLOT_LEN) + SUM_LEN;

/// Why bytes are no state of this memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateError {
    /// They do not begin as state of this version does.
    Version,
    /// They are damaged, or were made with another key.
    Sum,
    /// The sum is right, but what they say is impossible; the name of the part.
    Part(&'static str),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Version => "it does not begin with GSKTLRN1, so this version cannot read it",
            Self::Sum => "it is damaged, or was made with another key",
            Self::Part(part) => {
                return write!(f, "its {part} cannot be. Remove it to learn from anew");
            }
        };
        write!(
            f,
            "{what}. Put the right file back, or remove it to learn from anew"
        )
    }
}

impl std::error::Error for StateError {}

pub(super) fn write(apps: &BTreeMap<u64, App>, seal: &Seal) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend((apps.len() as u16).to_le_bytes());
    for (id, app) in apps {
        out.extend(id.to_le_bytes());
        out.push(u8::from(app.is_known));
        out.push(app.slots.len() as u8);
        for (field, slot) in &app.slots {
            out.extend(field.to_le_bytes());
            out.extend(slot.domain.to_le_bytes());
            out.extend(slot.token.to_le_bytes());
            out.extend(slot.first.to_le_bytes());
            out.extend(slot.last.to_le_bytes());
            out.extend(slot.days.to_le_bytes());
            out.extend(slot.changes.to_le_bytes());
        }
    }
    out.extend(seal.sum(&out).to_le_bytes());
    out
}

pub(super) fn read(bytes: &[u8], seal: &Seal) -> Result<BTreeMap<u64, App>, StateError> {
    let (body, sum) = bytes
        .split_last_chunk::<SUM_LEN>()
        .ok_or(StateError::Version)?;
    let mut rest = Rest(body.strip_prefix(MAGIC).ok_or(StateError::Version)?);
    if seal.sum(body).to_le_bytes() != *sum {
        return Err(StateError::Sum);
    }
    let apps = rest.apps().ok_or(StateError::Part("length"))?;
    let fits = |app: &App| {
        (1..=SLOTS_MAX).contains(&app.slots.len())
            && app
                .slots
                .values()
                .all(|s| EARLIEST_HOUR <= s.first && s.first <= s.last)
    };
    match () {
        () if !rest.0.is_empty() => Err(StateError::Part("length")),
        () if apps.len() > APPS_MAX => Err(StateError::Part("number of apps")),
        () if !apps.values().all(fits) => Err(StateError::Part("slots")),
        () => Ok(apps),
    }
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn apps(&mut self) -> Option<BTreeMap<u64, App>> {
        let count = u16::from_le_bytes(self.take()?);
        (0..count)
            .map(|_| Some((u64::from_le_bytes(self.take()?), self.app()?)))
            .collect()
    }

    fn app(&mut self) -> Option<App> {
        let [is_known, count] = self.take()?;
        let slots: BTreeMap<u64, Slot> = (0..count)
            .map(|_| Some((u64::from_le_bytes(self.take()?), self.slot()?)))
            .collect::<Option<_>>()?;
        Some(App {
            is_known: is_known != 0,
            last: slots
                .values()
                .map(|slot| slot.last)
                .max()
                .unwrap_or_default(),
            slots,
        })
    }

    fn slot(&mut self) -> Option<Slot> {
        Some(Slot {
            domain: u64::from_le_bytes(self.take()?),
            token: u64::from_le_bytes(self.take()?),
            first: u32::from_le_bytes(self.take()?),
            last: u32::from_le_bytes(self.take()?),
            days: u16::from_le_bytes(self.take()?),
            changes: u16::from_le_bytes(self.take()?),
        })
    }
}
