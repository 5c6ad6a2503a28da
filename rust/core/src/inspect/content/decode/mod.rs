//! The decode chain: opens the wrappings of a payload, layer by layer, within bounds.
//!
//! Every layer of text, every key with its value and every object is shown to a [`Reader`]. The
//! core has no clock, so what would be a time limit is a budget of work: bytes looked at, each
//! time they are looked at.

mod chain;
mod form;
mod inflate;
mod json;
mod layer;
mod multipart;
mod nature;
mod protobuf;
mod radix;
mod scratch;
mod sources;
mod tagged;
mod tree;
mod unwrap;
mod xml;

use std::borrow::Cow;

use chain::Chain;
use layer::Layer;

use super::{BoundsHit, Parts};
pub(super) use scratch::{Field, Scratch};
pub(super) use tree::{says_name, says_value};

/// Wrappings within wrappings that are opened. Real senders use up to three (percent, base64,
/// gzip); one more for JSON inside a JSON string.
pub(super) const DEPTH_MAX: u8 = 4;
/// Bytes of one part that are read: what the hold of a body lets through.
pub(super) const PART_MAX: usize = crate::inspect::BODY_HOLD;
/// Bytes that decoding may produce for one request, all layers together: sixteen times the body
/// hold. Telemetry JSON compresses eight- to twelvefold; what goes beyond is a bomb.
pub(super) const OUT_MAX: usize = 1024 * 1024;
/// The share of [`OUT_MAX`] that is kept for path, query and headers, so that neither they nor
/// the body can starve the other.
const OUT_HEAD: usize = OUT_MAX / 8;
/// Passes over [`OUT_MAX`] bytes that may be made. Every layer takes three to six: its nature,
/// its text, its structure or its fields, and attempts at percent, hexadecimal and base64.
const PASSES: usize = 8;
/// Bytes that may be looked at for one request: the time limit of a core without a clock.
pub(super) const WORK_MAX: usize = OUT_MAX * PASSES;
/// Layers opened for one half of a request: a batch of 64 KiB with a wrapped value every 128
/// bytes, each a layer wrapped and a layer unwrapped.
const LAYERS_MAX: usize = 1024;
/// Bytes of text kept for the rules: the body hold four times, once for each depth.
pub(super) const TEXT_MAX: usize = 256 * 1024;
/// Bytes of a decoding that are judged before the rest of it is made.
const SAMPLE: usize = 1024;
/// Fewest base64 characters that are tried inside other text; a shorter token is a word or an id.
const TOKEN_MIN: usize = 24;
/// Rounds of percent-encoding that are undone in one step.
const PERCENT_ROUNDS: usize = 3;

/// Where something was read: the wrappings outside, then the structure and the keys in it.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    layer: &'a Layer<'a>,
    /// Name of the structure, empty for the layer as a whole.
    step: &'a str,
    /// Keys within the structure, outermost first.
    pub(super) keys: &'a [Cow<'a, str>],
}

/// Separates the steps of a path.
pub(super) const ARROW: &str = " → ";
/// Keys of one structure that a path shows, the innermost ones.
const KEYS_SHOWN: usize = 4;

impl Trail<'_> {
    /// Name of the structure the value stands in: `query`, `form`, `header`, `cookie`, `json` …
    pub(super) fn step(&self) -> &str {
        self.step
    }

    /// The path of the layer.
    pub(super) fn layer(&self) -> String {
        self.layer.path()
    }

    /// The path as shown to the user: `form:d → base64 → json:SIM1ICCID`.
    pub(super) fn text(&self) -> String {
        let mut out = self.layer();
        if self.step.is_empty() {
            return out;
        }
        if !out.is_empty() {
            out.push_str(ARROW);
        }
        out.push_str(self.step);
        let hidden = self.keys.len().saturating_sub(KEYS_SHOWN);
        for (nth, key) in self.keys.iter().skip(hidden).enumerate() {
            out.push(if nth == 0 { ':' } else { '.' });
            out.push_str(shown_key(key));
        }
        out
    }
}

/// A key as it may be shown: one that could itself hold an identifier is not.
fn shown_key(key: &str) -> &str {
    if (1..=40).contains(&key.len()) && !may_be_value(key.as_bytes()) && !key.contains(' ') {
        key
    } else {
        "•"
    }
}

/// Whether a key could itself hold an identifier.
fn may_be_value(key: &[u8]) -> bool {
    let (mut kinds, mut digits) = (0, 0);
    for byte in key {
        let kind = KINDS[usize::from(*byte)];
        kinds |= kind;
        digits += usize::from(kind & DIGIT);
    }
    kinds & ODD != 0 || (kinds & WORD == 0 && key.len() >= 12) || digits >= 6
}

