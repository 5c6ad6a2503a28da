//! The one thread that owns the tunnel and all sockets.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock, SystemTime, UNIX_EPOCH};

use gasket_core::Instant;
use gasket_core::config::Config;
use gasket_core::facts::Protocol;
use gasket_core::flow::FlowId;
use gasket_core::guard::{Action, Guard, Io, Limits};
use gasket_core::memory;
use gasket_core::rules::Pack;
use gasket_core::tables::Places;

use crate::asking::Asking;
use crate::dial::connect_error;
use crate::host::Host;
use crate::sys::{self, Epoll, Interest, Readiness};
use crate::{Command, Shared, lock};

mod connection;
mod datagrams;
mod sockets;

use connection::{Connection, Leaving, connection};

/// Packets read from the tunnel before the sockets have their turn. 16 instead costs a fifth of the
/// upload throughput; 256 instead of 64 gains a fifth to a third.
const TUN_READS: usize = 256;

/// Packets written to the tunnel before it is read again: unread ACKs would overflow its queue.
const TUN_WRITES: usize = 256;

/// Descriptors the engine leaves for the rest of the process.
const DESCRIPTORS_RESERVED: u64 = 64;

/// Flows at a time, however many descriptors there are.
const FLOWS_MAX: u64 = 65_536;

/// How long no new socket is tried after the system had none to give.
const EXHAUSTION_PAUSE: Duration = Duration::from_millis(100);

/// Longest IP packet.
const PACKET_MAX: usize = 65_536;

const TUN: u64 = u64::MAX;
const WAKER: u64 = u64::MAX - 1;

pub(crate) struct Reactor {
    guard: Guard,
    host: Arc<dyn Host>,
    shared: Arc<Shared>,
    owners: Option<Asking>,
    tun: Arc<File>,
    epoll: Epoll,
    connections: Vec<Option<Connection>>,
    /// Connections with something to read or write, in the order to serve them.
    ready: Vec<FlowId>,
    /// Sockets whose dial has ended, served before [`Self::ready`]: an app waits for each.
    dialled: Vec<FlowId>,
    /// Ends for which all wait who want an answer: each takes the kernel as long as sending.
    leaving: Vec<Leaving>,
    /// A dial has begun since epoll was asked.
    has_dialled: bool,
    started: Clock,
    exhausted_until: Option<Clock>,
    buffer: Vec<u8>,
    train: datagrams::Train,
}

