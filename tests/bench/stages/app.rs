//! A guard, and an app before it that makes its packets by hand: what is counted should be the guard.

use std::net::{Ipv4Addr, SocketAddr};

use gasket_core::Instant;
use gasket_core::beacon::Search;
use gasket_core::config::Config;
use gasket_core::facts::Trigger;
use gasket_core::flow::FlowId;
use gasket_core::guard::{Action, Guard, Io, Limits};
use gasket_core::rules::Pack;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    IpAddress, IpProtocol, IpRepr, Ipv4Packet, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
    UdpPacket, UdpRepr,
};

const APP: Ipv4Addr = Ipv4Addr::new(10, 111, 222, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);

/// A port at which nobody is known to speak in plain text.
const PORT: u16 = 4444;

/// When it happens: a clock that was never set would have nothing looked for that takes days.
const NOON_MS: u64 = 1_798_804_800_000;

/// Time between two turns.
const STEP_US: i64 = 20;

/// The guard with all rules, and the latest that it said.
pub(crate) struct Rig {
    pub(crate) guard: Guard,
    now_us: i64,
    buf: Vec<u8>,
}

/// The app's side of a connection.
pub(crate) struct Connection {
    pub(crate) id: FlowId,
    port: u16,
    next: i32,
    expected: i32,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let limits = Limits {
            flows: 65_536,
            owners: false,
        };
        // The table's default MTU is another; segments of 1500 are what is counted here. Beacons are looked for, as on phones.
        let config = Config {
            mtu: 1500,
            beacons: Search::System,
            ..Config::default()
        };
        let places = None;
        let mut guard = Guard::new(
            Instant::ZERO,
            NOON_MS,
            1,
            config,
            Pack::embedded(),
            limits,
            places,
        );
        // Connections that follow an event are counted by each kind of it.
        for event in [
            Trigger::Boot,
            Trigger::Connectivity,
            Trigger::ScreenOn,
            Trigger::Unlock,
        ] {
            guard.handle_device_event(Instant::ZERO, event);
        }
        Self {
            guard,
            now_us: 0,
            buf: vec![0; 65_536],
        }
    }

    pub(crate) fn now(&mut self) -> Instant {
        self.now_us += STEP_US;
        Instant::from_micros(self.now_us)
    }

    pub(crate) fn handle(&mut self, packet: &[u8]) {
        let now = self.now();
        self.guard.handle_packet(now, packet);
    }

    /// Takes the next packet for the app: its length.
    pub(crate) fn poll(&mut self) -> Option<usize> {
        self.guard.poll_packet(&mut self.buf)
    }

    /// Takes all actions, and what it was that must be connected.
    pub(crate) fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.guard.poll_action()).collect()
    }

    /// Lets everything that is there go: packets to the app, events to nobody.
    pub(crate) fn flush(&mut self) {
        while self.poll().is_some() {}
        while self.guard.poll_event().is_some() {}
        self.guard.handle_timeout(Instant::from_micros(self.now_us));
    }

    /// Makes a connection from `port`, accepted by its peer.
    pub(crate) fn connect(&mut self, port: u16) -> Connection {
        self.handle(&tcp(port, TcpControl::Syn, 0, None, &[]));
        let id = self.opened();
        let now = self.now();
        self.guard.handle_connected(now, id, Ok(()));
        let len = self.poll().unwrap_or_else(|| panic!("no SYN-ACK"));
        let ip = Ipv4Packet::new_unchecked(&self.buf[..len]);
        let sequence = TcpPacket::new_unchecked(ip.payload()).seq_number();
        let mut connection = Connection {
            id,
            port,
            next: 1,
            expected: sequence.0.wrapping_add(1),
        };
        let ack = connection.says(TcpControl::None, &[]);
        self.handle(&ack);
        self.actions();
        self.flush();
        connection
    }

    /// The flow whose socket is asked for.
    pub(crate) fn opened(&mut self) -> FlowId {
        let actions = self.actions();
        let id = actions.iter().find_map(|action| match action {
            Action::Connect(id, ..) => Some(*id),
            _ => None,
        });
        id.unwrap_or_else(|| panic!("no dial among {actions:?}"))
    }

    /// Takes the app's bytes as a socket would that always has room.
    pub(crate) fn drain(&mut self, id: FlowId) -> usize {
        let now = self.now();
        let mut total = 0;
        self.guard.drain(now, id, |bytes| {
            total += bytes.len();
            Io::Moved(bytes.len())
        });
        total
    }

    /// Gives `len` bytes of the peer.
    pub(crate) fn fill(&mut self, id: FlowId, len: usize) {
        let now = self.now();
        let mut left = len;
        self.guard.fill(now, id, |room| {
            let count = left.min(room.len());
            left -= count;
            if count == 0 {
                Io::WouldBlock
            } else {
                Io::Moved(count)
            }
        });
    }
}

impl Connection {
    /// The app's next segment.
    pub(crate) fn says(&mut self, control: TcpControl, payload: &[u8]) -> Vec<u8> {
        let packet = tcp(self.port, control, self.next, Some(self.expected), payload);
        let ends = i32::from(control == TcpControl::Fin);
        self.next = self.next.wrapping_add(payload.len() as i32 + ends);
        packet
    }

    /// The app has taken so many bytes.
    pub(crate) fn took(&mut self, len: usize) {
        self.expected = self.expected.wrapping_add(len as i32);
    }
}

fn tcp(port: u16, control: TcpControl, seq: i32, ack: Option<i32>, payload: &[u8]) -> Vec<u8> {
    let is_syn = control == TcpControl::Syn;
    let repr = TcpRepr {
        src_port: port,
        dst_port: PORT,
        control,
        seq_number: TcpSeqNumber(seq),
        ack_number: ack.map(TcpSeqNumber),
        window_len: 60_000,
        window_scale: is_syn.then_some(7),
        max_seg_size: is_syn.then_some(1460),
        sack_permitted: is_syn,
        sack_ranges: [None, None, None],
        timestamp: None,
        payload,
    };
    ip(
        IpProtocol::Tcp,
        repr.buffer_len(),
        |bytes, source, destination, checksums| {
            repr.emit(
                &mut TcpPacket::new_unchecked(bytes),
                source,
                destination,
                checksums,
            );
        },
    )
}

/// A datagram of the app.
pub(crate) fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let repr = UdpRepr {
        src_port: port,
        dst_port: PORT,
    };
    let len = repr.header_len() + payload.len();
    ip(
        IpProtocol::Udp,
        len,
        |bytes, source, destination, checksums| {
            let mut packet = UdpPacket::new_unchecked(bytes);
            let fill = |room: &mut [u8]| room.copy_from_slice(payload);
            repr.emit(
                &mut packet,
                source,
                destination,
                payload.len(),
                fill,
                checksums,
            );
        },
    )
}

fn ip(
    protocol: IpProtocol,
    len: usize,
    fill: impl FnOnce(&mut [u8], &IpAddress, &IpAddress, &ChecksumCapabilities),
) -> Vec<u8> {
    let (source, destination) = (IpAddress::Ipv4(APP), IpAddress::Ipv4(PEER));
    // The guard does not look at them, and they would be half of what is counted.
    let checksums = ChecksumCapabilities::ignored();
    let repr = IpRepr::new(source, destination, protocol, len, 64);
    let mut packet = vec![0; repr.buffer_len()];
    repr.emit(&mut packet[..], &checksums);
    fill(
        &mut packet[repr.header_len()..],
        &source,
        &destination,
        &checksums,
    );
    packet
}

/// Where the app's packets go.
pub(crate) fn peer() -> SocketAddr {
    (PEER, PORT).into()
}
