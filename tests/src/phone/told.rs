//! What is told.

use gasket_core::Duration;
use gasket_core::event::{AskOutcome, Event, Subject};
use gasket_core::policy::{Decision, Reason};

use super::apps::{Line, Said};
use super::check::BACKLOG;
use super::internet::BODY_HOLD;
use super::model::{Fate, Nature, Owner, Settings};
use super::questions::{Asking, Questions};
use super::world::{Kind, NAMES, Phone, package};

impl Phone {
    /// The guard tells.
    pub(super) fn hear(&mut self, event: &Event) {
        let id = self
            .by_number
            .get(&event.flow)
            .expect("an event of no flow");
        let kind = self.flows[id].kind;
        let is_blockable = self.is_blockable(kind);
        let flow = self.flows.get_mut(id).expect("it is there");
        let app = match flow.owner {
            Owner::App(app) => Some(package(app)),
            Owner::Asked { .. } | Owner::Unknown => None,
        };
        let told_app = event.app.as_ref().map(|owner| owner.packages.concat());
        assert_eq!(told_app, app, "told of another app");
        let destination = (event.destination.address, event.destination.port).into();
        assert_eq!(
            flow.tuple.destination, destination,
            "told of another destination"
        );
        let is_refusal = matches!(
            event.reason,
            Reason::AppBlocked | Reason::OwnerUnknown | Reason::OwnRule
        );
        match (event.subject, event.verdict, kind) {
            (Subject::DnsQuestion, _, Kind::Questions) => self.hear_of_question(event),
            (_, Decision::Block, Kind::Line(_) | Kind::Datagrams) if is_refusal => {
                let fate = self.settings.flow(flow.owner, is_blockable);
                let is_early = fate == Fate::Wait && event.reason == Reason::OwnRule;
                assert!(fate == Fate::Refuse(event.reason) || is_early, "{event:?}");
                assert!(!flow.refused, "told twice: {event:?}");
                assert_eq!(event.asked, None, "nobody was asked");
                flow.refused = true;
                flow.pending.clear();
                self.figures.refused += 1;
            }
            (Subject::Request, Decision::Block, Kind::Line(key))
                if let Some(asked) = event.asked =>
            {
                let id = *id;
                self.hear_of_asking(id, key, event, asked);
            }
            (_, Decision::Block, Kind::Line(key)) => {
                let line = self.lines.get_mut(&key).expect("a connection");
                assert_eq!(event.dialled, flow.dialled, "whether it was dialled");
                assert_eq!(
                    event.flow_bytes_left, line.left as u64,
                    "what has left of the flow"
                );
                assert!(!flow.refused, "told twice: {event:?}");
                flow.refused = true;
                self.figures.blocked += 1;
                if line.to.is_none() {
                    return;
                }
                let at = line.blocked(event);
                assert!(at.is_some(), "nothing to block: {event:?}");
            }
            (Subject::Request, Decision::Warn, Kind::Line(key)) => {
                let line = self.lines.get_mut(&key).expect("a connection");
                let party = flow.owner.party();
                line.hear_of_warning(event, party, &self.settings, &mut self.questions);
                self.figures.warned += 1;
            }
            (Subject::Request, Decision::Block, Kind::Datagrams) => {
                let asked = event.asked.map(|asked| (asked.question, asked.outcome));
                let may_be = flow.pending.iter().any(|one| match asked {
                    None => one.request.may_block,
                    Some(asked) => one.request.may_ask && asked == (0, AskOutcome::NotAsked),
                });
                self.figures.unasked += u64::from(asked.is_some());
                assert!(may_be && !flow.refused, "nothing to block: {event:?}");
                assert_eq!(event.bytes_left, 0);
                flow.refused = true;
                flow.pending.clear();
                self.figures.blocked += 1;
            }
            (Subject::Request, Decision::Warn, Kind::Datagrams) => {
                assert_eq!(event.asked, None, "nobody was asked");
                flow.told += 1;
                self.figures.warned += 1;
            }
            _ => panic!("nobody expected {event:?}"),
        }
    }

    fn hear_of_question(&mut self, event: &Event) {
        assert_eq!(event.asked, None, "nobody is asked about a name");
        let name = event.destination.name.as_deref();
        let known = NAMES.iter().find(|(known, _)| Some(*known) == name);
        let (name, nature) = known.unwrap_or_else(|| panic!("nobody asked: {event:?}"));
        let can_be = match (event.verdict, event.reason) {
            (_, Reason::AppBlocked) => true,
            (_, Reason::NameBlocked) => *nature == Nature::Listed,
            (_, Reason::RuleMatched) => *nature == Nature::Named,
            _ => false,
        };
        assert!(
            can_be && event.verdict != Decision::Allow,
            "nobody expected {event:?}"
        );
        let until = self.now + Duration::from_secs(10);
        let asker = event.app.as_ref().map(|app| app.uid);
        let what = format!("{asker:?} {:?} {:?}", event.verdict, event.reason);
        let before = self.told_names.insert((name, what), until);
        assert!(
            before.is_none_or(|until| until <= self.now),
            "told again: {event:?}"
        );
        match event.verdict {
            Decision::Block => self.figures.blocked += 1,
            _ => self.figures.warned += 1,
        }
    }
}

impl Line {
    /// The request that an event says is blocked: one that must be, before one that only may be.
    fn blocked(&self, event: &Event) -> Option<usize> {
        let fits = |said: &Said| {
            let left = self.left.saturating_sub(said.start) as u64;
            let may_be = match said.asking {
                Asking::No | Asking::Unsure => said.request.may_block,
                other => other == Asking::Overruled,
            };
            may_be && said.end > self.left && event.bytes_left == left
        };
        let must = |said: &Said| fits(said) && said.must_stay() && said.end <= self.written;
        let at = self.said.iter().position(must);
        at.or_else(|| self.said.iter().position(fits))
    }

    /// Warnings are counted: where the settings change in between, which of two requests is meant cannot be seen.
    fn hear_of_warning(
        &mut self,
        event: &Event,
        party: usize,
        settings: &Settings,
        questions: &mut Questions,
    ) {
        self.warned += 1;
        self.check_asked(event, party, settings, questions);
        let can_be = self.said.iter().filter(|said| said.may_be_told());
        // A head whose body is late may be told of by itself, and the whole again; of a long body each stretch is.
        let times = |said: &Said| {
            let len = said.end - said.start;
            1 + usize::from(said.ahead > 0) + len / BODY_HOLD
        };
        let most: usize = can_be.map(times).sum();
        assert!(self.warned <= most, "nothing to warn of: {event:?}");
        let is_sure = self.said.iter().all(|said| {
            let request = said.request;
            let may = [
                request.may_block,
                request.may_warn,
                request.may_pass,
                request.may_ask,
            ];
            let is_clear = !matches!(said.asking, Asking::Released | Asking::Unsure);
            let is_plain = is_clear && said.ahead == 0 && said.end - said.start < BACKLOG;
            is_plain && may.iter().filter(|may| **may).count() < 2
        });
        let mut warned_of = self.said.iter().filter(|said| said.may_be_told());
        if is_sure && let Some(said) = warned_of.nth(self.warned - 1) {
            let left = self.left.saturating_sub(said.start);
            let expected = left.min(said.end - said.start) as u64;
            assert_eq!(
                event.bytes_left, expected,
                "what has left of it: {event:?} {:?}",
                self.said
            );
        }
    }
}
