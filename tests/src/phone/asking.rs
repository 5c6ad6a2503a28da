//! Questions to the user: what is told of them, who waits for them, and what their answers must do.

use gasket_core::event::{AskOutcome, Asked, Event};
use gasket_core::flow::FlowId;
use gasket_core::policy::Decision;

use super::apps::{Line, Said};
use super::check::BACKLOG;
use super::model::{Rules, Settings};
use super::questions::{self, Asking, Kinds, Limit, Matter, Place, Questions, State, Topic};
use super::world::{Kind, Phone};

impl Said {
    /// What a question about it would be about now.
    pub(super) fn matter(
        &self,
        party: usize,
        written: usize,
        settings: &Settings,
    ) -> Option<Matter> {
        let topic = self.topic?;
        let by_rule = settings.rules == Rules::Warn;
        let kinds = if topic != Topic::REGISTRATION {
            [Kinds::One, Kinds::Two][usize::from(topic.has_two)]
        } else if self.is_head(written) {
            Kinds::Head
        } else {
            Kinds::Registration { by_rule }
        };
        let place = Place::Name(topic.name());
        Some(Matter {
            party,
            place,
            kinds,
        })
    }

    /// Whether it is judged in several stretches.
    pub(super) fn is_long(&self) -> bool {
        self.topic.is_some_and(|topic| topic.is_long)
    }

    /// Whether a part of it may be judged by itself: the guard is known to have `taken` only a part of what was written, or the
    /// app came to a stop.
    fn may_be_cut(&self, line: &Line, taken: usize) -> bool {
        let is_part = self.faltered || taken < self.end;
        !self.is_long() && !self.is_head(line.written) && is_part
    }

    /// Whether it has begun, and may be what is asked about.
    pub(super) fn is_open(&self, written: usize, left: usize) -> bool {
        let is_undecided = matches!(self.asking, Asking::No | Asking::Unsure);
        is_undecided && self.request.may_ask && self.start < written && self.end > left
    }

    /// Lets it leave by what was allowed beforehand, if it was.
    pub(super) fn take_permit(
        &mut self,
        party: usize,
        written: usize,
        settings: &Settings,
        questions: &mut Questions,
    ) -> bool {
        let is_new = self.asking == Asking::No && self.request.may_ask;
        let matter = self.matter(party, written, settings).filter(|_| is_new);
        let Some(matter) = matter else {
            return false;
        };
        let taken = &mut questions.taken;
        let before = taken.iter().position(|(_, of)| *of == matter);
        let before = before.map(|at| taken.swap_remove(at).0);
        let permit = before.or_else(|| questions.take_permit(matter));
        if let Some(number) = permit {
            self.asking = Asking::Granted(number);
        }
        permit.is_some()
    }
}

impl Line {
    /// The request that must be asked about by now, if there is one; what cannot be told is marked as unsure.
    fn gate(&mut self) -> Option<usize> {
        let (written, left) = (self.written, self.left);
        for (at, said) in self.said.iter_mut().enumerate() {
            let is_whole = written >= said.end;
            match said.asking {
                Asking::No => {}
                Asking::Granted(_) | Asking::Released if is_whole => continue,
                _ => return None,
            }
            if said.end <= left {
                continue;
            }
            if written <= said.start {
                return None;
            }
            if !said.request.may_ask {
                if is_whole {
                    continue;
                }
                return None;
            }
            if !said.request.must_be_asked() || said.faltered {
                said.asking = Asking::Unsure;
                return None;
            }
            let is_next = said.start < left + BACKLOG;

            return (is_next && is_whole).then_some(at);
        }
        None
    }

