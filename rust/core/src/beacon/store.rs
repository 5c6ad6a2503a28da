//! The pairs that are remembered, by app, and who goes when there are too many.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::occasions::{Kind, WINDOWS};
use super::pair::Pair;
use super::strands::STRANDS_MAX;
use super::telling::{RANGE_ATTENDED, Sample};
use crate::owner::Owner;
use crate::seal::Seal;

/// Apps that are remembered.
pub(super) const APPS_MAX: usize = 384;
/// Pairs that are remembered.
pub(super) const PAIRS_MAX: usize = 2400;
/// Pairs of one app that are remembered: a browser has more, and none of them is more than a visit.
pub(super) const PAIRS_OF_APP_MAX: usize = 64;
/// Packages of an app that are known by name.
pub(super) const PACKAGES: usize = 4;
/// The pairs grow by so many, so that no room is taken that is not used; a part of [`PAIRS_MAX`].
const STEP: usize = 60;

/// Of a trial that is broken off, one part in so many must be over for it to count.
const ENOUGH: u8 = 4;

/// What is fingerprinted here besides apps.
impl Seal {
    pub(super) fn package(&self, package: &str) -> u64 {
        let mut hasher = self.about(2);
        hasher.write(package.as_bytes());
        hasher.finish()
    }

    /// Every address without a name, as one destination.
    pub(super) fn unnamed(&self) -> u64 {
        self.destination(None, IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    pub(super) fn destination(&self, name: Option<&str>, address: IpAddr) -> u64 {
        let mut hasher = self.about(if name.is_some() { 3 } else { 4 });
        match (name, address.to_canonical()) {
            (Some(name), _) => name
                .bytes()
                .for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase())),
            (None, IpAddr::V4(v4)) => hasher.write(&v4.octets()),
            (None, IpAddr::V6(v6)) => hasher.write(&v6.octets()),
        }
        hasher.finish()
    }
}

/// The latest event of a kind, and which of its windows are complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Latest {
    pub(super) at_ms: u64,
    pub(super) done: [bool; WINDOWS],
}

impl Latest {
    pub(super) fn new(at_ms: u64) -> Self {
        Self {
            at_ms,
            done: [false; WINDOWS],
        }
    }

    /// When the next of its windows is complete.
    pub(super) fn due_ms(&self, kind: Kind) -> Option<u64> {
        let windows = kind.windows().iter().zip(self.done);
        let open = windows.filter(|(_, done)| !done);
        open.map(|(window, _)| self.at_ms + window.span_ms()).min()
    }

    /// Takes a window that is complete by now, or of which enough is over where it `ends` now: which, and of how many stretches.
    pub(super) fn take_due(&mut self, kind: Kind, now_ms: u64, ends: bool) -> Option<(usize, u8)> {
        let windows = kind.windows().iter().zip(&mut self.done).enumerate();
        for (at, (window, done)) in windows {
            let over = now_ms.saturating_sub(self.at_ms) / (u64::from(window.seconds) * 1000);
            let over = over.min(window.stretches.into()) as u8;
            let least = match ends {
                true => window.stretches / ENOUGH,
                false => window.stretches,
            };
            if !*done && over >= least {
                *done = true;
                return Some((at, over));
            }
        }
        None
    }
}

/// One app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct App {
    /// Fingerprints of its packages; 0 for none.
    pub(super) packages: [u64; PACKAGES],
    pub(super) slots: Vec<u16>,
    pub(super) updated: Option<Latest>,
    /// When a connection of it ended last, in this run.
    pub(super) last_end: u32,
    /// In clear, for this run.
    pub(super) owner: Option<Arc<Owner>>,
}

/// All pairs.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) pairs: Vec<Option<Pair>>,
    pub(super) apps: BTreeMap<u64, App>,
    free: Vec<u16>,
    serials: u32,
}

impl Store {
    pub(super) fn find(&self, app: u64, destination: u64) -> Option<u16> {
        let mut all = self.about(app, destination);
        all.find(|(_, pair)| !pair.is_strand())
            .map(|(slot, _)| slot)
    }

