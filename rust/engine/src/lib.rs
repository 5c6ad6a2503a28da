//! Moves bytes: every syscall and every thread of Gasket. The only place that makes a socket.

pub mod host;

pub mod owner;

mod asking;
mod dial;
mod reactor;
mod sys;

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gasket_core::config::Config;
use gasket_core::event::{Event, Waiting};
use gasket_core::facts::Happening;
use gasket_core::flow::FlowId;
use gasket_core::guard::{Answer, Counters};
use gasket_core::memory::Memory;
use gasket_core::owner::Owner;
use gasket_core::rules::Pack;
use gasket_core::tables::Places;

use host::Host;
use reactor::Reactor;
use sys::Waker;

/// Events kept while nobody fetches them; beyond, the oldest of whichever app has the most go.
const EVENTS_MAX: usize = 65_536;

/// Events given out at a time: what one caller must find room for.
pub const EVENTS_AT_A_TIME: usize = 1024;

/// How long [`Engine::stop`] and [`Engine::memory`] wait for the engine's thread.
const STOP_WAIT: Duration = Duration::from_millis(900);

/// A running engine. It, not its thread, owns the TUN: should the thread die, the descriptor stays
/// open, and the system keeps routing into silence instead of around it.
pub struct Engine {
    shared: Arc<Shared>,
    reactor: Mutex<Option<JoinHandle<()>>>,
    tun: Mutex<Option<Arc<File>>>,
}

/// What the engine's threads and its handle share.
pub(crate) struct Shared {
    commands: Mutex<VecDeque<Command>>,
    waker: Waker,
    events: Mutex<Events>,
    event_came: Condvar,
    counters: Mutex<Counters>,
    ended: Mutex<bool>,
}

/// Events that nobody has fetched yet.
struct Events {
    queue: Waiting,
    /// Whether the last one that came has cost another its place.
    is_full: bool,
    /// Whoever waits for events is to return without any.
    interrupted: bool,
}

/// What other threads tell the reactor.
pub(crate) enum Command {
    SetConfig(Box<Config>),
    Owner(FlowId, Option<Owner>),
    Answer(u64, Answer),
    DeviceEvent(Happening),
    ReplaceTun(Arc<File>),
    SetMemory(Box<Memory>),
    Memory(SyncSender<Vec<u8>>),
    Stop,
}

/// Why an engine did not start.
#[derive(Debug)]
pub enum StartError {
    /// A syscall failed while the named thing was set up.
    System(&'static str, io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(what, error) => write!(f, "the engine could not set up {what}: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System(_, error) => Some(error),
        }
    }
}

impl Engine {
    /// Starts relaying the packets of `tun`, which the engine owns from now on, whatever happens.
    ///
    /// `tun` yields and takes one IP packet per read and write, without any header before it.
    ///
    /// What is sent is judged by the rules of `pack`. Without `places` no country or network of a destination is known.
    pub fn start(
        host: Arc<dyn Host>,
        tun: OwnedFd,
        config: Config,
        pack: Arc<Pack>,
        places: Option<Arc<Places>>,
    ) -> Result<Self, StartError> {
        let system = |what| move |error| StartError::System(what, error);
        sys::keep_large_allocations_lazy();
        sys::set_nonblocking(tun.as_fd()).map_err(system("the tunnel's descriptor"))?;
        let tun = Arc::new(File::from(tun));
        let shared = Arc::new(Shared {
            commands: Mutex::default(),
            waker: Waker::new().map_err(system("its wake-up descriptor"))?,
            events: Mutex::new(Events {
                queue: Waiting::new(EVENTS_MAX),
                is_full: false,
                interrupted: false,
            }),
            event_came: Condvar::new(),
            counters: Mutex::default(),
            ended: Mutex::new(false),
        });
        let reactor = Reactor::new(
            host,
            Arc::clone(&tun),
            config,
            pack,
            places,
            Arc::clone(&shared),
        )
        .map_err(system("its event loop"))?;
        let thread = std::thread::Builder::new()
            .name("gasket-reactor".to_owned())
            .spawn({
                let ending = Ending(Arc::clone(&shared));
                move || {
                    let _ending = ending;
                    reactor.run();
                }
            })
            .map_err(system("its thread"))?;
        Ok(Self {
            shared,
            reactor: Mutex::new(Some(thread)),
            tun: Mutex::new(Some(tun)),
        })
    }

    /// Takes new settings, for open flows, too.
    pub fn set_config(&self, config: Config) {
        self.shared.command(Command::SetConfig(Box::new(config)));
    }

    /// Goes on with what was learned before: random codes that come again, and who speaks when.
    pub fn set_memory(&self, memory: Memory) {
        self.shared.command(Command::SetMemory(Box::new(memory)));
    }

