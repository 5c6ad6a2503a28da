//! Whose a flow is, and what waits until that is known.

use std::sync::Arc;

#[cfg(doc)]
use super::Action;
use super::Guard;
use super::transport::Transport;
use crate::event::NameSource;
use crate::flow::{FlowId, Ownership};
use crate::owner::Owner;
use crate::{Duration, Instant};

/// How long a flow waits for the platform to name its owner.
pub const OWNER_WAIT: Duration = Duration::from_millis(500);

impl Guard {
    /// The platform's answer to [`Action::AskOwner`].
    pub fn handle_owner(&mut self, now: Instant, id: FlowId, owner: Option<Owner>) {
        self.now = now;
        let owner = owner.map(|owner| self.judge.config().named(owner));
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let ownership = match owner {
            Some(owner) => Ownership::Known(Arc::new(owner)),
            None => Ownership::Unknown,
        };
        if flow.ownership.is_settled() {
            // Too late to decide by, but still worth telling, and whoever is not to be asked about waits for no answer.
            if matches!(flow.ownership, Ownership::Unknown) {
                self.flows.settle(id, ownership);
                self.rejudge_held(id);
            }
            return;
        }
        let began = flow.ownership.asked_at(OWNER_WAIT).unwrap_or(now);
        self.flows.settle(id, ownership);
        self.prefer_own_name(id);
        self.notice_start(id, began);
        self.resume(id);
    }

    /// Calls the destination of a flow what its own app had asked for, where that is known.
    fn prefer_own_name(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let address = flow.tuple.destination.ip();
        if let Ownership::Known(owner) = &flow.ownership
            && let Some((name, NameSource::Dns)) = &mut flow.name
            && let Some(own) = self.memory.own_name_of(self.now, address, owner.uid)
            && name != own
        {
            own.clone_into(name);
        }
    }

    /// Continues a flow whose owner is now settled.
    pub(super) fn resume(&mut self, id: FlowId) {
        match self.flows.get(id).map(|flow| &flow.transport) {
            Some(Transport::Tcp(_)) => self.resume_tcp(id),
            Some(Transport::Udp(_)) => self.resume_udp(id),
            None => {}
        }
    }
}
