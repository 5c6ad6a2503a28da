//! What is remembered: keyed fingerprints and times, bounded.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use super::sender::Parties;
use super::token::Token;
use crate::seal::Seal;

/// Apps that are remembered: a phone has some hundred, of which few send in the open.
pub(super) const APPS_MAX: usize = 128;
/// Fields of one app that are remembered.
pub(super) const SLOTS_MAX: usize = 64;
/// Slots of another app with the same token that are looked at: more would not change what they say. Of each app some
/// are, so that none can hide another's behind its own.
const SAME_MAX: usize = 4;
/// Hours after which a token that was not seen again is forgotten: three months.
const FORGOTTEN_AFTER: u32 = 90 * 24;
/// A token seen on several days is kept before others for so many hours after the last time.
const KEPT_FOR: u32 = 7 * 24;
/// 2000-01-01T00:00Z in hours since 1970. A clock that says less was never set.
pub(super) const EARLIEST_HOUR: u32 = 262_968;
/// Hours between two sightings from which on a token is stable.
const STABLE_HOURS: u32 = 24;

/// What is fingerprinted here besides apps.
impl Seal {
    pub(super) fn domain(&self, domain: &str) -> u64 {
        let mut hasher = self.about(2);
        for byte in domain.bytes() {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
        hasher.finish()
    }

    /// The field `name` of what `parties` say to each other.
    pub(super) fn field(&self, parties: &Parties, name: &str) -> u64 {
        let mut hasher = self.about(3);
        hasher.write_u64(parties.app);
        hasher.write_u64(parties.domain);
        for byte in name.bytes() {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
        hasher.finish()
    }

    pub(super) fn token(&self, token: &Token<'_>) -> u64 {
        let mut hasher = self.about(4);
        for byte in token.bytes() {
            hasher.write_u8(byte);
        }
        hasher.finish()
    }
}

/// What is known of one field that an app sends to one domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) domain: u64,
    pub(super) token: u64,
    /// Hours since 1970 at which this token was first and last seen here.
    pub(super) first: u32,
    pub(super) last: u32,
    /// Days (UTC) on which it was seen.
    pub(super) days: u16,
    /// How often another token took its place.
    pub(super) changes: u16,
}

impl Slot {
    fn see(&mut self, token: u64, hour: u32) {
        if self.token != token {
            self.token = token;
            self.changes = self.changes.saturating_add(1);
            (self.first, self.last, self.days) = (hour, hour, 1);
            return;
        }
        // A capture may be older than the one before, a clock set back.
        let is_new_day = hour / 24 != self.first / 24 && hour / 24 != self.last / 24;
        let is_outside = hour < self.first || hour > self.last;
        self.days = self
            .days
            .saturating_add(u16::from(is_new_day && is_outside));
        self.first = self.first.min(hour);
        self.last = self.last.max(hour);
    }

    /// Who goes first has the least.
    fn worth(&self, now: u32) -> (bool, u32, u16) {
        let is_kept = self.days > 1 && now.saturating_sub(self.last) <= KEPT_FOR;
        (is_kept, self.last, u16::MAX - self.changes)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct App {
    pub(super) is_known: bool,
    pub(super) last: u32,
    pub(super) slots: BTreeMap<u64, Slot>,
}

/// What the memory says of a token that was just seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Seen on two days or more, 24 hours or more apart.
    pub(super) stable: bool,
    /// Sent by several apps that the platform named.
    pub(super) apps: bool,
    /// Sent to several registrable domains.
    pub(super) domains: bool,
    /// Days on which this field held it.
    pub(super) days: u16,
    /// How often this field's token changed.
    pub(super) changes: u16,
}

/// All slots, by app and field, and where each token is.
pub(super) struct Store {
    pub(super) apps: BTreeMap<u64, App>,
    tokens: BTreeSet<(u64, u64, u64)>,
    /// The day on which the old was last forgotten.
    swept: u32,
}

impl Store {
    pub(super) fn new(apps: BTreeMap<u64, App>) -> Self {
        let of_app = |(id, app): (&u64, &App)| {
            let id = *id;
            let place = move |(field, slot): (&u64, &Slot)| (slot.token, id, *field);
            app.slots.iter().map(place).collect::<Vec<_>>()
        };
        let tokens = apps.iter().flat_map(of_app).collect();
        Self {
            apps,
            tokens,
            swept: 0,
        }
    }

