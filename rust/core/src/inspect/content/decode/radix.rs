//! Tolerant readers of the textual encodings: percent, base64, hexadecimal, UTF-16.
//!
//! They are not validators: a sender that breaks lines, drops padding or is cut off in the middle
//! still gets read as far as it goes.

/// Fewest base64 characters worth an attempt: twelve bytes, below the shortest identifier.
pub(super) const BASE64_MIN: usize = 16;
/// Fewest hexadecimal digits worth an attempt: ten bytes of text.
pub(super) const HEX_MIN: usize = 20;

fn nibble(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Whether there is a `%XX` in it.
pub(super) fn has_percent(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'%', bytes).any(|at| {
        let digit = |i: usize| bytes.get(at + i).copied().and_then(nibble).is_some();
        digit(1) && digit(2)
    })
}

/// Undoes one round of percent-encoding (RFC 3986, 2.1); a stray `%` stays as it is.
pub(super) fn percent(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    percent_into(bytes, b'+', &mut out);
    out
}

/// The same into a buffer, with `plus` for each plus sign that was not encoded.
pub(super) fn percent_into(bytes: &[u8], plus: u8, out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        if let (b'%', [high, low, after @ ..]) = (byte, tail)
            && let (Some(high), Some(low)) = (nibble(*high), nibble(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(if byte == b'+' { plus } else { byte });
            rest = tail;
        }
    }
}

/// Whether every byte is of the base64 alphabets (RFC 4648, 4 and 5), padding or white space, and
/// there are enough of them.
pub(super) fn may_be_base64(bytes: &[u8]) -> bool {
    bytes.len() >= BASE64_MIN
        && bytes
            .iter()
            .all(|&b| sextet(b).is_some() || b == b'=' || b.is_ascii_whitespace())
}

/// Decodes base64 of either alphabet after leaving out `skip` characters. White space is passed
/// over, padding may be missing, and a padded end may be followed by a further block.
pub(super) fn base64(bytes: impl Iterator<Item = u8>, skip: usize, out: &mut Vec<u8>) {
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes.filter(|b| !b.is_ascii_whitespace()).skip(skip) {
        let Some(value) = sextet(byte) else {
            (held, bits) = (0, 0);
            continue;
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits & 0xff) as u8);
        }
    }
}

/// Whether it is hexadecimal digits and white space only, and enough of them.
pub(super) fn may_be_hex(bytes: &[u8]) -> bool {
    bytes.len() >= HEX_MIN
        && bytes
            .iter()
            .all(|&b| nibble(b).is_some() || b.is_ascii_whitespace())
}

/// Hexadecimal digits of `bytes`.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .collect()
}

/// Decodes hexadecimal, passing over white space; an odd last digit is dropped.
pub(super) fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    let mut high = None;
    for value in bytes.iter().filter_map(|&b| nibble(b)) {
        match high.take() {
            None => high = Some(value),
            Some(first) => out.push(first << 4 | value),
        }
    }
}

/// Decodes UTF-16 of the given byte order, without its byte order mark.
pub(super) fn utf16(bytes: &[u8], little: bool) -> String {
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [
            pair.first().copied().unwrap_or(0),
            pair.get(1).copied().unwrap_or(0),
        ];
        if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    });
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .filter(|&c| c != '\u{feff}')
        .collect()
}