impl Reactor {
    pub(crate) fn new(
        host: Arc<dyn Host>,
        tun: Arc<File>,
        config: Config,
        pack: Arc<Pack>,
        places: Option<Arc<Places>>,
        shared: Arc<Shared>,
    ) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(tun.as_fd(), TUN, Interest::Readable)?;
        epoll.add(shared.waker.fd(), WAKER, Interest::Readable)?;
        let descriptors = sys::raise_descriptor_limit()?;
        let flows = descriptors
            .saturating_sub(DESCRIPTORS_RESERVED)
            .clamp(1, FLOWS_MAX);
        let owners = if host.knows_owners() {
            Some(Asking::start(Arc::clone(&host), Arc::clone(&shared))?)
        } else {
            None
        };
        let limits = Limits {
            flows: usize::try_from(flows).unwrap_or(usize::MAX),
            owners: owners.is_some(),
        };
        let guard = Guard::new(
            Instant::ZERO,
            unix_ms(),
            random_seed(),
            config,
            pack,
            limits,
            places,
        );
        Ok(Self {
            guard,
            host,
            shared,
            owners,
            tun,
            epoll,
            connections: Vec::new(),
            ready: Vec::new(),
            dialled: Vec::new(),
            leaving: Vec::new(),
            has_dialled: false,
            started: Clock::now(),
            exhausted_until: None,
            buffer: vec![0; PACKET_MAX],
            train: datagrams::Train::default(),
        })
    }

    /// Relays until told to stop or the tunnel is gone.
    pub(crate) fn run(mut self) {
        let mut readiness = Vec::new();
        let mut ends_waited = false;
        loop {
            let timeout = self.wait_limit();
            readiness.clear();
            if let Err(error) = self.epoll.wait(timeout, &mut readiness) {
                log::error!("waiting for events failed: {error}");
                return;
            }
            self.guard.set_wall_clock(self.now(), unix_ms());
            let mut tun_is_readable = false;
            for event in &readiness {
                match event.token {
                    TUN => tun_is_readable = true,
                    WAKER => {
                        if !self.obey() {
                            return;
                        }
                    }
                    _ => self.note(event),
                }
            }
            if tun_is_readable && !self.read_tun() {
                log::error!("the tunnel is gone");
                return;
            }
            self.serve();
            self.act();
            self.guard.handle_timeout(self.now());
            self.act();
            self.write_tun();
            self.act();
            // What was just dialled may be there already.
            ends_waited = std::mem::take(&mut self.has_dialled) && !ends_waited;
            if !ends_waited {
                self.leave();
            }
            self.tell();
        }
    }

    fn now(&self) -> Instant {
        let elapsed = self.started.elapsed().as_micros();
        Instant::from_micros(i64::try_from(elapsed).unwrap_or(i64::MAX))
    }

    /// How long the reactor may sleep: not at all while work is left, else until the next deadline,
    /// else for good.
    fn wait_limit(&mut self) -> Option<Duration> {
        if self.guard.has_packets() || !self.ready.is_empty() || !self.leaving.is_empty() {
            return Some(Duration::ZERO);
        }
        let (at, why) = self.guard.poll_timeout()?;
        let wait = at - self.now().min(at);
        log::trace!("next deadline in {wait}: {why}");
        Some(Duration::from_micros(wait.total_micros()))
    }

    /// Does what other threads told; `false` means stop.
    fn obey(&mut self) -> bool {
        for command in self.shared.take_commands() {
            let now = self.now();
            match command {
                Command::SetConfig(config) => self.guard.set_config(now, *config),
                Command::Owner(id, owner) => self.guard.handle_owner(now, id, owner),
                Command::Answer(question, answer) => {
                    self.guard.handle_user_answer(now, question, answer);
                }
                Command::DeviceEvent(event) => self.guard.handle_device_event(now, event),
                Command::SetMemory(memory) => {
                    self.guard.set_learned(memory.learned);
                    self.guard.set_beacons(memory.beacons);
                }
                Command::Memory(answer) => {
                    let state = memory::state(self.guard.learned(), self.guard.beacons());
                    // Whoever asked may have waited long enough.
                    let _ = answer.try_send(state);
                }
                Command::ReplaceTun(tun) => {
                    if let Err(error) = self.replace_tun(tun) {
                        log::error!("the new tunnel cannot be used: {error}");
                    }
                }
                Command::Stop => return false,
            }
        }
        true
    }

    fn replace_tun(&mut self, tun: Arc<File>) -> io::Result<()> {
        self.epoll.add(tun.as_fd(), TUN, Interest::Readable)?;
        let old = std::mem::replace(&mut self.tun, tun);
        self.epoll.remove(old.as_fd())
    }

    /// Takes up to [`TUN_READS`] packets; `false` if the tunnel cannot be read any more.
    fn read_tun(&mut self) -> bool {
        let now = self.now();
        for _ in 0..TUN_READS {
            match (&*self.tun).read(&mut self.buffer) {
                Ok(0) => return false,
                Ok(len) => {
                    let packet = self.buffer.get(..len).unwrap_or_default();
                    self.guard.handle_packet(now, packet);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    log::error!("reading the tunnel failed: {error}");
                    return false;
                }
            }
        }
        true
    }

    /// Gives the app up to [`TUN_WRITES`] packets.
    fn write_tun(&mut self) {
        for _ in 0..TUN_WRITES {
            let Some(len) = self.guard.poll_packet(&mut self.buffer) else {
                return;
            };
            let packet = self.buffer.get(..len).unwrap_or_default();
            if let Err(error) = (&*self.tun).write(packet) {
                // The app's stack asks again for what matters to it.
                log::debug!("the tunnel did not take a packet: {error}");
            }
        }
    }

    fn tell(&mut self) {
        let mut any = false;
        while let Some(event) = self.guard.poll_event() {
            self.shared.publish(event);
            any = true;
        }
        if any {
            *lock(&self.shared.counters) = self.guard.counters();
        }
    }

    /// Notes what epoll said of a connection.
    fn note(&mut self, event: &Readiness) {
        let id = FlowId::from_u64(event.token);
        if let Some(connection) = connection(&mut self.connections, id) {
            connection.readable |= event.readable;
            connection.writable |= event.writable;
            connection.ended |= event.ended;
            if connection.outside.is_connecting {
                self.dialled.push(id);
            } else {
                self.ready.push(id);
            }
        }
    }

    /// Serves the connections that became ready.
    fn serve(&mut self) {
        let now = self.now();
        let mut ready = std::mem::take(&mut self.dialled);
        ready.append(&mut self.ready);
        for id in ready {
            let Some(connection) = connection(&mut self.connections, id) else {
                continue;
            };
            if connection.outside.protocol != Protocol::Tcp {
                self.receive_datagrams(id);
            } else if !connection.outside.is_connecting {
                self.send(now, id);
                self.receive(now, id);
            } else if connection.writable {
                connection.outside.is_connecting = false;
                let outcome = match connection.outcome() {
                    Ok(None) => Ok(()),
                    Ok(Some(error)) | Err(error) => Err(connect_error(&error)),
                };
                self.guard.handle_connected(now, id, outcome);
                if outcome.is_ok() {
                    self.receive(now, id);
                }
            }
        }
    }

    /// Moves bytes from the socket to the app.
    fn receive(&mut self, now: Instant, id: FlowId) {
        let Some(connection) = connection(&mut self.connections, id) else {
            return;
        };
        if !connection.readable || connection.outside.is_connecting {
            return;
        }
        let Connection {
            outside,
            readable,
            ended,
            ..
        } = connection;
        self.guard.fill(now, id, |room| {
            if !*readable {
                return Io::WouldBlock;
            }
            match (&outside.socket).read(room) {
                Ok(0) => {
                    *readable = false;
                    Io::Ended
                }
                Ok(len) => {
                    // A stream read that comes back short has emptied the socket.
                    *readable = len == room.len() || *ended;
                    Io::Moved(len)
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::Interrupted => {
                        *readable = error.kind() == ErrorKind::Interrupted;
                        Io::WouldBlock
                    }
                    _ => Io::Reset,
                },
            }
        });
    }

    /// Moves bytes from the app to the socket.
    fn send(&mut self, now: Instant, id: FlowId) {
        let Some(connection) = connection(&mut self.connections, id) else {
            return;
        };
        if !connection.writable || connection.outside.is_connecting {
            return;
        }
        let Connection {
            outside, writable, ..
        } = connection;
        self.guard
            .drain(now, id, |bytes| match outside.send(bytes) {
                Ok(len) => Io::Moved(len),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => {
                        *writable = false;
                        Io::WouldBlock
                    }
                    ErrorKind::Interrupted => Io::WouldBlock,
                    _ => Io::Reset,
                },
            });
    }

    /// Does what the guard wants done.
    fn act(&mut self) {
        while let Some(action) = self.guard.poll_action() {
            if !matches!(action, Action::SendDatagram(..)) {
                // What follows may close the socket.
                self.send_queued();
            }
            let now = self.now();
            match action {
                Action::AskOwner(id, tuple) => {
                    let unknown = match &self.owners {
                        Some(owners) => owners.ask(id, tuple),
                        None => Some(id),
                    };
                    if let Some(id) = unknown {
                        self.guard.handle_owner(now, id, None);
                    }
                }
                Action::Connect(id, protocol, destination) => {
                    let outcome = self.connect(id, protocol, destination);
                    if let Some(outcome) = outcome {
                        self.guard.handle_connected(now, id, outcome);
                    }
                }
                Action::Send(id) => self.send(now, id),
                Action::Receive(id) => self.receive(now, id),
                Action::SendDatagram(id, payload) => self.queue_datagram(id, payload),
                Action::Shutdown(id) => self.leaving.push(Leaving::Half(id)),
                Action::Close { flow, abort } => self.close(flow, abort),
            }
        }
        self.send_queued();
    }
}

fn unix_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A number nobody outside can guess: std keys its hash maps from the system's random source.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}
