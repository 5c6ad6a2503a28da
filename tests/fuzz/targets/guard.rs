//! The whole guard, between an app and an internet that do whatever the input says.

use std::collections::BTreeMap;
use std::net::IpAddr;

use gasket_core::config::{AppMode, Config, RuleMode};
use gasket_core::facts::{Protocol, Trigger};
use gasket_core::flow::FlowId;
use gasket_core::guard::{Action, ConnectError, Guard, Io, Limits};
use gasket_core::owner::Owner;
use gasket_core::packet::Ip;
use gasket_core::rules::Pack;
use gasket_core::{Duration, Instant};

use super::input::Input;

const FLOWS: usize = 8;
const RESOLVER: [u8; 4] = [10, 111, 222, 2];
const UPSTREAM: [u8; 4] = [203, 0, 113, 53];
const APP: [u8; 4] = [10, 111, 222, 1];
/// Whom the app talks to: the resolver, an upstream, and strangers.
const PEERS: [([u8; 4], u16); 8] = [
    (RESOLVER, 53),
    (UPSTREAM, 53),
    ([192, 0, 2, 1], 80),
    ([192, 0, 2, 2], 443),
    ([198, 51, 100, 1], 5683),
    ([198, 51, 100, 2], 9999),
    ([198, 18, 0, 1], 80),
    ([198, 18, 0, 2], 443),
];
/// More work than any one step of an input can cause.
const WORK_MAX: usize = 100_000;

/// A script of what happens. All loops end, flows stay within their limit, every packet for the app is
/// well formed and fits the tunnel, and no socket is told anything before it is opened or after its end.
pub(super) fn guard(data: &[u8]) {
    let mut input = Input(data);
    let mut world = World::new(input.byte());
    while !input.is_empty() {
        world.step(&mut input);
        world.settle();
    }
    world.pass(Duration::from_secs(3600));
}

struct World {
    guard: Guard,
    now: Instant,
    /// The sockets: whether they are connected.
    sockets: BTreeMap<FlowId, Socket>,
    /// Flows whose owner was asked for.
    asked: Vec<FlowId>,
    /// By the app's port and the peer: what the app sends next, and what it has seen.
    connections: BTreeMap<(u16, usize), (u32, u32)>,
}

struct Socket {
    protocol: Protocol,
    connected: bool,
    app_ended: bool,
}

