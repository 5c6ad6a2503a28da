//! What must be true after every step.

use gasket_core::Duration;
use gasket_core::Instant;
use gasket_core::flow::FlowId;
use gasket_core::policy::Reason;
use smoltcp::socket::tcp::State;

use super::apps::{Line, Said};
use super::internet::Socket;
use super::model::{Fate, Owner, Settings};
use super::questions::{Asking, Questions};
use super::world::{FLOWS, Flow, Kind, Phone, SERVERS};

/// Judged bytes that may wait for a slow server before the guard takes no more.
pub(super) const BACKLOG: usize = 64 * 1024;

impl Line {
    /// These bytes reach the server.
    pub(super) fn leave(
        &mut self,
        bytes: &[u8],
        now: Instant,
        by_trust: bool,
        party: usize,
        settings: &Settings,
        questions: &mut Questions,
    ) {
        let (from, until) = (self.left, self.left + bytes.len());
        assert!(until <= self.written, "more left than the app has said");
        assert!(
            self.plan[from..until] == *bytes,
            "what the app said arrives changed"
        );
        self.left = until;
        if by_trust {
            return;
        }
        let stalled = now >= self.last_write + Duration::from_secs(1);
        for said in &mut self.said {
            if said.end <= from || said.start >= until || said.may_leave() {
                continue;
            }
            if said.take_permit(party, self.written, settings, questions) {
                continue;
            }
            let is_held = matches!(said.asking, Asking::Waits(_));
            let is_part = said.start < self.written && self.written < said.end;
            if stalled && !is_held && is_part && self.written != said.start + said.ahead {
                said.faltered = true;
            }
            let most = if said.faltered {
                said.end
            } else {
                said.start + said.ahead
            };
            assert!(
                until <= most,
                "bytes left that must not: {said:?}, up to {until}"
            );
        }
    }
}

impl Phone {
    /// The owner of a flow is known now, or known to be unknown.
    pub(super) fn settled(&mut self, id: FlowId, owner: Owner) {
        self.learnt(id, owner);
        let Some(flow) = self.flows.get(&id) else {
            return;
        };
        let fate = self.settings.flow(owner, self.is_blockable(flow.kind));
        let is_decoy = match flow.kind {
            Kind::Line(key) => self.lines[&key].to.is_none(),
            Kind::Datagrams | Kind::Questions => false,
        };
        let flow = self.flows.get_mut(&id).expect("it is there");
        if flow.kind == Kind::Questions || !self.guard.has_flow(id) {
            return;
        }
        match fate {
            Fate::Trust => flow.by_trust = !flow.early && !is_decoy,
            Fate::Refuse(_) => flow.doomed = true,
            Fate::Wait | Fate::Judge(_) => {}
        }
    }

    /// The owner of a flow is another than it was taken for.
    pub(super) fn learnt(&mut self, id: FlowId, owner: Owner) {
        if let Some(flow) = self.flows.get_mut(&id) {
            flow.owner = owner;
        }
        self.judge_requests(id);
        if self.flows.contains_key(&id) {
            self.decide_anew(id);
        }
    }

    fn judge_requests(&mut self, id: FlowId) {
        let Some(kind) = self.flows.get(&id).map(|flow| flow.kind) else {
            return;
        };
        let is_blockable = self.is_blockable(kind);
        let flow = self.flows.get_mut(&id).expect("it is there");
        for one in flow.pending.iter_mut().filter(|one| !one.sent) {
            one.request.judge(&self.settings, flow.owner, is_blockable);
        }
        if let Kind::Line(key) = kind
            && let Some(line) = self.lines.get_mut(&key)
        {
            for said in line.under_way() {
                said.request.judge(&self.settings, flow.owner, is_blockable);
            }
        }
    }

