//! What the search for beacons is told of events and flows, and what it tells.

use super::Guard;
use crate::Instant;
use crate::beacon::{BeaconSeen, Beacons, FlowStart, Traffic};
use crate::event::{Destination, EVENT_SCHEMA, Event, NameSource, Subject, name_of};
use crate::facts::{Happening, Protocol};
use crate::flow::FlowId;
use crate::guard::transport::{Flow, Transport};
use crate::inspect::Said;
use crate::inspect::content::{BoundsHit, learned};
use crate::policy::{Decision, Reason};
use crate::tables::{Country, Places};

/// Where questions go: what they ask for shows in the flow that follows.
const DNS_PORTS: [u16; 2] = [53, 853];

/// How long ago a flow may have begun whose first words come now, in milliseconds: a clock that goes back
/// further counts as one that was set.
const LATEST_MS: u64 = 30_000;

/// A flow that no DNS answer has named and that has not spoken yet.
pub(super) struct Nameless {
    /// Unix time in milliseconds.
    began_ms: u64,
    /// What its first words call the peer.
    called: Option<(String, NameSource)>,
}

impl Nameless {
    /// Takes the peer's name from what is said first.
    pub(super) fn hear(&mut self, said: Option<&Said<'_>>) {
        self.called = said.and_then(name_of);
    }

    /// When it began, as far as that may be told now.
    fn began_by(&self, now_ms: u64) -> u64 {
        self.began_ms.max(now_ms.saturating_sub(LATEST_MS))
    }
}

/// What the search for beacons is told of a flow that begins; `called` is what it calls its peer itself.
fn start_of<'a>(
    flow: &'a Flow,
    called: Option<&'a (String, NameSource)>,
    places: Option<&Places>,
) -> FlowStart<'a> {
    let known = flow
        .name
        .as_ref()
        .map(|(name, _)| (&**name, NameSource::Dns));
    let name = known.or(called.map(|(name, by)| (&**name, *by)));
    FlowStart {
        owner: flow.ownership.owner(),
        address: flow.tuple.destination,
        protocol: flow.tuple.protocol,
        domain: name.map(|(name, by)| (learned::registrable(places, name), by)),
    }
}

impl Guard {
    /// Goes on with what was known of who speaks when; without it, that begins and ends with the guard.
    pub fn set_beacons(&mut self, beacons: Beacons) {
        self.beacons = beacons;
        self.beacons.set_search(self.judge.config().beacons);
        // They are known to the one before.
        for id in self.flows.ids() {
            if let Some(flow) = self.flows.get_mut(id) {
                flow.beacon = None;
            }
        }
    }

    /// Who speaks when, to be kept.
    pub fn beacons(&self) -> &Beacons {
        &self.beacons
    }

    pub(super) fn notice_event(&mut self, event: &Happening) {
        if !self.judge.config().beacons.is_on() {
            return;
        }
        let package = event.package.as_deref();
        self.beacons
            .handle_event(self.unix_ms(), event.kind, package);
        self.tell_beacons();
    }

    /// A flow began at `began`, and who it belongs to is now settled as far as it will be in time.
    pub(super) fn notice_start(&mut self, id: FlowId, began: Instant) {
        if !self.judge.config().beacons.is_on() {
            return;
        }
        let since_start = u64::try_from(began.total_millis()).unwrap_or(0);
        let unix_ms = self.wall_clock_ms + since_start;
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let is_question = DNS_PORTS.contains(&flow.tuple.destination.port());
        if is_question || flow.tuple.protocol == Protocol::Icmp || flow.beacon.is_some() {
            return;
        }
        if flow.name.is_none() && !self.judge.trusts(flow.ownership.owner()) {
            *flow.transport.nameless_mut() = Some(Box::new(Nameless {
                began_ms: unix_ms,
                called: None,
            }));
            return;
        }
        let start = start_of(flow, None, self.places.as_deref());
        flow.beacon = self.beacons.handle_start(unix_ms, &start);
        self.tell_beacons();
    }

