//! Beacons: apps that speak at a moment instead of when they are used. What they say may be encrypted; when
//! they say it is not.
//!
//! [`Beacons`] is told of what happens to the device and of every connection that begins and ends. For each app
//! and destination it counts how often one begins shortly after an event, compared with other times soon after
//! ([`occasions`]), and how long it is between contacts ([`period`]). What chance would do as often is not told:
//! [`chance`] says how rarely. Much that is harmless speaks like that, too, so that a verdict wants something that
//! speaks for telling somebody as well ([`telling`]). Who says much else to the same host is looked at by what is about as large each
//! time ([`strands`]). Nothing is ever blocked by it.
//!
//! docs/DETECTION.md, "Beacons", says how many events it takes.

mod boots;
mod chance;
mod charging;
mod early;
mod evidence;
mod judging;
mod moments;
mod occasions;
mod pair;
mod pauses;
mod period;
mod state;
mod store;
mod strands;
mod telling;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::facts::{NameSource, Protocol};
use crate::inspect::content::known::IdentifierKey;
use crate::owner::Owner;
use crate::seal::Seal;

use boots::{Answers, Boots};
use charging::Charging;
use moments::{SETTLING_MS, after_s};
use occasions::{KINDS, Kind};
use pair::{Pair, To};
use pauses::Pauses;
use store::{Latest, Store};

pub use evidence::{Beacon, Evidence, Occasion, Support, Telling};
pub use state::{STATE_MAX, StateError};

/// 2000-01-01T00:00Z. A clock that says less was never set.
const EARLIEST_MS: u64 = 946_684_800_000;
/// 2100-01-01T00:00Z: beyond, seconds do not fit where they are kept.
const LATEST_MS: u64 = 4_102_444_800_000;
/// Seconds after an update in which a first contact is put down to it.
const AFTER_UPDATE_S: u16 = 3600;
/// Connections after which older ones count half, for how many destinations have names.
const NAMES_MAX: u32 = 4096;
/// Updates that are remembered until the app speaks: those of a night.
const UPDATES_MAX: usize = 64;
/// What goes there has no handshake.
const HTTP_PORT: u16 = 80;
/// Verdicts that wait; beyond, they wait where they come from.
const TOLD_MAX: usize = 64;

/// Of whom it is told that they look like a beacon. Everybody is counted all the same: what others do says when the phone was on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Search {
    /// Of nobody, and nobody is counted.
    #[default]
    Off,
    /// Of apps that came with the phone.
    System,
    /// Of all.
    All,
}

impl Search {
    /// Whether it is told of this owner; of one that nobody knows only where it is told of all.
    pub fn includes(self, owner: Option<&Owner>) -> bool {
        match self {
            Self::Off => false,
            Self::System => owner.is_some_and(|owner| owner.system),
            Self::All => true,
        }
    }

    /// Whether anybody is looked for.
    pub fn is_on(self) -> bool {
        self != Self::Off
    }
}

/// A connection that begins, or the first datagram to somewhere.
#[derive(Debug, Clone, Copy)]
pub struct FlowStart<'a> {
    /// The app, where the platform names it. Flows whose owner nobody knows count as those of one app.
    pub owner: Option<&'a Owner>,
    /// Address and port of the peer.
    pub address: SocketAddr,
    /// Transport.
    pub protocol: Protocol,
    /// The registrable domain ([`crate::tables::Places::registrable`]) of the peer's name, and who named it; `None`
    /// where nobody did. Then the address stands for itself.
    pub domain: Option<(&'a str, NameSource)>,
}

/// A connection that has begun; give it back when it ends.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a connection that is never ended counts as open, and then events say nothing about its pair"]
pub struct OpenFlow {
    slot: u16,
    serial: u32,
    began_ms: u64,
    /// Whose sizes it is: bits of [`telling::Sort`].
    sorts: u8,
    /// Whether the SIM was told to have changed with the latest boot.
    with_sim: bool,
    /// Whether somebody used the phone.
    is_attended: bool,
    /// Whether it may have waited for the phone to be on.
    is_late: bool,
    /// Whether its end is seen, so that no answer means that it failed.
    is_tcp: bool,
    /// Whether it is plain HTTP, without a handshake.
    is_plain: bool,
    /// As one of all that the app begins to addresses without a name, where it has several.
    whole: Option<Box<OpenFlow>>,
}

