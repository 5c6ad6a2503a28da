//! What a value is made of: one look that spares most values all others.

use super::key;

/// Fewest characters of an identifier, but for the name of a network and a mail address.
const NAMED_MIN: usize = 8;
/// Fewest characters of one without a digit: a MAC address of letters.
const LETTERS_MIN: usize = 12;
/// Fewest characters of one in running text that no word names: the digits of an IMEI without the last.
const UNNAMED_MIN: usize = 14;
/// Fewest characters of a mail address: `a@b.cd`.
const MAIL_MIN: usize = 6;

const DIGIT: u8 = 1;
const AT: u8 = 2;
const DOT: u8 = 4;
/// What parts keys from values.
const PARTS: u8 = 8;
/// What is neither hexadecimal nor a separator of it.
const OTHER: u8 = 16;

static KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut at = 0;
    while at < 256 {
        kinds[at] = match at as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' | b'-' => 0,
            b':' => PARTS,
            b'=' | b'>' => PARTS | OTHER,
            b'@' => AT | OTHER,
            b'.' => DOT | OTHER,
            _ => OTHER,
        };
        at += 1;
    }
    kinds
};

/// The kinds of bytes that a value has, and how many.
#[derive(Clone, Copy)]
pub(super) struct Makeup {
    length: usize,
    kinds: u8,
}

impl Makeup {
    pub(super) fn of(value: &str) -> Self {
        let kind = |byte: u8| KINDS[usize::from(byte)];
        Self {
            length: value.len(),
            kinds: value.bytes().fold(0, |kinds, byte| kinds | kind(byte)),
        }
    }

    fn has(self, kinds: u8) -> bool {
        self.kinds & kinds != 0
    }

    /// Whether it can be an identifier at all: cheaper than reading the key.
    pub(super) fn may_identify(self, key: &str) -> bool {
        (self.length >= NAMED_MIN && self.has(DIGIT | DOT))
            || (self.length >= MAIL_MIN && self.has(AT))
            || (self.length >= LETTERS_MIN && !self.has(OTHER))
            || key::may_name_network(key)
    }

    /// Whether an identifier may be found in it as in running text. A number is not guessed at where it
    /// was `named`, by a key that says what it is.
    pub(super) fn may_hold_more(self, named: bool) -> bool {
        (self.length >= UNNAMED_MIN && self.has(DIGIT) && !(named && self.kinds == DIGIT))
            || (self.length >= MAIL_MIN && self.has(AT | PARTS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_an_identifier_under_a_key() {
        for (value, may) in [
            ("12345678", true),
            ("1234567", false),
            ("abcdefg.", true),
            ("abcdefgh", false),
            ("a@b.cd", true),
            ("a@b.c", false),
            ("abcdef-abcde", true),
            ("ab:cd:ef:ab:", true),
            ("abcdefabcde", false),
            ("abcdefabcdeg", false),
        ] {
            assert_eq!(Makeup::of(value).may_identify("x"), may, "{value}");
        }
        assert!(Makeup::of("x").may_identify("ssid"));
    }

    #[test]
    fn what_may_be_found_in_a_value_as_in_text() {
        for (value, named, may) in [
            ("12345678901234", false, true),
            ("12345678901234", true, false),
            ("1234 567 901 34", true, true),
            ("1234567890123", false, false),
            ("abcdefghijklmn", false, false),
            ("a@b.cd", true, true),
            ("a@b.c", false, false),
            ("a: bcd", false, true),
            ("a=bcde", false, true),
            ("a: bc", false, false),
        ] {
            let makeup = Makeup::of(value);
            assert_eq!(makeup.may_hold_more(named), may, "{value} {named}");
        }
    }
}
