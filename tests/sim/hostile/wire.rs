//! Packets made by hand: an app that does not keep to its own network stack.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    IpProtocol, Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber, UdpPacket,
    UdpRepr,
};

use crate::world::World;

/// Not the address of the world's own app, whose stack would answer with resets.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 111, 222, 9);

/// First port of the hostile app; below are those of the ordinary one.
pub const HOSTILE: u16 = 10_000;

/// Two apps: whose port it is.
pub fn owner(port: u16) -> Option<Owner> {
    let uid = if port < HOSTILE { 10_001 } else { 10_666 };
    Some(Owner {
        uid,
        packages: vec![format!("example.app{uid}")],
        system: false,
    })
}

fn ipv4(to: SocketAddr, protocol: IpProtocol, payload: &[u8]) -> Vec<u8> {
    let IpAddr::V4(destination) = to.ip() else {
        panic!("IPv4 only");
    };
    let ip = Ipv4Repr {
        src_addr: ADDRESS,
        dst_addr: destination,
        next_header: protocol,
        payload_len: payload.len(),
        hop_limit: 64,
    };
    let mut packet = vec![0; ip.buffer_len() + payload.len()];
    let mut view = Ipv4Packet::new_unchecked(&mut packet[..]);
    ip.emit(&mut view, &ChecksumCapabilities::default());
    view.payload_mut().copy_from_slice(payload);
    packet
}

/// A UDP packet.
pub fn datagram(port: u16, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let udp = UdpRepr {
        src_port: port,
        dst_port: to.port(),
    };
    let mut bytes = vec![0; udp.header_len() + payload.len()];
    let IpAddr::V4(destination) = to.ip() else {
        panic!("IPv4 only");
    };
    udp.emit(
        &mut UdpPacket::new_unchecked(&mut bytes[..]),
        &ADDRESS.into(),
        &destination.into(),
        payload.len(),
        |room| room.copy_from_slice(payload),
        &ChecksumCapabilities::default(),
    );
    ipv4(to, IpProtocol::Udp, &bytes)
}

/// One end of a connection, by hand.
pub struct Connection {
    port: u16,
    to: SocketAddr,
    /// The sequence number of the SYN.
    pub first: u32,
    /// What is acknowledged of the other side.
    acknowledged: u32,
}

impl Connection {
    /// One that is not open yet.
    pub fn new(port: u16, to: &str) -> Self {
        Self {
            port,
            to: to.parse().expect("an address"),
            first: 0xffff_ff00,
            acknowledged: 0,
        }
    }

    /// One whose handshake is over.
    pub fn open(world: &mut World, port: u16, to: &str) -> Self {
        let mut connection = Self::new(port, to);
        connection.send(world, TcpControl::Syn, 0, b"");
        connection.take_answers(world);
        connection.send(world, TcpControl::None, 1, b"");
        connection
    }

    /// Sends a segment that begins `at` bytes after the SYN's number: the first byte of data is at 1.
    pub fn send(&self, world: &mut World, control: TcpControl, at: u32, payload: &[u8]) {
        let packet = self.segment(control, at, payload);
        world.guard.handle_packet(world.now, &packet);
        world.settle();
    }

    /// The same, without letting anything come of it.
    pub fn send_unsettled(&self, world: &mut World, control: TcpControl, at: u32, payload: &[u8]) {
        let packet = self.segment(control, at, payload);
        world.guard.handle_packet(world.now, &packet);
    }

    /// The packet that [`Connection::send`] sends.
    pub fn segment(&self, control: TcpControl, at: u32, payload: &[u8]) -> Vec<u8> {
        let opens = control == TcpControl::Syn;
        let repr = TcpRepr {
            src_port: self.port,
            dst_port: self.to.port(),
            control,
            seq_number: TcpSeqNumber(self.first.wrapping_add(at).cast_signed()),
            ack_number: (!opens).then_some(TcpSeqNumber(self.acknowledged.cast_signed())),
            window_len: 64_000,
            window_scale: None,
            max_seg_size: opens.then_some(1460),
            sack_permitted: false,
            sack_ranges: [None, None, None],
            timestamp: None,
            payload,
        };
        let mut bytes = vec![0; repr.buffer_len()];
        let IpAddr::V4(destination) = self.to.ip() else {
            panic!("IPv4 only");
        };
        repr.emit(
            &mut TcpPacket::new_unchecked(&mut bytes[..]),
            &ADDRESS.into(),
            &destination.into(),
            &ChecksumCapabilities::default(),
        );
        ipv4(self.to, IpProtocol::Tcp, &bytes)
    }

    /// Sends a packet as it is.
    pub fn send_packet(world: &mut World, packet: &[u8]) {
        world.guard.handle_packet(world.now, packet);
        world.settle();
    }

    /// Acknowledges what has come; returns what the last segment that came acknowledges, in bytes after the SYN's
    /// number, and whether a reset has come.
    pub fn take_answers(&mut self, world: &mut World) -> (Option<u32>, bool) {
        let (mut acknowledged, mut is_reset) = (None, false);
        for packet in std::mem::take(&mut world.to_app) {
            let Ok(ip) = Ipv4Packet::new_checked(&packet[..]) else {
                continue;
            };
            if ip.next_header() != IpProtocol::Tcp {
                continue;
            }
            let tcp = TcpPacket::new_checked(ip.payload()).expect("our own segment");
            if tcp.dst_port() != self.port {
                continue;
            }
            is_reset |= tcp.rst();
            let next = tcp.seq_number() + tcp.segment_len();
            self.acknowledged = next.0.cast_unsigned();
            acknowledged = Some(tcp.ack_number().0.cast_unsigned().wrapping_sub(self.first));
        }
        (acknowledged, is_reset)
    }
}

/// What the servers at an address have received, by connection.
pub fn arrived(world: &World, to: &str) -> Vec<Vec<u8>> {
    let to: SocketAddr = to.parse().expect("an address");
    let peers = world.gone.iter().chain(world.peers.values());
    let there = peers.filter(|peer| peer.protocol == Protocol::Tcp && peer.address == to);
    there.map(|peer| peer.received.clone()).collect()
}
