//! Recognises identifiers in what the decode chain opens, and says how sure it is.

mod cell;
mod free;
mod key;
mod number;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use super::decode::{Reader, Trail};
use super::{ALERT_CONFIDENCE, Basis, Finding, IdentifierKind};
pub(super) use number::{luhn, uniform};

/// What speaks for a finding. [`Evidence::percent`] is the one place where that is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The key names the kind; number range and check digit are right.
    NamedChecked,
    /// The key names the kind; the number range is a real one.
    NamedRange,
    /// The key names the kind; the value is a hash.
    NamedDigest,
    /// The key names the kind; the value has its shape.
    NamedShape,
    /// The key names the kind; the value has its length and no more.
    NamedDoubtful,
    /// The key names some device id; the value is an IMEI by range and check digit.
    DeviceNumber,
    /// The key names some device id; 16 hexadecimal digits, as an Android ID has.
    DeviceToken,
    /// The key names some device id; 32, 40 or 64 hexadecimal digits, as hashes have.
    DeviceDigest,
    /// The key names some device id; a UUID.
    DeviceUuid,
    /// The key may name a device id; hexadecimal of a fitting length.
    PerhapsDevice,
    /// The key names the serial number; letters and digits.
    Serial,
    /// The key names the serial number; digits only.
    SerialDigits,
    /// The key may name a serial number; letters and digits.
    PerhapsSerial,
    /// No key; 19 or 20 digits with issuer prefix and check digit: 1 in 1,000 random numbers.
    BareIccid,
    /// No key; 19 or 20 digits with issuer prefix.
    BareIccidUnchecked,
    /// No key; six pairs with colons, one maker's.
    BareMac,
    /// No key; six pairs with dashes.
    BareMacDashes,
    /// No key; six pairs of decimal digits.
    BareMacDigits,
    /// No key; 15 digits with reporting body and check digit: 1 in 60 random numbers.
    BareImei,
    /// No key; 15 digits with a country: 1 in 5 random numbers.
    BareImsi,
    /// Network, area and cell.
    CellWhole,
    /// Two of network, area and cell, one of the latter two among them.
    CellPart,
    /// A network, and a number that may be a cell.
    CellDoubtful,
    /// Any of the above of a named kind, where the key is only the word before.
    Nearby(u8),
}

impl Evidence {
    /// Percent of confidence. Set so that what alerts ([`ALERT_CONFIDENCE`]) had fewer than one
    /// chance hit in a thousand values, by the shares given above.
    pub(super) const fn percent(self) -> u8 {
        match self {
            Self::NamedChecked => 95,
            Self::NamedRange => 90,
            Self::DeviceNumber => 85,
            Self::CellWhole => 85,
            Self::DeviceToken => 80,
            Self::NamedDigest => 75,
            Self::DeviceDigest => 70,
            Self::BareIccid => 70,
            Self::CellPart => 65,
            Self::Serial => 65,
            Self::NamedShape => 60,
            Self::BareMac => 55,
            Self::SerialDigits => 50,
            Self::PerhapsDevice => 45,
            Self::DeviceUuid => 40,
            Self::NamedDoubtful => 40,
            Self::PerhapsSerial => 40,
            Self::CellDoubtful => 40,
            Self::BareMacDashes => 40,
            Self::BareIccidUnchecked => 35,
            Self::BareMacDigits => 25,
            Self::BareImei => 25,
            Self::BareImsi => 15,
            Self::Nearby(percent) => percent,
        }
    }

    /// The same evidence with a word before instead of a key.
    const fn nearby(self) -> Self {
        Self::Nearby(self.percent().saturating_sub(NEARBY))
    }

    /// Whether company of a sure finding in the same layer makes it likelier.
    const fn gains_by_company(self) -> bool {
        matches!(
            self,
            Self::BareImei
                | Self::BareImsi
                | Self::BareMacDashes
                | Self::PerhapsSerial
                | Self::PerhapsDevice
        )
    }
}

/// What a finding loses if its key is only the word before it.
const NEARBY: u8 = 5;
/// What it gains if the same layer holds a finding that alerts: an IMEI without a key is seldom
/// alone, a number that happens to look like one is.
const COMPANY: u8 = 30;
/// And to no more than this.
const COMPANY_MAX: u8 = 55;
/// Different values kept on either side of [`ALERT_CONFIDENCE`] while searching, so that a flood
/// of doubtful ones cannot push out a sure one.
const KEPT_MAX: usize = 256;
/// Findings reported of one request; more are a list, and the first ones say so.
const REPORTED_MAX: usize = 64;

