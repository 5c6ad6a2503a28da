//! Writes the codes that `gasket_core::tables` reads.

/// The lowest `width` bytes, little-endian.
pub(super) fn number(out: &mut Vec<u8>, value: u64, width: usize) {
    out.extend(value.to_le_bytes().iter().take(width));
}

/// One byte below 192, two below 16,320, else four.
pub(super) fn small(out: &mut Vec<u8>, value: u64) {
    match value {
        0..192 => number(out, value, 1),
        192..16_320 => {
            number(out, 192 + ((value - 192) >> 8), 1);
            number(out, (value - 192) & 0xff, 1);
        }
        _ => {
            out.push(255);
            number(out, value, 3);
        }
    }
}

/// The length of a range: an odd number times a power of two.
pub(super) fn length(out: &mut Vec<u8>, value: u64) {
    let power = u64::from(value.trailing_zeros());
    let odd = value >> power;
    if odd <= 7 && power < 48 {
        return number(out, (power << 2) | (odd >> 1), 1);
    }
    // An odd number below 9 times 2^48 or more does not occur: units have 48 bits.
    number(out, 192 + power, 1);
    let mut rest = (odd - 9) / 2;
    while rest >= 0x80 {
        number(out, (rest & 0x7f) | 0x80, 1);
        rest >>= 7;
    }
    number(out, rest, 1);
}