impl World {
    fn new(settings: u8) -> Self {
        let now = Instant::from_millis(1);
        let limits = Limits {
            flows: FLOWS,
            owners: settings & 0x80 != 0,
        };
        let guard = Guard::new(
            now,
            1_000_000,
            7,
            config(settings),
            Pack::embedded(),
            limits,
            None,
        );
        Self {
            guard,
            now,
            sockets: BTreeMap::new(),
            asked: Vec::new(),
            connections: BTreeMap::new(),
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        let now = self.now;
        match input.byte() % 16 {
            0 => self.guard.handle_packet(now, input.long_field()),
            1 | 2 => {
                let (port, peer) = ends(input.byte());
                let packet = datagram(port, peer, input.long_field());
                self.guard.handle_packet(now, &packet);
            }
            3 => self.connect(input.byte()),
            4 | 5 => self.segment(input),
            6 => self.pass(Duration::from_millis(input.word().into())),
            7 => {
                let owner = owner(input.byte());
                if let Some(id) = self.asked.pop() {
                    self.guard.handle_owner(now, id, owner);
                }
            }
            8 => self.connected(input),
            9 => {
                let id = self.any(input.byte(), |socket| socket.protocol != Protocol::Tcp);
                let answer = input.long_field();
                if let Some(id) = id {
                    self.guard.handle_datagram(now, id, answer);
                }
            }
            10 => self.fill(input),
            11 => self.drain(input),
            12 => {
                let id = self.any(input.byte(), |socket| socket.protocol != Protocol::Tcp);
                if let Some(id) = id {
                    match input.byte() {
                        0..128 => self
                            .guard
                            .handle_datagram_error(now, id, ConnectError::Refused),
                        _ => self
                            .guard
                            .handle_datagram_too_big(now, id, input.word().into()),
                    }
                }
            }
            13 => self.guard.set_config(now, config(input.byte())),
            14 => {
                let kind = [Trigger::Boot, Trigger::SimChange][usize::from(input.byte() & 1)];
                self.guard.handle_device_event(now, kind);
            }
            _ => _ = self.guard.evict_idlest(now),
        }
    }

    /// A whole handshake, so that an input gets beyond it without guessing numbers.
    fn connect(&mut self, which: u8) {
        let (port, peer) = ends(which);
        self.connections.insert((port, peer), (1, 0));
        self.send(port, peer, SYN, &[]);
        self.connections.insert((port, peer), (2, 0));
        self.settle();
        self.send(port, peer, ACK, &[]);
    }

    fn segment(&mut self, input: &mut Input<'_>) {
        let (port, peer) = ends(input.byte());
        let (flags, payload) = (input.byte(), input.long_field());
        // Usually what an app says next; sometimes what it has said, or not yet.
        if flags & 0xc0 == 0xc0 {
            let aside = u32::from(input.byte()).wrapping_sub(128);
            let (next, _) = self.connections.entry((port, peer)).or_default();
            *next = next.wrapping_add(aside);
        }
        let flags = if flags & 0x3f == 0 { ACK } else { flags & 0x3f };
        self.send(port, peer, flags, payload);
        let (next, _) = self.connections.entry((port, peer)).or_default();
        let len = payload.len() as u32 + u32::from(flags & FIN);
        *next = next.wrapping_add(len);
    }

    fn send(&mut self, port: u16, peer: usize, flags: u8, payload: &[u8]) {
        let numbers = self.connections.entry((port, peer)).or_default();
        let packet = segment(port, peer, *numbers, flags, payload);
        self.guard.handle_packet(self.now, &packet);
    }

    fn connected(&mut self, input: &mut Input<'_>) {
        let id = self.any(input.byte(), |socket| !socket.connected);
        let outcome = match input.byte() % 8 {
            0 => Err(ConnectError::Refused),
            1 => Err(ConnectError::TimedOut),
            _ => Ok(()),
        };
        if let Some(id) = id {
            if let Some(socket) = self.sockets.get_mut(&id) {
                socket.connected = outcome.is_ok();
            }
            self.guard.handle_connected(self.now, id, outcome);
        }
    }

    fn fill(&mut self, input: &mut Input<'_>) {
        let id = self.any(input.byte(), |s| s.protocol == Protocol::Tcp && s.connected);
        let end = input.byte();
        let mut said = input.long_field();
        if let Some(id) = id {
            self.guard.fill(self.now, id, |room| {
                let (now, later) = said.split_at(said.len().min(room.len()));
                said = later;
                for (slot, byte) in room.iter_mut().zip(now) {
                    *slot = *byte;
                }
                match (now.len(), end) {
                    (0, 0..32) => Io::Ended,
                    (0, 32..48) => Io::Reset,
                    (0, _) => Io::WouldBlock,
                    (len, _) => Io::Moved(len),
                }
            });
        }
    }

    fn drain(&mut self, input: &mut Input<'_>) {
        let id = self.any(input.byte(), |s| s.protocol == Protocol::Tcp && s.connected);
        let mut appetite = usize::from(input.word());
        if let Some(id) = id {
            self.drain_some(id, &mut appetite);
        }
    }

    fn drain_some(&mut self, id: FlowId, appetite: &mut usize) {
        let app_ended = self.sockets.get(&id).is_some_and(|s| s.app_ended);
        self.guard.drain(self.now, id, |bytes| {
            assert!(!bytes.is_empty(), "offered nothing");
            assert!(!app_ended, "bytes after the end");
            let taken = bytes.len().min(*appetite);
            *appetite -= taken;
            match taken {
                0 => Io::WouldBlock,
                taken => Io::Moved(taken),
            }
        });
    }

    fn any(&self, which: u8, wanted: impl Fn(&Socket) -> bool) -> Option<FlowId> {
        let all: Vec<FlowId> = self
            .sockets
            .iter()
            .filter(|(_, socket)| wanted(socket))
            .map(|(id, _)| *id)
            .collect();
        all.get(usize::from(which).checked_rem(all.len())?).copied()
    }

    /// Takes out all work, and looks at it.
    fn settle(&mut self) {
        let mut work = 0;
        let mut buf = [0; 1500];
        loop {
            work += 1;
            assert!(work < WORK_MAX, "the guard does not come to rest");
            if let Some(action) = self.guard.poll_action() {
                self.act(action);
            } else if let Some(len) = self.guard.poll_packet(&mut buf) {
                let packet = buf.get(..len).expect("a packet fits the tunnel");
                self.take(packet);
            } else {
                break;
            }
        }
        while self.guard.poll_event().is_some() {}
        assert!(self.guard.flow_count() <= FLOWS);
        assert!(self.sockets.len() <= FLOWS, "sockets without flows");
        assert!(!self.guard.has_packets());
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::AskOwner(id, _) => self.asked.push(id),
            Action::Connect(id, protocol, _) => {
                let socket = Socket {
                    protocol,
                    connected: protocol != Protocol::Tcp,
                    app_ended: false,
                };
                assert!(self.sockets.insert(id, socket).is_none(), "dialled twice");
                if protocol != Protocol::Tcp {
                    self.guard.handle_connected(self.now, id, Ok(()));
                }
            }
            Action::Send(id) => {
                assert!(self.sockets.contains_key(&id), "nowhere to send");
                self.drain_some(id, &mut 4096);
            }
            Action::Receive(id) => assert!(self.sockets.contains_key(&id), "no one to hear"),
            Action::SendDatagram(id, _) => {
                let socket = self.sockets.get(&id).expect("an open socket");
                assert_ne!(socket.protocol, Protocol::Tcp);
            }
            Action::Shutdown(id) => {
                let socket = self.sockets.get_mut(&id).expect("an open socket");
                assert!(!socket.app_ended, "shut down twice");
                socket.app_ended = true;
            }
            Action::Close { flow, .. } => {
                assert!(self.sockets.remove(&flow).is_some(), "closed twice");
            }
        }
    }

