//! The published incidents as whole packets: each is sent by an app through the real engine to a
//! server that counts, and what is blocked, told and counted is what its file says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use gasket_core::inspect::content::ALERT_CONFIDENCE;
use gasket_core::policy::Decision;
use serde_json::{Value, json};

use crate::capture::{Capture, Packet, Transport, concerning, dials, sent_to};
use crate::incident::{Incident, Protocol, Replay, hellos, incidents};
use crate::servers;
use crate::world::{Way, World};

/// Names get addresses from here on, one each, so that what arrives tells which name was meant.
const FIRST: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 129);
const NAMES_MAX: usize = 126;

/// A replay with its bytes and its server.
struct Scene<'a> {
    incident: &'a str,
    replay: &'a Replay,
    bytes: Vec<u8>,
    server: SocketAddr,
}

/// What a scene left behind in one run.
struct Played<'a> {
    scene: &'a Scene<'a>,
    /// The client's word: `all`, or how it failed.
    outcome: String,
    events: Vec<Value>,
    packets: Vec<Packet>,
}

#[test]
fn every_incident_is_treated_as_its_rule_says() {
    let test = "every_incident_is_treated_as_its_rule_says";
    let Some(world) = World::open(test, &["dnsmasq", "tcpdump", "python3"]) else {
        return;
    };
    let incidents = incidents();
    let scenes = set_up(&world, &incidents);
    let capture = Capture::start(&world);
    let mut problems = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for round in rounds(&scenes) {
        for played in play(&world, &capture, &round, "guard") {
            problems.extend(played.problems());
            *counts.entry(played.kind()).or_default() += 1;
        }
        // The control: the same bytes, by the same way, from an app that is trusted.
        for played in play(&world, &capture, &round, "trust") {
            problems.extend(played.arrival_problems("control"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    println!(
        "{} replays of {} files: {counts:?}; allowed, all arrived whole",
        scenes.len(),
        incidents.len()
    );
    assert!(counts.len() == 3, "{counts:?}");
}

/// Servers, names and bytes.
fn set_up<'a>(world: &World, incidents: &'a [Incident]) -> Vec<Scene<'a>> {
    let all = || {
        incidents
            .iter()
            .flat_map(|file| file.replays.iter().map(|replay| (&*file.incident, replay)))
    };
    let names: BTreeSet<&str> = all()
        .map(|(_, replay)| replay.place().0)
        .filter(|host| host.parse::<IpAddr>().is_err())
        .collect();
    assert!(names.len() <= NAMES_MAX, "{} names", names.len());
    let addresses: BTreeMap<&str, IpAddr> = names
        .iter()
        .zip(u32::from(FIRST)..)
        .map(|(name, address)| (*name, Ipv4Addr::from(address).into()))
        .collect();
    let said: Vec<&str> = all()
        .filter_map(|(_, replay)| replay.server_name())
        .collect();
    let said: Vec<&str> = BTreeSet::from_iter(said).into_iter().collect();
    let hellos: BTreeMap<&str, Vec<u8>> = said.iter().copied().zip(hellos(world, &said)).collect();
    let scene = |(incident, replay): (&'a str, &'a Replay)| {
        let (host, port) = replay.place();
        let address = addresses.get(host).copied();
        let address = address.unwrap_or_else(|| host.parse().expect("an address"));
        Scene {
            incident,
            replay,
            bytes: replay.bytes(|name| hellos[name].clone()),
            server: SocketAddr::new(address, port),
        }
    };
    let scenes: Vec<_> = all().map(scene).collect();

    let records: String = addresses
        .iter()
        .map(|(name, address)| format!("host-record={name},{address}\n"))
        .collect();
    servers::dns_of(world, &records);
    let listeners: BTreeSet<String> = scenes.iter().map(Scene::listener).collect();
    let add =
        "ip route add local 203.0.113.128/25 dev lo; ip route replace local 203.107.1.65/32 dev lo";
    world.run_ok(&["sh", "-ec", add]);
    let mut words = vec![World::PEER.to_owned(), "serve-count".to_owned()];
    words.extend(listeners);
    world.serve(&words, "ready");
    scenes
}

/// Scenes that can be played in one run: of one sender, and no two with one host, so that each
/// event and each packet belongs to one of them.
fn rounds<'a>(scenes: &'a [Scene<'a>]) -> Vec<Vec<&'a Scene<'a>>> {
    let mut rounds: Vec<Vec<&Scene<'_>>> = Vec::new();
    for scene in scenes {
        let fits = |round: &&mut Vec<&Scene<'_>>| {
            round[0].sender() == scene.sender()
                && round
                    .iter()
                    .all(|other| other.server.ip() != scene.server.ip())
        };
        match rounds.iter_mut().find(fits) {
            Some(round) => round.push(scene),
            None => rounds.push(vec![scene]),
        }
    }
    rounds
}

/// Plays the round through a Gasket of its own, with its app treated as `mode`.
fn play<'a>(
    world: &World,
    capture: &Capture<'_>,
    round: &[&'a Scene<'a>],
    mode: &str,
) -> Vec<Played<'a>> {
    let (package, system) = round[0].sender();
    let config = json!({
        "version": 1,
        "uids": {"0": {"packages": [package], "system": system}},
        "apps": {package: mode},
    });
    world.file("config.json", config.to_string());
    capture.clear();
    let input: String = round.iter().map(|scene| scene.line()).collect();
    let words = [World::PEER, "replay"];
    let ended = world.run_with(Way::Gasket, &words, input.as_bytes());
    let outcomes = world.checked(Way::Gasket, &words, &ended);
    let (events, packets) = (world.events(), capture.packets());
    assert_eq!(outcomes.lines().count(), round.len(), "{outcomes}");
    let played = |(scene, outcome): (&&'a Scene<'a>, &str)| Played {
        scene,
        outcome: outcome.to_owned(),
        events: scene.own_events(&events),
        packets: packets.clone(),
    };
    round.iter().zip(outcomes.lines()).map(played).collect()
}

