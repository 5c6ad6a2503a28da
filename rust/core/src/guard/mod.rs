//! The top state machine.

mod beacons;
mod dns;
mod families;
mod report;
mod room;
mod tcp;
mod timers;
mod transport;
mod udp;
mod view;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use self::transport::{Flows, Transport};
use self::view::flow_facts;
use crate::beacon::Beacons;
use crate::config::Config;
use crate::dns::decoy::Decoys;
use crate::dns::memory::Memory;
use crate::event::{Event, NameSource, Waiting};
use crate::facts::{DeviceEvent, Happening, Protocol, Trigger};
use crate::flow::{FlowId, Ownership};
use crate::inspect::content::Examiner;
use crate::inspect::content::learned::Learned;
use crate::owner::Owner;
use crate::packet::{
    FiveTuple, Fragments, Ip, Packet, PacketQueue, Reassembly, Unreachable, unreachable,
};
use crate::policy::Judge;
use crate::rules::Pack;
use crate::tables::Places;
use crate::tcp::Stack;
use crate::{Duration, Instant};

use timers::Timers;

/// How long a flow waits for the platform to name its owner.
pub const OWNER_WAIT: Duration = Duration::from_millis(500);

/// Packets one flow may send to the app before the next flow's turn. Round-robin by single packets
/// costs one wake-up of the app per packet; bursts of this size more than double ten-flow downloads.
const BURST: u32 = 256;

/// Share of the tunnel's queue that the windows of all active flows may fill. Android gives a TUN
/// 500 packets; a full queue drops silently.
const TUN_QUEUE_PACKETS: usize = 500 * 8 / 10;

/// Connections' stacks kept for reuse. Their rings stay touched: together with [`LIVE`] this bounds what an
/// idle engine keeps, however many connections are open, to 32 x 384 KiB at MTU 1500 and 32 x 815 KiB at 9000.
const POOL: usize = 16;

/// Connections that keep their stack although they are at rest. Taking one up again costs some microseconds.
const LIVE: usize = 16;

/// How long a device event may explain a flow.
const TRIGGER_MAX_AGE: Duration = Duration::from_secs(120);

/// Events kept while nobody polls; beyond, the oldest of whichever app has the most go and are counted.
const EVENTS_MAX: usize = 4096;

/// What the driver has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask the platform who owns the five-tuple; answer by [`Guard::handle_owner`].
    AskOwner(FlowId, FiveTuple),
    /// Open a socket to the destination; answer by [`Guard::handle_connected`].
    Connect(FlowId, Protocol, SocketAddr),
    /// Bytes of the app wait for the flow's socket: call [`Guard::drain`].
    Send(FlowId),
    /// There is room again for bytes from the flow's socket: call [`Guard::fill`].
    Receive(FlowId),
    /// Send one datagram (of an echo flow: one ICMP message without IP header).
    SendDatagram(FlowId, Vec<u8>),
    /// The app has ended its half: shut down the socket's write half.
    Shutdown(FlowId),
    /// The flow is gone: close its socket, with a reset if `abort`.
    Close {
        /// The flow.
        flow: FlowId,
        /// Whether to reset the peer's side rather than end it in order.
        abort: bool,
    },
}

/// Why a socket could not be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectError {
    /// The peer refused (RST, or ICMP port unreachable).
    Refused,
    /// No route to the network.
    NetworkUnreachable,
    /// The host does not answer to its neighbours.
    HostUnreachable,
    /// Nobody answered in time.
    TimedOut,
    /// The socket could not be made, or not be kept out of the tunnel.
    Unavailable,
}

/// What a driver's read or write of a socket did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Io {
    /// This many bytes were moved.
    Moved(usize),
    /// Nothing more can be moved now.
    WouldBlock,
    /// Reading: the peer has ended its half. Writing: the peer takes no more.
    Ended,
    /// The connection was reset.
    Reset,
}

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
    out: PacketQueue,
    dirty: VecDeque<FlowId>,
    burst: u32,
    activity: Activity,
    actions: VecDeque<Action>,
    events: Waiting,
    counters: Counters,
}

/// What the driver's machine can carry.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Flows at a time, one socket each; beyond, the idlest of whoever has the most goes.
    pub flows: usize,
    /// Whether the platform can be asked for owners; if not, every owner is unknown at once.
    pub owners: bool,
}

/// How many flows have sent data of late: the window budget is divided among them.
#[derive(Default)]
struct Activity {
    epoch: i64,
    current: usize,
    previous: usize,
}

/// Length of an activity epoch in milliseconds: some round trips of a loaded local link.
const ACTIVITY_EPOCH_MS: i64 = 50;

impl Activity {
    fn advance(&mut self, now: Instant) -> i64 {
        let epoch = now.total_millis() / ACTIVITY_EPOCH_MS;
        if epoch != self.epoch {
            let is_next = epoch == self.epoch + 1;
            self.previous = if is_next { self.current } else { 0 };
            self.current = 0;
            self.epoch = epoch;
        }
        epoch
    }

    /// Notes that a flow, last active in epoch `seen`, sent data now.
    fn note(&mut self, now: Instant, seen: &mut i64) {
        let epoch = self.advance(now);
        if *seen != epoch {
            *seen = epoch;
            self.current += 1;
        }
    }