    /// A flow that no DNS answer had named has said its first, and by that perhaps whom it speaks to.
    pub(super) fn notice_words(&mut self, id: FlowId) {
        let unix_ms = self.unix_ms();
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        if let Some(nameless) = flow.transport.nameless_mut().take()
            && self.judge.config().beacons.is_on()
        {
            let start = start_of(flow, nameless.called.as_ref(), self.places.as_deref());
            let began_ms = nameless.began_by(unix_ms);
            flow.beacon = self.beacons.handle_start(began_ms, &start);
            self.tell_beacons();
        }
    }

    pub(super) fn notice_end(&mut self, flow: &mut Flow) {
        let used = u64::try_from(flow.last_used.total_millis()).unwrap_or(0);
        let used_ms = self.wall_clock_ms + used;
        if let Some(nameless) = flow.transport.nameless_mut().take() {
            // It never spoke.
            let start = start_of(flow, None, self.places.as_deref());
            let began_ms = nameless.began_by(used_ms);
            flow.beacon = self.beacons.handle_start(began_ms, &start);
        }
        if let Some(open) = flow.beacon.take() {
            let (sent, received) = (flow.bytes_left, flow.bytes_back);
            let inside = match &flow.transport {
                Transport::Tcp(tcp) if tcp.is_plain() => Some((sent, received)),
                Transport::Tcp(tcp) => tcp.inside_tls(),
                Transport::Udp(_) => None,
            };
            let traffic = Traffic {
                sent,
                received,
                inside,
            };
            self.beacons.handle_end_of(used_ms, open, &traffic);
            self.tell_beacons();
        }
    }

    fn tell_beacons(&mut self) {
        while let Some(seen) = self.beacons.poll_beacon() {
            // What the user trusts is relayed, and not spoken of.
            if !self.judge.trusts(seen.app.as_deref()) {
                let event = self.beacon_event(seen);
                self.tell(event);
            }
        }
    }

