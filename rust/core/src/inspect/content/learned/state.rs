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

#[cfg(test)]
mod tests {
    use super::*;

    fn app(slots: usize, first: u32, last: u32) -> App {
        let slot = Slot {
            domain: 1,
            token: 2,
            first,
            last,
            days: 3,
            changes: 4,
        };
        App {
            is_known: true,
            last,
            slots: (0..slots).map(|field| (field as u64, slot)).collect(),
        }
    }

    fn of_apps(count: usize, app: &App) -> BTreeMap<u64, App> {
        (0..count).map(|id| (id as u64, app.clone())).collect()
    }

    #[test]
    fn what_cannot_be_is_refused_although_its_sum_is_right() {
        let seal = Seal::unsaved(3);
        let hour = EARLIEST_HOUR;
        for (apps, problem) in [
            (of_apps(0, &app(1, hour, hour)), None),
            (of_apps(APPS_MAX, &app(SLOTS_MAX, hour, hour + 1)), None),
            (
                of_apps(APPS_MAX + 1, &app(1, hour, hour)),
                Some("number of apps"),
            ),
            (
                of_apps(APPS_MAX + 2, &app(1, hour, hour)),
                Some("number of apps"),
            ),
            (of_apps(1, &app(0, hour, hour)), Some("slots")),
            (of_apps(1, &app(SLOTS_MAX + 1, hour, hour)), Some("slots")),
            (of_apps(1, &app(1, hour - 1, hour)), Some("slots")),
            (of_apps(1, &app(1, hour + 1, hour)), Some("slots")),
        ] {
            let state = write(&apps, &seal);
            assert!(state.len() <= STATE_MAX || problem.is_some());
            let expected = match problem {
                None => Ok(apps),
                Some(part) => Err(StateError::Part(part)),
            };
            assert_eq!(read(&state, &seal), expected);
        }
    }

    #[test]
    fn what_is_too_long_or_too_short_is_refused_although_its_sum_is_right() {
        let seal = Seal::unsaved(3);
        let whole = write(&of_apps(1, &app(1, EARLIEST_HOUR, EARLIEST_HOUR)), &seal);
        let body = &whole[..whole.len() - SUM_LEN];
        for body in [&body[..body.len() - 1], &[body, &[0]].concat()] {
            let state = [body, &seal.sum(body).to_le_bytes()].concat();
            assert_eq!(read(&state, &seal), Err(StateError::Part("length")));
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        for (error, text) in [
            (
                StateError::Version,
                "it does not begin with GSKTLRN1, so this version cannot read it. Put",
            ),
            (
                StateError::Sum,
                "it is damaged, or was made with another key. Put the right file back",
            ),
            (
                StateError::Part("slots"),
                "its slots cannot be. Remove it to learn from anew",
            ),
        ] {
            let shown = error.to_string();
            assert!(shown.starts_with(text), "{shown}");
        }
    }
}