    /// The time to wait for owners may be over.
    pub(super) fn owners_are_late(&mut self) {
        let late = self.flows.iter().filter(|(_, flow)| match flow.owner {
            Owner::Asked { until } => until <= self.now,
            _ => false,
        });
        for id in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.settled(id, Owner::Unknown);
        }
    }

    /// The settings have changed.
    pub(super) fn judge_anew(&mut self) {
        for id in self.flows.keys().copied().collect::<Vec<_>>() {
            self.judge_requests(id);
            self.decide_anew(id);
            let kind = self.flows[&id].kind;
            let fate = self
                .settings
                .flow(self.flows[&id].owner, self.is_blockable(kind));
            let flow = self.flows.get_mut(&id).expect("it is there");
            if flow.refused {
                // The next datagram is that of a new flow.
                flow.excuse = Some("judged anew");
                continue;
            }
            match fate {
                Fate::Refuse(Reason::AppBlocked) if kind == Kind::Questions => {
                    flow.excuse = Some("its app is blocked");
                }
                Fate::Refuse(_) => flow.doomed = kind != Kind::Questions,
                Fate::Judge(_) if flow.by_trust => flow.excuse = Some("no longer trusted"),
                Fate::Wait | Fate::Trust | Fate::Judge(_) => {}
            }
        }
    }

    /// What must be true at any time.
    pub(super) fn check(&mut self) {
        assert_eq!(super::log::error(), None, "an error in the log");
        let flows = self.guard.flow_count();
        assert!(flows <= FLOWS, "{flows} flows");
        self.figures.most_flows = self.figures.most_flows.max(flows);
        assert!(!self.guard.has_packets(), "packets that nobody has taken");
        for name in std::mem::take(&mut self.answered_here) {
            let mut told = self.told_names.iter();
            let told = told.any(|((known, _), until)| *known == name && *until > self.now);
            assert!(told, "{name} was refused in silence");
        }
        self.join();
        let evicted = self.guard.counters().evicted;
        let mut budget = evicted - self.evicted;
        self.evicted = evicted;
        let ids: Vec<FlowId> = self.flows.keys().copied().collect();
        for id in ids {
            let flow = self.flows.remove(&id).expect("it is there");
            assert!(
                flow.refused || !flow.doomed,
                "not refused: {:?} {:?}",
                flow.tuple,
                flow.owner
            );
            if self.guard.has_flow(id) {
                self.check_living(&flow);
                self.flows.insert(id, flow);
            } else {
                self.retire(&flow, &mut budget);
                self.by_number.retain(|_, of| *of != id);
                if self.by_tuple.get(&flow.tuple) == Some(&id) {
                    self.by_tuple.remove(&flow.tuple);
                }
            }
        }
        assert_eq!(self.flows.len(), flows, "flows that nobody was told of");
        self.retire_lines();
    }

    fn idle_limit(flow: &Flow) -> Duration {
        match (flow.kind, flow.answered) {
            (Kind::Questions, true) => Duration::from_secs(5),
            (_, true) => Duration::from_secs(180),
            (_, false) => Duration::from_secs(30),
        }
    }

    fn check_living(&mut self, flow: &Flow) {
        let is_settled = !matches!(flow.owner, Owner::Asked { .. });
        let is_connected = flow
            .socket
            .as_ref()
            .is_some_and(|socket| socket.is_connected);
        assert_ne!(
            flow.excuse,
            Some("no longer trusted"),
            "passes unread: {:?}",
            flow.tuple
        );
        assert_ne!(
            flow.excuse,
            Some("its app is blocked"),
            "goes on: {:?}",
            flow.tuple
        );
        let Kind::Line(key) = flow.kind else {
            let until = flow.last_used + Self::idle_limit(flow);
            assert!(self.now < until, "outlives its bound: {:?}", flow.tuple);
            assert!(flow.crowded || flow.owed <= flow.told, "a warning is owed");
            for one in &flow.pending {
                let waits = !is_settled || flow.crowded || one.sent;
                let is_lost = one.request.must_stay() || is_connected || !flow.dialled;
                assert!(waits || !is_lost, "a datagram is kept: {:?}", one.request);
            }
            return;
        };
        let line = &self.lines[&key];
        assert!(!flow.refused, "a refused connection lives on");
        assert!(!line.aborted, "outlives the app's reset");
        let state = line.state(&self.apps);
        let is_over = matches!(state, State::Closed | State::TimeWait);
        assert!(
            !is_over || line.closed && line.left < line.written,
            "outlives its app"
        );
        let queued = self.apps[line.app].socket(line.handle).send_queue();
        let takes_all = flow.socket.as_ref().is_some_and(Socket::takes_all);
        for said in line.said.iter().filter(|said| said.end > line.left) {
            let is_there = line.written >= said.end && queued == 0 && is_settled && !flow.by_trust;
            let is_next = said.start < line.left + BACKLOG;
            match said.asking {
                Asking::No if !said.request.may_ask => {}
                Asking::Granted(_) | Asking::Released => {
                    let waits = is_there && takes_all && said.start <= line.left;
                    assert!(!waits, "held although it may leave: {said:?}");
                    continue;
                }
                Asking::Refused(_) | Asking::Overruled => panic!("not blocked: {said:?}"),
                // What comes behind it waits, too.
                Asking::No | Asking::Waits(_) | Asking::Unsure => break,
            }
            assert!(
                !(is_there && is_next && said.must_stay()) || said.faltered,
                "not blocked: {said:?}"
            );
        }
    }

    /// A flow is over: why?
    fn retire(&mut self, flow: &Flow, budget: &mut u64) {
        assert!(flow.socket.is_none(), "a socket of a flow that is over");
        let line = match flow.kind {
            Kind::Line(key) => self.lines.get_mut(&key),
            Kind::Datagrams | Kind::Questions => None,
        };
        if let Some(line) = &line {
            for said in &line.said {
                let is_told = match said.asking {
                    Asking::Waits(_) => flow.refused || flow.has_ended,
                    Asking::Refused(_) | Asking::Overruled => flow.refused,
                    _ => true,
                };
                assert!(is_told, "ended in silence: {said:?}");
            }
        }
        let is_done = match &line {
            Some(line) => line.closed && line.server_has_ended && line.left == line.written,
            None => self.now >= flow.last_used + Self::idle_limit(flow),
        };
        let excuse = if flow.refused {
            Some("refused")
        } else if line.as_ref().is_some_and(|line| line.aborted) {
            Some("reset by the app")
        } else if is_done {
            None
        } else if flow.excuse.is_some() {
            flow.excuse
        } else {
            assert!(*budget > 0, "ended for no reason: {:?}", flow.tuple);
            *budget -= 1;
            Some("evicted")
        };
        if let Some(line) = line {
            line.excuse = excuse;
            let state = self.apps[line.app].socket(line.handle).state();
            let is_over = matches!(state, State::Closed | State::TimeWait);
            let tries_again = state == State::SynSent && excuse == Some("not connected");
            // Both have ended, and only the last ACK is missing: the app asks for it again.
            let asks_again = matches!(state, State::LastAck | State::Closing);
            assert!(
                is_over || tries_again || asks_again || excuse.is_none(),
                "{state:?} after {excuse:?}"
            );
        }
    }

    /// Connections that are over on the app's side, too.
    fn retire_lines(&mut self) {
        let over = self.lines.iter().filter(|(_, line)| {
            let app = &self.apps[line.app];
            app.state(line.handle) == State::Closed && !self.by_tuple.contains_key(&line.tuple())
        });
        for key in over.map(|(key, _)| *key).collect::<Vec<_>>() {
            let line = self.lines.remove(&key).expect("it is there");
            self.apps[line.app].forget(line.handle);
            // What is behind something that was blocked has never been judged.
            let mut said = line.said.iter().filter(|said| said.end > line.left);
            let blocked = said.find(|said| !said.is_sure_to_leave());
            let judged = blocked.map_or(line.plan.len(), |said| said.start);
            let is_owed = |said: &&Said| {
                // What was judged and held up is told, too, once it is clear that it will not leave.
                let is_judged = said.end <= line.written && said.start < line.left + BACKLOG / 2;
                let is_held_up =
                    said.start < judged && is_judged && !line.aborted && line.to.is_some();
                said.must_be_told() && (said.end <= line.left || is_held_up)
            };
            let owed = line.said.iter().filter(is_owed).count();
            let warned = line.warned;
            assert!(
                owed <= warned,
                "left in silence: {warned} of {owed} of {:?}",
                line.said
            );
            if line.excuse.is_none() && !line.aborted {
                assert_eq!(line.left, line.plan.len(), "the end of what the app said");
                let is_whole = line.heard == line.given || line.deaf;
                assert!(
                    is_whole,
                    "the end of what the server said: {} of {}",
                    line.heard, line.given
                );
            }
        }
    }

    /// An app whose server cannot be pretended to be is only answered by that server.
    pub(super) fn check_accepted(&self, line: &Line) {
        let id = self.by_tuple.get(&line.tuple()).expect("a flow");
        let socket = self.flows[id].socket.as_ref();
        if line.to.is_some_and(|to| !SERVERS[to].holds) {
            assert!(
                socket.is_some_and(|socket| socket.is_connected),
                "accepted for nobody"
            );
        }
    }

    /// After a while in which nothing went wrong: everything must be where it should.
    pub(super) fn check_arrived(&self) {
        for line in self
            .lines
            .values()
            .filter(|line| !line.aborted && line.excuse.is_none())
        {
            assert_eq!(line.written, line.plan.len(), "the app is held back");
            assert_eq!(line.left, line.written, "what the app said has not arrived");
            let id = self.by_tuple.get(&line.tuple()).expect("a flow");
            if let Some(socket) = &self.flows[id].socket {
                assert_eq!(
                    socket.given, socket.said,
                    "what the server said is not taken"
                );
                assert_eq!(
                    line.heard, socket.said,
                    "what the server said has not arrived"
                );
            }
        }
    }
}