    /// The app looks at a packet for it, and remembers what to acknowledge.
    fn take(&mut self, packet: &[u8]) {
        let ip = Ip::parse(packet).expect("a well formed packet");
        if ip.fragment.is_some() {
            return;
        }
        ip.upper().expect("a well formed packet");
        let source = PEERS
            .iter()
            .position(|(a, _)| IpAddr::from(*a) == ip.source);
        let (6, Some(peer)) = (u8::from(ip.protocol), source) else {
            return;
        };
        let word = |at: usize| {
            let bytes = ip.payload.get(at..at + 4).and_then(|b| b.first_chunk());
            u32::from_be_bytes(*bytes.expect("a whole header"))
        };
        let port = (word(0) & 0xffff) as u16;
        let header = ((word(12) >> 28) * 4) as usize;
        let flags = (word(12) >> 16) as u8;
        let len = ip.payload.len().saturating_sub(header) as u32;
        if let Some((_, seen)) = self.connections.get_mut(&(port, peer)) {
            *seen = word(4).wrapping_add(len + u32::from(flags & (SYN | FIN) != 0));
        }
    }

    /// Lets time pass, timer by timer.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut timers = 0;
        while let Some((at, why)) = self.guard.poll_timeout()
            && at <= end
        {
            timers += 1;
            assert!(timers < WORK_MAX, "a timer without end: {why}");
            self.now = self.now.max(at);
            self.guard.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
        self.guard.handle_timeout(end);
        self.settle();
    }
}

fn config(settings: u8) -> Config {
    let modes = [
        AppMode::Guard,
        AppMode::Watch,
        AppMode::Block,
        AppMode::Trust,
    ];
    let mut config = Config {
        mtu: 1500,
        resolver_addresses: vec![RESOLVER.into()],
        dns_upstreams: vec![(UPSTREAM, 53).into()],
        blocked_names: vec![String::from("blocked.example")],
        report_flows: settings & 0x40 != 0,
        default_mode: modes[usize::from(settings & 3)],
        ..Config::default()
    };
    if settings & 4 != 0 {
        config
            .apps
            .insert(String::from("app.example"), AppMode::Block);
    }
    if settings & 8 != 0 {
        config.identifiers = RuleMode::Block;
    }
    if settings & 16 != 0 {
        config.hold_ports.clear();
    }
    config
}

fn owner(which: u8) -> Option<Owner> {
    let name = ["app.example", "com.qualcomm.qti.autoregistration"];
    (which & 2 == 0).then(|| Owner {
        uid: 10_000 + u32::from(which),
        packages: vec![name[usize::from(which & 1)].to_owned()],
        system: which & 4 != 0,
    })
}

/// The app's port and the peer.
fn ends(which: u8) -> (u16, usize) {
    (40_000 + u16::from(which >> 3), usize::from(which & 7))
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const ACK: u8 = 16;

fn datagram(port: u16, peer: usize, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() + 8).min(1480) as u16;
    let to = PEERS[peer].1;
    let mut udp = [
        port.to_be_bytes(),
        to.to_be_bytes(),
        len.to_be_bytes(),
        [0; 2],
    ]
    .concat();
    udp.extend(payload);
    packet(17, peer, &udp)
}

fn segment(port: u16, peer: usize, numbers: (u32, u32), flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut tcp = [port.to_be_bytes(), PEERS[peer].1.to_be_bytes()].concat();
    tcp.extend(numbers.0.to_be_bytes());
    tcp.extend(numbers.1.to_be_bytes());
    tcp.extend([5 << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
    tcp.extend(payload);
    packet(6, peer, &tcp)
}

/// An IPv4 packet of the app, cut to the tunnel's size. Checksums are for those that leave a machine.
fn packet(protocol: u8, peer: usize, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(1480)];
    let len = (payload.len() + 20) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(len.to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    packet.extend(APP);
    packet.extend(PEERS[peer].0);
    packet.extend(payload);
    packet
}
