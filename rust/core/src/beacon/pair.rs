//! What is known of one app and one destination.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::evidence::{Beacon, Evidence, Occasion, Support, Telling};
use super::occasions::{Count, KINDS, Kind, WINDOWS};
use super::pauses::Pauses;
use super::period::{QUIET_S, REST_S, Series};
use super::telling::{SORTS, Sample, Samples, Sort};
use super::{OpenFlow, Traffic};
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
/// A boot after a long pause counts only where it is no likelier by chance to be hit, in thousandths.
const LONG_CHANCE_MAX: u32 = 200;
/// Storms that tell.
const STORMS_MIN: u8 = 2;
/// [`Pair::after_update_s`] where there was no update before.
pub(super) const NEVER: u16 = u16::MAX;
/// Verdicts there can be: one for each occasion, then one for each scale of intervals.
pub(super) const VERDICTS: usize = Occasion::ALL.len() + 2;

/// Times are seconds since 1970, 0 where there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// Fingerprints of app and destination.
    pub(super) app: u64,
    pub(super) destination: u64,
    pub(super) counts: [[Count; WINDOWS]; KINDS],
    /// All contacts, and those while nobody used the phone.
    pub(super) contacts: Series,
    pub(super) alone: Series,
    /// Of the places of `contacts`, in which somebody used the phone.
    pub(super) attended: u32,
    pub(super) last_start: u32,
    pub(super) last_end: u32,
    /// The last start while nobody used the phone.
    pub(super) last_alone: u32,
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

/// What verdicts are about besides the pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) now: u32,
    pub(super) pauses: &'a Pauses,
    /// Of the last boots after long pauses: how likely a pair is silent before and speaks then by chance, at most, in
    /// thousandths.
    pub(super) long_chances: &'a VecDeque<u8>,
    /// Whether most destinations have names.
    pub(super) trusts_names: bool,
    /// Whether it is asked for what is shown by when it speaks alone.
    pub(super) timing_only: bool,
}

impl Scene<'_> {
    /// The mean chance of the likeliest so many boots after long pauses.
    fn long_chance(&self, boots: u32) -> f64 {
        let mut left = boots;
        let mut sum = 0;
        for chance in (0..=u8::MAX).rev() {
            let as_likely = self.long_chances.iter().filter(|one| **one == chance);
            let taken = left.min(as_likely.count() as u32);
            sum += taken * u32::from(chance);
            left -= taken;
        }
        // Of those before, as likely as any may be.
        sum += left * LONG_CHANCE_MAX;
        f64::from(sum) / f64::from(boots.max(1)) / 1000.0
    }
}

/// A verdict of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Of [`Pair::told`].
    pub(super) bit: usize,
    pub(super) evidence: Evidence,
    pub(super) telling: Option<Telling>,
    sort: Sort,
}