    /// The state of that memory, to be kept; `None` where the engine has ended or does not
    /// answer within a second.
    pub fn memory(&self) -> Option<Vec<u8>> {
        if !self.is_running() {
            return None;
        }
        let (answer, answered) = sync_channel(1);
        self.shared.command(Command::Memory(answer));
        answered.recv_timeout(STOP_WAIT).ok()
    }

    /// The user's answer to the question of an event that waits for one ([`gasket_core::event::Asked`]). One that comes
    /// too late counts for the same again; one to a question that never was, for nothing.
    pub fn answer(&self, question: u64, answer: Answer) {
        self.shared.command(Command::Answer(question, answer));
    }

    /// Something happened to the device.
    pub fn device_event(&self, event: impl Into<Happening>) {
        self.shared.command(Command::DeviceEvent(event.into()));
    }

    /// Goes on with another tunnel, which must be established already; the old one is closed after.
    ///
    /// # Errors
    /// The descriptor cannot be used, or the engine was stopped; the descriptor is closed then.
    pub fn replace_tun(&self, tun: OwnedFd) -> io::Result<()> {
        sys::set_nonblocking(tun.as_fd())?;
        let tun = Arc::new(File::from(tun));
        match &mut *lock(&self.tun) {
            Some(held) => *held = Arc::clone(&tun),
            None => return Err(io::Error::other("the engine was stopped")),
        }
        self.shared.command(Command::ReplaceTun(tun));
        Ok(())
    }

    /// Takes the events there are, at most 1024; waits up to `timeout` for the first. Empty after
    /// the timeout or [`Engine::interrupt`], and at once when the engine has ended.
    pub fn next_events(&self, timeout: Duration) -> Vec<Event> {
        let waits = |events: &mut Events| {
            events.queue.is_empty() && !events.interrupted && self.is_running()
        };
        let events = lock(&self.shared.events);
        let (mut events, _) = self
            .shared
            .event_came
            .wait_timeout_while(events, timeout, waits)
            .unwrap_or_else(PoisonError::into_inner);
        events.interrupted = false;
        let next = std::iter::from_fn(|| events.queue.pop());
        next.take(EVENTS_AT_A_TIME).collect()
    }

    /// Ends the wait of [`Engine::next_events`], the current one or the next.
    pub fn interrupt(&self) {
        lock(&self.shared.events).interrupted = true;
        self.shared.event_came.notify_all();
    }

    /// Whether the engine's thread relays. A dead engine relays nothing and lets nothing through.
    pub fn is_running(&self) -> bool {
        !*lock(&self.shared.ended)
    }

    /// What has been dropped so far, as of the reactor's latest turn.
    pub fn counters(&self) -> Counters {
        *lock(&self.shared.counters)
    }

    /// Ends the engine and closes the tunnel; gives the events that nobody has fetched. A second
    /// call does nothing.
    ///
    /// Waits for the thread, but less than a second: where it hangs in [`Host::protect`], it ends,
    /// and lets go of the tunnel, once that returns.
    pub fn stop(&self) -> Vec<Event> {
        self.end();
        let mut events = lock(&self.shared.events);
        std::iter::from_fn(|| events.queue.pop()).collect()
    }

    /// The same, and leaves what nobody has fetched to [`Engine::next_events`].
    pub fn end(&self) {
        let Some(thread) = lock(&self.reactor).take() else {
            return;
        };
        self.shared.command(Command::Stop);
        if !self.shared.wait_ended(STOP_WAIT) {
            log::error!("the engine's thread does not end: the platform keeps it waiting");
        } else if thread.join().is_err() {
            log::error!("the engine's thread had panicked");
        }
        lock(&self.tun).take();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end();
    }
}

/// Marks the engine as ended when its thread does, by panic, too.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        *lock(&self.0.ended) = true;
        // Under the events' lock, so that nobody can miss it between looking and waiting.
        let _events = lock(&self.0.events);
        self.0.event_came.notify_all();
    }
}

impl Shared {
    pub(crate) fn command(&self, command: Command) {
        lock(&self.commands).push_back(command);
        self.waker.wake();
    }

    pub(crate) fn take_commands(&self) -> VecDeque<Command> {
        self.waker.clear();
        std::mem::take(&mut lock(&self.commands))
    }

    /// Waits until the thread has ended; `false` if it has not by then.
    fn wait_ended(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut events = lock(&self.events);
        while !*lock(&self.ended) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            (events, _) = self
                .event_came
                .wait_timeout(events, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    pub(crate) fn publish(&self, event: Event) {
        let mut events = lock(&self.events);
        let is_full = events.queue.push(event) > 0;
        if is_full && !events.is_full {
            log::warn!("events are dropped: nobody has fetched {EVENTS_MAX} of them");
        }
        events.is_full = is_full;
        self.event_came.notify_all();
    }
}

/// Locks; a panic of another holder leaves nothing half-done here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
