//! The inner half of `gasket run`: makes the namespace around itself, then becomes the program.
//!
//! It is this same binary, started anew as `gasket __inside`, because a process with one thread can
//! enter namespaces and then exec without any fork of ours.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::net::{AddressFamily, SocketFlags, SocketType, netlink};

use super::control::{Control, Message, duplicate};
use super::resolver::{RESOLV_CONF, inner_resolv_conf};
use crate::args::InsideArguments;
use crate::namespace::{self, Netlink, interface_index};

/// Name of the interface the program sees.
const INTERFACE: &str = "gasket0";

/// The program's own addresses, with their prefix lengths. Like the resolver's
/// ([`super::RESOLVERS`]) they are out of the way of common private networks.
const ADDRESSES: [(IpAddr, u8); 2] = [
    (IpAddr::V4(Ipv4Addr::new(10, 111, 222, 1)), 30),
    (
        IpAddr::V6(Ipv6Addr::new(0xfd67, 0x6173, 0x6b65, 0, 0, 0, 0, 1)),
        126,
    ),
];

/// Sockets of the host's name services: libc asks them before any DNS server, and they would look
/// names up outside the tunnel.
const NAME_SERVICES: [&str; 2] = [
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/nscd/socket",
];

/// Exit codes of a program that could not be started (POSIX, XCU 2.8.2).
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Why the inner half gave up.
enum Failed {
    /// The machine lacks something.
    Missing(String),
    /// Anything else.
    Other(String),
}

impl Failed {
    fn other(what: &str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Other(format!("cannot {what}: {error}"))
    }
}

/// Sets the namespace up and becomes the program. Returns only if that failed.
pub(crate) fn run(arguments: &InsideArguments) -> ExitCode {
    let control = match talk() {
        Ok(control) => control,
        Err(error) => {
            eprintln!("gasket: __inside is for gasket's own use: {error}");
            return ExitCode::from(2);
        }
    };
    let said = match set_up(arguments) {
        Ok((tun, diagnosis)) => control.send(&Message::Ready, &[tun.as_fd(), diagnosis.as_fd()]),
        Err(Failed::Missing(what)) => control.send(&Message::Missing(what), &[]),
        Err(Failed::Other(what)) => control.send(&Message::Failed(what), &[]),
    };
    // No go, no program: the outer half has failed, is gone, or was told of a failure.
    if said.is_err() || !matches!(control.receive(), Ok(Some((Message::Go, _)))) {
        return ExitCode::FAILURE;
    }
    become_program(arguments)
}

/// Takes the control socket from standard input and puts the real one back there.
fn talk() -> io::Result<Control> {
    let control = Control::over(io::stdin().as_fd().try_clone_to_owned()?);
    match control.receive()? {
        Some((Message::Stdin, descriptors)) if descriptors.len() == 1 => {
            rustix::stdio::dup2_stdin(&descriptors[0])?;
            Ok(control)
        }
        _ => Err(io::Error::other("standard input is not gasket's socket")),
    }
}

fn become_program(arguments: &InsideArguments) -> ExitCode {
    let Some((program, rest)) = arguments.command.split_first() else {
        return ExitCode::from(2);
    };
    let error = Command::new(program).args(rest).exec();
    eprintln!("gasket: cannot start {}: {error}", program.display());
    ExitCode::from(match error.kind() {
        io::ErrorKind::NotFound => NOT_FOUND,
        _ => NOT_EXECUTABLE,
    })
}

/// Makes the namespaces and what is in them. Gives the TUN, and a socket that can be asked who
/// owns a connection in there.
fn set_up(arguments: &InsideArguments) -> Result<(OwnedFd, OwnedFd), Failed> {
    // Asked first: a missing driver is told as such, whatever else is wrong.
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/net/tun")
        .map_err(|error| Failed::Missing(namespace::tun_device(&error)))?;
    namespace::enter().map_err(Failed::Missing)?;
    replace_resolver(&arguments.resolvers)?;
    let tun = build_network(arguments.mtu)?;
    let diagnosis = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )
    .map_err(|error| Failed::other("open a socket to ask for owners")(error.into()))?;
    Ok((tun, diagnosis))
}

