//! A connection at rest without its rings, which are most of what it costs.
//!
//! smoltcp cannot be given an established connection. What takes a parked one up again therefore goes through
//! the handshake that the app once made, with the numbers of today, by itself; what it sends from then
//! on is shifted from its own sequence numbers to those the app knows.

use smoltcp::socket::tcp::State;
use smoltcp::wire::{TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

use super::Stack;
use crate::Instant;
use crate::packet::{FiveTuple, PacketQueue, segment_of_app, sequence_of};

/// What the app's SYN said of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    max_seg_size: Option<u16>,
    window_scale: Option<u8>,
    sack_permitted: bool,
}

impl Offer {
    /// Of a SYN. What cannot be read was not offered.
    pub(crate) fn of(syn: &TcpPacket<&[u8]>) -> Self {
        use smoltcp::wire::TcpOption;
        let mut offer = Self::default();
        let mut options = syn.options();
        while let Ok((rest, option)) = TcpOption::parse(options) {
            match option {
                TcpOption::EndOfList => break,
                TcpOption::MaxSegmentSize(size) => offer.max_seg_size = Some(size),
                TcpOption::WindowScale(shift) => offer.window_scale = Some(shift),
                TcpOption::SackPermitted => offer.sack_permitted = true,
                _ => {}
            }
            if rest.is_empty() {
                break;
            }
            options = rest;
        }
        offer
    }

    /// The SYN that makes this offer.
    fn syn(self, tuple: &FiveTuple, sequence: TcpSeqNumber, window: u16) -> TcpRepr<'static> {
        TcpRepr {
            src_port: tuple.source.port(),
            dst_port: tuple.destination.port(),
            control: TcpControl::Syn,
            seq_number: sequence,
            ack_number: None,
            window_len: window,
            window_scale: self.window_scale,
            max_seg_size: self.max_seg_size,
            sack_permitted: self.sack_permitted,
            sack_ranges: [None, None, None],
            timestamp: None,
            payload: &[],
        }
    }

    pub(super) fn scales_windows(self) -> bool {
        self.window_scale.is_some()
    }
}

/// An established connection with nothing under way either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parked {
    pub(super) mtu: usize,
    offer: Offer,
    /// The next sequence number towards the app.
    next: u32,
    /// The next sequence number expected of the app.
    expected: u32,
    /// The window of the app's latest segment, as it stood there.
    window: u16,
}

impl Parked {
    /// The MTU whose rings the connection was promised.
    pub(crate) fn mtu(&self) -> usize {
        self.mtu
    }
}

/// The packet of an app's SYN, to be kept until it is answered: without the data it may carry (RFC 9293, section
/// 3.4), which the app sends again because nobody acknowledges it.
pub(crate) fn kept_syn(tuple: &FiveTuple, packet: &[u8], syn: &TcpPacket<&[u8]>) -> Vec<u8> {
    if syn.payload().is_empty() {
        return packet.to_vec();
    }
    let bare = Offer::of(syn).syn(tuple, syn.seq_number(), syn.window_len());
    segment_of_app(tuple, &bare)
}

impl Stack {
    /// What is left to remember if the connection is at rest; `None` if it is not. `window` is that of the
    /// app's latest segment.
    pub(crate) fn park(&mut self, now: Instant, offer: Offer, window: u16) -> Option<Parked> {
        let socket = self.socket();
        let is_at_rest = socket.state() == State::Established
            && socket.send_queue() == 0
            && socket.recv_queue() == 0
            && self.poll_at(now).is_none();
        if !is_at_rest {
            return None;
        }
        Some(Parked {
            mtu: self.mtu,
            offer,
            next: self.next?,
            expected: self.expected,
            window,
        })
    }

