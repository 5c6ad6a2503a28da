//! Room for one more: how many flows there may be, how much they may keep in their buffers, and who goes where that is
//! too much. Nobody pays for another: it is always the one who has the most.

use super::{Guard, Transport};
use crate::Instant;
use crate::flow::FlowId;

/// Bytes that the buffers of all flows may come to. A thousand busy connections with full windows both ways take
/// as much; a phone has some dozens.
pub(super) const BUFFERS_MAX: usize = 256 * 1024 * 1024;

/// What a flow's buffers may grow by before that is noted: a page.
const STEP: usize = 4096;

impl Guard {
    /// Makes room for one more flow.
    pub(super) fn make_room(&mut self) {
        while self.flows.len() >= self.limits.flows.max(1) {
            let Some(id) = self.flows.idlest() else {
                return;
            };
            self.evict(id);
        }
    }

    /// The driver is out of descriptors: of whoever has the most flows, the idlest go until one with a socket has
    /// gone. Returns whether one has.
    pub fn evict_idlest(&mut self, now: Instant) -> bool {
        self.now = now;
        while let Some(id) = self.flows.idlest() {
            let has_socket = self.flows.get(id).is_some_and(|flow| flow.dialled);
            self.evict(id);
            if has_socket {
                return true;
            }
        }
        false
    }

    /// Bytes that the buffers of all flows have come to, give or take a page each.
    pub fn buffered(&self) -> usize {
        self.flows.charged()
    }

    /// Notes what the buffers of a flow have come to, and ends others, or this one, where that is too much.
    pub(super) fn weigh(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let bytes = match &flow.transport {
            Transport::Tcp(tcp) => tcp.buffers(flow.bytes_back),
            Transport::Udp(udp) => udp.buffers(),
        };
        let noted = flow.charge();
        if bytes < noted + STEP && (bytes > 0) == (noted > 0) && noted < bytes + STEP {
            return;
        }
        self.flows.charge(id, bytes);
        while self.flows.charged() > BUFFERS_MAX {
            let Some(id) = self.flows.greediest() else {
                return;
            };
            self.evict(id);
        }
    }

    fn evict(&mut self, id: FlowId) {
        self.counters.evicted += 1;
        self.end_flow(id, true);
    }
}
