//! A fake app, the real guard and a fake internet, in virtual time. A test reads like a story.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};

use gasket_core::config::Config;
use gasket_core::event::Event;
use gasket_core::facts::Protocol;
use gasket_core::flow::FlowId;
use gasket_core::guard::{Action, ConnectError, Guard, Io, Limits};
use gasket_core::owner::Owner;
use gasket_core::rules::Pack;
use gasket_core::tables::Places;
use gasket_core::{Duration, Instant};
use gasket_tests::link::Link;
use smoltcp::iface::{self, Interface, SocketHandle, SocketSet};
use smoltcp::socket::{tcp, udp};
use smoltcp::wire::{HardwareAddress, IpCidr, IpEndpoint};

/// The app's addresses inside the tunnel.
pub const APP_V4: [u8; 4] = [10, 111, 222, 1];
/// Gasket's resolver inside the tunnel.
pub const RESOLVER: [u8; 4] = [10, 111, 222, 2];

/// The committed places.
static PLACES: LazyLock<Arc<Places>> = LazyLock::new(|| {
    let file = include_bytes!("../../data/places.bin");
    Arc::new(Places::parse(&file[..]).expect("the committed file"))
});

/// What a peer of the fake internet does with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Accepts and collects.
    Accept,
    /// Fails as named.
    Fail(ConnectError),
    /// Never answers.
    Silent,
}

/// One socket of the driver, as the peer sees it.
#[derive(Debug)]
pub struct Peer {
    pub protocol: Protocol,
    pub address: SocketAddr,
    pub received: Vec<u8>,
    pub datagrams: Vec<Vec<u8>>,
    pub app_ended: bool,
    /// Closed by the guard; `true` if by a reset.
    pub closed: Option<bool>,
    to_send: VecDeque<u8>,
    ends: bool,
    resets: bool,
    /// Most bytes taken at a time, for slow peers.
    pub appetite: usize,
}

/// What the guard asks of the platform.
pub enum Owners {
    /// Nobody can be asked.
    Unavailable,
    /// Answers at once.
    Is(Owner),
    /// Answers that it does not know.
    Unknown,
    /// Never answers.
    Mute,
    /// Answers at once by the app's port.
    ByPort(fn(u16) -> Option<Owner>),
}

/// The whole world.
pub struct World {
    pub now: Instant,
    pub guard: Guard,
    pub behaviours: BTreeMap<SocketAddr, Behaviour>,
    pub peers: BTreeMap<FlowId, Peer>,
    pub gone: Vec<Peer>,
    /// Every attempt to open a socket, in order: what would be a SYN or a datagram on the wire.
    pub dials: Vec<(Protocol, SocketAddr)>,
    pub events: Vec<Event>,
    pub owners: Owners,
    /// Flows whose owner was asked for, in order.
    pub asked: Vec<FlowId>,
    pub app: App,
    /// Packets for the app that its stack did not make sense of are kept, too.
    pub to_app: Vec<Vec<u8>>,
}

/// The fake app: a network stack of its own.
pub struct App {
    interface: Interface,
    sockets: SocketSet<'static>,
    link: Link,
    next_port: u16,
}

impl App {
    fn new(mtu: usize) -> Self {
        let mut link = Link::new(mtu);
        let config = iface::Config::new(HardwareAddress::Ip);
        let mut interface = Interface::new(config, &mut link, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses
                .push(IpCidr::new(IpAddr::from(APP_V4).into(), 24))
                .unwrap();
            let v6: IpAddr = "fd67:6173:6b65::1".parse().unwrap();
            addresses.push(IpCidr::new(v6.into(), 64)).unwrap();
        });
        let routes = interface.routes_mut();
        routes
            .add_default_ipv4_route(RESOLVER.into())
            .expect("room for a route");
        routes
            .add_default_ipv6_route("fd67:6173:6b65::2".parse().unwrap())
            .expect("room for a route");
        Self {
            interface,
            sockets: SocketSet::new(Vec::new()),
            link,
            next_port: 40_000,
        }
    }

    pub fn tcp(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    pub fn udp(&mut self, handle: SocketHandle) -> &mut udp::Socket<'static> {
        self.sockets.get_mut(handle)
    }

    fn port(&mut self) -> u16 {
        self.next_port += 1;
        self.next_port
    }

    /// Starts a connection.
    pub fn connect(&mut self, to: &str) -> SocketHandle {
        let to: SocketAddr = to.parse().expect("an address");
        let rings = || tcp::SocketBuffer::new(vec![0; 256 * 1024]);
        let mut socket = tcp::Socket::new(rings(), rings());
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(None);
        let port = self.port();
        socket
            .connect(self.interface.context(), IpEndpoint::from(to), port)
            .expect("a fresh socket");
        self.sockets.add(socket)
    }

    /// A UDP socket.
    pub fn datagrams(&mut self) -> SocketHandle {
        let ring =
            || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 64], vec![0; 256 * 1024]);
        let mut socket = udp::Socket::new(ring(), ring());
        let port = self.port();
        socket.bind(port).expect("a free port");
        self.sockets.add(socket)
    }

    /// Sends a datagram.
    pub fn send_to(&mut self, handle: SocketHandle, to: &str, payload: &[u8]) {
        let to: SocketAddr = to.parse().expect("an address");
        self.udp(handle)
            .send_slice(payload, IpEndpoint::from(to))
            .expect("room for a datagram");
    }
}

