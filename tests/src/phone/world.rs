//! The phone as a whole: time, and what comes in and goes out at each moment of it.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use gasket_core::config::{AppMode, Config, RuleChoice};
use gasket_core::facts::Protocol;
use gasket_core::flow::FlowId;
use gasket_core::guard::{Guard, Limits};
use gasket_core::packet::{FiveTuple, Ip, Packet};
use gasket_core::rules::Pack;
use gasket_core::{Duration, Instant};

use super::apps::{App, Line, MTU, PHONE, RESOLVER};
use super::figures::Figures;
use super::internet::{Later, Socket};
use super::model::{APPS, Nature, Owner, Request, Rules, Settings};
use super::questions::Questions;
use super::script::{Mood, OwnerMood};

/// Flows the guard may have.
pub(super) const FLOWS: usize = 14;
const UPSTREAM: [u8; 4] = [203, 0, 113, 53];
/// What one moment may take.
const ROUNDS: usize = 20_000;
/// How long an app waits for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(75);
/// How long an app goes on saying what it has begun when the day ends, at most, in milliseconds.
const SAYING_MS: u64 = 300_000;

pub(super) struct Server {
    pub(super) address: ([u8; 4], u16),
    pub(super) speaks_http: bool,
    /// Whether the first request is judged before anything is dialled.
    pub(super) holds: bool,
    /// Whether its address is the one that `Settings::blocks_address` is about.
    pub(super) blockable: bool,
}

const fn server(address: [u8; 4], port: u16, speaks_http: bool, holds: bool) -> Server {
    Server {
        address: (address, port),
        speaks_http,
        holds,
        blockable: address[3] == 40,
    }
}

pub(super) const SERVERS: [Server; 6] = [
    server([192, 0, 2, 10], 80, true, true),
    server([192, 0, 2, 11], 8080, true, true),
    server([198, 51, 100, 20], 12_345, true, false),
    server([198, 51, 100, 21], 4444, false, false),
    server([203, 0, 113, 30], 443, false, false),
    server([203, 0, 113, 40], 80, true, true),
];

/// Where datagrams go: to a port of CoAP, and to one of nothing known.
pub(super) const LISTENERS: [([u8; 4], u16); 2] =
    [([198, 51, 100, 50], 5683), ([198, 51, 100, 51], 9000)];

pub(super) const NAMES: [(&str, Nature); 3] = [
    ("news.example", Nature::Harmless),
    ("listed.example", Nature::Listed),
    ("zzhc.vnet.cn", Nature::Named),
];

/// A datagram on its way, and what may become of it.
pub(super) struct Pending {
    pub(super) payload: Vec<u8>,
    /// The name asked for, of a question.
    pub(super) name: &'static str,
    /// A question that the upstream resolver has.
    pub(super) sent: bool,
    pub(super) request: Request,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Line(u32),
    Datagrams,
    Questions,
}

/// A flow, as the reference knows it.
pub(super) struct Flow {
    pub(super) kind: Kind,
    pub(super) tuple: FiveTuple,
    pub(super) owner: Owner,
    /// Decided before the owner was known, because nobody was treated specially.
    pub(super) early: bool,
    /// Let through unread.
    pub(super) by_trust: bool,
    pub(super) socket: Option<Socket>,
    pub(super) dialled: bool,
    /// Must be refused by the end of this moment.
    pub(super) doomed: bool,
    pub(super) refused: bool,
    /// Told to have ended while something waited for the user.
    pub(super) has_ended: bool,
    /// Why it may be over.
    pub(super) excuse: Option<&'static str>,
    pub(super) pending: VecDeque<Pending>,
    /// So many waited at once that some may have been dropped.
    pub(super) crowded: bool,
    /// Warnings that must come of what has left, and those that came.
    pub(super) owed: u32,
    pub(super) told: u32,
    pub(super) last_used: Instant,
    pub(super) answered: bool,
}