impl OpenFlow {
    fn began(&self) -> u32 {
        seconds(self.began_ms)
    }

    /// Whether nothing came of it.
    fn has_failed(&self, sample: telling::Sample) -> bool {
        self.is_tcp && sample.has_no_answer()
    }
}

/// When a connection is counted.
#[derive(Debug, Clone, Copy)]
enum Seen {
    /// As it begins.
    Begins,
    /// As it is over; and whether the SIM was told to have changed with the latest boot when it began.
    Ended {
        /// The latter.
        with_sim: bool,
    },
}

/// What a connection carried, in bytes of payload (of TCP or UDP, without their headers).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Sent.
    pub sent: u64,
    /// Received.
    pub received: u64,
    /// Of these, what TLS carried for the app, sent and received: records of application data, without handshakes; all, where it is
    /// no TLS. `None` where that is not known.
    pub inside: Option<(u64, u64)>,
}

/// A verdict: somebody looks like a beacon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeaconSeen {
    /// When it was found, in milliseconds since 1970: up to half a day after the last contact it rests on.
    pub time_ms: u64,
    /// The app, where the platform named it.
    pub app: Option<Arc<Owner>>,
    /// Where the first connection of the pair in this run went.
    pub address: SocketAddr,
    /// Its transport.
    pub protocol: Protocol,
    /// The registrable domain, where known, and who named it.
    pub domain: Option<(String, NameSource)>,
    /// Why.
    pub beacon: Beacon,
}

/// Who speaks when: the memory, and the judge.
///
/// Call, in the order in which things happen, [`Beacons::handle_event`], [`Beacons::handle_start`] and, for each
/// connection that began, [`Beacons::handle_end`]; after any of them [`Beacons::poll_beacon`] until it is
/// empty. All take the Unix time in milliseconds. Times that go back by more than a minute are a clock that was
/// set, and three hours in which nothing at all is told are a phone that was off or unwatched: both void the trials that are
/// under way. Intervals go on through what is known as a pause: time before a boot in which nothing was told,
/// and before the network came back in which no connection began. [`Beacons::handle_time`] only says how late it is.
///
/// At most 384 apps and 2,400 pairs and strands of pairs, 64 of one app: [`Beacons::bytes`] stays below 2 MB. The start and the end of a
/// connection take constant time; an event looks at every pair once.
pub struct Beacons {
    seal: Seal,
    store: Store,
    latest: [Option<Latest>; KINDS],
    /// When the next trial is complete.
    due_ms: u64,
    /// The time of the latest call, and since when the clock was not set back.
    now_ms: u64,
    since_ms: u64,
    pauses: Pauses,
    boots: Boots,
    charging: Charging,
    /// When the phone was last switched on, or a pause ended.
    on_since_ms: u64,
    /// The same, of boots alone.
    boot_ms: u64,
    /// When a connection began last, and how long it is between two on average.
    last_flow_ms: u64,
    mean_gap_ms: u64,
    /// The run whose boot may not have been told yet, and what was begun in it. Whether the next call is the first after what is
    /// kept was read.
    run: Option<early::Run>,
    early: Vec<early::Early>,
    is_restored: bool,
    /// When a SIM was told to have changed last, and first since the phone was switched on, in this run.
    sim_ms: u64,
    boot_sim_ms: u64,
    /// Whether the device was not unlocked since it was switched on.
    is_locked: bool,
    /// When the screen came on; 0 while it is off.
    screen_on_ms: u64,
    screen_off_ms: u64,
    /// Packages that were installed or updated last, by fingerprint, and when: their apps may not have spoken yet.
    updates: VecDeque<(u64, u64)>,
    /// Connections to destinations with and without a name.
    named: u32,
    unnamed: u32,
    /// Of whom it is told.
    search: Search,
    told: VecDeque<BeaconSeen>,
}

impl fmt::Debug for Beacons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Beacons({} apps)", self.store.apps.len())
    }
}

impl Beacons {
    /// An empty memory whose state can be read again with `key`.
    pub fn new(key: &IdentifierKey) -> Self {
        Self::with(Seal::of(key, b"gasket: beacons"))
    }

    /// An empty memory for this run only: its state cannot be read by another.
    pub fn unsaved(seed: u64) -> Self {
        Self::with(Seal::unsaved(seed))
    }

