//! What the guard and its driver, who has the sockets, say to each other.

use std::net::SocketAddr;

#[cfg(doc)]
use super::Guard;
use crate::facts::Protocol;
use crate::flow::FlowId;
use crate::packet::FiveTuple;

/// What the driver has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask the platform who owns the five-tuple; answer by [`Guard::handle_owner`].
    AskOwner(FlowId, FiveTuple),
    /// Open a socket to the destination; answer by [`Guard::handle_connected`].
    Connect(FlowId, Protocol, SocketAddr),
    /// Bytes of the app wait for the flow's socket: call [`Guard::drain`].
    Send(FlowId),
    /// There is room again for bytes from the flow's socket: call [`Guard::fill`].
    Receive(FlowId),
    /// Send one datagram (of an echo flow: one ICMP message without IP header).
    SendDatagram(FlowId, Vec<u8>),
    /// The app has ended its half: shut down the socket's write half.
    Shutdown(FlowId),
    /// The flow is gone: close its socket, with a reset if `abort`.
    Close {
        /// The flow.
        flow: FlowId,
        /// Whether to reset the peer's side rather than end it in order.
        abort: bool,
    },
}

/// Why a socket could not be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectError {
    /// The peer refused (RST, or ICMP port unreachable).
    Refused,
    /// No route to the network.
    NetworkUnreachable,
    /// The host does not answer to its neighbours.
    HostUnreachable,
    /// Nobody answered in time.
    TimedOut,
    /// The socket could not be made, or not be kept out of the tunnel.
    Unavailable,
}

/// What a driver's read or write of a socket did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Io {
    /// This many bytes were moved.
    Moved(usize),
    /// Nothing more can be moved now.
    WouldBlock,
    /// Reading: the peer has ended its half. Writing: the peer takes no more.
    Ended,
    /// The connection was reset.
    Reset,
}

/// What the driver's machine can carry.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Flows at a time, one socket each; beyond, the idlest of whoever has the most goes.
    pub flows: usize,
    /// Whether the platform can be asked for owners; if not, every owner is unknown at once.
    pub owners: bool,
}
