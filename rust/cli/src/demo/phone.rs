//! The fake phone: a network stack of its own, and an app that does one thing. Whole packets go in
//! and out.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use gasket_core::facts::Protocol;
use gasket_core::{Duration, Instant};
use smoltcp::iface::{self, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::{dns, tcp, udp};
use smoltcp::wire::{DnsQueryType, HardwareAddress, IpCidr, IpEndpoint};

use super::act::{Act, CONTENT, Place};

/// The phone's address in the tunnel.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 111, 222, 1);

/// Where the phone asks for names: Gasket's resolver in the tunnel.
pub(super) const RESOLVER: Ipv4Addr = Ipv4Addr::new(10, 111, 222, 2);

/// Port that the app first sends from.
const PORT: u16 = 40_000;

/// How long the app waits for the answer to a datagram.
const DATAGRAM_PATIENCE: Duration = Duration::from_secs(1);

/// Bytes of each ring.
const RING: usize = 64 * 1024;

/// The phone.
pub(super) struct Phone {
    interface: Interface,
    sockets: SocketSet<'static>,
    link: Link,
    app: App,
    attempts: usize,
}

/// What the app is at.
enum App {
    Asking(SocketHandle, dns::QueryHandle),
    Talking(SocketHandle, usize),
    Waiting(SocketHandle, Instant),
    Done,
}

impl Phone {
    /// A phone whose app begins with `act`.
    pub(super) fn new(now: Instant, mtu: usize, act: &Act) -> Self {
        let mut link = Link {
            mtu,
            inbound: VecDeque::new(),
            outbound: VecDeque::new(),
        };
        let mut interface = Interface::new(iface::Config::new(HardwareAddress::Ip), &mut link, now);
        interface.update_ip_addrs(|addresses| {
            // A new interface has room for both.
            let _ = addresses.push(IpCidr::new(IpAddr::from(ADDRESS).into(), 30));
        });
        let _ = interface.routes_mut().add_default_ipv4_route(RESOLVER);
        let mut phone = Self {
            interface,
            sockets: SocketSet::new(Vec::new()),
            link,
            app: App::Done,
            attempts: 0,
        };
        phone.attempt(now, act);
        phone
    }

    /// How often the app has tried.
    pub(super) fn attempts(&self) -> usize {
        self.attempts
    }

    fn attempt(&mut self, now: Instant, act: &Act) {
        self.attempts += 1;
        // A resolver's socket that is over would still take the answers meant for the next one.
        self.sockets = SocketSet::new(Vec::new());
        match act.to {
            Place::Name(name, _) => self.ask(name),
            Place::Address(address) => self.contact(now, act, address),
        }
    }

    fn ask(&mut self, name: &str) {
        let servers = [IpAddr::from(RESOLVER).into()];
        let mut socket = dns::Socket::new(&servers, vec![None]);
        let asked = socket.start_query(self.interface.context(), name, DnsQueryType::A);
        let handle = self.sockets.add(socket);
        if let Ok(query) = asked {
            self.app = App::Asking(handle, query);
        }
    }

    fn contact(&mut self, now: Instant, act: &Act, address: SocketAddr) {
        let address = IpEndpoint::from(address);
        let port = PORT + self.attempts as u16;
        if act.protocol == Protocol::Tcp {
            let ring = || tcp::SocketBuffer::new(vec![0; RING]);
            let mut socket = tcp::Socket::new(ring(), ring());
            let dialled = socket.connect(self.interface.context(), address, port);
            let handle = self.sockets.add(socket);
            if dialled.is_ok() {
                self.app = App::Talking(handle, 0);
            }
        } else {
            let ring =
                || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 4], vec![0; RING]);
            let mut socket = udp::Socket::new(ring(), ring());
            let sent =
                socket.bind(port).is_ok() && socket.send_slice(&act.payload, address).is_ok();
            let handle = self.sockets.add(socket);
            if sent {
                self.app = App::Waiting(handle, now + DATAGRAM_PATIENCE);
            }
        }
    }

    /// Whether the app has come to an end, with or without success.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.app, App::Done)
    }

    /// A packet from the tunnel.
    pub(super) fn deliver(&mut self, packet: &[u8]) {
        self.link.inbound.push_back(packet.to_vec());
    }

    /// The next packet for the tunnel.
    pub(super) fn next_packet(&mut self) -> Option<Vec<u8>> {
        self.link.outbound.pop_front()
    }

    /// When to call [`Self::go_on`] at the latest.
    pub(super) fn poll_at(&mut self, now: Instant) -> Option<Instant> {
        let stack = self.interface.poll_at(now, &self.sockets);
        let patience = match self.app {
            App::Waiting(_, until) => Some(until),
            _ => None,
        };
        stack.into_iter().chain(patience).min()
    }

    /// Lets stack and app do what they can now. `answer` collects what comes back.
    pub(super) fn go_on(&mut self, now: Instant, act: &Act, answer: &mut Vec<u8>) {
        self.interface.poll(now, &mut self.link, &mut self.sockets);
        match self.app {
            App::Asking(socket, query) => {
                match self
                    .sockets
                    .get_mut::<dns::Socket<'_>>(socket)
                    .get_query_result(query)
                {
                    Err(dns::GetQueryResultError::Pending) => {}
                    Err(dns::GetQueryResultError::Failed) => self.app = App::Done,
                    Ok(addresses) => {
                        self.app = App::Done;
                        if let (Some(address), Place::Name(_, port)) = (addresses.first(), act.to) {
                            let address = SocketAddr::new(IpAddr::from(*address), port);
                            self.contact(now, act, address);
                        }
                    }
                }
            }
            App::Talking(socket, sent) => self.talk(socket, sent, act, answer),
            App::Waiting(socket, until) => {
                let socket = self.sockets.get_mut::<udp::Socket<'_>>(socket);
                if let Ok((payload, _)) = socket.recv() {
                    answer.extend_from_slice(payload);
                    self.app = App::Done;
                } else if now >= until {
                    self.app = App::Done;
                }
            }
            App::Done => {}
        }
        let is_content = answer.ends_with(CONTENT);
        if self.is_done() && !is_content && self.attempts <= act.retries {
            self.attempt(now, act);
        }
        self.interface.poll(now, &mut self.link, &mut self.sockets);
    }

    fn talk(&mut self, handle: SocketHandle, sent: usize, act: &Act, answer: &mut Vec<u8>) {
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        let rest = act.payload.get(sent..).unwrap_or_default();
        if socket.can_send() && !rest.is_empty() {
            let taken = socket.send_slice(rest).unwrap_or(0);
            self.app = App::Talking(handle, sent + taken);
        }
        while socket.can_recv() {
            let read = socket.recv(|ring| {
                answer.extend_from_slice(ring);
                (ring.len(), ())
            });
            if read.is_err() {
                break;
            }
        }
        let state = socket.state();
        if state == tcp::State::CloseWait {
            socket.close();
        }
        if matches!(
            state,
            tcp::State::Closed | tcp::State::CloseWait | tcp::State::TimeWait
        ) {
            self.app = App::Done;
        }
    }
}

/// The phone's end of the tunnel.
struct Link {
    mtu: usize,
    inbound: VecDeque<Vec<u8>>,
    outbound: VecDeque<Vec<u8>>,
}

struct Inbound(Vec<u8>);
struct Outbound<'a>(&'a mut VecDeque<Vec<u8>>);

impl RxToken for Inbound {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Outbound<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut packet = vec![0; len];
        let result = f(&mut packet);
        self.0.push_back(packet);
        result
    }
}

impl Device for Link {
    type RxToken<'a> = Inbound;
    type TxToken<'a> = Outbound<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Inbound, Outbound<'_>)> {
        let packet = self.inbound.pop_front()?;
        Some((Inbound(packet), Outbound(&mut self.outbound)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Outbound<'_>> {
        Some(Outbound(&mut self.outbound))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities
    }
}
