//! What the user is asked before it leaves: which questions are open, and what was answered of late.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::event::{AskOutcome, Told};
use crate::flow::{FlowId, Payer};
use crate::inspect::content::IdentifierKind;
use crate::owner::Owner;
use crate::policy::Verdict;
use crate::{Duration, Instant};

/// Questions of one app that may be open at a time: nobody answers more within seconds.
const OPEN_OF_APP: usize = 3;

/// Questions that may be open at a time: twenty apps at their most, and another four.
const OPEN: usize = 64;

/// Questions of one app that are open or were answered no, or not at all, within the hour; beyond, it asks no more. No
/// app is to have the user called every few seconds.
const KNOWN_OF_APP: usize = 16;

/// How long an answer counts for the same again.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// The user's answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It may leave, this once.
    LetThrough,
    /// It may not, nor the same again for an hour.
    Block,
}

/// What a question is about, besides the app: the same is not asked twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    place: String,
    rules: Vec<String>,
    kinds: Vec<IdentifierKind>,
}

impl About {
    /// Of a request to `place`, by what was found in it.
    pub(super) fn new(place: &str, verdict: &Verdict, told: &Told) -> Self {
        let mut kinds: Vec<_> = told.findings.iter().map(|finding| finding.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Self {
            place: place.to_ascii_lowercase(),
            rules: verdict.rules.clone(),
            kinds,
        }
    }

    /// Whether the same was found in both, of what may be the same request: only its head names the place.
    pub(super) fn finds_alike(&self, other: &Self) -> bool {
        (&self.rules, &self.kinds) == (&other.rules, &other.kinds)
    }
}

/// What becomes of something that is to be asked about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It is held until then.
    Hold {
        question: u64,
        until: Instant,
        /// Whether the user has not been asked yet.
        is_new: bool,
    },
    /// An answer that came late lets it through.
    LetThrough { question: u64 },
    /// It is blocked at once.
    Block { question: u64, why: AskOutcome },
}

#[derive(Default)]
pub(super) struct Questions {
    /// Of each app, the newest last.
    apps: BTreeMap<Payer, VecDeque<Topic>>,
}

struct Topic {
    question: u64,
    owner: Option<Arc<Owner>>,
    about: About,
    state: State,
    /// The flows that hold something of it.
    waiting: BTreeSet<FlowId>,
}

enum State {
    /// Until then an answer is waited for.
    Open(Instant),
    /// Until then the same is blocked.
    Blocked(Instant),
    /// Until then the same may leave once.
    LetThrough(Instant),
}