impl Scene<'_> {
    fn sender(&self) -> (&str, bool) {
        (self.replay.sender(), self.replay.preinstalled)
    }

    fn protocol(&self) -> &'static str {
        match self.replay.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }

    fn listener(&self) -> String {
        format!("{}/{}", self.protocol(), self.server)
    }

    /// As the client reads it.
    fn line(&self) -> String {
        let hex = data_encoding::HEXLOWER.encode(&self.bytes);
        format!("{} {} {hex}\n", self.protocol(), self.replay.to)
    }

    fn own_events(&self, events: &[Value]) -> Vec<Value> {
        let (host, _) = self.replay.place();
        let own = |event: &&Value| {
            let destination = &event["destination"];
            let address = destination["address"].as_str();
            destination["name"] == host || address == Some(&self.server.ip().to_string())
        };
        events.iter().filter(own).cloned().collect()
    }

    /// The name as it stands in a DNS question (RFC 1035, section 3.1); `None` for an address.
    fn question(&self) -> Option<Vec<u8>> {
        let (host, _) = self.replay.place();
        let label = |label: &str| {
            let length = u8::try_from(label.len()).expect("a label");
            [&[length], label.as_bytes()].concat()
        };
        let is_name = host.parse::<IpAddr>().is_err();
        is_name.then(|| host.split('.').flat_map(label).collect())
    }
}

