//! DNS questions of apps: judged, answered here where a verdict says so, else forwarded.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use super::udp::{Kind, Link};
use super::{Action, Guard, flow_facts};
use crate::dns::decoy::{self, Decoys, Family};
use crate::dns::message::{Message, Question, RecordType};
use crate::dns::{answer, forward};
use crate::event::{NameSource, Subject, Told};
use crate::flow::{FlowId, Payer};
use crate::guard::transport::Transport;
use crate::inspect::Said;
use crate::inspect::content::Finding;
use crate::packet::{self, FiveTuple};
use crate::policy::{Decision, Reason, Verdict};
use crate::{Duration, Instant};

/// Questions of one flow that wait for an answer; beyond, the oldest is forgotten.
const ASKED_MAX: usize = 16;

/// Questions of one flow that wait for its app's next turn; beyond, the newest are dropped.
const UNJUDGED_MAX: usize = 32;

/// For how long the same is not told again of an app's question: it asks for A, AAAA and HTTPS at once, and
/// again for each attempt.
const TOLD_FOR: Duration = Duration::from_secs(10);

/// Questions remembered as told.
const TOLD_MAX: usize = 64;

/// The questions of one flow.
#[derive(Default)]
pub(super) struct Asked {
    /// Forwarded and not answered yet.
    pending: VecDeque<Vec<u8>>,
    /// Not judged yet, because its app has had its turn.
    unjudged: VecDeque<Vec<u8>>,
    /// How many of the upstream resolvers were tried for them.
    tries: usize,
}

impl Asked {
    /// Bytes of the questions that wait.
    pub(super) fn bytes(&self) -> usize {
        let questions = self.pending.iter().chain(&self.unjudged);
        questions.map(Vec::len).sum()
    }
}

/// What was told of questions of late.
#[derive(Default)]
pub(super) struct ToldQuestions(VecDeque<(ToldQuestion, Instant)>);

/// All that makes one telling differ from another: who asked for which name, what was decided and why, and what was
/// found in it.
#[derive(PartialEq, Eq)]
struct ToldQuestion {
    asker: Option<u32>,
    name: String,
    verdict: Verdict,
    findings: Vec<Finding>,
}

impl ToldQuestions {
    /// Whether it has to be told; remembers it.
    fn is_news(&mut self, now: Instant, question: ToldQuestion) -> bool {
        self.0.retain(|(_, until)| *until > now);
        if self.0.iter().any(|(told, _)| *told == question) {
            return false;
        }
        if self.0.len() == TOLD_MAX {
            self.forget_one();
        }
        self.0.push_back((question, now + TOLD_FOR));
        true
    }

    /// Forgets the oldest of whoever has the most.
    fn forget_one(&mut self) {
        let mut counts: BTreeMap<Option<u32>, usize> = BTreeMap::new();
        for (told, _) in &self.0 {
            *counts.entry(told.asker).or_default() += 1;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        let of_most =
            |(told, _): &(ToldQuestion, Instant)| Some(told.asker) == most.map(|(asker, _)| asker);
        if let Some(oldest) = self.0.iter().position(of_most) {
            self.0.remove(oldest);
        }
    }
}

impl Guard {
    /// A datagram of an app to port 53, of Gasket's resolver or any other.
    pub(super) fn handle_question(&mut self, tuple: FiveTuple, payload: &[u8]) {
        if let Err(why) = Message::parse(payload) {
            // What is not a question is not sent to a DNS server: it would pass unread.
            log::debug!("dropped a malformed DNS question: {why}");
            self.counters.malformed += 1;
            return;
        }
        if let Some(id) = self.flows.by_tuple(&tuple)
            && self.is_retry(id, payload)
        {
            self.upstream_preference = self.upstream_preference.wrapping_add(1);
            self.end_flow(id, false);
        }
        let id = match self.flows.by_tuple(&tuple) {
            Some(id) => id,
            None => self.open_udp(tuple, Kind::Dns(Asked::default())),
        };
        let now = self.now;
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        flow.last_used = now;
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        if !udp.hold(payload.to_vec()) {
            self.counters.datagrams_dropped += 1;
        }
        self.resume_udp(id);
        self.weigh(id);
    }

    /// Whether the app repeats a question on a flow that has an alternative to try.
    fn is_retry(&self, id: FlowId, payload: &[u8]) -> bool {
        let has_alternative = self.judge.config().dns_upstreams.len() > 1;
        let asked = self.flows.get(id).and_then(|flow| match &flow.transport {
            Transport::Udp(udp) => match &udp.kind {
                Kind::Dns(asked) => Some(asked),
                Kind::Plain | Kind::Echo => None,
            },
            Transport::Tcp(_) => None,
        });
        has_alternative
            && asked.is_some_and(|asked| asked.pending.iter().any(|question| question == payload))
    }

