//! What is known of one app and one destination.

use std::net::IpAddr;

use super::boots::Answers;
use super::evidence::Occasion;
use super::occasions::{Count, KINDS, Kind, WINDOWS};
use super::period::{QUIET_S, REST_S, Series};
use super::telling::{Fit, SORTS, Sample, Samples, Sort, Usual};
use super::verdict::{Scene, Verdict};
use super::{OpenFlow, Traffic};
use crate::facts::{NameSource, Protocol};

/// A pair whose connection ended so many seconds before an event may only be taking it up again.
const RECONNECTS_S: u32 = 30;
/// A connection as long as this, in seconds, is held open to be reached by (push messages), not to report.
const HELD_S: u32 = 15 * 60;
/// So many of those, less those that were shorter, and events say nothing about the pair.
const HELD_MIN: u8 = 2;
const HELD_MAX: u8 = 8;
/// A connection that began within so many seconds after one that failed may be that, tried again.
const RETRY_S: u32 = 10 * 60;
/// Connections without an answer, one after the other, that are a storm.
const STORM: u8 = 6;
/// [`Pair::after_update_s`] where there was no update before.
pub(super) const NEVER: u16 = u16::MAX;

/// Times are seconds since 1970, 0 where there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// Fingerprints of app and destination.
    pub(super) app: u64,
    pub(super) destination: u64,
    /// Of a strand, what its connections carry, about; of a pair as such, nothing.
    pub(super) said: Sample,
    pub(super) counts: [[Count; WINDOWS]; KINDS],
    /// Contacts while nobody used the phone, and all that tell as much as most of these that do.
    pub(super) alone: Series,
    pub(super) alike: Series,
    /// Of the places of `alike`, in which somebody used the phone.
    pub(super) attended: u32,
    /// How many there ever were of the others.
    pub(super) looks: u16,
    pub(super) usual: Usual,
    pub(super) last_start: u32,
    pub(super) last_end: u32,
    /// The last start while nobody used the phone.
    pub(super) last_alone: u32,
    /// The last start of `alike`.
    pub(super) last_alike: u32,
    pub(super) after_update_s: u16,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) flows: u32,
    pub(super) samples: [Samples; SORTS],
    /// Which verdicts were told: a bit each.
    pub(super) told: u16,
    pub(super) storms: u8,
    pub(super) unanswered: u8,
    pub(super) held: u8,
    /// Boots after a long pause before which it had spoken too lately to count.
    pub(super) skipped: u8,
    pub(super) no_dns: bool,
    /// Of a strand: whether its connections are nearly as large.
    pub(super) is_tight: bool,
    pub(super) answers: Answers,
    /// Own updates that it answered while nobody used the phone.
    pub(super) by_itself: u8,
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
    /// When the connection began that failed first of those that may be tried again, and of which sorts it was.
    pub(super) failed_at: u32,
    pub(super) failed: u8,
}

/// The destination in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct To {
    pub(super) address: IpAddr,
    pub(super) port: u16,
    pub(super) protocol: Protocol,
    pub(super) name: Option<(Box<str>, NameSource)>,
}

/// Whether a trial begins with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trial {
    /// It cannot: what follows may have other reasons.
    Void,
    /// Unless a connection is only taken up again.
    Counts,
    /// Where the pair had not spoken since.
    IfSilentSince(u32),
    /// Where it had not spoken since while nobody used the phone; else it is one that was skipped.
    IfAloneSince(u32),
}

impl Pair {
    pub(super) fn new(app: u64, destination: u64) -> Self {
        Self {
            app,
            destination,
            said: Sample::default(),
            counts: Default::default(),
            alone: Series::default(),
            alike: Series::default(),
            attended: 0,
            looks: 0,
            usual: Usual::default(),
            last_start: 0,
            last_end: 0,
            last_alone: 0,
            last_alike: 0,
            after_update_s: NEVER,
            sent: 0,
            received: 0,
            flows: 0,
            samples: Default::default(),
            storms: 0,
            told: 0,
            unanswered: 0,
            held: 0,
            skipped: 0,
            no_dns: false,
            is_tight: false,
            answers: Answers::default(),
            by_itself: 0,
            live: Live::default(),
        }
    }

