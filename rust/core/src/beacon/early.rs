//! What speaks between the start of a run and the boot that is told in it.
//!
//! The shell tells of a boot once its service runs; by then connections of apps that started sooner may have been relayed. They
//! belong to the boot.

use super::moments::after_s;
use super::occasions::Kind;
use super::pair::Pair;
use super::store::Store;
use super::telling::{Sample, Sort};
use super::{Beacons, Occasion, OpenFlow, seconds};

/// A boot is told within so many milliseconds after a run has begun.
pub(super) const EARLY_MS: u64 = 60_000;
/// Nothing is told for so long at least while the phone is switched off and on.
const OFF_MS: u64 = 30_000;
/// Connections that are remembered until then.
const EARLY_MAX: usize = 64;

/// The start of a run: the first call after what is kept was read, or after a silence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// The last call before, and since when the phone was on then.
    pub(super) before_ms: u64,
    pub(super) on_since_ms: u64,
    pub(super) began_ms: u64,
    /// Whether it is known by what was read.
    is_certain: bool,
}

/// A connection of a run in which no boot was told yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Early {
    slot: u16,
    serial: u32,
    began_ms: u64,
    /// When its pair had begun one before: any, and while nobody used the phone.
    before: (u32, u32),
    /// What it carried, once it is over.
    sample: Option<Sample>,
    /// Of which sorts it is by the boot.
    sorts: u8,
}

impl Early {
    fn pair<'a>(&self, store: &'a mut Store) -> Option<&'a mut Pair> {
        let pair = store.get_mut(self.slot);
        pair.filter(|pair| pair.live.serial == self.serial)
    }
}

/// When a pair began its last connections: any, and while nobody used the phone.
pub(super) fn last(pair: &Pair) -> (u32, u32) {
    (pair.last_start, pair.last_alone)
}

impl Beacons {
    /// The time goes on to `at_ms`; that may be where a run begins.
    pub(super) fn note_run(&mut self, at_ms: u64, on_since_ms: u64) {
        let is_certain = std::mem::take(&mut self.is_restored);
        let silent_ms = at_ms.saturating_sub(self.now_ms);
        let is_known = self
            .run
            .is_some_and(|run| run.is_certain && at_ms <= run.began_ms + EARLY_MS);
        if is_certain || silent_ms >= OFF_MS && !is_known {
            self.early.clear();
            self.run = Some(Run {
                before_ms: self.now_ms,
                on_since_ms,
                began_ms: at_ms,
                is_certain,
            });
        }
    }

    /// The run in which a boot is told, if that is another moment.
    pub(super) fn take_run(&mut self, at_ms: u64) -> Option<Run> {
        let run = self.run.take()?;
        (run.began_ms < at_ms && at_ms <= run.began_ms + EARLY_MS).then_some(run)
    }

    /// A pair began a connection; when it had begun one before. `sample`: what it carried, if it is over.
    pub(super) fn note_early(
        &mut self,
        slot: u16,
        began_ms: u64,
        before: (u32, u32),
        sample: Option<Sample>,
    ) {
        let is_early = self
            .run
            .is_some_and(|run| (run.began_ms..=run.began_ms + EARLY_MS).contains(&began_ms));
        if let Some(pair) = self.store.get(slot)
            && is_early
            && self.early.len() < EARLY_MAX
        {
            self.early.push(Early {
                slot,
                serial: pair.live.serial,
                began_ms,
                before,
                sample,
                sorts: 0,
            });
        }
    }

    /// A connection is over: the sorts that a boot gave it since it began.
    pub(super) fn end_early(&mut self, flow: &OpenFlow, sample: Sample) -> u8 {
        let mut early = self.early.iter_mut();
        let found = early.find(|early| {
            (early.slot, early.serial, early.began_ms) == (flow.slot, flow.serial, flow.began_ms)
        });
        found.map_or(0, |early| {
            early.sample = Some(sample);
            early.sorts
        })
    }

    /// As if these had not been begun; when their pairs began the last ones.
    pub(super) fn take_back_early(&mut self) -> Vec<(u32, u32)> {
        let store = &mut self.store;
        let slots = self.early.iter().map(|early| early.slot);
        let after = slots.map(|slot| store.get(slot).map_or((0, 0), last));
        let after = after.collect();
        for early in self.early.iter().rev() {
            if let Some(pair) = early.pair(store) {
                (pair.last_start, pair.last_alone) = early.before;
            }
        }
        after
    }

    /// They follow the boot, which began with the run.
    pub(super) fn give_early(&mut self, after: Vec<(u32, u32)>) {
        for (early, after) in self.early.iter_mut().zip(after) {
            let Some(pair) = early.pair(&mut self.store) else {
                continue;
            };
            (pair.last_start, pair.last_alone) = after;
            let after_ms = early.began_ms.saturating_sub(self.boot_ms);
            for kind in [Kind::After(Occasion::Boot), Kind::LongBoot] {
                early.sorts |= pair.see(kind, after_ms);
            }
            pair.answers.lately.see();
            // What spoke before the SIM was told does not answer it.
            let answers_sim = self.boots.with_sim & 1 == 0 || early.began_ms >= self.sim_ms;
            let after_s = after_s(self.boot_ms, self.boot_sim_ms, early.began_ms);
            let after_s = after_s.filter(|_| early.before.0 < seconds(self.boot_ms));
            if answers_sim && pair.answers.see(&self.boots, after_s) {
                early.sorts |= Sort::Rare.bit();
            }
            if early.sorts & Sort::Rare.bit() != 0 {
                pair.alone.mark(seconds(early.began_ms));
                pair.alike.mark(seconds(early.began_ms));
            }
            if let Some(sample) = early.sample
                && early.sorts != 0
            {
                pair.samples[Sort::Rare as usize].add(sample);
            }
        }
    }
}
