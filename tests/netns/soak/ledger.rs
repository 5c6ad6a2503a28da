//! What was begun, what came of it, and what that must be.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::devices::APPS;
use super::faults::{Fault, Window};
use super::kinds::{Count, Failure, Leaks, Purpose, Who};

/// How soon a leak must have been told.
const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// How long it is watched for being told again.
const WATCHED: Duration = Duration::from_secs(90);

/// How long the event may take that explains a failure.
const EXPLAINED_WITHIN: Duration = Duration::from_secs(3);

/// Nothing takes longer, but what is idle on purpose.
const OVERDUE: Duration = Duration::from_secs(400);

/// Failures after which nothing more is kept.
const FAILURES_MAX: usize = 40;

#[derive(Debug)]
struct Action {
    who: Who,
    /// For people: what kind of traffic.
    kind: &'static str,
    purpose: Purpose,
    line: String,
    since: Instant,
}

#[derive(Debug)]
struct Leak {
    form: &'static str,
    who: Who,
    since: Instant,
    /// Whether its app could hand all of it over; `None` while it tries.
    sent: Option<bool>,
    told: u32,
    judged: bool,
}

#[derive(Debug)]
pub(super) struct Ledger {
    start: Instant,
    next: u64,
    actions: BTreeMap<u64, Action>,
    leaks: BTreeMap<String, Leak>,
    by_address: BTreeMap<IpAddr, String>,
    /// Those that are still watched, the oldest first.
    order: VecDeque<String>,
    windows: Vec<Window>,
    /// What has failed, when, and how it was told; not judged yet.
    failed: Vec<(Action, Instant, String)>,
    /// How often an owner was named too late, without a fault that was made.
    pub(super) stalls: u64,
    pub(super) counts: BTreeMap<&'static str, Count>,
    pub(super) forms: BTreeMap<&'static str, Leaks>,
    pub(super) events: u64,
    pub(super) failures: Vec<Failure>,
}

impl Ledger {
    pub(super) fn new(start: Instant) -> Self {
        Self {
            start,
            next: 1,
            actions: BTreeMap::new(),
            leaks: BTreeMap::new(),
            by_address: BTreeMap::new(),
            order: VecDeque::new(),
            windows: Vec::new(),
            failed: Vec::new(),
            stalls: 0,
            counts: BTreeMap::new(),
            forms: BTreeMap::new(),
            events: 0,
            failures: Vec::new(),
        }
    }

    pub(super) fn fail(&mut self, what: String) {
        if self.failures.len() < FAILURES_MAX {
            let failure = Failure {
                at: self.start.elapsed(),
                what,
            };
            println!("soak: FAILED {failure}");
            self.failures.push(failure);
        }
    }

    /// Notes an action that begins; its number.
    pub(super) fn begin(
        &mut self,
        who: Who,
        kind: &'static str,
        purpose: Purpose,
        line: &str,
    ) -> u64 {
        let id = self.next;
        self.next += 1;
        let since = Instant::now();
        if matches!(purpose, Purpose::Ordinary | Purpose::Twin) {
            self.counts.entry(kind).or_default().begun += 1;
        }
        let action = Action {
            who,
            kind,
            purpose,
            line: line.to_owned(),
            since,
        };
        self.actions.insert(id, action);
        id
    }

    /// Notes a leak that begins, to be called before [`Ledger::begin`].
    pub(super) fn plant(&mut self, tag: &str, form: &'static str, who: Who, address: IpAddr) {
        let leak = Leak {
            form,
            who,
            since: Instant::now(),
            sent: None,
            told: 0,
            judged: false,
        };
        self.leaks.insert(tag.to_owned(), leak);
        self.by_address.insert(address, tag.to_owned());
        self.order.push_back(tag.to_owned());
    }

    /// Actions of `who` that go on.
    pub(super) fn busy(&self, who: Who) -> usize {
        self.actions
            .values()
            .filter(|action| action.who == who)
            .count()
    }

    /// Actions that go on.
    pub(super) fn all_busy(&self) -> usize {
        self.actions.len()
    }

    /// `ID OUTCOME…` from an app.
    pub(super) fn end(&mut self, line: &str) {
        let mut words = line.splitn(3, ' ');
        let id = words.next().and_then(|id| id.parse().ok());
        let (outcome, rest) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let Some(action) = id.and_then(|id: u64| self.actions.remove(&id)) else {
            return;
        };
        match &action.purpose {
            Purpose::Ordinary | Purpose::Twin => self.end_ordinary(action, outcome, rest),
            Purpose::Leak(tag) => self.end_leak(tag, &action, outcome, rest),
            Purpose::Forbidden => {}
            Purpose::Control => {
                if outcome != "sent" {
                    self.fail(format!(
                        "a control could not be sent: {outcome} {rest}: {}",
                        short(&action.line)
                    ));
                }
            }
        }
    }

