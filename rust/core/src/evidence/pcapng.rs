//! The reconstructed request as packets (draft-ietf-opsawg-pcapng), with checksums that hold.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use smoltcp::wire::{TcpControl, TcpRepr, TcpSeqNumber};

use super::request;
use crate::event::Event;
use crate::facts::Protocol;
use crate::packet::FiveTuple;
use crate::packet::build::{self, PacketQueue};

/// Raw IP packets, version by their first bits (tcpdump.org, LINKTYPE_RAW).
const RAW_IP: u16 = 101;

/// Payload bytes a packet.
const SEGMENT: usize = 1200;

/// Port of the sender: the record has none.
const PORT: u16 = 49_152;

/// Longest packet made here.
const PACKET_MAX: usize = 1500;

/// The file.
pub(super) fn file(event: &Event) -> Vec<u8> {
    let mut file = Vec::new();
    // Byte order, version 1.0, length of the section unknown.
    let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    section.extend([1, 0, 0, 0]);
    section.extend([0xff; 8]);
    section.extend(comment());
    block(&mut file, 0x0a0d_0d0a, &section);
    let mut interface = RAW_IP.to_le_bytes().to_vec();
    // Reserved; no limit on lengths.
    interface.extend([0; 6]);
    block(&mut file, 1, &interface);
    let micros = event.time_ms.saturating_mul(1000);
    for packet in packets(event) {
        let mut body = 0_u32.to_le_bytes().to_vec();
        for half in [micros >> 32, micros & 0xffff_ffff] {
            body.extend((half as u32).to_le_bytes());
        }
        let len = (packet.len() as u32).to_le_bytes();
        body.extend([len, len].concat());
        body.extend(&packet);
        pad(&mut body);
        body.extend(comment());
        block(&mut file, 6, &body);
    }
    file
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let len = (body.len() as u32 + 12).to_le_bytes();
    file.extend(kind.to_le_bytes());
    file.extend(len);
    file.extend(body);
    file.extend(len);
}

/// The option `opt_comment`, and the end of options.
fn comment() -> Vec<u8> {
    let mut option = vec![1, 0];
    option.extend((request::NOTE.len() as u16).to_le_bytes());
    option.extend(request::NOTE.bytes());
    pad(&mut option);
    option.extend([0; 4]);
    option
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// From an address of the documentation ranges: the record has none of the sender.
fn packets(event: &Event) -> Vec<Vec<u8>> {
    let place = &event.destination;
    let phone = match place.address {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    };
    let (source, destination) = (
        SocketAddr::new(phone, PORT),
        SocketAddr::new(place.address, place.port),
    );
    let payload = request::payload(event);
    match place.protocol {
        Protocol::Tcp => tcp(source, destination, &payload),
        Protocol::Udp => payload
            .chunks(SEGMENT)
            .filter_map(|part| datagram(source, destination, part))
            .collect(),
        // The record of a ping has no payload to show.
        Protocol::Icmp => Vec::new(),
    }
}

fn tcp(source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Vec<Vec<u8>> {
    let tuple = FiveTuple {
        protocol: Protocol::Tcp,
        source,
        destination,
    };
    let segment = |control, at: usize, payload: &[u8]| {
        let repr = TcpRepr {
            src_port: source.port(),
            dst_port: destination.port(),
            control,
            seq_number: TcpSeqNumber(at as i32),
            ack_number: (control != TcpControl::Syn).then_some(TcpSeqNumber(1)),
            window_len: 65_535,
            window_scale: None,
            max_seg_size: None,
            sack_permitted: false,
            sack_ranges: [None, None, None],
            timestamp: None,
            payload,
        };
        build::segment_of_app(&tuple, &repr)
    };
    if payload.is_empty() {
        return vec![segment(TcpControl::Syn, 0, &[])];
    }
    let parts = payload.chunks(SEGMENT).enumerate();
    parts
        .map(|(number, part)| segment(TcpControl::Psh, 1 + number * SEGMENT, part))
        .collect()
}

fn datagram(source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Option<Vec<u8>> {
    // The builder makes what a peer answers: here the other way round.
    let tuple = FiveTuple {
        protocol: Protocol::Udp,
        source: destination,
        destination: source,
    };
    let mut queue = PacketQueue::default();
    build::udp(&mut queue, &tuple, payload, PACKET_MAX);
    let mut packet = vec![0; PACKET_MAX];
    let len = queue.pop(&mut packet)?;
    packet.truncate(len);
    Some(packet)
}
