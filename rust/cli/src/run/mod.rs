//! `gasket run`: any program in its own network namespace, whose only way out is Gasket.
//!
//! Two halves: this one stays in the network it was started in and runs the engine; the inner one
//! ([`inside`]) makes the namespace, hands its tunnel out, waits for the go, and becomes the
//! program. Whatever fails, the program has the tunnel or nothing.

mod control;
pub(crate) mod inside;
mod resolver;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gasket_core::config::Config;
use gasket_core::facts::Protocol;
use gasket_core::owner::Owner;
use gasket_engine::Engine;
use gasket_engine::host::Host;
use gasket_engine::owner::LinuxOwners;

pub(crate) use control::duplicate;
pub(crate) use resolver::host_name_servers;

use crate::args::RunArguments;
use crate::failure::Failure;
use crate::kept::Kept;
use crate::settings;
use crate::signals;
use crate::telling::Telling;
use control::{Control, Message};

/// Where Gasket answers DNS in the namespace, unless the config says otherwise.
const RESOLVERS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(10, 111, 222, 2)),
    IpAddr::V6(Ipv6Addr::new(0xfd67, 0x6173, 0x6b65, 0, 0, 0, 0, 2)),
];

/// The namespace's platform: our own sockets are outside it, so none needs protection.
struct Namespace {
    owners: LinuxOwners,
}

impl Host for Namespace {
    fn protect(&self, _: BorrowedFd<'_>) -> bool {
        true
    }

    fn owner(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<Owner> {
        self.owners.owner(protocol, source, destination)
    }
}

/// Runs the command; gives the program's exit code.
pub(crate) fn run(arguments: &RunArguments) -> Result<ExitCode, Failure> {
    let (mut config, pack) = settings::load(&arguments.telling.settings)?;
    complete(&mut config, &host_name_servers());
    let mut telling = Telling::open(&arguments.telling, &config, &pack)?;
    let kept = Kept::open(&arguments.telling.kept)?;
    let (mut child, control) = start_inner(arguments, &config)?;
    let started = take_over(&control, child.id()).and_then(|(tun, host)| {
        Engine::start(
            Arc::new(host),
            tun,
            config,
            pack,
            Some(crate::places::embedded()),
        )
        .map_err(|error| Failure::Other(error.to_string()))
    });
    let engine = match started {
        Ok(engine) => engine,
        Err(failure) => {
            // Without the go the inner half ends by itself.
            drop(control);
            let _ = child.wait();
            return Err(failure);
        }
    };
    telling.begin();
    let kept = kept.hand_to(&engine);
    let failed = |error: io::Error| Failure::Other(format!("cannot start the program: {error}"));
    signals::forward_to(child.id()).map_err(failed)?;
    control.send(&Message::Go, &[]).map_err(failed)?;
    drop(control);
    let status = accompany(&mut child, &engine, &mut telling)
        .map_err(|error| Failure::Other(format!("cannot wait for the program: {error}")))?;
    // The program's own exit code matters more than what could not be kept.
    if let Err(failure) = kept.save(&engine) {
        eprintln!("gasket: {failure}");
    }
    telling.tell(&engine.stop());
    telling.end();
    Ok(exit_code(status))
}

/// Fills in what a config may leave to the command: where DNS is answered and asked.
fn complete(config: &mut Config, host: &[SocketAddr]) {
    if config.resolver_addresses.is_empty() {
        config.resolver_addresses = RESOLVERS.to_vec();
    }
    if config.dns_upstreams.is_empty() {
        config.dns_upstreams = host.to_vec();
    }
    // Nobody is here who could answer.
    config.ask_seconds = 0;
}

fn start_inner(arguments: &RunArguments, config: &Config) -> Result<(Child, Control), Failure> {
    let failed = |error: io::Error| Failure::Other(format!("cannot start gasket again: {error}"));
    let (control, theirs) = Control::pair().map_err(failed)?;
    // Opened by the kernel, so it works where the binary was deleted or renamed, too.
    let mut inner = Command::new("/proc/self/exe");
    inner
        .arg("__inside")
        .arg(format!("--mtu={}", config.mtu))
        .args(
            config
                .resolver_addresses
                .iter()
                .map(|address| format!("--resolver={address}")),
        )
        .arg("--")
        .args(&arguments.command)
        .stdin(Stdio::from(theirs));
    let child = inner.spawn().map_err(failed)?;
    // The command holds the inner half's end of the socket; only the inner half may.
    drop(inner);
    let told = control.send(&Message::Stdin, &[io::stdin().as_fd()]);
    // A failure here shows as the end of the talk, with the inner half's own words before it.
    if let Err(error) = told {
        log::debug!("the inner half did not take its standard input: {error}");
    }
    Ok((child, control))
}

/// Receives the tunnel, and what answers who owns a connection in it.
fn take_over(control: &Control, pid: u32) -> Result<(OwnedFd, Namespace), Failure> {
    let strange = || Failure::Other("the program's namespace could not be set up".to_owned());
    match control.receive() {
        Ok(Some((Message::Ready, descriptors))) => {
            let [tun, diagnosis] = <[OwnedFd; 2]>::try_from(descriptors).map_err(|_| strange())?;
            let tables = PathBuf::from(format!("/proc/{pid}/net"));
            let owners = LinuxOwners::new(Some(diagnosis), Some(tables));
            Ok((tun, Namespace { owners }))
        }
        Ok(Some((Message::Missing(what), _))) => Err(Failure::Missing(what)),
        Ok(Some((Message::Failed(what), _))) => Err(Failure::Other(what)),
        Ok(_) => Err(strange()),
        Err(error) => Err(Failure::Other(format!(
            "the program's namespace could not be set up: {error}"
        ))),
    }
}

/// Tells events until the program ends.
fn accompany(child: &mut Child, engine: &Engine, telling: &mut Telling) -> io::Result<ExitStatus> {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let status = child.wait();
            ended.store(true, Ordering::Release);
            engine.interrupt();
            status
        });
        while !ended.load(Ordering::Acquire) && engine.is_running() {
            telling.tell(&engine.next_events(Duration::MAX));
        }
        if !engine.is_running() {
            eprintln!(
                "gasket: the engine has stopped; the program goes on, cut off from the network"
            );
        }
        let status = waiting.join();
        status.unwrap_or_else(|_| Err(io::Error::other("the waiting thread has panicked")))
    })
}

/// The program's own code, or 128 and the signal that ended it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_is_completed_but_never_overruled() {
        let host = ["192.0.2.53:53".parse().expect("an address")];
        let mut config = Config::default();
        complete(&mut config, &host);
        assert_eq!(config.resolver_addresses, RESOLVERS);
        assert_eq!(config.dns_upstreams, host);
        assert_eq!(config.ask_seconds, 0, "nobody is asked");
        let own = Config {
            resolver_addresses: vec!["10.9.8.7".parse().expect("an address")],
            dns_upstreams: vec!["192.0.2.1:5353".parse().expect("an address")],
            ask_seconds: 0,
            ..Config::default()
        };
        let mut config = own.clone();
        complete(&mut config, &host);
        assert_eq!(config, own);
    }
}