    /// Judges the questions that waited for the owner and forwards those that may go.
    pub(super) fn resume_questions(&mut self, id: FlowId) {
        let mut admitted = Vec::new();
        let mut questions = self.take_held(id);
        while let Some(payload) = questions.pop_front() {
            if self.judging.is_spent(self.payer(id)) {
                questions.push_front(payload);
                break;
            }
            let Ok(question) = Message::parse(&payload) else {
                continue;
            };
            if self.admits_question(id, &question) {
                admitted.push(payload);
            }
        }
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        if !questions.is_empty() {
            let payer = flow.payer();
            self.judging.defer(payer, id, &mut flow.awaits_turn);
        }
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        if let Kind::Dns(asked) = &mut udp.kind {
            let beyond = questions.len().saturating_sub(UNJUDGED_MAX);
            self.counters.datagrams_dropped += beyond as u64;
            questions.truncate(UNJUDGED_MAX);
            asked.unjudged = questions;
            for payload in &admitted {
                if asked.pending.len() == ASKED_MAX {
                    asked.pending.pop_front();
                }
                asked.pending.push_back(payload.clone());
            }
        }
        udp.held.extend(admitted);
        self.release_datagrams(id, usize::MAX);
    }

    /// The questions not yet judged.
    fn take_held(&mut self, id: FlowId) -> VecDeque<Vec<u8>> {
        let Some(Transport::Udp(udp)) = self.flows.get_mut(id).map(|flow| &mut flow.transport)
        else {
            return VecDeque::new();
        };
        let mut questions = match &mut udp.kind {
            Kind::Dns(asked) => std::mem::take(&mut asked.unjudged),
            Kind::Plain | Kind::Echo => VecDeque::new(),
        };
        // What was judged before and waits for its socket stays.
        let judged = match udp.link {
            Link::Connecting => udp.released_count().min(udp.held.len()),
            Link::None | Link::Connected => 0,
        };
        questions.extend(udp.held.split_off(judged));
        questions
    }

    /// Judges one question; answers it here where it is not to be forwarded.
    fn admits_question(&mut self, id: FlowId, message: &Message<'_>) -> bool {
        let device_event = self.device_event();
        let unix_ms = self.unix_ms();
        let Some(flow) = self.flows.get(id) else {
            return false;
        };
        let (tuple, payer) = (flow.tuple, flow.payer());
        let Question {
            name, record_type, ..
        } = message.question();
        let mut facts = flow_facts(flow, device_event.as_ref());
        facts.dns_query = Some(name);
        // The resolver's place says nothing of the name's.
        (facts.country, facts.asn) = (None, None);
        if self.is_resolver(tuple.destination.ip()) {
            // The connection that follows is judged again, by then perhaps with its owner.
            facts.owner_asked = false;
        }
        // All of it is sent on, so all of it is read: other records, options, what stands behind them.
        let said = Said::Raw(message.octets());
        facts.said = Some(&said);
        let content = self.judge.examine(
            facts,
            self.places.as_deref(),
            &mut self.examiner,
            &mut self.learned,
            unix_ms,
        );
        facts.content = content.as_ref();
        self.judging.charge(payer, self.examiner.take_work());
        let verdict = self.judge.judge(&facts);
        let told = Told {
            subject: Subject::DnsQuestion,
            name: Some((name.clone(), NameSource::Dns)),
            ..Told::of(Some(&said), content.unwrap_or_default())
        };
        // An address that nobody may go to is not looked for: the app goes by IPv4 at once.
        let is_unwanted = *record_type == RecordType::AAAA && !self.judge.config().ipv6;
        match verdict.decision {
            Decision::Allow if is_unwanted => {
                self.answer_app(payer, &tuple, &answer::no_data(message));
                false
            }
            Decision::Allow => true,
            Decision::Warn => {
                self.tell_question(id, &verdict, name, told);
                if is_unwanted {
                    self.answer_app(payer, &tuple, &answer::no_data(message));
                }
                !is_unwanted
            }
            Decision::Block => {
                let reply = self.local_answer(payer, message, name, *record_type, &verdict);
                self.tell_question(id, &verdict, name, told);
                self.answer_app(payer, &tuple, &reply);
                false
            }
        }
    }

    /// Tells of a question, unless that was told a moment ago.
    fn tell_question(&mut self, id: FlowId, verdict: &Verdict, name: &str, told: Told) {
        let owner = self.flows.get(id).and_then(|flow| flow.ownership.owner());
        let question = ToldQuestion {
            asker: owner.map(|owner| owner.uid),
            name: name.to_owned(),
            verdict: verdict.clone(),
            findings: told.findings.clone(),
        };
        if self.told_questions.is_news(self.now, question) {
            self.report_with(id, verdict, told, 0);
        }
    }

