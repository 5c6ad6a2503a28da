//! Events: what is told, with honest byte counts.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Guard;
use super::questions::About;
use crate::event::{Destination, EVENT_SCHEMA, Event, Subject, Told};
use crate::flow::FlowId;
use crate::guard::transport::Transport;
use crate::inspect::Said;
use crate::policy::{Decision, Verdict};
use crate::tables::{Network, Place};

/// One request (or hello, or datagram) within a flow's bytes, for counting what of it has left.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// Offset in the app's bytes at which it began.
    started: u64,
    /// Offset up to which the app's bytes were judged.
    judged: u64,
    /// Whether the last stretch was a head alone, whose body will be judged with it again.
    awaits_body: bool,
    warnings: Vec<Warning>,
    /// Bytes that these come to.
    weight: usize,
    /// Hashes of what was told of it of late.
    told_in_unit: VecDeque<u64>,
    /// What the user has let through of it.
    let_through: Option<Box<About>>,
}

/// Tellings of one request that are remembered, so that none is told again; a body may go on for ever.
const TOLD_MAX: usize = 64;

#[derive(Debug)]
struct Warning {
    started: u64,
    due: u64,
    verdict: Verdict,
    told: Told,
}

impl Unit {
    /// Notes that `len` further bytes are judged.
    pub(crate) fn begin(&mut self, said: Option<&Said<'_>>, len: usize) {
        let continues = match said {
            Some(Said::HttpBody(_)) => true,
            Some(Said::Http(_)) => self.awaits_body,
            _ => false,
        };
        if !continues {
            self.started = self.judged;
            self.told_in_unit.clear();
            self.let_through = None;
        }
        self.awaits_body = matches!(
            said,
            Some(Said::Http(request)) if !request.complete && request.body.is_empty()
        );
        self.judged += len as u64;
    }

    /// Whether the user has let the like of it through, in this same request.
    pub(super) fn is_let_through(&self, about: &About) -> bool {
        let before = self.let_through.as_ref();
        before.is_some_and(|before| before.finds_alike(about))
    }

    /// Notes that the user lets the like of it through.
    pub(super) fn let_through(&mut self, about: About) {
        self.let_through = Some(Box::new(about));
    }

    /// Keeps a warning until what it is about has left, so that its byte count is a fact.
    pub(crate) fn warn(&mut self, verdict: Verdict, told: Told) {
        let mut hasher = DefaultHasher::new();
        (&verdict.rules, &told.findings).hash(&mut hasher);
        let what = hasher.finish();
        if self.told_in_unit.contains(&what) {
            return;
        }
        if self.told_in_unit.len() == TOLD_MAX {
            self.told_in_unit.pop_front();
        }
        self.told_in_unit.push_back(what);
        let warning = Warning {
            started: self.started,
            due: self.judged,
            verdict,
            told,
        };
        self.weight += warning.weight();
        self.warnings.push(warning);
    }

    /// Bytes of the warnings that are kept until they may be told.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// The warnings whose bytes have left, `left` of the flow.
    fn due(&mut self, left: u64) -> Vec<Warning> {
        // They stand in the order of their bytes.
        let count = self.warnings.partition_point(|warning| warning.due <= left);
        let due: Vec<_> = self.warnings.drain(..count).collect();
        let weight = due.iter().map(Warning::weight).sum();
        self.weight = self.weight.saturating_sub(weight);
        due
    }
}

impl Warning {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.told.weight()
    }
}

