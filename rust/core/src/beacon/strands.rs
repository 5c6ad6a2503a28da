//! Strands: of what an app says to one destination, that which is about as large each time, counted by itself as well.
//!
//! Who has one host for everything reports each day what it reports among all else that it asks there. A strand is a
//! [`Pair`] of its own to which only those connections are told that carry about as much ([`Sample::distance`]); that is known when they
//! end. Pairs that always say the same have none. Reports of one strand may differ by a few times, so that what is always as large may be of a
//! *tight* one besides.
//!
//! Where no DNS answer is seen, a host whose addresses change is many pairs. All addresses without a name of an app are one destination
//! for its strands, which has a pair of its own where there are several.

use super::occasions::Kind;
use super::pair::Pair;
use super::telling::{RANGE_ATTENDED, Sample};
use super::{Beacons, Occasion, OpenFlow, Seen, Traffic, early, seconds};
use crate::beacon::boots::Answers;

/// Strands of one pair, of those that are tight and of the others.
pub(super) const STRANDS_MAX: usize = 8;
/// Milliseconds after a rare event in which what begins may answer it, whether or not somebody uses the phone.
const ANSWERS_MS: u64 = 300_000;

impl Beacons {
    /// A connection of a pair is over: its strand, if it is of one, has it, too.
    pub(super) fn end_strand(&mut self, flow: &OpenFlow, now: u32, traffic: &Traffic) {
        let sample = Sample::of(traffic);
        let main = self.store.get(flow.slot);
        let Some(main) = main.filter(|_| sample.may_tell() && !flow.has_failed(sample)) else {
            return;
        };
        let (app, is_mixed) = (main.app, main.no_dns || main.is_mixed());
        let destination = match main.no_dns {
            true => self.seal.unnamed(),
            false => main.destination,
        };
        let is_by_itself =
            !flow.is_attended || flow.is_late || self.is_after_rare(app, flow.began_ms);
        let mut may_begin = is_mixed && is_by_itself;
        for is_tight in [false, true] {
            let found = self
                .store
                .strand(app, destination, sample, is_by_itself, is_tight);
            let is_new = found.is_none() && may_begin;
            let slot = match is_new {
                true => self.begin_strand(flow, destination, sample, is_tight),
                false => found,
            };
            // One that is not nearly as large as the strand it is of may be of one that is always as large.
            let said = slot.and_then(|slot| Some(self.store.get(slot)?.said));
            may_begin &= said.is_some_and(|said| !said.is_near(sample, RANGE_ATTENDED, false));
            if let Some(slot) = slot {
                self.add_to_strand(slot, is_new, flow, now, traffic);
            }
        }
    }

    fn add_to_strand(
        &mut self,
        slot: u16,
        is_new: bool,
        flow: &OpenFlow,
        now: u32,
        traffic: &Traffic,
    ) {
        let since = seconds(self.since_ms);
        let last = self.store.get(slot).map_or(0, |strand| strand.last_start);
        // One that began before another of the strand, and outlasted it, is not told in order. What lies ahead is of before the clock was set.
        if (flow.began()..=now).contains(&last) {
            return;
        }
        let seen = Seen::Ended {
            with_sim: flow.with_sim,
        };
        let sorts = self.sorts(slot, flow.began_ms, flow.is_attended, is_new, seen);
        let main = self.store.get(flow.slot);
        let main = main.filter(|main| main.no_dns);
        let to = main.and_then(|main| main.live.to.clone());
        let Some(strand) = self.store.get_mut(slot) else {
            return;
        };
        let before = early::last(strand);
        // What is said while the app is used comes near, and would draw it away.
        if !flow.is_attended {
            strand.said = strand.said.towards(Sample::of(traffic));
        }
        let (sorts, has_begun) = strand.start(flow.began(), flow.is_attended, since, sorts);
        let flow = OpenFlow {
            slot,
            serial: strand.live.serial,
            sorts,
            whole: None,
            ..*flow
        };
        let has_ended = strand.end(now, since, &flow, traffic);
        let has_names_now = to.is_some() && strand.live.to.is_none();
        if to.is_some() {
            strand.live.to = to;
        }
        self.note_early(slot, flow.began_ms, before, Some(Sample::of(traffic)));
        if has_names_now {
            self.tell_all(slot);
        } else if has_begun || has_ended {
            self.tell_intervals(slot);
        }
    }

    /// Room for a strand of the pair whose connection it is.
    fn begin_strand(
        &mut self,
        flow: &OpenFlow,
        destination: u64,
        sample: Sample,
        is_tight: bool,
    ) -> Option<u16> {
        let main = self.store.get(flow.slot)?;
        let mut strand = Pair::new(main.app, destination);
        strand.said = sample;
        strand.is_tight = is_tight;
        strand.told = main.told;
        strand.after_update_s = main.after_update_s;
        if self.is_starting(flow.began_ms) {
            // What it did after the starts before is not known.
            strand.answers = Answers::of_silent(self.store.known(main.app) & 1);
        }
        self.store.insert_strand(strand, flow.began())
    }

    /// Whether what begins then may answer a rare event.
    fn is_after_rare(&self, app: u64, began_ms: u64) -> bool {
        let updated = self.store.apps.get(&app).and_then(|app| app.updated);
        let rare = Kind::ALL.into_iter().zip(&self.latest);
        let rare =
            rare.filter(|(kind, _)| kind.is_rare() && *kind != Kind::After(Occasion::OwnUpdate));
        let mut latest = rare.filter_map(|(_, latest)| *latest).chain(updated);
        latest.any(|latest| (latest.at_ms..latest.at_ms + ANSWERS_MS).contains(&began_ms))
    }
}