    /// A pair and its strands.
    fn about(&self, app: u64, destination: u64) -> impl Iterator<Item = (u16, &Pair)> {
        let slots = self.apps.get(&app).map_or(&[][..], |app| &app.slots);
        let pairs = slots
            .iter()
            .filter_map(|slot| Some((*slot, self.get(*slot)?)));
        pairs.filter(move |(_, pair)| pair.destination == destination)
    }

    /// The strands of a pair.
    pub(super) fn all_strands(&self, app: u64, destination: u64) -> Vec<u16> {
        let all = self.about(app, destination);
        let strands = all.filter(|(_, pair)| pair.is_strand());
        strands.map(|(slot, _)| slot).collect()
    }

    /// Those that are tight or not.
    pub(super) fn strands(&self, app: u64, destination: u64, is_tight: bool) -> Vec<u16> {
        let mut strands = self.all_strands(app, destination);
        strands.retain(|slot| {
            self.get(*slot)
                .is_some_and(|pair| pair.is_tight == is_tight)
        });
        strands
    }

    /// The strand of a pair of which a connection is that carried so much.
    pub(super) fn strand(
        &self,
        app: u64,
        destination: u64,
        sample: Sample,
        is_by_itself: bool,
        is_tight: bool,
    ) -> Option<u16> {
        let strands = self.about(app, destination);
        let strands = strands.filter(|(_, pair)| pair.is_tight == is_tight);
        let strands = strands.filter(|(_, pair)| {
            !is_tight || pair.said.is_near(sample, RANGE_ATTENDED, !is_by_itself)
        });
        let near = strands.filter_map(|(slot, pair)| {
            Some((
                pair.said.distance(sample, RANGE_ATTENDED, !is_by_itself)?,
                slot,
            ))
        });
        near.min().map(|(_, slot)| slot)
    }

    /// Room for a strand: where there is none, that of the one of its pair that has been silent for longest, by how often it spoke.
    pub(super) fn insert_strand(&mut self, mut strand: Pair, now: u32) -> Option<u16> {
        let strands = self.strands(strand.app, strand.destination, strand.is_tight);
        let own = self.apps.get(&strand.app)?.slots.len();
        let has_room = strands.len() < STRANDS_MAX
            && own < PAIRS_OF_APP_MAX
            && self.pairs.len() - self.free.len() < PAIRS_MAX;
        if has_room {
            return Some(self.insert(strand));
        }
        let silent = |slot: &u16| {
            let pair = self.get(*slot);
            pair.map_or(0, |pair| {
                now.saturating_sub(pair.last_start) / pair.flows.max(1)
            })
        };
        let slot = strands.into_iter().max_by_key(silent)?;
        self.serials = self.serials.wrapping_add(1);
        strand.live.serial = self.serials;
        *self.get_mut(slot)? = strand;
        Some(slot)
    }

    pub(super) fn get(&self, slot: u16) -> Option<&Pair> {
        self.pairs.get(usize::from(slot))?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: u16) -> Option<&mut Pair> {
        self.pairs.get_mut(usize::from(slot))?.as_mut()
    }

    /// A verdict was told of a pair, or one of its strands: none of them need it again, and of those without names none of the app.
    pub(super) fn told(&mut self, slot: u16, bit: usize, unnamed: u64) {
        let Some(pair) = self.get(slot) else { return };
        let (app, destination) = (pair.app, pair.destination);
        let has_no_name = |pair: &Pair| pair.no_dns || pair.destination == unnamed;
        let is_any = has_no_name(pair);
        for pair in self.all_mut().filter(|pair| pair.app == app) {
            if pair.destination == destination || is_any && has_no_name(pair) {
                pair.told(bit);
            }
        }
    }

