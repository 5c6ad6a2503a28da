//! Builders for the packets that go back to the app.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    IpAddress, IpProtocol, IpRepr, Ipv4Packet, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
    UdpPacket, UdpRepr,
};

use super::{FiveTuple, Ip};
use crate::facts::Protocol;

/// Hop limit of everything we make: the usual one of the systems we stand in for.
const HOP_LIMIT: u8 = 64;

/// IPv6 minimum MTU (RFC 8200); no ICMPv6 error is longer (RFC 4443).
const ICMPV6_ERROR_MAX: usize = 1280;

/// An ICMPv4 error is not longer than this (RFC 1812).
const ICMPV4_ERROR_MAX: usize = 576;

/// Packets waiting for the tunnel, back to back in one buffer that is reused once drained.
#[derive(Debug, Default)]
pub struct PacketQueue {
    bytes: Vec<u8>,
    lengths: VecDeque<usize>,
    start: usize,
}

/// Bytes a [`PacketQueue`] holds before further packets are dropped, as a full network queue would.
const QUEUE_BYTES_MAX: usize = 4 * 1024 * 1024;

impl PacketQueue {
    /// Appends a packet of `len` bytes that `fill` writes; `false` if the queue is full.
    pub fn push_with(&mut self, len: usize, fill: impl FnOnce(&mut [u8])) -> bool {
        let at = self.lengths.len();
        self.push_or_discard(len, fill);
        self.lengths.len() > at
    }

