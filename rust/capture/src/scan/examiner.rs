//! Judges what flows say, as the live path does, and tells what it would have done.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use gasket_core::config::Config;
use gasket_core::dns::memory::Memory;
use gasket_core::dns::message::Message;
use gasket_core::dns::stream::Questions;
use gasket_core::event::{
    Destination, EVENT_SCHEMA, Event, NameSource, RequestLine, Subject, Told,
};
use gasket_core::facts::{Facts, Protocol};
use gasket_core::inspect::Said;
use gasket_core::inspect::content::learned::Learned;
use gasket_core::inspect::content::{self, BoundsHit, Content};
use gasket_core::inspect::datagram::{DatagramInspector, DatagramStep};
use gasket_core::inspect::stream::{StreamInspector, StreamStep};
use gasket_core::policy::{Decision, Judge, Reason, Verdict};
use gasket_core::rules::Pack;
use gasket_core::tables::{Place, Places};
use serde::Serialize;

use super::known::{facts, instant, is_nameless, stays_near};
use super::watched::{Inspector, Watched};
use crate::flows::{Consumer, Flow};

/// For how long a name is not told again, in nanoseconds: an app asks for A, AAAA and HTTPS at once.
const TOLD_FOR_NS: u64 = 10_000_000_000;

/// What was looked at and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// Readable requests.
    pub requests: u64,
    /// Encrypted greetings (TLS, QUIC).
    pub hellos: u64,
    /// Questions to the DNS.
    pub questions: u64,
    /// Events that Gasket would have blocked.
    pub blocks: u64,
    /// Events that it would have warned about.
    pub warnings: u64,
    /// Events that are worth knowing.
    pub notes: u64,
    /// Requests that were read in part.
    pub cut_short: u64,
    /// The bounds that were in the way.
    pub bounds_hit: BoundsHit,
    /// DNS messages that are none.
    pub broken_dns: u64,
}

/// Takes what an examination finds.
pub trait Teller {
    /// Something to tell. `nameless`: it names no host, and no look-up led to the address.
    fn event(&mut self, event: &Event, nameless: bool);
    /// A readable request, whatever was thought of it.
    fn request(&mut self, time_ms: u64, host: &str, request: &RequestLine);
}

/// Examines flows and tells of them.
pub struct Examiner<'a> {
    judge: Judge,
    content: content::Examiner,
    learned: &'a mut Learned,
    places: Option<Arc<Places>>,
    memory: Memory,
    watched: HashMap<u64, Watched>,
    /// Bare addresses that were told of.
    told_addresses: HashSet<IpAddr>,
    /// When a name was last told, by name.
    told_names: HashMap<String, u64>,
    observer: Option<&'a dyn Fn(&Facts<'_>)>,
    teller: &'a mut dyn Teller,
    /// What was looked at so far.
    pub looked: Looked,
}

/// One stretch with its judgement.
struct Judged {
    told: Told,
    verdict: Verdict,
    content: Content,
    nameless: bool,
    bytes: u64,
}

impl<'a> Examiner<'a> {
    /// An examiner by these settings and rules. Without `places` no country and no network is known.
    pub fn new(
        config: Config,
        pack: Arc<Pack>,
        places: Option<Arc<Places>>,
        learned: &'a mut Learned,
        teller: &'a mut dyn Teller,
    ) -> Self {
        Self {
            judge: Judge::new(config, pack),
            content: content::Examiner::default(),
            learned,
            places,
            memory: Memory::new(),
            watched: HashMap::new(),
            told_addresses: HashSet::new(),
            told_names: HashMap::new(),
            observer: None,
            teller,
            looked: Looked::default(),
        }
    }

