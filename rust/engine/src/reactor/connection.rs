//! The sockets of flows.

use std::io;

use gasket_core::flow::FlowId;

use crate::dial::Outside;

/// A flow's socket and what epoll last said of it.
pub(super) struct Connection {
    pub(super) id: FlowId,
    pub(super) outside: Outside,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// The peer has ended: read until the end, short reads prove nothing.
    pub(super) ended: bool,
}

impl Connection {
    /// The error of a dial that has ended. Without an error epoll tells of none, and need not be asked twice.
    pub(super) fn outcome(&self) -> io::Result<Option<io::Error>> {
        if self.ended {
            self.outside.socket.take_error()
        } else {
            Ok(None)
        }
    }
}

/// An end that nobody waits for.
pub(super) enum Leaving {
    /// The app has ended its half.
    Half(FlowId),
    /// The flow is over; dropping closes.
    Whole(Connection),
}

/// The connection of a flow, if it has one.
pub(super) fn connection(
    connections: &mut [Option<Connection>],
    id: FlowId,
) -> Option<&mut Connection> {
    let connection = connections.get_mut(id.slot())?.as_mut()?;
    (connection.id == id).then_some(connection)
}
