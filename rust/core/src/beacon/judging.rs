//! When a trial is complete: what it shows, and telling that.

use std::net::SocketAddr;

use super::occasions::Kind;
use super::pair::Pair;
use super::verdict::{Scene, VERDICTS, Verdict};
use super::{BeaconSeen, Beacons, TOLD_MAX, seconds};
use crate::beacon::Occasion;

impl Beacons {
    /// What looks like a beacon by when it speaks, and not otherwise: nothing says that anything is told by it. A feed that is fetched
    /// each morning does, and a push service. Only of those that spoke in this run, since names are not kept.
    pub fn timing_only(&self) -> Vec<BeaconSeen> {
        let scene = Scene {
            timing_only: true,
            ..self.scene()
        };
        let pairs = self.store.pairs.iter().flatten();
        pairs
            .filter(|pair| !pair.is_strand())
            .filter_map(|pair| self.seen(pair, &pair.verdict(&scene)?))
            .collect()
    }

    /// Counts the trials that are complete by `until_ms`, and those that end then, of the rare among some kinds: a bit each. Tells
    /// what they show.
    pub(super) fn complete(&mut self, until_ms: u64, ending: u16) {
        let ends = |kind: Kind| kind.is_rare() && ending >> kind.index() & 1 == 1;
        let mut shown = Vec::new();
        let scene = Scene {
            now: seconds(self.now_ms),
            pauses: &self.pauses,
            boots: &self.boots,
            charging: &self.charging,
            trusts_names: self.trusts_names(),
            timing_only: false,
        };
        for (kind, latest) in Kind::ALL.into_iter().zip(&mut self.latest) {
            let Some(latest) = latest else { continue };
            while let Some(due) = latest.take_due(kind, until_ms, ends(kind)) {
                for (slot, pair) in self.store.pairs.iter_mut().enumerate() {
                    let verdict = pair
                        .as_mut()
                        .and_then(|pair| pair.complete(kind, due, &scene));
                    if let Some(verdict) = verdict {
                        shown.push((slot as u16, verdict));
                    }
                }
            }
        }
        let kind = Kind::After(Occasion::OwnUpdate);
        for app in self.store.apps.values_mut() {
            let Some(latest) = &mut app.updated else {
                continue;
            };
            while let Some(due) = latest.take_due(kind, until_ms, ends(kind)) {
                for slot in &app.slots {
                    let pair = self.store.pairs.get_mut(usize::from(*slot));
                    let verdict = pair
                        .and_then(Option::as_mut)
                        .and_then(|pair| pair.complete(kind, due, &scene));
                    if let Some(verdict) = verdict {
                        shown.push((*slot, verdict));
                    }
                }
            }
        }
        self.due_ms = self.next_due();
        for (slot, verdict) in shown {
            self.tell(slot, &verdict);
        }
    }

    pub(super) fn next_due(&self) -> u64 {
        let all = Kind::ALL.into_iter().zip(&self.latest);
        let latest = all.filter_map(|(kind, latest)| latest.as_ref()?.due_ms(kind));
        let updates = self.store.apps.values().filter_map(|app| app.updated);
        let updates = updates.filter_map(|latest| latest.due_ms(Kind::After(Occasion::OwnUpdate)));
        latest.chain(updates).min().unwrap_or(u64::MAX)
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            now: seconds(self.now_ms),
            pauses: &self.pauses,
            boots: &self.boots,
            charging: &self.charging,
            trusts_names: self.trusts_names(),
            timing_only: false,
        }
    }

    pub(super) fn tell_all(&mut self, slot: u16) {
        // Each is told once: there are no more than that.
        for _ in 0..VERDICTS {
            let pair = self.store.get(slot);
            let Some(verdict) = pair.and_then(|pair| pair.verdict(&self.scene())) else {
                return;
            };
            self.tell(slot, &verdict);
        }
    }

    pub(super) fn tell_intervals(&mut self, slot: u16) {
        let pair = self.store.get(slot);
        if let Some(verdict) = pair.and_then(|pair| pair.at_intervals(&self.scene())) {
            self.tell(slot, &verdict);
        }
    }

    /// Tells a verdict once. One whose names are not known in this run waits until the pair speaks again.
    pub(super) fn tell(&mut self, slot: u16, verdict: &Verdict) {
        if self.told.len() >= TOLD_MAX {
            return;
        }
        let pair = self.store.get(slot);
        let pair = pair.filter(|pair| !pair.was_told(verdict.bit));
        let seen = pair.and_then(|pair| self.seen(pair, verdict));
        let Some(seen) = seen.filter(|seen| self.search.includes(seen.app.as_deref())) else {
            return;
        };
        self.store.told(slot, verdict.bit, self.seal.unnamed());
        self.told.push_back(seen);
    }

    /// A verdict with its names; `None` where they are not known in this run.
    fn seen(&self, pair: &Pair, verdict: &Verdict) -> Option<BeaconSeen> {
        // A strand has the names of its pair.
        let main = self.store.find(pair.app, pair.destination);
        let main = main.and_then(|slot| self.store.get(slot));
        let to = main.unwrap_or(pair).live.to.as_deref()?;
        Some(BeaconSeen {
            time_ms: self.now_ms,
            app: self
                .store
                .apps
                .get(&pair.app)
                .and_then(|app| app.owner.clone()),
            address: SocketAddr::new(to.address, to.port),
            protocol: to.protocol,
            domain: to.name.as_ref().map(|(name, by)| (name.to_string(), *by)),
            beacon: pair.beacon(verdict),
        })
    }
}