    /// Notes that `field` held `token` in the hour `hour` since 1970.
    pub(super) fn see(&mut self, parties: &Parties, field: u64, token: u64, hour: u32) -> Seen {
        if hour < EARLIEST_HOUR {
            return Seen::default();
        }
        self.sweep(hour);
        self.make_room(parties.app, field, hour);
        let app = self.apps.entry(parties.app).or_default();
        app.is_known = parties.is_known;
        app.last = app.last.max(hour);
        let fresh = Slot {
            domain: parties.domain,
            token,
            first: hour,
            last: hour,
            days: 1,
            changes: 0,
        };
        let slot = app.slots.entry(field).or_insert(fresh);
        let before = slot.token;
        slot.see(token, hour);
        let (days, changes) = (slot.days, slot.changes);
        if before != token {
            self.tokens.remove(&(before, parties.app, field));
        }
        self.tokens.insert((token, parties.app, field));
        Seen {
            days,
            changes,
            ..self.everywhere(token, parties.app)
        }
    }

    /// What all slots with this token say together, of which `own` has just been seen to send it.
    fn everywhere(&self, token: u64, own: u64) -> Seen {
        let slots = self.apps_with(token).flat_map(|app_id| {
            let places = self
                .tokens
                .range((token, app_id, 0)..=(token, app_id, u64::MAX));
            let most = if app_id == own { SLOTS_MAX } else { SAME_MAX };
            let app = self.apps.get(&app_id);
            places.take(most).filter_map(move |(_, _, field)| {
                let app = app?;
                Some((app_id, app.is_known, *app.slots.get(field)?))
            })
        });
        let (mut first, mut last) = (u32::MAX, 0);
        let (mut of_app, mut of_domain) = (None, None);
        let mut seen = Seen::default();
        for (app, is_known, slot) in slots {
            first = first.min(slot.first);
            last = last.max(slot.last);
            seen.domains |= *of_domain.get_or_insert(slot.domain) != slot.domain;
            seen.apps |= is_known && *of_app.get_or_insert(app) != app;
        }
        seen.stable = last.saturating_sub(first) >= STABLE_HOURS;
        seen
    }

    /// The apps that have a token.
    fn apps_with(&self, token: u64) -> impl Iterator<Item = u64> {
        let first_from = move |least: u64| {
            let mut places = self.tokens.range((token, least, 0)..);
            let (_, app, _) = places.next().filter(|(other, ..)| *other == token)?;
            Some(*app)
        };
        let next = move |app: &u64| first_from(app.checked_add(1)?);
        std::iter::successors(first_from(0), next)
    }

    fn make_room(&mut self, id: u64, field: u64, now: u32) {
        if !self.apps.contains_key(&id) && self.apps.len() >= APPS_MAX {
            let oldest = self.apps.iter().min_by_key(|(_, app)| app.last);
            if let Some(gone) = oldest
                .map(|(id, _)| *id)
                .and_then(|id| self.apps.remove_entry(&id))
            {
                let (gone, app) = gone;
                for (field, slot) in &app.slots {
                    self.tokens.remove(&(slot.token, gone, *field));
                }
            }
        }
        let Some(app) = self.apps.get_mut(&id) else {
            return;
        };
        if app.slots.contains_key(&field) || app.slots.len() < SLOTS_MAX {
            return;
        }
        let least = app.slots.iter().min_by_key(|(_, slot)| slot.worth(now));
        if let Some((gone, slot)) = least.map(|(field, slot)| (*field, *slot)) {
            app.slots.remove(&gone);
            self.tokens.remove(&(slot.token, id, gone));
        }
    }

    /// Forgets, once a day, what was not seen for long.
    pub(super) fn sweep(&mut self, now: u32) {
        if self.swept == now / 24 {
            return;
        }
        self.swept = now / 24;
        let tokens = &mut self.tokens;
        self.apps.retain(|id, app| {
            app.slots.retain(|field, slot| {
                let is_kept = now.saturating_sub(slot.last) <= FORGOTTEN_AFTER;
                if !is_kept {
                    tokens.remove(&(slot.token, *id, *field));
                }
                is_kept
            });
            !app.slots.is_empty()
        });
    }

