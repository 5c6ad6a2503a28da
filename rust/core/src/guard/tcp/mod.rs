//! TCP flows: the dial and the end. What lies between is in [`gate`] and [`bytes`].

mod answer;
mod asking;
mod bytes;
mod gate;
mod records;
mod rest;

use smoltcp::wire::TcpPacket;

use self::gate::{Gate, Pending};
use self::records::Records;
use super::beacons::Nameless;
use super::report::Unit;
use super::{Action, ConnectError, Guard, flow_facts, refuses_outright};
use crate::dns::decoy::Decoys;
use crate::event::Told;
use crate::facts::Protocol;
use crate::flow::FlowId;
use crate::guard::transport::{Flow, Transport};
use crate::packet::{FiveTuple, Unreachable, tcp_reset, unreachable};
use crate::policy::{Decision, Verdict};
use crate::tcp::{Offer, Parked, Stack, kept_syn};
use crate::{Duration, Instant};

/// How long an accepted but not yet dialled app may stay silent before it is taken for a client of
/// a protocol in which the server speaks first, and dialled after all.
const SILENCE: Duration = Duration::from_millis(500);

/// How long an app whose flow will not be dialled is listened to.
const DOOMED_SILENCE: Duration = Duration::from_secs(30);

/// A TCP flow.
pub(crate) struct TcpFlow {
    stage: Stage,
    /// The app's SYN without data, until it is answered.
    syn: Vec<u8>,
    stack: Option<Box<Stack>>,
    /// What is left of the stack while the connection is at rest.
    parked: Option<Parked>,
    offer: Offer,
    /// The window of the app's latest segment, as it stands there.
    window: u16,
    gate: Gate,
    /// The gate was opened unlooked at, because the app is trusted.
    pub(super) is_unread: bool,
    upstream: Upstream,
    /// Set where the flow will never be dialled and is only read for the history.
    doomed: Option<Verdict>,
    pub(super) silence: Option<Instant>,
    pub(super) stack_deadline: Option<Instant>,
    upstream_ended: bool,
    app_fin: bool,
    shutdown_sent: bool,
    send_announced: bool,
    wants_room: bool,
    /// Payload bytes of all segments of the app, repeated ones, too.
    taken: u64,
    epoch: i64,
    pub(super) unit: Unit,
    /// What TLS carries, where beacons are looked for.
    records: Records,
    /// Where beacons are looked for and nothing is known of the peer's name: until the app has spoken.
    pub(super) nameless: Option<Box<Nameless>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The SYN waits until the owner is known.
    AwaitingOwner,
    /// The SYN waits for the outcome of the truthful dial.
    AwaitingConnect,
    /// The app's connection is accepted.
    Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Upstream {
    Undialled,
    Connecting,
    Connected,
}

impl TcpFlow {
    fn new(syn: Vec<u8>, destination_port: u16) -> Self {
        Self {
            stage: Stage::AwaitingOwner,
            syn,
            stack: None,
            parked: None,
            offer: Offer::default(),
            window: 0,
            gate: Gate::new(destination_port),
            is_unread: false,
            upstream: Upstream::Undialled,
            doomed: None,
            silence: None,
            stack_deadline: None,
            upstream_ended: false,
            app_fin: false,
            shutdown_sent: false,
            send_announced: false,
            wants_room: false,
            taken: 0,
            epoch: 0,
            unit: Unit::default(),
            records: Records::default(),
            nameless: None,
        }
    }

    /// Bytes that TLS carried for the app, sent and received, where that is known.
    pub(super) fn inside_tls(&self) -> Option<(u64, u64)> {
        self.records.inside()
    }

    /// Whether the app spoke, and not TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.records.is_plain()
    }

    pub(crate) fn into_stack(self) -> Option<Box<Stack>> {
        self.stack
    }

    /// Bytes that its buffers have come to, where `given` have come for the app.
    pub(super) fn buffers(&self, given: u64) -> usize {
        let held = match &self.gate {
            // What the inspector undoes of it is kept, too.
            Gate::Inspect(held) => {
                let pending = held.pending.as_ref().map_or(0, |held| held.told.weight());
                2 * held.bytes.capacity() + pending
            }
            Gate::Pass | Gate::Answered => 0,
        };
        let stack = self.stack.as_ref();
        stack.map_or(0, |stack| stack.touched(self.taken, given)) + held + self.unit.weight()
    }