    fn with(seal: Seal) -> Self {
        Self {
            seal,
            store: Store::default(),
            latest: [None; KINDS],
            due_ms: u64::MAX,
            now_ms: 0,
            since_ms: 0,
            pauses: Pauses::default(),
            boots: Boots::default(),
            charging: Charging::default(),
            on_since_ms: 0,
            boot_ms: 0,
            last_flow_ms: 0,
            mean_gap_ms: 0,
            run: None,
            early: Vec::new(),
            is_restored: false,
            sim_ms: 0,
            boot_sim_ms: 0,
            is_locked: false,
            screen_on_ms: 0,
            screen_off_ms: 0,
            updates: VecDeque::new(),
            named: 0,
            unnamed: 0,
            search: Search::All,
            told: VecDeque::new(),
        }
    }

    /// Has it told of these alone; of all, unless this is said. What the others showed is told with their next contact once
    /// they are looked for, too.
    pub fn set_search(&mut self, search: Search) {
        self.search = search;
    }

    /// A connection begins. `None` where nothing is counted: the clock was never set, or the peer is in the same house.
    pub fn handle_start(&mut self, wall_ms: u64, flow: &FlowStart<'_>) -> Option<OpenFlow> {
        if is_near(flow.address.ip()) || !self.advance(wall_ms) {
            return None;
        }
        let is_of_dns = |(_, by): (&str, NameSource)| by == NameSource::Dns;
        self.count_name(flow.domain.is_some_and(is_of_dns));
        let app = self.seal.app(flow.owner);
        let destination = self
            .seal
            .destination(flow.domain.map(|(name, _)| name), flow.address.ip());
        self.count_flow(wall_ms);
        let mut open = self.start_pair(wall_ms, app, destination, flow)?;
        if flow.domain.is_none() && self.has_unnamed(app, destination) {
            // As one of the app's, whichever the address is.
            let unnamed = self.seal.unnamed();
            open.whole = self.start_pair(wall_ms, app, unnamed, flow).map(Box::new);
        }
        Some(open)
    }

    /// A connection of a pair begins.
    fn start_pair(
        &mut self,
        wall_ms: u64,
        app: u64,
        destination: u64,
        flow: &FlowStart<'_>,
    ) -> Option<OpenFlow> {
        let (slot, is_new) = match self.store.find(app, destination) {
            Some(slot) => (slot, false),
            None => (self.insert(wall_ms, app, destination, flow), true),
        };
        let now = seconds(wall_ms);
        let (since, is_attended) = (seconds(self.since_ms), self.is_attended(wall_ms));
        let is_late = self.is_late(wall_ms);
        let with_sim = self.boots.with_sim & 1 == 1;
        let sorts = self.sorts(slot, wall_ms, is_attended, is_new, Seen::Begins);
        let pair = self.store.get_mut(slot)?;
        let before = early::last(pair);
        let (sorts, has_interval) = pair.start(now, is_attended, since, sorts);
        let open = OpenFlow {
            slot,
            serial: pair.live.serial,
            began_ms: wall_ms,
            sorts,
            with_sim,
            is_attended,
            is_late,
            is_tcp: flow.protocol == Protocol::Tcp,
            is_plain: flow.protocol == Protocol::Tcp && flow.address.port() == HTTP_PORT,
            whole: None,
        };
        let has_names = pair.live.to.is_some();
        self.note_early(slot, wall_ms, before, None);
        if !has_names {
            // From the state of a run before, which holds no names: what it showed can be told now.
            self.name(slot, app, flow);
            for slot in self.store.all_strands(app, destination) {
                self.tell_all(slot);
            }
            self.tell_all(slot);
        } else if has_interval {
            self.tell_intervals(slot);
        }
        Some(open)
    }

    /// A connection has ended, `sent` and `received` bytes of payload after it began: [`Beacons::handle_end_of`] where
    /// no more is known of it.
    pub fn handle_end(&mut self, wall_ms: u64, flow: OpenFlow, sent: u64, received: u64) {
        let traffic = Traffic {
            sent,
            received,
            inside: None,
        };
        self.handle_end_of(wall_ms, flow, &traffic);
    }

