//! Recognises identifiers in what the decode chain opens, and says how sure it is.

mod apps;
mod bare;
mod cell;
mod contact;
mod evidence;
mod free;
mod key;
pub(super) mod looks;
mod lookup;
mod makeup;
mod names;
mod number;
mod place;
mod value;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use super::decode::{Field, Reader, Stands, Trail, says_name, says_value};
use super::{ALERT_CONFIDENCE, Basis, Finding, IdentifierKind};
pub(super) use bare::is_uuid;
use evidence::Evidence;
use makeup::Makeup;
use names::Named;
pub(super) use number::{luhn, uniform};

/// What a doubtful finding gains if the same layer holds a finding that alerts: an IMEI without a key is seldom
/// alone, a number that happens to look like one is.
const COMPANY: u8 = 30;
/// And to no more than this.
const COMPANY_MAX: u8 = 55;
/// Different values kept on either side of [`ALERT_CONFIDENCE`] while searching, so that a flood
/// of doubtful ones cannot push out a sure one.
const KEPT_MAX: usize = 256;

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
    /// How often a value found no room.
    left_out: u32,
}

impl Search {
    fn add(&mut self, trail: &Trail<'_>, (kind, value, evidence): value::Match) {
        let id = (kind, value);
        let alerts = evidence.percent() >= ALERT_CONFIDENCE;
        let found = |evidence| Found {
            evidence,
            path: trail.text(),
            layer: trail.layer(),
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
            None => self.left_out = self.left_out.saturating_add(1),
        }
    }

    /// Takes a value for what its key says it is; whether it is that.
    fn named(&mut self, trail: &Trail<'_>, key: &str, value: &str) -> bool {
        let Some(key) = key::key(key) else {
            let whole = contact::unkeyed_phone(value.trim_ascii());
            let found = whole.or_else(|| place::unkeyed(value));
            return found.map(|found| self.add(trail, found)).is_some();
        };
        let mut any = false;
        value::keyed(key, value, &mut |found| {
            any = true;
            self.add(trail, found);
        });
        if key.named == Named::Apps
            && let Some(list) = apps::find(value, Some(key.named))
        {
            any = true;
            self.add(trail, list);
        }
        any
    }

    /// The findings, and how often one had to be left out.
    pub(super) fn finish(self) -> (Vec<Finding>, u32) {
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
        let findings = sure
            .chain(doubtful)
            .map(|((kind, value), found, confidence)| Finding {
                kind: *kind,
                masked: if *kind == IdentifierKind::AppList {
                    // A count, and nobody's secret.
                    value.clone()
                } else {
                    masked(value)
                },
                path: found.path.clone(),
                confidence,
                basis: Basis::Likeness,
            })
            .collect();
        (findings, self.left_out)
    }
}

impl Reader for Search {
    fn text(&mut self, trail: &Trail<'_>, text: &str) {
        free::find(text, &mut |found| self.add(trail, found));
        if let Some(list) = apps::find(text, None) {
            self.add(trail, list);
        }
    }

    /// What is in a part is found where the part is shown; only a list goes through all of them.
    fn whole(&mut self, trail: &Trail<'_>, text: &str) {
        if let Some(list) = apps::find(text, None) {
            self.add(trail, list);
        }
    }

    fn field(&mut self, trail: &Trail<'_>, key: &str, value: &str, stands: Stands) {
        let makeup = Makeup::of(value);
        let named = makeup.may_identify(key) && self.named(trail, key, value);
        // A number is not guessed at where its key says what it is.
        if stands != Stands::InText && makeup.may_hold_more(named) {
            self.text(trail, value);
        }
    }

    fn group(&mut self, trail: &Trail<'_>, fields: &[Field<'_>]) {
        let mut parts = cell::Parts::default();
        let (mut latitude, mut longitude) = (None, None);
        for (name, value) in fields {
            if !looks::passes(begins_as_number(value)) {
                continue;
            }
            match key::key(name).map(|key| key.named) {
                Some(Named::Latitude) => latitude = place::Degrees::of(value).or(latitude),
                Some(Named::Longitude) => longitude = place::Degrees::of(value).or(longitude),
                Some(named) => parts.take(named, value),
                None => {}
            }
        }
        let beside_sim = || cell::beside_sim(fields.iter().map(|(key, _)| &**key));
        if let Some(found) = parts.found(beside_sim) {
            self.add(trail, found);
        }
        if let (Some(latitude), Some(longitude)) = (latitude, longitude)
            && let Some(found) = place::sides(latitude, longitude)
        {
            self.add(trail, found);
        }
        if let Some((key, value)) = name_and_value(fields) {
            self.field(trail, key, value, Stands::InText);
        }
        for (at, (key, value)) in fields.iter().enumerate() {
            if free::is_filler(key)
                && let Some(key) = free::named_by(words_before(trail, fields, at))
            {
                value::keyed(key, value, &mut |(kind, value, evidence)| {
                    self.add(trail, (kind, value, evidence.nearby()));
                });
            }
        }
    }
}

/// The keys and values before a value, from its own key on, then the keys around them.
fn words_before<'a>(
    trail: &Trail<'a>,
    fields: &'a [Field<'_>],
    at: usize,
) -> impl Iterator<Item = &'a str> {
    let (before, own) = (fields.get(..at), fields.get(at));
    let before = before.unwrap_or_default().iter().rev();
    let words = before.flat_map(|(key, value)| [&**value, &**key]);
    let around = trail.keys.iter().rev().map(|key| &**key);
    own.map(|(key, _)| &**key)
        .into_iter()
        .chain(words)
        .chain(around)
}

/// Whether a value begins as all numbers do: a look that is cheaper than reading the key.
fn begins_as_number(value: &str) -> bool {
    let first = value.bytes().find(|b| !b.is_ascii_whitespace());
    first.is_some_and(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.'))
}

/// Reads `{"name": "imei", "value": "35…"}`, where key and value are both values.
fn name_and_value<'a>(fields: &'a [Field<'_>]) -> Option<(&'a str, &'a str)> {
    let of = |is: fn(&str) -> bool| {
        let found = fields.iter().find(|(key, _)| is(key));
        found.map(|(_, value)| &**value)
    };
    Some((of(says_name)?, of(says_value)?))
}

/// Whether a name says that its value is the id of a device.
pub(super) fn names_device(name: &str) -> bool {
    matches!(
        key::key(name).map(|key| key.named),
        Some(Named::AndroidId | Named::Device | Named::Serial | Named::Advertising)
    )
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
