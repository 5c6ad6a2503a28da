//! The driver's sockets, and who is at their other end.

use gasket_core::Duration;
use gasket_core::facts::Protocol;
use gasket_core::flow::FlowId;
use gasket_core::guard::{Action, ConnectError, Io};
use gasket_core::owner;
use gasket_core::packet::FiveTuple;

use super::model::{Fate, Owner};
use super::payload;
use super::script::{Dial, Mood};
use super::world::{Flow, Kind, LISTENERS, Phone, SERVERS, package};

/// Bytes of a body that are read before the first of it may leave.
pub(super) const BODY_HOLD: usize = 64 * 1024;

/// Milliseconds until nobody's silence is a failure.
const DIAL_MS: u64 = 30_000;

/// What happens later.
pub(super) enum Later {
    Connected(FlowId, Result<(), ConnectError>),
    /// The server says so many bytes more.
    Say(FlowId, usize),
    /// The server ends its half.
    End(FlowId),
    /// A slow server takes more.
    Writable(FlowId),
    /// A datagram for the flow's socket.
    Answer(FlowId, Vec<u8>),
    /// The platform's answer.
    Owner(FlowId, Option<usize>),
}

/// One socket.
#[derive(Default)]
pub(super) struct Socket {
    pub(super) is_connected: bool,
    pub(super) mood: Mood,
    /// Requests that the server has answered.
    answered: usize,
    pub(super) said: usize,
    pub(super) given: usize,
    is_ending: bool,
    pub(super) has_ended: bool,
    pub(super) app_has_ended: bool,
    resets: bool,
    /// The server takes nothing for a moment.
    is_full: bool,
}

impl Socket {
    /// Whether its server takes at once whatever comes.
    pub(super) fn takes_all(&self) -> bool {
        self.is_connected && !self.resets && !self.is_full && self.mood.resets_at.is_none()
    }
}