    #[cfg(test)]
    pub(super) fn is_consistent(&self) -> bool {
        let rebuilt = Self::new(self.apps.clone());
        rebuilt.tokens == self.tokens
            && self.apps.len() <= APPS_MAX
            && self.apps.values().all(|app| app.slots.len() <= SLOTS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00Z.
    const DAY: u32 = 490_896;

    fn slot(first: u32, last: u32) -> Slot {
        Slot {
            domain: 1,
            token: 2,
            first,
            last,
            days: 1,
            changes: 0,
        }
    }

    /// A capture may be older than those before it.
    #[test]
    fn days_are_counted_once_each_in_either_direction() {
        let mut slot = slot(DAY + 20, DAY + 20);
        for (hour, days) in [
            (DAY + 23, 1),
            (DAY + 25, 2),
            (DAY + 44, 2),
            (DAY + 3, 2),
            (DAY - 1, 3),
            (DAY + 10, 3),
            (DAY + 24 * 30, 4),
        ] {
            slot.see(2, hour);
            assert_eq!(slot.days, days, "{hour}");
        }
        assert_eq!((slot.first, slot.last), (DAY - 1, DAY + 24 * 30));
        slot.see(3, DAY);
        assert_eq!(
            (slot.first, slot.last, slot.days, slot.changes),
            (DAY, DAY, 1, 1)
        );
    }

    #[test]
    fn who_goes_first_changed_most_and_was_seen_least() {
        let often = Slot {
            days: 2,
            ..slot(DAY, DAY + 24)
        };
        let changed = Slot {
            changes: 3,
            ..slot(DAY + 48, DAY + 48)
        };
        let (steady, older) = (slot(DAY + 48, DAY + 48), slot(DAY + 30, DAY + 30));
        let worth = |slot: &Slot| slot.worth(DAY + 24 + 7 * 24);
        assert!(worth(&older) < worth(&changed));
        assert!(worth(&changed) < worth(&steady));
        assert!(worth(&steady) < worth(&often));
        let later = |slot: &Slot| slot.worth(DAY + 25 + 7 * 24);
        assert!(later(&often) < later(&older));
    }

    #[test]
    fn nothing_is_noted_before_the_clock_was_set() {
        let parties = Parties {
            app: 1,
            is_known: true,
            domain: 2,
        };
        for (hour, noted) in [
            (EARLIEST_HOUR - 1, 0),
            (EARLIEST_HOUR, 1),
            (EARLIEST_HOUR + 1, 1),
        ] {
            let mut store = Store::new(BTreeMap::new());
            store.see(&parties, 3, 4, hour);
            assert_eq!(store.apps.len(), noted, "{hour}");
        }
    }

    #[test]
    fn what_is_forgotten_is_forgotten_to_the_day() {
        let parties = |app| Parties {
            app,
            is_known: true,
            domain: 2,
        };
        for (later, kept) in [(90 * 24, 2), (90 * 24 + 1, 1)] {
            let mut store = Store::new(BTreeMap::new());
            store.see(&parties(1), 3, 4, DAY);
            store.see(&parties(2), 3, 4, DAY + later);
            assert_eq!(store.apps.len(), kept);
            assert!(store.is_consistent());
        }
    }

    /// Whatever another app, known by a lower or a higher number, sends the same token as.
    #[test]
    fn no_app_hides_what_another_sends() {
        for other in [1, 9] {
            let parties = |app| Parties {
                app,
                is_known: true,
                domain: 2,
            };
            let mut store = Store::new(BTreeMap::new());
            store.see(&parties(5), 3, 4, DAY);
            for field in 100..200 {
                store.see(&parties(other), field, 4, DAY + 24);
            }
            let seen = store.see(&parties(5), 3, 4, DAY + 24);
            assert!(seen.stable && seen.apps, "{seen:?}");
            assert!(store.is_consistent());
        }
    }
}
