//! Events that wait to be fetched.

use std::collections::{BTreeMap, VecDeque};

use super::Event;

/// A bounded queue of events. Where there are too many, the oldest of whichever app has the most goes: no app can have
/// another's forgotten.
#[derive(Debug)]
pub struct Waiting {
    most: usize,
    events: BTreeMap<u64, Event>,
    /// Where the events of each app stand, by its uid; those of an unknown owner are one app's.
    by_app: BTreeMap<Option<u32>, VecDeque<u64>>,
    next: u64,
}

impl Waiting {
    /// An empty queue for at most `most` events, at least one.
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            events: BTreeMap::new(),
            by_app: BTreeMap::new(),
            next: 0,
        }
    }

    /// Adds an event; `false` if another had to go for it.
    pub fn push(&mut self, event: Event) -> bool {
        let has_room = self.events.len() < self.most;
        if !has_room {
            self.drop_one();
        }
        let app = app(&event);
        self.by_app.entry(app).or_default().push_back(self.next);
        self.events.insert(self.next, event);
        self.next += 1;
        has_room
    }

    /// Takes the oldest event.
    pub fn pop(&mut self) -> Option<Event> {
        let (_, event) = self.events.pop_first()?;
        // The oldest of all is the oldest of its app.
        self.forget_oldest(app(&event));
        Some(event)
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
        let most = self.by_app.iter().max_by_key(|(_, theirs)| theirs.len());
        let Some((&app, _)) = most else { return };
        if let Some(at) = self.forget_oldest(app) {
            self.events.remove(&at);
        }
    }

    fn forget_oldest(&mut self, app: Option<u32>) -> Option<u64> {
        let theirs = self.by_app.get_mut(&app)?;
        let at = theirs.pop_front();
        if theirs.is_empty() {
            self.by_app.remove(&app);
        }
        at
    }
}

fn app(event: &Event) -> Option<u32> {
    event.app.as_ref().map(|owner| owner.uid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Destination, EVENT_SCHEMA, Subject};
    use crate::facts::Protocol;
    use crate::owner::Owner;
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
        }
    }

    #[test]
    fn the_oldest_comes_first_whoever_it_is_of() {
        let mut waiting = Waiting::new(10);
        for (flow, uid) in [Some(1), None, Some(2), Some(1), None]
            .into_iter()
            .enumerate()
        {
            assert!(waiting.push(event(uid, flow as u64)));
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
            assert_eq!(waiting.push(event(Some(2), flow)), flow < 107);
        }
        assert_eq!(waiting.len(), 10);
        let flows = std::iter::from_fn(|| waiting.pop()).map(|event| event.flow);
        let left: Vec<_> = (0..3).chain(993..1_000).collect();
        assert_eq!(flows.collect::<Vec<_>>(), left);
    }
}
