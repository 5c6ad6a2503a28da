//! The table of flows: five-tuple to slot in constant time, and the order in which idle flows go.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::Instant;
use crate::event::NameSource;
use crate::owner::Owner;
use crate::packet::FiveTuple;
use crate::tables::Place;

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

    pub(crate) fn is_settled(&self) -> bool {
        !matches!(self, Self::Asked { .. })
    }
}

/// One flow; `T` is the half of it that its transport needs.
pub(crate) struct Flow<T> {
    pub(crate) id: FlowId,
    pub(crate) number: u64,
    pub(crate) tuple: FiveTuple,
    pub(crate) ownership: Ownership,
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
    /// Flows in the order they were made or last given a second chance.
    clock: VecDeque<(FlowId, Instant)>,
    numbers: u64,
}

impl<T> Default for Flows<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_tuple: HashMap::new(),
            clock: VecDeque::new(),
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
        slot.flow = Some(Flow {
            id,
            number: self.numbers,
            tuple,
            ownership,
            name,
            place,
            transport,
            bytes_left: 0,
            bytes_back: 0,
            dialled: false,
            last_used: now,
            armed: None,
            is_dirty: false,
        });
        self.by_tuple.insert(tuple, id);
        self.clock.push_back((id, now));
        id
    }

    pub(crate) fn remove(&mut self, id: FlowId) -> Option<Flow<T>> {
        self.get(id)?;
        let flow = self.slots.get_mut(id.slot())?.flow.take()?;
        self.free.push(id.slot());
        self.by_tuple.remove(&flow.tuple);
        // Stale clock entries are skipped when met; without this they would outgrow the flows.
        if self.clock.len() > 2 * self.by_tuple.len() + 64 {
            let slots = &self.slots;
            self.clock.retain(|(id, _)| {
                let flow = slots.get(id.slot()).and_then(|slot| slot.flow.as_ref());
                flow.is_some_and(|flow| flow.id == *id)
            });
        }
        Some(flow)
    }

    /// The flow that has gone unused longest, by second chance; one that `goes_first` before all
    /// others.
    pub(crate) fn idlest(&mut self, goes_first: impl Fn(&T) -> bool) -> Option<FlowId> {
        let mut idle = None;
        for _ in 0..2 * self.clock.len() {
            let (id, seen) = self.clock.pop_front()?;
            let Some(flow) = self.get(id) else { continue };
            let last_used = flow.last_used;
            if last_used <= seen {
                if goes_first(&flow.transport) {
                    self.clock.push_front((id, last_used));
                    return Some(id);
                }
                idle = idle.or(Some(id));
            }
            self.clock.push_back((id, last_used));
        }
        idle
    }

    /// Ids of all flows, in slot order.
    pub(crate) fn ids(&self) -> Vec<FlowId> {
        let flows = self.slots.iter().filter_map(|slot| slot.flow.as_ref());
        flows.map(|flow| flow.id).collect()
    }
}
