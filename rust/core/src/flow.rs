//! The table of flows: five-tuple to slot in constant time, and who goes when there are too many.

mod shares;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use self::shares::Payer;
use self::shares::Shares;

use crate::beacon::OpenFlow;
use crate::event::NameSource;
use crate::facts::Protocol;
use crate::owner::Owner;
use crate::packet::FiveTuple;
use crate::tables::Place;
use crate::{Duration, Instant};

/// Names a flow to the driver; never reused within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowId(u64);

impl FlowId {
    fn new(slot: usize, generation: u32) -> Self {
        Self(u64::from(generation) << 32 | slot as u64)
    }

    /// The slot, dense from zero: an index for the driver's own tables.
    pub fn slot(self) -> usize {
        (self.0 & 0xffff_ffff) as usize
    }

    /// As a plain number, for an epoll token.
    pub fn to_u64(self) -> u64 {
        self.0
    }

    /// The inverse of [`FlowId::to_u64`].
    pub fn from_u64(number: u64) -> Self {
        Self(number)
    }
}

/// What is known of a flow's owner.
#[derive(Debug, Clone)]
pub(crate) enum Ownership {
    /// The platform was asked; without an answer by then the owner counts as unknown.
    Asked {
        /// When waiting ends.
        until: Instant,
    },
    /// The platform answered.
    Known(Arc<Owner>),
    /// The platform does not know, or did not answer in time.
    Unknown,
}

impl Ownership {
    pub(crate) fn owner(&self) -> Option<&Owner> {
        match self {
            Self::Known(owner) => Some(owner),
            Self::Asked { .. } | Self::Unknown => None,
        }
    }

    /// The owner, shared with whoever keeps it longer than the flow.
    pub(crate) fn known(&self) -> Option<Arc<Owner>> {
        match self {
            Self::Known(owner) => Some(Arc::clone(owner)),
            Self::Asked { .. } | Self::Unknown => None,
        }
    }

    /// When the platform was asked, where that is still open and it is waited for `wait`.
    pub(crate) fn asked_at(&self, wait: Duration) -> Option<Instant> {
        match self {
            Self::Asked { until } => Some(*until - wait),
            Self::Known(_) | Self::Unknown => None,
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        !matches!(self, Self::Asked { .. })
    }
}

/// One flow; `T` is the half of it that its transport needs.
pub(crate) struct Flow<T> {
    pub(crate) id: FlowId,
    pub(crate) number: u64,
    pub(crate) tuple: FiveTuple,
    /// Changed by [`Flows::settle`] only: the share it counts towards hangs on it.
    pub(crate) ownership: Ownership,
    payer: Payer,
    /// Bytes that its buffers have come to.
    charge: usize,
    /// Whether its share's list of those with anything in their buffers has it.
    is_queued: bool,
    pub(crate) name: Option<(String, NameSource)>,
    /// Of the destination.
    pub(crate) place: Place,
    pub(crate) transport: T,
    /// Payload bytes handed to the upstream socket.
    pub(crate) bytes_left: u64,
    /// Payload bytes that came back.
    pub(crate) bytes_back: u64,
    /// Whether a connection upstream was opened or tried.
    pub(crate) dialled: bool,
    pub(crate) last_used: Instant,
    /// The earliest entry of this flow in the timer heap.
    pub(crate) armed: Option<Instant>,
    pub(crate) is_dirty: bool,
    /// Whether it waits for its app's next turn to be judged.
    pub(crate) awaits_turn: bool,
    /// What the search for beacons knows it by, once its owner is settled.
    pub(crate) beacon: Option<OpenFlow>,
}

impl<T> Flow<T> {
    /// Whose share it counts towards.
    pub(crate) fn payer(&self) -> Payer {
        self.payer
    }

    /// Bytes that its buffers have come to, as last noted.
    pub(crate) fn charge(&self) -> usize {
        self.charge
    }

    fn is_datagrams(&self) -> bool {
        self.tuple.protocol != Protocol::Tcp
    }
}

struct Slot<T> {
    generation: u32,
    flow: Option<Flow<T>>,
}

/// All flows.
pub(crate) struct Flows<T> {
    slots: Vec<Slot<T>>,
    free: Vec<usize>,
    by_tuple: HashMap<FiveTuple, FlowId>,
    shares: Shares,
    numbers: u64,
}

impl<T> Default for Flows<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_tuple: HashMap::new(),
            shares: Shares::default(),
            numbers: 0,
        }
    }
}

