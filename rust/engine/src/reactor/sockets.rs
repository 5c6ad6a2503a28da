//! How a flow's socket is opened and closed.

use std::net::{Shutdown, SocketAddr};
use std::os::fd::AsFd;
use std::time::{Duration, Instant as Clock};

use gasket_core::facts::Protocol;
use gasket_core::flow::FlowId;
use gasket_core::guard::ConnectError;

use super::connection::{Leaving, connection};
use super::{Connection, EXHAUSTION_PAUSE, Reactor};
use crate::dial::{DialError, dial};
use crate::sys::Interest;

impl Reactor {
    /// Opens a flow's socket; `None` if the outcome comes later.
    pub(super) fn connect(
        &mut self,
        id: FlowId,
        protocol: Protocol,
        destination: SocketAddr,
    ) -> Option<Result<(), ConnectError>> {
        if !self.guard.has_flow(id) {
            // It ended between asking for the socket and now.
            return None;
        }
        if self
            .exhausted_until
            .is_some_and(|until| until > Clock::now())
        {
            return Some(Err(ConnectError::Unavailable));
        }
        let mut outcome = dial(self.host.as_ref(), protocol, destination);
        if matches!(outcome, Err(DialError::Exhausted)) && !self.leaving.is_empty() {
            self.leave();
            outcome = dial(self.host.as_ref(), protocol, destination);
        }
        if matches!(outcome, Err(DialError::Exhausted)) && self.guard.evict_idlest(self.now()) {
            self.close_evicted();
            if !self.guard.has_flow(id) {
                return None;
            }
            outcome = dial(self.host.as_ref(), protocol, destination);
        }
        let outside = match outcome {
            Ok(outside) => outside,
            Err(DialError::Exhausted) => {
                log::warn!("out of sockets; new connections fail for {EXHAUSTION_PAUSE:?}");
                self.exhausted_until = Some(Clock::now() + EXHAUSTION_PAUSE);
                return Some(Err(ConnectError::Unavailable));
            }
            Err(DialError::Unprotected) => {
                log::error!("a socket could not be protected and was closed");
                return Some(Err(ConnectError::Unavailable));
            }
            Err(DialError::Failed(why)) => return Some(Err(why)),
        };
        let interest = match protocol {
            Protocol::Tcp => Interest::Edges,
            Protocol::Udp | Protocol::Icmp => Interest::Arrivals,
        };
        if let Err(error) = self.epoll.add(outside.as_fd(), id.to_u64(), interest) {
            log::error!("a socket could not be watched: {error}");
            return Some(Err(ConnectError::Unavailable));
        }
        let is_connecting = outside.is_connecting;
        self.has_dialled |= is_connecting;
        if self.connections.len() <= id.slot() {
            self.connections.resize_with(id.slot() + 1, || None);
        }
        self.connections[id.slot()] = Some(Connection {
            id,
            outside,
            readable: false,
            writable: !is_connecting,
            ended: false,
        });
        (!is_connecting).then_some(Ok(()))
    }

    /// Closes the sockets of flows that were just evicted, ahead of the other actions, so that
    /// their descriptors are free.
    fn close_evicted(&mut self) {
        for flow in self.guard.take_closings() {
            self.close(flow, true);
        }
    }

    /// Ends what waits to be ended.
    pub(super) fn leave(&mut self) {
        for leaving in self.leaving.drain(..) {
            match leaving {
                Leaving::Half(id) => {
                    if let Some(connection) = connection(&mut self.connections, id) {
                        // Fails where the peer is gone already; reading will tell.
                        let _ = connection.outside.socket.shutdown(Shutdown::Write);
                    }
                }
                Leaving::Whole(connection) => drop(connection),
            }
        }
    }

    pub(super) fn close(&mut self, id: FlowId, abort: bool) {
        let Some(slot) = self.connections.get_mut(id.slot()) else {
            return;
        };
        if slot.as_ref().is_none_or(|connection| connection.id != id) {
            return;
        }
        let Some(connection) = slot.take() else {
            return;
        };
        if !abort {
            self.leaving.push(Leaving::Whole(connection));
        } else if connection.outside.protocol == Protocol::Tcp {
            // Makes the kernel send a reset; without it the peer would see an orderly end.
            let _ = connection.outside.socket.set_linger(Some(Duration::ZERO));
        }
    }
}