/// Lets every program in the namespace ask the tunnel for names, and nobody else.
fn replace_resolver(resolvers: &[IpAddr]) -> Result<(), Failed> {
    for service in NAME_SERVICES {
        if Path::new(service).exists() {
            rustix::mount::mount_bind("/dev/null", service).map_err(|error| {
                Failed::other(&format!("cover {service}, which looks names up outside"))(
                    error.into(),
                )
            })?;
        }
    }
    let host = match fs::read_to_string(RESOLV_CONF) {
        Ok(host) => host,
        Err(error) => {
            eprintln!(
                "gasket: {RESOLV_CONF} cannot be read ({error}), so it cannot be replaced: names \
                 will not resolve in the program"
            );
            return Ok(());
        }
    };
    let cover = write_cover(&inner_resolv_conf(resolvers, &host))
        .map_err(Failed::other("write a resolv.conf for the program"))?;
    let bound = rustix::mount::mount_bind(&cover, RESOLV_CONF);
    // The mount keeps the file; its name is not needed any more.
    let _ = fs::remove_file(&cover);
    bound.map_err(|error| Failed::other("replace resolv.conf for the program")(error.into()))
}

fn write_cover(text: &str) -> io::Result<PathBuf> {
    let name = format!("gasket-{}.resolv.conf", std::process::id());
    let path = std::env::temp_dir().join(name);
    // Left over from a run with the same process id that was killed right here.
    let _ = fs::remove_file(&path);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

/// The loopback interface, and the TUN with addresses and default routes.
fn build_network(mtu: u16) -> Result<OwnedFd, Failed> {
    let mut netlink = Netlink::open().map_err(Failed::other("open a netlink socket"))?;
    let loopback = interface_index("lo").map_err(Failed::other("find the loopback interface"))?;
    netlink.bring_up(loopback, None).map_err(|error| {
        // The first act that needs a right in the new namespace.
        Failed::Missing(namespace::missing(
            "configure the program's network",
            &error,
        ))
    })?;
    let tun = make_tun()?;
    quieten();
    let index = interface_index(INTERFACE).map_err(Failed::other("find the tunnel's interface"))?;
    netlink
        .bring_up(index, Some(mtu))
        .map_err(Failed::other("bring the tunnel up"))?;
    for (address, prefix) in ADDRESSES {
        let added = netlink
            .add_address(index, address, prefix)
            .and_then(|()| netlink.add_default_route(index, address));
        match added {
            // A kernel without IPv6: the program has none either, so nothing goes past the tunnel.
            Err(error) if address.is_ipv6() => log::info!("no IPv6 in the namespace: {error}"),
            other => other.map_err(Failed::other("give the tunnel its address and route"))?,
        }
    }
    Ok(tun)
}

fn make_tun() -> Result<OwnedFd, Failed> {
    let mut wanted = tun::Configuration::default();
    wanted.tun_name(INTERFACE).platform_config(|platform| {
        // Addresses and state are set over netlink, IPv6 included.
        platform.ensure_root_privileges(false);
    });
    let refused = |error: tun::Error| Failed::Other(format!("cannot make the tunnel: {error}"));
    let device = tun::create(&wanted).map_err(refused)?;
    duplicate(device.as_raw_fd()).map_err(Failed::other("hold the tunnel's descriptor"))
}

/// Best effort: nothing depends on these.
fn quieten() {
    let gid = rustix::process::getegid().as_raw();
    for (setting, value) in [
        // No link-local address, hence no router solicitations into the tunnel.
        (
            format!("ipv6/conf/{INTERFACE}/addr_gen_mode"),
            "1".to_owned(),
        ),
        // `ping` without a right of its own.
        ("ipv4/ping_group_range".to_owned(), format!("{gid} {gid}")),
    ] {
        if let Err(error) = fs::write(format!("/proc/sys/net/{setting}"), value) {
            log::debug!("net/{setting} stays as it is: {error}");
        }
    }
}
