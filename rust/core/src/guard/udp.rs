//! UDP flows and ICMP echo, each by its own connected socket.

use std::collections::VecDeque;

use super::report::Unit;
use super::view::FlowView;
use super::{Action, ConnectError, Guard, flow_facts, refuses_outright};
use crate::dns::decoy::Decoys;
use crate::event::{NameSource, Told};
use crate::facts::{Facts, Protocol};
use crate::flow::{FlowId, Ownership};
use crate::guard::transport::Transport;
use crate::inspect::content;
use crate::inspect::datagram::{DatagramInspector, DatagramStep};
use crate::packet::{self, FiveTuple, Unreachable, echo_reply, quote, too_big};
use crate::policy::{Decision, Verdict};
use crate::tables::Place;
use crate::{Duration, Instant};

/// Datagrams a flow holds until they are judged; beyond, the newest are dropped.
const HELD_MAX: usize = 32;

/// How long a UDP flow lives after its last datagram while nobody answered (RFC 4787 asks for two
/// minutes of a NAT; unanswered flows are probes and name look-ups).
const UNANSWERED: Duration = Duration::from_secs(30);

/// How long an answered UDP flow lives after its last datagram.
const ANSWERED: Duration = Duration::from_secs(180);

/// IPsec (VoWiFi) speaks rarely and must stay reachable (ports 500 and 4500).
const IPSEC: Duration = Duration::from_secs(20 * 60);

/// How long the rest of a QUIC hello is waited for. Its datagrams are sent back to back.
const OVERDUE: Duration = Duration::from_millis(500);

/// How long a question's flow lives after its answer.
const DNS_ANSWERED: Duration = Duration::from_secs(5);

/// A UDP or echo flow.
pub(crate) struct UdpFlow {
    pub(super) gate: Gate,
    /// The gate was opened unlooked at, because the app is trusted.
    pub(super) is_unread: bool,
    pub(super) held: VecDeque<Vec<u8>>,
    /// How many of `held` the inspector has seen.
    looked_at: usize,
    /// How many of `held` may leave.
    released: usize,
    pub(super) link: Link,
    pub(super) kind: Kind,
    /// When what is held is judged although the inspector would like to see more.
    pub(super) overdue: Option<Instant>,
    /// Set where nothing of the flow may leave and it is only read for the history.
    doom: Option<Verdict>,
    pub(super) unit: Unit,
    is_answered: bool,
    is_ipsec: bool,
}

pub(super) enum Kind {
    Plain,
    Echo,
    /// Questions to a DNS server, with those not yet answered.
    Dns(super::dns::Asked),
}

pub(super) enum Gate {
    /// Datagrams are held until judged.
    Inspect(DatagramInspector),
    /// Datagrams pass.
    Pass,
    /// Datagrams are refused; the flow is kept so that it is told once only.
    Blocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    None,
    Connecting,
    Connected,
}

impl UdpFlow {
    pub(super) fn new(kind: Kind, destination_port: u16) -> Self {
        Self {
            gate: match kind {
                Kind::Plain => Gate::Inspect(DatagramInspector::new(destination_port)),
                Kind::Echo => Gate::Inspect(DatagramInspector::of_echo()),
                // Each question is judged as it comes.
                Kind::Dns(_) => Gate::Pass,
            },
            is_unread: false,
            held: VecDeque::new(),
            looked_at: 0,
            released: 0,
            link: Link::None,
            kind,
            overdue: None,
            doom: None,
            unit: Unit::default(),
            is_answered: false,
            is_ipsec: matches!(destination_port, 500 | 4500),
        }
    }

    /// How many of the held datagrams were judged and only wait for the socket.
    pub(super) fn released_count(&self) -> usize {
        self.released
    }

    /// Whether it carries questions, which are judged one by one.
    pub(super) fn is_dns(&self) -> bool {
        matches!(self.kind, Kind::Dns(_))
    }

    /// Whether it is kept only to be refused.
    pub(super) fn is_blocked(&self) -> bool {
        matches!(self.gate, Gate::Blocked)
    }

