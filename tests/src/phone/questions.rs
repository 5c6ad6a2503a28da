//! The reference of questions to the user: what docs/decisions/0014 says, as simply as possible.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use gasket_core::event::AskOutcome;
use gasket_core::{Duration, Instant};

/// How long an answer is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// How long what was not allowed stays blocked, and counts.
const HOUR: Duration = Duration::from_secs(3_600);
/// Questions of an app that are open at a time.
pub(super) const MOST_OPEN: usize = 3;
/// Questions of an app within an hour that are open or were not allowed.
const MOST_KNOWN: usize = 16;
/// Identifiers in the registration.
pub(super) const REGISTERED: usize = 5;
/// Below this are the numbers of questions.
const NUMBERS: u64 = 1 << 53;

/// Names to which identifiers go in a shape that no rule is about.
const HOSTS: [&str; 16] = [
    "ask0.example",
    "ask1.example",
    "ask2.example",
    "ask3.example",
    "ask4.example",
    "ask5.example",
    "ask6.example",
    "ask7.example",
    "ask8.example",
    "ask9.example",
    "ask10.example",
    "ask11.example",
    "ask12.example",
    "ask13.example",
    "ask14.example",
    "ask15.example",
];

/// What is said that the user may be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Topic {
    /// One of `HOSTS`; none of the registration.
    host: Option<usize>,
    /// Two kinds of identifiers instead of one.
    pub(super) has_two: bool,
    /// As long as several stretches of a body.
    pub(super) is_long: bool,
}

impl Topic {
    /// The registration's.
    pub(super) const REGISTRATION: Self = Self {
        host: None,
        has_two: false,
        is_long: false,
    };

    pub(super) fn read(how: u8) -> Self {
        // Few, so that the same comes again, or as many as there are.
        let hosts = if how & 1 == 0 { 3 } else { HOSTS.len() };
        Self {
            host: Some(usize::from(how >> 2 & 15) % hosts),
            has_two: how & 2 != 0,
            is_long: how >> 5 == 7,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.host.map_or("news.example", |host| HOSTS[host])
    }
}

/// What a question is about: the same is asked once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Matter {
    /// An app, or the party of all that are not named.
    pub(super) party: usize,
    pub(super) place: Place,
    pub(super) kinds: Kinds,
}

impl Matter {
    /// Whether both may be the same, if rules changed or an owner came in between.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let plain = |kinds| match kinds {
            Kinds::Registration { .. } | Kinds::Part { .. } => {
                Kinds::Registration { by_rule: false }
            }
            other => other,
        };
        let has_address = |matter: &Self| matches!(matter.place, Place::Address(_));
        let is_there = self.place == other.place || has_address(self) || has_address(other);
        is_there && plain(self.kinds) == plain(other.kinds)
    }
}

/// Where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Name(&'static str),
    /// Of a body that was being judged when the asking began: its head, which has the name, has gone.
    Address(IpAddr),
}

/// What has been seen in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    One,
    Two,
    /// The registration's identifiers, and whether its rule has matched.
    Registration {
        by_rule: bool,
    },
    /// What is seen in the registration's head alone.
    Head,
    /// What is seen in a part of it: so many of its identifiers.
    Part {
        found: usize,
        by_rule: bool,
    },
}

impl Kinds {
    /// Whether a rule has matched.
    pub(super) fn is_by_rule(self) -> bool {
        match self {
            Self::Head => true,
            Self::Registration { by_rule } | Self::Part { by_rule, .. } => by_rule,
            Self::One | Self::Two => false,
        }
    }
}

/// Where a request stands with the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// Nobody has been asked.
    No,
    /// It waits for the answer to this question.
    Waits(u64),
    /// It may leave by the answer to this question.
    Granted(u64),
    /// It must be blocked by this question.
    Refused(u64),
    /// Other settings let it through while it waited.
    Released,
    /// Other settings block it while it waited.
    Overruled,
    /// It may wait, or may leave: what has been seen does not say.
    Unsure,
}

/// Who waits for a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    Nobody,
    Perhaps,
    Somebody,
}

/// Why an app may not be asked about anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    None,
    /// Too much is open.
    Open,
    /// Too much was asked within the hour.
    Hour,
    /// It was, unless what was let through has been used.
    Perhaps,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open {
        until: Instant,
    },
    Refused {
        why: AskOutcome,
        until: Instant,
    },
    /// The next of the same may leave, once.
    Permit {
        is_sure: bool,
        until: Instant,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) matter: Matter,
    pub(super) state: State,
    /// One like it may have been let through before, by a permit of which it is not known who took it.
    pub(super) is_second: bool,
}

/// All that was asked and still counts.
#[derive(Default)]
pub(super) struct Questions {
    known: BTreeMap<u64, Question>,
    /// Every number there ever was, in order.
    pub(super) numbers: Vec<u64>,
    distinct: BTreeSet<u64>,
    /// Permits that somebody must have taken in this moment.
    pub(super) taken: Vec<(u64, Matter)>,
}

