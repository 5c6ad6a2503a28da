//! What a value is, with and without a key that names it.

use super::super::IdentifierKind;
use super::Evidence;
use super::key::Named;
use super::number;

/// A recognised value: its kind, its canonical form and what speaks for it.
pub(super) type Match = (IdentifierKind, String, Evidence);

/// Shortest value that can be an identifier: a serial number.
pub(super) const VALUE_MIN: usize = 8;
/// Longest value that can be an identifier, separators and quotes included.
pub(super) const VALUE_MAX: usize = 80;
/// Android ID that a faulty build gave to many devices and emulators (Android issue 10603).
const SHARED_ANDROID_ID: &str = "9774d56d682e549c";

/// Judges a value by the kind its key names.
pub(super) fn keyed(named: Named, value: &str) -> Option<Match> {
    let value = value.trim_matches(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'');
    if value.len() > VALUE_MAX || !value.is_ascii() {
        return None;
    }
    let bare = bare(value);
    match named {
        Named::Imei => imei(&bare).or_else(|| digest(IdentifierKind::Imei, &bare)),
        Named::Imsi => imsi(&bare).or_else(|| digest(IdentifierKind::Imsi, &bare)),
        Named::Iccid => iccid(&bare),
        Named::Meid => meid(&bare).or_else(|| imei(&bare)),
        Named::Mac => mac(&bare, Evidence::NamedRange)
            .filter(|_| value.len() <= 17)
            .or_else(|| digest(IdentifierKind::Mac, &bare)),
        Named::Advertising => advertising(value, &bare),
        Named::Device if is_uuid(value) => app_made(&bare),
        Named::Device => device(&bare, true),
        Named::PerhapsDevice if is_uuid(value) => None,
        Named::PerhapsDevice => device(&bare, false),
        Named::Serial => serial(value, true),
        Named::PerhapsSerial => serial(value, false),
    }
}