    /// The request that an event about a question is about, what was seen in it, and whether it can be no other.
    fn asked_about(
        &self,
        event: &Event,
        asked: Asked,
        (party, taken): (usize, usize),
        settings: &Settings,
        questions: &Questions,
    ) -> Option<(usize, Matter, bool)> {
        let number = asked.question;
        let known = questions.get(number);
        let seen = |said: &Said| {
            let matter = said.matter(party, self.written, settings)?;
            Some(seen_by(event, matter, said.may_be_cut(self, taken)))
        };
        let fits = |said: &&Said| {
            let matter = seen(said);
            let is_of = known.is_some_and(|question| Some(question.matter) == matter);
            let is_like = matter.zip(known);
            let is_like = is_like.is_some_and(|(matter, known)| matter.is_like(&known.matter));
            let state = known.map(|question| question.state);
            let is_open = said.is_open(self.written, self.left);
            match asked.outcome {
                AskOutcome::Waiting | AskOutcome::NotAsked => is_open,
                AskOutcome::Blocked | AskOutcome::Unanswered | AskOutcome::AsBefore => {
                    let Some(State::Refused { why, .. }) = state else {
                        return false;
                    };
                    if asked.outcome == AskOutcome::AsBefore {
                        return is_open && is_of;
                    }
                    let is_refused = said.asking == Asking::Refused(number);
                    why == asked.outcome && (is_refused || is_open && is_like)
                }
                AskOutcome::Ended => {
                    let waits = said.asking == Asking::Waits(number);
                    let is_asked = matches!(state, Some(State::Open { .. }));
                    waits || is_open && is_like && is_asked
                }
                AskOutcome::Allowed => false,
            }
        };
        let has_name = |said: &&Said| {
            let name = said.topic.map(|topic| topic.name());
            let told = event.destination.name.as_deref();
            name == told || told.is_none() && said.is_long()
        };
        let all = self.said.iter().enumerate();
        let mut all = all.filter(|(_, said)| has_name(said) && fits(said));
        let (at, said) = all.next()?;
        let matter = seen(said)?;
        let whole = said.matter(party, self.written, settings)?;
        let is_cut = matter.kinds != whole.kinds;
        let is_plain = said.request.must_be_asked() && !said.faltered && !is_cut;
        // Of a long one a stretch may be on its way that was judged before the asking began.
        let may_be_older = said.is_long() && said.request.may_leave();
        let is_sure = is_plain || !may_be_older && all.next().is_none();
        Some((at, matter, is_sure))
    }
}

impl Line {
    /// A warning says whether the user has allowed what it is about.
    pub(super) fn check_asked(
        &mut self,
        event: &Event,
        party: usize,
        settings: &Settings,
        questions: &mut Questions,
    ) {
        let Some(asked) = event.asked else {
            let can_be = self.said.iter().any(|said| {
                // A head that came before the asking began has a warning of its own.
                let has_head = said.ahead > 0;
                match said.asking {
                    Asking::Released | Asking::Unsure => true,
                    Asking::No => said.request.may_warn,
                    Asking::Granted(_) => said.request.may_warn && (has_head || said.is_long()),
                    _ => said.request.may_warn && has_head,
                }
            });
            assert!(can_be, "nobody was asked: {event:?} {:?}", self.said);
            return;
        };
        assert_eq!(asked.outcome, AskOutcome::Allowed, "left all the same");
        let number = asked.question;
        let is_permit = questions.get(number).is_some_and(|question| {
            let is_permit = matches!(question.state, State::Permit { .. });
            is_permit && question.matter.party == party
        });
        let is_taken = questions.taken.iter().any(|(of, _)| *of == number);
        if is_permit || is_taken {
            for said in &mut self.said {
                if said.take_permit(party, self.written, settings, questions) {
                    break;
                }
            }
        }
        let can_be = |said: &Said| match said.asking {
            // What goes on in a request that was allowed has no question of its own.
            Asking::Granted(by) => by == number || number == 0 && said.is_long(),
            other => other == Asking::Unsure,
        };
        assert!(self.said.iter().any(can_be), "not allowed: {event:?}");
    }
}

impl Phone {
    /// The guard asks, or tells what came of a question.
    pub(super) fn hear_of_asking(&mut self, id: FlowId, key: u32, event: &Event, asked: Asked) {
        let Self {
            lines,
            flows,
            questions,
            settings,
            figures,
            apps,
            ..
        } = self;
        let flow = flows.get_mut(&id).expect("it is there");
        let line = lines.get_mut(&key).expect("a connection");
        let taken = line.written - apps[line.app].socket(line.handle).send_queue();
        assert!(!flow.refused && !flow.has_ended, "told twice: {event:?}");
        assert_eq!(event.dialled, flow.dialled, "whether it was dialled");
        assert!(u64::from(asked.seconds) <= questions::PATIENCE.secs());
        let party = flow.owner.party();
        let at = line.asked_about(event, asked, (party, taken), settings, questions);
        let Some((at, matter, is_sure)) = at else {
            panic!("nothing was asked: {event:?} {:?}", line.said);
        };
        let said = &line.said[at];
        let left = (
            line.left.saturating_sub(said.start) as u64,
            line.left as u64,
        );
        let told = (event.bytes_left, event.flow_bytes_left);
        if asked.outcome == AskOutcome::Waiting {
            // What came before it may have left since.
            assert!(told <= left, "what has left: {told:?} {left:?}");
        } else {
            assert_eq!(told, left, "what has left");
        }
        let (of, is_known) = (party, questions.about(matter).is_some());
        match asked.outcome {
            AskOutcome::Waiting => {
                check_seen(event, matter);
                questions.ask(self.now, asked.question, matter);
                figures.asked += 1;
                let (written, left) = (line.written, line.left);
                if is_sure {
                    line.said[at].asking = Asking::Waits(asked.question);
                } else {
                    let open = line.said.iter_mut();
                    for said in open.filter(|said| said.is_open(written, left)) {
                        said.asking = Asking::Unsure;
                    }
                }
                return;
            }
            AskOutcome::NotAsked => {
                assert_eq!(asked.question, 0, "the number of no question");
                let limit = questions.is_too_much(of);
                assert_ne!(limit, Limit::None, "it could be asked: {matter:?}");
                assert!(!is_known, "it was asked: {matter:?}");
                figures.too_many += 1;
                figures.exhausted += u64::from(limit == Limit::Hour);
            }
            AskOutcome::AsBefore => figures.as_before += 1,
            AskOutcome::Ended => {
                flow.has_ended = true;
                figures.given_up += 1;
                return;
            }
            _ => figures.refused_by_user += 1,
        }
        flow.refused = true;
    }