    /// Begins anew with datagrams that were judged before.
    pub(super) fn start_over(&mut self, judged: VecDeque<Vec<u8>>) {
        self.held = judged;
        (self.looked_at, self.released) = (0, 0);
        self.link = Link::None;
    }

    /// How long the flow may go unused.
    pub(super) fn idle_limit(&self) -> Duration {
        match (&self.kind, self.is_answered) {
            (Kind::Dns(_), true) => DNS_ANSWERED,
            _ if self.is_ipsec => IPSEC,
            (_, false) => UNANSWERED,
            (_, true) => ANSWERED,
        }
    }

    /// Bytes of datagrams and questions that it keeps.
    pub(super) fn buffers(&self) -> usize {
        let asked = match &self.kind {
            Kind::Dns(asked) => asked.bytes(),
            Kind::Plain | Kind::Echo => 0,
        };
        self.held.iter().map(Vec::len).sum::<usize>() + asked
    }

    /// Holds a datagram back; `false` if there was no room.
    pub(super) fn hold(&mut self, payload: Vec<u8>) -> bool {
        if self.held.len() == HELD_MAX {
            return false;
        }
        self.held.push_back(payload);
        true
    }
}

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
                until: self.now + super::OWNER_WAIT,
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
            packet::unreachable(&mut self.out, &original, Unreachable::Prohibited);
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

    /// Judges a flow as such, before any of its payload is looked at.
    fn admits_flow(&mut self, id: FlowId) -> bool {
        let device_event = self.device_event();
        let Some(flow) = self.flows.get_mut(id) else {
            return false;
        };
        let facts = flow_facts(flow, device_event.as_ref());
        let verdict = self.judge.judge(&facts);
        let is_trusted = self.judge.trusts(facts.owner);
        let is_echo = flow.tuple.protocol == Protocol::Icmp;
        let is_decoy = Decoys::contains(flow.tuple.destination.ip());
        // An echo says nothing that could be read first.
        let ends = refuses_outright(&verdict) || is_echo && verdict.decision == Decision::Block;
        if let Transport::Udp(udp) = &mut flow.transport {
            if verdict.decision == Decision::Block || is_decoy {
                udp.doom = Some(verdict.clone().into_block());
            } else if is_trusted {
                udp.gate = Gate::Pass;
                udp.is_unread = true;
            }
        }
        if ends {
            self.block_udp(id, &verdict, None);
        }
        !ends
    }

    /// Judges held datagrams up to the next release; `true` if another round may get further.
    fn judge_datagrams(&mut self, id: FlowId) -> bool {
        let device_event = self.device_event();
        let unix_ms = self.unix_ms();
        let Some(flow) = self.flows.get_mut(id) else {
            return false;
        };
        let view = FlowView {
            ownership: &flow.ownership,
            name: flow.name.as_ref().map(|(name, _)| name.as_str()),
            tuple: &flow.tuple,
            place: &flow.place,
        };
        let Transport::Udp(udp) = &mut flow.transport else {
            return false;
        };
        let Gate::Inspect(inspector) = &mut udp.gate else {
            self.release_datagrams(id, usize::MAX);
            return false;
        };
        let mut release = 0;
        let mut blocked = None;
        for (at, datagram) in udp.held.iter().enumerate().skip(udp.looked_at) {
            udp.looked_at = at + 1;
            let said = match inspector.push(datagram) {
                DatagramStep::NeedMore => {
                    udp.overdue = Some(self.now + OVERDUE);
                    continue;
                }
                DatagramStep::Pass => {
                    release = at + 1;
                    if udp.doom.is_none() {
                        udp.gate = Gate::Pass;
                    }
                    break;
                }
                DatagramStep::Judge(said) => said,
            };
            let facts = view.facts(device_event.as_ref(), Some(&said), None);
            let content = self.judge.examine(
                facts,
                self.places.as_deref(),
                &mut self.examiner,
                &mut self.learned,
                unix_ms,
            );
            let mut verdict = self.judge.judge(&Facts {
                content: content.as_ref(),
                ..facts
            });
            if let Some(doom) = &udp.doom
                && verdict.decision != Decision::Block
            {
                verdict = doom.clone();
            }
            udp.overdue = None;
            release = at + 1;
            let judged = udp.held.iter().take(release).skip(udp.released);
            udp.unit.begin(None, judged.map(Vec::len).sum());
            let told = Told::of(Some(&said), content.unwrap_or_default());
            match verdict.decision {
                Decision::Allow => {}
                Decision::Warn => udp.unit.warn(verdict, told),
                Decision::Block => blocked = Some((verdict, told)),
            }
            break;
        }
        if let Some((verdict, told)) = blocked {
            self.block_udp(id, &verdict, Some(told));
            return false;
        }
        if release == 0 {
            return false;
        }
        if let Some(doom) = udp.doom.clone() {
            self.block_udp(id, &doom, None);
            return false;
        }
        self.release_datagrams(id, release);
        true
    }

    /// The rest of a hello did not come: what is there passes for what it is.
    pub(super) fn datagrams_are_overdue(&mut self, id: FlowId) {
        let device_event = self.device_event();
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let view = FlowView {
            ownership: &flow.ownership,
            name: flow.name.as_ref().map(|(name, _)| name.as_str()),
            tuple: &flow.tuple,
            place: &flow.place,
        };
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        udp.overdue = None;
        let Gate::Inspect(inspector) = &mut udp.gate else {
            return;
        };
        let Some(said) = inspector.overdue() else {
            return;
        };
        let facts = view.facts(device_event.as_ref(), Some(&said), None);
        let verdict = self.judge.judge(&facts);
        let verdict = match &udp.doom {
            Some(doom) if verdict.decision != Decision::Block => doom.clone(),
            _ => verdict,
        };
        if verdict.decision == Decision::Block {
            let told = Told::of(Some(&said), content::Content::default());
            return self.block_udp(id, &verdict, Some(told));
        }
        self.release_datagrams(id, usize::MAX);
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

    /// Refuses a flow by verdict, tells once, and keeps refusing.
    pub(super) fn block_udp(&mut self, id: FlowId, verdict: &Verdict, told: Option<Told>) {
        self.report(id, verdict, told.unwrap_or_default());
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let original = quote(&flow.tuple, 0);
        let dialled = std::mem::replace(&mut flow.dialled, false);
        if let Transport::Udp(udp) = &mut flow.transport {
            udp.held.clear();
            (udp.looked_at, udp.released, udp.overdue) = (0, 0, None);
            udp.gate = Gate::Blocked;
            udp.link = Link::None;
        }
        packet::unreachable(&mut self.out, &original, Unreachable::Prohibited);
        if dialled {
            self.actions.push_back(Action::Close {
                flow: id,
                abort: true,
            });
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
        let tuple = flow.tuple;
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        udp.is_answered = true;
        match udp.kind {
            Kind::Dns(_) => self.handle_answer(id, payload),
            Kind::Echo => {
                if let [0 | 129, 0, _, _, _, _, s0, s1, data @ ..] = payload {
                    let sequence = u16::from_be_bytes([*s0, *s1]);
                    echo_reply(&mut self.out, &tuple, sequence, data);
                }
            }
            Kind::Plain => {
                if !packet::udp(&mut self.out, &tuple, payload, mtu) {
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
        packet::unreachable(&mut self.out, &original, why);
    }

    /// A datagram did not fit the path: `mtu` is the largest IP packet that does, in bytes.
    pub fn handle_datagram_too_big(&mut self, now: Instant, id: FlowId, mtu: u32) {
        self.now = now;
        if let Some(flow) = self.flows.get(id) {
            too_big(&mut self.out, &quote(&flow.tuple, 0), mtu);
        }
    }

    /// Whether an address is one at which Gasket answers DNS itself.
    pub(super) fn is_resolver(&self, address: std::net::IpAddr) -> bool {
        self.judge.config().resolver_addresses.contains(&address)
    }
}
