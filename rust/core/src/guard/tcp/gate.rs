//! The gate between the app and the peer: bytes are held until judged.

use super::super::view::FlowView;
use crate::Duration;
use crate::dns::stream::Questions;
use crate::event::{Subject, Told};
use crate::facts::Facts;
use crate::flow::FlowId;
use crate::guard::Guard;
use crate::guard::questions::About;
use crate::guard::transport::Transport;
use crate::inspect::Said;
use crate::inspect::stream::{StreamInspector, StreamStep};
use crate::policy::{Decision, Verdict};
use crate::tables::Place;
use crate::tcp::Stack;

/// How long a request that is not whole may stall before what is there is judged: an app that waits
/// for an answer to half a request sends no more.
const OVERDUE: Duration = Duration::from_secs(1);

/// Judged bytes that wait for a slow peer before no more are taken from the app.
const BACKLOG: usize = 64 * 1024;

/// What an app is told that sent a head with `Expect: 100-continue` and keeps the body back. The
/// peer may say it again once it is dialled; clients expect that (RFC 9110, section 15.2).
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What stands between the app's bytes and the peer.
pub(super) enum Gate {
    /// Bytes are held until judged.
    Inspect(Box<Held>),
    /// Bytes go straight from the ring to the socket.
    Pass,
    /// The app has its answer from here; whatever it still says is not read.
    Answered,
}

enum Inspector {
    Stream(StreamInspector),
    Dns(Questions),
}

pub(super) struct Held {
    inspector: Inspector,
    /// The app's bytes: `[..sent]` have left, `[sent..released]` may leave.
    pub(super) bytes: Vec<u8>,
    pub(super) sent: usize,
    pub(super) released: usize,
    /// The inspector wants to see no more.
    pub(super) finished: bool,
    /// What was judged behind `released` and waits for the user's answer.
    pub(super) pending: Option<Box<Pending>>,
}

/// A warning of which nothing has left, because the user is to be asked first.
pub(super) struct Pending {
    pub(super) verdict: Verdict,
    pub(super) told: Told,
    /// Bytes that may leave if the user agrees.
    pub(super) len: usize,
    pub(super) about: About,
    pub(super) question: u64,
}

/// What one look through the gate came to.
enum Look {
    /// Nothing more to decide for now.
    Wait,
    /// Nothing more to decide for now, but there is something for the app.
    Answered,
    /// Something was released: dial if need be, and look again.
    Released,
    /// The user is to be asked before so many bytes may leave.
    Ask(Verdict, Told, usize),
    /// The flow ends here.
    Block(Verdict, Told),
    /// The flow ends here, with these bytes for the app.
    Answer(Verdict, Told, Vec<u8>),
}