    /// The answer to a question that is not forwarded. A name that a rule blocks gets a decoy
    /// address, so that the request meant for it comes to us and can be shown; any other does not
    /// exist.
    fn local_answer(
        &mut self,
        asker: Payer,
        message: &Message<'_>,
        name: &str,
        kind: RecordType,
        verdict: &Verdict,
    ) -> Vec<u8> {
        if verdict.reason != Reason::RuleMatched {
            return answer::blocked(message);
        }
        let family = match kind {
            RecordType::A => Family::V4,
            RecordType::AAAA if self.judge.config().ipv6 => Family::V6,
            _ => return answer::no_data(message),
        };
        let address = self.decoys.address_for(asker, name, family);
        answer::address(message, address, decoy::TTL)
    }

    fn answer_app(&mut self, payer: Payer, tuple: &FiveTuple, message: &[u8]) {
        let mtu = usize::from(self.judge.config().mtu);
        if !packet::udp(self.out.of(payer), tuple, message, mtu) {
            self.counters.datagrams_dropped += 1;
        }
    }

    /// An answer from the upstream resolver.
    pub(super) fn handle_answer(&mut self, id: FlowId, payload: &[u8]) {
        let now = self.now;
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let (tuple, payer) = (flow.tuple, flow.payer());
        let asker = flow.ownership.owner().map(|owner| owner.uid);
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        let Kind::Dns(asked) = &mut udp.kind else {
            return;
        };
        let Ok(reply) = Message::parse(payload) else {
            self.counters.malformed += 1;
            return;
        };
        let of = |question: &Vec<u8>| {
            Message::head(question).is_ok_and(|question| forward::matches(&question, &reply))
        };
        let Some(at) = asked.pending.iter().position(of) else {
            // Nobody asked: not an answer, whoever sent it.
            return;
        };
        asked.pending.remove(at);
        asked.tries = 0;
        self.memory
            .learn(now, asker, &reply.question().name, &reply);
        self.answer_app(payer, &tuple, payload);
        self.weigh(id);
    }

    /// The upstream resolver of a flow cannot be reached: the next is tried, else the app is told.
    pub(super) fn upstream_resolver_failed(&mut self, id: FlowId) {
        let upstreams = self.judge.config().dns_upstreams.len();
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let (tuple, payer) = (flow.tuple, flow.payer());
        let Transport::Udp(udp) = &mut flow.transport else {
            return;
        };
        let Kind::Dns(asked) = &mut udp.kind else {
            return;
        };
        asked.tries += 1;
        let pending: Vec<_> = asked.pending.iter().cloned().collect();
        let tries = asked.tries;
        let is_ours = self.is_resolver(tuple.destination.ip());
        self.upstream_preference = self.upstream_preference.wrapping_add(1);
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        if is_ours
            && tries < upstreams
            && let Transport::Udp(udp) = &mut flow.transport
        {
            udp.start_over(pending.into());
            self.actions.push_back(Action::Close {
                flow: id,
                abort: false,
            });
            return self.release_datagrams(id, usize::MAX);
        }
        for question in pending {
            if let Ok(message) = Message::parse(&question) {
                let reply = answer::server_failure(&message);
                self.answer_app(payer, &tuple, &reply);
            }
        }
        self.end_flow(id, false);
    }

    /// Where a flow to `destination` is dialled: Gasket's own resolver stands for the upstreams.
    pub(super) fn dial_address(&self, destination: SocketAddr) -> Option<SocketAddr> {
        if Decoys::contains(destination.ip()) {
            return None;
        }
        if !self.is_resolver(destination.ip()) {
            return Some(destination);
        }
        if destination.port() != 53 {
            return None;
        }
        let upstreams = &self.judge.config().dns_upstreams;
        let at = self.upstream_preference.checked_rem(upstreams.len())?;
        upstreams.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(asker: u32, name: &str) -> ToldQuestion {
        ToldQuestion {
            asker: Some(asker),
            name: name.to_owned(),
            verdict: Verdict::ordinary(),
            findings: Vec::new(),
        }
    }

    #[test]
    fn a_flood_of_one_app_has_nothing_of_another_told_again() {
        let mut told = ToldQuestions::default();
        assert!(told.is_news(Instant::ZERO, question(1, "a.example")));
        for n in 0..2 * TOLD_MAX {
            let name = format!("{n}.example");
            assert!(told.is_news(Instant::ZERO, question(2, &name)));
        }
        assert!(!told.is_news(Instant::ZERO, question(1, "a.example")));
        assert!(told.is_news(Instant::ZERO, question(2, "0.example")));
        assert_eq!(told.0.len(), TOLD_MAX);
    }
}
