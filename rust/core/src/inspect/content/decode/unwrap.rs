//! Finds and undoes percent-encoding, base64 and hexadecimal in text without structure.

use std::borrow::Cow;

use super::chain::Chain;
use super::layer::Layer;
use super::nature::{Nature, nature};
use super::scratch::Level;
use super::{PERCENT_ROUNDS, SAMPLE, TOKEN_MIN, radix};

impl Chain<'_> {
    pub(super) fn unwrap<'l>(&mut self, layer: &'l Layer<'l>, text: &str, next: &mut Level<'l>) {
        let bytes = text.as_bytes();
        if radix::has_percent(bytes) {
            self.percent(layer, bytes, next);
        } else if !self.base_encoded(layer, bytes, next) {
            self.tokens(layer, bytes, next);
        }
    }

    fn percent<'l>(&mut self, layer: &'l Layer<'l>, bytes: &[u8], next: &mut Level<'l>) {
        let mut out = Cow::Borrowed(bytes);
        for _ in 0..PERCENT_ROUNDS {
            if !radix::has_percent(&out) || !self.spend(out.len()) {
                break;
            }
            out = Cow::Owned(radix::percent(&out));
        }
        self.decoded(layer, "percent", out.into_owned(), next);
    }

    /// Opens hexadecimal or base64, if all of `bytes` is that and something readable is in it.
    fn base_encoded<'l>(
        &mut self,
        layer: &'l Layer<'l>,
        bytes: &[u8],
        next: &mut Level<'l>,
    ) -> bool {
        let data = |bytes| memchr::memmem::find(bytes, b";base64,");
        let bytes = match bytes.starts_with(b"data:").then(|| data(bytes)).flatten() {
            Some(at) => bytes.get(at + 8..).unwrap_or_default(),
            None => bytes,
        };
        let mut out = self.scratch.buffer();
        match self.base_decoded(bytes, &mut out) {
            Some(step) => {
                self.decoded(layer, step, out, next);
                true
            }
            None => {
                self.scratch.keep_buffer(out);
                false
            }
        }
    }

    /// The encoding of `bytes`, which are decoded to `out`.
    fn base_decoded(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Option<&'static str> {
        let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
        if radix::may_be_hex(bytes) {
            radix::hex(sample, out);
            if nature(out) != Nature::Opaque && self.spend(bytes.len()) {
                out.clear();
                radix::hex(bytes, out);
                return Some("hex");
            }
        }
        if !radix::may_be_base64(bytes) {
            return None;
        }
        // A stretch from the middle of a long body may begin anywhere in a group of four.
        let skips = if bytes.len() > SAMPLE { 0..4 } else { 0..1 };
        for skip in skips {
            out.clear();
            radix::base64(sample.iter().copied(), skip, out);
            if nature(out) != Nature::Opaque && self.spend(bytes.len()) {
                out.clear();
                radix::base64(bytes.iter().copied(), skip, out);
                return Some("base64");
            }
        }
        // A space may be a plus sign that went through a form unencoded.
        if bytes.contains(&b' ') && !bytes.contains(&b'+') && self.spend(bytes.len()) {
            let mended = bytes.iter().map(|&b| if b == b' ' { b'+' } else { b });
            out.clear();
            radix::base64(mended, 0, out);
            if nature(out) != Nature::Opaque {
                return Some("base64");
            }
        }
        None
    }

    /// Opens the encoded tokens within other text.
    fn tokens<'l>(&mut self, layer: &'l Layer<'l>, bytes: &[u8], next: &mut Level<'l>) {
        let apart = |b: &u8| !(b.is_ascii_alphanumeric() || b"+/-_=".contains(b));
        let mut spent = 0;
        for token in bytes.split(apart) {
            spent += token.len() + 1;
            if token.len() >= TOKEN_MIN && token.len() < bytes.len() {
                self.base_encoded(layer, token, next);
            }
        }
        self.spend(spent);
    }
}
