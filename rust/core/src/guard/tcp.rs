//! TCP flows: the dial, the gate between the app and the peer, and the end.

use smoltcp::socket::tcp::State;
use smoltcp::wire::TcpPacket;

use super::report::Unit;
use super::{Action, ConnectError, Guard, Io, flow_facts, refuses_outright};
use crate::dns::decoy::Decoys;
use crate::dns::stream::Questions;
use crate::event::{Subject, Told};
use crate::facts::Protocol;
use crate::flow::{Flow, FlowId, Ownership, Transport};
use crate::inspect::content::{self, Content};
use crate::inspect::stream::{StreamInspector, StreamStep};
use crate::inspect::{Said, parts};
use crate::packet::{FiveTuple, Unreachable, tcp_reset, unreachable};
use crate::policy::{Decision, Verdict};
use crate::tcp::Stack;
use crate::{Duration, Instant};

/// How long an accepted but not yet dialled app may stay silent before it is taken for a client of
/// a protocol in which the server speaks first, and dialled after all.
const SILENCE: Duration = Duration::from_millis(500);

/// How long a request that is not whole may stall before what is there is judged: an app that waits
/// for an answer to half a request sends no more.
const OVERDUE: Duration = Duration::from_secs(1);

/// How long an app whose flow will not be dialled is listened to.
const DOOMED_SILENCE: Duration = Duration::from_secs(30);

/// Judged bytes that wait for a slow peer before no more are taken from the app.
const BACKLOG: usize = 64 * 1024;

/// What an app is told that sent a head with `Expect: 100-continue` and keeps the body back. The
/// peer may say it again once it is dialled; clients expect that (RFC 9110, section 15.2).
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A TCP flow.
pub(crate) struct TcpFlow {
    stage: Stage,
    /// The app's SYN, until it is answered.
    syn: Vec<u8>,
    stack: Option<Box<Stack>>,
    gate: Gate,
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
    epoch: i64,
    pub(super) unit: Unit,
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

/// What stands between the app's bytes and the peer.
enum Gate {
    /// Bytes are held until judged.
    Inspect(Box<Held>),
    /// Bytes go straight from the ring to the socket.
    Pass,
}

enum Inspector {
    Stream(StreamInspector),
    Dns(Questions),
}

struct Held {
    inspector: Inspector,
    /// The app's bytes: `[..sent]` have left, `[sent..released]` may leave.
    bytes: Vec<u8>,
    sent: usize,
    released: usize,
    /// The inspector wants to see no more.
    finished: bool,
}

/// What one look through the gate came to.
enum Look {
    /// Nothing more to decide for now.
    Wait,
    /// Nothing more to decide for now, but there is something for the app.
    Answered,
    /// Something was released: dial if need be, and look again.
    Released,
    /// The flow ends here.
    Block(Verdict, Told),
}

impl TcpFlow {
    fn new(syn: &[u8], destination_port: u16) -> Self {
        let inspector = if destination_port == 53 {
            Inspector::Dns(Questions::default())
        } else {
            Inspector::Stream(StreamInspector::new())
        };
        Self {
            stage: Stage::AwaitingOwner,
            syn: syn.to_vec(),
            stack: None,
            gate: Gate::Inspect(Box::new(Held {
                inspector,
                bytes: Vec::new(),
                sent: 0,
                released: 0,
                finished: false,
            })),
            upstream: Upstream::Undialled,
            doomed: None,
            silence: None,
            stack_deadline: None,
            upstream_ended: false,
            app_fin: false,
            shutdown_sent: false,
            send_announced: false,
            wants_room: false,
            epoch: 0,
            unit: Unit::default(),
        }
    }

    pub(crate) fn into_stack(self) -> Option<Box<Stack>> {
        self.stack
    }

    /// Whether bytes of the app may leave now.
    fn has_bytes_to_send(&self) -> bool {
        let ring = || self.stack.as_ref().is_some_and(|s| s.socket().can_recv());
        match &self.gate {
            Gate::Inspect(held) => held.sent < held.released || (held.finished && ring()),
            Gate::Pass => ring(),
        }
    }

    /// Whether the app has ended its half and all of it was handed on.
    fn app_half_is_done(&self) -> bool {
        let held = match &self.gate {
            Gate::Inspect(held) => held.sent < held.bytes.len(),
            Gate::Pass => false,
        };
        !held && self.stack.as_ref().is_some_and(|s| s.app_has_ended())
    }
}

fn step<'a>(
    inspector: &'a mut StreamInspector,
    fresh: &'a [u8],
    ended: bool,
    is_overdue: bool,
) -> StreamStep<'a> {
    if is_overdue {
        inspector.overdue(fresh)
    } else {
        inspector.step(fresh, ended)
    }
}

