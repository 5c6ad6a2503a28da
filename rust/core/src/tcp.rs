//! The app's end of a TCP connection: one smoltcp [`Interface`] and one socket per flow.
//!
//! A socket set shared by all flows is scanned for each packet; at 10,000 flows that costs more
//! than 90 % of the throughput. One set of one socket behind our own hash stays flat.

use std::net::SocketAddr;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Checksum, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{CongestionControl, Socket, SocketBuffer, State};
use smoltcp::wire::{HardwareAddress, IpCidr};

use crate::Instant;
use crate::packet::{
    PacketQueue, clamp_window, data_of, numbers_after, shift_acknowledged, shift_sequence,
};

mod parked;

pub(crate) use parked::{Offer, Parked, kept_syn};

/// Bytes of a flow's ring towards the app, which holds what the app has not acknowledged yet: 64 packets, within
/// bounds. With four packets of 64 KB the sender waits for each ACK, which costs a third of the throughput.
fn tx_ring(mtu: usize) -> usize {
    (mtu * 64).clamp(256 * 1024, 1024 * 1024)
}

/// Least bytes of a flow's ring from the app. Below 128 KiB the allocator zeroes eagerly, and an
/// idle flow would cost its whole ring in resident memory; above, pages cost only once touched.
const RX_RING_MIN: usize = 128 * 1024;

/// Bytes of the ring from the app at an MTU; at least four packets fit.
fn rx_ring(mtu: usize) -> usize {
    (mtu * 28).clamp(RX_RING_MIN, 256 * 1024)
}

/// The app's end of one connection.
pub(crate) struct Stack {
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    mtu: usize,
    shift: u8,
    /// What the app's numbers for our bytes are ahead of the socket's: not 0 where this was parked once.
    shift_by: u32,
    /// The sequence number after the last byte sent, as the app has it; `None` before the first.
    next: Option<u32>,
    /// The sequence number that the last segment sent says is expected of the app.
    expected: u32,
    /// The sequence number of the app's FIN once all before it has come.
    ended_at: Option<u32>,
}

impl Stack {
    pub(crate) fn new(now: Instant, mtu: usize, random_seed: u64) -> Self {
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = random_seed;
        let mut device = Link::new(mtu);
        let interface = Interface::new(config, &mut device, now);
        let mut socket = Socket::new(
            SocketBuffer::new(vec![0; rx_ring(mtu)]),
            SocketBuffer::new(vec![0; tx_ring(mtu)]),
        );
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(None);
        socket.set_congestion_control(CongestionControl::None);
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let handle = sockets.add(socket);
        Self {
            interface,
            sockets,
            handle,
            mtu,
            shift: 0,
            shift_by: 0,
            next: None,
            expected: 0,
            ended_at: None,
        }
    }

    /// The MTU that the rings are made for.
    pub(crate) fn mtu(&self) -> usize {
        self.mtu
    }

    /// Bytes that its rings may take by now, of which those never written to cost nothing: `taken` have come from
    /// the app, in whatever order, and `given` are for it.
    pub(crate) fn touched(&self, taken: u64, given: u64) -> usize {
        let of = |bytes: u64, ring: usize| usize::try_from(bytes).unwrap_or(ring).min(ring);
        of(taken, rx_ring(self.mtu)) + of(given, tx_ring(self.mtu))
    }

    /// Makes the socket stand for `peer`, ready for the app's SYN. Any earlier connection is gone.
    pub(crate) fn listen(&mut self, peer: SocketAddr, offer: Offer) -> bool {
        self.interface.update_ip_addrs(|addresses| {
            addresses.clear();
            let address = peer.ip().into();
            let whole = if peer.is_ipv4() { 32 } else { 128 };
            // The list was just emptied and holds at least one.
            let _ = addresses.push(IpCidr::new(address, whole));
        });
        self.shift_by = 0;
        self.next = None;
        self.ended_at = None;
        self.shift = if offer.scales_windows() {
            let bits = usize::BITS - rx_ring(self.mtu).leading_zeros();
            bits.saturating_sub(16) as u8
        } else {
            0
        };
        let socket = self.socket_mut();
        socket.abort();
        socket.listen((peer.ip(), peer.port())).is_ok()
    }