/// A config with the resolver in place.
pub fn config() -> Config {
    Config {
        mtu: 1500,
        resolver_addresses: vec![IpAddr::from(RESOLVER)],
        dns_upstreams: vec!["203.0.113.53:53".parse().unwrap()],
        ..Config::default()
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(config(), Owners::Unavailable)
    }

    pub fn with(config: Config, owners: Owners) -> Self {
        let limits = Limits {
            flows: 1000,
            owners: !matches!(owners, Owners::Unavailable),
        };
        Self::with_limits(config, owners, limits)
    }

    pub fn with_limits(config: Config, owners: Owners, limits: Limits) -> Self {
        let mtu = usize::from(config.mtu);
        let now = Instant::from_millis(1);
        let pack = Pack::embedded();
        let places = Some(Arc::clone(&PLACES));
        Self {
            now,
            guard: Guard::new(now, 1_000_000, 7, config, pack, limits, places),
            behaviours: BTreeMap::new(),
            peers: BTreeMap::new(),
            gone: Vec::new(),
            dials: Vec::new(),
            events: Vec::new(),
            owners,
            asked: Vec::new(),
            app: App::new(mtu),
            to_app: Vec::new(),
        }
    }

    /// Lets everything happen that can happen now.
    pub fn settle(&mut self) {
        for _ in 0..100_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Lets `millis` pass, timer by timer.
    pub fn pass(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        loop {
            self.settle();
            let app = self
                .app
                .interface
                .poll_at(self.now, &self.app.sockets)
                .map(|at| at.max(self.now + Duration::from_millis(1)));
            let guard = self.guard.poll_timeout().map(|(at, _)| at);
            let Some(next) = [app, guard]
                .into_iter()
                .flatten()
                .min()
                .filter(|at| *at <= end)
            else {
                self.now = end;
                self.guard.handle_timeout(end);
                return self.settle();
            };
            self.now = next.max(self.now);
            self.guard.handle_timeout(self.now);
        }
    }

    fn step(&mut self) -> bool {
        let now = self.now;
        let mut did = false;
        let app = &mut self.app;
        app.interface.poll(now, &mut app.link, &mut app.sockets);
        while let Some(packet) = self.app.link.outbound.pop_front() {
            self.guard.handle_packet(now, &packet);
            did = true;
        }
        while let Some(action) = self.guard.poll_action() {
            self.act(action);
            did = true;
        }
        did |= self.feed();
        let mut buf = vec![0; 65_536];
        while let Some(len) = self.guard.poll_packet(&mut buf) {
            self.to_app.push(buf[..len].to_vec());
            self.app.link.inbound.push_back(buf[..len].to_vec());
            did = true;
        }
        while let Some(event) = self.guard.poll_event() {
            self.events.push(event);
            did = true;
        }
        if self.guard.poll_timeout().is_some_and(|(at, _)| at <= now) {
            self.guard.handle_timeout(now);
            did = true;
        }
        did
    }

    fn act(&mut self, action: Action) {
        let now = self.now;
        match action {
            Action::AskOwner(id, tuple) => {
                self.asked.push(id);
                match &self.owners {
                    Owners::ByPort(owner) => {
                        let owner = owner(tuple.source.port());
                        self.guard.handle_owner(now, id, owner);
                    }
                    Owners::Is(owner) => self.guard.handle_owner(now, id, Some(owner.clone())),
                    Owners::Unknown => self.guard.handle_owner(now, id, None),
                    Owners::Mute => {}
                    Owners::Unavailable => panic!("nobody can be asked for owners"),
                }
            }
            Action::Connect(id, protocol, address) => {
                self.dials.push((protocol, address));
                let behaviour = self.behaviours.get(&address).copied();
                match behaviour.unwrap_or(Behaviour::Accept) {
                    Behaviour::Accept => {
                        self.peers.insert(id, Peer::new(protocol, address));
                        self.guard.handle_connected(now, id, Ok(()));
                    }
                    Behaviour::Fail(why) => self.guard.handle_connected(now, id, Err(why)),
                    Behaviour::Silent => {}
                }
            }
            Action::Send(id) => self.take(id),
            Action::Receive(id) => self.give(id),
            Action::SendDatagram(id, payload) => {
                let peer = self.peers.get_mut(&id).expect("a connected peer");
                peer.datagrams.push(payload);
            }
            Action::Shutdown(id) => {
                let peer = self.peers.get_mut(&id).expect("a connected peer");
                assert!(!peer.app_ended, "shut down twice");
                peer.app_ended = true;
            }
            Action::Close { flow, abort } => {
                if let Some(mut peer) = self.peers.remove(&flow) {
                    peer.closed = Some(abort);
                    self.gone.push(peer);
                }
            }
        }
    }

    /// Has a peer take what the app sent.
    fn take(&mut self, id: FlowId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        self.guard.drain(self.now, id, |bytes| {
            assert!(!peer.app_ended, "bytes after the end");
            if peer.resets {
                return Io::Reset;
            }
            let n = bytes.len().min(peer.appetite);
            peer.received.extend_from_slice(&bytes[..n]);
            if n == 0 { Io::WouldBlock } else { Io::Moved(n) }
        });
    }

    /// Gives the app what a peer sends.
    fn give(&mut self, id: FlowId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        self.guard.fill(self.now, id, |room| {
            if peer.resets {
                return Io::Reset;
            }
            let n = room.len().min(peer.to_send.len());
            for (slot, byte) in room.iter_mut().zip(peer.to_send.drain(..n)) {
                *slot = byte;
            }
            match n {
                0 if peer.ends => {
                    peer.ends = false;
                    Io::Ended
                }
                0 => Io::WouldBlock,
                n => Io::Moved(n),
            }
        });
    }

    /// Moves what peers have to say; returns whether any had.
    fn feed(&mut self) -> bool {
        let speaking: Vec<FlowId> = self
            .peers
            .iter()
            .filter(|(_, p)| p.protocol == Protocol::Tcp)
            .filter(|(_, p)| !p.to_send.is_empty() || p.ends || p.resets)
            .map(|(id, _)| *id)
            .collect();
        let before: usize = self.waiting();
        for id in &speaking {
            self.give(*id);
        }
        !speaking.is_empty() && self.waiting() != before
    }

    fn waiting(&self) -> usize {
        let weight = |p: &Peer| p.to_send.len() + usize::from(p.ends) + usize::from(p.resets);
        self.peers.values().map(weight).sum()
    }

    /// The peer at `address`, connected or gone; there must be just one.
    pub fn peer(&mut self, address: &str) -> &mut Peer {
        let address: SocketAddr = address.parse().expect("an address");
        let all = self.peers.values_mut().chain(&mut self.gone);
        let mut there = all.filter(|peer| peer.address == address);
        let peer = there.next().expect("a peer was dialled");
        assert!(there.next().is_none(), "more than one peer at {address}");
        peer
    }

    /// Whether anything went to `address`.
    pub fn dialled(&self, address: &str) -> bool {
        let address: SocketAddr = address.parse().expect("an address");
        self.dials.iter().any(|(_, to)| *to == address)
    }

    /// A datagram from the peer at `address`.
    pub fn answer(&mut self, address: &str, payload: &[u8]) {
        let address: SocketAddr = address.parse().expect("an address");
        let at = self.peers.iter().find(|(_, p)| p.address == address);
        let id = *at.expect("a peer was dialled").0;
        self.guard.handle_datagram(self.now, id, payload);
        self.settle();
    }

    /// The id of the flow to `address`.
    pub fn flow(&self, address: &str) -> FlowId {
        let address: SocketAddr = address.parse().expect("an address");
        let at = self.peers.iter().find(|(_, p)| p.address == address);
        *at.expect("a peer was dialled").0
    }

    /// The app writes to a connection, in pieces of `piece` bytes, each on its way before the next.
    pub fn write(&mut self, handle: SocketHandle, bytes: &[u8], piece: usize) {
        for piece in bytes.chunks(piece.max(1)) {
            let mut rest = piece;
            while !rest.is_empty() {
                let socket = self.app.tcp(handle);
                if !socket.may_send() {
                    return;
                }
                let n = socket.send_slice(rest).expect("an open connection");
                rest = &rest[n..];
                self.settle();
            }
        }
    }

    /// The peer's socket takes bytes again.
    pub fn writable(&mut self, id: FlowId) {
        self.take(id);
        self.settle();
    }

    /// All that has come for the app on a connection.
    pub fn read(&mut self, handle: SocketHandle) -> Vec<u8> {
        let mut all = Vec::new();
        let socket = self.app.tcp(handle);
        while socket.can_recv() {
            let n = socket.recv(|bytes| {
                all.extend_from_slice(bytes);
                (bytes.len(), bytes.len())
            });
            n.expect("readable");
        }
        self.settle();
        all
    }
}

impl Peer {
    fn new(protocol: Protocol, address: SocketAddr) -> Self {
        Self {
            protocol,
            address,
            received: Vec::new(),
            datagrams: Vec::new(),
            app_ended: false,
            closed: None,
            to_send: VecDeque::new(),
            ends: false,
            resets: false,
            appetite: usize::MAX,
        }
    }

    /// The peer writes.
    pub fn says(&mut self, bytes: &[u8]) {
        self.to_send.extend(bytes);
    }

    /// The peer ends its half after what it has said.
    pub fn ends(&mut self) {
        self.ends = true;
    }

    /// The peer resets the connection.
    pub fn resets(&mut self) {
        self.resets = true;
    }
}
