//! New settings, and what they make of the flows that are open.

use std::sync::Arc;

use super::transport::Transport;
use super::view::flow_facts;
use super::{Guard, refuses_outright};
use crate::Instant;
use crate::config::{AppMode, Config};
use crate::flow::{FlowId, Ownership};
use crate::owner::Owner;

impl Guard {
    /// The settings in force.
    pub fn config(&self) -> &Config {
        self.judge.config()
    }

    /// Takes new settings. They count for open flows, too: what they forbid ends now.
    pub fn set_config(&mut self, now: Instant, config: Config) {
        self.now = now;
        self.owner_decides_dial = owner_decides_dial(&config);
        self.beacons.set_search(config.beacons);
        self.judge = self.judge.reconfigured(config);
        for id in self.flows.ids() {
            self.rename_owner(id);
            self.rejudge(id);
        }
        let judge = &self.judge;
        self.questions.forget_unless(|owner| {
            let owner = owner.map(|owner| judge.config().named(owner.clone()));
            judge.asks(owner.as_ref())
        });
    }

    /// Has the owner of a flow be who the settings in force say it is.
    fn rename_owner(&mut self, id: FlowId) {
        if let Some(flow) = self.flows.get_mut(id)
            && let Ownership::Known(owner) = &mut flow.ownership
            && self.judge.config().uids.contains_key(&owner.uid)
        {
            *owner = Arc::new(self.judge.config().named(Owner::clone(owner)));
        }
    }

    /// Ends a flow that the settings in force no longer allow, or of which those before allowed nothing.
    pub(super) fn rejudge(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        if let Transport::Udp(udp) = &flow.transport
            && udp.is_blocked()
        {
            // Its next datagram is that of a new flow, judged anew.
            return self.end_flow(id, false);
        }
        if self.is_family_refused(flow.tuple.destination.ip()) {
            return self.end_flow(id, true);
        }
        if self.rejudge_held(id) {
            return;
        }
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let device_event = self.device_event();
        let mut facts = flow_facts(flow, device_event.as_ref());
        // Questions to our own resolver are judged one by one.
        facts.owner_asked &= !self.is_resolver(flow.tuple.destination.ip());
        let verdict = self.judge.judge(&facts);
        if !refuses_outright(&verdict) {
            // What was let through unread cannot be read from its middle on: the app is to begin anew.
            if flow.transport.is_unread() && !self.judge.trusts(flow.ownership.owner()) {
                self.end_flow(id, true);
            }
            return;
        }
        match &flow.transport {
            Transport::Tcp(_) => self.block_tcp(id, &verdict, None),
            // The questions to come are judged one by one.
            Transport::Udp(udp) if udp.is_dns() => self.end_flow(id, true),
            Transport::Udp(_) => self.block_udp(id, &verdict, None),
        }
    }
}

/// Whether the owner can change what happens before the first payload.
pub(super) fn owner_decides_dial(config: &Config) -> bool {
    !config.apps.is_empty() || config.default_mode != AppMode::Guard
}
