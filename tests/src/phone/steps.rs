//! What happens, one step at a time, and what apps do by themselves.

use std::collections::VecDeque;
use std::net::SocketAddr;

use gasket_core::Duration;
use gasket_core::facts::{Protocol, Trigger};
use gasket_core::packet::FiveTuple;
use smoltcp::socket::tcp::State;

use super::apps::{Line, PHONE, RESOLVER, Said};
use super::model::{APPS, Carrier, Nature, Owner, Request, Settings};
use super::payload;
use super::questions::{Asking, Topic};
use super::script::{Finish, Step, What};
use super::world::{LISTENERS, NAMES, PATIENCE, Pending, Phone, SERVERS, config};
use crate::dns;

/// Connections that the apps have at a time.
const LINES: usize = 12;
/// Ports that the kernel gives out, few, so that five-tuples come again.
const PORTS: std::ops::Range<u16> = 40_000..40_016;
/// Pieces in which an app writes one request.
const MOST_PIECES: usize = 40;
/// Bytes that an app says on one connection, before it says no more.
const MOST_BYTES: usize = 400_000;

impl Phone {
    pub(super) fn step(&mut self, step: Step) {
        self.figures.steps += 1;
        match step {
            Step::Open { app, to } => _ = self.open(app, to),
            Step::Try { app, to, topic } => {
                if let Some(key) = self.open(app, to) {
                    self.say_on(key, What::Told(topic), usize::MAX, 0);
                }
            }
            Step::Answer { which, reply } => self.answer(which, reply),
            Step::Say {
                line,
                what,
                piece,
                gap_ms,
            } => self.say(line, what, piece, gap_ms),
            Step::Finish { line, how } => self.finish_line(line, how),
            Step::Datagram { app, to, leak } => self.datagram(app, to % LISTENERS.len(), leak),
            Step::Ask { app, name } => self.ask(app, name % NAMES.len()),
            Step::Pass(millis) => self.pass(millis),
            Step::Owners(mood) => self.owner_mood = mood,
            Step::Server { to, mood } => self.moods[to % SERVERS.len()] = mood,
            Step::Settings(settings) => self.set(settings),
            Step::Network => self.network(),
            Step::Clock(millis) => self.guard.set_wall_clock(self.now, millis),
            Step::Evict => _ = self.guard.evict_idlest(self.now),
        }
        self.settle();
    }

    fn open(&mut self, app: usize, to: usize) -> Option<u32> {
        let is_taken = |port: &u16| self.lines.values().any(|line| line.port == *port);
        let port = PORTS.clone().find(|port| !is_taken(port))?;
        if self.lines.len() >= LINES {
            return None;
        }
        let (to, address) = match (to % (SERVERS.len() + 1), self.decoy) {
            (to, _) if to < SERVERS.len() => (Some(to), SocketAddr::from(SERVERS[to].address)),
            (_, Some(decoy)) => (None, decoy),
            (_, None) => (Some(0), SocketAddr::from(SERVERS[0].address)),
        };
        let handle = self.apps[app].connect(address, port);
        let key = self.number();
        self.figures.connections += 1;
        self.lines.insert(
            key,
            Line {
                app,
                to,
                address,
                port,
                handle,
                opened: self.now,
                plan: Vec::new(),
                written: 0,
                pieces: VecDeque::new(),
                next_at: self.now,
                last_write: self.now,
                said: Vec::new(),
                left: 0,
                warned: 0,
                heard: 0,
                given: 0,
                server_has_ended: false,
                excuse: None,
                closes: false,
                closed: false,
                aborted: false,
                deaf: false,
                has_been_open: false,
            },
        );
        Some(key)
    }

    fn line(&self, which: u8) -> Option<u32> {
        let at = usize::from(which).checked_rem(self.lines.len())?;
        self.lines.keys().nth(at).copied()
    }

    fn say(&mut self, which: u8, what: What, piece: usize, gap_ms: u64) {
        if let Some(key) = self.line(which) {
            self.say_on(key, what, piece, gap_ms);
        }
    }

    fn say_on(&mut self, key: u32, what: What, piece: usize, gap_ms: u64) {
        let number = self.number();
        let line = self.lines.get_mut(&key).expect("a connection");
        if line.closes || line.aborted || line.plan.len() > MOST_BYTES {
            return;
        }
        let speaks_http = line.to.is_none_or(|to| SERVERS[to].speaks_http);
        let (bytes, head) = if speaks_http {
            payload::request(what, number)
        } else {
            (payload::noise(what, number), 0)
        };
        let start = line.plan.len();
        let stalls = speaks_http && what == What::StalledLeak;
        let (nature, topic) = match what {
            What::Leak | What::StalledLeak if speaks_http => {
                (Nature::Leak, Some(Topic::REGISTRATION))
            }
            What::Told(topic) if speaks_http => (Nature::Told, Some(topic)),
            _ => (Nature::Harmless, None),
        };
        line.said.push(Said {
            start,
            end: start + bytes.len(),
            ahead: if stalls { head } else { 0 },
            faltered: false,
            head_was_late: false,
            request: Request::new(Carrier::Stream, nature),
            topic,
            asking: Asking::No,
        });
        let piece = piece.max(bytes.len().div_ceil(MOST_PIECES));
        if stalls {
            line.pieces.push_back((0, start + head));
            line.pieces.push_back((2_000, start + bytes.len()));
        } else {
            let mut at = 0;
            while at < bytes.len() {
                let gap = if at == 0 { 0 } else { gap_ms };
                at = bytes.len().min(at.saturating_add(piece));
                line.pieces.push_back((gap, start + at));
            }
        }
        line.plan.extend(bytes);
    }

