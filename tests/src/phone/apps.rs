//! The apps: each with a network stack of its own, all behind the tunnel's one address.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use gasket_core::facts::Protocol;
use gasket_core::packet::FiveTuple;
use gasket_core::{Duration, Instant};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::wire::{HardwareAddress, IpCidr, IpEndpoint};

use crate::link::Link;

use super::model::{Owner, Request, Settings};
use super::questions::{Asking, Topic};

/// The phone's address inside the tunnel.
pub(super) const PHONE: [u8; 4] = [10, 111, 222, 1];
/// Gasket's resolver inside the tunnel.
pub(super) const RESOLVER: [u8; 4] = [10, 111, 222, 2];
pub(super) const MTU: usize = 1500;

/// Bytes an app's socket keeps each way.
const RING: usize = 32 * 1024;

/// One app.
pub(super) struct App {
    interface: Interface,
    sockets: SocketSet<'static>,
    pub(super) wire: Link,
}

impl App {
    pub(super) fn new(seed: u64) -> Self {
        let mut wire = Link::new(MTU);
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut wire, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            let phone = IpCidr::new(IpAddr::from(PHONE).into(), 24);
            addresses.push(phone).expect("room for an address");
        });
        let routes = interface.routes_mut();
        routes
            .add_default_ipv4_route(RESOLVER.into())
            .expect("room for a route");
        Self {
            interface,
            sockets: SocketSet::new(Vec::new()),
            wire,
        }
    }

    pub(super) fn connect(&mut self, to: SocketAddr, port: u16) -> SocketHandle {
        let ring = || SocketBuffer::new(vec![0; RING]);
        let mut socket = Socket::new(ring(), ring());
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(None);
        socket
            .connect(self.interface.context(), IpEndpoint::from(to), port)
            .expect("a fresh socket");
        self.sockets.add(socket)
    }

    pub(super) fn socket(&mut self, handle: SocketHandle) -> &mut Socket<'static> {
        self.sockets.get_mut(handle)
    }

    pub(super) fn state(&self, handle: SocketHandle) -> State {
        self.sockets.get::<Socket<'_>>(handle).state()
    }

    pub(super) fn forget(&mut self, handle: SocketHandle) {
        self.sockets.remove(handle);
    }

    pub(super) fn poll(&mut self, now: Instant) {
        self.interface.poll(now, &mut self.wire, &mut self.sockets);
    }

    pub(super) fn poll_at(&mut self, now: Instant) -> Option<Instant> {
        let at = self.interface.poll_at(now, &self.sockets)?;
        Some(at.max(now + Duration::from_millis(1)))
    }
}

/// One connection of an app, and all that is known of it.
pub(super) struct Line {
    pub(super) app: usize,
    pub(super) to: Option<usize>,
    pub(super) address: SocketAddr,
    pub(super) port: u16,
    pub(super) handle: SocketHandle,
    pub(super) opened: Instant,
    /// All that the app means to say.
    pub(super) plan: Vec<u8>,
    /// How much of it its socket has taken.
    pub(super) written: usize,
    /// Where its pieces end, and how long it waits before each.
    pub(super) pieces: VecDeque<(u64, usize)>,
    pub(super) next_at: Instant,
    pub(super) last_write: Instant,
    pub(super) said: Vec<Said>,
    /// Bytes that are in the internet.
    pub(super) left: usize,
    /// Warnings of it that were told.
    pub(super) warned: usize,
    /// Bytes of the server that the app has.
    pub(super) heard: usize,
    /// Bytes that its server has said and the guard has taken.
    pub(super) given: usize,
    pub(super) server_has_ended: bool,
    /// Why not everything need arrive.
    pub(super) excuse: Option<&'static str>,
    pub(super) closes: bool,
    pub(super) closed: bool,
    pub(super) aborted: bool,
    pub(super) deaf: bool,
    pub(super) has_been_open: bool,
}

