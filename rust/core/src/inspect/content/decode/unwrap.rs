//! Finds and undoes percent-encoding, base64 and hexadecimal in text without structure.

use std::borrow::Cow;

use super::chain::{Chain, Layer};
use super::nature::{Nature, nature};
use super::{PERCENT_ROUNDS, SAMPLE, TOKEN_MIN, radix};

impl Chain<'_> {
    pub(super) fn unwrap(&mut self, layer: &Layer, text: &str) {
        let bytes = text.as_bytes();
        if radix::has_percent(bytes) {
            self.percent(layer, bytes);
        } else if !self.base_encoded(layer, bytes) {
            self.tokens(layer, bytes);
        }
    }

    fn percent(&mut self, layer: &Layer, bytes: &[u8]) {
        let mut out = Cow::Borrowed(bytes);
        for _ in 0..PERCENT_ROUNDS {
            if !radix::has_percent(&out) || !self.spend(out.len()) {
                break;
            }
            out = Cow::Owned(radix::percent(&out));
        }
        self.decoded(layer, "percent", out.into_owned());
    }

    /// Opens hexadecimal or base64, if all of `bytes` is that and something readable is in it.
    fn base_encoded(&mut self, layer: &Layer, bytes: &[u8]) -> bool {
        let bytes = match memchr::memmem::find(bytes, b";base64,") {
            Some(at) if bytes.starts_with(b"data:") => bytes.get(at + 8..).unwrap_or_default(),
            _ => bytes,
        };
        if radix::may_be_hex(bytes) {
            let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
            if nature(&radix::hex(sample)) != Nature::Opaque && self.spend(bytes.len()) {
                let out = radix::hex(bytes);
                self.decoded(layer, "hex", out);
                return true;
            }
        }
        if !radix::may_be_base64(bytes) {
            return false;
        }
        let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
        // A stretch from the middle of a long body may begin anywhere in a group of four.
        let skips = if bytes.len() > SAMPLE { 0..4 } else { 0..1 };
        for skip in skips {
            if nature(&radix::base64(sample, skip)) != Nature::Opaque && self.spend(bytes.len()) {
                let out = radix::base64(bytes, skip);
                self.decoded(layer, "base64", out);
                return true;
            }
        }
        // A space may be a plus sign that went through a form unencoded.
        if bytes.contains(&b' ') && !bytes.contains(&b'+') && self.spend(bytes.len()) {
            let mended: Vec<u8> = bytes
                .iter()
                .map(|&b| if b == b' ' { b'+' } else { b })
                .collect();
            let out = radix::base64(&mended, 0);
            if nature(&out) != Nature::Opaque {
                self.decoded(layer, "base64", out);
                return true;
            }
        }
        false
    }

    /// Opens the encoded tokens within other text.
    fn tokens(&mut self, layer: &Layer, bytes: &[u8]) {
        let apart = |b: &u8| !(b.is_ascii_alphanumeric() || b"+/-_=".contains(b));
        let mut spent = 0;
        for token in bytes.split(apart) {
            spent += token.len() + 1;
            if token.len() >= TOKEN_MIN && token.len() < bytes.len() {
                self.base_encoded(layer, token);
            }
        }
        self.spend(spent);
    }
}
