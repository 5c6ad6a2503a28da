//! What a value is, with and without a key that names it.

#[cfg(test)]
mod tests;

use super::super::IdentifierKind;
use super::Evidence;
use super::bare::{Bare, is_hex, is_uuid};
use super::key::Key;
use super::names::Named;
use super::number::{self, Subscription};
use super::{cell, contact, place};
use crate::tables::vendors::is_assigned;

/// A recognised value: its kind, its canonical form and what speaks for it.
pub(super) type Match = (IdentifierKind, String, Evidence);

/// Longest value that can be an identifier, separators and quotes included.
pub(super) const VALUE_MAX: usize = 80;
/// Longest list of values under one key: two slots' worth, with a hash each.
const LIST_MAX: usize = 200;
/// Shortest serial number.
const SERIAL_MIN: usize = 8;
/// Android ID that a faulty build gave to many devices and emulators (Android issue 10603).
const SHARED_ANDROID_ID: &[u8] = b"9774d56d682e549c";

/// Judges a value, or a list of them, by the kind its key names; shows `found` what it is.
pub(super) fn keyed(key: Key, value: &str, found: &mut dyn FnMut(Match)) {
    let value = value.trim_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\''));
    if let Some(one) = single(key, value) {
        found(one);
    } else if value.len() <= LIST_MAX && !matches!(key.named, Named::WifiName | Named::NetworkName)
    {
        let apart = |c: char| matches!(c, ',' | ';' | '|' | ' ' | '[' | ']' | '"');
        // An object has keys of its own.
        if value.contains(apart) && !value.contains("\":") {
            value
                .split(apart)
                .filter_map(|part| single(key, part))
                .for_each(found);
        }
    }
}