    /// A connection has ended. `wall_ms` is when it last carried
    /// anything, which may be before the latest call: one that is given up after a silence, or only noticed after a
    /// sleep, was not in use for so long.
    pub fn handle_end_of(&mut self, wall_ms: u64, mut flow: OpenFlow, traffic: &Traffic) {
        let is_late = (EARLIEST_MS..=self.now_ms).contains(&wall_ms);
        if !is_late && !self.advance(wall_ms) {
            return;
        }
        let plain = flow.is_plain.then_some((traffic.sent, traffic.received));
        let traffic = &Traffic {
            inside: traffic.inside.or(plain),
            ..*traffic
        };
        let now = seconds(wall_ms);
        let whole = flow.whole.take();
        if self.end_pair(now, &mut flow, traffic) {
            self.end_strand(&flow, now, traffic);
        }
        if let Some(mut whole) = whole {
            self.end_pair(now, &mut whole, traffic);
        }
    }

    /// A connection of a pair has ended; `false` where that is forgotten.
    fn end_pair(&mut self, now: u32, flow: &mut OpenFlow, traffic: &Traffic) -> bool {
        flow.sorts |= self.end_early(flow, telling::Sample::of(traffic));
        let pair = self.store.get_mut(flow.slot);
        let Some(pair) = pair.filter(|pair| pair.live.serial == flow.serial) else {
            return false;
        };
        let app = pair.app;
        let has_interval = pair.end(now, seconds(self.since_ms), flow, traffic);
        if let Some(app) = self.store.apps.get_mut(&app) {
            app.last_end = app.last_end.max(now);
        }
        if has_interval {
            self.tell_intervals(flow.slot);
        }
        true
    }

    /// It is that late: trials that are complete are judged. Not needed where connections come and go.
    pub fn handle_time(&mut self, wall_ms: u64) {
        self.advance(wall_ms);
    }

    /// When [`Beacons::handle_time`] would have something to do, in milliseconds since 1970; nothing is lost if it is
    /// never called.
    pub fn poll_timeout(&self) -> Option<u64> {
        (self.due_ms != u64::MAX).then_some(self.due_ms)
    }

    /// Takes the next verdict.
    pub fn poll_beacon(&mut self) -> Option<BeaconSeen> {
        self.told.pop_front()
    }

