//! Keyed fingerprints, for what is kept from one run to the next.

use std::hash::Hasher;

use siphasher::sip::SipHasher24;

use crate::inspect::content::known::IdentifierKey;
use crate::owner::Owner;

/// Makes fingerprints: SipHash-2-4 with a secret key, so that who reads them learns nothing. What a memory
/// fingerprints besides, it adds to this by numbers that are not taken here: 2 to 4.
#[derive(Clone)]
pub(crate) struct Seal(SipHasher24);

impl Seal {
    /// For a memory of its own, told by `purpose`.
    pub(crate) fn of(key: &IdentifierKey, purpose: &[u8]) -> Self {
        Self(SipHasher24::new_with_key(&key.derive(purpose)))
    }

    /// For this run only.
    pub(crate) fn unsaved(seed: u64) -> Self {
        let mut key = [0; 16];
        let (low, _) = key.split_at_mut(8);
        low.copy_from_slice(&seed.to_le_bytes());
        Self(SipHasher24::new_with_key(&key))
    }

    /// Begins a fingerprint; the same bytes have another one for every `what`.
    pub(crate) fn about(&self, what: u8) -> SipHasher24 {
        let mut hasher = self.0;
        hasher.write_u8(what);
        hasher
    }

    pub(crate) fn app(&self, owner: Option<&Owner>) -> u64 {
        let mut hasher = self.about(1);
        if let Some(owner) = owner {
            hasher.write_u32(owner.uid);
            for package in &owner.packages {
                hasher.write(package.as_bytes());
                hasher.write_u8(0);
            }
        }
        hasher.finish()
    }

    /// Tells whether state is whole and was made with this key.
    pub(crate) fn sum(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.about(5);
        hasher.write(bytes);
        hasher.finish()
    }
}
