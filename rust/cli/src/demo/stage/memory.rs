//! The same packets through the engine's core, in virtual time: nothing but memory is needed, and
//! nothing but the core is shown.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use gasket_core::event::Event;
use gasket_core::facts::Protocol;
use gasket_core::flow::FlowId;
use gasket_core::guard::{Action, Guard, Io, Limits};
use gasket_core::rules::Pack;
use gasket_core::{Duration, Instant};

use super::super::act::Act;
use super::super::internet;
use super::super::phone::Phone;
use super::super::wire::{Sight, Wire};
use super::{Played, Stage, Way, config, owner};

/// Virtual time an act may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longest IP packet.
const PACKET_MAX: usize = 65_536;

/// Plays in memory.
#[derive(Debug)]
pub(crate) struct Memory;

impl Stage for Memory {
    fn play(&mut self, act: &Act, way: Way) -> Result<Played, String> {
        let config = config(way);
        let now = Instant::from_millis(1);
        let limits = Limits {
            flows: 100,
            owners: true,
        };
        let mtu = usize::from(config.mtu);
        let mut world = World {
            act,
            now,
            guard: Guard::new(
                now,
                unix_ms(),
                1,
                config,
                Pack::embedded(),
                limits,
                Some(crate::places::embedded()),
            ),
            phone: Phone::new(now, mtu, act),
            peers: BTreeMap::new(),
            events: Vec::new(),
            answer: Vec::new(),
            wire: Wire::default(),
        };
        if let Some(trigger) = act.trigger {
            world.guard.handle_device_event(now, trigger);
        }
        world.run()?;
        Ok(Played {
            events: world.events,
            wire: world.wire,
            answer: world.answer,
            attempts: world.phone.attempts(),
        })
    }
}

struct World<'a> {
    act: &'a Act,
    now: Instant,
    guard: Guard,
    phone: Phone,
    peers: BTreeMap<FlowId, Peer>,
    events: Vec<Event>,
    answer: Vec<u8>,
    wire: Wire,
}

/// A socket towards the fake internet. `sight` is its place on the wire, once a packet was sent.
struct Peer {
    protocol: Protocol,
    server: SocketAddr,
    sight: Option<usize>,
    answered: bool,
    to_send: VecDeque<u8>,
}

impl World<'_> {
    /// Plays until the app is done and nothing moves any more.
    fn run(&mut self) -> Result<(), String> {
        let end = self.now + PATIENCE;
        loop {
            while self.step() {}
            if self.phone.is_done() || super::is_settled(self.act, &self.events) {
                return Ok(());
            }
            let phone = self.phone.poll_at(self.now);
            let guard = self.guard.poll_timeout().map(|(at, _)| at);
            let next = phone.into_iter().chain(guard).min();
            let soon = self.now + Duration::from_millis(1);
            match next.map(|at| at.max(soon)) {
                Some(next) if next <= end => self.now = next,
                _ => return Err("the app waits for ever".to_owned()),
            }
            self.guard.handle_timeout(self.now);
        }
    }

    fn step(&mut self) -> bool {
        let now = self.now;
        let mut moved = false;
        self.phone.go_on(now, self.act, &mut self.answer);
        while let Some(packet) = self.phone.next_packet() {
            self.guard.handle_packet(now, &packet);
            moved = true;
        }
        while let Some(action) = self.guard.poll_action() {
            self.act_on(action);
            moved = true;
        }
        let mut buffer = vec![0; PACKET_MAX];
        while let Some(len) = self.guard.poll_packet(&mut buffer) {
            self.phone.deliver(buffer.get(..len).unwrap_or_default());
            moved = true;
        }
        self.events
            .extend(std::iter::from_fn(|| self.guard.poll_event()));
        moved
    }

    fn act_on(&mut self, action: Action) {
        let now = self.now;
        match action {
            Action::AskOwner(id, _) => self.guard.handle_owner(now, id, Some(owner(self.act))),
            Action::Connect(id, protocol, server) => {
                let mut peer = Peer {
                    protocol,
                    server,
                    sight: None,
                    answered: false,
                    to_send: VecDeque::new(),
                };
                if protocol == Protocol::Tcp {
                    // Its SYN.
                    peer.packet(&mut self.wire, &[]);
                }
                self.peers.insert(id, peer);
                self.guard.handle_connected(now, id, Ok(()));
            }
            Action::Send(id) => self.take(id),
            Action::Receive(id) => self.give(id),
            Action::SendDatagram(id, payload) => {
                let Some(peer) = self.peers.get_mut(&id) else {
                    return;
                };
                peer.packet(&mut self.wire, &payload);
                if let Some(answer) = internet::answer(peer.protocol, peer.server, &payload) {
                    self.guard.handle_datagram(now, id, &answer);
                }
            }
            Action::Shutdown(_) => {}
            Action::Close { flow, .. } => {
                self.peers.remove(&flow);
            }
        }
    }

    fn take(&mut self, id: FlowId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let wire = &mut self.wire;
        self.guard.drain(self.now, id, |bytes| {
            peer.packet(wire, bytes);
            Io::Moved(bytes.len())
        });
        let Some(sight) = peer.sight.and_then(|at| self.wire.sights.get(at)) else {
            return;
        };
        if !peer.answered
            && let Some(answer) = internet::answer(peer.protocol, peer.server, &sight.bytes)
        {
            peer.answered = true;
            peer.to_send.extend(answer);
            self.give(id);
        }
    }

    fn give(&mut self, id: FlowId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        self.guard.fill(self.now, id, |room| {
            let len = room.len().min(peer.to_send.len());
            for (slot, byte) in room.iter_mut().zip(peer.to_send.drain(..len)) {
                *slot = byte;
            }
            match len {
                0 if peer.answered => Io::Ended,
                0 => Io::WouldBlock,
                len => Io::Moved(len),
            }
        });
    }
}

impl Peer {
    /// Notes a packet with `payload` on the wire.
    fn packet(&mut self, wire: &mut Wire, payload: &[u8]) {
        let at = *self.sight.get_or_insert_with(|| {
            wire.sights.push(Sight {
                protocol: self.protocol,
                server: self.server,
                packets: 0,
                bytes: Vec::new(),
            });
            wire.sights.len() - 1
        });
        if let Some(sight) = wire.sights.get_mut(at) {
            sight.packets += 1;
            sight.bytes.extend_from_slice(payload);
        }
    }
}

fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