/// Everything.
pub(super) struct Phone {
    pub(super) now: Instant,
    pub(super) guard: Guard,
    pub(super) apps: Vec<App>,
    pub(super) lines: BTreeMap<u32, Line>,
    pub(super) flows: BTreeMap<FlowId, Flow>,
    pub(super) by_number: BTreeMap<u64, FlowId>,
    pub(super) by_tuple: BTreeMap<FiveTuple, FlowId>,
    pub(super) later: BTreeMap<(Instant, u64), Later>,
    pub(super) counted: u64,
    pub(super) numbers: u64,
    pub(super) settings: Settings,
    pub(super) owner_mood: OwnerMood,
    pub(super) moods: [Mood; SERVERS.len()],
    /// Names told, with who asked and what was said of it, and until when the same is not told again.
    pub(super) told_names: BTreeMap<(&'static str, String), Instant>,
    /// Names answered here in this moment.
    pub(super) answered_here: Vec<&'static str>,
    pub(super) questions: Questions,
    pub(super) decoy: Option<SocketAddr>,
    pub(super) unborn: Option<Pending>,
    /// Flows that the guard says it has evicted and that are still to be found.
    pub(super) evicted: u64,
    pub(super) figures: Figures,
}

pub(super) fn package(app: usize) -> String {
    format!("app{app}.example")
}

pub(super) fn config(settings: &Settings) -> Config {
    let modes = settings.modes.iter().enumerate();
    let special = modes.filter(|(_, mode)| **mode != AppMode::Guard);
    let choice = match settings.rules {
        Rules::Block => None,
        Rules::Warn => Some(RuleChoice::Warn),
        Rules::Off => Some(RuleChoice::Off),
    };
    let pack = Pack::embedded();
    let rules = pack.rules().iter();
    let mut config = Config {
        mtu: MTU as u16,
        resolver_addresses: vec![IpAddr::from(RESOLVER)],
        dns_upstreams: vec![(UPSTREAM, 53).into()],
        blocked_names: vec![String::from("listed.example")],
        apps: special.map(|(app, mode)| (package(app), *mode)).collect(),
        rules: choice.map_or_else(Default::default, |choice| {
            rules.map(|rule| (rule.id.clone(), choice)).collect()
        }),
        ..Config::default()
    };
    if settings.blocks_address {
        let own = serde_json::json!({"version": 1, "own_rules": {"203.0.113.40": "block"}});
        let own = Config::from_json(&own.to_string()).expect("a config");
        config.own_rules = own.own_rules;
    }
    config
}

impl Phone {
    /// A phone at rest.
    pub(super) fn new() -> Self {
        let now = Instant::from_millis(1);
        let settings = Settings::default();
        let limits = Limits {
            flows: FLOWS,
            owners: true,
        };
        let guard = Guard::new(
            now,
            1_700_000_000_000,
            7,
            config(&settings),
            Pack::embedded(),
            limits,
            None,
        );
        Self {
            now,
            guard,
            apps: (0..APPS as u64).map(App::new).collect(),
            lines: BTreeMap::new(),
            flows: BTreeMap::new(),
            by_number: BTreeMap::new(),
            by_tuple: BTreeMap::new(),
            later: BTreeMap::new(),
            counted: 0,
            numbers: 0,
            settings,
            owner_mood: OwnerMood::After(0),
            moods: [Mood::default(); SERVERS.len()],
            told_names: BTreeMap::new(),
            answered_here: Vec::new(),
            questions: Questions::default(),
            decoy: None,
            unborn: None,
            evicted: 0,
            figures: Figures::default(),
        }
    }

    pub(super) fn number(&mut self) -> u32 {
        self.counted += 1;
        self.counted as u32
    }

    /// A flow that the guard asks for the owner of.
    pub(super) fn born(&mut self, id: FlowId, tuple: FiveTuple) {
        self.numbers += 1;
        if let Some(before) = self.by_tuple.insert(tuple, id) {
            assert!(!self.guard.has_flow(before), "two flows of one five-tuple");
        }
        self.by_number.insert(self.numbers, id);
        let is_tcp = tuple.protocol == Protocol::Tcp;
        let line = self
            .lines
            .iter()
            .find(|(_, line)| is_tcp && line.port == tuple.source.port());
        let kind = match line {
            Some((key, line)) => {
                assert_eq!(line.address, tuple.destination, "whose flow is this?");
                assert_eq!(
                    line.left, 0,
                    "a second flow of a connection that has spoken"
                );
                Kind::Line(*key)
            }
            None if tuple.destination.port() == 53 => Kind::Questions,
            None => Kind::Datagrams,
        };
        let pending = if is_tcp { None } else { self.unborn.take() };
        assert!(is_tcp || pending.is_some(), "a flow of nothing");
        let is_refused = self.is_blockable(kind) && self.settings.blocks_address;
        let early = is_tcp && !self.settings.owner_matters() && !is_refused;
        let flow = Flow {
            kind,
            tuple,
            owner: Owner::Asked {
                until: self.now + Duration::from_millis(500),
            },
            early,
            by_trust: false,
            socket: None,
            dialled: false,
            doomed: false,
            refused: false,
            has_ended: false,
            excuse: None,
            pending: pending.into_iter().collect(),
            crowded: false,
            owed: 0,
            told: 0,
            last_used: self.now,
            answered: false,
        };
        self.flows.insert(id, flow);
        let app = match kind {
            Kind::Line(key) => self.lines[&key].app,
            Kind::Datagrams => usize::from(tuple.source.port() - 50_000),
            Kind::Questions => usize::from(tuple.source.port() - 45_000),
        };
        match self.owner_mood {
            OwnerMood::After(0) => self.tell_owner(id, Some(app)),
            OwnerMood::Unknown(0) => self.tell_owner(id, None),
            OwnerMood::After(millis) => self.at(millis, Later::Owner(id, Some(app))),
            OwnerMood::Unknown(millis) => self.at(millis, Later::Owner(id, None)),
            OwnerMood::Never => {}
        }
    }

    pub(super) fn at(&mut self, millis: u64, what: Later) {
        let number = u64::from(self.number());
        let at = self.now + Duration::from_millis(millis);
        self.later.insert((at, number), what);
    }