    fn end_ordinary(&mut self, action: Action, outcome: &str, rest: &str) {
        let count = self.counts.entry(action.kind).or_default();
        if outcome == "ok" {
            let mut numbers = rest.split(' ').map(|number| number.parse().unwrap_or(0));
            count.whole += 1;
            count.up += numbers.next().unwrap_or(0);
            count.down += numbers.next().unwrap_or(0);
            count.again += numbers.next().unwrap_or(0);
        } else {
            self.failed.push((action, Instant::now(), rest.to_owned()));
        }
    }

    /// Judges what has failed: the events that explain it may come a little later. At the end, all.
    fn judge_failed(&mut self, is_end: bool) {
        let is_due = |(_, ended, _): &(Action, Instant, String)| {
            is_end || ended.elapsed() > EXPLAINED_WITHIN
        };
        let (due, rest) = std::mem::take(&mut self.failed)
            .into_iter()
            .partition(is_due);
        self.failed = rest;
        let due: Vec<_> = due;
        for (action, ended, why) in due {
            if self.explains(action.who, action.since, ended) && !why.contains("WRONG") {
                self.counts.entry(action.kind).or_default().explained += 1;
                continue;
            }
            let took = (ended - action.since).as_secs_f64();
            let around = self.around(action.since);
            self.fail(format!(
                "{} of {:?} {why} after {took:.1} s, and no fault explains it: {}; around its beginning: {around}",
                action.kind,
                action.who,
                short(&action.line)
            ));
        }
    }

    fn end_leak(&mut self, tag: &str, action: &Action, outcome: &str, rest: &str) {
        if outcome == "failed" && !self.explains(action.who, action.since, Instant::now()) {
            self.fail(format!(
                "a leak could not be tried: {rest}: {}",
                short(&action.line)
            ));
        }
        if let Some(leak) = self.leaks.get_mut(tag) {
            leak.sent = Some(outcome == "sent");
        }
    }

    /// Whether something was done in that time, or shortly before, that would end an action of `who`.
    fn explains(&self, who: Who, since: Instant, until: Instant) -> bool {
        let mut windows = self.windows.iter();
        windows.any(|window| window.explains(who, since, until))
    }

    /// A fault begins.
    pub(super) fn open(&mut self, fault: Fault) {
        self.windows.push(Window {
            fault,
            from: Instant::now(),
            to: None,
        });
        // Nothing lives long enough to have seen the oldest ones.
        if self.windows.len() > 400 {
            self.windows.remove(0);
        }
    }

    /// All faults of that kind are over.
    pub(super) fn close(&mut self, fault: Fault) {
        for window in &mut self.windows {
            if window.fault == fault && window.to.is_none() {
                window.to = Some(Instant::now());
            }
        }
    }

    /// Whether a fault is there, or was seconds ago.
    pub(super) fn was_of_late(&self, fault: Fault) -> bool {
        let is_late = |to: Instant| to.elapsed() < Duration::from_secs(3);
        let mut windows = self.windows.iter();
        windows.any(|window| window.fault == fault && window.to.is_none_or(is_late))
    }

