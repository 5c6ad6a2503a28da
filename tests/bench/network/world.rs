//! The namespaces: `engine`, where engines have their sockets, `server`, and one for the app of each
//! contender. All end with this process.

use std::io;
use std::process::{Command, ExitCode, Stdio};

use gasket_tests::namespace::unshared;

use crate::remote::Remote;

/// The first word of this program's arguments once it is inside.
pub(crate) const INSIDE: &str = "__inside";

/// Where the programs of Debian are.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Of the server, on its link to the engines: a documentation address (RFC 5737).
pub(crate) const SERVER_ADDRESS: &str = "198.51.100.2";

/// Of the engines on that link.
pub(crate) const ENGINE_ADDRESS: &str = "198.51.100.1";

/// Namespaces that are always there.
pub(crate) const ENGINE: &str = "engine";
pub(crate) const SERVER: &str = "server";

/// Of the server behind the long path: a documentation address (RFC 5737).
pub(crate) const FAR_ADDRESS: &str = "203.0.113.2";
const FAR: &str = "far";

/// Packets that the queue of a tunnel holds: Android's.
pub(crate) const TUN_QUEUE: u32 = 500;

/// Has many short connections run out of neither ports nor memory: what closes first keeps a port for a
/// minute otherwise. And what Android's TCP does (CUBIC by its kernel's configuration), or
/// where a namespace may not have that, its forebear, whatever this machine prefers.
const SETTINGS: &str = "\
cd /proc/sys/net/ipv4
echo cubic 2>/dev/null > tcp_congestion_control || echo reno > tcp_congestion_control
echo '1024 65000' > ip_local_port_range
echo 1 > tcp_tw_reuse
echo '0 2147483647' > ping_group_range
";

/// Starts this program again inside namespaces of its own; its exit code is ours.
pub(crate) fn enter(words: &[&str]) -> ExitCode {
    let status = (|| {
        let unshared = unshared();
        // Killed, this process would leave the namespaces and all that runs in them.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(unshared.get_program())
            .args(unshared.get_args())
            .arg(std::env::current_exe()?)
            .arg(INSIDE)
            .args(words);
        command.status()
    })();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!(
                "bench: no namespaces: setpriv or unshare (util-linux) does not start: {error}"
            );
            ExitCode::from(3)
        }
    }
}

/// Makes the two lasting namespaces and the link between them.
pub(crate) fn build() -> io::Result<()> {
    // `ip netns` keeps its names there; this mount is seen by nobody else.
    run(&mut command(&["mount", "-t", "tmpfs", "none", "/run"]))?;
    for name in [ENGINE, SERVER] {
        add_namespace(name)?;
    }
    let steps = [
        "link add eng0 netns engine type veth peer name srv0 netns server",
        "-n engine address add 198.51.100.1/24 dev eng0",
        "-n server address add 198.51.100.2/24 dev srv0",
        "-n engine link set eng0 up",
        "-n server link set srv0 up",
        // Some engines take after the interface that has one.
        "-n engine route add default via 198.51.100.2",
    ];
    steps.iter().try_for_each(|step| ip(step))
}

/// Makes the namespace of the far server and the path to it: who carries the packets, and the server.
pub(crate) fn build_far() -> io::Result<(Remote, Remote)> {
    add_namespace(FAR)?;
    for step in [
        "-n server tuntap add dev air0 mode tun",
        "-n server tuntap add dev air1 mode tun",
        "-n server link set air0 txqueuelen 1000 up",
        "-n server route add 203.0.113.2/32 dev air0",
    ] {
        ip(step)?;
    }
    forward(SERVER)?;
    let mut path = Remote::start(SERVER, &["path", "air0", "air1"])?;
    // It holds the devices from when it answers; then one of them can go.
    path.ask("ready")?;
    for step in [
        "-n server link set air1 netns far",
        "-n far address add 203.0.113.2/32 dev air1",
        "-n far link set air1 txqueuelen 1000 up",
        "-n far route add default dev air1",
    ] {
        ip(step)?;
    }
    let mut server = Remote::start(FAR, &["server"])?;
    server.ask("count")?;
    Ok((path, server))
}

/// Has a namespace pass on what is not for itself.
pub(crate) fn forward(namespace: &str) -> io::Result<()> {
    let switch = "echo 1 > /proc/sys/net/ipv4/ip_forward";
    run(&mut inside(namespace, &["sh", "-ec", switch]))
}

/// How TCP reacts to loss here.
pub(crate) fn congestion_control() -> io::Result<String> {
    let setting = "/proc/sys/net/ipv4/tcp_congestion_control";
    Ok(says(&mut inside(ENGINE, &["cat", setting]))?
        .trim()
        .to_owned())
}

/// Makes a namespace with loopback.
pub(crate) fn add_namespace(name: &str) -> io::Result<()> {
    ip(&format!("netns add {name}"))?;
    ip(&format!("-n {name} link set lo up"))?;
    run(inside(name, &["sh", "-ec", SETTINGS]).stdout(Stdio::null()))
}

/// Runs `ip` (iproute2) with these words.
pub(crate) fn ip(words: &str) -> io::Result<()> {
    let words: Vec<&str> = words.split_whitespace().collect();
    run(command(&["ip"]).args(words))
}

/// What `ip` prints.
pub(crate) fn ip_says(words: &str) -> io::Result<String> {
    let output = command(&["ip"]).args(words.split_whitespace()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command in a namespace; its process id is the program's own.
pub(crate) fn inside(namespace: &str, words: &[&str]) -> Command {
    let mut command = command(&["nsenter"]);
    command
        .arg(format!("--net=/run/netns/{namespace}"))
        .arg("--")
        .args(words);
    command
}

/// Whether a program of this name is installed.
pub(crate) fn exists(program: &str) -> bool {
    PATH.split(':')
        .any(|folder| std::path::Path::new(folder).join(program).exists())
}

fn command(words: &[&str]) -> Command {
    let (program, rest) = words.split_first().unwrap_or((&"false", &[]));
    let mut command = Command::new(program);
    command.args(rest).env("PATH", PATH).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> io::Result<()> {
    says(command).map(drop)
}

/// What a program prints, if it ends well.
pub(crate) fn says(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {}", told.trim())))
}