impl Gate {
    /// A closed gate for a connection to `destination_port`.
    pub(super) fn new(destination_port: u16) -> Self {
        let inspector = if destination_port == 53 {
            Inspector::Dns(Questions::default())
        } else {
            Inspector::Stream(StreamInspector::new())
        };
        Self::Inspect(Box::new(Held {
            inspector,
            bytes: Vec::new(),
            sent: 0,
            released: 0,
            finished: false,
            pending: None,
        }))
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
        while !self.is_full() && self.bytes.len() - self.sent < limit {
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

    /// Whether so much waits for a slow peer that no more is taken from the app. What the app says
    /// meanwhile is not seen, so that this is no silence of its own.
    fn is_full(&self) -> bool {
        self.released - self.sent >= BACKLOG
    }

    /// Gives back what has left.
    pub(super) fn compact(&mut self) {
        if self.sent == self.released && self.sent > 0 {
            self.bytes.drain(..self.sent);
            self.sent = 0;
            self.released = 0;
        }
    }
}

impl Guard {
    /// Judges what the app has said so far and releases what may leave.
    ///
    /// `is_overdue`: the app has been silent for so long that it may be waiting for an answer.
    pub(super) fn look_through_gate(&mut self, id: FlowId, is_overdue: bool) {
        loop {
            let look = self.look_once(id, is_overdue);
            if !matches!(look, Look::Wait | Look::Answered) {
                self.notice_words(id);
            }
            match look {
                Look::Wait => return,
                Look::Answered => return self.mark_dirty(id),
                Look::Released => self.dial(id),
                Look::Ask(verdict, told, len) => {
                    if !self.ask(id, verdict, told, len) {
                        return;
                    }
                    self.dial(id);
                }
                Look::Block(verdict, told) => return self.block_tcp(id, &verdict, Some(told)),
                Look::Answer(verdict, told, answer) => {
                    return self.answer_tcp(id, &verdict, told, &answer);
                }
            }
        }
    }

    fn look_once(&mut self, id: FlowId, is_overdue: bool) -> Look {
        let device_event = self.device_event();
        let unix_ms = self.unix_ms();
        let Some(flow) = self.flows.get_mut(id) else {
            return Look::Wait;
        };
        let is_undialled = !flow.dialled;
        let payer = flow.payer();
        let (mut facts_of_flow, transport, awaits_turn) = FlowView::beside(flow);
        let Transport::Tcp(tcp) = transport else {
            return Look::Wait;
        };
        if let (Some(stack), Gate::Answered) = (tcp.stack.as_mut(), &tcp.gate) {
            while stack
                .socket_mut()
                .recv(|ring| (ring.len(), ring.len()))
                .is_ok_and(|len| len > 0)
            {}
        }
        let (Some(stack), Gate::Inspect(held)) = (tcp.stack.as_mut(), &mut tcp.gate) else {
            return Look::Wait;
        };
        if held.pending.is_some() {
            return Look::Wait;
        }
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
                Look::Block(verdict.into_block(), Told::default())
            } else {
                held.finished = true;
                if is_undialled {
                    Look::Released
                } else {
                    Look::Wait
                }
            };
        }
        if self.judging.is_spent(payer) {
            self.judging.defer(payer, id, awaits_turn);
            return Look::Wait;
        }
        let is_question = matches!(held.inspector, Inspector::Dns(_));
        let is_full = held.is_full();
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
                    if !is_overdue && !is_full {
                        // What was released in the same look has ended the wait.
                        tcp.silence.get_or_insert(self.now + OVERDUE);
                    }
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
                    // Of a message all is read; what is none would pass unread.
                    let said = match (&question, fresh.get(2..len)) {
                        (Some(_), Some(message)) => Said::Raw(message),
                        _ => Said::Unframed("no DNS message"),
                    };
                    facts_of_flow.name = question;
                    // The resolver's place says nothing of the name's.
                    facts_of_flow.place = &Place {
                        country: None,
                        asn: None,
                    };
                    (len, Some(said))
                }
            },
        };
        if let Some(nameless) = &mut tcp.nameless {
            nameless.hear(said.as_ref());
        }
        let passes_for_good = said.is_none();
        let facts = facts_of_flow.facts(device_event.as_ref(), said.as_ref(), None);
        let content = self.judge.examine(
            facts,
            self.places.as_deref(),
            &mut self.examiner,
            &mut self.learned,
            unix_ms,
        );
        self.judging.charge(payer, self.examiner.take_work());
        let mut verdict = if passes_for_good {
            Verdict::ordinary()
        } else {
            self.judge.judge(&Facts {
                content: content.as_ref(),
                ..facts
            })
        };
        // Before the dial only: on a connection that has a server, its answers would be mistaken for one another.
        let answer = match &said {
            Some(Said::Http(request)) if is_undialled && request.complete => {
                let answer = self.judge.answer(&verdict);
                answer.map(|answer| answer.to_method(&request.method))
            }
            _ => None,
        };
        if let Some(doom) = tcp.doomed.take()
            && verdict.decision != Decision::Block
        {
            verdict = doom.into_block();
        }
        let mut told = Told::default();
        if verdict.decision != Decision::Allow {
            told = Told::of(said.as_ref(), content.unwrap_or_default());
            if is_question && facts.dns_query.is_some() {
                told.subject = Subject::DnsQuestion;
            }
        }
        tcp.silence = None;
        tcp.unit.begin(said.as_ref(), len);
        if verdict.decision == Decision::Block {
            return match answer {
                Some(answer) => Look::Answer(verdict, told, answer),
                None => Look::Block(verdict, told),
            };
        }
        let len = len.min(fresh.len());
        if verdict.decision == Decision::Warn {
            // What is looked up is a name; what is sent there afterwards is asked about.
            if !is_question && self.judge.asks(facts.owner) {
                return Look::Ask(verdict, told, len);
            }
            tcp.unit.warn(verdict, told);
        }
        held.released += len;
        held.finished = passes_for_good;
        Look::Released
    }
}
