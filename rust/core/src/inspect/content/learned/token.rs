//! Whether a value can be a random identifier of 64 bits or more.

use std::ops::RangeInclusive;

use crate::inspect::content::identify;

/// Lengths that are looked at: eleven characters of base64 hold 66 bits; a push token has up to 200.
const LENGTHS: RangeInclusive<usize> = 11..=256;
/// 64 bits in hexadecimal.
const HEX_MIN: usize = 16;
/// 64 bits in decimal: 19.3 digits.
const DECIMAL_MIN: usize = 20;
/// 64 bits in letters of one case with digits: 5.17 bits each.
const ONE_CASE_MIN: usize = 13;
/// 64 bits in letters of both cases with digits: 5.95 bits each. The shortest of all.
const TWO_CASES_MIN: usize = 11;
/// Of a hundred neighbours, those that differ in class (capital, small, digit): chance gives 40 with
/// one case and 62 with two; words with a number behind them stay below.
const CHANGES_ONE_CASE: usize = 22;
const CHANGES_TWO_CASES: usize = 35;

/// A value that can be an identifier, as it is to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    text: &'a str,
    hex: bool,
}

impl<'a> Token<'a> {
    /// The token that `value` is.
    pub(super) fn of(value: &'a str) -> Option<Self> {
        let kinds = kinds_if_plausible(value)?;
        if is_varied_uuid(value) {
            return Some(Self {
                text: value,
                hex: true,
            });
        }
        // Whatever else is random has digits, or letters of both cases.
        let two_cases = kinds & (SMALL | CAPITAL) == SMALL | CAPITAL;
        if kinds & DIGIT == 0 && !two_cases {
            return None;
        }
        // `usr_…`, `fb.1.…`, base64 with its signs: judged by what stands between the separators.
        let run = value
            .split(|c: char| !c.is_ascii_alphanumeric())
            .max_by_key(|run| run.len())?;
        let makeup = (run.len() >= TWO_CASES_MIN).then(|| Makeup::of(run.as_bytes()));
        let random = makeup.as_ref().is_some_and(Makeup::is_random)
            || (two_cases
                && run.len() < value.len()
                && Makeup::of(value.as_bytes()).is_two_cases());
        let hex = run.len() == value.len() && makeup.is_some_and(|makeup| makeup.is_hex());
        random.then_some(Self { text: value, hex })
    }

    /// Its bytes without what spellings differ in: hyphens and case of hexadecimal digits.
    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> {
        let hex = self.hex;
        let bytes = self.text.bytes().filter(move |byte| !hex || *byte != b'-');
        bytes.map(move |byte| if hex { byte.to_ascii_lowercase() } else { byte })
    }
}

const SMALL: u8 = 1;
const CAPITAL: u8 = 2;
const DIGIT: u8 = 4;
const SIGN: u8 = 8;
const LETTER_OR_DIGIT: u8 = SMALL | CAPITAL | DIGIT;
/// Besides: a hexadecimal digit.
const HEX: u8 = 16;
/// Besides: what may part a URL's scheme from the rest.
const COLON: u8 = 32;

/// What each byte of an identifier is; 0 what does not belong into one.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        kinds[at] = match at as u8 {
            b'a'..=b'f' => SMALL | HEX,
            b'A'..=b'F' => CAPITAL | HEX,
            b'g'..=b'z' => SMALL,
            b'G'..=b'Z' => CAPITAL,
            b'0'..=b'9' => DIGIT | HEX,
            b':' => SIGN | COLON,
            b'-' | b'_' | b'.' | b'=' | b'+' | b'/' | b'~' | b'|' => SIGN,
            _ => 0,
        };
        at += 1;
    }
    kinds
};

/// The cheap look: length, alphabet, and what cannot be one although it looks like it. The kinds of bytes
/// there are, if it may be one.
fn kinds_if_plausible(value: &str) -> Option<u8> {
    if !LENGTHS.contains(&value.len()) {
        return None;
    }
    let mut kinds = 0;
    for byte in value.bytes() {
        match KINDS[usize::from(byte)] {
            0 => return None,
            kind => kinds |= kind,
        }
    }
    // A path, and the beginning of base64 of `{"`: a JWT, or JSON that the decode chain opens.
    let is_url = || kinds & COLON != 0 && value.contains("://");
    let is_other = value.starts_with('/') || value.starts_with("eyJ") || is_url();
    (!is_other).then_some(kinds)
}

/// A UUID (RFC 9562), and not one that says nothing.
fn is_varied_uuid(value: &str) -> bool {
    if !identify::is_uuid(value) {
        return false;
    }
    let mut seen = 0_u32;
    for byte in value.bytes().filter(u8::is_ascii_hexdigit) {
        seen |= 1 << (char::from(byte).to_digit(16).unwrap_or_default());
    }
    seen.count_ones() >= 6
}

/// What a text is made of.
#[derive(Debug, Default)]
struct Makeup {
    length: usize,
    small: usize,
    capital: usize,
    digits: usize,
    /// Letters beyond F, and signs.
    beyond_hex: usize,
    /// Neighbours of different class.
    changes: usize,
    /// Neighbours that are the same or follow one another.
    steps: usize,
    distinct: usize,
    is_date: bool,
}

