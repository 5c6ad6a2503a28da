//! Who has how much of the table and of the buffers. When there is too much, the one with the most pays, so that
//! an app can exhaust its own share and never another's.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use super::{Flow, FlowId, Ownership, Slot};
use crate::Instant;

/// Whose share a flow counts towards: that of its app, or the one of all flows whose owner is not known (yet).
pub(crate) type Payer = Option<u32>;

/// Whose share a flow of this owner counts towards.
pub(super) fn payer(ownership: &Ownership) -> Payer {
    ownership.owner().map(|owner| owner.uid)
}

/// Flows in the order they came or last got a second chance, and when each was last seen used then. Those that are
/// gone stay until met.
type Order = VecDeque<(FlowId, Instant)>;

#[derive(Default)]
struct Share {
    flows: usize,
    bytes: usize,
    datagrams: Order,
    connections: Order,
    /// Those with anything in their buffers.
    charged: Order,
}

/// All shares. There are as many as apps with flows: some dozens.
#[derive(Default)]
pub(super) struct Shares {
    by_payer: BTreeMap<Payer, Share>,
    bytes: usize,
}

impl Shares {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A flow begins to count towards a share.
    pub(super) fn enter(&mut self, payer: Payer, id: FlowId, at: Instant, is_datagrams: bool) {
        let share = self.by_payer.entry(payer).or_default();
        share.flows += 1;
        let order = if is_datagrams {
            &mut share.datagrams
        } else {
            &mut share.connections
        };
        order.push_back((id, at));
    }

    /// A flow no longer counts towards a share. It has another payer, or is gone from `slots`, by now.
    pub(super) fn leave<T>(&mut self, payer: Payer, charge: usize, slots: &[Slot<T>]) {
        let Some(share) = self.by_payer.get_mut(&payer) else {
            return;
        };
        share.flows = share.flows.saturating_sub(1);
        share.bytes = share.bytes.saturating_sub(charge);
        self.bytes = self.bytes.saturating_sub(charge);
        if share.flows == 0 {
            self.by_payer.remove(&payer);
            return;
        }
        // Entries of flows that are gone are skipped when met; without this they would outgrow the flows.
        let most = 2 * share.flows + 64;
        let orders = [
            &mut share.datagrams,
            &mut share.connections,
            &mut share.charged,
        ];
        for order in orders.into_iter().filter(|order| order.len() > most) {
            order.retain(|(id, _)| find(slots, *id).is_some_and(|flow| flow.payer == payer));
        }
    }

    /// What a flow's buffers have come to changes.
    pub(super) fn charge<T>(&mut self, flow: &mut Flow<T>, bytes: usize) {
        let Some(share) = self.by_payer.get_mut(&flow.payer) else {
            return;
        };
        let before = std::mem::replace(&mut flow.charge, bytes);
        share.bytes = share.bytes.saturating_sub(before) + bytes;
        self.bytes = self.bytes.saturating_sub(before) + bytes;
        if bytes > 0 && !std::mem::replace(&mut flow.is_queued, true) {
            share.charged.push_back((flow.id, flow.last_used));
        }
    }

    pub(super) fn idlest<T>(&mut self, slots: &[Slot<T>]) -> Option<FlowId> {
        let most = self.by_payer.iter_mut();
        let (payer, share) = most.max_by_key(|(_, share)| share.flows)?;
        let is_ours = |flow: &Flow<T>| flow.payer == *payer;
        take_turns(&mut share.datagrams, slots, is_ours)
            .or_else(|| take_turns(&mut share.connections, slots, is_ours))
    }

    pub(super) fn greediest<T>(&mut self, slots: &mut [Slot<T>]) -> Option<FlowId> {
        let most = self.by_payer.iter_mut();
        let (payer, share) = most.max_by_key(|(_, share)| share.bytes)?;
        let is_ours = |flow: &Flow<T>| flow.payer == *payer;
        loop {
            let id = take_turns(&mut share.charged, slots, is_ours)?;
            let flow = slots.get_mut(id.slot())?.flow.as_mut()?;
            if flow.charge > 0 {
                return Some(id);
            }
            flow.is_queued = false;
            share.charged.pop_front();
        }
    }
}

fn find<T>(slots: &[Slot<T>], id: FlowId) -> Option<&Flow<T>> {
    let flow = slots.get(id.slot())?.flow.as_ref();
    flow.filter(|flow| flow.id == id)
}

/// The first that was not used since it was last seen. Each that was goes to the end once, which its use has
/// paid for; each that does not count here any more is dropped.
fn take_turns<T>(
    order: &mut Order,
    slots: &[Slot<T>],
    counts: impl Fn(&Flow<T>) -> bool,
) -> Option<FlowId> {
    while let Some((id, seen)) = order.pop_front() {
        let Some(flow) = find(slots, id).filter(|flow| counts(flow)) else {
            continue;
        };
        if flow.last_used <= seen {
            order.push_front((id, seen));
            return Some(id);
        }
        order.push_back((id, flow.last_used));
    }
    None
}