impl Guard {
    /// Tells the verdict on a flow or the current unit of one.
    pub(super) fn report(&mut self, id: FlowId, verdict: &Verdict, told: Told) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let started = match &flow.transport {
            Transport::Tcp(tcp) => tcp.unit.started,
            // A datagram is blocked before it leaves; what left before was not part of it.
            Transport::Udp(_) => flow.bytes_left,
        };
        self.report_from(id, verdict, told, started);
    }

    fn report_from(&mut self, id: FlowId, verdict: &Verdict, told: Told, started: u64) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let bytes_left = flow.bytes_left.saturating_sub(started);
        self.report_with(id, verdict, told, bytes_left);
    }

    /// Tells a verdict on something of which `bytes_left` bytes have left.
    pub(super) fn report_with(
        &mut self,
        id: FlowId,
        verdict: &Verdict,
        told: Told,
        bytes_left: u64,
    ) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let (name, name_source) = match told.name.or_else(|| flow.name.clone()) {
            Some((name, source)) => (Some(name), Some(source)),
            None => (None, None),
        };
        let place = match told.subject {
            Subject::DnsQuestion => Place::default(),
            _ => flow.place,
        };
        let event = Event {
            schema: EVENT_SCHEMA,
            time_ms: self.unix_ms(),
            flow: flow.number,
            subject: told.subject,
            app: flow.ownership.owner().cloned(),
            destination: Destination {
                address: flow.tuple.destination.ip(),
                port: flow.tuple.destination.port(),
                protocol: flow.tuple.protocol,
                name,
                name_source,
                country: place.country.map(|country| country.as_str().to_owned()),
                network: self.network(&place),
            },
            request: told.request,
            verdict: verdict.decision,
            reason: verdict.reason,
            answered: told.answered,
            rules: self.judge.matched(verdict),
            findings: told.findings,
            bounds_hit: told.bounds_hit,
            dialled: flow.dialled,
            bytes_left,
            flow_bytes_left: flow.bytes_left,
            device_event: self.device_event(),
            beacon: None,
            asked: told.asked,
        };
        self.tell(event);
    }

    /// Keeps an event for whoever polls.
    pub(super) fn tell(&mut self, event: Event) {
        self.counters.events_lost += self.events.push(event);
    }

    pub(super) fn network(&self, place: &Place) -> Option<Network> {
        Some(self.places.as_ref()?.network(place.asn?))
    }

    /// Tells the warnings whose bytes have left.
    pub(super) fn report_due_warnings(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let left = flow.bytes_left;
        for warning in flow.transport.unit_mut().due(left) {
            let len = warning.due - warning.started;
            self.report_with(id, &warning.verdict, warning.told, len);
        }
    }

    /// Tells what remains to be told of a flow that ends.
    pub(super) fn report_ended(&mut self, id: FlowId) {
        self.report_held(id);
        // Of what has left as a whole only its own bytes count, not those of what came behind it.
        self.report_due_warnings(id);
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        for warning in flow.transport.unit_mut().due(u64::MAX) {
            self.report_from(id, &warning.verdict, warning.told, warning.started);
        }
        if self.judge.config().report_flows {
            let told = Told {
                subject: Subject::Ended,
                ..Told::default()
            };
            let verdict = Verdict {
                decision: Decision::Allow,
                ..Verdict::ordinary()
            };
            self.report_from(id, &verdict, told, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::content::{Basis, Finding, IdentifierKind};

    fn warning(nth: usize) -> Told {
        Told {
            findings: vec![Finding {
                kind: IdentifierKind::Imei,
                masked: format!("{nth}"),
                path: String::from("json:imei"),
                confidence: 90,
                basis: Basis::Likeness,
            }],
            ..Told::default()
        }
    }

    /// One body, which goes on and on, and says something else each time.
    #[test]
    fn what_is_kept_of_a_request_without_end_is_bounded_and_counted() {
        let mut unit = Unit::default();
        for nth in 0..10_000 {
            unit.begin(Some(&Said::HttpBody(b"")), 100);
            for _ in 0..2 {
                unit.warn(Verdict::ordinary(), warning(nth));
            }
            assert_eq!(unit.warnings.len(), 1, "told once");
            assert!(unit.weight() > size_of::<Warning>());
            assert_eq!(
                unit.due(unit.judged - 1).len(),
                0,
                "its bytes are still here"
            );
            assert_eq!(unit.due(unit.judged).len(), 1);
            assert_eq!(unit.weight(), 0);
        }
        assert_eq!(unit.told_in_unit.len(), TOLD_MAX);
    }
}
