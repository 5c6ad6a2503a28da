//! The search for beacons, whatever happens in whatever order and at whatever time.

use std::net::SocketAddr;

use gasket_core::beacon::{Beacons, Evidence, FlowStart, OpenFlow, STATE_MAX, Search, Traffic};
use gasket_core::facts::{NameSource, Protocol, Trigger};
use gasket_core::inspect::content::known::IdentifierKey;
use gasket_core::owner::Owner;

use super::input::Input;

/// 2026-01-05T00:00Z.
const START_MS: u64 = 1_767_571_200_000;
const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// Memory that is promised, in bytes.
const BYTES_MAX: usize = 2_000_000;

/// What happens, a byte each and what it needs. What is told can be: as many hits as trials at most, over times that have a length. What is kept
/// is read back as it was written, and memory stays as small as promised.
pub(super) fn beacons(data: &[u8]) {
    let mut input = Input(data);
    let mut life = Life::new();
    while !input.is_empty() {
        life.step(&mut input);
        while let Some(seen) = life.beacons.poll_beacon() {
            can_be(&seen.beacon.evidence);
            assert!(seen.time_ms <= life.latest_ms);
        }
        assert!(life.beacons.bytes() <= BYTES_MAX);
    }
    for seen in life.beacons.timing_only() {
        can_be(&seen.beacon.evidence);
    }
    life.is_kept();
}

fn can_be(evidence: &Evidence) {
    match *evidence {
        Evidence::Event {
            within_s,
            hits,
            of,
            other_hits,
            others,
            ..
        } => assert!(
            within_s > 0 && hits <= of && other_hits <= others,
            "{evidence:?}"
        ),
        Evidence::Period {
            period_s,
            jitter_s,
            seen,
            of,
            again,
            again_of,
        } => assert!(
            jitter_s < period_s && seen <= of && again <= again_of,
            "{evidence:?}"
        ),
    }
}

struct Life {
    beacons: Beacons,
    owners: Vec<Owner>,
    open: Vec<OpenFlow>,
    now_ms: u64,
    /// The latest time that was told: the clock may be set back.
    latest_ms: u64,
}

impl Life {
    fn new() -> Self {
        let owner = |uid: u32| Owner {
            uid: 10_000 + uid,
            packages: vec![format!("com.example.app{uid}")],
            system: uid.is_multiple_of(2),
        };
        Self {
            beacons: Beacons::new(&key()),
            owners: (0..6).map(owner).collect(),
            open: Vec::new(),
            now_ms: START_MS,
            latest_ms: START_MS,
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.byte() % 8 {
            0 => {
                let (who, to) = (input.byte(), input.byte());
                self.begin(who, to);
            }
            1 if !self.open.is_empty() => {
                let which = usize::from(input.byte()) % self.open.len();
                let flow = self.open.swap_remove(which);
                self.end(flow, input.word(), input.word(), input.byte());
            }
            2 => self.happens(input.byte()),
            3 => self.pass(input.byte(), input.byte()),
            4 => {
                // The clock is set.
                let back_ms = u64::from(input.word()) * 10 * SECOND_MS;
                self.now_ms = self.now_ms.saturating_sub(back_ms);
            }
            5 => self.habit(input),
            6 => self.restart(),
            _ => match input.byte() % 4 {
                0 => self.beacons.set_search(Search::Off),
                1 => self.beacons.set_search(Search::System),
                2 => self.beacons.set_search(Search::All),
                _ => self.beacons.handle_time(self.now_ms),
            },
        }
        self.latest_ms = self.latest_ms.max(self.now_ms);
    }

    /// The app, by the lower bits, begins a connection.
    fn begin(&mut self, who: u8, to: u8) {
        let number = to % 16;
        let name = format!("host{number}.example");
        let by = [NameSource::Dns, NameSource::Tls][usize::from(to >> 7)];
        let flow = FlowStart {
            owner: self.owners.get(usize::from(who % 8)),
            address: SocketAddr::from(([203, 0, 113, number], [443, 80][usize::from(who >> 7)])),
            protocol: [Protocol::Tcp, Protocol::Udp][usize::from(to >> 6 & 1)],
            domain: (to >> 4 & 3 != 3).then_some((&*name, by)),
        };
        self.open
            .extend(self.beacons.handle_start(self.now_ms, &flow));
        // As many as are dropped without an end: an engine that was killed.
        self.open.truncate(64);
    }

    fn end(&mut self, flow: OpenFlow, sent: u16, received: u16, inside: u8) {
        let (sent, received) = (u64::from(sent), u64::from(received));
        let part = |all: u64| all * u64::from(inside >> 1) / 127;
        let traffic = Traffic {
            sent,
            received,
            inside: (inside & 1 == 1).then(|| (part(sent), part(received))),
        };
        self.beacons.handle_end_of(self.now_ms, flow, &traffic);
    }

    fn happens(&mut self, what: u8) {
        let trigger = Trigger::ALL[usize::from(what) % Trigger::ALL.len()];
        let package = format!("com.example.app{}", what / 12 % 8);
        let package = (trigger == Trigger::PackageChange).then_some(&*package);
        self.beacons.handle_event(self.now_ms, trigger, package);
    }

    fn pass(&mut self, count: u8, unit: u8) {
        let unit_ms = [1, SECOND_MS, MINUTE_MS, HOUR_MS][usize::from(unit % 4)];
        self.now_ms += u64::from(count) * unit_ms;
    }

    /// The same, again and again: something happens, a connection some seconds later, and the time until then.
    fn habit(&mut self, input: &mut Input<'_>) {
        let (what, who, to) = (input.byte(), input.byte(), input.byte());
        let (after_s, times) = (input.byte(), input.byte() % 64);
        let (sent, spread, every) = (input.word(), input.byte(), input.byte());
        for time in 0..times {
            let round_ms = self.now_ms;
            if what % 16 < 12 {
                self.happens(what);
            }
            self.now_ms += u64::from(after_s) * SECOND_MS;
            self.begin(who, to);
            self.now_ms += SECOND_MS;
            if let Some(flow) = self.open.pop() {
                let more = u16::from(spread) * u16::from(time);
                self.end(flow, sent.saturating_add(more), 200, 0);
            }
            let next_ms = round_ms + u64::from(every) * 20 * MINUTE_MS;
            // Somebody else is heard meanwhile, or the phone would be taken for one that is off.
            while self.now_ms + 2 * HOUR_MS < next_ms {
                self.now_ms += 2 * HOUR_MS;
                self.begin(7, 15);
                if let Some(flow) = self.open.pop() {
                    self.end(flow, 300, 9_000, 0);
                }
            }
            self.now_ms = self.now_ms.max(next_ms);
        }
    }

    fn restart(&mut self) {
        self.open.clear();
        self.beacons = self.is_kept();
    }

    fn is_kept(&self) -> Beacons {
        let state = self.beacons.state();
        assert!(state.len() <= STATE_MAX, "{}", state.len());
        let back = Beacons::restore(&state, &key()).expect("its own state");
        assert_eq!(back.state(), state);
        back
    }
}

fn key() -> IdentifierKey {
    IdentifierKey::new(&[7; 32]).expect("32 bytes")
}
