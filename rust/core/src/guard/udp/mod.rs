//! UDP flows and ICMP echo, each by its own connected socket.

mod flow;
mod gate;

use super::{Action, ConnectError, Guard, OWNER_WAIT};
use crate::Instant;
use crate::event::NameSource;
use crate::facts::Protocol;
use crate::flow::{FlowId, Ownership};
use crate::guard::transport::Transport;
use crate::packet::{self, FiveTuple, Unreachable, echo_reply, quote, too_big};
use crate::tables::Place;

pub(super) use flow::{Gate, Kind, Link, UdpFlow};

impl Guard {
    pub(super) fn handle_datagram_of_app(&mut self, tuple: FiveTuple, payload: &[u8]) {
        if tuple.destination.port() == 53 {
            return self.handle_question(tuple, payload);
        }
        let id = match self.flows.by_tuple(&tuple) {
            Some(id) => id,
            None => self.open_udp(tuple, Kind::Plain),
        };
        self.offer_datagram(id, payload.to_vec());
    }

    pub(super) fn handle_echo(&mut self, tuple: FiveTuple, sequence: u16, data: &[u8]) {
        let id = match self.flows.by_tuple(&tuple) {
            Some(id) => id,
            None => self.open_udp(tuple, Kind::Echo),
        };
        let kind = if tuple.destination.is_ipv4() { 8 } else { 128 };
        let mut message = vec![kind, 0, 0, 0];
        message.extend(tuple.source.port().to_be_bytes());
        message.extend(sequence.to_be_bytes());
        message.extend(data);
        self.offer_datagram(id, message);
    }

    pub(super) fn open_udp(&mut self, tuple: FiveTuple, kind: Kind) -> FlowId {
        self.make_room();
        let name = self.name_of(tuple.destination.ip());
        let udp = UdpFlow::new(kind, tuple.destination.port());
        let id = self.insert_flow(tuple, name, Transport::Udp(Box::new(udp)));
        self.arm(id);
        id
    }

    /// Makes a flow and has its owner asked for.
    pub(super) fn insert_flow(
        &mut self,
        tuple: FiveTuple,
        name: Option<(String, NameSource)>,
        transport: Transport,
    ) -> FlowId {
        let asks = self.limits.owners && tuple.protocol != Protocol::Icmp;
        let ownership = if asks {
            Ownership::Asked {
                until: self.now + OWNER_WAIT,
            }
        } else {
            Ownership::Unknown
        };
        let place = match &self.places {
            Some(places) => places.place(tuple.destination.ip()),
            None => Place::default(),
        };
        let id = self
            .flows
            .insert(self.now, tuple, ownership, name, place, transport);
        if asks {
            self.actions.push_back(Action::AskOwner(id, tuple));
        } else {
            self.notice_start(id, self.now);
        }
        id
    }

    /// One more datagram of the app on a flow that is not DNS.
    fn offer_datagram(&mut self, id: FlowId, payload: Vec<u8>) {
        let now = self.now;
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        flow.last_used = now;
        let tuple = flow.tuple;
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        if udp.is_blocked() {
            let original = quote(&tuple, payload.len());
            packet::unreachable(
                self.out.of(flow.payer()),
                &original,
                Unreachable::Prohibited,
            );
            return;
        }
        let passes = matches!(udp.gate, Gate::Pass) && udp.link == Link::Connected;
        if passes && flow.ownership.is_settled() {
            flow.bytes_left += payload.len() as u64;
            self.actions.push_back(Action::SendDatagram(id, payload));
            return;
        }
        if !udp.hold(payload) {
            self.counters.datagrams_dropped += 1;
        }
        self.resume_udp(id);
        self.weigh(id);
    }

    pub(super) fn resume_udp(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let Transport::Udp(udp) = &flow.transport else {
            return;
        };
        if !flow.ownership.is_settled() {
            return;
        }
        if let Kind::Dns(_) = udp.kind {
            return self.resume_questions(id);
        }
        if udp.link == Link::None && !self.admits_flow(id) {
            return;
        }
        while self.judge_datagrams(id) {}
    }

