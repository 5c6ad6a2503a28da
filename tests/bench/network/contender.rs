//! What is measured side by side, and how each is started.

use std::fmt;
use std::io;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::arguments::Arguments;
use crate::remote::Remote;
use crate::world::{
    self, ENGINE, ENGINE_ADDRESS, SERVER, SERVER_ADDRESS, TUN_QUEUE, inside, ip, ip_says,
};

/// Of the app, where its engine does not choose, and the network it is in.
const APP_ADDRESS: &str = "10.111.222.1";
const APP_NETWORK: &str = "10.111.222.0/30";

/// The second tunnel of [`Contender::Copy`].
const COPY_OUT: &str = "tun1";

/// How long an engine may take to be there.
const START_PATIENCE: Duration = Duration::from_secs(5);

/// How the app's packets travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contender {
    /// Straight over the link: the ceiling.
    Veth,
    /// Through a program that only copies packets from one tunnel to another: what any engine costs at least.
    Copy,
    Gasket,
    Tun2proxy,
    Slirp4netns,
    Pasta,
}

impl Contender {
    pub(crate) const ALL: [Self; 6] = [
        Self::Veth,
        Self::Copy,
        Self::Gasket,
        Self::Tun2proxy,
        Self::Slirp4netns,
        Self::Pasta,
    ];

