//! `gasket relay`: the engine on an existing TUN interface of the current network.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;
use gasket_engine::Engine;
use gasket_engine::host::Host;

use crate::args::RelayArguments;
use crate::failure::Failure;
use crate::kept::Kept;
use crate::namespace::interface_index;
use crate::run::{duplicate, host_name_servers};
use crate::settings;
use crate::signals::StopSignals;
use crate::telling::Telling;

/// The apps are in a network that is not ours to look into.
struct Elsewhere;

impl Host for Elsewhere {
    fn protect(&self, _: BorrowedFd<'_>) -> bool {
        true
    }

    fn knows_owners(&self) -> bool {
        false
    }

    fn owner(&self, _: Protocol, _: SocketAddr, _: SocketAddr) -> Option<Owner> {
        None
    }
}

/// Runs the command until SIGTERM or SIGINT.
pub(crate) fn run(arguments: &RelayArguments) -> Result<(), Failure> {
    let (mut config, pack) = settings::load(&arguments.telling.settings)?;
    config.mtu = arguments.mtu;
    if config.dns_upstreams.is_empty() {
        config.dns_upstreams = host_name_servers();
    }
    let mut telling = Telling::open(&arguments.telling, &config, &pack)?;
    let kept = Kept::open(&arguments.telling.kept)?;
    // Before the interface is taken: from then on others may take us for running.
    let signals = StopSignals::catch()
        .map_err(|error| Failure::Other(format!("cannot listen for signals: {error}")))?;
    let tun = attach(&arguments.tun)?;
    let engine = Engine::start(
        Arc::new(Elsewhere),
        tun,
        config,
        pack,
        Some(crate::places::embedded()),
    )
    .map_err(|error| Failure::Other(error.to_string()))?;
    telling.begin();
    let kept = kept.hand_to(&engine);
    let was_stopped = relay(&engine, signals, &mut telling);
    let saved = kept.save(&engine);
    telling.tell(&engine.stop());
    telling.end();
    saved?;
    if was_stopped {
        Ok(())
    } else {
        Err(Failure::Other("the engine has stopped".to_owned()))
    }
}

/// Tells events until a signal comes (`true`) or the engine ends.
fn relay(engine: &Engine, signals: StopSignals, telling: &mut Telling) -> bool {
    let stopped = AtomicBool::new(false);
    let handle = signals.handle();
    thread::scope(|scope| {
        scope.spawn(|| {
            signals.wait();
            stopped.store(true, Ordering::Release);
            engine.interrupt();
        });
        while !stopped.load(Ordering::Acquire) && engine.is_running() {
            telling.tell(&engine.next_events(Duration::MAX));
        }
        let by_signal = stopped.load(Ordering::Acquire);
        handle.close();
        by_signal
    })
}

/// Attaches to the interface; never makes one, so that a mistyped name is an error.
fn attach(name: &str) -> Result<OwnedFd, Failure> {
    if interface_index(name).is_err() {
        return Err(Failure::Missing(format!(
            "there is no interface {name} here. To make it: ip tuntap add dev {name} mode tun"
        )));
    }
    let mut wanted = tun::Configuration::default();
    wanted.tun_name(name).platform_config(|platform| {
        // Its addresses and state belong to whoever made it.
        platform.ensure_root_privileges(false);
    });
    let refused = |error: &dyn std::fmt::Display| {
        Failure::Missing(format!(
            "cannot attach to {name}: {error}. It must be a TUN (not TAP) interface without \
             packet information, made for this user, and not in use"
        ))
    };
    let device = tun::create(&wanted).map_err(|error| refused(&error))?;
    duplicate(device.as_raw_fd()).map_err(|error| refused(&error))
}