    fn finish_line(&mut self, which: u8, how: Finish) {
        let Some(line) = self.line(which).and_then(|key| self.lines.get_mut(&key)) else {
            return;
        };
        match how {
            Finish::Close => line.closes = true,
            // Who has closed, and was closed to, has nothing left to reset.
            Finish::Abort if matches!(line.state(&self.apps), State::Closed | State::TimeWait) => {}
            Finish::Abort => {
                line.aborted = true;
                self.apps[line.app].socket(line.handle).abort();
            }
            Finish::Deaf => line.deaf = true,
            Finish::Hearing => line.deaf = false,
        }
    }

    fn datagram(&mut self, app: usize, to: usize, leak: bool) {
        let number = self.number();
        let is_coap = to == 0;
        let leak = leak && is_coap;
        let nature = if leak {
            Nature::Named
        } else {
            Nature::Harmless
        };
        let payload = payload::datagram(is_coap, leak, number);
        self.send(50_000 + app as u16, LISTENERS[to], payload, "", nature);
    }

    fn ask(&mut self, app: usize, name: usize) {
        let id = self.number() as u16;
        let (name, nature) = NAMES[name];
        let question = dns::question(id, name, dns::A);
        self.send(45_000 + app as u16, (RESOLVER, 53), question, name, nature);
    }

    fn send(
        &mut self,
        port: u16,
        to: ([u8; 4], u16),
        payload: Vec<u8>,
        name: &'static str,
        nature: Nature,
    ) {
        let packet = payload::udp_packet((PHONE, port), to, &payload);
        let tuple = FiveTuple {
            protocol: Protocol::Udp,
            source: (PHONE, port).into(),
            destination: to.into(),
        };
        let carrier = if name.is_empty() {
            Carrier::Datagram
        } else {
            Carrier::Question
        };
        let mut pending = Pending {
            payload,
            name,
            sent: false,
            request: Request::new(carrier, nature),
        };
        let living = self
            .by_tuple
            .get(&tuple)
            .filter(|id| self.guard.has_flow(**id));
        match living.and_then(|id| self.flows.get_mut(id)) {
            Some(flow) => {
                flow.last_used = self.now;
                if !flow.refused {
                    pending.request.judge(&self.settings, flow.owner, false);
                    flow.pending.push_back(pending);
                    flow.crowded |= flow.pending.len() > 16;
                }
            }
            None => self.unborn = Some(pending),
        }
        self.guard.handle_packet(self.now, &packet);
    }

    fn set(&mut self, settings: Settings) {
        self.settings = settings;
        self.guard.set_config(self.now, config(&settings));
        self.judge_anew();
        for owner in (0..APPS).map(Owner::App).chain([Owner::Unknown]) {
            if !settings.asks(owner) {
                self.questions.forget(owner.party());
            }
        }
    }

    fn network(&mut self) {
        self.guard
            .handle_device_event(self.now, Trigger::Connectivity);
        for id in self.flows.keys().copied().collect::<Vec<_>>() {
            self.break_socket(id);
        }
    }

    /// What apps do by themselves.
    pub(super) fn pump(&mut self) -> bool {
        let mut did = false;
        let keys: Vec<u32> = self.lines.keys().copied().collect();
        for key in keys {
            let mut line = self.lines.remove(&key).expect("a connection");
            did |= self.pump_line(key, &mut line);
            self.lines.insert(key, line);
        }
        did
    }

    fn pump_line(&mut self, key: u32, line: &mut Line) -> bool {
        let state = line.state(&self.apps);
        let patience_is_over = self.now >= line.opened + PATIENCE;
        if state == State::SynSent && !line.aborted && patience_is_over {
            line.aborted = true;
            self.apps[line.app].socket(line.handle).abort();
            return true;
        }
        if !line.has_been_open && matches!(state, State::Established | State::CloseWait) {
            line.has_been_open = true;
            line.next_at = self.now;
            self.check_accepted(line);
        }
        let mut did = false;
        let socket = self.apps[line.app].socket(line.handle);
        while !line.deaf && socket.can_recv() {
            let heard = line.heard;
            let read = socket.recv(|bytes| {
                for (at, byte) in bytes.iter().enumerate() {
                    assert_eq!(
                        *byte,
                        line.reply(key, heard + at),
                        "what the server said arrives changed"
                    );
                }
                (bytes.len(), bytes.len())
            });
            line.heard += read.expect("readable");
            did = true;
        }
        // What the app says once its flow is over, and it does not know yet, nobody judges.
        let id = self.by_tuple.get(&line.tuple());
        let id = id.filter(|id| self.guard.has_flow(**id));
        let flow = id.and_then(|id| self.flows.get(id));
        let owner = flow.map(|flow| flow.owner);
        while let Some((gap, end)) = line.pieces.front().copied()
            && line.has_been_open
            && !line.closed
            && self.now >= line.next_at
            && socket.can_send()
        {
            let piece = &line.plan[line.written..end];
            let taken = socket.send_slice(piece).expect("an open connection");
            if taken == 0 {
                break;
            }
            did = true;
            let blockable = line.to.is_some_and(|to| SERVERS[to].blockable);
            line.wrote(taken, self.now, owner, blockable, &self.settings);
            if line.written == end {
                line.pieces.pop_front();
                let next = line.pieces.front().map_or(gap, |(gap, _)| *gap);
                line.next_at = self.now + Duration::from_millis(next);
            }
        }
        if line.closes
            && line.pieces.is_empty()
            && line.has_been_open
            && !line.closed
            && !line.aborted
        {
            socket.close();
            line.closed = true;
            did = true;
        }
        did
    }
}