impl Pair {
    pub(super) fn new(app: u64, destination: u64) -> Self {
        Self {
            app,
            destination,
            counts: Default::default(),
            contacts: Series::default(),
            alone: Series::default(),
            attended: 0,
            last_start: 0,
            last_end: 0,
            last_alone: 0,
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
        for (count, window) in self.counts_mut(kind).iter_mut().zip(kind.windows()) {
            is_first = count.see(*window, after_ms);
            is_likely |= count.trials < 4 || count.hits >= count.trials / 2;
        }
        match (is_first && is_likely, kind.is_rare()) {
            (false, _) => 0,
            (true, true) => Sort::Rare.bit(),
            (true, false) => Sort::Frequent.bit(),
        }
    }

    /// The trial of one window is complete; the verdict, if that gives one.
    pub(super) fn complete(&mut self, kind: Kind, at: usize, scene: &Scene<'_>) -> Option<Verdict> {
        let count = self.counts_mut(kind).get_mut(at)?;
        let counted = count.complete();
        if !counted {
            return None;
        }
        if kind == Kind::LongBoot && count.trials == 1 && count.epochs > 0 {
            self.skipped = 0;
        }
        self.after_event(kind, at, scene)
    }

    /// What is shown for an occasion and was not told yet.
    fn after_event(&self, kind: Kind, at: usize, scene: &Scene<'_>) -> Option<Verdict> {
        let occasion = kind.occasion();
        let window = kind.windows().get(at)?;
        let count = self.counts(kind).get(at)?;
        // Most pairs go here.
        if !count.explains(4) || self.was_told(occasion as usize) {
            return None;
        }
        if self.is_held(scene.now) || self.is_rather(kind) {
            return None;
        }
        let sort = if kind.is_rare() {
            Sort::Rare
        } else {
            Sort::Frequent
        };
        let telling = self.telling(sort, scene)?;
        let rates = kind.companions().iter().map(|companion| {
            // The windows of the frequent: as long, or else the longest.
            let same = self.after(*companion).get((at + 1).min(WINDOWS - 1));
            same.map_or(0.0, Count::rate)
        });
        let rate = rates.fold(0.0, f64::max);
        let (skipped, rate) = match kind {
            Kind::LongBoot => {
                let boots = u32::from(count.trials) + u32::from(self.skipped);
                (self.skipped, rate.max(scene.long_chance(boots)))
            }
            Kind::After(_) => (0, rate),
        };
        let evidence = count.evidence(kind, *window, rate, skipped)?;
        Some(Verdict {
            bit: occasion as usize,
            evidence,
            telling,
            sort,
        })
    }

    /// What is shown for any occasion or interval and was not told yet.
    pub(super) fn verdict(&self, scene: &Scene<'_>) -> Option<Verdict> {
        let events = Kind::ALL
            .into_iter()
            .find_map(|kind| (0..WINDOWS).find_map(|at| self.after_event(kind, at, scene)));
        events.or_else(|| self.at_intervals(scene))
    }

    /// What the intervals show and was not told yet.
    pub(super) fn at_intervals(&self, scene: &Scene<'_>) -> Option<Verdict> {
        let told = |scale| self.was_told(Occasion::ALL.len() + scale);
        if told(0) && told(1) {
            return None;
        }
        let telling = self.telling(Sort::Alone, scene)?;
        let is_mostly_alone = 2 * self.attended.count_ones() <= u32::from(self.contacts.kept);
        let all = is_mostly_alone.then_some(&self.contacts);
        let shown = [Some(&self.alone), all].into_iter().flatten();
        let shown = shown
            .filter_map(|series| series.shown(scene.pauses))
            .find(|shown| !(told(shown.scale) || shown.is_marked && self.is_after_rare()))?;
        Some(Verdict {
            bit: Occasion::ALL.len() + shown.scale,
            evidence: shown.evidence,
            telling,
            sort: Sort::Alone,
        })
    }

    /// Why it tells, by the sizes of a sort of connection; `None` where it does not, and that is asked for.
    #[expect(
        clippy::option_option,
        reason = "a verdict without telling is one, where only timing is asked for"
    )]
    fn telling(&self, sort: Sort, scene: &Scene<'_>) -> Option<Option<Telling>> {
        let telling = if self.no_dns && scene.trusts_names {
            Some(Telling::Unnamed)
        } else if self.storms >= STORMS_MIN {
            Some(Telling::Storms)
        } else {
            self.samples(sort).tell()
        };
        (telling.is_some() != scene.timing_only).then_some(telling)
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
        let is_contact = is_quiet(before, QUIET_S);
        let is_marked = sorts & Sort::Rare.bit() != 0;
        if is_contact {
            let place = self.contacts.add(now, since, is_marked);
            self.attended = self.attended & !(1 << place) | u32::from(is_attended) << place;
        }
        if is_attended {
            return (sorts, is_contact);
        }
        let before_alone = std::mem::replace(&mut self.last_alone, now);
        let is_alone = is_quiet(before_alone, QUIET_S) && is_quiet(before, REST_S);
        if is_alone {
            self.alone.add(now, since, is_marked);
            return (sorts | Sort::Alone.bit(), true);
        }
        (sorts, is_contact)
    }

    /// A connection ends. Whether the intervals have changed.
    pub(super) fn end(&mut self, now: u32, since: u32, flow: &OpenFlow, traffic: &Traffic) -> bool {
        let OpenFlow { began, sorts, .. } = *flow;
        self.live.open = self.live.open.saturating_sub(1);
        self.last_end = now;
        self.sent = self.sent.saturating_add(traffic.sent);
        self.received = self.received.saturating_add(traffic.received);
        let (sent, received) = traffic.inside.unwrap_or((traffic.sent, traffic.received));
        let sample = Sample::new(sent, received, traffic.inside.is_some());
        // While somebody uses the phone, what is like the contacts before is one of them; as the phone was just switched on,
        // what tells may be.
        let alone = self.samples(Sort::Alone);
        let is_like = sorts & Sort::Alone.bit() == 0
            && began >= self.last_alone.saturating_add(QUIET_S)
            && (alone.is_like(sample) || flow.is_late && (self.no_dns || alone.would_tell(sample)));
        let sorts = match is_like {
            true => sorts | Sort::Alone.bit(),
            false => sorts,
        };
        if is_like {
            let is_marked = sorts & Sort::Rare.bit() != 0;
            self.alone.add(began, since, is_marked);
            self.last_alone = began;
        }
        for (samples, sort) in self.samples.iter_mut().zip(Sort::ALL) {
            if sorts & sort.bit() != 0 {
                samples.add(sample);
            }
        }
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
        is_like
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

    /// Whether it speaks after rare events, by all that is known.
    fn is_after_rare(&self) -> bool {
        let is_refuted = self.after(Occasion::Boot).iter().all(Count::refutes);
        let rare = Kind::ALL.into_iter().filter(|kind| kind.is_rare());
        rare.into_iter().any(|kind| {
            let explains = self.counts(kind).iter().any(|count| count.explains(4));
            explains && !(kind == Kind::LongBoot && is_refuted)
        })
    }

    /// Whether what follows a kind of event is rather told of another.
    fn is_rather(&self, kind: Kind) -> bool {
        let any = |occasion: Occasion, trials| {
            self.after(occasion)
                .iter()
                .any(|count| count.explains(trials))
        };
        let told = |occasion: Occasion| self.was_told(occasion as usize);
        match kind.occasion() {
            Occasion::Boot => {
                // Trials with a SIM that changed are apart from boots.
                let is_sim = told(Occasion::SimChange) || any(Occasion::SimChange, 2);
                // One that starts within 90 s of a boot has hardly waited to be unlocked.
                let boots = self.counts(kind);
                let is_soon = boots.iter().take(2).any(|count| count.explains(4));
                let unlocks = self.after(Occasion::FirstUnlock);
                let is_unlock = unlocks.iter().take(1).any(|count| count.explains(4));
                let is_long = kind == Kind::LongBoot;
                let is_refuted = self.after(Occasion::Boot).iter().all(Count::refutes);
                is_sim
                    || told(Occasion::FirstUnlock)
                    || is_unlock && !is_soon
                    || is_long && is_refuted
                    || is_long && self.told >> Occasion::ALL.len() != 0
            }
            Occasion::FirstUnlock => {
                let boots = self.after(Occasion::Boot);
                told(Occasion::Boot) || boots.iter().take(2).any(|count| count.explains(4))
            }
            // The screen comes on for each unlock, and at other times, too.
            Occasion::Unlock => {
                told(Occasion::ScreenOn) || self.is_screen() && any(Occasion::ScreenOn, 8)
            }
            Occasion::ScreenOn => {
                told(Occasion::Unlock) || !self.is_screen() && any(Occasion::Unlock, 8)
            }
            // These come together.
            Occasion::SimChange | Occasion::Airplane => false,
            Occasion::Connectivity | Occasion::ServiceChange => {
                let all = [
                    Occasion::SimChange,
                    Occasion::Airplane,
                    Occasion::Connectivity,
                    Occasion::ServiceChange,
                ];
                all.into_iter().any(told)
            }
            Occasion::PackageChange => told(Occasion::OwnUpdate),
            _ => false,
        }
    }

    /// Whether the screen came on so often without an unlock that the two can be told apart.
    fn is_screen(&self) -> bool {
        let most = |occasion| self.after(occasion).iter().map(Count::all).max();
        let (screen, unlock) = (most(Occasion::ScreenOn), most(Occasion::Unlock));
        screen.unwrap_or(0) * 4 >= unlock.unwrap_or(0) * 5
    }

    pub(super) fn beacon(&self, verdict: &Verdict) -> Beacon {
        Beacon {
            evidence: verdict.evidence.clone(),
            support: Support {
                telling: verdict.telling,
                flows: self.flows,
                sent: self.sent,
                received: self.received,
                stable_upload: self.samples(verdict.sort).stable(),
                no_dns: self.no_dns,
                retry_storms: self.storms.into(),
                first_contact_after_update_s: (self.after_update_s != NEVER)
                    .then_some(self.after_update_s.into()),
            },
        }
    }

    fn samples(&self, sort: Sort) -> &Samples {
        &self.samples[sort as usize]
    }

    fn after(&self, occasion: Occasion) -> &[Count; WINDOWS] {
        self.counts(Kind::After(occasion))
    }

    fn counts(&self, kind: Kind) -> &[Count; WINDOWS] {
        &self.counts[kind.index()]
    }

    fn counts_mut(&mut self, kind: Kind) -> &mut [Count; WINDOWS] {
        &mut self.counts[kind.index()]
    }
}
