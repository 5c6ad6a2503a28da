//! From a captured frame to the transport segment in it.

use std::net::{IpAddr, SocketAddr};

use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet, TcpPacket};

/// Extension headers walked in one IPv6 packet; RFC 8200 needs no more than seven.
const MAX_EXTENSIONS: usize = 8;

/// What a frame held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A UDP datagram.
    Udp(Datagram<'a>),
    /// A fragment of an IP packet.
    Fragment,
    /// Another protocol over IP.
    OtherTransport,
    /// No IP at all: ARP and the like.
    NotIp,
    /// Too short or contradictory for what it says it is.
    Malformed,
}

/// One TCP segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Sender.
    pub from: SocketAddr,
    /// Receiver.
    pub to: SocketAddr,
    /// Sequence number of the first payload byte (of the SYN, where there is one).
    pub sequence: u32,
    /// Opens (with `ack`: accepts) a connection.
    pub syn: bool,
    /// The acknowledgement counts.
    pub ack: bool,
    /// The sender has no more to say.
    pub fin: bool,
    /// The connection is reset.
    pub rst: bool,
    /// What was captured of the payload.
    pub payload: &'a [u8],
    /// Payload bytes that the packet had and the capture has not.
    pub missing: usize,
}

/// One UDP datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Sender.
    pub from: SocketAddr,
    /// Receiver.
    pub to: SocketAddr,
    /// What was captured of the payload.
    pub payload: &'a [u8],
}

/// Link types (tcpdump.org/linktypes.html) that carry IP and are read here.
pub fn is_known_link(link: u16) -> bool {
    matches!(link, 0 | 1 | 12 | 14 | 101 | 108 | 113 | 228 | 229 | 276)
}

/// What an unsupported link type is called, for the message about it.
pub fn link_name(link: u16) -> &'static str {
    match link {
        105 | 119 | 127 | 163 => "Wi-Fi frames (802.11); capture on the IP side instead",
        187 | 201 => "Bluetooth",
        189 | 220 => "USB",
        _ => "a link type Gasket does not read",
    }
}

/// Reads one frame of link type `link`.
pub fn read(link: u16, frame: &[u8]) -> Frame<'_> {
    let Some(packet) = network_layer(link, frame) else {
        return Frame::NotIp;
    };
    match packet.first().map(|byte| byte >> 4) {
        Some(4) => ipv4(packet),
        Some(6) => ipv6(packet),
        _ => Frame::Malformed,
    }
}

/// The IP packet in the frame, or `None` where it carries something else.
fn network_layer(link: u16, frame: &[u8]) -> Option<&[u8]> {
    match link {
        // Raw IP; 12 and 14 are what some systems write for 101.
        12 | 14 | 101 | 228 | 229 => Some(frame),
        // BSD loopback: four bytes of address family, in either byte order.
        0 | 108 => frame.get(4..),
        1 => ethertype(frame.get(12..)?),
        // Linux "cooked" captures: the protocol stands at the end of v1's header, first in v2's.
        113 => ethertype(frame.get(14..)?),
        276 => {
            let kind = frame.get(..2)?;
            is_ip(kind).then(|| frame.get(20..)).flatten()
        }
        _ => None,
    }
}

/// What follows an EtherType, VLAN tags (802.1Q, 802.1ad) and PPPoE (RFC 2516) passed over.
fn ethertype(mut rest: &[u8]) -> Option<&[u8]> {
    for _ in 0..4 {
        let (kind, after) = rest.split_at_checked(2)?;
        rest = match kind {
            [0x81, 0x00] | [0x88, 0xa8] | [0x91, 0x00] => after.get(2..)?,
            [0x88, 0x64] => {
                let (protocol, packet) = after.get(6..)?.split_at_checked(2)?;
                return matches!(protocol, [0x00, 0x21] | [0x00, 0x57]).then_some(packet);
            }
            kind => return is_ip(kind).then_some(after),
        };
    }
    None
}

fn is_ip(kind: &[u8]) -> bool {
    matches!(kind, [0x08, 0x00] | [0x86, 0xdd])
}

fn ipv4(bytes: &[u8]) -> Frame<'_> {
    if bytes.len() < 20 {
        return Frame::Malformed;
    }
    // Unchecked, because a checked view refuses packets that the capture cut short.
    let header = Ipv4Packet::new_unchecked(bytes);
    let start = usize::from(header.header_len());
    let total = match usize::from(header.total_len()) {
        // Left to the network card (segmentation offload): the frame is the packet.
        0 => bytes.len(),
        total => total,
    };
    if start < 20 || total < start {
        return Frame::Malformed;
    }
    if header.more_frags() || header.frag_offset() != 0 {
        return Frame::Fragment;
    }
    let Some(payload) = bytes.get(start..total.min(bytes.len())) else {
        return Frame::Malformed;
    };
    let addresses = Addresses {
        from: IpAddr::V4(header.src_addr()),
        to: IpAddr::V4(header.dst_addr()),
    };
    transport(
        addresses,
        header.next_header(),
        payload,
        total.saturating_sub(bytes.len()),
    )
}

