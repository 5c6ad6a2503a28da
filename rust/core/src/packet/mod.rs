//! Checked views of and builders for IP packets (`smoltcp::wire` inside).

pub(crate) mod build;
mod fragment;
mod rewrite;

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use smoltcp::wire::{
    IpProtocol, Ipv4Packet, Ipv6ExtHeader, Ipv6FragmentHeader, Ipv6Packet, TcpPacket, UdpPacket,
};

use crate::facts::Protocol;

pub(crate) use build::segment_of_app;
pub use build::{
    PacketQueue, Unreachable, echo_reply, quote, tcp_reset, too_big, udp, unreachable,
};
pub use fragment::{Fragments, Reassembly};
pub use rewrite::clamp_window;
pub(crate) use rewrite::{data_of, numbers_after, sequence_of, shift_acknowledged, shift_sequence};

/// Addresses, ports and protocol of a flow, the app's side first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FiveTuple {
    /// Transport.
    pub protocol: Protocol,
    /// The app's address and port (ICMP: the echo identifier).
    pub source: SocketAddr,
    /// The peer's address and port (ICMP: the echo identifier again).
    pub destination: SocketAddr,
}

/// As few words as hold it: each that is written costs a round of the hash, once per packet.
impl Hash for FiveTuple {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (source, destination) = (self.source, self.destination);
        match (source.ip(), destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                state.write_u64(
                    u64::from(source.to_bits()) << 32 | u64::from(destination.to_bits()),
                );
            }
            (source, destination) => {
                for address in [source, destination] {
                    state.write_u128(match address {
                        IpAddr::V4(address) => address.to_bits().into(),
                        IpAddr::V6(address) => address.to_bits(),
                    });
                }
            }
        }
        let ports = u64::from(source.port()) << 16 | u64::from(destination.port());
        state.write_u64(ports << 8 | self.protocol as u64);
    }
}

/// Why a packet is dropped. Each has its counter in [`crate::guard::Counters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Shorter than its own headers say, or a field contradicts another.
    Header,
    /// Neither IPv4 nor IPv6.
    Version,
    /// An address that cannot be a unicast peer (multicast, broadcast, unspecified).
    Address,
}

/// Headers of one IP packet, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ip<'a> {
    /// Sender.
    pub source: IpAddr,
    /// Receiver.
    pub destination: IpAddr,
    /// Upper-layer protocol, extension headers skipped.
    pub protocol: IpProtocol,
    /// Upper-layer bytes; of a fragment, that fragment's share.
    pub payload: &'a [u8],
    /// Where in the original packet this belongs, if it is a fragment.
    pub fragment: Option<FragmentInfo>,
}

/// Position of a fragment (RFC 791, RFC 8200 section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentInfo {
    /// Identification, common to all fragments of a packet.
    pub id: u32,
    /// Offset of the payload in bytes.
    pub offset: usize,
    /// Whether more fragments follow.
    pub more: bool,
}

