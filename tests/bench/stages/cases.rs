//! What is counted.

use gasket_core::guard::Action;
use smoltcp::wire::TcpControl;

use super::app::{Connection, Rig, peer, udp};

/// Payload of a full segment at MTU 1500.
const SEGMENT: usize = 1460;

/// Segments between two turns of the driver.
const BATCH: usize = 16;

/// Connections that rest in turn: more than the guard lets keep their rings.
const RESTING: u16 = 64;

/// Which command shows a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Packet,
    Flow,
}

/// One round of each is what its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// 16 full segments of the app to its peer, the ACKs included.
    SegmentsUp,
    /// 16 full segments of the peer to the app, the app's ACKs included.
    SegmentsDown,
    DatagramUp,
    DatagramDown,
    /// From SYN to both ends, with a request and an answer of 64 B.
    Connection,
    /// A byte of the app on a connection whose rings were given back.
    AfterRest,
}

impl Case {
    pub(crate) const ALL: [Self; 6] = [
        Self::SegmentsUp,
        Self::SegmentsDown,
        Self::DatagramUp,
        Self::DatagramDown,
        Self::Connection,
        Self::AfterRest,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SegmentsUp => "16-segments-up",
            Self::SegmentsDown => "16-segments-down",
            Self::DatagramUp => "datagram-up",
            Self::DatagramDown => "datagram-down",
            Self::Connection => "connection",
            Self::AfterRest => "after-rest",
        }
    }

    pub(crate) fn group(self) -> Group {
        match self {
            Self::Connection | Self::AfterRest => Group::Flow,
            _ => Group::Packet,
        }
    }

    /// Makes all ready; what comes back does one round.
    pub(crate) fn prepare(self) -> Box<dyn FnMut()> {
        match self {
            Self::SegmentsUp => Box::new(segments_up()),
            Self::SegmentsDown => Box::new(segments_down()),
            Self::DatagramUp => Box::new(datagram_up()),
            Self::DatagramDown => Box::new(datagram_down()),
            Self::Connection => Box::new(connection()),
            Self::AfterRest => Box::new(after_rest()),
        }
    }
}

/// A connection past its gate: what it said first was nothing that can be read.
fn passing(rig: &mut Rig, port: u16) -> Connection {
    let mut connection = rig.connect(port);
    let first = connection.says(TcpControl::Psh, &[0x80; 64]);
    rig.handle(&first);
    rig.actions();
    assert_eq!(rig.drain(connection.id), 64);
    rig.flush();
    connection
}

fn segments_up() -> impl FnMut() {
    let mut rig = Rig::new();
    let mut connection = passing(&mut rig, 40_000);
    move || {
        for _ in 0..BATCH {
            let segment = connection.says(TcpControl::None, &[0x80; SEGMENT]);
            rig.handle(&segment);
        }
        assert!(rig.actions().contains(&Action::Send(connection.id)));
        assert_eq!(rig.drain(connection.id), BATCH * SEGMENT);
        rig.flush();
    }
}

fn segments_down() -> impl FnMut() {
    let mut rig = Rig::new();
    let mut connection = passing(&mut rig, 40_000);
    move || {
        rig.fill(connection.id, BATCH * SEGMENT);
        let mut packets = 0;
        while rig.poll().is_some() {
            packets += 1;
        }
        assert_eq!(packets, BATCH);
        for _ in 0..BATCH / 2 {
            connection.took(2 * SEGMENT);
            let ack = connection.says(TcpControl::None, &[]);
            rig.handle(&ack);
        }
        rig.actions();
        rig.flush();
    }
}

fn datagram_up() -> impl FnMut() {
    let mut rig = Rig::new();
    let datagram = udp(40_000, &[0x80; 64]);
    rig.handle(&datagram);
    let id = rig.opened();
    let now = rig.now();
    rig.guard.handle_connected(now, id, Ok(()));
    rig.actions();
    move || {
        rig.handle(&datagram);
        assert_eq!(rig.actions().len(), 1);
    }
}

fn datagram_down() -> impl FnMut() {
    let mut rig = Rig::new();
    rig.handle(&udp(40_000, &[0x80; 64]));
    let id = rig.opened();
    let now = rig.now();
    rig.guard.handle_connected(now, id, Ok(()));
    rig.actions();
    move || {
        let now = rig.now();
        rig.guard.handle_datagram(now, id, &[0x80; 64]);
        assert_eq!(rig.poll(), Some(20 + 8 + 64));
    }
}

fn connection() -> impl FnMut() {
    use gasket_core::guard::Io;
    let mut rig = Rig::new();
    let mut port = 1024;
    move || {
        port = if port == u16::MAX { 1024 } else { port + 1 };
        let mut connection = passing(&mut rig, port);
        let id = connection.id;
        rig.fill(id, 64);
        rig.flush();
        connection.took(64);
        let end = connection.says(TcpControl::Fin, &[]);
        rig.handle(&end);
        assert!(rig.actions().contains(&Action::Shutdown(id)));
        let now = rig.now();
        rig.guard.fill(now, id, |_| Io::Ended);
        rig.flush();
        connection.took(1);
        let last = connection.says(TcpControl::None, &[]);
        rig.handle(&last);
        let closes = Action::Close {
            flow: id,
            abort: false,
        };
        assert!(rig.actions().contains(&closes), "to {}", peer());
        rig.flush();
    }
}

fn after_rest() -> impl FnMut() {
    let mut rig = Rig::new();
    let mut connections: Vec<Connection> = (0..RESTING)
        .map(|nth| passing(&mut rig, 40_000 + nth))
        .collect();
    let mut turn = 0;
    move || {
        turn = (turn + 1) % connections.len();
        let connection = &mut connections[turn];
        let byte = connection.says(TcpControl::Psh, &[0x80]);
        let id = connection.id;
        rig.handle(&byte);
        rig.actions();
        assert_eq!(rig.drain(id), 1);
        rig.flush();
    }
}