impl Held {
    /// Moves bytes from the ring into the gate, as far as the backlog allows.
    fn pull(&mut self, stack: &mut Stack) -> bool {
        let mut pulled = false;
        let limit = StreamInspector::HOLD_MAX + BACKLOG;
        while self.released - self.sent < BACKLOG && self.bytes.len() - self.sent < limit {
            let bytes = &mut self.bytes;
            match stack.socket_mut().recv(|ring| {
                bytes.extend_from_slice(ring);
                (ring.len(), ring.len())
            }) {
                Ok(n) if n > 0 => pulled = true,
                _ => break,
            }
        }
        pulled
    }

    /// Gives back what has left.
    fn compact(&mut self) {
        if self.sent == self.released && self.sent > 0 {
            self.bytes.drain(..self.sent);
            self.sent = 0;
            self.released = 0;
        }
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
                self.open_tcp(tuple, bytes);
            } else if !segment.rst() {
                tcp_reset(&mut self.out, &tuple, segment);
            }
            return;
        };
        let Some(Flow {
            transport: Transport::Tcp(tcp),
            last_used,
            ..
        }) = self.flows.get_mut(id)
        else {
            return;
        };
        *last_used = self.now;
        let Some(stack) = tcp.stack.as_mut() else {
            // Not accepted yet: a repeated SYN is no news, a reset ends the attempt.
            if segment.rst() {
                self.end_flow(id, true);
            }
            return;
        };
        if opens && (stack.is_over() || tcp.app_fin && tcp.upstream_ended) {
            self.end_flow(id, false);
            self.open_tcp(tuple, bytes);
            return;
        }
        if !segment.payload().is_empty() {
            self.activity.note(self.now, &mut tcp.epoch);
        }
        stack.ingress(self.now, bytes, &mut self.out);
        self.mark_dirty(id);
        self.service(id);
    }

    fn open_tcp(&mut self, tuple: FiveTuple, syn: &[u8]) {
        self.make_room();
        let name = self.name_of(tuple.destination.ip());
        let tcp = TcpFlow::new(syn, tuple.destination.port());
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
            Stage::AwaitingConnect | Stage::Open => self.service(id),
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
            return self.block_tcp(id, &verdict, None);
        }
        let holds = verdict.decision == Decision::Block || self.judge.holds_dial(&facts);
        let Some(tcp) = self.tcp_mut(id) else { return };
        if is_decoy || verdict.decision == Decision::Block {
            tcp.doomed = Some(verdict);
            return self.accept(id);
        }
        if is_trusted {
            tcp.gate = Gate::Pass;
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
        let (now, mtu) = (self.now, usize::from(self.judge.config().mtu));
        let seed = self.next_seed();
        let mut stack = self
            .pool
            .pop()
            .unwrap_or_else(|| Box::new(Stack::new(now, mtu, seed)));
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
            Ok(segment) => stack.listen(tuple.destination, &TcpPacket::new_unchecked(segment)),
            Err(_) => false,
        };
        if !listens {
            return self.end_flow(id, true);
        }
        stack.ingress(now, &syn, &mut self.out);
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
                        unreachable(&mut self.out, &syn, Unreachable::Network);
                    }
                    ConnectError::HostUnreachable => {
                        unreachable(&mut self.out, &syn, Unreachable::Host);
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
            tcp_reset(&mut self.out, &tuple, &segment);
        }
    }

    /// Sends the app a reset, whatever stage its connection is in.
    pub(super) fn reset_app(&mut self, id: FlowId) {
        let now = self.now;
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
            self.out
                .push_with(len, |room| room.copy_from_slice(&reset[..len]));
        }
    }

    /// Ends a flow by verdict and tells.
    pub(super) fn block_tcp(&mut self, id: FlowId, verdict: &Verdict, told: Option<Told>) {
        self.report(id, verdict, told.unwrap_or_default());
        self.reset_app(id);
        self.end_flow(id, true);
    }

    /// Does what has become possible for a flow after packets, bytes or answers came in.
    fn service(&mut self, id: FlowId) {
        self.look_through_gate(id, false);
        let Some(tcp) = self.tcp_mut(id) else { return };
        let Some(stack) = tcp.stack.as_ref() else {
            return;
        };
        tcp.app_fin |= matches!(
            stack.socket().state(),
            State::CloseWait | State::LastAck | State::Closing | State::TimeWait
        );
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

    /// Judges what the app has said so far and releases what may leave.
    ///
    /// `is_overdue`: the app has been silent for so long that it may be waiting for an answer.
    fn look_through_gate(&mut self, id: FlowId, is_overdue: bool) {
        loop {
            match self.look_once(id, is_overdue) {
                Look::Wait => return,
                Look::Answered => return self.mark_dirty(id),
                Look::Released => self.dial(id),
                Look::Block(verdict, told) => return self.block_tcp(id, &verdict, Some(told)),
            }
        }
    }

    fn look_once(&mut self, id: FlowId, is_overdue: bool) -> Look {
        let device_event = self.device_event();
        let Some(flow) = self.flows.get_mut(id) else {
            return Look::Wait;
        };
        let is_undialled = !flow.dialled;
        let mut facts_of_flow = FlowView {
            ownership: &flow.ownership,
            name: flow.name.as_ref().map(|(name, _)| name.as_str()),
            tuple: &flow.tuple,
        };
        let Transport::Tcp(tcp) = &mut flow.transport else {
            return Look::Wait;
        };
        let (Some(stack), Gate::Inspect(held)) = (tcp.stack.as_mut(), &mut tcp.gate) else {
            return Look::Wait;
        };
        if held.finished {
            if held.sent == held.bytes.len() {
                tcp.gate = Gate::Pass;
            }
            return Look::Wait;
        }
        if held.pull(stack) {
            tcp.silence = Some(self.now + OVERDUE);
        }
        if !facts_of_flow.ownership.is_settled() {
            return Look::Wait;
        }
        let ended = stack.app_has_ended();
        let fresh = held.bytes.get(held.released..).unwrap_or_default();
        if fresh.is_empty() {
            return if !ended {
                Look::Wait
            } else if let Some(verdict) = tcp.doomed.take() {
                Look::Block(verdict, Told::default())
            } else {
                held.finished = true;
                if is_undialled {
                    Look::Released
                } else {
                    Look::Wait
                }
            };
        }
        let is_question = matches!(held.inspector, Inspector::Dns(_));
        let (len, said) = match &mut held.inspector {
            Inspector::Stream(inspector) => match step(inspector, fresh, ended, is_overdue) {
                // Before the dial only we can say it, and a request judged whole leaves no SYN.
                StreamStep::Expects
                    if is_undialled && stack.socket_mut().send_slice(CONTINUE).is_ok() =>
                {
                    return Look::Answered;
                }
                StreamStep::Expects => return self.look_once(id, true),
                StreamStep::NeedMore => {
                    return match tcp.doomed.take_if(|_| is_overdue) {
                        Some(verdict) => Look::Block(verdict.into_block(), Told::default()),
                        None => Look::Wait,
                    };
                }
                StreamStep::Judge { len, said } => (len, Some(said)),
                StreamStep::Pass => (fresh.len(), None),
            },
            Inspector::Dns(questions) => match questions.step(fresh, ended) {
                None => return Look::Wait,
                Some((len, question)) => {
                    facts_of_flow.name = question;
                    (len, None)
                }
            },
        };
        let passes_for_good = said.is_none() && !is_question;
        let content = said.as_ref().and_then(parts).map(|p| content::examine(&p));
        let mut verdict = if passes_for_good {
            Verdict::ordinary()
        } else {
            self.judge.judge(&facts_of_flow.facts(
                device_event.as_ref(),
                said.as_ref(),
                content.as_ref(),
            ))
        };
        if let Some(doom) = tcp.doomed.take()
            && verdict.decision != Decision::Block
        {
            verdict = doom.into_block();
        }
        let mut told = Told::default();
        if verdict.decision != Decision::Allow {
            told = Told::of(said.as_ref(), content.unwrap_or_default());
            if is_question {
                told.subject = Subject::DnsQuestion;
            }
        }
        tcp.silence = None;
        tcp.unit.begin(said.as_ref(), len);
        if verdict.decision == Decision::Block {
            return Look::Block(verdict, told);
        }
        if verdict.decision == Decision::Warn {
            tcp.unit.warn(verdict, told);
        }
        held.released += len.min(fresh.len());
        held.finished = passes_for_good;
        Look::Released
    }

    /// Moves bytes from the flow's socket into the ring towards the app, through `read`, until
    /// that blocks, ends or the ring is full (`Io::Moved(0)`).
    pub fn fill(&mut self, now: Instant, id: FlowId, mut read: impl FnMut(&mut [u8]) -> Io) -> Io {
        self.now = now;
        let Some(flow) = self.flows.get_mut(id) else {
            return Io::Reset;
        };
        flow.last_used = now;
        let Transport::Tcp(tcp) = &mut flow.transport else {
            return Io::Reset;
        };
        let Some(stack) = tcp.stack.as_mut() else {
            return Io::WouldBlock;
        };
        let outcome = loop {
            let socket = stack.socket_mut();
            if !socket.may_send() {
                break if socket.state() == State::SynReceived {
                    tcp.wants_room = true;
                    Io::Moved(0)
                } else {
                    Io::Reset
                };
            }
            let moved = socket.send(|ring| match ring {
                [] => (0, Io::Moved(0)),
                ring => match read(ring) {
                    Io::Moved(n) => (n.min(ring.len()), Io::Moved(n)),
                    other => (0, other),
                },
            });
            match moved {
                Ok(Io::Moved(0)) => {
                    tcp.wants_room = true;
                    break Io::Moved(0);
                }
                Ok(Io::Moved(n)) => flow.bytes_back += n as u64,
                Ok(other) => break other,
                Err(_) => break Io::Reset,
            }
        };
        match outcome {
            Io::Ended => {
                tcp.upstream_ended = true;
                stack.socket_mut().close();
                self.mark_dirty(id);
                self.service(id);
            }
            Io::Reset => {
                self.reset_app(id);
                self.end_flow(id, true);
            }
            Io::Moved(_) | Io::WouldBlock => self.mark_dirty(id),
        }
        outcome
    }

    /// Moves bytes of the app that may leave to the flow's socket, through `write`, until that
    /// blocks or nothing is left (`Io::Moved(0)`).
    pub fn drain(&mut self, now: Instant, id: FlowId, mut write: impl FnMut(&[u8]) -> Io) -> Io {
        self.now = now;
        let Some(flow) = self.flows.get_mut(id) else {
            return Io::Reset;
        };
        flow.last_used = now;
        let Transport::Tcp(tcp) = &mut flow.transport else {
            return Io::Reset;
        };
        let Some(stack) = tcp.stack.as_mut() else {
            return Io::Moved(0);
        };
        if tcp.upstream != Upstream::Connected {
            return Io::Moved(0);
        }
        tcp.send_announced = false;
        let outcome = loop {
            let moved = match &mut tcp.gate {
                Gate::Inspect(held) => {
                    let pending = held.bytes.get(held.sent..held.released).unwrap_or_default();
                    if pending.is_empty() {
                        held.compact();
                        if held.finished && held.bytes.is_empty() {
                            tcp.gate = Gate::Pass;
                            continue;
                        }
                        break Io::Moved(0);
                    }
                    let moved = write(pending);
                    if let Io::Moved(n) = moved {
                        held.sent += n.min(held.released - held.sent);
                    }
                    moved
                }
                Gate::Pass => {
                    let moved = stack.socket_mut().recv(|ring| match ring {
                        [] => (0, Io::Moved(0)),
                        ring => match write(ring) {
                            Io::Moved(n) => (n.min(ring.len()), Io::Moved(n)),
                            other => (0, other),
                        },
                    });
                    moved.unwrap_or(Io::Moved(0))
                }
            };
            match moved {
                Io::Moved(0) => break Io::Moved(0),
                Io::Moved(n) => flow.bytes_left += n as u64,
                other => break other,
            }
        };
        match outcome {
            Io::Ended | Io::Reset => {
                self.reset_app(id);
                self.end_flow(id, true);
            }
            Io::WouldBlock => tcp.send_announced = true,
            Io::Moved(_) => {}
        }
        self.report_due_warnings(id);
        self.mark_dirty(id);
        self.service(id);
        outcome
    }

    /// The next packet of a flow for the app.
    pub(super) fn egress(&mut self, id: FlowId, buf: &mut [u8]) -> Option<usize> {
        let (now, window) = (self.now, self.window());
        self.tcp_mut(id)?.stack.as_mut()?.egress(now, buf, window)
    }

    /// After a flow has sent the app all it had: its timers, and whether it is over.
    pub(super) fn after_egress(&mut self, id: FlowId) {
        let now = self.now;
        let Some(tcp) = self.tcp_mut(id) else { return };
        if let Some(stack) = tcp.stack.as_mut() {
            // Nothing can be due now: `egress` has just had its turn.
            let soon = now + Duration::from_millis(1);
            tcp.stack_deadline = stack.poll_at(now).map(|at| at.max(soon));
        }
        self.arm(id);
        self.settle(id);
    }

    /// The app said nothing (more) for as long as it is waited for.
    pub(super) fn silence_is_over(&mut self, id: FlowId) {
        let Some(tcp) = self.tcp_mut(id) else { return };
        tcp.silence = None;
        let has_spoken = match &tcp.gate {
            Gate::Inspect(held) => held.released < held.bytes.len(),
            Gate::Pass => false,
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
