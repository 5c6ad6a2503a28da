//! The top state machine.

mod activity;
mod beacons;
mod dns;
mod driver;
mod families;
mod outgoing;
mod ownership;
mod questions;
mod report;
mod room;
mod settings;
mod tcp;
mod timers;
mod transport;
mod turns;
mod udp;
mod view;

use std::collections::VecDeque;
use std::sync::Arc;

use self::activity::Activity;
use self::outgoing::Outgoing;
use self::questions::Questions;
use self::settings::owner_decides_dial;
use self::timers::Timers;
use self::transport::{Flows, Transport};
use self::turns::{Judging, Turns};
use self::view::flow_facts;
use crate::beacon::Beacons;
use crate::config::Config;
use crate::dns::decoy::Decoys;
use crate::dns::memory::Memory;
use crate::event::{Event, NameSource, Waiting};
use crate::facts::{DeviceEvent, Happening, Trigger};
use crate::flow::{FlowId, Payer};
use crate::inspect::content::Examiner;
use crate::inspect::content::learned::Learned;
use crate::packet::{Fragments, Ip, Packet, Reassembly, Unreachable, unreachable};
use crate::policy::Judge;
use crate::rules::Pack;
use crate::tables::Places;
use crate::tcp::Stack;
use crate::{Duration, Instant};

pub use self::driver::{Action, ConnectError, Io, Limits};
pub use self::ownership::OWNER_WAIT;
pub use self::questions::Answer;

/// Packets one flow may send to the app before the next flow's turn. Round-robin by single packets
/// costs one wake-up of the app per packet; bursts of this size more than double ten-flow downloads.
const BURST: u32 = 256;

/// Packets that no connection sends before a connection has its turn, where one waits.
const OUT_RUN: u32 = 64;

/// Connections' stacks kept for reuse. Their rings stay touched: together with [`LIVE`] this bounds what an
/// idle engine keeps, however many connections are open, to 32 x 384 KiB at MTU 1500 and 32 x 815 KiB at 9000.
const POOL: usize = 16;

/// Connections that keep their stack although they are at rest. Taking one up again costs some microseconds.
const LIVE: usize = 16;

/// How long a device event may explain a flow.
const TRIGGER_MAX_AGE: Duration = Duration::from_secs(120);

/// Events kept while nobody polls; beyond, the oldest of whichever app has the most go and are counted.
const EVENTS_MAX: usize = 4096;

/// What has been dropped, and why. Only ever grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets taken from the app.
    pub packets: u64,
    /// Packets whose headers contradict themselves.
    pub malformed: u64,
    /// Packets of protocols that are not relayed, fragments of TCP and unknown ICMP among them.
    pub unsupported: u64,
    /// Fragments received.
    pub fragments: u64,
    /// Fragments refused for overlap, size or contradiction.
    pub fragments_refused: u64,
    /// Datagrams dropped because a bounded queue was full.
    pub datagrams_dropped: u64,
    /// Packets refused because the settings want no IPv6.
    pub ipv6_refused: u64,
    /// Flows that had to go so that a new one could be made.
    pub evicted: u64,
    /// Events that nobody fetched in time.
    pub events_lost: u64,
}

/// The state machine between the app's packets and the driver's sockets.
///
/// It has four kinds of method:
///
/// 1. `handle_*`: something happened; each takes the time and may leave work behind.
/// 2. `poll_*`: takes that work out. After any `handle_*` call, [`Guard::poll_action`] until it is
///    empty, then [`Guard::poll_packet`] until it is empty (or the tunnel blocks), then
///    [`Guard::poll_event`]; last, [`Guard::poll_timeout`] says when to call
///    [`Guard::handle_timeout`] at the latest.
/// 3. `fill` and `drain`: move bytes between a socket and a flow's ring through a closure, so that
///    they are copied once and the core knows no socket.
/// 4. Read-only queries.
pub struct Guard {
    now: Instant,
    /// Unix time in milliseconds at `Instant` zero.
    wall_clock_ms: u64,
    judge: Judge,
    examiner: Examiner,
    learned: Learned,
    beacons: Beacons,
    owner_decides_dial: bool,
    limits: Limits,
    places: Option<Arc<Places>>,
    flows: Flows,
    timers: Timers,
    fragments: Fragments,
    memory: Memory,
    decoys: Decoys,
    told_questions: dns::ToldQuestions,
    /// Which of the upstream resolvers comes first; moves on when one fails.
    upstream_preference: usize,
    device_event: Option<(Trigger, Instant)>,
    #[expect(
        clippy::vec_box,
        reason = "the boxes move between pool and flows; unboxing would copy 1.5 KB each time"
    )]
    pool: Vec<Box<Stack>>,
    /// Flows with a stack, and when each was last seen used; those that have ended stay until met.
    live: VecDeque<(FlowId, Instant)>,
    seed: u64,
    out: Outgoing,
    /// Packets taken from `out` since a flow had its turn.
    out_run: u32,
    dirty: Turns,
    burst: u32,
    judging: Judging,
    questions: Questions,
    activity: Activity,
    actions: VecDeque<Action>,
    events: Waiting,
    counters: Counters,
}

