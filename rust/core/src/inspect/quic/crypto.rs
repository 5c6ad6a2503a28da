//! The CRYPTO stream of a client's Initials (RFC 9000, section 19.6).

use super::super::ClientHello;
use super::super::tls::{HELLO_MAX, message_len, parse_client_hello};

const CLIENT_HELLO: u8 = 1;

/// The CRYPTO stream, put together out of order.
#[derive(Debug, Default)]
pub(super) struct CryptoStream {
    bytes: Vec<u8>,
    /// For each of `bytes`, whether it has come.
    come: Vec<bool>,
    /// How many have come without a gap.
    whole: usize,
}

impl CryptoStream {
    /// Adds a stretch that begins at `offset`.
    pub(super) fn add(&mut self, offset: u64, bytes: &[u8]) -> Result<(), &'static str> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(bytes.len());
        if end > HELLO_MAX {
            return Err("hello too long");
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
            self.come.resize(end, false);
        }
        let have = self.bytes.get_mut(start..end).unwrap_or_default();
        let come = self.come.get_mut(start..end).unwrap_or_default();
        for ((have, come), &byte) in have.iter_mut().zip(come).zip(bytes) {
            // Two servers could keep different ones (RFC 9000, section 2.2).
            if *come && *have != byte {
                return Err("conflicting CRYPTO frames");
            }
            *have = byte;
            *come = true;
        }
        let further = self
            .come
            .iter()
            .skip(self.whole)
            .take_while(|come| **come)
            .count();
        self.whole += further;
        Ok(())
    }

    /// The hello, once all of it is there.
    pub(super) fn hello(&self) -> Result<Option<ClientHello>, &'static str> {
        let there = self.bytes.get(..self.whole).unwrap_or_default();
        if there.first().is_some_and(|&kind| kind != CLIENT_HELLO) {
            return Err("no ClientHello where one must be");
        }
        let Some(len) = message_len(there) else {
            return Ok(None);
        };
        if len > HELLO_MAX {
            return Err("hello too long");
        }
        there
            .get(..len)
            .and_then(|hello| hello.get(4..))
            .map(parse_client_hello)
            .transpose()
    }
}