/// Without separators, in lower case.
fn bare(value: &str) -> String {
    value
        .chars()
        .filter(|c| !matches!(c, '-' | ':' | ' ' | '.' | '/' | '{' | '}'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn imei(bare: &str) -> Option<Match> {
    let digits = number::digits(bare).filter(|digits| !number::uniform(digits))?;
    let known = number::reporting_body(&digits);
    let evidence = match (digits.len(), known) {
        (15, _) if number::luhn(&digits) => {
            if known {
                Evidence::NamedChecked
            } else {
                Evidence::NamedRange
            }
        }
        // Fourteen digits leave the check digit out, sixteen carry a software version instead.
        (14..=16, true) => Evidence::NamedShape,
        (15, false) => Evidence::NamedDoubtful,
        _ => return None,
    };
    Some((IdentifierKind::Imei, bare.to_owned(), evidence))
}

fn imsi(bare: &str) -> Option<Match> {
    let digits = number::digits(bare).filter(|digits| !number::uniform(digits))?;
    let evidence = match (digits.len(), number::subscriber_country(&digits)) {
        (14..=15, true) => Evidence::NamedRange,
        (15, false) => Evidence::NamedDoubtful,
        _ => return None,
    };
    Some((IdentifierKind::Imsi, bare.to_owned(), evidence))
}

fn iccid(bare: &str) -> Option<Match> {
    let bare = bare.trim_end_matches('f');
    let country = number::digits(bare.get(..6)?).filter(|head| number::issuer(head));
    country?;
    if !(18..=20).contains(&bare.len()) || !bare.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let evidence = match number::digits(bare) {
        Some(digits) if number::luhn(&digits) => Evidence::NamedChecked,
        Some(_) => Evidence::NamedRange,
        // Chinese issuers write a province or a year as a letter.
        None => Evidence::NamedShape,
    };
    Some((IdentifierKind::Iccid, bare.to_owned(), evidence))
}

fn meid(bare: &str) -> Option<Match> {
    // GSMA and 3GPP2 SC.R4002: hexadecimal regions A0 to FF; 99 is shared with IMEIs.
    let region = matches!(bare.as_bytes(), [b'a'..=b'f', ..] | [b'9', b'9', ..]);
    (bare.len() == 14 && region && is_hex(bare) && !is_uniform(bare))
        .then(|| (IdentifierKind::Meid, bare.to_owned(), Evidence::NamedRange))
}

/// Judges twelve hexadecimal digits as an address of the IEEE's making: neither multicast, nor
/// locally administered (randomised; Android's placeholder 02:00:00:00:00:00), nor zero.
pub(super) fn mac(bare: &str, evidence: Evidence) -> Option<Match> {
    let first = u8::from_str_radix(bare.get(..2)?, 16).ok()?;
    let real = first & 0b11 == 0 && !bare.starts_with("000000") && !is_uniform(bare);
    (bare.len() == 12 && is_hex(bare) && real)
        .then(|| (IdentifierKind::Mac, bare.to_owned(), evidence))
}

fn advertising(value: &str, bare: &str) -> Option<Match> {
    (is_uuid(value) && !is_uniform(bare)).then(|| {
        (
            IdentifierKind::AdvertisingId,
            bare.to_owned(),
            Evidence::NamedRange,
        )
    })
}

fn device(bare: &str, sure: bool) -> Option<Match> {
    if let Some((kind, value, Evidence::NamedChecked)) = imei(bare) {
        return Some((kind, value, Evidence::DeviceNumber));
    }
    if let Some(found) = mac(bare, Evidence::NamedShape).filter(|_| sure) {
        return Some(found);
    }
    if !is_hex(bare) || is_uniform(bare) || bare == SHARED_ANDROID_ID {
        return None;
    }
    let evidence = match (bare.len(), sure) {
        (16, true) => Evidence::DeviceToken,
        (32 | 40 | 64, true) => Evidence::DeviceDigest,
        (16 | 32 | 40, false) => Evidence::PerhapsDevice,
        _ => return None,
    };
    Some((IdentifierKind::DeviceId, bare.to_owned(), evidence))
}

/// A UUID is what an app makes up for itself: gone with the app's data.
fn app_made(bare: &str) -> Option<Match> {
    (!is_uniform(bare)).then(|| {
        (
            IdentifierKind::DeviceId,
            bare.to_owned(),
            Evidence::DeviceUuid,
        )
    })
}

/// A hash under a key that names what was hashed: number spaces are small, so the hash gives the
/// value away.
fn digest(kind: IdentifierKind, bare: &str) -> Option<Match> {
    (matches!(bare.len(), 32 | 40 | 64) && is_hex(bare) && !is_uniform(bare))
        .then(|| (kind, bare.to_owned(), Evidence::NamedDigest))
}

fn serial(value: &str, sure: bool) -> Option<Match> {
    let shaped = (VALUE_MIN..=20).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric())
        && value.bytes().filter(u8::is_ascii_digit).count() >= 2
        && !is_uniform(value)
        // What the platform gives where the app may not read it, and a common filler.
        && !value.eq_ignore_ascii_case("0123456789abcdef");
    let mixed = value.bytes().any(|b| b.is_ascii_alphabetic());
    let evidence = match (sure, mixed) {
        (true, true) => Evidence::Serial,
        (true, false) => Evidence::SerialDigits,
        (false, true) => Evidence::PerhapsSerial,
        (false, false) => return None,
    };
    shaped.then(|| (IdentifierKind::Serial, value.to_ascii_uppercase(), evidence))
}

/// Judges a run of digits that no key names.
pub(super) fn unkeyed(run: &str) -> Vec<Match> {
    let Some(digits) = number::digits(run).filter(|digits| !number::uniform(digits)) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let mut add = |kind, evidence| out.push((kind, run.to_owned(), evidence));
    match digits.len() {
        15 => {
            if number::luhn(&digits) && number::reporting_body(&digits) {
                add(IdentifierKind::Imei, Evidence::BareImei);
            }
            if number::subscriber_country(&digits) {
                add(IdentifierKind::Imsi, Evidence::BareImsi);
            }
        }
        19 | 20 if number::issuer(&digits) => {
            let checked = number::luhn(&digits);
            add(
                IdentifierKind::Iccid,
                if checked {
                    Evidence::BareIccid
                } else {
                    Evidence::BareIccidUnchecked
                },
            );
        }
        _ => {}
    }
    out
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_uniform(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .all(|pair| pair.first() == pair.last())
}

pub(super) fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    [8, 4, 4, 4, 12].iter().all(|&length| {
        groups
            .next()
            .is_some_and(|g| g.len() == length && is_hex(g))
    }) && groups.next().is_none()
}