    /// Bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.store.bytes()
            + self.told.capacity() * size_of::<BeaconSeen>()
            + self.updates.capacity() * size_of::<(u64, u64)>()
            + self.boots.chances.capacity()
            + self.charging.over.capacity() * size_of::<(u32, u32)>()
            + self.boots.at.capacity() * size_of::<u32>()
            + self.early.capacity() * size_of::<early::Early>()
            + self.pauses.0.capacity() * size_of::<pauses::Pause>()
    }

    /// The memory that [`Beacons::state`] gave, made with `key`. What the version before kept counts differently, so that it
    /// begins anew.
    ///
    /// # Errors
    /// [`StateError`]: the bytes are of another version, damaged, or made with another key.
    pub fn restore(state: &[u8], key: &IdentifierKey) -> Result<Self, StateError> {
        let mut back = state::read(state, Self::new(key))?;
        back.is_restored = true;
        Ok(back)
    }

    /// All of it but names and open connections, to be kept: at most [`STATE_MAX`] bytes.
    pub fn state(&self) -> Vec<u8> {
        state::write(self)
    }

    /// Whether an app has spoken to another address without a name than this one.
    fn has_unnamed(&self, app: u64, destination: u64) -> bool {
        let slots = self.store.apps.get(&app).map_or(&[][..], |app| &app.slots);
        let mut pairs = slots.iter().filter_map(|slot| self.store.get(*slot));
        pairs.any(|pair| pair.no_dns && pair.destination != destination)
    }

    fn insert(&mut self, wall_ms: u64, app: u64, destination: u64, flow: &FlowStart<'_>) -> u16 {
        let mut pair = Pair::new(app, destination);
        pair.no_dns = flow.domain.is_none();
        pair.answers = Answers::of_silent(self.store.known(app));
        let slot = self.store.insert(pair);
        self.name(slot, app, flow);
        let updated = self.store.apps.get(&app).and_then(|app| app.updated);
        let after_s = updated.and_then(|latest| Some(wall_ms.checked_sub(latest.at_ms)? / 1000));
        let after_s = after_s.and_then(|after_s| u16::try_from(after_s).ok());
        if let (Some(after_s), Some(pair)) = (after_s, self.store.get_mut(slot))
            && after_s < AFTER_UPDATE_S
        {
            pair.after_update_s = after_s;
        }
        slot
    }

    /// A connection of a pair: of which sorts it is by the latest events. `is_new`: it is the first.
    fn sorts(
        &mut self,
        slot: u16,
        began_ms: u64,
        is_attended: bool,
        is_new: bool,
        seen: Seen,
    ) -> u8 {
        let app = self.store.get(slot).map_or(0, |pair| pair.app);
        let updated = self.store.apps.get(&app).and_then(|app| app.updated);
        let is_answer = self.is_starting(began_ms)
            && match seen {
                Seen::Begins => true,
                Seen::Ended { with_sim } => {
                    began_ms >= self.boot_ms && with_sim == (self.boots.with_sim & 1 == 1)
                }
            };
        let Some(pair) = self.store.get_mut(slot) else {
            return 0;
        };
        let after_s = after_s(self.boot_ms, self.boot_sim_ms, began_ms);
        let after_s = after_s.filter(|_| pair.last_start < seconds(self.boot_ms));
        let mut sorts = 0;
        for (kind, latest) in Kind::ALL.into_iter().zip(&self.latest) {
            let latest = match kind {
                Kind::After(Occasion::OwnUpdate) => &updated,
                _ => latest,
            };
            let Some(latest) = latest else { continue };
            let after_ms = match seen {
                Seen::Begins => began_ms.saturating_sub(latest.at_ms),
                // What began before the event does not answer it.
                Seen::Ended { .. } if began_ms < latest.at_ms => continue,
                Seen::Ended { .. } => began_ms - latest.at_ms,
            };
            if is_new && !(kind == Kind::After(Occasion::PackageChange) && updated.is_some()) {
                // It speaks for the first time: which stretch of the trial that falls in is as open as for any other.
                pair.begin(kind, pair::Trial::Counts, seconds(began_ms));
            }
            let sort = pair.see(kind, after_ms);
            if kind == Kind::After(Occasion::OwnUpdate) && sort != 0 && !is_attended {
                pair.by_itself = pair.by_itself.saturating_add(1);
            }
            sorts |= sort;
        }
        if self.boot_ms > 0 && (self.boot_ms..self.boot_ms + SETTLING_MS).contains(&began_ms) {
            pair.answers.lately.see();
        }
        if is_answer && pair.answers.see(&self.boots, after_s) {
            sorts |= telling::Sort::Rare.bit();
        }
        sorts
    }

    /// Keeps the names of a pair for this run.
    fn name(&mut self, slot: u16, app: u64, flow: &FlowStart<'_>) {
        if let Some(app) = self.store.apps.get_mut(&app)
            && app.owner.is_none()
            && let Some(owner) = flow.owner
        {
            app.owner = Some(Arc::new(owner.clone()));
            for (place, package) in app.packages.iter_mut().zip(&owner.packages) {
                *place = self.seal.package(package);
            }
            let update = self
                .updates
                .iter()
                .rev()
                .find(|(package, _)| app.packages.contains(package));
            if let (None, Some((_, at_ms))) = (app.updated, update) {
                let mut latest = Latest::new(*at_ms);
                // What was complete before anything was heard of the app tells nothing.
                let kind = Kind::After(Occasion::OwnUpdate);
                while latest.take_due(kind, self.now_ms, false).is_some() {}
                app.updated = Some(latest);
                self.due_ms = self.due_ms.min(latest.due_ms(kind).unwrap_or(u64::MAX));
            }
        }
        if let Some(pair) = self.store.get_mut(slot) {
            pair.live.to = Some(Box::new(To {
                address: flow.address.ip(),
                port: flow.address.port(),
                protocol: flow.protocol,
                name: flow.domain.map(|(name, by)| (name.into(), by)),
            }));
        }
    }

    fn count_name(&mut self, is_named: bool) {
        if self.named + self.unnamed >= NAMES_MAX {
            self.named /= 2;
            self.unnamed /= 2;
        }
        self.named += u32::from(is_named);
        self.unnamed += u32::from(!is_named);
    }

    /// Whether most destinations have names, so that one without means something: with encrypted DNS none has.
    fn trusts_names(&self) -> bool {
        self.named / 4 >= self.unnamed
    }
}

/// Seconds since 1970; [`LATEST_MS`] fits.
fn seconds(ms: u64) -> u32 {
    (ms / 1000) as u32
}

/// Whether the address is in the same house, so that nobody else learns anything.
fn is_near(address: IpAddr) -> bool {
    crate::inspect::content::learned::is_near(address)
}