    fn flows(&self) -> usize {
        self.current.max(self.previous).max(1)
    }
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
        let mut guard = Self {
            now,
            wall_clock_ms: 0,
            owner_decides_dial: owner_decides_dial(&config),
            judge: Judge::new(config, pack),
            examiner: Examiner::default(),
            learned: Learned::unsaved(seed),
            beacons: Beacons::unsaved(seed),
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
            out: PacketQueue::default(),
            dirty: VecDeque::new(),
            burst: 0,
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
                    unreachable(&mut self.out, bytes, Unreachable::Protocol);
                }
            }
        }
    }

    fn drop_malformed(&mut self, why: crate::packet::Malformed) {
        self.counters.malformed += 1;
        log::trace!("dropped a packet: {why:?}");
    }

    /// The platform's answer to [`Action::AskOwner`].
    pub fn handle_owner(&mut self, now: Instant, id: FlowId, owner: Option<Owner>) {
        self.now = now;
        let owner = owner.map(|owner| self.judge.config().named(owner));
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let ownership = match owner {
            Some(owner) => Ownership::Known(Arc::new(owner)),
            None => Ownership::Unknown,
        };
        if flow.ownership.is_settled() {
            // Too late to decide by, but still worth telling.
            if matches!(flow.ownership, Ownership::Unknown) {
                self.flows.settle(id, ownership);
            }
            return;
        }
        let began = flow.ownership.asked_at(OWNER_WAIT).unwrap_or(now);
        self.flows.settle(id, ownership);
        self.prefer_own_name(id);
        self.notice_start(id, began);
        self.resume(id);
    }

    /// Calls the destination of a flow what its own app had asked for, where that is known.
    fn prefer_own_name(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let address = flow.tuple.destination.ip();
        if let Ownership::Known(owner) = &flow.ownership
            && let Some((name, NameSource::Dns)) = &mut flow.name
            && let Some(own) = self.memory.own_name_of(self.now, address, owner.uid)
            && name != own
        {
            own.clone_into(name);
        }
    }

    /// Continues a flow whose owner is now settled.
    fn resume(&mut self, id: FlowId) {
        match self.flows.get(id).map(|flow| &flow.transport) {
            Some(Transport::Tcp(_)) => self.resume_tcp(id),
            Some(Transport::Udp(_)) => self.resume_udp(id),
            None => {}
        }
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

    /// Takes new settings. They count for open flows, too: what they forbid ends now.
    pub fn set_config(&mut self, now: Instant, config: Config) {
        self.now = now;
        self.owner_decides_dial = owner_decides_dial(&config);
        self.judge = self.judge.reconfigured(config);
        for id in self.flows.ids() {
            self.rename_owner(id);
            self.rejudge(id);
        }
    }

    /// Has the owner of a flow be who the settings in force say it is.
    fn rename_owner(&mut self, id: FlowId) {
        if let Some(flow) = self.flows.get_mut(id)
            && let Ownership::Known(owner) = &mut flow.ownership
            && self.judge.config().uids.contains_key(&owner.uid)
        {
            *owner = Arc::new(self.judge.config().named(Owner::clone(owner)));
        }
    }

    /// Ends a flow that the settings in force no longer allow, or of which those before allowed nothing.
    fn rejudge(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        if let Transport::Udp(udp) = &flow.transport
            && udp.is_blocked()
        {
            // Its next datagram is that of a new flow, judged anew.
            return self.end_flow(id, false);
        }
        if self.is_family_refused(flow.tuple.destination.ip()) {
            return self.end_flow(id, true);
        }
        let device_event = self.device_event();
        let mut facts = flow_facts(flow, device_event.as_ref());
        // Questions to our own resolver are judged one by one.
        facts.owner_asked &= !self.is_resolver(flow.tuple.destination.ip());
        let verdict = self.judge.judge(&facts);
        if !refuses_outright(&verdict) {
            // What was let through unread cannot be read from its middle on: the app is to begin anew.
            if flow.transport.is_unread() && !self.judge.trusts(flow.ownership.owner()) {
                self.end_flow(id, true);
            }
            return;
        }
        match &flow.transport {
            Transport::Tcp(_) => self.block_tcp(id, &verdict, None),
            // The questions to come are judged one by one.
            Transport::Udp(udp) if udp.is_dns() => self.end_flow(id, true),
            Transport::Udp(_) => self.block_udp(id, &verdict, None),
        }
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
            if let Some(len) = self.out.pop(buf) {
                return Some(len);
            }
            let id = *self.dirty.front()?;
            if self.burst >= BURST {
                self.burst = 0;
                self.dirty.rotate_left(1);
                continue;
            }
            if let Some(len) = self.egress(id, buf) {
                self.burst += 1;
                return Some(len);
            }
            self.burst = 0;
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
            self.dirty.push_back(id);
        }
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

    /// Bytes each active flow may have under way from the app.
    fn window(&self) -> usize {
        let mtu = usize::from(self.judge.config().mtu);
        let segment = Stack::segment_size(mtu);
        (TUN_QUEUE_PACKETS * segment / self.activity.flows()).max(2 * segment)
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

    /// The settings in force.
    pub fn config(&self) -> &Config {
        self.judge.config()
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

/// Whether the owner can change what happens before the first payload.
fn owner_decides_dial(config: &Config) -> bool {
    !config.apps.is_empty() || config.default_mode != crate::config::AppMode::Guard
}

/// Whether a verdict ends a flow at once, without reading what it has to say. A rule's block does
/// not: the request is read first (and never dialled), so that the history can tell what it held.
fn refuses_outright(verdict: &crate::policy::Verdict) -> bool {
    use crate::policy::{Decision, Reason};
    verdict.decision == Decision::Block && verdict.reason != Reason::RuleMatched
}