impl Phone {
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::AskOwner(id, tuple) => self.born(id, tuple),
            Action::Connect(id, protocol, address) => {
                let flow = self.flows.get_mut(&id).expect("a flow that was asked for");
                assert!(flow.socket.is_none(), "two sockets of one flow");
                assert_eq!(flow.tuple.protocol, protocol);
                flow.dialled = true;
                flow.socket = Some(Socket::default());
                match flow.kind {
                    Kind::Line(key) => {
                        assert_eq!(flow.tuple.destination, address, "dialled somewhere else");
                        self.may_dial(id, key);
                        self.dial(id, key);
                    }
                    Kind::Datagrams => {
                        assert_eq!(flow.tuple.destination, address, "dialled somewhere else");
                        let to = LISTENERS.iter().position(|to| address == (*to).into());
                        self.open_datagrams(id, to.expect("one of the listeners"));
                    }
                    Kind::Questions => {
                        assert_eq!(address.to_string(), "203.0.113.53:53");
                        self.open_datagrams(id, 5);
                    }
                }
            }
            Action::Send(id) => self.take(id),
            Action::Receive(id) => self.give(id),
            Action::SendDatagram(id, payload) => self.datagram_of_app(id, payload),
            Action::Shutdown(id) => {
                let flow = self.flows.get_mut(&id).expect("a flow that was asked for");
                let Kind::Line(key) = flow.kind else {
                    panic!("a half of datagrams")
                };
                let line = &self.lines[&key];
                assert!(line.closed, "the end of an app that has not ended");
                assert_eq!(line.left, line.written, "the end before the tail");
                let socket = flow.socket.as_mut().expect("an open socket");
                assert!(!socket.app_has_ended, "ended twice");
                socket.app_has_ended = true;
                self.at(20, Later::End(id));
            }
            Action::Close { flow, .. } => {
                let flow = self
                    .flows
                    .get_mut(&flow)
                    .expect("a flow that was asked for");
                assert!(flow.socket.is_some(), "closed twice, or never opened");
                if let Kind::Line(key) = flow.kind
                    && let Some(socket) = &flow.socket
                    && socket.has_ended
                    && let Some(line) = self.lines.get_mut(&key)
                {
                    line.given = socket.given;
                    line.server_has_ended = true;
                }
                flow.socket = None;
            }
        }
    }

    /// Whether a connection may be dialled now.
    fn may_dial(&mut self, id: FlowId, key: u32) {
        let flow = &self.flows[&id];
        let line = self.lines.get_mut(&key).expect("a connection");
        let Some(to) = line.to else {
            panic!("a decoy was dialled")
        };
        let fate = self.settings.flow(flow.owner, SERVERS[to].blockable);
        match fate {
            Fate::Wait => assert!(flow.early, "dialled before the owner is known"),
            Fate::Refuse(why) => panic!("dialled although {why:?}"),
            Fate::Trust | Fate::Judge(_) => {}
        }
        if flow.by_trust || !SERVERS[to].holds {
            return;
        }
        match line.said.first_mut() {
            Some(first) if line.written >= first.end => {
                first.take_permit(
                    flow.owner.party(),
                    line.written,
                    &self.settings,
                    &mut self.questions,
                );
                let is_late = self.now >= line.last_write + Duration::from_secs(1);
                let is_late = is_late || first.faltered || first.head_was_late;
                assert!(
                    !first.must_stay() || first.ahead > 0 && is_late,
                    "dialled for what must not leave"
                );
            }
            Some(_) if line.written > 0 => {
                let is_late = self.now >= line.last_write + Duration::from_secs(1);
                assert!(
                    is_late || line.written > BODY_HOLD,
                    "dialled for half a request"
                );
            }
            _ => {
                let is_silent = self.now >= line.opened + Duration::from_millis(500);
                assert!(
                    is_silent || line.closed,
                    "dialled before the app has said anything"
                );
            }
        }
    }

    fn dial(&mut self, id: FlowId, key: u32) {
        let mood = self.mood(self.lines[&key].to);
        let flow = self.flows.get_mut(&id).expect("a flow that was asked for");
        flow.socket = Some(Socket {
            mood,
            ..Socket::default()
        });
        let (millis, outcome) = match mood.dial {
            Dial::Accept => (0, Ok(())),
            Dial::AcceptLate => (40, Ok(())),
            Dial::Refuse => (20, Err(ConnectError::Refused)),
            Dial::NoNetwork => (0, Err(ConnectError::NetworkUnreachable)),
            Dial::Silent => (DIAL_MS, Err(ConnectError::TimedOut)),
            Dial::NoSocket => (0, Err(ConnectError::Unavailable)),
        };
        if millis == 0 {
            self.connected(id, outcome);
        } else {
            self.at(millis, Later::Connected(id, outcome));
        }
    }

    fn open_datagrams(&mut self, id: FlowId, to: usize) {
        let outcome = match self.mood(Some(to)).dial {
            Dial::Accept | Dial::AcceptLate | Dial::Silent => Ok(()),
            Dial::Refuse | Dial::NoSocket => Err(ConnectError::Unavailable),
            Dial::NoNetwork => Err(ConnectError::NetworkUnreachable),
        };
        self.connected(id, outcome);
    }

    fn connected(&mut self, id: FlowId, outcome: Result<(), ConnectError>) {
        let flow = self.flows.get_mut(&id).expect("a flow that was asked for");
        let Some(socket) = &mut flow.socket else {
            return;
        };
        match outcome {
            Ok(()) => {
                socket.is_connected = true;
                let greets = socket.mood.greets && flow.tuple.protocol == Protocol::Tcp;
                if greets {
                    self.at(5, Later::Say(id, 50));
                }
            }
            Err(_) => flow.excuse = Some("not connected"),
        }
        self.guard.handle_connected(self.now, id, outcome);
    }

    pub(super) fn happen(&mut self, what: Later) {
        let (Later::Connected(id, _)
        | Later::Say(id, _)
        | Later::End(id)
        | Later::Writable(id)
        | Later::Answer(id, _)
        | Later::Owner(id, _)) = what;
        if let Later::Owner(id, app) = what {
            return self.tell_owner(id, app);
        }
        let Some(flow) = self.flows.get_mut(&id) else {
            return;
        };
        let Some(socket) = &mut flow.socket else {
            return;
        };
        match what {
            Later::Connected(id, outcome) if !socket.is_connected => self.connected(id, outcome),
            Later::Connected(..) | Later::Owner(..) => {}
            Later::Say(id, len) if !socket.is_ending => {
                socket.said += len;
                self.give(id);
            }
            Later::Say(..) => {}
            Later::End(id) => {
                socket.is_ending = true;
                self.give(id);
            }
            Later::Writable(id) => self.take(id),
            Later::Answer(id, payload) => {
                flow.last_used = self.now;
                flow.answered = true;
                self.guard.handle_datagram(self.now, id, &payload);
            }
        }
    }

    /// The platform names an owner. An answer may come after the flow is gone.
    pub(super) fn tell_owner(&mut self, id: FlowId, app: Option<usize>) {
        let told = app.map_or(Owner::Unknown, Owner::App);
        match self.flows.get(&id).map(|flow| flow.owner) {
            Some(Owner::Asked { .. }) => self.settled(id, told),
            Some(Owner::Unknown) if app.is_some() => self.learnt(id, told),
            _ => {}
        }
        let owner = app.map(|app| owner::Owner {
            uid: 10_000 + app as u32,
            packages: vec![package(app)],
            system: false,
        });
        self.guard.handle_owner(self.now, id, owner);
    }

    /// The server takes what the app sent.
    fn take(&mut self, id: FlowId) {
        let Self {
            now,
            guard,
            flows,
            lines,
            settings,
            figures,
            questions,
            ..
        } = self;
        let flow = flows.get_mut(&id).expect("a flow that was asked for");
        let Kind::Line(key) = flow.kind else {
            panic!("bytes of datagrams")
        };
        let line = lines.get_mut(&key).expect("a connection");
        let mut socket = flow.socket.take().expect("an open socket");
        assert!(socket.is_connected, "bytes before there is a connection");
        let before = line.left;
        let mut appetite = socket.mood.appetite.unwrap_or(usize::MAX);
        let outcome = guard.drain(*now, id, |bytes| {
            assert!(!bytes.is_empty(), "offered nothing");
            assert!(!socket.app_has_ended, "bytes after the end");
            if socket.resets || socket.mood.resets_at.is_some_and(|at| line.left >= at) {
                socket.resets = true;
                return Io::Reset;
            }
            let taken = bytes.len().min(appetite);
            if taken == 0 {
                return Io::WouldBlock;
            }
            appetite -= taken;
            let fate = settings.flow(flow.owner, line.to.is_some_and(|to| SERVERS[to].blockable));
            assert!(!flow.refused, "bytes of what was refused");
            assert!(
                matches!(fate, Fate::Trust | Fate::Judge(_)),
                "bytes left although {fate:?}"
            );
            line.leave(
                &bytes[..taken],
                *now,
                flow.by_trust,
                flow.owner.party(),
                settings,
                questions,
            );
            Io::Moved(taken)
        });
        figures.up += (line.left - before) as u64;
        flow.last_used = *now;
        if socket.resets {
            flow.excuse = Some("reset by the server");
        }
        let done = line
            .said
            .iter()
            .filter(|said| said.end <= line.left)
            .count();
        let fresh = done - socket.answered;
        socket.answered = done;
        let mood = socket.mood;
        socket.is_full = outcome == Io::WouldBlock;
        flow.socket = Some(socket);
        if outcome == Io::WouldBlock {
            self.at(50, Later::Writable(id));
        }
        let latency = u64::from(mood.salt % 3) * 20;
        for _ in 0..fresh {
            self.at(latency, Later::Say(id, mood.answer));
            if mood.ends {
                self.at(latency, Later::End(id));
            }
        }
    }

    /// The app is given what the server says.
    fn give(&mut self, id: FlowId) {
        let Some(Flow {
            kind: Kind::Line(key),
            socket: Some(socket),
            excuse,
            last_used,
            ..
        }) = self.flows.get_mut(&id)
        else {
            panic!("no one to hear")
        };
        if socket.has_ended {
            return;
        }
        let line = self.lines.get_mut(key).expect("a connection");
        let before = socket.given;
        *last_used = self.now;
        self.guard.fill(self.now, id, |room| {
            if socket.resets {
                return Io::Reset;
            }
            let len = room.len().min(socket.said - socket.given);
            for (at, slot) in room.iter_mut().take(len).enumerate() {
                *slot = line.reply(*key, socket.given + at);
            }
            socket.given += len;
            match len {
                0 if socket.is_ending => {
                    socket.has_ended = true;
                    Io::Ended
                }
                0 => Io::WouldBlock,
                len => Io::Moved(len),
            }
        });
        if socket.resets {
            *excuse = Some("reset by the server");
        }
        line.given = socket.given;
        self.figures.down += (socket.given - before) as u64;
    }

    /// The network under a socket goes away.
    pub(super) fn break_socket(&mut self, id: FlowId) {
        let Some(flow) = self.flows.get_mut(&id) else {
            return;
        };
        let Some(socket) = &mut flow.socket else {
            return;
        };
        match flow.kind {
            Kind::Line(_) if socket.is_connected => {
                socket.resets = true;
                flow.excuse = Some("reset by the server");
                self.give(id);
            }
            Kind::Line(_) => self.connected(id, Err(ConnectError::NetworkUnreachable)),
            Kind::Datagrams | Kind::Questions => {
                if flow.kind == Kind::Questions {
                    flow.excuse = Some("not connected");
                }
                let why = ConnectError::NetworkUnreachable;
                self.guard.handle_datagram_error(self.now, id, why);
            }
        }
    }

    /// A datagram of an app reaches the internet, which loses, repeats and reorders.
    fn datagram_of_app(&mut self, id: FlowId, payload: Vec<u8>) {
        let number = self.number();
        let flow = self.flows.get_mut(&id).expect("a flow that was asked for");
        let socket = flow.socket.as_ref().expect("an open socket");
        assert!(socket.is_connected, "a datagram before there is a socket");
        assert!(!flow.refused, "a datagram of what was refused");
        let at = flow
            .pending
            .iter()
            .position(|one| one.payload == payload && !one.sent);
        let at = at.expect("a datagram that no app has sent, or twice");
        assert!(
            flow.by_trust || flow.pending[at].request.may_leave(),
            "a datagram left that must not"
        );
        let answer = if flow.kind == Kind::Questions {
            self.figures.questions += 1;
            flow.pending[at].sent = true;
            payload::answer(&payload)
        } else {
            assert!(at == 0 || flow.crowded, "datagrams out of order");
            self.figures.datagrams += 1;
            let sent = flow.pending.remove(at).expect("it is there");
            if sent.request.must_be_told() && !flow.by_trust {
                flow.owed += 1;
            }
            [b"re", &flow.tuple.source.port().to_be_bytes()[..], &payload].concat()
        };
        // Losses, repetitions and delays come of the number alone, so that a script says it all.
        let chance = number.wrapping_mul(0x9e37_79b9) >> 27;
        for copy in 0..[1, 1, 1, 0, 1, 2, 1, 1][chance as usize % 8] {
            let delay = [0, 30, 5, 700][chance as usize / 8];
            self.at(delay + copy * 11, Later::Answer(id, answer.clone()));
        }
    }

    /// A datagram for an app.
    pub(super) fn datagram_for_app(&mut self, tuple: &FiveTuple, payload: &[u8]) {
        let tuple = FiveTuple {
            protocol: Protocol::Udp,
            source: tuple.destination,
            destination: tuple.source,
        };
        let id = self
            .by_tuple
            .get(&tuple)
            .expect("an answer to an app that has not asked");
        let flow = self
            .flows
            .get_mut(id)
            .expect("an answer of a flow that is over");
        if flow.kind == Kind::Datagrams {
            let port = tuple.source.port().to_be_bytes();
            let is_ours = payload.starts_with(&[b'r', b'e', port[0], port[1]]);
            assert!(is_ours, "an answer to another app");
            return;
        }
        let at = flow
            .pending
            .iter()
            .position(|one| one.payload[..2] == payload[..2]);
        let asked = flow
            .pending
            .remove(at.expect("an answer to no question"))
            .expect("it is there");
        let decoy = payload
            .last_chunk::<4>()
            .filter(|last| last[..2] == [198, 18]);
        match (payload[3] & 15, decoy) {
            (3, _) => {
                assert!(
                    asked.request.may_block,
                    "{} is said not to exist",
                    asked.name
                );
                self.answered_here.push(asked.name);
            }
            (2, _) => assert!(flow.excuse.is_some(), "{} is said to fail", asked.name),
            (0, Some(decoy)) => {
                assert!(asked.request.may_block, "{} has a decoy", asked.name);
                self.answered_here.push(asked.name);
                self.decoy = Some((*decoy, 80).into());
            }
            _ => {
                assert!(asked.sent, "an answer that nobody gave");
                assert_eq!(payload, payload::answer(&asked.payload), "a changed answer");
            }
        }
    }
}