impl Makeup {
    fn of(bytes: &[u8]) -> Self {
        let mut made = Self {
            length: bytes.len(),
            is_date: is_date(bytes),
            ..Self::default()
        };
        let mut seen = 0_u128;
        let mut before: Option<(u8, u8)> = None;
        for &byte in bytes {
            let kind = KINDS[usize::from(byte)];
            let class = kind & LETTER_OR_DIGIT;
            made.small += usize::from(kind & SMALL != 0);
            made.capital += usize::from(kind & CAPITAL != 0);
            made.digits += usize::from(kind & DIGIT != 0);
            made.beyond_hex += usize::from(kind & HEX == 0);
            seen |= 1 << (byte & 127);
            if let Some((last, last_class)) = before {
                made.changes += usize::from(class != last_class && class > 0 && last_class > 0);
                made.steps += usize::from(byte.wrapping_sub(last) <= 1);
            }
            before = Some((byte, class));
        }
        made.distinct = seen.count_ones() as usize;
        made
    }

    fn is_random(&self) -> bool {
        // A count or an alphabet: chance gives one step in eight digits.
        if self.steps * 2 > self.length {
            return false;
        }
        if self.digits == self.length {
            return self.length >= DECIMAL_MIN && self.distinct >= 5 && !self.is_date;
        }
        if self.is_hex() {
            return self.length >= HEX_MIN && self.distinct >= 6 && self.digits > 0;
        }
        let one_case = self.small == 0 || self.capital == 0;
        if one_case {
            return self.length >= ONE_CASE_MIN
                && self.distinct >= 8
                && self.changes * 100 >= CHANGES_ONE_CASE * (self.length - 1);
        }
        self.is_two_cases()
    }

    /// Whether letters of both cases and digits come as by chance; it must have both, and be long enough.
    fn is_two_cases(&self) -> bool {
        self.distinct >= 8 && self.changes * 100 >= CHANGES_TWO_CASES * (self.length - 1)
    }

    /// Hexadecimal digits of one case.
    fn is_hex(&self) -> bool {
        self.beyond_hex == 0 && (self.small == 0 || self.capital == 0)
    }
}

/// Whether digits begin as a date with a time of day does: `20261127093913`.
fn is_date(bytes: &[u8]) -> bool {
    let two = |at: usize| match bytes.get(at..at + 2) {
        Some(&[tens, ones]) if tens.is_ascii_digit() && ones.is_ascii_digit() => {
            Some((tens - b'0') * 10 + (ones - b'0'))
        }
        _ => None,
    };
    let within = |at, range: RangeInclusive<u8>| two(at).is_some_and(|n| range.contains(&n));
    within(0, 19..=20)
        && within(4, 1..=12)
        && within(6, 1..=31)
        && within(8, 0..=23)
        && within(10, 0..=59)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_hold_64_bits() {
        for value in [
            "9f86d081884c7d65",
            "9F86D081884C7D65",
            "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            "83920174650918273645",
            "kX9vR2mQp7Lw",
            "dGk4_Xq-7ZpW0aRbT1uYcQ",
            "k3v9x2m7q8p1w",
            "usr_9f86d081884c7d65",
            "Zm9v/YmF+yQ3xK9v2LpR7w==",
            "kXbvRzmQaLwTcNfd",
            "dGk4_Xq-7ZpW0aRb",
            "usr:9f86d081884c7d65",
            "a3b9c2d7e8f1g",
            "kvxmq8372pwzr5",
            "kvXMqp83rwzt",
            // Digits that are a date but for one part of it.
            "83920917234518273645",
            "20261927093913284756",
            "20261139093913284756",
            "20261127293913284756",
            "20261127097913284756",
        ] {
            assert!(Token::of(value).is_some(), "{value}");
        }
    }

    #[test]
    fn what_cannot() {
        for value in [
            "",
            "9f86d081884c7d6",
            "1234567890",
            "8392017465091827364",
            "20261127093913123456",
            "2026-11-27T09:39:13.123Z",
            "20261127T093913123Z",
            "00000000-0000-0000-0000-000000000000",
            "0123456789abcdef",
            "aaaaaaaaaaaaaaaa",
            "deadbeefdeadbeef",
            "firstInstallTime",
            "subscription_level_premium",
            "my-article-title-2026",
            "com.example.android.shop",
            "1.2.3.4567890-rc1",
            "/static/9f86d081884c7d65.js",
            "eyJhbGciOiJIUzI1NiJ9.e30.x9",
            "https://example.com/9f86d081884c7d65",
            "a b9f86d081884c7d65",
            "gzip,deflate",
            "9F86D081884C7D6",
            "abc12DEF34ghi56JK",
            "subscription_Level_premium1",
            "a-Bc-de-fg-hi-jk1",
            "x1_afbecdfadbcefabd",
            "k3v9x2m7q8p1",
            "aB1aB1aB1aB1",
            "kvxmq83725pwzrk",
            "kvxMqpw83rwzt",
        ] {
            assert_eq!(Token::of(value), None, "{value}");
        }
    }

    #[test]
    fn spellings_of_one_identifier_are_the_same() {
        let bytes = |value| Token::of(value).map(|token| token.bytes().collect::<Vec<_>>());
        let plain = bytes("3f2504e04f8941d39a0c0305e82c3301");
        assert!(plain.is_some());
        assert_eq!(bytes("3F2504E0-4F89-41D3-9A0C-0305E82C3301"), plain);
        assert_eq!(bytes("9F86D081884C7D65"), bytes("9f86d081884c7d65"));
        assert_ne!(bytes("kX9vR2mQp7Lw"), bytes("kx9vR2mQp7Lw"));
    }
}
