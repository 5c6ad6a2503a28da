//! What comes as one packet or one message.

use gasket_core::dns::message::Message;
use gasket_core::inspect::coap;
use gasket_core::packet::{FragmentInfo, Fragments, Ip, Reassembly};
use gasket_core::{Duration, Instant};

use super::input::Input;

/// The payload is the end of the message.
pub(super) fn coap_message(data: &[u8]) {
    if let Ok(message) = coap::parse(data) {
        assert!(data.ends_with(message.payload));
    }
}

/// Each record takes 11 octets at least.
pub(super) fn dns_message(data: &[u8]) {
    if let Ok(message) = Message::parse(data) {
        assert!(message.records().count() <= data.len() / 11);
    }
}

/// A payload is part of its packet.
pub(super) fn packet(data: &[u8]) {
    if let Ok(ip) = Ip::parse(data) {
        assert!(ip.payload.len() < data.len());
        let _ = ip.upper();
    }
}

/// What is put together holds every fragment at its place, and nothing else.
pub(super) fn fragments(data: &[u8]) {
    /// An empty packet of the app: 192.0.2.1 to 198.51.100.1, UDP.
    const HEADER: [u8; 20] = [
        0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1,
    ];
    const IDS: u8 = 4;
    let mut input = Input(data);
    let mut now = Instant::ZERO;
    let mut fragments = Fragments::default();
    let mut shares: [Vec<(usize, &[u8])>; IDS as usize] = Default::default();
    while !input.is_empty() {
        let what = input.byte();
        if what & 0x80 != 0 {
            now += Duration::from_secs(u64::from(what & 0x3f));
        }
        let id = what % IDS;
        let info = FragmentInfo {
            id: id.into(),
            offset: usize::from(input.word() & 0x1fff) * 8,
            more: what & 0x40 != 0,
        };
        let share = input.field();
        let ip = Ip {
            payload: share,
            ..Ip::parse(&HEADER).expect("a good header")
        };
        let of_packet = &mut shares[usize::from(id)];
        of_packet.push((info.offset, share));
        if let Reassembly::Whole(bytes) = fragments.push(now, &ip, info) {
            // The last of them, because earlier ones may have been dropped as too old.
            let mut missing = bytes.len();
            for (offset, share) in of_packet.drain(..).rev() {
                if missing > 0 {
                    assert_eq!(bytes.get(offset..offset + share.len()), Some(share));
                    missing = missing.checked_sub(share.len()).expect("no overlap");
                }
            }
            assert_eq!(missing, 0, "bytes from nowhere");
        }
    }
}
