//! Values without their separators, on the stack.

use super::value::VALUE_MAX;

/// A value without separators, in lower case.
pub(super) struct Bare {
    bytes: [u8; VALUE_MAX],
    length: usize,
}

impl Default for Bare {
    fn default() -> Self {
        Self {
            bytes: [0; VALUE_MAX],
            length: 0,
        }
    }
}

impl Bare {
    /// Takes the first [`VALUE_MAX`] characters of `value`.
    pub(super) fn of(value: &str) -> Self {
        let mut bare = Self::default();
        for byte in value.bytes() {
            if !matches!(byte, b'-' | b':' | b' ' | b'.' | b'/' | b'{' | b'}') {
                bare.push(byte.to_ascii_lowercase());
            }
        }
        bare
    }

    pub(super) fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

pub(super) fn is_hex(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

pub(in crate::inspect::content) fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Whether characters are written as `%2C`; the decode chain shows the same without.
pub(super) fn is_percent_encoded(text: &str) -> bool {
    memchr::memchr_iter(b'%', text.as_bytes())
        .any(|at| text.as_bytes().get(at + 1..at + 3).is_some_and(is_hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids() {
        assert!(is_uuid("0a1b2c3d-1111-4222-8333-0123456789AB"));
        for other in [
            "",
            "0a1b2c3d",
            "0a1b2c3d-1111-4222-8333-0123456789a",
            "0a1b2c3d-1111-4222-8333-0123456789abc",
            "0a1b2c3d-1111-4222-8333-0123456789ag",
            "0a1b2c3d01111042220833300123456789ab",
            "0a1b2c3-d1111-4222-8333-0123456789ab",
        ] {
            assert!(!is_uuid(other), "{other}");
        }
    }
}