    /// Every pair.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Pair> {
        self.pairs.iter_mut().flatten()
    }

    /// After which of the last boots an app was known: as long as its oldest pair.
    pub(super) fn known(&self, app: u64) -> u64 {
        let slots = self.apps.get(&app).map_or(&[][..], |app| &app.slots);
        let pairs = slots.iter().filter_map(|slot| self.get(*slot));
        pairs.fold(0, |known, pair| known | pair.answers.known)
    }

    /// Room for a pair of an app, found by having others go.
    pub(super) fn insert(&mut self, mut pair: Pair) -> u16 {
        if !self.apps.contains_key(&pair.app) && self.apps.len() >= APPS_MAX {
            self.forget_idlest_app();
        }
        let own = self.apps.get(&pair.app).map_or(0, |app| app.slots.len());
        if own >= PAIRS_OF_APP_MAX {
            self.forget_one_of(pair.app);
        } else if self.pairs.len() - self.free.len() >= PAIRS_MAX {
            // Whoever has most gives way, so that one app cannot drive out the others.
            let most = self.apps.iter().max_by_key(|(_, app)| app.slots.len());
            if let Some(app) = most.map(|(id, _)| *id) {
                self.forget_one_of(app);
            }
        }
        self.serials = self.serials.wrapping_add(1);
        pair.live.serial = self.serials;
        self.apps.entry(pair.app).or_default();
        let slot = self.free.pop().unwrap_or_else(|| {
            if self.pairs.len() == self.pairs.capacity() {
                self.pairs.reserve_exact(STEP);
            }
            self.pairs.push(None);
            (self.pairs.len() - 1) as u16
        });
        if let Some(app) = self.apps.get_mut(&pair.app) {
            app.slots.push(slot);
        }
        if let Some(place) = self.pairs.get_mut(usize::from(slot)) {
            *place = Some(pair);
        }
        slot
    }

    /// Of an app, the pair that is told least by: those that spoke once before the others, strands before pairs, the longest ago first.
    fn forget_one_of(&mut self, app: u64) {
        let slots = self.apps.get(&app).map_or(&[][..], |app| &app.slots);
        let worth = |slot: &&u16| {
            let pair = self.pairs.get(usize::from(**slot)).and_then(Option::as_ref);
            pair.map(|pair| {
                let is_often = pair.alone.kept.max(pair.alike.kept) > 1 || pair.flows > 8;
                (is_often, !pair.is_strand(), pair.last_start)
            })
        };
        let Some(slot) = slots.iter().min_by_key(worth).copied() else {
            return;
        };
        self.forget(slot);
    }

    fn forget_idlest_app(&mut self) {
        let last = |app: &App| {
            let pairs = app
                .slots
                .iter()
                .filter_map(|slot| self.pairs.get(usize::from(*slot)));
            pairs.flatten().map(|pair| pair.last_start).max()
        };
        let idlest = self.apps.iter().min_by_key(|(_, app)| last(app));
        let Some(slots) = idlest.map(|(_, app)| app.slots.clone()) else {
            return;
        };
        for slot in slots {
            self.forget(slot);
        }
    }

    /// Forgets a pair and its strands, or a strand.
    fn forget(&mut self, slot: u16) {
        let Some(pair) = self.take(slot) else {
            return;
        };
        if !pair.is_strand() {
            for strand in self.all_strands(pair.app, pair.destination) {
                self.take(strand);
            }
        }
        if let Some(app) = self.apps.get(&pair.app)
            && app.slots.is_empty()
        {
            self.apps.remove(&pair.app);
        }
    }

    fn take(&mut self, slot: u16) -> Option<Pair> {
        let pair = self.pairs.get_mut(usize::from(slot))?.take()?;
        self.free.push(slot);
        if let Some(app) = self.apps.get_mut(&pair.app) {
            app.slots.retain(|other| *other != slot);
        }
        Some(pair)
    }

    /// Bytes that it takes, what it has room for included.
    pub(super) fn bytes(&self) -> usize {
        /// Of a B-tree, nodes are two thirds full on average, half at worst.
        fn tree(entries: usize, each: usize) -> usize {
            entries * each * 2
        }
        let owner = |owner: &Owner| {
            let packages = owner.packages.iter().map(String::capacity).sum::<usize>();
            size_of::<Owner>() + owner.packages.capacity() * size_of::<String>() + packages + 16
        };
        let apps = self
            .apps
            .values()
            .map(|app| app.slots.capacity() * 2 + app.owner.as_deref().map_or(0, owner));
        let names = self
            .pairs
            .iter()
            .flatten()
            .filter_map(|pair| pair.live.to.as_deref());
        let names =
            names.map(|to| size_of_val(to) + to.name.as_ref().map_or(0, |(name, _)| name.len()));
        self.pairs.capacity() * size_of::<Option<Pair>>()
            + tree(self.apps.len(), size_of::<(u64, App)>())
            + self.free.capacity() * 2
            + apps.sum::<usize>()
            + names.sum::<usize>()
    }
}