impl<T> Flows<T> {
    pub(crate) fn len(&self) -> usize {
        self.by_tuple.len()
    }

    pub(crate) fn by_tuple(&self, tuple: &FiveTuple) -> Option<FlowId> {
        self.by_tuple.get(tuple).copied()
    }

    pub(crate) fn get(&self, id: FlowId) -> Option<&Flow<T>> {
        let slot = self.slots.get(id.slot())?;
        slot.flow.as_ref().filter(|flow| flow.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: FlowId) -> Option<&mut Flow<T>> {
        let slot = self.slots.get_mut(id.slot())?;
        slot.flow.as_mut().filter(|flow| flow.id == id)
    }

    pub(crate) fn insert(
        &mut self,
        now: Instant,
        tuple: FiveTuple,
        ownership: Ownership,
        name: Option<(String, NameSource)>,
        place: Place,
        transport: T,
    ) -> FlowId {
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                generation: 0,
                flow: None,
            });
            self.slots.len() - 1
        });
        let slot = &mut self.slots[at];
        slot.generation = slot.generation.wrapping_add(1);
        let id = FlowId::new(at, slot.generation);
        self.numbers += 1;
        let payer = shares::payer(&ownership);
        slot.flow = Some(Flow {
            id,
            number: self.numbers,
            tuple,
            ownership,
            payer,
            charge: 0,
            is_queued: false,
            name,
            place,
            transport,
            bytes_left: 0,
            bytes_back: 0,
            dialled: false,
            last_used: now,
            armed: None,
            is_dirty: false,
            awaits_turn: false,
            beacon: None,
        });
        self.by_tuple.insert(tuple, id);
        let is_datagrams = tuple.protocol != Protocol::Tcp;
        self.shares.enter(payer, id, now, is_datagrams);
        id
    }

    pub(crate) fn remove(&mut self, id: FlowId) -> Option<Flow<T>> {
        self.get(id)?;
        let flow = self.slots.get_mut(id.slot())?.flow.take()?;
        self.free.push(id.slot());
        self.by_tuple.remove(&flow.tuple);
        self.shares.leave(flow.payer, flow.charge, &self.slots);
        Some(flow)
    }

    /// Notes what is now known of a flow's owner.
    pub(crate) fn settle(&mut self, id: FlowId, ownership: Ownership) {
        let Some(flow) = self.get_mut(id) else { return };
        let payer = shares::payer(&ownership);
        flow.ownership = ownership;
        let before = std::mem::replace(&mut flow.payer, payer);
        if before == payer {
            return;
        }
        let charge = std::mem::take(&mut flow.charge);
        flow.is_queued = false;
        let (last_used, is_datagrams) = (flow.last_used, flow.is_datagrams());
        self.shares.leave(before, charge, &self.slots);
        self.shares.enter(payer, id, last_used, is_datagrams);
        self.charge(id, charge);
    }

    /// Notes that the buffers of a flow have come to so many bytes.
    pub(crate) fn charge(&mut self, id: FlowId, bytes: usize) {
        let slot = self.slots.get_mut(id.slot());
        let flow = slot.and_then(|slot| slot.flow.as_mut());
        if let Some(flow) = flow.filter(|flow| flow.id == id) {
            self.shares.charge(flow, bytes);
        }
    }

    /// Bytes that the buffers of all flows have come to.
    pub(crate) fn charged(&self) -> usize {
        self.shares.bytes()
    }

    /// The flow to go when there are too many: of whoever has the most, the one that has gone unused longest, by
    /// second chance. Datagram flows go before connections: they are made anew without anybody noticing.
    pub(crate) fn idlest(&mut self) -> Option<FlowId> {
        self.shares.idlest(&self.slots)
    }

    /// The flow to go when the buffers are too large: of whoever has the most in them, the one with any that
    /// has gone unused longest.
    pub(crate) fn greediest(&mut self) -> Option<FlowId> {
        self.shares.greediest(&mut self.slots)
    }

    /// Ids of all flows, in slot order.
    pub(crate) fn ids(&self) -> Vec<FlowId> {
        let flows = self.slots.iter().filter_map(|slot| slot.flow.as_ref());
        flows.map(|flow| flow.id).collect()
    }
}
