//! What the facts of a verdict are taken from.

use super::transport::{Flow, Transport};
use crate::facts::{DeviceEvent, Facts};
use crate::flow::Ownership;
use crate::inspect::Said;
use crate::inspect::content::Content;
use crate::packet::FiveTuple;
use crate::tables::{Country, Place};

/// The parts of a flow that facts are made of.
pub(super) struct FlowView<'a> {
    pub(super) ownership: &'a Ownership,
    pub(super) name: Option<&'a str>,
    tuple: &'a FiveTuple,
    pub(super) place: &'a Place,
}

impl<'a> FlowView<'a> {
    /// With the flow's transport beside it, and whether it waits for a turn: both may be changed while facts are taken.
    pub(super) fn beside(flow: &'a mut Flow) -> (Self, &'a mut Transport, &'a mut bool) {
        let view = Self {
            ownership: &flow.ownership,
            name: flow.name.as_ref().map(|(name, _)| name.as_str()),
            tuple: &flow.tuple,
            place: &flow.place,
        };
        (view, &mut flow.transport, &mut flow.awaits_turn)
    }

    pub(super) fn facts(
        &self,
        trigger: Option<&'a DeviceEvent>,
        said: Option<&'a Said<'a>>,
        content: Option<&'a Content>,
    ) -> Facts<'a> {
        Facts {
            owner: self.ownership.owner(),
            owner_asked: self.ownership.is_settled(),
            trigger,
            protocol: self.tuple.protocol,
            destination: self.tuple.destination,
            country: self.place.country.as_ref().map(Country::as_str),
            asn: self.place.asn,
            dns_query: self.name,
            said,
            content,
        }
    }
}

/// The facts of a flow before any payload.
pub(super) fn flow_facts<'a>(flow: &'a Flow, device_event: Option<&'a DeviceEvent>) -> Facts<'a> {
    Facts {
        owner: flow.ownership.owner(),
        owner_asked: flow.ownership.is_settled(),
        trigger: device_event,
        protocol: flow.tuple.protocol,
        destination: flow.tuple.destination,
        country: flow.place.country.as_ref().map(Country::as_str),
        asn: flow.place.asn,
        dns_query: flow.name.as_ref().map(|(name, _)| name.as_str()),
        said: None,
        content: None,
    }
}
