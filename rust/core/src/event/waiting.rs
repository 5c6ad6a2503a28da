//! Events that wait to be fetched.

use std::collections::{BTreeMap, VecDeque};

use super::{Event, MatchedRule, RequestLine};
use crate::inspect::content::Finding;
use crate::owner::Owner;

/// Bytes of text in an event that come with its place; an ordinary one has less. With more, it takes more places.
const PLACE: usize = 1024;

/// A bounded queue of events. Where there are too many, the oldest of whichever app has the most goes: no app can have
/// another's forgotten.
#[derive(Debug)]
pub struct Waiting {
    most: usize,
    taken: usize,
    events: BTreeMap<u64, Event>,
    /// The events of each app, by its uid; those of an unknown owner are one app's.
    by_app: BTreeMap<Option<u32>, Share>,
    next: u64,
}

/// Where the events of an app stand, and how many places they take.
#[derive(Debug, Default)]
struct Share {
    events: VecDeque<u64>,
    places: usize,
}

impl Waiting {
    /// An empty queue with places for `most` events, at least one; of an event with a KiB of text or more, each
    /// such takes a place besides.
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            taken: 0,
            events: BTreeMap::new(),
            by_app: BTreeMap::new(),
            next: 0,
        }
    }

    /// Adds an event, and returns how many others had to go for it.
    pub fn push(&mut self, event: Event) -> u64 {
        let places = places(&event);
        let mut gone = 0;
        while self.taken + places > self.most && !self.events.is_empty() {
            self.drop_one();
            gone += 1;
        }
        let share = self.by_app.entry(app(&event)).or_default();
        share.events.push_back(self.next);
        share.places += places;
        self.taken += places;
        self.events.insert(self.next, event);
        self.next += 1;
        gone
    }

    /// Takes the oldest event.
    pub fn pop(&mut self) -> Option<Event> {
        let (_, event) = self.events.first_key_value()?;
        // The oldest of all is the oldest of its app.
        self.take_oldest(app(event))
    }

    /// Events that wait.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn drop_one(&mut self) {
        let most = self.by_app.iter().max_by_key(|(_, share)| share.places);
        if let Some((&app, _)) = most {
            self.take_oldest(app);
        }
    }

    fn take_oldest(&mut self, app: Option<u32>) -> Option<Event> {
        let share = self.by_app.get_mut(&app)?;
        let event = self.events.remove(&share.events.pop_front()?)?;
        let places = places(&event);
        share.places = share.places.saturating_sub(places);
        self.taken = self.taken.saturating_sub(places);
        if share.events.is_empty() {
            self.by_app.remove(&app);
        }
        Some(event)
    }
}

/// How many places an event takes.
fn places(event: &Event) -> usize {
    let rule = |rule: &MatchedRule| rule.id.len() + rule.title.len() + rule.family.len();
    let packages = |owner: &Owner| owner.packages.iter().map(String::len).sum();
    let text = event.findings.iter().map(Finding::weight).sum::<usize>()
        + event.rules.iter().map(rule).sum::<usize>()
        + event.app.as_ref().map_or(0, packages)
        + event.request.as_ref().map_or(0, RequestLine::weight)
        + event.destination.name.as_ref().map_or(0, String::len);
    1 + text / PLACE
}

fn app(event: &Event) -> Option<u32> {
    event.app.as_ref().map(|owner| owner.uid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Destination, EVENT_SCHEMA, Subject};
    use crate::facts::Protocol;
    use crate::inspect::content::{Basis, IdentifierKind};
    use crate::policy::{Decision, Reason};

    fn event(uid: Option<u32>, flow: u64) -> Event {
        Event {
            schema: EVENT_SCHEMA,
            time_ms: 0,
            flow,
            subject: Subject::Flow,
            app: uid.map(|uid| Owner {
                uid,
                packages: Vec::new(),
                system: false,
            }),
            destination: Destination {
                address: [192, 0, 2, 1].into(),
                port: 1,
                protocol: Protocol::Udp,
                name: None,
                name_source: None,
                country: None,
                network: None,
            },
            request: None,
            verdict: Decision::Block,
            reason: Reason::RuleMatched,
            answered: false,
            rules: Vec::new(),
            findings: Vec::new(),
            bounds_hit: crate::inspect::content::BoundsHit::default(),
            dialled: false,
            bytes_left: 0,
            flow_bytes_left: 0,
            device_event: None,
            beacon: None,
            asked: None,
        }
    }

    #[test]
    fn the_oldest_comes_first_whoever_it_is_of() {
        let mut waiting = Waiting::new(10);
        for (flow, uid) in [Some(1), None, Some(2), Some(1), None]
            .into_iter()
            .enumerate()
        {
            assert_eq!(waiting.push(event(uid, flow as u64)), 0);
        }
        let flows = std::iter::from_fn(|| waiting.pop()).map(|event| event.flow);
        assert_eq!(flows.collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert!(waiting.is_empty() && waiting.by_app.is_empty());
    }

    #[test]
    fn a_flood_of_one_app_pushes_out_its_own() {
        let mut waiting = Waiting::new(10);
        for flow in 0..3 {
            waiting.push(event(Some(1), flow));
        }
        for flow in 100..1_000 {
            assert_eq!(waiting.push(event(Some(2), flow)), u64::from(flow >= 107));
        }
        assert_eq!(waiting.len(), 10);
        let flows = std::iter::from_fn(|| waiting.pop()).map(|event| event.flow);
        let left: Vec<_> = (0..3).chain(993..1_000).collect();
        assert_eq!(flows.collect::<Vec<_>>(), left);
    }

    /// What an event tells counts, and not only how many there are: sixty-four findings in wrappings are many KiB.
    #[test]
    fn long_events_of_one_app_push_out_its_own_and_are_bounded() {
        let finding = Finding {
            kind: IdentifierKind::Imei,
            masked: String::from("35\u{2022}6"),
            path: "x".repeat(1_000),
            confidence: 90,
            basis: Basis::Likeness,
        };
        let mut waiting = Waiting::new(100);
        for flow in 0..3 {
            waiting.push(event(Some(1), flow));
        }
        let mut gone = 0;
        for flow in 100..1_000 {
            let long = Event {
                findings: vec![finding.clone(); 10],
                ..event(Some(2), flow)
            };
            assert_eq!(places(&long), 11);
            gone += waiting.push(long);
        }
        assert_eq!(
            waiting.len(),
            3 + 8,
            "97 places are room for eight of eleven"
        );
        assert_eq!(gone, 900 - 8);
        let flows = std::iter::from_fn(|| waiting.pop()).map(|event| event.flow);
        let left: Vec<_> = (0..3).chain(992..1_000).collect();
        assert_eq!(flows.collect::<Vec<_>>(), left);
        assert!(waiting.by_app.is_empty() && waiting.taken == 0);
    }
}