    /// The other engines.
    pub(crate) const PEERS: [Self; 3] = [Self::Tun2proxy, Self::Slirp4netns, Self::Pasta];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Veth => "veth",
            Self::Copy => "copy",
            Self::Gasket => "Gasket",
            Self::Tun2proxy => "tun2proxy",
            Self::Slirp4netns => "slirp4netns",
            Self::Pasta => "pasta",
        }
    }

    /// Why it cannot be measured here, if it cannot.
    pub(crate) fn missing(self, arguments: &Arguments) -> Option<String> {
        let package = |program, package| {
            (!world::exists(program)).then(|| format!("not installed; Debian's package {package}"))
        };
        match self {
            Self::Veth | Self::Copy | Self::Gasket => None,
            Self::Tun2proxy => match &arguments.tun2proxy {
                Some(path) if path.exists() => None,
                _ => Some(String::from("not built; cargo install tun2proxy")),
            },
            Self::Slirp4netns => package("slirp4netns", "slirp4netns"),
            Self::Pasta => package("pasta", "passt"),
        }
    }

    /// The device of the app's namespace that leads to the engine.
    fn device(self) -> Option<&'static str> {
        match self {
            Self::Veth => None,
            Self::Copy | Self::Gasket | Self::Tun2proxy => Some("tun0"),
            Self::Slirp4netns | Self::Pasta => Some("tap0"),
        }
    }

    fn namespace(self) -> String {
        match self {
            Self::Veth => ENGINE.to_owned(),
            other => format!("app-{}", other.name().to_lowercase()),
        }
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A contender at work, with the app behind it.
pub(crate) struct Running {
    pub(crate) contender: Contender,
    pub(crate) agent: Remote,
    engine: Option<Child>,
}

impl Running {
    /// Starts a contender whose tunnel has this MTU in bytes, and the app behind it.
    pub(crate) fn start(contender: Contender, mtu: u16, arguments: &Arguments) -> io::Result<Self> {
        Self::start_towards(SERVER_ADDRESS, contender, mtu, arguments)
    }

    /// As [`Running::start`], with an app that speaks to the server at this address.
    pub(crate) fn start_towards(
        server: &str,
        contender: Contender,
        mtu: u16,
        arguments: &Arguments,
    ) -> io::Result<Self> {
        let namespace = contender.namespace();
        if contender != Contender::Veth {
            world::add_namespace(&namespace)?;
        }
        let mut engine = match contender {
            Contender::Veth => None,
            Contender::Copy => Some(copy(mtu)?),
            Contender::Gasket | Contender::Tun2proxy => Some(tunnel(contender, mtu, arguments)?),
            Contender::Slirp4netns | Contender::Pasta => Some(tap(contender, mtu)?),
        };
        if let (Some(engine), Some(device)) = (&mut engine, contender.device())
            && let Err(error) = configure(&namespace, device, engine)
        {
            // Not left behind in a namespace that is about to be made again.
            let _ = engine.kill();
            let _ = engine.wait();
            return Err(error);
        }
        let agent = Remote::start(&namespace, &["agent", server])?;
        let running = Self {
            contender,
            agent,
            engine,
        };
        running.pause()?;
        Ok(running)
    }

    /// The engine's process.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.engine.as_ref().map(Child::id)
    }

    /// Has the engine use no processor while others are measured.
    pub(crate) fn pause(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Its turn.
    pub(crate) fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        let pid = self.pid().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        pid.map_or(Ok(()), |pid| Ok(kill_process(pid, signal)?))
    }

    /// Packets of the app to the tunnel so far, and those that found its queue full.
    pub(crate) fn packets_and_drops(&mut self) -> io::Result<[u64; 2]> {
        match self.contender.device() {
            Some(device) => self.agent.numbers(&format!("drops {device}")),
            None => Ok([0; 2]),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(engine) = &mut self.engine {
            let _ = engine.kill();
            let _ = engine.wait();
            let _ = ip(&format!("netns delete {}", self.contender.namespace()));
            if self.contender == Contender::Copy {
                let _ = ip(&format!("-n {ENGINE} link delete {COPY_OUT}"));
            }
        }
    }
}

/// Engines that attach to a TUN made for them. It is made where their sockets are, so that they find it, and
/// moved to the app once they hold it.
fn tunnel(contender: Contender, mtu: u16, arguments: &Arguments) -> io::Result<Child> {
    ip(&format!("-n {ENGINE} tuntap add dev tun0 mode tun"))?;
    ip(&format!(
        "-n {ENGINE} link set tun0 mtu {mtu} txqueuelen {TUN_QUEUE} up"
    ))?;
    let mtu = mtu.to_string();
    let mut command = match contender {
        Contender::Gasket => {
            let program = arguments.gasket.to_string_lossy();
            inside(ENGINE, &[&program, "relay", "--tun", "tun0", "--mtu", &mtu])
        }
        _ => {
            let program = arguments.tun2proxy.clone().unwrap_or_default();
            let program = program.to_string_lossy();
            // Without a proxy in between, and room for ten thousand flows: at its best.
            let words = [
                &*program,
                "--proxy",
                "none",
                "--tun",
                "tun0",
                "--mtu",
                &mtu,
                "--verbosity",
                "off",
                "--max-sessions",
                "60000",
            ];
            inside(ENGINE, &words)
        }
    };
    held(silent(&mut command).spawn()?, contender)
}

/// Gives the app its end of a tunnel once the engine, which was just started, holds the other.
fn held(mut engine: Child, contender: Contender) -> io::Result<Child> {
    // A TUN has a carrier from when somebody holds it.
    wait_for(&mut engine, || {
        Ok(ip_says(&format!("-n {ENGINE} -o link show tun0"))?.contains("LOWER_UP"))
    })?;
    ip(&format!(
        "-n {ENGINE} link set tun0 netns {}",
        contender.namespace()
    ))?;
    Ok(engine)
}

/// No engine: the app's packets are copied to a second tunnel, from which the kernel forwards them, and back.
fn copy(mtu: u16) -> io::Result<Child> {
    for device in [COPY_OUT, "tun0"] {
        ip(&format!("-n {ENGINE} tuntap add dev {device} mode tun"))?;
        ip(&format!(
            "-n {ENGINE} link set {device} mtu {mtu} txqueuelen {TUN_QUEUE} up"
        ))?;
    }
    world::forward(ENGINE)?;
    ip(&format!(
        "-n {ENGINE} route replace {APP_NETWORK} dev {COPY_OUT}"
    ))?;
    ip(&format!(
        "-n {SERVER} route replace {APP_NETWORK} via {ENGINE_ADDRESS}"
    ))?;
    let program = std::env::current_exe()?;
    let program = program.to_string_lossy();
    // It takes the app's end last, which is what is waited for.
    let mut command = inside(ENGINE, &[&program, "copy", COPY_OUT, "tun0"]);
    held(silent(&mut command).spawn()?, Contender::Copy)
}

/// Engines that make and configure the app's device themselves.
fn tap(contender: Contender, mtu: u16) -> io::Result<Child> {
    let path = format!("/run/netns/{}", contender.namespace());
    let mtu = mtu.to_string();
    let mut command = match contender {
        Contender::Slirp4netns => {
            let words = [
                "slirp4netns",
                "--configure",
                "--mtu",
                &mtu,
                "--netns-type=path",
                &path,
                "tap0",
            ];
            inside(ENGINE, &words)
        }
        _ => {
            let words = [
                "pasta",
                "--foreground",
                "--quiet",
                "--config-net",
                "--runas",
                "0",
                "--netns-only",
                "--ipv4-only",
                "--no-map-gw",
                "-t",
                "none",
                "-u",
                "none",
                "-T",
                "none",
                "-U",
                "none",
                "-m",
                &mtu,
                "--ns-ifname",
                "tap0",
                "--netns",
                &path,
            ];
            inside(ENGINE, &words)
        }
    };
    silent(&mut command).spawn()
}

/// Waits for the app's device and gives it what its engine has not.
fn configure(namespace: &str, device: &str, engine: &mut Child) -> io::Result<()> {
    let link = format!("-n {namespace} -o link show {device}");
    wait_for(engine, || Ok(ip_says(&link)?.contains(device)))?;
    if device == "tun0" {
        ip(&format!(
            "-n {namespace} address add {APP_ADDRESS}/30 dev {device}"
        ))?;
        // The kernel would look for IPv6 routers by it, and wake an engine that has nothing to do. In one command with
        // `up` it would come too late.
        ip(&format!(
            "-n {namespace} link set {device} addrgenmode none"
        ))?;
        ip(&format!("-n {namespace} link set {device} up"))?;
        return ip(&format!("-n {namespace} route add default dev {device}"));
    }
    let routes = format!("-n {namespace} route");
    wait_for(engine, || Ok(ip_says(&routes)?.contains("default")))?;
    ip(&format!(
        "-n {namespace} link set {device} txqueuelen {TUN_QUEUE}"
    ))
}

fn silent(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

fn wait_for(child: &mut Child, mut is_there: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    let until = Instant::now() + START_PATIENCE;
    while !is_there()? {
        if let Some(status) = child.try_wait()? {
            return Err(io::Error::other(format!("it ended at once: {status}")));
        }
        if Instant::now() > until {
            let _ = child.kill();
            let _ = child.wait();
            return Err(io::Error::other("it did not set up its device in time"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