/// One packet as the guard sees it.
#[derive(Debug)]
pub enum Packet<'a> {
    /// A TCP segment; ports and offsets are checked.
    Tcp(FiveTuple, TcpPacket<&'a [u8]>),
    /// A UDP datagram's payload.
    Udp(FiveTuple, &'a [u8]),
    /// An ICMP echo request: sequence number and data.
    Echo(FiveTuple, u16, &'a [u8]),
    /// Other ICMP: nothing an app needs relayed.
    Icmp,
    /// A protocol that is not relayed.
    Unsupported(IpProtocol),
}

/// Extension headers followed before giving up; a chain of more is no ordinary packet.
const EXTENSION_HEADERS_MAX: usize = 8;

impl<'a> Ip<'a> {
    /// Parses and checks the IP headers.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        match bytes.first().map(|b| b >> 4) {
            Some(4) => Self::parse_v4(bytes),
            Some(6) => Self::parse_v6(bytes),
            Some(_) => Err(Malformed::Version),
            None => Err(Malformed::Header),
        }
    }

    fn parse_v4(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let packet = Ipv4Packet::new_checked(bytes).map_err(|_| Malformed::Header)?;
        let payload = bytes
            .get(usize::from(packet.header_len())..usize::from(packet.total_len()))
            .ok_or(Malformed::Header)?;
        let (offset, more) = (usize::from(packet.frag_offset()), packet.more_frags());
        let fragment = (offset != 0 || more).then(|| FragmentInfo {
            id: u32::from(packet.ident()),
            offset,
            more,
        });
        Self {
            source: packet.src_addr().into(),
            destination: packet.dst_addr().into(),
            protocol: packet.next_header(),
            payload,
            fragment,
        }
        .with_unicast_addresses()
    }

    fn parse_v6(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let packet = Ipv6Packet::new_checked(bytes).map_err(|_| Malformed::Header)?;
        let mut payload = bytes
            .get(40..40 + usize::from(packet.payload_len()))
            .ok_or(Malformed::Header)?;
        let mut protocol = packet.next_header();
        let mut fragment = None;
        let mut headers = 0;
        loop {
            headers += 1;
            if headers > EXTENSION_HEADERS_MAX {
                return Err(Malformed::Header);
            }
            let skip = match protocol {
                IpProtocol::HopByHop | IpProtocol::Ipv6Route | IpProtocol::Ipv6Opts => {
                    let header =
                        Ipv6ExtHeader::new_checked(payload).map_err(|_| Malformed::Header)?;
                    protocol = header.next_header();
                    usize::from(header.header_len()) * 8 + 8
                }
                IpProtocol::Ipv6Frag => {
                    let next = *payload.first().ok_or(Malformed::Header)?;
                    let header = payload
                        .get(2..8)
                        .and_then(|h| Ipv6FragmentHeader::new_checked(h).ok())
                        .ok_or(Malformed::Header)?;
                    protocol = IpProtocol::from(next);
                    // An atomic fragment (RFC 6946) is a whole packet.
                    if header.frag_offset() != 0 || header.more_frags() {
                        fragment = Some(FragmentInfo {
                            id: header.ident(),
                            offset: usize::from(header.frag_offset()) * 8,
                            more: header.more_frags(),
                        });
                    }
                    8
                }
                _ => break,
            };
            payload = payload.get(skip..).ok_or(Malformed::Header)?;
            if fragment.is_some() {
                break;
            }
        }
        Self {
            source: packet.src_addr().into(),
            destination: packet.dst_addr().into(),
            protocol,
            payload,
            fragment,
        }
        .with_unicast_addresses()
    }

    fn with_unicast_addresses(self) -> Result<Self, Malformed> {
        let unicast = |address: IpAddr| match address {
            IpAddr::V4(a) => !a.is_multicast() && !a.is_broadcast() && !a.is_unspecified(),
            IpAddr::V6(a) => !a.is_multicast() && !a.is_unspecified(),
        };
        if unicast(self.source) && unicast(self.destination) {
            Ok(self)
        } else {
            Err(Malformed::Address)
        }
    }

    /// Parses the upper layer of a packet that is not a fragment.
    pub fn upper(&self) -> Result<Packet<'a>, Malformed> {
        let tuple = |protocol, source, destination| FiveTuple {
            protocol,
            source: SocketAddr::new(self.source, source),
            destination: SocketAddr::new(self.destination, destination),
        };
        match self.protocol {
            IpProtocol::Tcp => {
                let tcp = TcpPacket::new_checked(self.payload).map_err(|_| Malformed::Header)?;
                let (source, destination) = (tcp.src_port(), tcp.dst_port());
                if source == 0 || destination == 0 {
                    return Err(Malformed::Header);
                }
                Ok(Packet::Tcp(tuple(Protocol::Tcp, source, destination), tcp))
            }
            IpProtocol::Udp => {
                let udp = UdpPacket::new_checked(self.payload).map_err(|_| Malformed::Header)?;
                let (source, destination) = (udp.src_port(), udp.dst_port());
                if destination == 0 {
                    return Err(Malformed::Header);
                }
                Ok(Packet::Udp(
                    tuple(Protocol::Udp, source, destination),
                    udp.payload(),
                ))
            }
            IpProtocol::Icmp | IpProtocol::Icmpv6 => Ok(self.icmp(tuple)),
            other => Ok(Packet::Unsupported(other)),
        }
    }

    fn icmp(&self, tuple: impl Fn(Protocol, u16, u16) -> FiveTuple) -> Packet<'a> {
        let request = if self.destination.is_ipv4() { 8 } else { 128 };
        match self.payload {
            [kind, 0, _, _, i0, i1, s0, s1, rest @ ..] if *kind == request => {
                let ident = u16::from_be_bytes([*i0, *i1]);
                Packet::Echo(
                    tuple(Protocol::Icmp, ident, ident),
                    u16::from_be_bytes([*s0, *s1]),
                    rest,
                )
            }
            _ => Packet::Icmp,
        }
    }
}

#[cfg(test)]
mod tests;
