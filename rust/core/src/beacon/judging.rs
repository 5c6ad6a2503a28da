//! When a trial is complete: what it shows, and telling that.

use super::evidence::{Evidence, Occasion};
use super::occasions::OCCASIONS;
use super::{BeaconSeen, Beacons, TOLD_MAX, seconds};

impl Beacons {
    /// Counts the trials that are complete, and tells what they show.
    pub(super) fn complete(&mut self) {
        let (now_ms, now) = (self.now_ms, seconds(self.now_ms));
        let mut shown = Vec::new();
        for (occasion, latest) in Occasion::ALL.into_iter().zip(&mut self.latest) {
            let Some(latest) = latest else { continue };
            while let Some(at) = latest.take_due(occasion, now_ms) {
                for (slot, pair) in self.store.pairs.iter_mut().enumerate() {
                    let evidence = pair
                        .as_mut()
                        .and_then(|pair| pair.complete(occasion, at, now));
                    shown.extend(
                        evidence.map(|evidence| (slot as u16, occasion as usize, evidence)),
                    );
                }
            }
        }
        for app in self.store.apps.values_mut() {
            let Some(latest) = &mut app.updated else {
                continue;
            };
            let occasion = Occasion::OwnUpdate;
            while let Some(at) = latest.take_due(occasion, now_ms) {
                for slot in &app.slots {
                    let pair = self.store.pairs.get_mut(usize::from(*slot));
                    let evidence = pair
                        .and_then(Option::as_mut)
                        .and_then(|pair| pair.complete(occasion, at, now));
                    shown.extend(evidence.map(|evidence| (*slot, occasion as usize, evidence)));
                }
            }
        }
        self.due_ms = self.next_due();
        for (slot, bit, evidence) in shown {
            self.tell(slot, bit, evidence);
        }
    }

    pub(super) fn next_due(&self) -> u64 {
        let all = Occasion::ALL.into_iter().zip(&self.latest);
        let latest = all.filter_map(|(occasion, latest)| latest.as_ref()?.due_ms(occasion));
        let updates = self.store.apps.values().filter_map(|app| app.updated);
        let updates = updates.filter_map(|latest| latest.due_ms(Occasion::OwnUpdate));
        latest.chain(updates).min().unwrap_or(u64::MAX)
    }

    pub(super) fn tell_all(&mut self, slot: u16) {
        let (now, trusts_names) = (seconds(self.now_ms), self.trusts_names());
        // Each is told once: there are no more than that.
        for _ in 0..OCCASIONS + 2 {
            let pair = self.store.get_mut(slot);
            let Some((bit, evidence)) = pair.and_then(|pair| pair.verdict(now, trusts_names))
            else {
                return;
            };
            self.tell(slot, bit, evidence);
        }
    }

    /// Tells a verdict once. One whose names are not known in this run waits until the pair speaks again.
    pub(super) fn tell(&mut self, slot: u16, bit: usize, evidence: Evidence) {
        if self.told.len() >= TOLD_MAX {
            return;
        }
        let Some(pair) = self.store.get_mut(slot) else {
            return;
        };
        let Some(to) = pair.live.to.clone().filter(|_| !pair.was_told(bit)) else {
            return;
        };
        pair.told(bit);
        let app = pair.app;
        let beacon = pair.beacon(evidence);
        self.told.push_back(BeaconSeen {
            time_ms: self.now_ms,
            app: self.store.apps.get(&app).and_then(|app| app.owner.clone()),
            address: to.address,
            protocol: to.protocol,
            domain: to.name.map(Into::into),
            beacon,
        });
    }
}