impl Questions {
    pub(super) fn get(&self, number: u64) -> Option<&Question> {
        self.known.get(&number)
    }

    /// See [`Question::is_second`].
    pub(super) fn is_second(&self, number: u64) -> bool {
        self.get(number).is_some_and(|question| question.is_second)
    }

    /// The question about a matter that still counts.
    pub(super) fn about(&self, matter: Matter) -> Option<(u64, State)> {
        let mut known = self.known.iter();
        let (number, question) = known.find(|(_, question)| question.matter == matter)?;
        Some((*number, question.state))
    }

    /// Those that wait for an answer, the oldest first, with the end of their time.
    pub(super) fn open(&self) -> Vec<(Instant, u64)> {
        let open = self.known.iter().filter_map(|(number, question)| {
            let State::Open { until } = question.state else {
                return None;
            };
            Some((until, *number))
        });
        let mut open: Vec<_> = open.collect();
        open.sort_by_key(|(until, number)| {
            let place = self.numbers.iter().position(|known| known == number);
            (*until, place)
        });
        open
    }

    fn of(&self, party: usize) -> impl Iterator<Item = &Question> {
        let known = self.known.values();
        known.filter(move |question| question.matter.party == party)
    }

    /// Whether an app may be asked about something else.
    pub(super) fn is_too_much(&self, party: usize) -> Limit {
        let is_open = |question: &&Question| matches!(question.state, State::Open { .. });
        let is_unsure =
            |question: &&Question| matches!(question.state, State::Permit { is_sure: false, .. });
        let known = self.of(party).count();
        let unsure = self.of(party).filter(is_unsure).count();
        if self.of(party).filter(is_open).count() >= MOST_OPEN {
            Limit::Open
        } else if known - unsure >= MOST_KNOWN {
            Limit::Hour
        } else if known >= MOST_KNOWN {
            Limit::Perhaps
        } else {
            Limit::None
        }
    }

    /// Somebody is asked.
    pub(super) fn ask(&mut self, now: Instant, number: u64, matter: Matter) {
        assert!((1..NUMBERS).contains(&number), "a number of no question");
        assert!(self.distinct.insert(number), "a number that was used");
        let mut is_second = false;
        match self.about(matter) {
            None => {}
            Some((before, State::Permit { is_sure, .. })) => {
                self.known.remove(&before);
                is_second = !is_sure;
                if is_sure {
                    self.taken.push((before, matter));
                }
            }
            Some(before) => panic!("asked again: {matter:?} {before:?}"),
        }
        let limit = self.is_too_much(matter.party);
        assert!(
            matches!(limit, Limit::None | Limit::Perhaps),
            "asked too much: {matter:?} {limit:?}"
        );
        self.numbers.push(number);
        let until = now + PATIENCE;
        let state = State::Open { until };
        let question = Question {
            matter,
            state,
            is_second,
        };
        self.known.insert(number, question);
    }

    /// The user answers; gives whether what waits may leave, where it is decided by that.
    pub(super) fn answer(
        &mut self,
        now: Instant,
        number: u64,
        is_yes: bool,
        waiting: Waiting,
    ) -> Option<bool> {
        let question = self.known.get_mut(&number)?;
        let was_open = matches!(question.state, State::Open { .. });
        let until = now + HOUR;
        if !is_yes {
            let why = AskOutcome::Blocked;
            question.state = State::Refused { why, until };
        } else if was_open && waiting == Waiting::Somebody {
            self.known.remove(&number);
        } else {
            let is_named = matches!(question.matter.place, Place::Name(_));
            let is_sure = is_named && (!was_open || waiting == Waiting::Nobody);
            question.state = State::Permit { is_sure, until };
        }
        was_open.then_some(is_yes)
    }

    /// Time has passed; gives the questions whose own time has run out.
    pub(super) fn run_out(&mut self, now: Instant) -> Vec<u64> {
        self.known.retain(|_, question| match question.state {
            State::Refused { until, .. } | State::Permit { until, .. } => until > now,
            State::Open { .. } => true,
        });
        let mut over = Vec::new();
        for (number, question) in &mut self.known {
            if let State::Open { until } = question.state
                && until <= now
            {
                let why = AskOutcome::Unanswered;
                let until = until + HOUR;
                question.state = State::Refused { why, until };
                over.push(*number);
            }
        }
        over
    }

    /// One request may leave that nobody is asked about, where it was let through beforehand.
    pub(super) fn take_permit(&mut self, matter: Matter) -> Option<u64> {
        let (number, state) = self.about(matter)?;
        if !matches!(state, State::Permit { .. }) {
            return None;
        }
        self.known.remove(&number);
        Some(number)
    }

    /// An app is treated otherwise.
    pub(super) fn forget(&mut self, party: usize) {
        self.known
            .retain(|_, question| question.matter.party != party);
    }
}