impl Played<'_> {
    fn kind(&self) -> &'static str {
        match self.scene.replay.verdict {
            Decision::Block => "blocked, 0 bytes on the wire",
            Decision::Warn => "warned of, arrived whole",
            Decision::Allow => "left alone, arrived whole",
        }
    }

    /// What is not as the file says.
    fn problems(&self) -> Vec<String> {
        let replay = self.scene.replay;
        let mut problems = match replay.verdict {
            Decision::Block => self.block_problems(),
            Decision::Warn | Decision::Allow => self.arrival_problems("guarded"),
        };
        let verdicts = self.events.iter().map(|event| {
            let verdict = event["verdict"].clone();
            serde_json::from_value(verdict).expect("a verdict")
        });
        let gravest: Decision = verdicts.max().unwrap_or(Decision::Allow);
        if gravest != replay.verdict {
            problems.push(self.told(&format!("{gravest:?} instead of {:?}", replay.verdict)));
        }
        let rules = self.named(|event| &event["rules"], |rule| rule["id"].as_str());
        if rules != replay.rules.iter().map(String::as_str).collect() {
            problems.push(self.told(&format!("rules {rules:?} instead of {:?}", replay.rules)));
        }
        let alerting =
            |finding: &&Value| finding["confidence"].as_u64() >= Some(ALERT_CONFIDENCE.into());
        let kinds = self.named(
            |event| &event["findings"],
            |finding| Some(finding).filter(alerting)?["kind"].as_str(),
        );
        if kinds != replay.findings.iter().map(String::as_str).collect() {
            let expected = &replay.findings;
            problems.push(self.told(&format!("findings {kinds:?} instead of {expected:?}")));
        }
        problems
    }

    /// What `of` names in the lists that `list` picks from the events.
    fn named<'a>(
        &'a self,
        list: impl Fn(&'a Value) -> &'a Value,
        of: impl Fn(&'a Value) -> Option<&'a str>,
    ) -> BTreeSet<&'a str> {
        let lists = self
            .events
            .iter()
            .filter_map(|event| list(event).as_array());
        lists.flatten().filter_map(of).collect()
    }

    /// Nothing of it may have left: by the client, the events and the wire.
    fn block_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |holds: bool, what: &str| {
            if !holds {
                problems.push(self.told(what));
            }
        };
        let scene = self.scene;
        check(
            self.outcome.starts_with("failed"),
            "the client noticed nothing",
        );
        // Of a question, the flow is a resolver socket, whose port may have asked for another name.
        let is_question = |event: &Value| event["subject"] == "dns_question";
        let zero = |event: &Value| {
            event["bytes_left"] == 0 && (is_question(event) || event["flow_bytes_left"] == 0)
        };
        check(
            self.events.iter().all(zero),
            "an event tells of bytes that left",
        );
        let seen = concerning(&self.packets, scene.server.ip());
        let payload: usize = seen.iter().map(|packet| packet.payload.len()).sum();
        check(payload == 0, &format!("{payload} bytes on the wire"));
        let dialled = |event: &Value| !is_question(event) && event["dialled"] == true;
        let dialled = self.events.iter().any(dialled);
        let seen_dial = dials(&self.packets, scene.server) > 0;
        check(
            dialled == seen_dial,
            "events and wire disagree on whether it was dialled",
        );
        if let Some(asked) = self.is_asked() {
            check(
                asked == scene.replay.asks,
                &format!("its name asked for: {asked}"),
            );
        }
        problems
    }

    /// All of it must have arrived, once.
    fn arrival_problems(&self, which: &str) -> Vec<String> {
        let mut problems = Vec::new();
        if self.outcome != "all" {
            problems.push(self.told(&format!("{which}: {}", self.outcome)));
        }
        let arrived = sent_to(&self.packets, self.scene.server);
        if arrived != [&*self.scene.bytes] {
            problems.push(self.told(&format!(
                "{which}: {} bytes, arrived {:?}",
                self.scene.bytes.len(),
                arrived.iter().map(Vec::len).collect::<Vec<_>>()
            )));
        }
        if self.is_asked() == Some(false) {
            problems.push(self.told(&format!("{which}: nobody asked for its name")));
        }
        let left = self.scene.bytes.len();
        let told = |event: &Value| event["flow_bytes_left"] == left;
        if self.scene.replay.verdict == Decision::Warn
            && which == "guarded"
            && !self.events.iter().any(told)
        {
            problems.push(self.told(&format!("no event tells that {left} bytes left")));
        }
        problems
    }

    /// Whether the name was asked for outside; `None` where there is none.
    fn is_asked(&self) -> Option<bool> {
        let question = self.scene.question()?;
        let asks = |packet: &Packet| {
            packet.transport == Transport::Udp
                && packet.destination.port() == 53
                && packet
                    .payload
                    .windows(question.len())
                    .any(|part| part.eq_ignore_ascii_case(&question))
        };
        Some(self.packets.iter().any(asks))
    }

    fn told(&self, what: &str) -> String {
        let Scene {
            incident, replay, ..
        } = self.scene;
        let more = replay.what.as_deref().unwrap_or_default();
        let events: Vec<String> = self.events.iter().map(Value::to_string).collect();
        format!(
            "{incident}, {} {more}: {what}\n    {}",
            replay.to,
            events.join("\n    ")
        )
    }
}