    /// What waits for the user's answer.
    fn pending(&self) -> Option<&Pending> {
        match &self.gate {
            Gate::Inspect(held) => held.pending.as_deref(),
            Gate::Pass | Gate::Answered => None,
        }
    }

    /// Whether bytes of the app may leave now.
    fn has_bytes_to_send(&self) -> bool {
        let ring = || self.stack.as_ref().is_some_and(|s| s.socket().can_recv());
        match &self.gate {
            Gate::Inspect(held) => held.sent < held.released || (held.finished && ring()),
            Gate::Pass => ring(),
            Gate::Answered => false,
        }
    }

    /// Whether the app has ended its half and all of it was handed on.
    fn app_half_is_done(&self) -> bool {
        let held = match &self.gate {
            Gate::Inspect(held) => held.sent < held.bytes.len(),
            Gate::Pass | Gate::Answered => false,
        };
        !held && self.stack.as_ref().is_some_and(|s| s.app_has_ended())
    }
}

impl Guard {
    pub(super) fn handle_segment(
        &mut self,
        tuple: FiveTuple,
        segment: &TcpPacket<&[u8]>,
        bytes: &[u8],
    ) {
        let opens = segment.syn() && !segment.ack() && !segment.rst();
        let Some(id) = self.flows.by_tuple(&tuple) else {
            if opens {
                self.open_tcp(tuple, segment, bytes);
            } else if !segment.rst() {
                tcp_reset(self.out.of(None), &tuple, segment);
            }
            return;
        };
        self.wake(id);
        let payer = self.payer(id);
        let Some(Flow {
            transport: Transport::Tcp(tcp),
            last_used,
            ..
        }) = self.flows.get_mut(id)
        else {
            return;
        };
        *last_used = self.now;
        tcp.window = segment.window_len();
        let Some(stack) = tcp.stack.as_mut() else {
            // Not accepted yet: a repeated SYN is no news, a reset ends the attempt.
            if segment.rst() {
                self.end_flow(id, true);
            }
            return;
        };
        if opens && (stack.is_over() || tcp.app_fin && tcp.upstream_ended) {
            self.end_flow(id, false);
            self.open_tcp(tuple, segment, bytes);
            return;
        }
        if !segment.payload().is_empty() {
            tcp.taken += segment.payload().len() as u64;
            self.activity.note(self.now, payer, &mut tcp.epoch);
        }
        stack.ingress(self.now, bytes, self.out.of(payer));
        self.mark_dirty(id);
        self.service(id);
        self.weigh(id);
    }

    fn open_tcp(&mut self, tuple: FiveTuple, syn: &TcpPacket<&[u8]>, packet: &[u8]) {
        self.make_room();
        let name = self.name_of(tuple.destination.ip());
        let tcp = TcpFlow::new(kept_syn(&tuple, packet, syn), tuple.destination.port());
        let id = self.insert_flow(tuple, name, Transport::Tcp(Box::new(tcp)));
        self.resume_tcp(id);
        self.arm(id);
    }

    /// Goes on with a flow after its owner was settled, or at once where that does not matter yet.
    pub(super) fn resume_tcp(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let Transport::Tcp(tcp) = &flow.transport else {
            return;
        };
        match tcp.stage {
            Stage::AwaitingOwner => {
                if flow.ownership.is_settled() || !self.owner_decides_dial {
                    self.decide_dial(id);
                }
            }
            Stage::AwaitingConnect | Stage::Open => {
                // Decided without the owner; by now, settings may have something against him.
                self.rejudge(id);
                self.service(id);
            }
        }
    }