    /// Sends the first `count` held datagrams on their way.
    pub(super) fn release_datagrams(&mut self, id: FlowId, count: usize) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let destination = self.dial_address(flow.tuple.destination);
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        udp.released = udp.released.max(count.min(udp.held.len()));
        match udp.link {
            Link::Connected => {
                for payload in udp.held.drain(..udp.released) {
                    flow.bytes_left += payload.len() as u64;
                    self.actions.push_back(Action::SendDatagram(id, payload));
                }
                udp.looked_at = udp.looked_at.saturating_sub(udp.released);
                udp.released = 0;
                self.weigh(id);
                self.report_due_warnings(id);
            }
            Link::Connecting => {}
            Link::None if udp.held.is_empty() => {}
            Link::None => {
                let Some(destination) = destination else {
                    return self.udp_connected(id, Err(ConnectError::Unavailable));
                };
                udp.link = Link::Connecting;
                flow.dialled = true;
                let protocol = flow.tuple.protocol;
                self.actions
                    .push_back(Action::Connect(id, protocol, destination));
            }
        }
    }

    pub(super) fn udp_connected(&mut self, id: FlowId, outcome: Result<(), ConnectError>) {
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        if udp.is_blocked() {
            // Blocked while the socket was on its way: that it is to be closed was said already.
            return;
        }
        match outcome {
            Ok(()) => {
                udp.link = Link::Connected;
                self.release_datagrams(id, 0);
            }
            Err(_) if matches!(udp.kind, Kind::Dns(_)) => self.upstream_resolver_failed(id),
            Err(why) => {
                self.handle_datagram_error(self.now, id, why);
                self.end_flow(id, false);
            }
        }
    }

    /// One datagram (of an echo flow: one ICMP message) from the flow's socket.
    pub fn handle_datagram(&mut self, now: Instant, id: FlowId, payload: &[u8]) {
        self.now = now;
        let mtu = usize::from(self.judge.config().mtu);
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        flow.last_used = now;
        flow.bytes_back += payload.len() as u64;
        let (tuple, payer) = (flow.tuple, flow.payer());
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        udp.is_answered = true;
        match udp.kind {
            Kind::Dns(_) => self.handle_answer(id, payload),
            Kind::Echo => {
                if let [0 | 129, 0, _, _, _, _, s0, s1, data @ ..] = payload {
                    let sequence = u16::from_be_bytes([*s0, *s1]);
                    echo_reply(self.out.of(payer), &tuple, sequence, data);
                }
            }
            Kind::Plain => {
                if !packet::udp(self.out.of(payer), &tuple, payload, mtu) {
                    self.counters.datagrams_dropped += 1;
                }
            }
        }
        // Answered flows live longer: an earlier deadline may be armed, which is harmless.
        self.arm(id);
    }

    /// The flow's socket reported an error for an earlier datagram.
    pub fn handle_datagram_error(&mut self, now: Instant, id: FlowId, why: ConnectError) {
        self.now = now;
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        if let Transport::Udp(udp) = &flow.transport
            && matches!(udp.kind, Kind::Dns(_))
        {
            return self.upstream_resolver_failed(id);
        }
        let original = quote(&flow.tuple, 0);
        let why = match why {
            ConnectError::Refused => Unreachable::Port,
            ConnectError::NetworkUnreachable => Unreachable::Network,
            ConnectError::HostUnreachable | ConnectError::TimedOut | ConnectError::Unavailable => {
                Unreachable::Host
            }
        };
        packet::unreachable(self.out.of(flow.payer()), &original, why);
    }

    /// A datagram did not fit the path: `mtu` is the largest IP packet that does, in bytes.
    pub fn handle_datagram_too_big(&mut self, now: Instant, id: FlowId, mtu: u32) {
        self.now = now;
        if let Some(flow) = self.flows.get(id) {
            too_big(self.out.of(flow.payer()), &quote(&flow.tuple, 0), mtu);
        }
    }

    /// Whether an address is one at which Gasket answers DNS itself.
    pub(super) fn is_resolver(&self, address: std::net::IpAddr) -> bool {
        self.judge.config().resolver_addresses.contains(&address)
    }
}