    pub(crate) fn socket(&self) -> &Socket<'static> {
        self.sockets.get(self.handle)
    }

    pub(crate) fn socket_mut(&mut self) -> &mut Socket<'static> {
        self.sockets.get_mut(self.handle)
    }

    /// Takes one packet of the app. An immediate answer (a challenge ACK, a reset) goes to `out`.
    pub(crate) fn ingress(&mut self, now: Instant, packet: &[u8], out: &mut PacketQueue) {
        if let Some(end) = self.ended_at {
            // The socket would take bytes behind a FIN for more of the stream.
            let is_beyond =
                |(from, to): (u32, u32)| from != to && to.wrapping_sub(end).cast_signed() > 0;
            if data_of(packet).is_some_and(is_beyond) {
                return;
            }
        }
        if self.shift_by == 0 {
            self.ingress_unshifted(now, packet, out);
        } else {
            self.ingress_shifted(now, packet, out);
        }
        if self.ended_at.is_none() && self.has_fin() {
            self.ended_at = data_of(packet).map(|(_, end)| end);
        }
    }

    fn ingress_unshifted(&mut self, now: Instant, packet: &[u8], out: &mut PacketQueue) {
        let mut link = Link {
            mtu: self.mtu,
            inbound: Some(packet),
            out: Out::Queue(out),
        };
        self.interface
            .poll_ingress_single(now, &mut link, &mut self.sockets);
    }

    /// As [`Stack::ingress`], of a connection that was parked once.
    fn ingress_shifted(&mut self, now: Instant, packet: &[u8], out: &mut PacketQueue) {
        let mut packet = packet.to_vec();
        shift_acknowledged(&mut packet, self.shift_by.wrapping_neg());
        let mut answers = PacketQueue::default();
        let mut link = Link {
            mtu: self.mtu,
            inbound: Some(&packet),
            out: Out::Queue(&mut answers),
        };
        self.interface
            .poll_ingress_single(now, &mut link, &mut self.sockets);
        let mut answer = [0; 128];
        while let Some(len) = answers.pop(&mut answer) {
            if let Some(answer) = answer.get_mut(..len) {
                shift_sequence(answer, self.shift_by);
                out.push_with(len, |room| room.copy_from_slice(answer));
            }
        }
    }

    /// Writes the next packet for the app, if there is one, with its window at most `window` bytes.
    pub(crate) fn egress(&mut self, now: Instant, buf: &mut [u8], window: usize) -> Option<usize> {
        let len = self.egress_unshifted(now, buf)?;
        let packet = buf.get_mut(..len)?;
        shift_sequence(packet, self.shift_by);
        clamp_window(packet, self.shift, window);
        if let Some((next, expected)) = numbers_after(packet) {
            // A repeated segment ends before what was sent already.
            let is_news = |last: u32| next.wrapping_sub(last).cast_signed() > 0;
            if self.next.is_none_or(is_news) {
                self.next = Some(next);
            }
            self.expected = expected;
        }
        Some(len)
    }

    /// Writes the next packet with the socket's own numbers.
    fn egress_unshifted(&mut self, now: Instant, buf: &mut [u8]) -> Option<usize> {
        let mut written = None;
        let mut link = Link {
            mtu: self.mtu,
            inbound: None,
            out: Out::Buffer(buf, &mut written),
        };
        self.interface
            .poll_egress(now, &mut link, &mut self.sockets);
        written
    }

    /// When [`Stack::egress`] has to be called although no packet came in.
    pub(crate) fn poll_at(&mut self, now: Instant) -> Option<Instant> {
        self.interface.poll_at(now, &self.sockets)
    }

    /// Largest payload of one segment at this MTU, in bytes.
    pub(crate) fn segment_size(mtu: usize) -> usize {
        mtu.saturating_sub(40).max(1)
    }

    /// Whether the app's side of the connection is over: reset, timed out, or closed both ways.
    pub(crate) fn is_over(&self) -> bool {
        matches!(
            self.socket().state(),
            State::Closed | State::TimeWait | State::Listen
        )
    }

    /// Whether the app has sent its FIN and everything before it has been read.
    pub(crate) fn app_has_ended(&self) -> bool {
        // Where both sides have ended, what the app said before may still wait for a slow peer.
        let has_closed = self.ended_at.is_some() && self.socket().state() == State::Closed;
        (self.has_fin() || has_closed) && !self.socket().can_recv()
    }

    /// Whether the app's FIN has come, and all before it.
    pub(crate) fn has_fin(&self) -> bool {
        matches!(
            self.socket().state(),
            State::CloseWait | State::LastAck | State::Closing | State::TimeWait
        )
    }
}

/// A link that carries at most one packet in, and any out.
struct Link<'a> {
    mtu: usize,
    inbound: Option<&'a [u8]>,
    out: Out<'a>,
}

enum Out<'a> {
    Nowhere,
    Queue(&'a mut PacketQueue),
    Buffer(&'a mut [u8], &'a mut Option<usize>),
}

impl Link<'_> {
    fn new(mtu: usize) -> Self {
        Self {
            mtu,
            inbound: None,
            out: Out::Nowhere,
        }
    }
}

struct Inbound<'a>(&'a [u8]);

enum Outbound<'t> {
    Nowhere,
    Queue(&'t mut PacketQueue),
    Buffer(&'t mut [u8], &'t mut Option<usize>),
}

impl Out<'_> {
    fn token(&mut self) -> Outbound<'_> {
        match self {
            Self::Nowhere => Outbound::Nowhere,
            Self::Queue(queue) => Outbound::Queue(queue),
            Self::Buffer(buf, written) => Outbound::Buffer(buf, written),
        }
    }
}

impl RxToken for Inbound<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl TxToken for Outbound<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        match self {
            Self::Queue(queue) => queue.push_or_discard(len, f),
            Self::Buffer(buf, written) => match buf.get_mut(..len) {
                Some(room) => {
                    *written = Some(len);
                    f(room)
                }
                None => f(&mut vec![0; len]),
            },
            Self::Nowhere => f(&mut vec![0; len]),
        }
    }
}

impl Device for Link<'_> {
    type RxToken<'t>
        = Inbound<'t>
    where
        Self: 't;
    type TxToken<'t>
        = Outbound<'t>
    where
        Self: 't;

    fn receive(&mut self, _: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let packet = self.inbound.take()?;
        Some((Inbound(packet), self.out.token()))
    }

    fn transmit(&mut self, _: Instant) -> Option<Self::TxToken<'_>> {
        Some(self.out.token())
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        // What comes in was made by this machine's own kernel; what goes out it will verify.
        capabilities.checksum.ipv4 = Checksum::Tx;
        capabilities.checksum.tcp = Checksum::Tx;
        capabilities
    }
}
