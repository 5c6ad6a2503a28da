//! A phone without Android: the engine behind the tunnels of `launch.py`, on a platform that a test makes
//! misbehave. `netns-engine CONFIG` prints `ready`, then takes a command a line and answers `ok` once the
//! engine has obeyed:
//!
//!     config JSON                 other settings
//!     answer QUESTION yes|no      the user's answer to a question
//!     tunnel NUMBER               go on with another tunnel
//!     protect yes|no              whether sockets can be kept out of the tunnel
//!     owner UID|none|silent       who every flow belongs to; `silent`: the platform hangs
//!     owner source                an app for each address of the tunnel: 10120 and its last byte
//!     owner slow MS               the same, and each answer takes that long
//!
//! Where `EVENTS` names a file, events are written to it, a line each; what is logged goes to standard error.

use std::fs::OpenOptions;
use std::io::{self, BufRead, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use gasket_core::config::Config;
use gasket_core::facts::Protocol;
use gasket_core::guard::Answer;
use gasket_core::owner::Owner;
use gasket_engine::Engine;
use gasket_engine::host::Host;
use log::{LevelFilter, Log, Metadata, Record};
use rustix::process::{PidfdFlags, PidfdGetfdFlags};

/// The app behind the tunnels, unless the test says otherwise.
const UID: u32 = 10123;

/// What `owner source` counts from.
const UIDS: u32 = 10120;

/// What the platform says of owners.
#[derive(Debug, Clone, Copy)]
enum Owning {
    Named(u32),
    Unknown,
    Silent,
    BySource(Duration),
}

struct Platform {
    protects: AtomicBool,
    owning: Mutex<Owning>,
    changed: Condvar,
}

impl Host for Platform {
    fn protect(&self, _: BorrowedFd<'_>) -> bool {
        self.protects.load(Ordering::Acquire)
    }

    fn owner(&self, _: Protocol, source: SocketAddr, _: SocketAddr) -> Option<Owner> {
        let owning = self.owning.lock().unwrap_or_else(PoisonError::into_inner);
        let hangs = |owning: &mut Owning| matches!(owning, Owning::Silent);
        let owning = self.changed.wait_while(owning, hangs);
        let owning = *owning.unwrap_or_else(PoisonError::into_inner);
        let uid = match owning {
            Owning::Named(uid) => uid,
            Owning::BySource(takes) => {
                std::thread::sleep(takes);
                UIDS + u32::from(last_byte(source.ip()))
            }
            Owning::Unknown | Owning::Silent => return None,
        };
        Some(Owner {
            uid,
            packages: Vec::new(),
            system: false,
        })
    }
}

fn last_byte(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(address) => address.octets()[3],
        IpAddr::V6(address) => address.octets()[15],
    }
}

/// Standard error, for whoever watches it.
struct Said;

impl Log for Said {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        eprintln!("{} {}", record.level(), record.args());
    }

    fn flush(&self) {}
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("netns-engine: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    log::set_logger(&Said).map_err(|_| io::Error::other("there is a logger"))?;
    log::set_max_level(LevelFilter::Warn);
    let config = std::env::args().nth(1).unwrap_or_default();
    let platform = Arc::new(Platform {
        protects: AtomicBool::new(true),
        owning: Mutex::new(Owning::Named(UID)),
        changed: Condvar::new(),
    });
    let host: Arc<dyn Host> = Arc::<Platform>::clone(&platform);
    let engine = Arc::new(
        Engine::start(
            host,
            tunnel(0)?,
            read(&config)?,
            gasket_core::rules::Pack::embedded(),
            None,
        )
        .map_err(io::Error::other)?,
    );
    let is_told = tell_events(&engine)?;
    let mut stdout = io::stdout();
    writeln!(stdout, "ready")?;
    for line in io::stdin().lock().lines() {
        obey(&engine, &platform, &line?)?;
        // The answer comes through the engine's own thread, behind what it was told.
        if engine.memory().is_none() {
            return Err(io::Error::other("the engine has ended"));
        }
        // Unread they would be kept.
        while !is_told && !engine.next_events(Duration::ZERO).is_empty() {}
        writeln!(stdout, "ok")?;
    }
    Ok(())
}

/// Writes events to the file that `EVENTS` names; whether there is one.
fn tell_events(engine: &Arc<Engine>) -> io::Result<bool> {
    let Some(path) = std::env::var_os("EVENTS") else {
        return Ok(false);
    };
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let engine = Arc::clone(engine);
    std::thread::spawn(move || -> io::Result<()> {
        while engine.is_running() {
            let events = engine.next_events(Duration::MAX);
            let mut lines = Vec::new();
            for event in &events {
                serde_json::to_writer(&mut lines, event)?;
                lines.push(b'\n');
            }
            file.write_all(&lines)?;
        }
        Ok(())
    });
    Ok(true)
}

fn obey(engine: &Engine, platform: &Platform, line: &str) -> io::Result<()> {
    let owning = |owning| {
        *platform
            .owning
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = owning;
        platform.changed.notify_all();
    };
    match line.split_once(' ') {
        Some(("config", config)) => engine.set_config(read(config)?),
        Some(("answer", answer)) => {
            let (question, word) = answer.split_once(' ').unwrap_or_default();
            let answer = match word {
                "yes" => Answer::LetThrough,
                _ => Answer::Block,
            };
            engine.answer(parse(question)?, answer);
        }
        Some(("tunnel", number)) => engine.replace_tun(tunnel(parse(number)?)?)?,
        Some(("protect", answer)) => platform.protects.store(answer == "yes", Ordering::Release),
        Some(("owner", "source")) => owning(Owning::BySource(Duration::ZERO)),
        Some(("owner", slow)) if slow.starts_with("slow ") => {
            let takes = parse(slow.trim_start_matches("slow "))?;
            owning(Owning::BySource(Duration::from_millis(takes)));
        }
        Some(("owner", "none")) => owning(Owning::Unknown),
        Some(("owner", "silent")) => owning(Owning::Silent),
        Some(("owner", uid)) => owning(Owning::Named(parse(uid)?)),
        _ => return Err(io::Error::other(format!("no such command: {line}"))),
    }
    Ok(())
}

fn read(config: &str) -> io::Result<Config> {
    Config::from_json(config).map_err(io::Error::other)
}

fn parse<T: std::str::FromStr>(number: &str) -> io::Result<T> {
    let wrong = |_| io::Error::other(format!("not a number: {number}"));
    number.parse().map_err(wrong)
}

/// A descriptor of the tunnel, besides the one that was inherited.
fn tunnel(number: usize) -> io::Result<OwnedFd> {
    let tunnels = std::env::var("TUNS").map_err(io::Error::other)?;
    let inherited = tunnels.split(',').nth(number).unwrap_or_default();
    let this = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty())?;
    let none = PidfdGetfdFlags::empty();
    Ok(rustix::process::pidfd_getfd(
        this.as_fd(),
        parse(inherited)?,
        none,
    )?)
}
