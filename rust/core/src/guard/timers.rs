//! One heap of deadlines. Entries may be stale; a stale one is dropped when it comes up, before it
//! could wake anybody: an idle engine wakes for nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Guard, OWNER_WAIT};
use crate::Instant;
use crate::flow::{FlowId, Ownership};
use crate::guard::transport::{Flow, Transport};

/// Entries beyond two for each flow before the stale ones are dropped.
const SPARE: usize = 64;

/// The armed deadlines, the next on top.
#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, FlowId)>>,
}

/// The earliest deadline of a flow, with its reason.
fn deadline(flow: &Flow) -> Option<(Instant, &'static str)> {
    let owner = match flow.ownership {
        Ownership::Asked { until } => Some((until, "owner unknown")),
        Ownership::Known(_) | Ownership::Unknown => None,
    };
    let (first, second) = match &flow.transport {
        Transport::Tcp(tcp) => (
            tcp.silence.map(|at| (at, "app silent")),
            tcp.stack_deadline.map(|at| (at, "tcp")),
        ),
        Transport::Udp(udp) => (
            Some((flow.last_used + udp.idle_limit(), "udp idle")),
            udp.overdue.map(|at| (at, "hello overdue")),
        ),
    };
    [owner, first, second].into_iter().flatten().min()
}

impl Guard {
    /// Sees to it that the flow's earliest deadline is in the heap.
    pub(super) fn arm(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let Some((at, _)) = deadline(flow) else {
            return;
        };
        if flow.armed.is_none_or(|armed| at < armed) {
            flow.armed = Some(at);
            self.timers.heap.push(Reverse((at, id)));
            // Stale entries come up only when they are due, and flows may come and go much faster.
            if self.timers.heap.len() > 2 * self.flows.len() + SPARE {
                let flows = self.flows.ids().into_iter();
                let armed = |id| Some(Reverse((self.flows.get(id)?.armed?, id)));
                self.timers.heap = flows.filter_map(armed).collect();
            }
        }
    }

    /// When to call [`Guard::handle_timeout`] at the latest, and why.
    pub fn poll_timeout(&mut self) -> Option<(Instant, &'static str)> {
        if self.awaits_turn() {
            return Some((self.now, "more to judge"));
        }
        self.next_deadline()
    }

    fn next_deadline(&mut self) -> Option<(Instant, &'static str)> {
        loop {
            let Reverse((at, id)) = *self.timers.heap.peek()?;
            if let Some(flow) = self.flows.get_mut(id)
                && flow.armed == Some(at)
            {
                match deadline(flow) {
                    Some((true_at, why)) if true_at <= at => return Some((at, why)),
                    _ => flow.armed = None,
                }
            }
            self.timers.heap.pop();
            self.arm(id);
        }
    }

    /// Does what is due, and begins the next turn of judging.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.expire_due(now);
        self.take_turn(now);
    }

    fn expire_due(&mut self, now: Instant) {
        while let Some((at, _)) = self.next_deadline() {
            if at > now {
                return;
            }
            let Some(Reverse((_, id))) = self.timers.heap.pop() else {
                return;
            };
            if let Some(flow) = self.flows.get_mut(id) {
                flow.armed = None;
                self.expire(id);
                self.arm(id);
            }
        }
    }

    fn expire(&mut self, id: FlowId) {
        let now = self.now;
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        if let Ownership::Asked { until } = flow.ownership
            && until <= now
        {
            self.flows.settle(id, Ownership::Unknown);
            self.notice_start(id, until - OWNER_WAIT);
            self.resume(id);
        }
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let last_used = flow.last_used;
        match &mut flow.transport {
            Transport::Tcp(tcp) => {
                if tcp.stack_deadline.is_some_and(|at| at <= now) {
                    tcp.stack_deadline = None;
                    self.mark_dirty(id);
                }
                let Some(Transport::Tcp(tcp)) = self.flows.get(id).map(|flow| &flow.transport)
                else {
                    return;
                };
                if tcp.silence.is_some_and(|at| at <= now) {
                    self.silence_is_over(id);
                }
            }
            Transport::Udp(udp) => {
                if last_used + udp.idle_limit() <= now {
                    self.end_flow(id, false);
                } else if udp.overdue.is_some_and(|at| at <= now) {
                    self.datagrams_are_overdue(id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::facts::Protocol;
    use crate::guard::Limits;
    use crate::packet::{FiveTuple, PacketQueue, udp};
    use crate::rules::Pack;

    /// Flows that would be waited for for twenty minutes, each in the place of one before.
    #[test]
    fn deadlines_do_not_outgrow_the_flows() {
        const FLOWS: usize = 10;
        let limits = Limits {
            flows: FLOWS,
            owners: false,
        };
        let (config, pack) = (Config::default(), Pack::embedded());
        let mut guard = Guard::new(Instant::ZERO, 0, 1, config, pack, limits, None);
        let mut packet = [0; 1500];
        for port in 1_000..11_000 {
            let to_server = FiveTuple {
                protocol: Protocol::Udp,
                // As if the server sent it: the builder makes packets towards the app.
                source: "198.51.100.7:4500".parse().unwrap(),
                destination: (std::net::Ipv4Addr::new(10, 0, 0, 2), port).into(),
            };
            let mut queue = PacketQueue::default();
            assert!(udp(&mut queue, &to_server, b"x", 1500));
            let len = queue.pop(&mut packet).unwrap();
            guard.handle_packet(Instant::ZERO, &packet[..len]);
            guard.handle_timeout(Instant::ZERO);
            while guard.poll_action().is_some() {}
        }
        assert_eq!(guard.flow_count(), FLOWS);
        assert!(guard.timers.heap.len() <= 2 * FLOWS + SPARE);
        let (at, _) = guard.poll_timeout().expect("they are armed");
        guard.handle_timeout(at);
        assert_eq!(guard.flow_count(), 0, "none was forgotten");
    }
}