struct Found {
    evidence: Evidence,
    path: String,
    layer: String,
}

/// Collects findings; values live here only, and leave masked.
#[derive(Default)]
pub(super) struct Search {
    sure: BTreeMap<(IdentifierKind, String), Found>,
    doubtful: BTreeMap<(IdentifierKind, String), Found>,
    overflow: bool,
}

impl Search {
    fn add(&mut self, trail: &Trail<'_>, (kind, value, evidence): value::Match) {
        let id = (kind, value);
        let alerts = evidence.percent() >= ALERT_CONFIDENCE;
        let found = |evidence| Found {
            evidence,
            path: trail.text(),
            layer: trail.layer.to_owned(),
        };
        let side = if alerts {
            &mut self.sure
        } else {
            &mut self.doubtful
        };
        let room = side.len() < KEPT_MAX;
        match side.get_mut(&id) {
            Some(known) if known.evidence.percent() >= evidence.percent() => {}
            Some(known) => *known = found(evidence),
            None if room => {
                side.insert(id, found(evidence));
            }
            None => self.overflow = true,
        }
    }

    /// The findings, the surest first, and whether some had to be left out.
    pub(super) fn finish(self) -> (Vec<Finding>, bool) {
        let layers: BTreeSet<&str> = self.sure.values().map(|f| f.layer.as_str()).collect();
        let values: BTreeSet<&str> = self.sure.keys().map(|(_, value)| value.as_str()).collect();
        let sure = self
            .sure
            .iter()
            .map(|(id, f)| (id, f, f.evidence.percent()));
        let doubtful = self
            .doubtful
            .iter()
            // The same digits under another, doubtful name.
            .filter(|((_, value), _)| !values.contains(value.as_str()))
            .map(|(id, f)| {
                let company = f.evidence.gains_by_company() && layers.contains(f.layer.as_str());
                let alone = f.evidence.percent();
                let confidence = if company {
                    (alone + COMPANY).min(COMPANY_MAX)
                } else {
                    alone
                };
                (id, f, confidence)
            });
        let mut findings: Vec<Finding> = sure
            .chain(doubtful)
            .map(|((kind, value), found, confidence)| Finding {
                kind: *kind,
                masked: masked(value),
                path: found.path.clone(),
                confidence,
                basis: Basis::Likeness,
            })
            .collect();
        findings.sort_by(|a, b| b.confidence.cmp(&a.confidence).then(a.kind.cmp(&b.kind)));
        let overflow = self.overflow || findings.len() > REPORTED_MAX;
        findings.truncate(REPORTED_MAX);
        (findings, overflow)
    }
}

impl Reader for Search {
    fn text(&mut self, trail: &Trail<'_>, text: &str) {
        free::find(text, |found| self.add(trail, found));
    }

    fn field(&mut self, trail: &Trail<'_>, key: &str, value: &str) {
        // Most values are none, and telling by the length is cheaper than reading the key.
        if !(value::VALUE_MIN..=value::VALUE_MAX).contains(&value.len()) {
            return;
        }
        let found = key::named(key).and_then(|named| value::keyed(named, value));
        if let Some(found) = found {
            self.add(trail, found);
        }
    }

    fn group(&mut self, trail: &Trail<'_>, fields: &[(String, String)]) {
        if let Some(found) = cell::find(fields) {
            self.add(trail, found);
        }
        if let Some((key, value)) = name_and_value(fields) {
            self.field(trail, key, value);
        }
    }
}

/// Reads `{"name": "imei", "value": "35…"}`, where key and value are both values.
fn name_and_value(fields: &[(String, String)]) -> Option<(&str, &str)> {
    let of = |names: &[&str]| {
        fields
            .iter()
            .find(|(key, _)| names.iter().any(|name| key.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value.as_str())
    };
    Some((
        of(&["name", "key", "k", "param"])?,
        of(&["value", "val", "v"])?,
    ))
}

/// First two and last character, the rest bullets; all bullets if that would leave too little.
pub(super) fn masked(value: &str) -> String {
    let length = value.chars().count();
    let shown = |at: usize| length >= 6 && (at < 2 || at + 1 == length);
    value
        .chars()
        .enumerate()
        .map(|(at, c)| if shown(at) { c } else { '•' })
        .collect()
}