const DIGIT: u8 = 1;
/// What keys have and hexadecimal has not.
const WORD: u8 = 2;
/// What keys have not.
const ODD: u8 = 4;

static KINDS: [u8; 256] = {
    let mut kinds = [ODD; 256];
    let mut at = 0;
    while at < 256 {
        match at as u8 {
            b'0'..=b'9' => kinds[at] = DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => kinds[at] = 0,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' | b'.' | b'[' | b']' | b'$' | b' ' => {
                kinds[at] = WORD;
            }
            _ => {}
        }
        at += 1;
    }
    kinds
};

/// Whether a value stands as it is in what a [`Reader`] was shown before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// In [`text`](Reader::text).
    InText,
    /// In a [`whole`](Reader::whole), of which it is a part.
    InWhole,
    /// Nowhere: it stands by itself.
    Alone,
    /// Nowhere: it was decoded.
    Decoded,
}

impl Stands {
    /// As what decoding made of a value, in text that is shown in parts or not.
    fn of(changed: bool, in_parts: bool) -> Self {
        match (changed, in_parts) {
            (true, _) => Self::Decoded,
            (false, true) => Self::InWhole,
            (false, false) => Self::InText,
        }
    }

    /// As what decoding made of a value that is shown by itself.
    fn alone(changed: bool) -> Self {
        if changed { Self::Decoded } else { Self::Alone }
    }
}

/// What is shown every layer, field and object.
pub(super) trait Reader {
    /// A layer of text.
    fn text(&mut self, trail: &Trail<'_>, text: &str);
    /// A layer of text of which every part is shown by itself besides.
    fn whole(&mut self, trail: &Trail<'_>, text: &str);
    /// A value under a key.
    fn field(&mut self, trail: &Trail<'_>, key: &str, value: &str, stands: Stands);
    /// Keys and values that stood side by side.
    fn group(&mut self, trail: &Trail<'_>, fields: &[Field<'_>]);
}

/// What the chain made of the parts.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// The text layers of body and query.
    pub(super) text: String,
    /// The bounds that were hit.
    pub(super) bounds_hit: BoundsHit,
    /// Bytes looked at.
    pub(super) work: usize,
}

/// Opens `parts` and shows what is in them to `reader`.
pub(super) fn open(parts: &Parts<'_>, reader: &mut dyn Reader, scratch: &mut Scratch) -> Decoded {
    let head = open_head(parts, Chain::new(reader, scratch, OUT_HEAD));
    let body = Chain::new(reader, scratch, OUT_MAX - OUT_HEAD);
    let mut body = open_body(parts, body);
    let whole = head.text.is_empty() || append(&mut body.text, &head.text);
    let mut bounds_hit = body.bounds_hit;
    bounds_hit += head.bounds_hit;
    bounds_hit.output += u32::from(!whole);
    let all = Decoded {
        // Kept by the caller: as long as it is, and no longer.
        text: body.text.as_str().to_owned(),
        bounds_hit,
        work: body.work + head.work,
    };
    scratch.keep_buffer(head.text.into_bytes());
    scratch.keep_buffer(body.text.into_bytes());
    all
}

fn open_head(parts: &Parts<'_>, mut chain: Chain<'_>) -> Decoded {
    let path = Layer::root(Cow::Borrowed(chain.bounded(parts.path)), "path");
    let query = Layer::kept(chain.bounded(parts.query), "query");
    let headers = Layer::root(Cow::Borrowed(chain.bounded(parts.headers)), "header");
    let mut level = chain.scratch.level();
    chain.path(&path, &mut level);
    chain.push(query, &mut level);
    chain.headers(&headers, &mut level);
    chain.run(level);
    chain.finish()
}

fn open_body(parts: &Parts<'_>, mut chain: Chain<'_>) -> Decoded {
    let body = chain.body(parts);
    let mut level = chain.scratch.level();
    match multipart::delimiter(&body.bytes, parts.content_type) {
        Some(delimiter) => chain.multipart(&body, &delimiter, &mut level),
        None if chain.admits(&body) => chain.read(&body, &mut level),
        None => {}
    }
    chain.run(level);
    body.into_buffers(|buffer| chain.scratch.keep_buffer(buffer));
    chain.finish()
}

/// `bytes` as text; what is no UTF-8 is replaced.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Much faster than the search for the first byte to replace.
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// Adds a line to the text for the rules, or as much of it as fits; whether it all did.
fn append(text: &mut String, line: &str) -> bool {
    let separator = usize::from(!text.is_empty());
    let Some(room) = TEXT_MAX.checked_sub(text.len() + separator) else {
        return false;
    };
    if separator > 0 {
        text.push('\n');
    }
    let kept = line.floor_char_boundary(room);
    text.push_str(line.get(..kept).unwrap_or_default());
    kept == line.len()
}

#[cfg(test)]
mod tests;
