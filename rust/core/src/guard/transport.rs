//! The table of flows, with what each transport needs.

use super::beacons::Nameless;
use super::report::Unit;
use super::tcp::TcpFlow;
use super::udp::UdpFlow;
use crate::flow;

/// Transport-specific half of a flow.
pub(super) enum Transport {
    Tcp(Box<TcpFlow>),
    Udp(Box<UdpFlow>),
}

pub(super) type Flow = flow::Flow<Transport>;
pub(super) type Flows = flow::Flows<Transport>;

impl Transport {
    /// The request or datagram that is being judged.
    pub(super) fn unit_mut(&mut self) -> &mut Unit {
        match self {
            Self::Tcp(tcp) => &mut tcp.unit,
            Self::Udp(udp) => &mut udp.unit,
        }
    }

    /// That it has not said yet whom it speaks to, and no DNS answer has.
    pub(super) fn nameless_mut(&mut self) -> &mut Option<Box<Nameless>> {
        match self {
            Self::Tcp(tcp) => &mut tcp.nameless,
            Self::Udp(udp) => &mut udp.nameless,
        }
    }

    /// Whether it passes unread because its app was trusted when it began.
    pub(super) fn is_unread(&self) -> bool {
        match self {
            Self::Tcp(tcp) => tcp.is_unread,
            Self::Udp(udp) => udp.is_unread,
        }
    }
}