    /// Step 2 and 3 of the life of a connection: refuse, read first, or dial.
    fn decide_dial(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let device_event = self.device_event();
        let mut facts = flow_facts(flow, device_event.as_ref());
        // Questions to our own resolver are judged one by one, and what follows them again.
        facts.owner_asked &= !self.is_resolver(flow.tuple.destination.ip());
        let is_trusted = self.judge.trusts(facts.owner);
        let is_decoy = Decoys::contains(flow.tuple.destination.ip());
        let verdict = self.judge.judge(&facts);
        if refuses_outright(&verdict) {
            // Who it was is told, too: the refusal waits for the owner.
            if flow.ownership.is_settled() {
                self.block_tcp(id, &verdict, None);
            }
            return;
        }
        let holds = verdict.decision == Decision::Block || self.judge.holds_dial(&facts);
        let Some(tcp) = self.tcp_mut(id) else { return };
        if is_decoy || verdict.decision == Decision::Block {
            tcp.doomed = Some(verdict);
            return self.accept(id);
        }
        if is_trusted {
            tcp.gate = Gate::Pass;
            tcp.is_unread = true;
            return self.dial(id);
        }
        if holds {
            self.accept(id);
        } else {
            self.dial(id);
        }
    }

    /// Asks for the connection to the peer. A flow that is not accepted yet waits for the outcome.
    fn dial(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get(id) else {
            return;
        };
        let destination = self.dial_address(flow.tuple.destination);
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let Transport::Tcp(tcp) = &mut flow.transport else {
            return;
        };
        if tcp.upstream != Upstream::Undialled || tcp.doomed.is_some() {
            return;
        }
        if tcp.stage == Stage::AwaitingOwner {
            tcp.stage = Stage::AwaitingConnect;
        }
        tcp.silence = None;
        let Some(destination) = destination else {
            return self.tcp_connected(id, Err(ConnectError::Unavailable));
        };
        tcp.upstream = Upstream::Connecting;
        flow.dialled = true;
        self.actions
            .push_back(Action::Connect(id, Protocol::Tcp, destination));
    }

    /// Answers the app's SYN.
    fn accept(&mut self, id: FlowId) {
        let (now, payer) = (self.now, self.payer(id));
        let mut stack = self.fresh_stack(usize::from(self.judge.config().mtu));
        let Some(Flow {
            transport: Transport::Tcp(tcp),
            tuple,
            ..
        }) = self.flows.get_mut(id)
        else {
            return;
        };
        let syn = std::mem::take(&mut tcp.syn);
        let listens = match crate::packet::Ip::parse(&syn).map(|ip| ip.payload) {
            Ok(segment) => {
                tcp.offer = Offer::of(&TcpPacket::new_unchecked(segment));
                stack.listen(tuple.destination, tcp.offer)
            }
            Err(_) => false,
        };
        if !listens {
            return self.end_flow(id, true);
        }
        stack.ingress(now, &syn, self.out.of(payer));
        tcp.stack = Some(stack);
        tcp.stage = Stage::Open;
        if tcp.upstream == Upstream::Undialled {
            let wait = if tcp.doomed.is_some() {
                DOOMED_SILENCE
            } else {
                SILENCE
            };
            tcp.silence = Some(now + wait);
        }
        self.mark_dirty(id);
        self.arm(id);
        self.lives(id);
    }

    pub(super) fn tcp_connected(&mut self, id: FlowId, outcome: Result<(), ConnectError>) {
        let Some(Flow {
            transport: Transport::Tcp(tcp),
            ..
        }) = self.flows.get_mut(id)
        else {
            return;
        };
        let waits = tcp.stage != Stage::Open;
        match outcome {
            Ok(()) => {
                tcp.upstream = Upstream::Connected;
                if waits {
                    self.accept(id);
                }
                self.service(id);
            }
            Err(why) if waits => {
                let syn = std::mem::take(&mut tcp.syn);
                match why {
                    ConnectError::Refused | ConnectError::Unavailable => self.refuse_syn(&syn),
                    ConnectError::NetworkUnreachable => {
                        unreachable(self.out.of(None), &syn, Unreachable::Network);
                    }
                    ConnectError::HostUnreachable => {
                        unreachable(self.out.of(None), &syn, Unreachable::Host);
                    }
                    // The app's own SYNs time out like ours did.
                    ConnectError::TimedOut => {}
                }
                self.end_flow(id, false);
            }
            Err(_) => {
                self.reset_app(id);
                self.end_flow(id, false);
            }
        }
    }

