//! The key, and what is made with it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use siphasher::sip::SipHasher24;

use super::needle::{Class, TAG_LEN};

/// Bytes of a key: as many as HMAC-SHA-256 puts out (RFC 2104, section 3).
pub const KEY_LEN: usize = 32;

/// The secret that identifiers are hashed with. The caller keeps it, apart from the config; on the
/// phone it is wrapped by the Keystore. It is neither printed nor written by this crate.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentifierKey([u8; KEY_LEN]);

/// Why a key is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// It has so many bytes, not [`KEY_LEN`].
    Length(usize),
    /// The identifiers were made with another key.
    Other,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(bytes) => write!(
                f,
                "the key has {bytes} bytes, not {KEY_LEN}; put the right file back, or remove it \
                 and the config's \"known_identifiers\" and enter the identifiers again"
            ),
            Self::Other => f.write_str(
                "the key is not the one that \"known_identifiers\" was made with; put the right one \
                 back, or remove \"known_identifiers\" and enter the identifiers again",
            ),
        }
    }
}

impl std::error::Error for KeyError {}

impl fmt::Debug for IdentifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentifierKey(…)")
    }
}

impl IdentifierKey {
    /// A key of random bytes.
    ///
    /// # Errors
    /// [`KeyError::Length`] unless there are [`KEY_LEN`].
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        let key = bytes
            .try_into()
            .map_err(|_| KeyError::Length(bytes.len()))?;
        Ok(Self(key))
    }

    /// A key for another purpose, which tells nothing about this one.
    pub(crate) fn derive(&self, purpose: &[u8]) -> [u8; 16] {
        let whole = mac(self).chain_update(purpose).finalize().into_bytes();
        let mut derived = [0; 16];
        for (to, from) in derived.iter_mut().zip(whole) {
            *to = from;
        }
        derived
    }

    /// Sixteen hexadecimal digits that tell this key from another and nothing about it.
    pub(super) fn check(&self) -> String {
        let whole = mac(self).chain_update(b"gasket: which key");
        let bytes = whole.finalize().into_bytes();
        bytes.iter().take(8).map(|b| format!("{b:02x}")).collect()
    }
}

fn mac(key: &IdentifierKey) -> Hmac<Sha256> {
    // The fixed-size key of a block; shorter ones are padded with zeros (RFC 2104, section 2).
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    if let Some(head) = block.get_mut(..KEY_LEN) {
        head.copy_from_slice(&key.0);
    }
    Hmac::new(&block)
}

/// Makes and compares keyed hashes.
#[derive(Clone)]
pub(super) struct Seal {
    mac: Hmac<Sha256>,
    fingerprints: SipHasher24,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Seal {
    pub(super) fn new(key: &IdentifierKey) -> Self {
        let sip = key.derive(b"gasket: fingerprints");
        Self {
            mac: mac(key),
            fingerprints: SipHasher24::new_with_key(&sip),
        }
    }

    /// 32 bits that say whether a token is worth an HMAC.
    pub(super) fn fingerprint(&self, token: &[u8]) -> u32 {
        (self.fingerprints.hash(token) >> 32) as u32
    }

    pub(super) fn tag(&self, class: Class, token: &[u8]) -> [u8; TAG_LEN] {
        let whole = self.of(class, token).finalize().into_bytes();
        let mut tag = [0; TAG_LEN];
        for (to, from) in tag.iter_mut().zip(whole) {
            *to = from;
        }
        tag
    }

    /// Whether `tag` is the token's, in a time that does not depend on where they differ.
    pub(super) fn confirms(&self, class: Class, token: &[u8], tag: &[u8; TAG_LEN]) -> bool {
        self.of(class, token).verify_truncated_left(tag).is_ok()
    }

    fn of(&self, class: Class, token: &[u8]) -> Hmac<Sha256> {
        let domain = [b'g', b'k', 1, class as u8];
        self.mac.clone().chain_update(domain).chain_update(token)
    }
}