    /// Shows all that is judged to `look`, too.
    pub fn observed_by(self, look: &'a dyn Fn(&Facts<'_>)) -> Self {
        Self {
            observer: Some(look),
            ..self
        }
    }

    fn judge(&self, flow: Flow, name: Option<&str>) -> Verdict {
        self.judge_facts(&facts(flow, name, None, &self.place_of(flow)))
    }

    fn judge_facts(&self, facts: &Facts<'_>) -> Verdict {
        if let Some(look) = self.observer {
            look(facts);
        }
        self.judge.judge(facts)
    }

    fn stretch(
        &mut self,
        flow: Flow,
        name: Option<&str>,
        said: &Said<'_>,
        bytes: u64,
        time_ns: u64,
    ) -> Judged {
        let place = self.place_of(flow);
        let facts = facts(flow, name, Some(said), &place);
        let content = self.judge.examine(
            facts,
            self.places.as_deref(),
            &mut self.content,
            self.learned,
            time_ns / 1_000_000,
        );
        let verdict = self.judge_facts(&Facts {
            content: content.as_ref(),
            ..facts
        });
        Judged {
            told: Told::of(Some(said), Content::default()),
            verdict,
            content: content.unwrap_or_default(),
            nameless: name.is_none() && is_nameless(said) && !stays_near(flow.server.ip()),
            bytes,
        }
    }

    /// Steps the stream's inspector as far as it goes.
    fn advance(&mut self, flow: Flow, watched: &mut Watched, ended: bool) {
        let Inspector::Stream(mut inspector, mut held) =
            std::mem::replace(&mut watched.inspector, Inspector::Done)
        else {
            return;
        };
        let mut from = 0;
        let done = loop {
            let fresh = held.get(from..).unwrap_or_default();
            let before = watched.judged;
            match inspector.step(fresh, ended) {
                StreamStep::NeedMore | StreamStep::Expects => break ended,
                StreamStep::Pass => {
                    self.tell_doom(flow, watched);
                    break true;
                }
                StreamStep::Judge { len, said } => {
                    let len = len.min(fresh.len());
                    let name = watched.name.clone();
                    let judged =
                        self.stretch(flow, name.as_deref(), &said, len as u64, watched.time_ns);
                    // Of an ambiguous request nothing is released; the rest comes as raw bytes.
                    let stuck = len == 0 && !matches!(said, Said::Unframed(_));
                    watched.begin(&said, len as u64);
                    from += len;
                    self.conclude(flow, watched, judged);
                    if stuck {
                        break true;
                    }
                }
            }
            if watched.judged == before && ended && from >= held.len() {
                break true;
            }
        };
        if !done {
            held.drain(..from);
            watched.inspector = Inspector::Stream(inspector, held);
        }
    }

    /// Counts, and tells where there is something to tell.
    fn conclude(&mut self, flow: Flow, watched: &mut Watched, mut judged: Judged) {
        match judged.told.subject {
            Subject::Hello => self.looked.hellos += 1,
            Subject::Request if watched.told.is_empty() => self.looked.requests += 1,
            _ => {}
        }
        let bounds_hit = judged.content.bounds_hit;
        self.looked.cut_short += u64::from(!bounds_hit.is_empty());
        self.looked.bounds_hit += bounds_hit;
        if let Some(request) = &judged.told.request {
            let host = match (&judged.told.name, &watched.name) {
                (Some((name, _)), _) | (None, Some(name)) => name.clone(),
                (None, None) => flow.server.ip().to_string(),
            };
            self.teller
                .request(watched.time_ns / 1_000_000, &host, request);
        }
        if let Some(doom) = &watched.doom
            && judged.verdict.decision != Decision::Block
        {
            judged.verdict = doom.clone();
        }
        judged.nameless = judged.nameless && self.told_addresses.insert(flow.server.ip());
        let noteworthy = !judged.content.findings.is_empty()
            || !judged.verdict.rules.is_empty()
            || judged.nameless;
        if judged.verdict.decision == Decision::Allow && !noteworthy {
            return;
        }
        let what = (
            judged.verdict.rules.clone(),
            judged.content.findings.clone(),
        );
        if watched.told.contains(&what) {
            return;
        }
        watched.told.push(what);
        watched.doom = None;
        let event = self.event(flow, watched, &judged);
        self.tell(&event, judged.nameless);
    }

    /// Tells a verdict against a flow of which nothing else was told.
    fn tell_doom(&mut self, flow: Flow, watched: &mut Watched) {
        let Some(verdict) = watched.doom.take() else {
            return;
        };
        let judged = Judged {
            told: Told::default(),
            verdict,
            content: Content::default(),
            nameless: false,
            bytes: 0,
        };
        let event = self.event(flow, watched, &judged);
        self.tell(&event, false);
    }

    fn event(&self, flow: Flow, watched: &Watched, judged: &Judged) -> Event {
        let dns_name = || watched.name.clone().map(|name| (name, NameSource::Dns));
        let (name, name_source) = match judged.told.name.clone().or_else(dns_name) {
            Some((name, source)) => (Some(name), Some(source)),
            None => (None, None),
        };
        let place = match judged.told.subject {
            Subject::DnsQuestion => Place::default(),
            _ => self.place_at(flow.server.ip()),
        };
        let network = |asn| self.places.as_ref().map(|places| places.network(asn));
        let in_unit = watched.judged.saturating_sub(watched.unit_start);
        Event {
            schema: EVENT_SCHEMA,
            time_ms: watched.time_ns / 1_000_000,
            flow: flow.id,
            subject: judged.told.subject,
            app: None,
            destination: Destination {
                address: flow.server.ip(),
                port: flow.server.port(),
                protocol: flow.protocol,
                name,
                name_source,
                country: place.country.map(|country| country.as_str().to_owned()),
                network: place.asn.and_then(network),
            },
            request: judged.told.request.clone(),
            verdict: judged.verdict.decision,
            reason: judged.verdict.reason,
            rules: self.judge.matched(&judged.verdict),
            findings: judged.content.findings.clone(),
            answered: false,
            bounds_hit: judged.content.bounds_hit,
            // What is in a capture has left.
            dialled: true,
            bytes_left: in_unit.max(judged.bytes),
            flow_bytes_left: watched.judged.max(judged.bytes),
            device_event: None,
            beacon: None,
            asked: None,
        }
    }

    fn tell(&mut self, event: &Event, nameless: bool) {
        match event.verdict {
            Decision::Block => self.looked.blocks += 1,
            Decision::Warn => self.looked.warnings += 1,
            Decision::Allow => self.looked.notes += 1,
        }
        self.teller.event(event, nameless);
    }

    /// Where the flow goes; nowhere for a question, because the resolver's place says nothing of the name's.
    fn place_of(&self, flow: Flow) -> Place {
        match flow.server.port() {
            53 => Place::default(),
            _ => self.place_at(flow.server.ip()),
        }
    }

    fn place_at(&self, address: IpAddr) -> Place {
        let places = self.places.as_ref();
        places.map_or_else(Place::default, |places| places.place(address))
    }

    /// A question for `name`; `message` is all of it, which is read as the live path reads it.
    fn question(&mut self, flow: Flow, time_ns: u64, name: String, message: &[u8]) {
        self.looked.questions += 1;
        let bytes = message.len() as u64;
        let said = Said::Raw(message);
        let mut judged = self.stretch(flow, Some(&name), &said, bytes, time_ns);
        if judged.verdict.decision == Decision::Allow {
            return;
        }
        let last = self.told_names.insert(name.clone(), time_ns);
        if last.is_some_and(|last| time_ns.saturating_sub(last) < TOLD_FOR_NS) {
            return;
        }
        let watched = Watched::new(Inspector::Done, None, time_ns);
        judged.told = Told::question(&name);
        let event = self.event(flow, &watched, &judged);
        self.tell(&event, false);
    }
}