    /// An event as a line of JSON.
    pub(super) fn event(&mut self, line: &str) {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            self.fail(format!("an event that is no JSON: {}", short(line)));
            return;
        };
        self.events += 1;
        if event["verdict"] != "block" || event["subject"] == "ended" {
            return;
        }
        let tag = self.tag_of(&event);
        let Some(leak) = tag.as_ref().and_then(|tag| self.leaks.get_mut(tag)) else {
            self.unexpected(&event, line);
            return;
        };
        leak.told += 1;
        if leak.told > 1 {
            let what = format!(
                "{} of {:?} is told {} times: {line}",
                leak.form, leak.who, leak.told
            );
            self.fail(what);
        }
        if event["bytes_left"] != 0 {
            self.fail(format!(
                "an event says that bytes of a leak have left: {line}"
            ));
        }
    }

    /// A block of what is no leak: an app that is blocked, or one whose owner could not be told.
    fn unexpected(&mut self, event: &Value, line: &str) {
        let package = event["app"]["packages"][0].as_str();
        let app = package.and_then(|package| package.strip_prefix("com.example.app")?.parse().ok());
        let now = Instant::now();
        let is_blocked = |window: &Window| {
            let to = window.to.map_or(now, |to| to + Duration::from_secs(3));
            match window.fault {
                Fault::AppBlocked(blocked) => app == Some(blocked) && to >= now,
                Fault::OwnersUnknown | Fault::OwnersSilent | Fault::OwnersSlow => {
                    app.is_none() && to >= now
                }
                _ => false,
            }
        };
        if app == Some(APPS) || self.windows.iter().any(is_blocked) {
            return;
        }
        if event["reason"] == "owner_unknown" {
            self.stalls += 1;
            let from = now.checked_sub(Duration::from_secs(3)).unwrap_or(now);
            self.windows.push(Window {
                fault: Fault::Stalled,
                from,
                to: Some(now),
            });
        } else {
            self.fail(format!("something ordinary is blocked: {line}"));
        }
    }

    /// Which leak an event is about.
    fn tag_of(&self, event: &Value) -> Option<String> {
        let path = event["request"]["path"]
            .as_str()
            .and_then(|path| path.strip_prefix("/leak/"));
        let name = event["destination"]["name"]
            .as_str()
            .and_then(|name| name.strip_suffix(".tracker.test"));
        let address = || {
            let address = event["destination"]["address"].as_str()?.parse().ok()?;
            self.by_address.get(&address).cloned()
        };
        path.or(name).map(str::to_owned).or_else(address)
    }

    /// Looks after what should have come by now; at the `end`, after all.
    pub(super) fn audit(&mut self, is_end: bool) {
        self.judge_failed(is_end);
        let now = Instant::now();
        let mut untold = Vec::new();
        for (tag, leak) in &mut self.leaks {
            let is_due = leak.sent.is_some() && (is_end || now - leak.since > TOLD_WITHIN);
            if leak.judged || !is_due {
                continue;
            }
            leak.judged = true;
            let form = self.forms.entry(leak.form).or_default();
            match (leak.sent, leak.told) {
                (Some(true), 0) => untold.push((tag.clone(), leak.form, leak.who, leak.since)),
                (Some(true), _) => {
                    form.sent += 1;
                    form.told_once += 1;
                }
                _ => form.unsent += 1,
            }
        }
        for (tag, form, who, since) in untold {
            let is_lost = self
                .windows
                .iter()
                .any(|window| window.silences(who, since));
            if is_lost {
                let form = self.forms.entry(form).or_default();
                form.sent += 1;
                form.untold_explained += 1;
            } else {
                let sent = (since - self.start).as_secs_f64();
                let around = self.around(since);
                self.fail(format!(
                    "{form} of {who:?}, sent after {sent:.1} s ({tag}), was not told; around: {around}"
                ));
            }
        }
        while let Some(tag) = self.order.front() {
            match self.leaks.get(tag) {
                Some(leak) if leak.since.elapsed() < WATCHED || !leak.judged => break,
                _ => {
                    self.leaks.remove(tag);
                    self.order.pop_front();
                }
            }
        }
        let overdue: Vec<u64> = self
            .actions
            .iter()
            .filter(|(_, action)| action.since.elapsed() > OVERDUE)
            .map(|(id, _)| *id)
            .collect();
        for id in overdue {
            if let Some(action) = self.actions.remove(&id) {
                self.fail(format!(
                    "{} of {:?} never ended: {}",
                    action.kind,
                    action.who,
                    short(&action.line)
                ));
            }
        }
        // An address that was used again is another leak's by now.
        if self.by_address.len() > 5_000 {
            let leaks = &self.leaks;
            self.by_address.retain(|_, tag| leaks.contains_key(tag));
        }
    }

    /// The faults around a time, for people.
    fn around(&self, at: Instant) -> String {
        let near = Duration::from_secs(3);
        let is_near = |window: &&Window| {
            window.from <= at + near && window.to.is_none_or(|to| to + near >= at)
        };
        let told = |window: &Window| {
            let from = (window.from - self.start).as_secs_f64();
            let to = window.to.map_or("now".to_owned(), |to| {
                format!("{:.1}", (to - self.start).as_secs_f64())
            });
            format!("{:?} from {from:.1} to {to} s", window.fault)
        };
        let near: Vec<String> = self.windows.iter().filter(is_near).map(told).collect();
        near.join(", ")
    }

    /// Whatever `who` was at is over: it was ended.
    pub(super) fn abandon(&mut self, who: Who) {
        let theirs: Vec<u64> = self
            .actions
            .iter()
            .filter(|(_, action)| action.who == who)
            .map(|(id, _)| *id)
            .collect();
        for id in theirs {
            self.end(&format!("{id} unsent its app was ended"));
        }
    }
}

/// As much of a line as one wants to read.
fn short(line: &str) -> String {
    line.chars().take(200).collect()
}
