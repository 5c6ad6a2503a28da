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
    // Without branches, as below.
    (b' '..=b'~').contains(&byte) | (byte == b'\t')
}

/// Bytes that are looked at together for a run, at places that are multiples of as many: one of these
/// stretches is wholly inside any run of [`TELLING_RUN`].
const STEP: usize = 8;
const _: () = assert!(TELLING_RUN >= 2 * STEP - 1);

/// Bytes that are looked at in one go.
const LOOK: usize = 8 * STEP;

/// Whether a stretch of [`TELLING_RUN`] is in it.
fn has_run(bytes: &[u8]) -> bool {
    bytes.chunks(LOOK).enumerate().any(|(nth, look)| {
        may_hold_run(look) && {
            let from = (nth * LOOK).saturating_sub(TELLING_RUN);
            let around = bytes.get(from..).unwrap_or_default();
            let around = around.get(..LOOK + 2 * TELLING_RUN).unwrap_or(around);
            runs(around).any(|run| run.len() >= TELLING_RUN)
        }
    })
}

/// Whether one of its steps is readable as a whole.
fn may_hold_run(look: &[u8]) -> bool {
    let Some(look) = look.first_chunk::<LOOK>() else {
        return true;
    };
    let marks = look.map(|byte| if is_readable(byte) { 0xff } else { 0 });
    let (steps, _) = marks.as_chunks::<STEP>();
    let mut steps = steps.iter().map(|step| u64::from_ne_bytes(*step));
    steps.any(|step| step == u64::MAX)
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
        let (block, _) = block.as_chunks::<2>();
        let count = |is: fn(u16) -> bool| {
            let numbers = block.iter().map(|pair| u16::from_le_bytes(*pair));
            usize::from(numbers.map(|number| u16::from(is(number))).sum::<u16>())
        };
        first += count(|number| number & 0xff == 0);
        second += count(|number| number >> 8 == 0);
        seen += block.len();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever it stands in noise, and whatever its length: as the plain look at all runs has it.
    #[test]
    fn a_telling_run_is_found_at_any_place() {
        for length in 0..=3 * LOOK {
            for run in [TELLING_RUN - 1, TELLING_RUN, 2 * LOOK] {
                for at in 0..length {
                    let mut bytes = vec![0x80; length];
                    bytes.iter_mut().skip(at).take(run).for_each(|b| *b = b'a');
                    let there = run.min(length - at) >= TELLING_RUN;
                    assert_eq!(has_run(&bytes), there, "{run} at {at} of {length}");
                }
            }
        }
    }
}
