//! What makes a number an identifier: check digits, number ranges, country codes.
//!
//! Numbers are their ASCII digits, as they stand in the text.

use crate::tables::operators::{is_country, is_operator};

/// Whether there is nothing but digits in it.
pub(super) fn all_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).
pub(in crate::inspect::content) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(
            |(nth, &digit)| match u32::from(digit.wrapping_sub(b'0')) << (nth & 1) {
                doubled @ 10.. => doubled - 9,
                value => value,
            },
        )
        .sum();
    sum.is_multiple_of(10)
}

/// Whether all characters are the same: what a sender puts where it has no value.
pub(in crate::inspect::content) fn uniform(text: &[u8]) -> bool {
    text.windows(2).all(|pair| pair.first() == pair.last())
}

/// Whether the digits count up from one to the next, as fillers do: 1234567890.
pub(super) fn counts_up(digits: &[u8]) -> bool {
    digits
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if *b == a + 1 || (*a == b'9' && *b == b'0')))
}

/// The value of a few digits.
pub(super) fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0_u16, |sum, &digit| {
        sum.wrapping_mul(10)
            .wrapping_add(u16::from(digit.wrapping_sub(b'0')))
    })
}

/// Reporting Body Identifiers that allocate or have allocated Type Allocation Codes (GSMA TS.06):
/// the first two digits of an IMEI. DECT's 10 is left out: no phone carries it, Facebook ids do.
const REPORTING_BODIES: [u16; 17] = [
    1, 30, 33, 35, 44, 45, 49, 50, 51, 52, 53, 54, 86, 91, 97, 98, 99,
];

/// Whether an IMEI may begin like this.
pub(super) fn reporting_body(digits: &[u8]) -> bool {
    digits
        .get(..2)
        .is_some_and(|two| REPORTING_BODIES.contains(&number(two)))
}

/// What an IMSI begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subscription {
    /// A network that operates.
    Network,
    /// A country, or a test network (001, 999: ITU-T E.212, annex).
    Country,
    /// Neither.
    Nothing,
}

/// Whose subscriber an IMSI names.
pub(super) fn subscription(digits: &[u8]) -> Subscription {
    let (Some(mcc), Some(two), Some(three)) = (digits.get(..3), digits.get(3..5), digits.get(3..6))
    else {
        return Subscription::Nothing;
    };
    let mcc = number(mcc);
    if is_operator(mcc, number(two), 2) || is_operator(mcc, number(three), 3) {
        Subscription::Network
    } else if is_country(mcc) || matches!(mcc, 1 | 999) {
        Subscription::Country
    } else {
        Subscription::Nothing
    }
}

/// Country codes of ITU-T E.164 by length, as inclusive ranges.
const CALLING_CODES: [(usize, u16, u16); 31] = [
    (1, 1, 1),
    (1, 7, 7),
    (2, 20, 20),
    (2, 27, 27),
    (2, 30, 34),
    (2, 36, 36),
    (2, 39, 41),
    (2, 43, 49),
    (2, 51, 58),
    (2, 60, 66),
    (2, 81, 82),
    (2, 84, 84),
    (2, 86, 86),
    (2, 90, 95),
    (2, 98, 98),
    (3, 211, 213),
    (3, 216, 216),
    (3, 218, 218),
    (3, 220, 269),
    (3, 290, 291),
    (3, 297, 299),
    (3, 350, 359),
    (3, 370, 389),
    (3, 420, 423),
    (3, 500, 509),
    (3, 590, 599),
    (3, 670, 692),
    (3, 850, 856),
    (3, 870, 888),
    (3, 960, 979),
    (3, 992, 998),
];

/// Whether an international phone number may begin like this.
pub(super) fn calling_code(digits: &[u8]) -> bool {
    CALLING_CODES.iter().any(|&(length, first, last)| {
        digits
            .get(..length)
            .is_some_and(|code| (first..=last).contains(&number(code)))
    })
}

/// Whether an ICCID may begin like this: major industry 89, then a country (ITU-T E.118); `01` is
/// what North American issuers write for 1.
pub(super) fn issuer(digits: &[u8]) -> bool {
    match digits {
        [b'8', b'9', b'0', b'1', ..] => true,
        [b'8', b'9', rest @ ..] => calling_code(rest),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_imsis_begin_with() {
        for (digits, expected) in [
            ("242010000000001", Subscription::Network),
            ("310410000000001", Subscription::Network),
            ("242970000000001", Subscription::Country),
            ("001010000000001", Subscription::Country),
            ("999990000000001", Subscription::Country),
            ("860000000000001", Subscription::Nothing),
            ("24201", Subscription::Nothing),
        ] {
            assert_eq!(subscription(digits.as_bytes()), expected, "{digits}");
        }
    }

    #[test]
    fn what_numbers_of_sims_begin_with() {
        for (digits, may) in [
            ("8901260000000000000", true),
            ("8947000000000000000", true),
            ("8921000000000000000", false),
            ("8902000000000000000", false),
            ("4700000000000000000", false),
            ("89", false),
        ] {
            assert_eq!(issuer(digits.as_bytes()), may, "{digits}");
        }
    }
}
