//! What a stretch of bytes is, judged by one linear look.

use super::{protobuf, tagged};

/// What a stretch of bytes can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// RFC 1952, by its magic.
    Gzip,
    /// RFC 1950, by its header check.
    Zlib,
    /// RFC 8878, by its magic.
    Zstd,
    /// A MessagePack map or array.
    MessagePack,
    /// A CBOR map or array (RFC 8949).
    Cbor,
    /// A protobuf message.
    Protobuf,
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// UTF-8, or another superset of ASCII that is mostly ASCII.
    Text,
    /// Binary with stretches of text in it: a framed or tagged format.
    Runs,
    /// Nothing to read: encrypted, compressed by other means, media.
    Opaque,
}

/// Shortest stretch of text that makes binary worth reading: the digits of an IMEI or IMSI.
const TELLING_RUN: usize = 15;
/// Shortest stretch of text that is then read from it: long enough to drop chance, short enough
/// for a key.
const READ_RUN: usize = 6;

/// Judges `bytes`.
pub(super) fn nature(bytes: &[u8]) -> Nature {
    if bytes.starts_with(&[0x1f, 0x8b, 8]) {
        return Nature::Gzip;
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Nature::Zstd;
    }
    if let Some(order) = utf16_order(bytes) {
        return order;
    }
    let plain = at_most(bytes, 0, is_control);
    let text = is_text(bytes, plain);
    if text && plain {
        return Nature::Text;
    }
    if tagged::is_message_pack(bytes) {
        return Nature::MessagePack;
    }
    if tagged::is_cbor(bytes) {
        return Nature::Cbor;
    }
    if protobuf::is_message(bytes) {
        return Nature::Protobuf;
    }
    if text {
        return Nature::Text;
    }
    if is_zlib(bytes) {
        return Nature::Zlib;
    }
    if has_run(bytes) {
        return Nature::Runs;
    }
    Nature::Opaque
}

/// Whether `bytes` are no plain text: not UTF-8, or with a control character in it.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err() || !at_most(bytes, 0, is_control)
}

/// The readable stretches of binary, a line each.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut out = String::new();
    for run in runs(bytes).filter(|run| run.len() >= READ_RUN) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.extend(run.iter().map(|&b| char::from(b)));
    }
    out
}

fn runs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&b| !is_readable(b))
}

fn is_readable(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b' ' || byte == b'\t'
}

/// Bytes that are looked at together for a run, at places that are multiples of as many: one of these
/// stretches is wholly inside any run of [`TELLING_RUN`].
const STEP: usize = 8;
const _: () = assert!(TELLING_RUN >= 2 * STEP - 1);

/// Whether a stretch of [`TELLING_RUN`] is in it.
fn has_run(bytes: &[u8]) -> bool {
    let (steps, _) = bytes.as_chunks::<STEP>();
    let is_ascii = |step: &[u8; STEP]| u64::from_ne_bytes(*step) & 0x8080_8080_8080_8080 == 0;
    steps.iter().enumerate().any(|(nth, step)| {
        // Of noise, one in 256 is ASCII.
        is_ascii(step) && step.iter().all(|&b| is_readable(b)) && {
            let (before, after) = bytes.split_at(nth * STEP);
            let before = before.iter().rev().take_while(|b| is_readable(**b));
            let after = after.iter().take_while(|b| is_readable(**b));
            before.chain(after).take(TELLING_RUN).count() == TELLING_RUN
        }
    })
}

fn is_control(byte: u8) -> bool {
    // Without branches, so that many bytes are judged at once.
    let white = (byte == b'\t') | (byte == b'\n') | (byte == b'\r') | (byte == 0x0c);
    ((byte < b' ') | (byte == 0x7f)) & !white
}

/// `plain` says that there is no control character in it.
fn is_text(bytes: &[u8], plain: bool) -> bool {
    if bytes.is_empty() {
        return false;
    }
    let is_utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        // Cut in the middle of a character.
        Err(error) => error.error_len().is_none(),
    };
    if is_utf8 {
        return plain || at_most(bytes, bytes.len() / 32, is_control);
    }
    bytes.len() >= 32
        && at_most(bytes, bytes.len() * 3 / 20, |byte| !byte.is_ascii())
        && (plain || at_most(bytes, bytes.len() / 64, is_control))
}

/// Bytes that are counted in one go, before it is asked whether to go on.
const BLOCK: usize = 1024;

/// Whether at most `most` of `bytes` are such; stops soon after there are more.
fn at_most(bytes: &[u8], most: usize, is: impl Fn(u8) -> bool) -> bool {
    let mut count = 0;
    bytes.chunks(BLOCK).all(|block| {
        count += block.iter().map(|&b| u16::from(is(b))).sum::<u16>() as usize;
        count <= most
    })
}

fn is_zlib(bytes: &[u8]) -> bool {
    // Window size 32 KiB, as every common deflater writes it; no preset dictionary.
    matches!(bytes, [0x78, flags, _, _, ..]
        if (0x7800 + u16::from(*flags)) % 31 == 0 && flags & 0x20 == 0)
}

fn utf16_order(bytes: &[u8]) -> Option<Nature> {
    match bytes {
        [0xff, 0xfe, _, _, ..] => return Some(Nature::Utf16Le),
        [0xfe, 0xff, _, _, ..] => return Some(Nature::Utf16Be),
        _ => {}
    }
    let pairs = bytes.len() / 2;
    if pairs < 8 || memchr::memchr(0, bytes).is_none() {
        return None;
    }
    let (most, few) = (pairs - pairs / 4, pairs / 16);
    let (mut first, mut second, mut seen) = (0, 0, 0);
    for block in bytes.chunks(BLOCK) {
        let block = block.get(..block.len() & !1).unwrap_or(block);
        let zeros = |nth| {
            block
                .iter()
                .skip(nth)
                .step_by(2)
                .map(|&b| u16::from(b == 0))
        };
        first += usize::from(zeros(0).sum::<u16>());
        second += usize::from(zeros(1).sum::<u16>());
        seen += block.len() / 2;
        // Not to be made good by all that may come.
        if first.max(second) + (pairs - seen) < most {
            return None;
        }
    }
    if second >= most && first <= few {
        Some(Nature::Utf16Le)
    } else if first >= most && second <= few {
        Some(Nature::Utf16Be)
    } else {
        None
    }
}