    /// As [`PacketQueue::push_with`], but `fill` runs in any case: into a scratch buffer where the
    /// queue is full.
    pub(crate) fn push_or_discard<R>(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> R {
        if self.lengths.is_empty() {
            self.bytes.clear();
            self.start = 0;
        }
        if self.bytes.len() + len > QUEUE_BYTES_MAX && self.start > QUEUE_BYTES_MAX / 2 {
            // What has been taken is given back, each byte moved once at most for one that was taken.
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        let at = self.bytes.len();
        if at + len > QUEUE_BYTES_MAX {
            return fill(&mut vec![0; len]);
        }
        self.bytes.resize(at + len, 0);
        self.lengths.push_back(len);
        fill(&mut self.bytes[at..])
    }

    /// Takes the oldest packet into `buf`; `None` when empty. A packet that is longer than `buf`
    /// is dropped.
    pub fn pop(&mut self, buf: &mut [u8]) -> Option<usize> {
        loop {
            let len = self.lengths.pop_front()?;
            let packet = self.bytes.get(self.start..self.start + len)?;
            self.start += len;
            if let Some(room) = buf.get_mut(..len) {
                room.copy_from_slice(packet);
                return Some(len);
            }
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }
}

/// Writes an IP header for `payload_len` upper-layer bytes into a new packet of the queue and lets
/// `fill` write those.
fn push_ip(
    queue: &mut PacketQueue,
    source: IpAddr,
    destination: IpAddr,
    protocol: IpProtocol,
    payload_len: usize,
    fill: impl FnOnce(&mut [u8], &IpAddress, &IpAddress),
) -> bool {
    let (source, destination): (IpAddress, IpAddress) = (source.into(), destination.into());
    let ip = IpRepr::new(source, destination, protocol, payload_len, HOP_LIMIT);
    queue.push_with(ip.buffer_len(), |bytes| {
        ip.emit(&mut *bytes, &ChecksumCapabilities::default());
        fill(&mut bytes[ip.header_len()..], &source, &destination);
    })
}

/// A reset in answer to `segment` (RFC 9293 section 3.10.7.1).
pub fn tcp_reset(queue: &mut PacketQueue, tuple: &FiveTuple, segment: &TcpPacket<&[u8]>) {
    let repr = TcpRepr {
        src_port: tuple.destination.port(),
        dst_port: tuple.source.port(),
        control: TcpControl::Rst,
        seq_number: if segment.ack() {
            segment.ack_number()
        } else {
            TcpSeqNumber(0)
        },
        ack_number: (!segment.ack()).then(|| segment.seq_number() + segment.segment_len()),
        window_len: 0,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None, None, None],
        timestamp: None,
        payload: &[],
    };
    push_tcp(queue, tuple.destination.ip(), tuple.source.ip(), &repr);
}

/// A segment as the app of the flow would have sent it, as an IP packet.
pub(crate) fn segment_of_app(tuple: &FiveTuple, repr: &TcpRepr<'_>) -> Vec<u8> {
    let mut queue = PacketQueue::default();
    push_tcp(&mut queue, tuple.source.ip(), tuple.destination.ip(), repr);
    queue.bytes
}

fn push_tcp(queue: &mut PacketQueue, source: IpAddr, destination: IpAddr, repr: &TcpRepr<'_>) {
    push_ip(
        queue,
        source,
        destination,
        IpProtocol::Tcp,
        repr.buffer_len(),
        |bytes, source, destination| {
            repr.emit(
                &mut TcpPacket::new_unchecked(bytes),
                source,
                destination,
                &ChecksumCapabilities::default(),
            );
        },
    );
}

/// A datagram from the flow's peer to the app, fragmented where it exceeds `mtu`.
/// `false` if the queue was full and the datagram was dropped.
pub fn udp(queue: &mut PacketQueue, tuple: &FiveTuple, payload: &[u8], mtu: usize) -> bool {
    let repr = UdpRepr {
        src_port: tuple.destination.port(),
        dst_port: tuple.source.port(),
    };
    let (source, destination) = (tuple.destination.ip(), tuple.source.ip());
    let emit = |bytes: &mut [u8], source: &IpAddress, destination: &IpAddress| {
        repr.emit(
            &mut UdpPacket::new_unchecked(bytes),
            source,
            destination,
            payload.len(),
            |room| room.copy_from_slice(payload),
            &ChecksumCapabilities::default(),
        );
    };
    let len = repr.header_len() + payload.len();
    let header = if source.is_ipv4() { 20 } else { 40 };
    if len > usize::from(u16::MAX) - 20 {
        return false;
    }
    if header + len <= mtu {
        return push_ip(queue, source, destination, IpProtocol::Udp, len, emit);
    }
    let mut whole = vec![0; len];
    emit(&mut whole, &source.into(), &destination.into());
    push_fragments(queue, source, destination, &whole, mtu)
}

fn push_fragments(
    queue: &mut PacketQueue,
    source: IpAddr,
    destination: IpAddr,
    whole: &[u8],
    mtu: usize,
) -> bool {
    // The identification only has to differ from that of fragments still under way; the checksum
    // of the datagram does.
    let id = u16::from_be_bytes([
        whole.get(6).copied().unwrap_or(0),
        whole.get(7).copied().unwrap_or(0),
    ]);
    let overhead = if source.is_ipv4() { 20 } else { 48 };
    let step = mtu.saturating_sub(overhead) / 8 * 8;
    if step == 0 {
        return false;
    }
    let count = whole.len().div_ceil(step);
    (0..count).all(|i| {
        let offset = i * step;
        let share = &whole[offset..whole.len().min(offset + step)];
        let more = i + 1 < count;
        if source.is_ipv4() {
            push_fragment_v4(queue, source, destination, id, offset, more, share)
        } else {
            push_fragment_v6(queue, source, destination, id, offset, more, share)
        }
    })
}

fn push_fragment_v4(
    queue: &mut PacketQueue,
    source: IpAddr,
    destination: IpAddr,
    id: u16,
    offset: usize,
    more: bool,
    share: &[u8],
) -> bool {
    let (source, destination): (IpAddress, IpAddress) = (source.into(), destination.into());
    let ip = IpRepr::new(source, destination, IpProtocol::Udp, share.len(), HOP_LIMIT);
    queue.push_with(ip.buffer_len(), |bytes| {
        ip.emit(&mut *bytes, &ChecksumCapabilities::default());
        bytes[ip.header_len()..].copy_from_slice(share);
        let mut packet = Ipv4Packet::new_unchecked(bytes);
        packet.set_ident(id);
        packet.set_dont_frag(false);
        packet.set_more_frags(more);
        packet.set_frag_offset(offset as u16);
        packet.fill_checksum();
    })
}

fn push_fragment_v6(
    queue: &mut PacketQueue,
    source: IpAddr,
    destination: IpAddr,
    id: u16,
    offset: usize,
    more: bool,
    share: &[u8],
) -> bool {
    push_ip(
        queue,
        source,
        destination,
        IpProtocol::Ipv6Frag,
        8 + share.len(),
        |bytes, _, _| {
            let (header, rest) = bytes.split_at_mut(8);
            header[0] = IpProtocol::Udp.into();
            header[2..4].copy_from_slice(&(offset as u16 | u16::from(more)).to_be_bytes());
            header[4..].copy_from_slice(&u32::from(id).to_be_bytes());
            rest.copy_from_slice(share);
        },
    )
}

/// Why a destination cannot be reached (RFC 792, RFC 4443).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// No route to the network.
    Network,
    /// The host does not answer.
    Host,
    /// Nothing listens on the port.
    Port,
    /// The protocol is not relayed.
    Protocol,
    /// Forbidden by Gasket's verdict.
    Prohibited,
}

impl Unreachable {
    fn code_v4(self) -> (u8, u8) {
        match self {
            Self::Network => (3, 0),
            Self::Host => (3, 1),
            Self::Protocol => (3, 2),
            Self::Port => (3, 3),
            Self::Prohibited => (3, 13),
        }
    }