    fn beacon_event(&self, seen: BeaconSeen) -> Event {
        let place = match &self.places {
            Some(places) => places.place(seen.address.ip()),
            None => crate::tables::Place::default(),
        };
        let support = &seen.beacon.support;
        Event {
            schema: EVENT_SCHEMA,
            time_ms: seen.time_ms,
            flow: 0,
            subject: Subject::Beacon,
            app: seen.app.as_deref().cloned(),
            destination: Destination {
                address: seen.address.ip(),
                port: seen.address.port(),
                protocol: seen.protocol,
                name_source: seen.domain.as_ref().map(|(_, by)| *by),
                name: seen.domain.map(|(name, _)| name),
                country: place
                    .country
                    .as_ref()
                    .map(Country::as_str)
                    .map(str::to_owned),
                network: self.network(&place),
            },
            request: None,
            verdict: Decision::Warn,
            reason: Reason::LooksLikeBeacon,
            rules: Vec::new(),
            findings: Vec::new(),
            bounds_hit: BoundsHit::default(),
            dialled: support.sent > 0 || support.received > 0,
            bytes_left: support.sent,
            flow_bytes_left: support.sent,
            device_event: None,
            answered: false,
            beacon: Some(Box::new(seen.beacon)),
            asked: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Duration;
    use crate::config::Config;
    use crate::facts::Trigger;
    use crate::guard::{Action, Limits};
    use crate::owner::Owner;
    use crate::packet::{FiveTuple, PacketQueue, udp};
    use crate::rules::Pack;

    const START_MS: u64 = 1_798_761_600_000;

    /// On five days: a boot, and a datagram that nobody answers, of an app that came with the phone.
    fn events(config: &'static str) -> Vec<Event> {
        events_of(&[config; 5], true)
    }

    /// The same with the settings of each day, of an app that came with the phone or did not.
    fn events_of(days: &[&str], system: bool) -> Vec<Event> {
        let configs = days.iter().map(|json| Config::from_json(json).unwrap());
        let limits = Limits {
            flows: 64,
            owners: true,
        };
        let pack = Pack::embedded();
        let mut guard = Guard::new(
            Instant::ZERO,
            START_MS,
            1,
            Config::default(),
            pack,
            limits,
            None,
        );
        let to_server = FiveTuple {
            protocol: Protocol::Udp,
            // As if the server sent it: the builder makes packets towards the app.
            source: "198.51.100.7:4444".parse().unwrap(),
            destination: "10.0.0.2:40000".parse().unwrap(),
        };
        let mut queue = PacketQueue::default();
        assert!(udp(&mut queue, &to_server, &[0x80; 400], 1500));
        let mut packet = [0; 1500];
        let len = queue.pop(&mut packet).unwrap();
        let mut events = Vec::new();
        for (config, boot) in configs.zip(0..) {
            let at = Instant::from_secs(boot * 86_400);
            guard.set_config(at, config);
            guard.handle_device_event(at, Trigger::Boot);
            let soon = at + Duration::from_secs(12);
            guard.handle_packet(soon, &packet[..len]);
            while let Some(action) = guard.poll_action() {
                let owner = Owner {
                    uid: 10_077,
                    packages: vec!["com.example.reg".to_owned()],
                    system,
                };
                match action {
                    Action::AskOwner(id, _) => guard.handle_owner(soon, id, Some(owner)),
                    Action::Connect(id, ..) => guard.handle_connected(soon, id, Ok(())),
                    _ => {}
                }
            }
            // The phone sleeps: that the flow is over is noticed after an hour.
            for hour in 1..=24 {
                let at = at + Duration::from_secs(hour * 3600 - 60);
                guard.handle_timeout(at);
                guard.handle_device_event(at, Trigger::Alarm);
            }
            assert_eq!(guard.flow_count(), 0);
            events.extend(std::iter::from_fn(|| guard.poll_event()));
        }
        events.retain(|event| event.subject == Subject::Beacon);
        events
    }

    #[test]
    fn a_beacon_is_told_once_as_a_warning() {
        let events = events(r#"{"version": 1, "beacons": "all"}"#);
        let [event] = events.as_slice() else {
            panic!("{events:?}");
        };
        assert_eq!(
            (event.verdict, event.reason, event.flow),
            (Decision::Warn, Reason::LooksLikeBeacon, 0)
        );
        assert_eq!(event.app.as_ref().map(|app| app.uid), Some(10_077));
        assert!(event.beacon.as_ref().is_some_and(|one| one.support.no_dns));
        let json = serde_json::to_string(event).unwrap();
        assert!(
            json.contains(
                r#""beacon":{"evidence":{"event":{"trigger":"boot","within_s":90,"hits":5,"of":5"#
            ),
            "{json}"
        );
        let back: Event = serde_json::from_str(&json).unwrap();
        assert_eq!(back, *event);
        // An event of before beacons were told has no such field.
        let old = Event {
            beacon: None,
            asked: None,
            ..back
        };
        let json = serde_json::to_string(&old).unwrap();
        assert!(!json.contains(r#""beacon":{"#), "{json}");
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), old);
    }

    #[test]
    fn nothing_is_told_unless_the_settings_ask_for_it() {
        assert_eq!(events(r#"{"version": 1}"#), []);
    }

    #[test]
    fn only_those_that_are_looked_for_are_told() {
        let system = r#"{"version": 1, "beacons": "system"}"#;
        let all = r#"{"version": 1, "beacons": "all"}"#;
        assert_eq!(events_of(&[system; 5], true).len(), 1);
        assert_eq!(events_of(&[system; 7], false), []);
        // What was counted before is not lost.
        let switched = events_of(
            &[system, system, system, system, system, system, all],
            false,
        );
        assert_eq!(switched.len(), 1, "{switched:?}");
    }

    #[test]
    fn nothing_is_told_of_an_app_that_is_trusted() {
        let trusted = r#"{"version": 1, "beacons": "all", "apps": {"com.example.reg": "trust"}}"#;
        assert_eq!(events(trusted), []);
    }
}