    /// Takes up a parked connection; `false` if that fails, which leaves the stack unusable for it.
    pub(crate) fn resume(&mut self, now: Instant, tuple: &FiveTuple, parked: &Parked) -> bool {
        let Parked {
            offer,
            next,
            expected,
            window,
            ..
        } = *parked;
        let first = TcpSeqNumber(expected.wrapping_sub(1).cast_signed());
        let mut segment = offer.syn(tuple, first, window);
        // Nothing of this is for the app.
        let mut unsent = PacketQueue::default();
        let mut answer = [0; 128];
        if !self.listen(tuple.destination, offer) {
            return false;
        }
        self.ingress(now, &segment_of_app(tuple, &segment), &mut unsent);
        let Some(len) = self.egress_unshifted(now, &mut answer) else {
            return false;
        };
        let Some(own) = answer.get(..len).and_then(sequence_of) else {
            return false;
        };
        let own = own.wrapping_add(1);
        segment.control = TcpControl::None;
        segment.seq_number = TcpSeqNumber(expected.cast_signed());
        segment.ack_number = Some(TcpSeqNumber(own.cast_signed()));
        segment.window_scale = None;
        segment.max_seg_size = None;
        segment.sack_permitted = false;
        self.ingress(now, &segment_of_app(tuple, &segment), &mut unsent);
        self.shift_by = next.wrapping_sub(own);
        self.next = Some(next);
        self.expected = expected;
        self.socket().state() == State::Established
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TUPLE: FiveTuple = FiveTuple {
        protocol: crate::facts::Protocol::Tcp,
        source: std::net::SocketAddr::new(
            std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 111, 222, 1)),
            40_000,
        ),
        destination: std::net::SocketAddr::new(
            std::net::IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 10)),
            4444,
        ),
    };

    const PARKED: Parked = Parked {
        mtu: 1500,
        offer: Offer {
            max_seg_size: Some(1460),
            window_scale: Some(7),
            sack_permitted: true,
        },
        // Both wrap with the next few bytes.
        next: u32::MAX - 2,
        expected: u32::MAX,
        window: 500,
    };

    fn resumed() -> Stack {
        let mut stack = Stack::new(Instant::ZERO, 1500, 99);
        assert!(stack.resume(Instant::ZERO, &TUPLE, &PARKED));
        stack
    }

    fn header(packet: &[u8]) -> TcpRepr<'_> {
        use smoltcp::phy::ChecksumCapabilities;
        use smoltcp::wire::{IpAddress, Ipv4Packet};
        let ip = Ipv4Packet::new_checked(packet).expect("IPv4");
        let tcp = TcpPacket::new_checked(ip.payload()).expect("TCP");
        let (source, destination) = (
            IpAddress::Ipv4(ip.src_addr()),
            IpAddress::Ipv4(ip.dst_addr()),
        );
        TcpRepr::parse(
            &tcp,
            &source,
            &destination,
            &ChecksumCapabilities::default(),
        )
        .expect("a good checksum")
    }

    #[test]
    fn what_is_parked_comes_back_as_it_was() {
        let mut stack = resumed();
        let offer = PARKED.offer;
        assert_eq!(
            stack.park(Instant::ZERO, offer, PARKED.window),
            Some(PARKED)
        );
    }

    #[test]
    fn a_resumed_connection_goes_on_with_the_numbers_the_app_knows() {
        let mut stack = resumed();
        stack.socket_mut().send_slice(b"hello").expect("room");
        let mut buf = [0; 1500];
        let len = stack
            .egress(Instant::ZERO, &mut buf, usize::MAX)
            .expect("a segment");
        let sent = header(&buf[..len]);
        assert_eq!(sent.seq_number, TcpSeqNumber((u32::MAX - 2).cast_signed()));
        assert_eq!(sent.ack_number, Some(TcpSeqNumber(-1)));
        assert_eq!(sent.payload, b"hello");

        let answer = TcpRepr {
            src_port: TUPLE.source.port(),
            dst_port: TUPLE.destination.port(),
            control: TcpControl::Psh,
            seq_number: TcpSeqNumber(-1),
            ack_number: Some(TcpSeqNumber(2)),
            window_len: 501,
            window_scale: None,
            max_seg_size: None,
            sack_permitted: false,
            sack_ranges: [None, None, None],
            timestamp: None,
            payload: b"there",
        };
        let mut out = PacketQueue::default();
        stack.ingress(Instant::ZERO, &segment_of_app(&TUPLE, &answer), &mut out);
        assert!(out.is_empty(), "no challenge");
        let mut got = [0; 16];
        assert_eq!(stack.socket_mut().recv_slice(&mut got), Ok(5));
        assert_eq!(stack.socket().send_queue(), 0, "all is acknowledged");
        let len = stack
            .egress(Instant::ZERO, &mut buf, usize::MAX)
            .expect("an ACK");
        assert_eq!(header(&buf[..len]).ack_number, Some(TcpSeqNumber(4)));
        let again = stack
            .park(Instant::ZERO, PARKED.offer, 501)
            .expect("at rest");
        assert_eq!((again.next, again.expected, again.window), (2, 4, 501));
    }

    #[test]
    fn what_is_under_way_is_not_parked() {
        let mut stack = resumed();
        stack.socket_mut().send_slice(b"x").expect("room");
        assert_eq!(stack.park(Instant::ZERO, PARKED.offer, 500), None);
        let mut buf = [0; 1500];
        stack
            .egress(Instant::ZERO, &mut buf, usize::MAX)
            .expect("a segment");
        assert_eq!(
            stack.park(Instant::ZERO, PARKED.offer, 500),
            None,
            "not acknowledged"
        );
        let mut stack = resumed();
        stack.socket_mut().close();
        assert_eq!(stack.park(Instant::ZERO, PARKED.offer, 500), None);
    }
}
