//! Mobile operators that are in service (ITU-T E.212), from mcc-mnc-list: docs/DATA.md.

use super::bytes::{last_not_greater, number};

/// Ordered records of three bytes, little-endian: country, then whether the network code has three
/// digits, then the network code.
const OPERATORS: &[u8] = include_bytes!("operators.bin");

const RECORD: usize = 3;

/// Whether a network with this country code and network code is in service. `digits` is how the
/// network code is written, 2 or 3: 01 and 001 are different networks.
pub fn is_operator(country: u16, network: u16, digits: u8) -> bool {
    (2..=3).contains(&digits)
        && network < 1000
        && find(key(country, digits == 3, network)).is_some_and(|(_, is_exact)| is_exact)
}

/// Whether any network is in service under this country code.
pub fn is_country(country: u16) -> bool {
    let last = key(country, true, 999);
    find(last).is_some_and(|(found, _)| found >> 11 == u64::from(country))
}

fn key(country: u16, is_long: bool, network: u16) -> u64 {
    (u64::from(country) << 11) | (u64::from(is_long) << 10) | u64::from(network)
}

/// The last record not greater than `key`, and whether it is `key`.
fn find(key: u64) -> Option<(u64, bool)> {
    let record = |at: usize| number(OPERATORS, at * RECORD, RECORD).unwrap_or(u64::MAX);
    let at = last_not_greater(OPERATORS.len() / RECORD, |at| record(at).cmp(&key))?;
    Some((record(at), record(at) == key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_in_service_are_known_by_all_their_digits() {
        assert!(is_operator(460, 3, 2), "China Telecom");
        assert!(is_operator(242, 1, 2), "Telenor, Norway");
        assert!(is_operator(310, 260, 3), "T-Mobile US");
        assert!(!is_operator(242, 1, 3));
        assert!(!is_operator(310, 26, 2), "three digits there");
        assert!(!is_operator(999, 99, 2), "for private networks");
        assert!(!is_operator(1, 1, 2), "for tests");
        assert!(!is_operator(460, 2051, 2) && !is_operator(460, 3, 1));
    }

    #[test]
    fn countries_are_those_with_a_network() {
        for known in [202, 242, 310, 460, 901] {
            assert!(is_country(known), "{known}");
        }
        for unknown in [0, 1, 201, 461, 999, 1000, u16::MAX] {
            assert!(!is_country(unknown), "{unknown}");
        }
    }

    #[test]
    fn records_are_ordered_and_as_many_as_promised() {
        assert!(OPERATORS.len() <= 6 * 1024 && OPERATORS.len().is_multiple_of(RECORD));
        let keys: Vec<_> = (0..OPERATORS.len() / RECORD)
            .map(|at| number(OPERATORS, at * RECORD, RECORD).unwrap())
            .collect();
        assert!(keys.is_sorted_by(|a, b| a < b));
        assert!((1400..1900).contains(&keys.len()), "{}", keys.len());
    }
}