/// One request of a connection, and where it stands in what the app says.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Bytes that may leave although the whole may not: a head whose body is late.
    pub(super) ahead: usize,
    /// The app's writing came to a stop in the middle, so that a part may have been judged.
    pub(super) faltered: bool,
    /// What follows its head came late, so that the server may have been dialled for the head alone.
    pub(super) head_was_late: bool,
    pub(super) request: Request,
    /// What a question about it would be about.
    pub(super) topic: Option<Topic>,
    pub(super) asking: Asking,
}

impl Said {
    /// Whether any of it may leave.
    pub(super) fn may_leave(&self) -> bool {
        match self.asking {
            Asking::No => self.request.may_leave(),
            Asking::Granted(_) | Asking::Released | Asking::Unsure => true,
            Asking::Waits(_) | Asking::Refused(_) | Asking::Overruled => false,
        }
    }

    /// Whether it leaves, if there is a way.
    pub(super) fn is_sure_to_leave(&self) -> bool {
        match self.asking {
            Asking::No => !self.request.may_block && !self.request.may_ask,
            other => matches!(other, Asking::Granted(_) | Asking::Released),
        }
    }

    /// Whether it must not leave.
    pub(super) fn must_stay(&self) -> bool {
        match self.asking {
            Asking::No => self.request.must_stay(),
            _ => !self.may_leave(),
        }
    }

    /// Whether a warning may be told of it.
    pub(super) fn may_be_told(&self) -> bool {
        match self.asking {
            Asking::No => self.request.may_warn,
            _ => self.may_leave(),
        }
    }

    /// Whether it must be told of once it has left.
    pub(super) fn must_be_told(&self) -> bool {
        match self.asking {
            Asking::No => self.request.must_be_told(),
            Asking::Granted(_) | Asking::Released => {
                !self.request.may_pass && !self.request.may_block
            }
            _ => false,
        }
    }

    /// Whether a head whose body is late is all that there is of it.
    pub(super) fn is_head(&self, written: usize) -> bool {
        self.ahead > 0 && written == self.start + self.ahead
    }
}

impl Line {
    pub(super) fn state(&self, apps: &[App]) -> State {
        apps[self.app].state(self.handle)
    }

    /// The byte that its server says at an offset.
    pub(super) fn reply(&self, key: u32, at: usize) -> u8 {
        (at as u32 ^ key.wrapping_mul(0x9e37_79b9))
            .wrapping_mul(2_654_435_761)
            .to_be_bytes()[0]
    }

    pub(super) fn tuple(&self) -> FiveTuple {
        FiveTuple {
            protocol: Protocol::Tcp,
            source: (PHONE, self.port).into(),
            destination: self.address,
        }
    }

    /// Notes that the app's socket has taken `len` further bytes.
    pub(super) fn wrote(
        &mut self,
        len: usize,
        now: Instant,
        owner: Option<Owner>,
        is_blockable: bool,
        settings: &Settings,
    ) {
        let (from, until) = (self.written, self.written + len);
        let has_stalled = now >= self.last_write + Duration::from_secs(1);
        for said in &mut self.said {
            let goes_on = said.start < from && from < said.end;
            if goes_on && has_stalled {
                let is_head = from == said.start + said.ahead;
                said.head_was_late |= is_head;
                said.faltered |= !is_head;
            }
            if said.start >= from
                && said.start < until
                && let Some(owner) = owner
            {
                said.request.judge(settings, owner, is_blockable);
            }
        }
        self.written = until;
        self.last_write = now;
    }

    /// When the app does something by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        let waits = !self.pieces.is_empty() && !self.closed && self.has_been_open;
        waits.then_some(self.next_at)
    }

    /// The requests that have begun and are not in the internet as a whole.
    pub(super) fn under_way(&mut self) -> impl Iterator<Item = &mut Said> {
        let (written, left) = (self.written, self.left);
        self.said
            .iter_mut()
            .filter(move |said| said.start < written && said.end > left)
    }
}