    fn refuse_syn(&mut self, syn: &[u8]) {
        if let Ok(ip) = crate::packet::Ip::parse(syn)
            && let Ok(crate::packet::Packet::Tcp(tuple, segment)) = ip.upper()
        {
            tcp_reset(self.out.of(None), &tuple, &segment);
        }
    }

    /// Sends the app a reset, whatever stage its connection is in.
    pub(super) fn reset_app(&mut self, id: FlowId) {
        let now = self.now;
        self.wake(id);
        let Some(tcp) = self.tcp_mut(id) else { return };
        let Some(stack) = tcp.stack.as_mut() else {
            let syn = std::mem::take(&mut tcp.syn);
            return self.refuse_syn(&syn);
        };
        if stack.is_over() {
            return;
        }
        stack.socket_mut().abort();
        let mut reset = [0; 128];
        if let Some(len) = stack.egress(now, &mut reset, usize::MAX) {
            let payer = self.payer(id);
            let out = self.out.of(payer);
            out.push_with(len, |room| room.copy_from_slice(&reset[..len]));
        }
    }

    /// Ends a flow by verdict and tells.
    pub(super) fn block_tcp(&mut self, id: FlowId, verdict: &Verdict, told: Option<Told>) {
        self.report(id, verdict, told.unwrap_or_default());
        self.reset_app(id);
        self.end_flow(id, true);
    }

    /// Does what has become possible for a flow after packets, bytes or answers came in, or its app's turn.
    pub(super) fn service(&mut self, id: FlowId) {
        self.look_through_gate(id, false);
        let Some(tcp) = self.tcp_mut(id) else { return };
        let Some(stack) = tcp.stack.as_ref() else {
            return;
        };
        tcp.app_fin |= stack.has_fin();
        let room = stack.socket().may_send()
            && stack.socket().send_queue() <= stack.socket().send_capacity() / 2;
        if tcp.upstream == Upstream::Connected {
            let mut actions = Vec::new();
            if !tcp.send_announced && tcp.has_bytes_to_send() {
                tcp.send_announced = true;
                actions.push(Action::Send(id));
            }
            if tcp.wants_room && room {
                tcp.wants_room = false;
                actions.push(Action::Receive(id));
            }
            if !tcp.shutdown_sent && tcp.app_half_is_done() {
                tcp.shutdown_sent = true;
                actions.push(Action::Shutdown(id));
            }
            self.actions.extend(actions);
        }
        self.settle(id);
    }

    /// Forgets a flow whose app side is over.
    fn settle(&mut self, id: FlowId) {
        let Some(tcp) = self.tcp_mut(id) else { return };
        let Some(stack) = tcp.stack.as_ref() else {
            return;
        };
        if !stack.is_over() {
            return;
        }
        let is_orderly = tcp.app_fin && tcp.upstream_ended;
        if is_orderly && (tcp.has_bytes_to_send() || !tcp.shutdown_sent) {
            return;
        }
        self.end_flow(id, !is_orderly);
    }

    /// The app said nothing (more) for as long as it is waited for.
    pub(super) fn silence_is_over(&mut self, id: FlowId) {
        let Some(tcp) = self.tcp_mut(id) else { return };
        tcp.silence = None;
        if tcp.pending().is_some() {
            return self.answer_is_overdue(id);
        }
        let has_spoken = match &tcp.gate {
            Gate::Inspect(held) => held.released < held.bytes.len(),
            Gate::Pass => false,
            // Nothing more is to be said; it does not close.
            Gate::Answered => return self.end_flow(id, true),
        };
        if has_spoken {
            self.look_through_gate(id, true);
            return self.service(id);
        }
        match tcp.doomed.take() {
            Some(verdict) => self.block_tcp(id, &verdict.into_block(), None),
            None => self.dial(id),
        }
    }

    fn tcp_mut(&mut self, id: FlowId) -> Option<&mut TcpFlow> {
        match &mut self.flows.get_mut(id)?.transport {
            Transport::Tcp(tcp) => Some(tcp),
            Transport::Udp(_) => None,
        }
    }
}
