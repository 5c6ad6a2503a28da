//! What is kept from one run to the next: random codes that come again, and who speaks when.
//!
//! As bytes: `GSKTMEM1`; the length of the first part (4, little-endian); that part
//! ([`Learned::state`]); the other ([`Beacons::state`]). What was kept before there was a second part is the
//! first alone.

use std::fmt;

use crate::beacon::{self, Beacons};
use crate::inspect::content::known::IdentifierKey;
use crate::inspect::content::learned::{self, Learned};

const MAGIC: &[u8; 8] = b"GSKTMEM1";
const LENGTH_LEN: usize = 4;

/// Most bytes that state can have: 1.9 MB.
pub const STATE_MAX: usize = MAGIC.len() + LENGTH_LEN + learned::STATE_MAX + beacon::STATE_MAX;

/// All that is kept.
#[derive(Debug)]
pub struct Memory {
    /// Random codes that come again.
    pub learned: Learned,
    /// Who speaks when.
    pub beacons: Beacons,
}

/// Why bytes are no state of this memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateError {
    /// Of the codes.
    Learned(learned::StateError),
    /// Of who speaks when.
    Beacons(beacon::StateError),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Learned(error) => error.fmt(f),
            Self::Beacons(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StateError {}

impl Memory {
    /// An empty memory whose state can be read again with `key`.
    pub fn new(key: &IdentifierKey) -> Self {
        Self {
            learned: Learned::new(key),
            beacons: Beacons::new(key),
        }
    }

    /// The memory that [`Memory::state`] gave, made with `key`.
    ///
    /// # Errors
    /// [`StateError`]: the bytes are of another version, damaged, or made with another key.
    pub fn restore(state: &[u8], key: &IdentifierKey) -> Result<Self, StateError> {
        let Some((first, second)) = parts(state) else {
            return Ok(Self {
                learned: Learned::restore(state, key).map_err(StateError::Learned)?,
                beacons: Beacons::new(key),
            });
        };
        Ok(Self {
            learned: Learned::restore(first, key).map_err(StateError::Learned)?,
            beacons: Beacons::restore(second, key).map_err(StateError::Beacons)?,
        })
    }

    /// All of it, to be kept: at most [`STATE_MAX`] bytes.
    pub fn state(&self) -> Vec<u8> {
        state(&self.learned, &self.beacons)
    }
}

/// The same of memories that are somewhere else.
pub fn state(learned: &Learned, beacons: &Beacons) -> Vec<u8> {
    let first = learned.state();
    let mut state = MAGIC.to_vec();
    state.extend((first.len() as u32).to_le_bytes());
    state.extend(first);
    state.extend(beacons.state());
    state
}

/// The two parts; `None` where it does not begin as state of two parts does.
fn parts(state: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = state.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<LENGTH_LEN>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Trigger;

    fn key(byte: u8) -> IdentifierKey {
        IdentifierKey::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn both_parts_come_back() {
        let mut memory = Memory::new(&key(1));
        memory
            .beacons
            .handle_event(1_798_761_600_000, Trigger::Boot, None);
        let state = memory.state();
        assert_eq!(Memory::restore(&state, &key(1)).unwrap().state(), state);
        assert_ne!(Memory::new(&key(1)).state(), state);
        assert_eq!(
            Memory::restore(&state, &key(2)).unwrap_err(),
            StateError::Learned(learned::StateError::Sum)
        );
        for len in 0..state.len() {
            assert!(Memory::restore(&state[..len], &key(1)).is_err(), "{len}");
        }
        let mut damaged = state.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert_eq!(
            Memory::restore(&damaged, &key(1)).unwrap_err(),
            StateError::Beacons(beacon::StateError::Sum)
        );
    }

    #[test]
    fn state_of_before_there_were_beacons_is_read() {
        let old = Learned::new(&key(1)).state();
        let memory = Memory::restore(&old, &key(1)).unwrap();
        assert_eq!(memory.learned.state(), old);
        assert_eq!(memory.beacons.state(), Beacons::new(&key(1)).state());
    }
}
