//! What is known of one app and one destination.

use std::net::SocketAddr;

use super::evidence::{Beacon, Evidence, Occasion, Support};
use super::occasions::{Count, OCCASIONS, WINDOWS};
use super::period::{Contacts, QUIET_S};
use crate::facts::Protocol;

/// A pair whose connection ended so many seconds before an event may only be taking it up again.
const RECONNECTS_S: u32 = 30;
/// A connection as long as this, in seconds, is held open to be reached by (push messages), not to report.
const HELD_S: u32 = 15 * 60;
/// So many of those, less those that were shorter, and events say nothing about the pair.
const HELD_MIN: u8 = 2;
const HELD_MAX: u8 = 8;
/// Connections without an answer, one after the other, that are a storm.
const STORM: u8 = 6;
/// Uploads that are compared.
pub(super) const UPLOADS: usize = 4;
/// [`Pair::after_update_s`] where there was no update before.
pub(super) const NEVER: u32 = u32::MAX;

/// Times are seconds since 1970, 0 where there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// Fingerprints of app and destination.
    pub(super) app: u64,
    pub(super) destination: u64,
    pub(super) counts: [[Count; WINDOWS]; OCCASIONS],
    pub(super) contacts: Contacts,
    pub(super) last_start: u32,
    pub(super) last_end: u32,
    pub(super) after_update_s: u32,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) flows: u32,
    pub(super) uploads: [u32; UPLOADS],
    pub(super) storms: u16,
    /// Which verdicts were told: a bit for each occasion, then one for each scale of intervals.
    pub(super) told: u16,
    pub(super) unanswered: u8,
    pub(super) held: u8,
    pub(super) no_dns: bool,
    pub(super) live: Live,
}

/// What does not outlive a run: names in clear, and connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) to: Option<Box<To>>,
    pub(super) open: u16,
    /// When the oldest of the open ones began, at the latest.
    pub(super) open_since: u32,
    /// Tells this pair from one that had the slot before.
    pub(super) serial: u32,
}

/// The destination in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct To {
    pub(super) address: SocketAddr,
    pub(super) protocol: Protocol,
    pub(super) name: Option<Box<str>>,
}

impl Pair {
    pub(super) fn new(app: u64, destination: u64) -> Self {
        Self {
            app,
            destination,
            counts: Default::default(),
            contacts: Contacts::default(),
            last_start: 0,
            last_end: 0,
            after_update_s: NEVER,
            sent: 0,
            received: 0,
            flows: 0,
            uploads: [0; UPLOADS],
            storms: 0,
            told: 0,
            unanswered: 0,
            held: 0,
            no_dns: false,
            live: Live::default(),
        }
    }

    /// An event came: whether a trial with it counts was settled before it.
    pub(super) fn begin(&mut self, occasion: Occasion, now: u32) {
        // These end whatever connections there were.
        let ends_all = matches!(occasion, Occasion::Boot | Occasion::OwnUpdate);
        let just_ended = self.last_end > 0 && now.saturating_sub(self.last_end) < RECONNECTS_S;
        let counts = ends_all || self.live.open == 0 && !just_ended;
        for count in self.counts_mut(occasion) {
            count.begin(counts);
        }
    }

    /// A connection began so long after the latest event of a kind.
    pub(super) fn see(&mut self, occasion: Occasion, after_ms: u64) {
        for (count, window) in self.counts_mut(occasion).iter_mut().zip(occasion.windows()) {
            count.see(*window, after_ms);
        }
    }

    /// The trial of one window is complete; the verdict, if that gives one.
    pub(super) fn complete(&mut self, occasion: Occasion, at: usize, now: u32) -> Option<Evidence> {
        let count = self.counts_mut(occasion).get_mut(at)?;
        let counted = count.complete();
        if !counted {
            return None;
        }
        self.after_event(occasion, at, now)
    }

    /// What is shown for an occasion and was not told yet.
    fn after_event(&self, occasion: Occasion, at: usize, now: u32) -> Option<Evidence> {
        if self.was_told(occasion as usize) || self.is_held(now) || self.is_rather(occasion) {
            return None;
        }
        let window = occasion.windows().get(at)?;
        let count = self.counts(occasion).get(at)?;
        let rates = occasion.companions().iter().map(|companion| {
            // The windows of the frequent: as long, or else the longest.
            let same = self.counts(*companion).get((at + 1).min(WINDOWS - 1));
            same.map_or(0.0, |same| same.rate_without(count))
        });
        count.evidence(occasion, *window, rates.fold(0.0, f64::max))
    }