impl Topic {
    /// What it has become by `now` without anybody's doing.
    fn settle(&mut self, now: Instant) {
        if let State::Open(until) = self.state
            && until <= now
        {
            self.state = State::Blocked(until + REMEMBERED);
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Whether an answer counts no more.
    fn is_over(&self, now: Instant) -> bool {
        match self.state {
            State::Open(_) => false,
            State::Blocked(until) | State::LetThrough(until) => until <= now,
        }
    }
}

impl Questions {
    /// What becomes of something that flow `id` of an app wants to send. `fresh` is the number of a new question,
    /// which an answer is waited for until `until`.
    pub(super) fn rule(
        &mut self,
        now: Instant,
        (owner, id): (Option<Arc<Owner>>, FlowId),
        about: About,
        fresh: u64,
        until: Instant,
    ) -> Ruling {
        self.tidy(now);
        let open: usize = self.apps.values().map(open).sum();
        let payer = owner.as_ref().map(|owner| owner.uid);
        let topics = self.apps.entry(payer).or_default();
        if let Some(at) = topics.iter().position(|topic| topic.about == about)
            && let Some(topic) = topics.get_mut(at)
        {
            let question = topic.question;
            return match topic.state {
                State::Open(until) => {
                    topic.waiting.insert(id);
                    Ruling::Hold {
                        question,
                        until,
                        is_new: false,
                    }
                }
                State::Blocked(_) => Ruling::Block {
                    question,
                    why: AskOutcome::AsBefore,
                },
                State::LetThrough(_) => {
                    topics.remove(at);
                    Ruling::LetThrough { question }
                }
            };
        }
        let is_too_much =
            open >= OPEN || self::open(topics) >= OPEN_OF_APP || topics.len() >= KNOWN_OF_APP;
        if until <= now || is_too_much {
            return Ruling::Block {
                question: 0,
                why: AskOutcome::NotAsked,
            };
        }
        topics.push_back(Topic {
            question: fresh,
            owner,
            about,
            state: State::Open(until),
            waiting: BTreeSet::from([id]),
        });
        Ruling::Hold {
            question: fresh,
            until,
            is_new: true,
        }
    }

    /// Takes an answer, and gives the flows it decides. One that comes too late counts for the same again: let
    /// through, it may leave once. One to a question that nobody knows does nothing.
    pub(super) fn answer(
        &mut self,
        now: Instant,
        question: u64,
        answer: Answer,
    ) -> BTreeSet<FlowId> {
        self.tidy(now);
        let remembered = now + REMEMBERED;
        for topics in self.apps.values_mut() {
            let Some(at) = topics.iter().position(|topic| topic.question == question) else {
                continue;
            };
            let Some(topic) = topics.get_mut(at) else {
                continue;
            };
            let waiting = std::mem::take(&mut topic.waiting);
            match answer {
                Answer::Block => topic.state = State::Blocked(remembered),
                // What it was for has gone, and comes again perhaps.
                Answer::LetThrough if waiting.is_empty() => {
                    topic.state = State::LetThrough(remembered);
                }
                Answer::LetThrough => drop(topics.remove(at)),
            }
            return waiting;
        }
        BTreeSet::new()
    }

    /// A flow holds nothing of the question any more.
    pub(super) fn leave(&mut self, question: u64, id: FlowId) {
        let mut topics = self.apps.values_mut().flatten();
        if let Some(topic) = topics.find(|topic| topic.question == question) {
            topic.waiting.remove(&id);
        }
    }

    /// Forgets what was asked of those about whom the user is asked no longer, and what was answered.
    pub(super) fn forget_unless(&mut self, asks: impl Fn(Option<&Owner>) -> bool) {
        for topics in self.apps.values_mut() {
            topics.retain(|topic| asks(topic.owner.as_deref()));
        }
        self.apps.retain(|_, topics| !topics.is_empty());
    }

    fn tidy(&mut self, now: Instant) {
        for topics in self.apps.values_mut() {
            topics.iter_mut().for_each(|topic| topic.settle(now));
            topics.retain(|topic| !topic.is_over(now));
        }
        self.apps.retain(|_, topics| !topics.is_empty());
    }
}

fn open(topics: &VecDeque<Topic>) -> usize {
    topics.iter().filter(|topic| topic.is_open()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(place: &str) -> About {
        About::new(place, &Verdict::ordinary(), &Told::default())
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_secs(seconds)
    }

    fn owner(uid: u32) -> Arc<Owner> {
        Arc::new(Owner {
            uid,
            packages: Vec::new(),
            system: false,
        })
    }

    fn ask(questions: &mut Questions, uid: u32, flow: u64, place: &str, now: i64) -> Ruling {
        let of = (Some(owner(uid)), FlowId::from_u64(flow));
        // The number of the flow is that of its question, if it is new.
        questions.rule(at(now), of, about(place), flow, at(now + 20))
    }

    fn held(question: u64, until: i64, is_new: bool) -> Ruling {
        Ruling::Hold {
            question,
            until: at(until),
            is_new,
        }
    }

    fn blocked(question: u64, why: AskOutcome) -> Ruling {
        Ruling::Block { question, why }
    }

    fn flows(ids: &[u64]) -> BTreeSet<FlowId> {
        ids.iter().copied().map(FlowId::from_u64).collect()
    }

    #[test]
    fn the_same_joins_and_is_answered_together() {
        let mut questions = Questions::default();
        assert_eq!(
            ask(&mut questions, 1, 10, "a.example", 0),
            held(10, 20, true)
        );
        assert_eq!(
            ask(&mut questions, 1, 11, "A.example", 5),
            held(10, 20, false)
        );
        assert_eq!(
            ask(&mut questions, 1, 12, "b.example", 5),
            held(12, 25, true)
        );
        assert_eq!(
            ask(&mut questions, 2, 20, "a.example", 5),
            held(20, 25, true)
        );
        let released = questions.answer(at(6), 10, Answer::LetThrough);
        assert_eq!(released, flows(&[10, 11]));
        // Once: the next is asked about.
        assert_eq!(
            ask(&mut questions, 1, 13, "a.example", 7),
            held(13, 27, true)
        );
        assert_eq!(questions.answer(at(8), 20, Answer::Block), flows(&[20]));
        assert_eq!(
            ask(&mut questions, 2, 21, "a.example", 9),
            blocked(20, AskOutcome::AsBefore)
        );
        assert_eq!(questions.answer(at(9), 10, Answer::Block), flows(&[]));
        assert_eq!(questions.answer(at(9), 999, Answer::LetThrough), flows(&[]));
    }

    #[test]
    fn without_an_answer_it_is_blocked_for_an_hour_and_a_late_one_lets_the_next_pass_once() {
        let mut questions = Questions::default();
        ask(&mut questions, 1, 10, "a.example", 0);
        let as_before = || blocked(10, AskOutcome::AsBefore);
        assert_eq!(ask(&mut questions, 1, 11, "a.example", 20), as_before());
        assert_eq!(ask(&mut questions, 1, 11, "a.example", 3619), as_before());
        assert_eq!(
            ask(&mut questions, 1, 12, "a.example", 3620),
            held(12, 3640, true)
        );
        questions.leave(12, FlowId::from_u64(12));
        assert_eq!(
            questions.answer(at(3650), 12, Answer::LetThrough),
            flows(&[])
        );
        assert_eq!(
            ask(&mut questions, 1, 13, "a.example", 3660),
            Ruling::LetThrough { question: 12 }
        );
        assert_eq!(
            ask(&mut questions, 1, 14, "a.example", 3661),
            held(14, 3681, true)
        );
    }

    #[test]
    fn an_app_exhausts_its_own_questions_only() {
        let mut questions = Questions::default();
        for flow in 0..1_000 {
            let ruling = ask(&mut questions, 1, 100 + flow, &format!("{flow}.example"), 0);
            assert_eq!(matches!(ruling, Ruling::Hold { .. }), flow < 3, "{flow}");
        }
        assert_eq!(
            ask(&mut questions, 2, 20, "0.example", 0),
            held(20, 20, true)
        );
        // Nor does it have what it was told forgotten by more of the same.
        questions.answer(at(1), 100, Answer::Block);
        for flow in 0..1_000 {
            ask(
                &mut questions,
                1,
                2_000 + flow,
                &format!("{flow}.example"),
                2,
            );
        }
        assert_eq!(questions.apps[&Some(1)].len(), 4);
        assert_eq!(
            ask(&mut questions, 1, 9_000, "0.example", 3),
            blocked(100, AskOutcome::AsBefore)
        );
        let mut asked = 0;
        for round in 0..100 {
            let now = 10 + round * 30;
            for flow in 0..10 {
                let place = format!("{round}-{flow}.example");
                let ruling = ask(&mut questions, 1, 10_000, &place, now);
                asked += usize::from(matches!(ruling, Ruling::Hold { is_new: true, .. }));
            }
        }
        assert_eq!(asked, KNOWN_OF_APP - 4, "no more within the hour");
        assert_eq!(
            ask(&mut questions, 2, 21, "1.example", 3_000),
            held(21, 3_020, true)
        );
        let later = 3_000 + 3_700;
        let ruling = ask(&mut questions, 1, 11_000, "late.example", later);
        assert_eq!(ruling, held(11_000, later + 20, true));
    }

    #[test]
    fn what_nobody_is_asked_is_blocked_at_once() {
        let mut questions = Questions::default();
        let of = (Some(owner(1)), FlowId::from_u64(1));
        let ruling = questions.rule(at(5), of, about("a.example"), 7, at(5));
        assert_eq!(ruling, blocked(0, AskOutcome::NotAsked));
    }

    #[test]
    fn what_is_forgotten_of_one_app_is_asked_again_and_of_another_is_not() {
        let mut questions = Questions::default();
        for app in [1, 2] {
            ask(&mut questions, app, 10 * u64::from(app), "a.example", 0);
            questions.answer(at(1), 10 * u64::from(app), Answer::Block);
        }
        questions.forget_unless(|owner| owner.is_some_and(|owner| owner.uid == 2));
        assert_eq!(
            ask(&mut questions, 1, 12, "a.example", 2),
            held(12, 22, true)
        );
        assert_eq!(
            ask(&mut questions, 2, 22, "a.example", 2),
            blocked(20, AskOutcome::AsBefore)
        );
    }
}