impl Guard {
    /// A guard with the given settings and rules.
    ///
    /// `wall_clock_ms` is the Unix time at `now`; `seed` makes sequence numbers unpredictable to
    /// the apps and must not repeat between runs. Without `places` no country or network is known.
    pub fn new(
        now: Instant,
        wall_clock_ms: u64,
        seed: u64,
        config: Config,
        pack: Arc<Pack>,
        limits: Limits,
        places: Option<Arc<Places>>,
    ) -> Self {
        let mut beacons = Beacons::unsaved(seed);
        beacons.set_search(config.beacons);
        let mut guard = Self {
            now,
            wall_clock_ms: 0,
            owner_decides_dial: owner_decides_dial(&config),
            judge: Judge::new(config, pack),
            examiner: Examiner::default(),
            learned: Learned::unsaved(seed),
            beacons,
            limits,
            places,
            flows: Flows::default(),
            timers: Timers::default(),
            fragments: Fragments::default(),
            memory: Memory::default(),
            decoys: Decoys::default(),
            told_questions: dns::ToldQuestions::default(),
            upstream_preference: 0,
            device_event: None,
            pool: Vec::new(),
            live: VecDeque::new(),
            seed,
            out: Outgoing::default(),
            out_run: 0,
            dirty: Turns::default(),
            burst: 0,
            judging: Judging::default(),
            questions: Questions::default(),
            activity: Activity::default(),
            actions: VecDeque::new(),
            events: Waiting::new(EVENTS_MAX),
            counters: Counters::default(),
        };
        guard.set_wall_clock(now, wall_clock_ms);
        guard
    }

    /// Tells the Unix time at `now`, after the clock was set.
    pub fn set_wall_clock(&mut self, now: Instant, wall_clock_ms: u64) {
        let elapsed = u64::try_from(now.total_millis()).unwrap_or(0);
        self.wall_clock_ms = wall_clock_ms.saturating_sub(elapsed);
    }

    /// Unix time in milliseconds.
    fn unix_ms(&self) -> u64 {
        self.wall_clock_ms + u64::try_from(self.now.total_millis()).unwrap_or(0)
    }

    /// Goes on with a memory of tokens of before; without it, one begins that ends with the guard.
    pub fn set_learned(&mut self, learned: Learned) {
        self.learned = learned;
    }

    /// The memory of tokens, to be kept.
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// Takes one IP packet of an app.
    pub fn handle_packet(&mut self, now: Instant, bytes: &[u8]) {
        self.now = now;
        self.counters.packets += 1;
        let ip = match Ip::parse(bytes) {
            Ok(ip) => ip,
            Err(why) => return self.drop_malformed(why),
        };
        if let Some(info) = ip.fragment {
            self.counters.fragments += 1;
            match self.fragments.push(now, &ip, info) {
                Reassembly::Incomplete => {}
                Reassembly::Refused => self.counters.fragments_refused += 1,
                Reassembly::Whole(payload) => {
                    let whole = Ip {
                        payload: &payload,
                        fragment: None,
                        ..ip
                    };
                    self.dispatch(&whole, None);
                }
            }
            return;
        }
        self.dispatch(&ip, Some(bytes));
    }

    /// `bytes` is the packet as received; absent for a reassembled one.
    fn dispatch(&mut self, ip: &Ip<'_>, bytes: Option<&[u8]>) {
        if self.refuses_family(ip, bytes) {
            return;
        }
        match ip.upper() {
            Err(why) => self.drop_malformed(why),
            Ok(Packet::Tcp(tuple, segment)) => match bytes {
                Some(bytes) => self.handle_segment(tuple, &segment, bytes),
                // Path MTU discovery keeps every kernel from fragmenting TCP.
                None => self.counters.unsupported += 1,
            },
            Ok(Packet::Udp(tuple, payload)) => self.handle_datagram_of_app(tuple, payload),
            Ok(Packet::Echo(tuple, sequence, data)) => self.handle_echo(tuple, sequence, data),
            Ok(Packet::Icmp) => self.counters.unsupported += 1,
            Ok(Packet::Unsupported(_)) => {
                self.counters.unsupported += 1;
                if let Some(bytes) = bytes {
                    unreachable(self.out.of(None), bytes, Unreachable::Protocol);
                }
            }
        }
    }

    fn drop_malformed(&mut self, why: crate::packet::Malformed) {
        self.counters.malformed += 1;
        log::trace!("dropped a packet: {why:?}");
    }

