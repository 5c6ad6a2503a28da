//! Datagrams between a flow's socket and the guard.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;

use gasket_core::facts::Protocol;
use gasket_core::flow::FlowId;

use super::Reactor;
use super::connection::connection;
use crate::dial::{connect_error, segments_are_supported};
use crate::sys;

/// Datagrams taken from one socket before the others have their turn.
const DATAGRAMS: usize = 64;

/// Datagrams sent by one system call: what kernels since 4.18 take (`UDP_MAX_SEGMENTS`).
const TRAIN: usize = 64;

/// Bytes sent by one system call: an IPv4 packet with its headers has no more room.
const TRAIN_BYTES: usize = 65_535 - 60 - 8;

/// Datagrams of one flow, back to back, all of one size but the last, which may be shorter.
#[derive(Default)]
pub(super) struct Train {
    flow: Option<FlowId>,
    bytes: Vec<u8>,
    size: usize,
    count: usize,
    /// Whether the kernel cuts a train into datagrams; not known before the first.
    is_supported: Option<bool>,
}

impl Train {
    /// Appends a datagram; `false` if it must travel with another train.
    fn take(&mut self, flow: FlowId, payload: &[u8]) -> bool {
        if self.count == 0 {
            self.flow = Some(flow);
            self.size = payload.len();
        }
        let is_closed = self.bytes.len() < self.count * self.size;
        let fits = self.count < TRAIN && self.bytes.len() + payload.len() <= TRAIN_BYTES;
        let belongs = self.flow == Some(flow) && !is_closed && payload.len() <= self.size;
        // An empty one has no place in the row, and ends it nowhere.
        let is_alone = self.count > 0 && (payload.is_empty() || self.size == 0);
        if self.count > 0 && (!fits || !belongs || is_alone) {
            return false;
        }
        self.bytes.extend_from_slice(payload);
        self.count += 1;
        true
    }
}

impl Reactor {
    /// Sends a datagram with the next ones of its flow.
    pub(super) fn queue_datagram(&mut self, id: FlowId, payload: Vec<u8>) {
        if !self.train.take(id, &payload) {
            self.send_queued();
            // Empty now: it takes any.
            self.train.take(id, &payload);
        }
    }

    /// Sends what was queued.
    pub(super) fn send_queued(&mut self) {
        let Some(id) = self.train.flow.take() else {
            return;
        };
        let bytes = std::mem::take(&mut self.train.bytes);
        let (size, count) = (self.train.size, std::mem::take(&mut self.train.count));
        if count == 1 {
            self.send_datagram(id, &bytes);
        } else if !self.send_train(id, &bytes, size) {
            for payload in bytes.chunks(size) {
                self.send_datagram(id, payload);
            }
        }
        self.train.bytes = bytes;
        self.train.bytes.clear();
    }

    /// Sends datagrams by one call; `false` if they must be sent one by one, each with its own outcome.
    fn send_train(&mut self, id: FlowId, bytes: &[u8], size: usize) -> bool {
        let Some(connection) = connection(&mut self.connections, id) else {
            return true;
        };
        let outside = &connection.outside;
        if outside.protocol != Protocol::Udp {
            return false;
        }
        let is_supported = *self
            .train
            .is_supported
            .get_or_insert_with(|| segments_are_supported(outside));
        if !is_supported {
            return false;
        }
        match outside.send_segments(bytes, size) {
            Ok(_) => true,
            Err(error) => {
                // The device does not compute checksums, or the path is encrypted by the kernel.
                if matches!(error.raw_os_error(), Some(libc::EIO | libc::EOPNOTSUPP)) {
                    log::info!("datagrams are sent one by one: {error}");
                    self.train.is_supported = Some(false);
                }
                false
            }
        }
    }

    pub(super) fn receive_datagrams(&mut self, id: FlowId) {
        let now = self.now();
        for _ in 0..DATAGRAMS {
            let Some(connection) = connection(&mut self.connections, id) else {
                return;
            };
            match (&connection.outside.socket).read(&mut self.buffer) {
                Ok(len) => {
                    let payload = self.buffer.get(..len).unwrap_or_default();
                    self.guard.handle_datagram(now, id, payload);
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return,
                    ErrorKind::Interrupted => {}
                    _ => {
                        self.datagram_failed(id, &error);
                    }
                },
            }
        }
        // There may be more, and an edge is told once only.
        self.ready.push(id);
    }

    fn datagram_failed(&mut self, id: FlowId, error: &io::Error) {
        let now = self.now();
        let Some(connection) = connection(&mut self.connections, id) else {
            return;
        };
        if error.raw_os_error() == Some(libc::EMSGSIZE) {
            let outside = &connection.outside;
            match sys::path_mtu(outside.as_fd(), outside.is_v6) {
                Ok(mtu) => self.guard.handle_datagram_too_big(now, id, mtu),
                Err(error) => log::debug!("no path MTU: {error}"),
            }
        } else {
            self.guard
                .handle_datagram_error(now, id, connect_error(error));
        }
    }

    fn send_datagram(&mut self, id: FlowId, payload: &[u8]) {
        for _ in 0..2 {
            let Some(connection) = connection(&mut self.connections, id) else {
                return;
            };
            let Err(error) = connection.outside.socket.send(payload) else {
                return;
            };
            match error.kind() {
                // A full socket buffer drops a datagram, as any full queue on the way would.
                ErrorKind::WouldBlock => return,
                ErrorKind::Interrupted => {}
                // The fate of an earlier datagram; this one was not sent yet.
                ErrorKind::ConnectionRefused => self.datagram_failed(id, &error),
                _ => return self.datagram_failed(id, &error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(number: u64) -> FlowId {
        FlowId::from_u64(number)
    }

    #[test]
    fn a_train_is_of_one_flow_and_one_size_but_for_its_last() {
        let mut train = Train::default();
        assert!(train.take(flow(1), &[0; 100]));
        assert!(!train.take(flow(2), &[0; 100]), "another flow");
        assert!(!train.take(flow(1), &[0; 101]), "longer");
        assert!(!train.take(flow(1), &[]), "empty");
        assert!(train.take(flow(1), &[0; 100]));
        assert!(train.take(flow(1), &[0; 40]), "shorter: the last");
        assert!(!train.take(flow(1), &[0; 40]), "after the last");
        assert_eq!((train.count, train.size, train.bytes.len()), (3, 100, 240));
    }

    #[test]
    fn an_empty_datagram_travels_alone() {
        let mut train = Train::default();
        assert!(train.take(flow(1), &[]));
        assert!(!train.take(flow(1), &[]));
        assert!(!train.take(flow(1), &[0; 1]));
        assert_eq!(train.count, 1);
    }

    #[test]
    fn a_train_is_no_longer_than_kernels_take() {
        let mut train = Train::default();
        let taken = (0..100)
            .take_while(|_| train.take(flow(1), &[0; 10]))
            .count();
        assert_eq!(taken, TRAIN);
        let mut train = Train::default();
        let taken = (0..100)
            .take_while(|_| train.take(flow(1), &[0; 1400]))
            .count();
        assert_eq!(taken, TRAIN_BYTES / 1400);
    }
}