    fn code_v6(self) -> (u8, u8) {
        match self {
            Self::Network => (1, 0),
            Self::Prohibited => (1, 1),
            Self::Host => (1, 3),
            Self::Port => (1, 4),
            // Parameter problem, unrecognised next header.
            Self::Protocol => (4, 1),
        }
    }
}

/// "Destination unreachable" in answer to the packet `offending`, from its destination.
pub fn unreachable(queue: &mut PacketQueue, offending: &[u8], why: Unreachable) {
    let Ok(ip) = Ip::parse(offending) else { return };
    let ((kind, code), rest) = if ip.source.is_ipv4() {
        (why.code_v4(), 0)
    } else if why == Unreachable::Protocol {
        // The pointer names the next-header field of the fixed header.
        (why.code_v6(), 6)
    } else {
        (why.code_v6(), 0)
    };
    icmp_error(queue, &ip, offending, kind, code, rest);
}

/// "Fragmentation needed" or "packet too big" (RFC 1191, RFC 8201) in answer to `offending`.
/// `mtu` is the largest IP packet that fits the path, in bytes.
pub fn too_big(queue: &mut PacketQueue, offending: &[u8], mtu: u32) {
    let Ok(ip) = Ip::parse(offending) else { return };
    if ip.source.is_ipv4() {
        icmp_error(queue, &ip, offending, 3, 4, mtu.min(0xffff));
    } else {
        icmp_error(queue, &ip, offending, 2, 0, mtu);
    }
}

fn icmp_error(
    queue: &mut PacketQueue,
    ip: &Ip<'_>,
    offending: &[u8],
    kind: u8,
    code: u8,
    rest: u32,
) {
    let room = if ip.source.is_ipv4() {
        ICMPV4_ERROR_MAX - 28
    } else {
        ICMPV6_ERROR_MAX - 48
    };
    let quoted = &offending[..offending.len().min(room)];
    push_icmp(queue, ip.destination, ip.source, kind, code, rest, quoted);
}

fn push_icmp(
    queue: &mut PacketQueue,
    source: IpAddr,
    destination: IpAddr,
    kind: u8,
    code: u8,
    rest: u32,
    data: &[u8],
) {
    let protocol = if source.is_ipv4() {
        IpProtocol::Icmp
    } else {
        IpProtocol::Icmpv6
    };
    push_ip(
        queue,
        source,
        destination,
        protocol,
        8 + data.len(),
        |bytes, source, destination| {
            bytes[0] = kind;
            bytes[1] = code;
            bytes[4..8].copy_from_slice(&rest.to_be_bytes());
            bytes[8..].copy_from_slice(data);
            let sum = match protocol {
                IpProtocol::Icmp => checksum(0, bytes),
                _ => checksum(pseudo_header(source, destination, bytes.len()), bytes),
            };
            bytes[2..4].copy_from_slice(&sum.to_be_bytes());
        },
    );
}

/// An echo reply (RFC 792, RFC 4443) from the flow's peer to the app.
pub fn echo_reply(queue: &mut PacketQueue, tuple: &FiveTuple, sequence: u16, data: &[u8]) {
    debug_assert_eq!(tuple.protocol, Protocol::Icmp);
    let kind = if tuple.source.is_ipv4() { 0 } else { 129 };
    let rest = u32::from(tuple.source.port()) << 16 | u32::from(sequence);
    push_icmp(
        queue,
        tuple.destination.ip(),
        tuple.source.ip(),
        kind,
        0,
        rest,
        data,
    );
}

fn pseudo_header(source: &IpAddress, destination: &IpAddress, len: usize) -> u32 {
    let words = |address: &IpAddress| -> u32 {
        match address {
            IpAddress::Ipv4(a) => sum_words(&a.octets()),
            IpAddress::Ipv6(a) => sum_words(&a.octets()),
        }
    };
    words(source) + words(destination) + len as u32 + u32::from(u8::from(IpProtocol::Icmpv6))
}

fn sum_words(bytes: &[u8]) -> u32 {
    bytes
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
            [high] => u32::from(*high) << 8,
            _ => 0,
        })
        .sum()
}

fn checksum(seed: u32, bytes: &[u8]) -> u16 {
    let mut sum = seed + sum_words(bytes);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// The five-tuple as an IP packet header plus the first eight upper-layer bytes, for quoting in an
/// ICMP error when the original packet is gone.
pub fn quote(tuple: &FiveTuple, payload_len: usize) -> Vec<u8> {
    let mut queue = PacketQueue::default();
    let protocol = match tuple.protocol {
        Protocol::Tcp => IpProtocol::Tcp,
        Protocol::Udp => IpProtocol::Udp,
        Protocol::Icmp if tuple.source.is_ipv4() => IpProtocol::Icmp,
        Protocol::Icmp => IpProtocol::Icmpv6,
    };
    let ports = |address: SocketAddr| address.port().to_be_bytes();
    push_ip(
        &mut queue,
        tuple.source.ip(),
        tuple.destination.ip(),
        protocol,
        8,
        |bytes, _, _| match tuple.protocol {
            Protocol::Icmp => {
                bytes[0] = if tuple.source.is_ipv4() { 8 } else { 128 };
                bytes[4..6].copy_from_slice(&ports(tuple.source));
            }
            Protocol::Tcp | Protocol::Udp => {
                bytes[..2].copy_from_slice(&ports(tuple.source));
                bytes[2..4].copy_from_slice(&ports(tuple.destination));
                let len = u16::try_from(payload_len + 8).unwrap_or(u16::MAX);
                bytes[4..6].copy_from_slice(&len.to_be_bytes());
            }
        },
    );
    queue.bytes
}