fn single(key: Key, value: &str) -> Option<Match> {
    if value.is_empty() || value.len() > VALUE_MAX {
        return None;
    }
    match key.named {
        Named::WifiName | Named::NetworkName if !key.hashed => {
            return contact::network_name(value, key.named == Named::WifiName);
        }
        Named::Mail => {
            if let Some(found) = contact::mail(value, true) {
                return Some(found);
            }
        }
        Named::User => return contact::mail(value, false),
        Named::Phone if !key.hashed => {
            if let Some(found) = contact::phone(value) {
                return Some(found);
            }
        }
        Named::Place => return place::pair(value, true),
        Named::PerhapsPlace => return place::pair(value, false),
        _ => {}
    }
    if !value.is_ascii() {
        return None;
    }
    let bare = Bare::of(value);
    let text = bare.bytes();
    match key.named {
        Named::Imei => imei(text)
            .or_else(|| meid(text))
            .or_else(|| digest(IdentifierKind::Imei, text)),
        Named::Imsi => imsi(text).or_else(|| digest(IdentifierKind::Imsi, text)),
        Named::Iccid => iccid(text).or_else(|| digest(IdentifierKind::Iccid, text)),
        Named::Meid => meid(text)
            .or_else(|| imei(text))
            .or_else(|| digest(IdentifierKind::Meid, text)),
        Named::Mac => keyed_mac(text)
            .filter(|_| value.len() <= 17)
            .or_else(|| digest(IdentifierKind::Mac, text)),
        Named::Advertising => advertising(value, text),
        Named::Aid => aid(value, text),
        Named::AndroidId | Named::Device if is_uuid(value) => device_id(text, Evidence::DeviceUuid),
        Named::AndroidId | Named::Device => device(text, true),
        Named::PerhapsDevice if is_uuid(value) => None,
        Named::PerhapsDevice => device(text, key.hashed),
        Named::Serial | Named::PerhapsSerial if key.hashed => digest(IdentifierKind::Serial, text),
        Named::WifiName | Named::NetworkName => digest(IdentifierKind::Ssid, text),
        Named::Serial => serial(value, true),
        Named::PerhapsSerial => serial(value, false),
        Named::Phone => digest(IdentifierKind::Phone, text),
        Named::Mail => digest(IdentifierKind::Email, text),
        Named::Cell | Named::PerhapsCell | Named::Tower => cell::joined(value),
        _ => None,
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn imei(bare: &[u8]) -> Option<Match> {
    if !number::all_digits(bare) || number::uniform(bare) {
        return None;
    }
    let known = number::reporting_body(bare);
    let evidence = match (bare.len(), known) {
        (15, true) if number::luhn(bare) => Evidence::NamedChecked,
        (15, false) if number::luhn(bare) => Evidence::NamedRange,
        // Fourteen digits leave the check digit out, sixteen carry a software version instead.
        (14..=16, true) => Evidence::NamedShape,
        (15, false) => Evidence::NamedDoubtful,
        _ => return None,
    };
    Some((IdentifierKind::Imei, text_of(bare), evidence))
}

fn imsi(bare: &[u8]) -> Option<Match> {
    if !number::all_digits(bare) || number::uniform(bare) {
        return None;
    }
    let evidence = match (bare.len(), number::subscription(bare)) {
        (14..=15, Subscription::Network) => Evidence::NamedRange,
        (14..=15, Subscription::Country) => Evidence::NamedShape,
        (15, Subscription::Nothing) => Evidence::NamedDoubtful,
        _ => return None,
    };
    Some((IdentifierKind::Imsi, text_of(bare), evidence))
}

fn iccid(bare: &[u8]) -> Option<Match> {
    let bare = without_padding(bare);
    if !(18..=20).contains(&bare.len()) {
        return None;
    }
    if bare.starts_with(b"98") {
        let swapped = swapped(bare);
        return iccid_as_printed(without_padding(swapped.bytes()));
    }
    iccid_as_printed(bare)
}

fn iccid_as_printed(bare: &[u8]) -> Option<Match> {
    let head = bare.get(..6)?;
    if !number::all_digits(head) || !number::issuer(head) || !is_hex(bare) {
        return None;
    }
    let evidence = if !number::all_digits(bare) {
        // Chinese issuers write a province or a year as a letter.
        Evidence::NamedShape
    } else if number::luhn(bare) {
        Evidence::NamedChecked
    } else {
        Evidence::NamedRange
    };
    (18..=20)
        .contains(&bare.len())
        .then(|| (IdentifierKind::Iccid, text_of(bare), evidence))
}

/// An ICCID as the SIM stores it: the digits of each pair swapped (ETSI TS 102 221, 13.2).
fn swapped(bare: &[u8]) -> Bare {
    let mut out = Bare::default();
    for pair in bare.chunks(2) {
        pair.iter()
            .rev()
            .for_each(|b| out.push(b.to_ascii_lowercase()));
    }
    out
}

fn without_padding(bare: &[u8]) -> &[u8] {
    let padding = bare
        .iter()
        .rev()
        .take_while(|b| b.eq_ignore_ascii_case(&b'f'))
        .count();
    bare.get(..bare.len() - padding.min(2)).unwrap_or(bare)
}

fn meid(bare: &[u8]) -> Option<Match> {
    // GSMA and 3GPP2 SC.R4002: hexadecimal regions A0 to FF; 99 is shared with IMEIs.
    let region = matches!(bare, [b'a'..=b'f', ..] | [b'9', b'9', ..]);
    ((14..=15).contains(&bare.len()) && region && is_hex(bare) && !number::uniform(bare))
        .then(|| (IdentifierKind::Meid, text_of(bare), Evidence::NamedRange))
}

/// Judges twelve hexadecimal digits as an address of the IEEE's making: neither multicast, nor
/// locally administered (randomised; Android's placeholder 02:00:00:00:00:00), nor empty.
pub(super) fn is_mac(bare: &[u8]) -> bool {
    bare.len() == 12
        && is_hex(bare)
        && bare
            .get(1)
            .is_some_and(|b| matches!(b, b'0' | b'4' | b'8' | b'c'))
        && !bare.starts_with(b"000000")
        && !bare.ends_with(b"00000000")
}

fn keyed_mac(bare: &[u8]) -> Option<Match> {
    let evidence = if has_maker(bare) {
        Evidence::NamedRange
    } else {
        Evidence::NamedShape
    };
    is_mac(bare).then(|| (IdentifierKind::Mac, text_of(bare), evidence))
}

fn has_maker(bare: &[u8]) -> bool {
    let head = bare
        .get(..6)
        .and_then(|head| std::str::from_utf8(head).ok());
    head.and_then(|head| u32::from_str_radix(head, 16).ok())
        .is_some_and(|oui| {
            let [_, a, b, c] = oui.to_be_bytes();
            is_assigned([a, b, c])
        })
}

fn advertising(value: &str, bare: &[u8]) -> Option<Match> {
    let evidence = if is_uuid(value) {
        Evidence::NamedRange
    } else if matches!(bare.len(), 16 | 32 | 40 | 64) && is_hex(bare) {
        // Hashed, or an OAID of a maker that has its own form.
        Evidence::NamedDigest
    } else {
        return None;
    };
    (!number::uniform(bare)).then(|| (IdentifierKind::AdvertisingId, text_of(bare), evidence))
}

fn aid(value: &str, bare: &[u8]) -> Option<Match> {
    if number::uniform(bare) {
        None
    } else if is_uuid(value) {
        Some((IdentifierKind::AdvertisingId, text_of(bare), Evidence::Aid))
    } else if bare.len() == 16 && is_hex(bare) && !number::all_digits(bare) {
        Some((IdentifierKind::DeviceId, text_of(bare), Evidence::Aid))
    } else {
        None
    }
}

fn is_sure_imei(bare: &[u8]) -> bool {
    bare.len() == 15
        && number::all_digits(bare)
        && !number::uniform(bare)
        && number::reporting_body(bare)
        && number::luhn(bare)
}

fn device(bare: &[u8], sure: bool) -> Option<Match> {
    if is_sure_imei(bare) {
        let evidence = if sure {
            Evidence::DeviceNumber
        } else {
            Evidence::PerhapsDeviceNumber
        };
        return Some((IdentifierKind::Imei, text_of(bare), evidence));
    }
    if sure && is_mac(bare) && has_maker(bare) && !number::all_digits(bare) {
        return Some((IdentifierKind::Mac, text_of(bare), Evidence::NamedShape));
    }
    if sure
        && bare.len() == 14
        && !number::all_digits(bare)
        && let Some((kind, value, _)) = meid(bare)
    {
        return Some((kind, value, Evidence::NamedShape));
    }
    if !is_hex(bare) {
        return None;
    }
    let evidence = match (bare.len(), sure) {
        (16, true) => Evidence::DeviceToken,
        (32 | 40 | 64, true) => Evidence::DeviceDigest,
        (16 | 32 | 40, false) => Evidence::PerhapsDevice,
        _ => return None,
    };
    device_id(bare, evidence)
}

fn device_id(bare: &[u8], evidence: Evidence) -> Option<Match> {
    (!number::uniform(bare) && bare != SHARED_ANDROID_ID)
        .then(|| (IdentifierKind::DeviceId, text_of(bare), evidence))
}

/// A hash under a key that names what was hashed: number spaces are small, so the hash gives the
/// value away.
fn digest(kind: IdentifierKind, bare: &[u8]) -> Option<Match> {
    (matches!(bare.len(), 32 | 40 | 64) && is_hex(bare) && !number::uniform(bare))
        .then(|| (kind, text_of(bare), Evidence::NamedDigest))
}

fn serial(value: &str, sure: bool) -> Option<Match> {
    let bytes = value.as_bytes();
    if is_sure_imei(bytes) {
        return Some((
            IdentifierKind::Imei,
            value.to_owned(),
            Evidence::PerhapsDeviceNumber,
        ));
    }
    let count = |is: fn(&u8) -> bool| bytes.iter().filter(|b| is(b)).count();
    let digits = count(u8::is_ascii_digit);
    let (upper, lower) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let shaped = (SERIAL_MIN..=20).contains(&bytes.len())
        && digits + upper + lower == bytes.len()
        && digits >= 2
        && !number::uniform(bytes)
        // Common fillers.
        && !value.eq_ignore_ascii_case("0123456789abcdef")
        && !number::counts_up(bytes);
    let one_case = upper == 0 || lower == 0;
    let evidence = match (sure, upper + lower > 0) {
        (true, true) => Evidence::Serial,
        (true, false) if !may_be_time(bytes) => Evidence::SerialDigits,
        (false, true) if one_case => Evidence::PerhapsSerial,
        _ => Evidence::PerhapsSerialDigits,
    };
    shaped.then(|| (IdentifierKind::Serial, value.to_ascii_uppercase(), evidence))
}

/// Whether digits read as a date, or as seconds or milliseconds since 1970.
fn may_be_time(digits: &[u8]) -> bool {
    match digits.len() {
        8 | 12 | 14 => digits.starts_with(b"20") || digits.starts_with(b"19"),
        10 | 13 | 16 => matches!(digits, [b'1', b'4'..=b'9', ..]),
        _ => false,
    }
}

/// Judges a run of digits, or an ICCID with its padding, that no key names. `integer` says that it stands where a program writes
/// integers, which no SIM's number fits in.
pub(super) fn unkeyed(run: &[u8], integer: bool, found: &mut dyn FnMut(Match)) {
    if number::uniform(run) {
        return;
    }
    match run.len() {
        15 => {
            if is_sure_imei(run) {
                found((IdentifierKind::Imei, text_of(run), Evidence::BareImei));
            }
            if number::subscription(run) == Subscription::Network {
                found((IdentifierKind::Imsi, text_of(run), Evidence::BareImsi));
            }
        }
        19 | 20 => {
            let swapped = swapped(run);
            let printed = if run.starts_with(b"98") {
                without_padding(swapped.bytes())
            } else {
                without_padding(run)
            };
            if number::all_digits(printed) && number::issuer(printed) {
                let evidence = if number::luhn(printed) && !integer {
                    Evidence::BareIccid
                } else {
                    Evidence::BareIccidUnchecked
                };
                found((IdentifierKind::Iccid, text_of(printed), evidence));
            }
        }
        _ => {}
    }
}

/// Judges six pairs that no key names.
pub(super) fn unkeyed_mac(pairs: &str) -> Option<Match> {
    let bare = Bare::of(pairs);
    let evidence = if number::all_digits(bare.bytes()) {
        // Times and dates look the same.
        Evidence::BareMacDigits
    } else if pairs.contains('-') {
        Evidence::BareMacDashes
    } else {
        Evidence::BareMac
    };
    (is_mac(bare.bytes()) && has_maker(bare.bytes()))
        .then(|| (IdentifierKind::Mac, text_of(bare.bytes()), evidence))
}
