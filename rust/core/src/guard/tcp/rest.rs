//! Connections at rest give back their rings; what comes next takes them up again.

use super::super::{LIVE, POOL};
use super::Upstream;
use super::gate::Gate;
use crate::flow::FlowId;
use crate::guard::Guard;
use crate::guard::transport::{Flow, Transport};
use crate::tcp::Stack;

/// Flows looked at for one that is at rest each time another needs a stack: with one at a time those in use would
/// keep the others from their turn.
const LOOKS: usize = 4;

impl Guard {
    /// Connections that have given back their rings.
    pub fn flows_at_rest(&self) -> usize {
        let flows = self.flows.ids().into_iter();
        let is_parked = |id: &FlowId| match self.flows.get(*id).map(|flow| &flow.transport) {
            Some(Transport::Tcp(tcp)) => tcp.parked.is_some(),
            _ => false,
        };
        flows.filter(is_parked).count()
    }

    /// A stack whose rings are for this MTU.
    pub(super) fn fresh_stack(&mut self, mtu: usize) -> Box<Stack> {
        let pooled = self.pool.pop().filter(|stack| stack.mtu() == mtu);
        pooled.unwrap_or_else(|| {
            let seed = self.next_seed();
            Box::new(Stack::new(self.now, mtu, seed))
        })
    }

    /// Keeps a stack for the next flow.
    pub(in crate::guard) fn retire(&mut self, stack: Box<Stack>) {
        if self.pool.len() < POOL {
            self.pool.push(stack);
        }
    }

    /// Notes that a flow has a stack now, and parks others that are at rest if there are many.
    pub(super) fn lives(&mut self, id: FlowId) {
        self.live.push_back((id, self.now));
        for _ in 0..LOOKS {
            if self.live.len() <= LIVE {
                return;
            }
            let Some((id, seen)) = self.live.pop_front() else {
                return;
            };
            let Some(flow) = self.flows.get(id) else {
                continue;
            };
            let last_used = flow.last_used;
            if last_used > seen || !self.park(id) {
                self.live.push_back((id, last_used));
            }
        }
    }

    /// Takes the stack from a flow at rest; `false` if it is not.
    fn park(&mut self, id: FlowId) -> bool {
        let now = self.now;
        let Some(flow) = self.flows.get_mut(id) else {
            return false;
        };
        let Transport::Tcp(tcp) = &mut flow.transport else {
            return false;
        };
        let holds_bytes = match &tcp.gate {
            Gate::Inspect(held) => !held.bytes.is_empty(),
            Gate::Pass | Gate::Answered => false,
        };
        let is_waiting = tcp.upstream != Upstream::Connected
            || tcp.silence.is_some()
            || tcp.doomed.is_some()
            || tcp.wants_room;
        if flow.is_dirty || holds_bytes || is_waiting {
            return false;
        }
        let Some(stack) = tcp.stack.as_mut() else {
            return false;
        };
        let Some(parked) = stack.park(now, tcp.offer, tcp.window) else {
            return false;
        };
        tcp.parked = Some(parked);
        tcp.stack_deadline = None;
        if let Some(stack) = tcp.stack.take() {
            self.retire(stack);
        }
        self.weigh(id);
        true
    }

    /// Gives a parked flow a stack again; does nothing to others.
    pub(in crate::guard) fn wake(&mut self, id: FlowId) {
        let Some(parked) = self.tcp_mut(id).and_then(|tcp| tcp.parked.take()) else {
            return;
        };
        let now = self.now;
        let mut stack = self.fresh_stack(parked.mtu());
        let Some(Flow {
            transport: Transport::Tcp(tcp),
            tuple,
            ..
        }) = self.flows.get_mut(id)
        else {
            return;
        };
        if !stack.resume(now, tuple, &parked) {
            log::error!("a connection at rest could not be taken up again");
            return self.end_flow(id, true);
        }
        tcp.stack = Some(stack);
        self.lives(id);
    }
}