    /// Whoever must have come to a question by now, and was told nothing, has joined one, or was allowed beforehand.
    pub(super) fn join(&mut self) {
        let mut joins = Vec::new();
        for (id, flow) in &self.flows {
            let Kind::Line(key) = flow.kind else {
                continue;
            };
            let is_asked = self.settings.asks(flow.owner);
            if !is_asked || flow.by_trust || flow.refused || !self.guard.has_flow(*id) {
                continue;
            }
            let line = self.lines.get_mut(&key).expect("a connection");
            let queued = self.apps[line.app].socket(line.handle).send_queue();
            if queued > 0 || line.to.is_none() {
                continue;
            }
            let Some(at) = line.gate() else {
                continue;
            };
            let matter = line.said[at].matter(flow.owner.party(), line.written, &self.settings);
            joins.push((key, at, matter.expect("it has a topic")));
        }
        for (number, of) in std::mem::take(&mut self.questions.taken) {
            let who = joins.iter().filter(|(_, _, matter)| *matter == of).count();
            assert!(who > 0, "asked although it was let through: {of:?}");
            for (key, at, _) in joins.extract_if(.., |(_, _, matter)| *matter == of) {
                let line = self.lines.get_mut(&key).expect("a connection");
                line.said[at].asking = match who {
                    1 => Asking::Granted(number),
                    _ => Asking::Unsure,
                };
            }
        }
        for (key, at, matter) in joins {
            let asking = match self.questions.about(matter) {
                Some((number, State::Open { .. })) if self.questions.is_second(number) => {
                    Asking::Unsure
                }
                Some((number, State::Open { .. })) => {
                    self.figures.joined += 1;
                    Asking::Waits(number)
                }
                Some((number, State::Permit { .. })) => {
                    self.questions.take_permit(matter);
                    Asking::Granted(number)
                }
                other => panic!("neither asked nor blocked: {matter:?} {other:?}"),
            };
            let line = self.lines.get_mut(&key).expect("a connection");
            line.said[at].asking = asking;
        }
    }
}

/// The matter with the place that an event names, and of a part what was seen in it.
fn seen_by(event: &Event, matter: Matter, may_be_cut: bool) -> Matter {
    let place = match event.destination.name {
        Some(_) => matter.place,
        None => Place::Address(event.destination.address),
    };
    let (found, by_rule) = (event.findings.len(), !event.rules.is_empty());
    let kinds = match matter.kinds {
        Kinds::Two if may_be_cut && found == 1 => Kinds::One,
        Kinds::Registration { .. } if may_be_cut && found < questions::REGISTERED => {
            Kinds::Part { found, by_rule }
        }
        other => other,
    };
    Matter {
        place,
        kinds,
        ..matter
    }
}

/// A question says what was seen.
fn check_seen(event: &Event, matter: Matter) {
    assert_eq!(event.verdict, Decision::Block);
    let (rules, findings) = (event.rules.len(), event.findings.len());
    let is_right = match matter.kinds {
        Kinds::One => rules == 0 && findings == 1,
        Kinds::Two => rules == 0 && findings == 2,
        Kinds::Registration { by_rule } => {
            (rules > 0) == by_rule && findings == questions::REGISTERED
        }
        Kinds::Part { .. } => rules + findings > 0,
        Kinds::Head => rules > 0 && findings == 0,
    };
    assert!(is_right, "asked about something else: {event:?} {matter:?}");
}