    /// An event came: whether a trial with it counts was settled before it.
    pub(super) fn begin(&mut self, kind: Kind, trial: Trial, now: u32) {
        // These end whatever connections there were.
        let ends_all = matches!(kind.occasion(), Occasion::Boot | Occasion::OwnUpdate);
        let just_ended = self.last_end > 0 && now.saturating_sub(self.last_end) < RECONNECTS_S;
        let is_at_rest = ends_all || self.live.open == 0 && !just_ended;
        let counts = match trial {
            Trial::Void => false,
            Trial::Counts => is_at_rest,
            Trial::IfSilentSince(since) => is_at_rest && self.last_start < since,
            Trial::IfAloneSince(since) => {
                let counts = self.last_alone <= since;
                self.skipped = self.skipped.saturating_add(u8::from(!counts));
                counts
            }
        };
        for count in self.counts_mut(kind) {
            count.begin(counts);
        }
    }

    /// A connection began so long after the latest event of a kind; of which sort it is by that: of none where the pair has
    /// shown that the kind hardly matters to it.
    pub(super) fn see(&mut self, kind: Kind, after_ms: u64) -> u8 {
        let (mut is_first, mut is_likely) = (false, false);
        // What answers boots is not seen at each.
        let part = match kind.occasion() {
            Occasion::Boot => 3,
            _ => 2,
        };
        for (count, window) in self.counts_mut(kind).iter_mut().zip(kind.windows()) {
            is_first = count.see(*window, after_ms);
            is_likely |= count.trials < 4 || count.hits >= count.trials / part;
        }
        match (is_first && is_likely, kind.is_rare()) {
            (false, _) => 0,
            (true, true) => Sort::Rare.bit(),
            (true, false) => Sort::Frequent.bit(),
        }
    }

    /// The trial of one window is complete, or broken off after so many stretches; the verdict, if that gives one.
    pub(super) fn complete(
        &mut self,
        kind: Kind,
        (at, stretches): (usize, u8),
        scene: &Scene<'_>,
    ) -> Option<Verdict> {
        let window = kind.windows().get(at)?;
        let count = self.counts_mut(kind).get_mut(at)?;
        let counted = count.complete(*window, stretches);
        if counted && kind == Kind::LongBoot && count.trials == 1 && count.epochs > 0 {
            self.skipped = 0;
        }
        let shown = match counted {
            true => self.after_event(kind, at, scene),
            false => None,
        };
        // A boot may be one of these as well.
        let others = match kind.occasion() {
            Occasion::Boot => &[Kind::LongBoot, Kind::After(Occasion::SimChange)][..],
            _ => &[],
        };
        let mut others = others.iter();
        shown.or_else(|| others.find_map(|other| self.after_event(*other, at, scene)))
    }

    /// A connection begins, of the `sorts` that events say. All sorts it is of, and whether the intervals have changed.
    pub(super) fn start(
        &mut self,
        now: u32,
        is_attended: bool,
        since: u32,
        sorts: u8,
    ) -> (u8, bool) {
        self.flows = self.flows.saturating_add(1);
        let before = std::mem::replace(&mut self.last_start, now);
        if self.live.open == 0 {
            self.live.open_since = now;
        }
        self.live.open = self.live.open.saturating_add(1);
        let is_quiet = |before: u32, s: u32| before == 0 || before > now || now - before >= s;
        let is_marked = sorts & Sort::Rare.bit() != 0;
        if is_attended {
            return (sorts, false);
        }
        let before_alone = std::mem::replace(&mut self.last_alone, now);
        let is_alone = is_quiet(before_alone, QUIET_S) && is_quiet(before, REST_S);
        if is_alone {
            self.alone.add(now, since, is_marked);
            return (sorts | Sort::Alone.bit(), true);
        }
        (sorts, false)
    }

    /// A connection ends. Whether the intervals have changed.
    pub(super) fn end(&mut self, now: u32, since: u32, flow: &OpenFlow, traffic: &Traffic) -> bool {
        let (began, sorts) = (flow.began(), flow.sorts);
        self.live.open = self.live.open.saturating_sub(1);
        self.last_end = now;
        self.sent = self.sent.saturating_add(traffic.sent);
        self.received = self.received.saturating_add(traffic.received);
        let sample = Sample::of(traffic);
        let is_marked = sorts & Sort::Rare.bit() != 0;
        // Those of a strand tell, as far as what is inside is known.
        let is_known = self.is_strand() && sample.is_inside();
        let tells = is_known || self.samples(Sort::Alone).would_tell(sample);
        let has_alike = self.add_alike(since, flow, sample, tells);
        // While somebody uses the phone, what is like the contacts before is one of them; as the phone was just switched on,
        // what tells may be.
        // Of a strand, they are told apart, so that what is as large while somebody uses the phone cannot fill the series.
        let is_usual = !self.is_strand()
            && tells
            && self.usual.is_settled()
            && self.usual.is_like(sample, flow.is_attended, Fit::Alike);
        let is_like = sorts & Sort::Alone.bit() == 0
            && began >= self.last_alone.saturating_add(QUIET_S)
            && (is_usual || flow.is_late && (self.no_dns || tells));
        let sorts = match is_like {
            true => sorts | Sort::Alone.bit(),
            false => sorts,
        };
        if is_like {
            self.alone.add(began, since, is_marked);
            self.last_alone = began;
        }
        self.add_samples(flow, sorts, sample);
        self.held = match now.saturating_sub(began) >= HELD_S {
            true => self.held.saturating_add(1).min(HELD_MAX),
            false => self.held.saturating_sub(1),
        };
        if traffic.received > 0 {
            self.unanswered = 0;
        } else {
            self.unanswered = self.unanswered.saturating_add(1);
            if self.unanswered >= STORM {
                self.unanswered = 0;
                self.storms = self.storms.saturating_add(1);
            }
        }
        is_like || has_alike
    }