    /// What is shown for any occasion or interval and was not told yet.
    pub(super) fn verdict(&self, now: u32, trusts_names: bool) -> Option<(usize, Evidence)> {
        let events = Occasion::ALL.into_iter().find_map(|occasion| {
            let shown = (0..WINDOWS).find_map(|at| self.after_event(occasion, at, now));
            Some((occasion as usize, shown?))
        });
        events.or_else(|| self.at_intervals(trusts_names))
    }

    /// What the intervals show and was not told yet.
    pub(super) fn at_intervals(&self, trusts_names: bool) -> Option<(usize, Evidence)> {
        let sends_more = self.sent > self.received;
        let suspect = sends_more || self.storms >= 2 || self.no_dns && trusts_names;
        let (scale, evidence) = self.contacts.evidence(suspect)?;
        let bit = OCCASIONS + scale;
        (!self.was_told(bit)).then_some((bit, evidence))
    }

    /// A connection begins. Whether that is a contact of its own, so that the intervals have changed.
    pub(super) fn start(&mut self, now: u32, is_attended: bool, since: u32) -> bool {
        self.flows = self.flows.saturating_add(1);
        let before = std::mem::replace(&mut self.last_start, now);
        if self.live.open == 0 {
            self.live.open_since = now;
        }
        self.live.open = self.live.open.saturating_add(1);
        let is_new = before == 0 || before > now || now - before >= QUIET_S;
        if is_new {
            self.contacts.add(now, is_attended, since);
        }
        is_new
    }

    /// A connection ends that had begun at `began`.
    pub(super) fn end(&mut self, now: u32, began: u32, sent: u64, received: u64) {
        self.live.open = self.live.open.saturating_sub(1);
        self.last_end = now;
        self.sent = self.sent.saturating_add(sent);
        self.received = self.received.saturating_add(received);
        self.uploads.rotate_right(1);
        if let Some(first) = self.uploads.first_mut() {
            *first = u32::try_from(sent).unwrap_or(u32::MAX);
        }
        self.held = match now.saturating_sub(began) >= HELD_S {
            true => self.held.saturating_add(1).min(HELD_MAX),
            false => self.held.saturating_sub(1),
        };
        if received > 0 {
            self.unanswered = 0;
        } else {
            self.unanswered = self.unanswered.saturating_add(1);
            if self.unanswered >= STORM {
                self.unanswered = 0;
                self.storms = self.storms.saturating_add(1);
            }
        }
    }

    /// Forgets what was under way: time went on unseen.
    pub(super) fn interrupt(&mut self) {
        for count in self.counts.iter_mut().flatten() {
            count.begin(false);
        }
    }

    pub(super) fn told(&mut self, bit: usize) {
        self.told |= 1 << bit;
    }

    pub(super) fn was_told(&self, bit: usize) -> bool {
        self.told >> bit & 1 == 1
    }

    /// Whether the pair keeps a connection open to be reached by.
    fn is_held(&self, now: u32) -> bool {
        let open = self.live.open > 0 && now.saturating_sub(self.live.open_since) >= HELD_S;
        open || self.held >= HELD_MIN
    }

    /// Whether what follows the screen is rather told of the unlock, or the other way round: the screen comes on for each
    /// unlock, and at other times, too.
    fn is_rather(&self, occasion: Occasion) -> bool {
        let (screen, unlock) = (Occasion::ScreenOn, Occasion::Unlock);
        let explains = |other| self.counts(other).iter().any(Count::explains);
        let most = |occasion| {
            self.counts(occasion)
                .iter()
                .map(Count::all)
                .max()
                .unwrap_or(0)
        };
        let is_more = most(screen) * 4 >= most(unlock) * 5;
        match occasion {
            Occasion::Unlock => self.was_told(screen as usize) || is_more && explains(screen),
            Occasion::ScreenOn => self.was_told(unlock as usize) || !is_more && explains(unlock),
            _ => false,
        }
    }

    pub(super) fn beacon(&self, evidence: Evidence) -> Beacon {
        Beacon {
            evidence,
            support: Support {
                flows: self.flows,
                sent: self.sent,
                received: self.received,
                stable_upload: self.stable_upload(),
                no_dns: self.no_dns,
                retry_storms: self.storms.into(),
                first_contact_after_update_s: (self.after_update_s != NEVER)
                    .then_some(self.after_update_s),
            },
        }
    }

    /// The least and the most of the last uploads, where all are there and a sixteenth apart at most.
    fn stable_upload(&self) -> Option<(u32, u32)> {
        let least = *self.uploads.iter().min()?;
        let most = *self.uploads.iter().max()?;
        (least > 0 && most - least <= most / 16).then_some((least, most))
    }

    fn counts(&self, occasion: Occasion) -> &[Count; WINDOWS] {
        &self.counts[occasion as usize]
    }

    fn counts_mut(&mut self, occasion: Occasion) -> &mut [Count; WINDOWS] {
        &mut self.counts[occasion as usize]
    }
}
