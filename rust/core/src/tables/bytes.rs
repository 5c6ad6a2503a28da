//! Little-endian numbers and variable-length codes, read within bounds.

use std::cmp::Ordering;

/// The number in the `width` (at most 8) bytes at `at`.
pub(super) fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    let join = |value, byte: &u8| (value << 8) | u64::from(*byte);
    Some(bytes.iter().rev().fold(0, join))
}

/// The same as a position or length.
pub(super) fn size(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    usize::try_from(number(bytes, at, width)?).ok()
}

/// Of `count` ordered things, the last that is not greater; `compare` says how one stands to what is
/// looked for.
pub(super) fn last_not_greater(
    count: usize,
    mut compare: impl FnMut(usize) -> Ordering,
) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if compare(middle) == Ordering::Greater {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low.checked_sub(1)
}

/// Reads codes one after the other; `None` where they end or break off.
pub(super) struct Codes<'a> {
    bytes: &'a [u8],
}

impl<'a> Codes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    /// A number that is often small: one byte below 192, two below 16,320, else 255 and three bytes.
    pub(super) fn small(&mut self) -> Option<u32> {
        let first = self.byte()?;
        if first < 192 {
            return Some(first.into());
        }
        if first < 255 {
            return Some((u32::from(first - 192) << 8) + u32::from(self.byte()?) + 192);
        }
        let value = number(self.bytes, 0, 3)?;
        self.bytes = self.bytes.get(3..)?;
        u32::try_from(value).ok()
    }

    /// The length of a range of addresses, which is often an odd number below 8 times a power of two:
    /// below 192 both in one byte, else the power above 192, and half of the odd number behind.
    pub(super) fn length(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 192 {
            return Some(u64::from(2 * (first & 3) + 1) << (first >> 2));
        }
        let odd = self.varint()?.checked_mul(2)?.checked_add(9)?;
        let power = u32::from(first - 192);
        (odd.leading_zeros() > power).then(|| odd << power)
    }

    /// Seven bits a byte, the lowest first (LEB128).
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..56).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_to_their_end() {
        let mut codes = Codes::new(&[191, 192, 0, 254, 255, 255, 1, 2, 3, 255, 1]);
        assert_eq!(codes.small(), Some(191));
        assert_eq!(codes.small(), Some(192));
        assert_eq!(codes.small(), Some(62 * 256 + 255 + 192));
        assert_eq!(codes.small(), Some(0x03_0201));
        assert!(!codes.is_empty());
        assert_eq!(codes.small(), None, "broken off");
    }

    #[test]
    fn lengths_are_odd_numbers_times_powers() {
        let mut codes = Codes::new(&[0, 3, 5, 191, 192, 0, 194, 0x80, 1, 239, 0xff]);
        assert_eq!(codes.length(), Some(1));
        assert_eq!(codes.length(), Some(7));
        assert_eq!(codes.length(), Some(6));
        assert_eq!(codes.length(), Some(7 << 47));
        assert_eq!(codes.length(), Some(9));
        assert_eq!(codes.length(), Some((2 * 128 + 9) << 2));
        assert_eq!(codes.length(), None, "broken off");
    }

    #[test]
    fn the_last_that_is_not_greater() {
        let sorted = [10, 20, 30];
        let find = |wanted: i32| last_not_greater(3, |at| sorted[at].cmp(&wanted));
        assert_eq!(find(9), None);
        assert_eq!(find(10), Some(0));
        assert_eq!(find(29), Some(1));
        assert_eq!(find(99), Some(2));
    }
}