fn ipv6(bytes: &[u8]) -> Frame<'_> {
    if bytes.len() < 40 {
        return Frame::Malformed;
    }
    let header = Ipv6Packet::new_unchecked(bytes);
    let total = match usize::from(header.payload_len()) {
        0 => bytes.len(),
        length => 40 + length,
    };
    let Some(mut payload) = bytes.get(40..total.min(bytes.len())) else {
        return Frame::Malformed;
    };
    let missing = total.saturating_sub(bytes.len());
    let addresses = Addresses {
        from: IpAddr::V6(header.src_addr()),
        to: IpAddr::V6(header.dst_addr()),
    };
    let mut next = header.next_header();
    for _ in 0..MAX_EXTENSIONS {
        let unit = match next {
            IpProtocol::HopByHop | IpProtocol::Ipv6Route | IpProtocol::Ipv6Opts => 8,
            IpProtocol::Ipv6Frag => return Frame::Fragment,
            next => return transport(addresses, next, payload, missing),
        };
        let &[following, length, ..] = payload else {
            return Frame::Malformed;
        };
        let Some(rest) = payload.get((usize::from(length) + 1) * unit..) else {
            return Frame::Malformed;
        };
        next = IpProtocol::from(following);
        payload = rest;
    }
    Frame::Malformed
}

#[derive(Debug, Clone, Copy)]
struct Addresses {
    from: IpAddr,
    to: IpAddr,
}

impl Addresses {
    fn with_ports(self, from: u16, to: u16) -> (SocketAddr, SocketAddr) {
        (
            SocketAddr::new(unmapped(self.from), from),
            SocketAddr::new(unmapped(self.to), to),
        )
    }
}

/// An IPv4-mapped IPv6 address is the same destination as the IPv4 one.
fn unmapped(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn transport(
    addresses: Addresses,
    protocol: IpProtocol,
    payload: &[u8],
    missing: usize,
) -> Frame<'_> {
    match protocol {
        IpProtocol::Tcp => tcp(addresses, payload, missing),
        IpProtocol::Udp => udp(addresses, payload),
        _ => Frame::OtherTransport,
    }
}

fn tcp(addresses: Addresses, bytes: &[u8], missing: usize) -> Frame<'_> {
    let Ok(header) = TcpPacket::new_checked(bytes) else {
        return Frame::Malformed;
    };
    let (from, to) = addresses.with_ports(header.src_port(), header.dst_port());
    Frame::Tcp(Segment {
        from,
        to,
        sequence: header.seq_number().0 as u32,
        syn: header.syn(),
        ack: header.ack(),
        fin: header.fin(),
        rst: header.rst(),
        payload: bytes
            .get(usize::from(header.header_len())..)
            .unwrap_or_default(),
        missing,
    })
}

fn udp(addresses: Addresses, bytes: &[u8]) -> Frame<'_> {
    let &[s0, s1, d0, d1, l0, l1, _, _, ref rest @ ..] = bytes else {
        return Frame::Malformed;
    };
    let (from, to) =
        addresses.with_ports(u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let length = match usize::from(u16::from_be_bytes([l0, l1])) {
        0 => rest.len(),
        length if length < 8 => return Frame::Malformed,
        length => length - 8,
    };
    Frame::Udp(Datagram {
        from,
        to,
        payload: rest.get(..length).unwrap_or(rest),
    })
}

