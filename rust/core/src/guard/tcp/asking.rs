//! What is held until the user has answered.

use super::gate::{Gate, Pending};
use crate::event::{AskOutcome, Asked, Told};
use crate::flow::FlowId;
use crate::guard::questions::{About, Answer, Ruling};
use crate::guard::view::flow_facts;
use crate::guard::{Guard, Transport};
use crate::policy::{Decision, Verdict};
use crate::{Duration, Instant};

impl Guard {
    /// The user's answer to the question of an event whose [`AskOutcome`] is `Waiting`. One to a question that is
    /// decided counts for the same again; one to a question that never was, for nothing.
    pub fn handle_user_answer(&mut self, now: Instant, question: u64, answer: Answer) {
        self.now = now;
        let outcome = match answer {
            Answer::LetThrough => AskOutcome::Allowed,
            Answer::Block => AskOutcome::Blocked,
        };
        for id in self.questions.answer(now, question, answer) {
            self.decide_held(id, outcome);
        }
    }

    /// Decides on a warning of which nothing has left, of `len` bytes, or holds it; `true` if it was released.
    pub(super) fn ask(&mut self, id: FlowId, verdict: Verdict, told: Told, len: usize) -> bool {
        let Some(flow) = self.flows.get(id) else {
            return false;
        };
        let Transport::Tcp(tcp) = &flow.transport else {
            return false;
        };
        let name = told.name.as_ref().or(flow.name.as_ref());
        let address = flow.tuple.destination.ip().to_string();
        let place = name.map_or(&*address, |(name, _)| name);
        let about = About::new(place, &verdict, &told);
        let is_let_through = tcp.unit.is_let_through(&about);
        let of = (flow.ownership.known(), id);
        let matter = about.clone();
        let of_question = |question| Pending {
            verdict,
            told,
            len,
            about,
            question,
        };
        if is_let_through {
            self.release_held(id, of_question(0), AskOutcome::Allowed);
            return true;
        }
        let seconds = self.judge.config().ask_seconds;
        let until = self.now + Duration::from_secs(u64::from(seconds));
        // Below 2^53, so that every reader of JSON can keep it.
        let fresh = self.next_seed() >> 11 | 1;
        let (question, outcome) = match self.questions.rule(self.now, of, matter, fresh, until) {
            Ruling::Hold {
                question,
                until,
                is_new,
            } => {
                self.hold(id, of_question(question), until, is_new);
                return false;
            }
            Ruling::LetThrough { question } => (question, AskOutcome::Allowed),
            Ruling::Block { question, why } => (question, why),
        };
        let held = of_question(question);
        if outcome == AskOutcome::Allowed {
            self.release_held(id, held, outcome);
            return true;
        }
        self.block_held(id, held, outcome);
        false
    }

    fn hold(&mut self, id: FlowId, held: Pending, until: Instant, is_new: bool) {
        let question = is_new.then(|| {
            let told = self.with_outcome(&held, AskOutcome::Waiting);
            (held.verdict.clone().into_block(), told)
        });
        let Some(tcp) = self.tcp_mut(id) else { return };
        tcp.silence = Some(until);
        if let Gate::Inspect(gate) = &mut tcp.gate {
            gate.pending = Some(Box::new(held));
        }
        self.arm(id);
        if let Some((verdict, told)) = question {
            self.report(id, &verdict, told);
        }
    }

    /// There was no answer in time.
    pub(super) fn answer_is_overdue(&mut self, id: FlowId) {
        self.decide_held(id, AskOutcome::Unanswered);
    }

    /// The settings have changed: what they forbid is blocked now, what needs no answer any more is the warning it was.
    /// `true` where the flow has ended by that.
    pub(in crate::guard) fn rejudge_held(&mut self, id: FlowId) -> bool {
        let device_event = self.device_event();
        let Some(flow) = self.flows.get(id) else {
            return false;
        };
        let Transport::Tcp(tcp) = &flow.transport else {
            return false;
        };
        let Some(held) = tcp.pending() else {
            return false;
        };
        let mut facts = flow_facts(flow, device_event.as_ref());
        if let Some((name, _)) = &held.told.name {
            facts.dns_query = Some(name);
        }
        let verdict = self
            .judge
            .judge_held(&facts, &held.verdict, &held.told.findings);
        let asks = self.judge.asks(facts.owner);
        if verdict.decision == Decision::Block {
            if let Some(held) = self.take_pending(id) {
                self.block_tcp(id, &verdict, Some(held.told));
            }
            return true;
        }
        if !asks && let Some(held) = self.take_pending(id) {
            self.let_go(id, held.verdict, held.told, held.len);
            self.go_on(id);
        }
        false
    }

    /// Tells of what a flow holds that ends before there is an answer.
    pub(in crate::guard) fn report_held(&mut self, id: FlowId) {
        if let Some(held) = self.take_pending(id) {
            let told = self.with_outcome(&held, AskOutcome::Ended);
            self.report(id, &held.verdict.into_block(), told);
        }
    }

    fn decide_held(&mut self, id: FlowId, outcome: AskOutcome) {
        let Some(held) = self.take_pending(id) else {
            return;
        };
        if outcome != AskOutcome::Allowed {
            return self.block_held(id, *held, outcome);
        }
        self.release_held(id, *held, outcome);
        self.go_on(id);
    }

    fn block_held(&mut self, id: FlowId, held: Pending, outcome: AskOutcome) {
        let told = self.with_outcome(&held, outcome);
        self.block_tcp(id, &held.verdict.into_block(), Some(told));
    }

    fn release_held(&mut self, id: FlowId, held: Pending, outcome: AskOutcome) {
        let told = self.with_outcome(&held, outcome);
        if let Some(tcp) = self.tcp_mut(id) {
            tcp.unit.let_through(held.about);
        }
        self.let_go(id, held.verdict, told, held.len);
    }

    fn let_go(&mut self, id: FlowId, verdict: Verdict, told: Told, len: usize) {
        let Some(tcp) = self.tcp_mut(id) else { return };
        tcp.unit.warn(verdict, told);
        if let Gate::Inspect(gate) = &mut tcp.gate {
            gate.released = (gate.released + len).min(gate.bytes.len());
        }
    }

    /// Goes on with a flow whose gate was released from outside.
    fn go_on(&mut self, id: FlowId) {
        self.dial(id);
        self.service(id);
        self.weigh(id);
        self.arm(id);
    }

    fn take_pending(&mut self, id: FlowId) -> Option<Box<Pending>> {
        let tcp = self.tcp_mut(id)?;
        let Gate::Inspect(gate) = &mut tcp.gate else {
            return None;
        };
        let held = gate.pending.take()?;
        tcp.silence = None;
        self.questions.leave(held.question, id);
        Some(held)
    }

    fn with_outcome(&self, held: &Pending, outcome: AskOutcome) -> Told {
        Told {
            asked: Some(Asked {
                question: held.question,
                outcome,
                seconds: self.judge.config().ask_seconds,
            }),
            ..held.told.clone()
        }
    }
}
