//! What the facts of a verdict are taken from.

use crate::flow::Ownership;
use crate::inspect::Said;
use crate::inspect::content::Content;
use crate::packet::FiveTuple;

/// The parts of a flow that facts are made of, beside its mutably borrowed transport.
pub(super) struct FlowView<'a> {
    pub(super) ownership: &'a Ownership,
    pub(super) name: Option<&'a str>,
    pub(super) tuple: &'a FiveTuple,
}

impl<'a> FlowView<'a> {
    pub(super) fn facts(
        &self,
        trigger: Option<&'a crate::facts::DeviceEvent>,
        said: Option<&'a Said<'a>>,
        content: Option<&'a Content>,
    ) -> crate::facts::Facts<'a> {
        crate::facts::Facts {
            owner: self.ownership.owner(),
            owner_asked: self.ownership.is_settled(),
            trigger,
            protocol: self.tuple.protocol,
            destination: self.tuple.destination,
            country: None,
            asn: None,
            dns_query: self.name,
            said,
            content,
        }
    }
}