    /// Keeps the sizes of a connection of some sorts. One that was tried again has those of the one that went well.
    fn add_samples(&mut self, flow: &OpenFlow, sorts: u8, sample: Sample) {
        let (began, has_failed) = (flow.began(), flow.has_failed(sample));
        let failed_at = self.live.failed_at;
        let failed = match (failed_at..=failed_at + RETRY_S).contains(&began) {
            true => self.live.failed,
            false => 0,
        };
        for (samples, sort) in self.samples.iter_mut().zip(Sort::ALL) {
            if sorts & sort.bit() != 0 {
                samples.add(sample);
            } else if failed & sort.bit() != 0 && !has_failed {
                samples.replace(sample);
            }
        }
        match has_failed {
            true if failed == 0 => (self.live.failed, self.live.failed_at) = (sorts, began),
            true => self.live.failed |= sorts,
            false => self.live.failed = 0,
        }
    }

    /// A connection is over: it counts for `alike`, unless many are not like the others and it is none of these. Whether it did.
    fn add_alike(&mut self, since: u32, flow: &OpenFlow, sample: Sample, tells: bool) -> bool {
        // All of a strand are alike: what is nearly the same is one of these.
        let fit = if self.is_strand() {
            Fit::Near
        } else {
            Fit::Alike
        };
        let is_vote = tells && !self.no_dns && !flow.has_failed(sample);
        let is_other = is_vote && self.usual.see(sample, flow.is_attended, fit);
        if flow.began() < self.last_alike.saturating_add(QUIET_S) {
            return false;
        }
        let is_like = self.no_dns || tells && self.usual.is_like(sample, flow.is_attended, fit);
        if flow.has_failed(sample) && !is_like {
            return false;
        }
        let is_attended = flow.is_attended && !flow.is_late;
        let were_many = self.usual.is_one_of_many();
        let are_many = self.usual.count(is_like);
        if is_other || are_many && !were_many && !self.is_strand() {
            self.alike.begin_anew();
            self.attended = 0;
        }
        // More of them would leave no room for the others.
        let is_full = self.is_strand()
            && is_attended
            && 2 * self.attended.count_ones() >= u32::from(self.alike.kept);
        if !is_like && (are_many || self.is_strand()) || is_full {
            return false;
        }
        let is_marked = flow.sorts & Sort::Rare.bit() != 0;
        let place = self.alike.add(flow.began(), since, is_marked);
        self.attended = self.attended & !(1 << place) | u32::from(is_attended) << place;
        if !is_attended {
            self.looks = self.looks.saturating_add(1);
        }
        self.last_alike = flow.began();
        true
    }

    /// Whether it is one strand of a pair: see [`super::strands`].
    pub(super) fn is_strand(&self) -> bool {
        self.said.is_there()
    }

    /// Whether not all of its contacts carry about as much.
    pub(super) fn is_mixed(&self) -> bool {
        !self.is_strand() && !self.no_dns && self.usual.unlike > 0
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
    pub(super) fn is_held(&self, now: u32) -> bool {
        let open = self.live.open > 0 && now.saturating_sub(self.live.open_since) >= HELD_S;
        open || self.held >= HELD_MIN
    }

    pub(super) fn samples(&self, sort: Sort) -> &Samples {
        &self.samples[sort as usize]
    }

    pub(super) fn after(&self, occasion: Occasion) -> &[Count; WINDOWS] {
        self.counts(Kind::After(occasion))
    }

    pub(super) fn counts(&self, kind: Kind) -> &[Count; WINDOWS] {
        &self.counts[kind.index()]
    }

    fn counts_mut(&mut self, kind: Kind) -> &mut [Count; WINDOWS] {
        &mut self.counts[kind.index()]
    }
}