    pub(super) fn is_blockable(&self, kind: Kind) -> bool {
        match kind {
            Kind::Line(key) => self.lines[&key].to.is_some_and(|to| SERVERS[to].blockable),
            Kind::Datagrams | Kind::Questions => false,
        }
    }

    /// How the server of a connection behaves now.
    pub(super) fn mood(&self, to: Option<usize>) -> Mood {
        self.moods[to.unwrap_or(0)]
    }

    /// Lets `millis` pass, moment by moment.
    pub(super) fn pass(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        loop {
            self.settle();
            let guard = self.guard.poll_timeout().map(|(at, _)| at);
            let apps = self
                .apps
                .iter_mut()
                .filter_map(|app| app.poll_at(self.now))
                .min();
            let later = self.later.keys().next().map(|(at, _)| *at);
            let lines = self.lines.values().filter_map(Line::next).min();
            let patience = self.lines.values().filter(|line| !line.has_been_open);
            let patience = patience
                .map(|line| line.opened + PATIENCE)
                .filter(|at| *at > self.now)
                .min();
            let next = [guard, apps, later, lines, patience]
                .into_iter()
                .flatten()
                .min();
            let soon = self.now + Duration::from_millis(1);
            let next = next.map_or(end, |at| at.max(soon)).min(end);
            self.now = next;
            self.guard.handle_timeout(next);
            self.owners_are_late();
            self.questions_run_out();
            while let Some(entry) = self
                .later
                .first_entry()
                .filter(|entry| entry.key().0 <= next)
            {
                let what = entry.remove();
                self.rest();
                self.happen(what);
            }
            if next == end {
                return self.settle();
            }
        }
    }

    /// Lets everything happen that can happen now, and looks at what has come of it.
    pub(super) fn settle(&mut self) {
        self.rest();
        self.check();
    }

    fn rest(&mut self) {
        let mut rounds = 0;
        while self.round() {
            rounds += 1;
            assert!(rounds < ROUNDS, "the phone does not come to rest");
        }
    }

    fn round(&mut self) -> bool {
        let mut did = self.pump();
        for app in &mut self.apps {
            app.poll(self.now);
            while let Some(packet) = app.wire.outbound.pop_front() {
                self.guard.handle_packet(self.now, &packet);
                did = true;
            }
        }
        while let Some(action) = self.guard.poll_action() {
            self.act(action);
            did = true;
        }
        let mut buf = [0; MTU];
        let mut packets = 0;
        while let Some(len) = self.guard.poll_packet(&mut buf) {
            packets += 1;
            self.deliver(&buf[..len]);
            did = true;
        }
        self.figures.most_packets = self.figures.most_packets.max(packets);
        while let Some(event) = self.guard.poll_event() {
            self.hear(&event);
            did = true;
        }
        // Where much was said at once, more is judged in the next turn.
        let next = self.guard.poll_timeout();
        if next.is_some_and(|(at, _)| at <= self.now) {
            self.guard.handle_timeout(self.now);
            did = true;
        }
        did
    }

    /// Gives a packet to the app whose it is.
    fn deliver(&mut self, packet: &[u8]) {
        let ip = Ip::parse(packet).expect("a well formed packet");
        assert_eq!(ip.destination, IpAddr::from(PHONE));
        match ip.upper().expect("a well formed packet") {
            Packet::Tcp(tuple, _) => {
                let line = self
                    .lines
                    .values()
                    .find(|line| line.port == tuple.destination.port());
                if let Some(line) = line {
                    self.apps[line.app].wire.inbound.push_back(packet.to_vec());
                }
            }
            Packet::Udp(tuple, payload) => self.datagram_for_app(&tuple, payload),
            Packet::Icmp => {}
            other => panic!("nobody asked for {other:?}"),
        }
    }

    /// Ends the day: everybody does what they should, all that is under way arrives, everything ends.
    pub(super) fn end(&mut self) {
        self.owner_mood = OwnerMood::After(0);
        self.moods = [Mood::default(); SERVERS.len()];
        for flow in self.flows.values_mut() {
            if let Some(socket) = &mut flow.socket {
                socket.mood.appetite = None;
                socket.mood.resets_at = None;
            }
        }
        for line in self.lines.values_mut() {
            line.deaf = false;
            // Whoever has more to say than there is time for says it faster.
            let most = SAYING_MS / (line.pieces.len() as u64).max(1);
            for (gap, _) in &mut line.pieces {
                *gap = most.min(*gap);
            }
        }
        self.pass(400_000);
        self.check_arrived();
        for line in self.lines.values_mut() {
            line.closes = true;
        }
        self.pass(200_000);
        if let Some((key, line)) = self.lines.first_key_value() {
            panic!(
                "connection {key} to {} does not end: {:?}",
                line.address,
                line.state(&self.apps)
            );
        }
        self.pass(3_600_000);
        assert_eq!(self.guard.flow_count(), 0, "flows that outlive the day");
        assert_eq!(self.guard.poll_timeout(), None, "a timer at rest");
    }

    /// What has been seen.
    pub(super) fn figures(&self) -> Figures {
        self.figures
    }
}