    /// The outcome of [`Action::Connect`].
    pub fn handle_connected(
        &mut self,
        now: Instant,
        id: FlowId,
        outcome: Result<(), ConnectError>,
    ) {
        self.now = now;
        match self.flows.get(id).map(|flow| &flow.transport) {
            Some(Transport::Tcp(_)) => self.tcp_connected(id, outcome),
            Some(Transport::Udp(_)) => self.udp_connected(id, outcome),
            None => {}
        }
    }

    /// Something happened to the device.
    pub fn handle_device_event(&mut self, now: Instant, event: impl Into<Happening>) {
        self.now = now;
        let event = event.into();
        self.device_event = Some((event.kind, now));
        self.notice_event(&event);
    }

    /// The device event that may explain a flow that starts now.
    fn device_event(&self) -> Option<DeviceEvent> {
        let (kind, at) = self.device_event?;
        let age = self.now - at;
        (age <= TRIGGER_MAX_AGE).then_some(DeviceEvent {
            kind,
            age_s: age.secs(),
        })
    }

    /// Takes the next packet for the app into `buf` and returns its length.
    /// `buf` must hold the MTU.
    pub fn poll_packet(&mut self, buf: &mut [u8]) -> Option<usize> {
        loop {
            if (self.out_run < OUT_RUN || self.dirty.is_empty())
                && let Some(len) = self.out.pop(buf)
            {
                self.out_run += 1;
                return Some(len);
            }
            let id = self.dirty.front()?;
            if self.burst >= BURST {
                (self.burst, self.out_run) = (0, 0);
                self.dirty.rotate();
                continue;
            }
            if let Some(len) = self.egress(id, buf) {
                self.burst += 1;
                return Some(len);
            }
            (self.burst, self.out_run) = (0, 0);
            self.dirty.pop_front();
            if let Some(flow) = self.flows.get_mut(id) {
                flow.is_dirty = false;
                self.after_egress(id);
            }
        }
    }

    /// Whether [`Guard::poll_packet`] may have something.
    pub fn has_packets(&self) -> bool {
        !self.out.is_empty() || !self.dirty.is_empty()
    }

    /// Takes the next thing the driver has to do.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Takes the sockets to close ahead of the other actions: the driver needs their descriptors.
    pub fn take_closings(&mut self) -> Vec<FlowId> {
        let mut closings = Vec::new();
        self.actions.retain(|action| match action {
            Action::Close { flow, abort: true } => {
                closings.push(*flow);
                false
            }
            _ => true,
        });
        closings
    }

    /// Takes the next thing to tell the user.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// Puts a flow on the list of those that may have packets for the app.
    fn mark_dirty(&mut self, id: FlowId) {
        if let Some(flow) = self.flows.get_mut(id)
            && !flow.is_dirty
        {
            flow.is_dirty = true;
            self.dirty.push(flow.payer(), id);
        }
    }

    /// Whose share a flow counts towards.
    fn payer(&self, id: FlowId) -> Payer {
        self.flows.get(id).and_then(|flow| flow.payer())
    }

    /// Forgets a flow and has its socket closed. A TCP app is reset if it still listens.
    fn end_flow(&mut self, id: FlowId, abort: bool) {
        if let Some(Transport::Tcp(_)) = self.flows.get(id).map(|f| &f.transport) {
            self.reset_app(id);
        }
        self.report_ended(id);
        let Some(mut flow) = self.flows.remove(id) else {
            return;
        };
        self.notice_end(&mut flow);
        if flow.dialled {
            self.actions.push_back(Action::Close { flow: id, abort });
        }
        if let Transport::Tcp(tcp) = flow.transport
            && let Some(stack) = tcp.into_stack()
        {
            self.retire(stack);
        }
    }

    /// What has been dropped so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Whether the flow is still there.
    pub fn has_flow(&self, id: FlowId) -> bool {
        self.flows.get(id).is_some()
    }

    /// Flows open now.
    pub fn flow_count(&self) -> usize {
        self.flows.len()
    }

    fn next_seed(&mut self) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014): every seed gives a different stream.
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The name that led to an address, if DNS told.
    fn name_of(&self, address: std::net::IpAddr) -> Option<(String, NameSource)> {
        let name = self
            .decoys
            .name_of(address)
            .or_else(|| self.memory.name_of(self.now, address))?;
        Some((name.to_owned(), NameSource::Dns))
    }
}

/// Whether a verdict ends a flow at once, without reading what it has to say. A rule's block does
/// not: the request is read first (and never dialled), so that the history can tell what it held.
fn refuses_outright(verdict: &crate::policy::Verdict) -> bool {
    use crate::policy::{Decision, Reason};
    verdict.decision == Decision::Block && verdict.reason != Reason::RuleMatched
}