#[cfg(test)]
pub(crate) mod craft {
    //! Packets for tests.

    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    /// An IP packet with the transport header and payload given.
    fn ip(from: SocketAddr, to: SocketAddr, protocol: u8, body: &[u8]) -> Vec<u8> {
        let mut packet = Vec::new();
        match (from.ip(), to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                packet.extend([0x45, 0]);
                packet.extend((20 + body.len() as u16).to_be_bytes());
                packet.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
                packet.extend(from.octets());
                packet.extend(to.octets());
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                packet.extend([0x60, 0, 0, 0]);
                packet.extend((body.len() as u16).to_be_bytes());
                packet.extend([protocol, 64]);
                packet.extend(from.octets());
                packet.extend(to.octets());
            }
            _ => panic!("mixed families"),
        }
        packet.extend(body);
        packet
    }

    /// Flags of a TCP header, as they stand on the wire.
    pub(crate) const FIN: u8 = 1;
    pub(crate) const SYN: u8 = 2;
    pub(crate) const RST: u8 = 4;
    pub(crate) const ACK: u8 = 16;

    pub(crate) fn tcp(
        from: SocketAddr,
        to: SocketAddr,
        sequence: u32,
        flags: u8,
        payload: &[u8],
    ) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend(from.port().to_be_bytes());
        body.extend(to.port().to_be_bytes());
        body.extend(sequence.to_be_bytes());
        body.extend([0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        body.extend(payload);
        ip(from, to, 6, &body)
    }

    pub(crate) fn udp(from: SocketAddr, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend(from.port().to_be_bytes());
        body.extend(to.port().to_be_bytes());
        body.extend((8 + payload.len() as u16).to_be_bytes());
        body.extend([0, 0]);
        body.extend(payload);
        ip(from, to, 17, &body)
    }

    pub(crate) fn v4(last: u8, port: u16) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)), port)
    }

    pub(crate) fn v6(last: u16, port: u16) -> SocketAddr {
        SocketAddr::new(
            IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)),
            port,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use craft::{ACK, v4, v6};

    #[test]
    fn every_link_type_leads_to_the_same_packet() {
        let packet = craft::udp(v4(1, 1000), v4(2, 53), b"question");
        let wrap = |head: &[u8]| [head, &packet].concat();
        let mut ethernet = vec![0; 12];
        let mut tagged = ethernet.clone();
        let mut pppoe = ethernet.clone();
        let mut cooked = vec![0; 14];
        ethernet.extend([8, 0]);
        tagged.extend([0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0]);
        pppoe.extend([0x88, 0x64, 0x11, 0, 0, 0, 0, 0, 0, 0x21]);
        cooked.extend([8, 0]);
        let mut cooked2 = vec![8, 0];
        cooked2.resize(20, 0);
        for (link, frame) in [
            (1, wrap(&ethernet)),
            (1, wrap(&tagged)),
            (1, wrap(&pppoe)),
            (113, wrap(&cooked)),
            (276, wrap(&cooked2)),
            (101, packet.clone()),
            (228, packet.clone()),
            (0, wrap(&[2, 0, 0, 0])),
            (108, wrap(&[0, 0, 0, 2])),
        ] {
            assert!(is_known_link(link));
            let Frame::Udp(datagram) = read(link, &frame) else {
                panic!("link type {link}");
            };
            assert_eq!(datagram.payload, b"question");
            assert_eq!((datagram.from, datagram.to), (v4(1, 1000), v4(2, 53)));
        }
    }

    #[test]
    fn padding_after_the_packet_is_not_payload() {
        let mut packet = craft::tcp(v4(1, 1), v4(2, 80), 5, ACK, b"hi");
        packet.extend([0; 20]);
        let Frame::Tcp(segment) = read(101, &packet) else {
            panic!("a segment");
        };
        assert_eq!((segment.payload, segment.missing), (b"hi".as_slice(), 0));
    }

    #[test]
    fn a_packet_cut_by_the_capture_says_how_much_is_missing() {
        for packet in [
            craft::tcp(v4(1, 1), v4(2, 80), 5, ACK, b"0123456789"),
            craft::tcp(v6(1, 1), v6(2, 80), 5, ACK, b"0123456789"),
        ] {
            let Frame::Tcp(segment) = read(101, &packet[..packet.len() - 4]) else {
                panic!("a segment");
            };
            assert_eq!(
                (segment.payload, segment.missing),
                (b"012345".as_slice(), 4)
            );
        }
    }

    #[test]
    fn ipv6_extension_headers_are_walked() {
        let plain = craft::udp(v6(1, 9), v6(2, 5683), b"coap");
        let mut packet = plain[..40].to_vec();
        packet[6] = 0;
        packet[4..6].copy_from_slice(&(plain.len() as u16 - 40 + 8 + 16).to_be_bytes());
        packet.extend([60, 0, 1, 4, 0, 0, 0, 0]);
        packet.extend([17, 1, 1, 12]);
        packet.extend([0; 12]);
        packet.extend(&plain[40..]);
        let Frame::Udp(datagram) = read(229, &packet) else {
            panic!("a datagram");
        };
        assert_eq!(datagram.payload, b"coap");
        packet[6] = 44;
        assert_eq!(read(229, &packet), Frame::Fragment);
    }

    #[test]
    fn fragments_and_strangers_are_told_apart() {
        let mut packet = craft::udp(v4(1, 9), v4(2, 9), b"x");
        packet[6] = 0x20;
        assert_eq!(read(101, &packet), Frame::Fragment);
        packet[6] = 0;
        packet[9] = 1;
        assert_eq!(read(101, &packet), Frame::OtherTransport);
        let arp = [[0; 12].as_slice(), &[8, 6], &[0; 28]].concat();
        assert_eq!(read(1, &arp), Frame::NotIp);
    }

    #[test]
    fn no_prefix_and_no_flipped_byte_panics() {
        for packet in [
            craft::tcp(v4(1, 1), v4(2, 80), 5, ACK, b"GET"),
            craft::udp(v6(1, 1), v6(2, 80), b"GET"),
        ] {
            for link in [0, 1, 101, 108, 113, 276, 9999] {
                for end in 0..packet.len() {
                    read(link, &packet[..end]);
                    for flip in [1, 0x0f, 0xf0, 0xff] {
                        let mut changed = packet.clone();
                        changed[end] ^= flip;
                        read(link, &changed);
                    }
                }
            }
        }
    }
}
