//! Tokens that are written in other digits: hexadecimal, base64, or behind percent-escapes.

/// Decodes hexadecimal digits into as much of `room` as they fill.
pub(super) fn hex<'r>(token: &[u8], room: &'r mut [u8]) -> &'r [u8] {
    let pairs = token.chunks_exact(2);
    let length = pairs.len().min(room.len());
    for (to, pair) in room.iter_mut().zip(pairs) {
        let value = |nth: usize| pair.get(nth).map_or(0, |&b| hex_value(b));
        *to = value(0) << 4 | value(1);
    }
    room.get(..length).unwrap_or_default()
}

/// Decodes base64 of either alphabet (RFC 4648, 4 and 5) without padding into as much of `room` as it
/// fills; nothing where bits are left over that are not zero (3.5).
pub(super) fn base64<'r>(token: &[u8], room: &'r mut [u8]) -> &'r [u8] {
    let length = (token.len() * 3 / 4).min(room.len());
    let (mut held, mut bits, mut at) = (0_u32, 0, 0);
    for &byte in token {
        held = held << 6 | sextet(byte);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            if let Some(to) = room.get_mut(at) {
                *to = (held >> bits & 0xff) as u8;
            }
            at += 1;
        }
    }
    match held & ((1 << bits) - 1) {
        0 => room.get(..length).unwrap_or_default(),
        _ => &[],
    }
}

/// Where the token at `start` begins if the characters that follow a percent sign belong to that
/// (RFC 3986, 2.1), escaped any number of times: `%252B47…` is `+47…`. `start` itself where they do not, or
/// stand for a letter or digit, which is part of the token.
pub(super) fn behind_escapes(text: &[u8], start: usize) -> usize {
    if start == 0 || text.get(start - 1) != Some(&b'%') {
        return start;
    }
    let mut at = start;
    loop {
        let Some(&[high, low]) = text.get(at..at + 2).and_then(<[u8]>::first_chunk::<2>) else {
            return start;
        };
        if !high.is_ascii_hexdigit() || !low.is_ascii_hexdigit() {
            return start;
        }
        at += 2;
        match hex_value(high) << 4 | hex_value(low) {
            b'%' => {}
            byte if byte.is_ascii_alphanumeric() => return start,
            _ => return at,
        }
    }
}

fn hex_value(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20).wrapping_sub(b'a' - 10),
    }
}

fn sextet(byte: u8) -> u32 {
    u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        let mut room = [0; 8];
        // RFC 4648, section 10.
        assert_eq!(base64(b"Zm9vYmE", &mut room), b"fooba");
        assert_eq!(hex(b"666F6f62", &mut room), b"foob");
        assert_eq!(base64(b"Zm9vYmF", &mut room), b"", "bits left over");
    }

    #[test]
    fn escapes_are_stepped_over_and_letters_are_not() {
        for (text, start, behind) in [
            (&b"%2B47"[..], 1, 3),
            (b"%25252B47", 1, 7),
            (b"2B47", 0, 0),
            (b"%3547", 1, 1),
            (b"%253547", 1, 1),
            (b"%2", 1, 1),
            (b"%25", 1, 1),
            (b"%ZZ00", 1, 1),
            (b"%2Z47", 1, 1),
            (b"%Z247", 1, 1),
        ] {
            let shown = String::from_utf8_lossy(text);
            assert_eq!(behind_escapes(text, start), behind, "{shown}");
        }
    }
}
