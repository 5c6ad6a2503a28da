//! Keys and values in running text, for what is no word of its own: mailboxes, names of networks, places and cells.

use super::super::bare::is_percent_encoded;
use super::super::looks::passes;
use super::super::names::Named;
use super::super::value::{self, Match};
use super::super::{cell, place};
use super::{AT, DIGIT, ENDS_VALUE, KINDS, is_alphanumeric, word_before};

/// Bytes between the parts of one place or cell in running text.
const SIDE_MAX: usize = 128;

/// Reads `key: value`, `key=value` and `<key>value</key>`.
pub(super) fn find(text: &str, found: &mut dyn FnMut(Match)) {
    let bytes = text.as_bytes();
    let mut parts = cell::Parts::default();
    let (mut latitude, mut longitude) = (None, None);
    let names_network = may_name_network(bytes);
    let has_percent = memchr::memchr(b'%', bytes).is_some();
    let (mut last, mut end, mut marks) = (0, 0, false);
    for at in memchr::memchr3_iter(b'=', b':', b'>', bytes) {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let opens = |b: &&u8| matches!(b, b' ' | b'"' | b'\'' | b'\\');
        let start = at + 1 + rest.iter().take_while(opens).count();
        // A value that a colon cuts ends where the whole does.
        if end < start {
            (end, marks) = value_end(bytes, start);
        }
        let cut = text.floor_char_boundary(end.min(start + value::VALUE_MAX));
        let Some(value) = text.get(start..cut) else {
            continue;
        };
        // Nearly all values end here.
        if !names_network && !marks && !is_hexadecimal(value.as_bytes()) {
            continue;
        }
        // Base64 or a key of its own; the decode chain shows the rest without percent signs.
        if bytes.get(end) == Some(&b'=') || (has_percent && is_percent_encoded(value)) {
            continue;
        }
        let Some(key) = word_before(text, start) else {
            continue;
        };
        let between = bytes.get(last..at).unwrap_or_default();
        if between.len() > SIDE_MAX || memchr::memchr2(b'{', b'}', between).is_some() {
            parts = cell::Parts::default();
            (latitude, longitude) = (None, None);
        }
        let single = value.split([',', ' ']).next().unwrap_or_default();
        match key.named {
            Named::Latitude => latitude = place::Degrees::of(single),
            Named::Longitude => longitude = place::Degrees::of(single),
            Named::Country
            | Named::Network
            | Named::CountryAndNetwork
            | Named::Area
            | Named::Cell
            | Named::PerhapsCell
            | Named::Tower => {
                parts.take(key.named, single);
                if let Some(tower) = cell::joined(value) {
                    found(tower);
                }
            }
            Named::Mail | Named::User => value::keyed(key, single, found),
            Named::Phone | Named::Place | Named::WifiName | Named::NetworkName | Named::Imei => {
                value::keyed(
                    key,
                    value.trim_end_matches([',', '}']),
                    &mut |(kind, value, evidence)| {
                        found((kind, value, evidence.nearby()));
                    },
                );
                continue;
            }
            _ => continue,
        }
        last = start;
        if let Some(tower) = parts.found(|| false) {
            found(tower);
        }
        if let (Some(north), Some(east)) = (latitude, longitude) {
            (latitude, longitude) = (None, None);
            place::sides(north, east).into_iter().for_each(&mut *found);
        }
    }
}

/// Where the value at `start` ends, and whether a digit or an at sign is in it.
fn value_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let rest = bytes.get(start..).unwrap_or_default();
    let mut kinds = 0;
    let ends = |byte: &u8| {
        let kind = KINDS[usize::from(*byte)];
        kinds |= kind;
        kind == ENDS_VALUE
    };
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    (start + length, kinds & (DIGIT | AT) != 0)
}

/// Whether a value has as many letters of hexadecimal as the shortest identifier of those alone: with a
/// digit or an at sign it can be anything, without one only that, or the name of a network.
fn is_hexadecimal(value: &[u8]) -> bool {
    const HEX_MIN: usize = 14;
    let is_hex = |b: &&u8| matches!(**b | 0x20, b'a'..=b'f');
    value.len() >= HEX_MIN && value.iter().filter(is_hex).count() >= HEX_MIN
}

/// Whether one of these letters, small or not, stands before the other anywhere: both looks at once, and
/// no branch, so that it is done many bytes at a time.
fn has_pair(text: &[u8], first: u8, second: u8) -> bool {
    let after = text.get(1..).unwrap_or_default();
    let is_pair = |(a, b): (&u8, &u8)| u8::from(a | 0x20 == first) & u8::from(b | 0x20 == second);
    text.iter()
        .zip(after)
        .fold(0, |any, pair| any | is_pair(pair))
        != 0
}

/// Whether a key in `text` may name a Wi-Fi network: `ssid` and `wifiName`, with separators or without.
fn may_name_network(text: &[u8]) -> bool {
    let may_be_wifi = || has_pair(text, b'w', b'i') && has_pair(text, b'f', b'i');
    if !passes(has_pair(text, b's', b's') || may_be_wifi()) {
        return false;
    }
    let spells = |at: usize, word: &[u8]| {
        let letters = text.iter().skip(at).filter(|b| is_alphanumeric(b));
        let mut letters = letters.map(|b| b | 0x20);
        word.iter().all(|&letter| letters.next() == Some(letter))
    };
    memchr::memchr2_iter(b's', b'S', text).any(|at| spells(at, b"ssid"))
        || memchr::memchr2_iter(b'w', b'W', text).any(|at| spells(at, b"wifin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_both_letters_in_their_order() {
        for (text, expected) in [
            ("ssid", true),
            ("bSSid", true),
            ("wisdom", false),
            ("so", false),
            ("xs", false),
            ("s", false),
            ("", false),
        ] {
            assert_eq!(has_pair(text.as_bytes(), b's', b's'), expected, "{text}");
        }
        assert!(has_pair(b"wifi", b'w', b'i') && !has_pair(b"iw", b'w', b'i'));
    }
}