impl Consumer for Examiner<'_> {
    fn opened(&mut self, flow: Flow, time_ns: u64) {
        let name = self.memory.name_of(instant(time_ns), flow.server.ip());
        let name = name.map(str::to_owned);
        let port = flow.server.port();
        let inspector = match flow.protocol {
            Protocol::Tcp if port == 53 => {
                Inspector::StreamQuestions(Questions::default(), Vec::new())
            }
            Protocol::Tcp => Inspector::Stream(Box::new(StreamInspector::new()), Vec::new()),
            _ if port == 53 => Inspector::Questions,
            _ => Inspector::Datagrams(Box::new(DatagramInspector::new(port))),
        };
        let is_questions = matches!(
            inspector,
            Inspector::Questions | Inspector::StreamQuestions(..)
        );
        let mut watched = Watched::new(inspector, name, time_ns);
        let verdict = self.judge(flow, watched.name.as_deref());
        if verdict.decision == Decision::Block
            && !is_questions
            && verdict.reason != Reason::OwnerUnknown
        {
            watched.doom = Some(verdict);
        }
        self.watched.insert(flow.id, watched);
    }

    fn stream(&mut self, flow: Flow, time_ns: u64, bytes: &[u8]) {
        let Some(mut watched) = self.watched.remove(&flow.id) else {
            return;
        };
        watched.time_ns = time_ns;
        match &mut watched.inspector {
            Inspector::Stream(_, held) => {
                held.extend_from_slice(bytes);
                self.advance(flow, &mut watched, false);
            }
            Inspector::StreamQuestions(questions, held) => {
                held.extend_from_slice(bytes);
                while let Some((len, name)) = questions.step(held, false) {
                    match name.map(str::to_owned) {
                        Some(name) => {
                            let message = held.get(2..len).unwrap_or_default();
                            self.question(flow, time_ns, name, message);
                        }
                        None => self.looked.broken_dns += 1,
                    }
                    held.drain(..len);
                }
            }
            _ => {}
        }
        self.watched.insert(flow.id, watched);
    }

    fn ended(&mut self, flow: Flow) {
        let Some(mut watched) = self.watched.remove(&flow.id) else {
            return;
        };
        self.advance(flow, &mut watched, true);
        // Initial packets of QUIC whose hello never became whole.
        let unread = match &mut watched.inspector {
            Inspector::Datagrams(inspector) => inspector.overdue(),
            _ => None,
        };
        if let Some(said) = unread {
            let judged = self.stretch(flow, watched.name.as_deref(), &said, 0, watched.time_ns);
            self.conclude(flow, &mut watched, judged);
        }
        self.tell_doom(flow, &mut watched);
    }

    fn datagram(&mut self, flow: Flow, time_ns: u64, bytes: &[u8]) {
        let Some(mut watched) = self.watched.remove(&flow.id) else {
            return;
        };
        watched.time_ns = time_ns;
        let mut inspector = std::mem::replace(&mut watched.inspector, Inspector::Done);
        let mut over = false;
        match &mut inspector {
            Inspector::Questions => match Message::parse(bytes) {
                Ok(message) => {
                    let name = message.question().name.clone();
                    self.question(flow, time_ns, name, bytes);
                }
                Err(_) => self.looked.broken_dns += 1,
            },
            Inspector::Datagrams(inspector) => match inspector.push(bytes) {
                DatagramStep::NeedMore => {}
                DatagramStep::Pass => {
                    self.tell_doom(flow, &mut watched);
                    over = true;
                }
                DatagramStep::Judge(said) => {
                    let name = watched.name.clone();
                    let length = bytes.len() as u64;
                    let judged = self.stretch(flow, name.as_deref(), &said, length, time_ns);
                    watched.begin(&said, length);
                    self.conclude(flow, &mut watched, judged);
                }
            },
            Inspector::Stream(..) | Inspector::StreamQuestions(..) | Inspector::Done => {}
        }
        if !over {
            watched.inspector = inspector;
        }
        self.watched.insert(flow.id, watched);
    }

    fn reply(&mut self, flow: Flow, time_ns: u64, bytes: &[u8]) {
        if flow.server.port() != 53 {
            return;
        }
        match Message::parse(bytes) {
            Ok(answer) if answer.is_response() => {
                self.memory
                    .learn(instant(time_ns), None, &answer.question().name, &answer);
            }
            _ => self.looked.broken_dns += 1,
        }
    }
}
