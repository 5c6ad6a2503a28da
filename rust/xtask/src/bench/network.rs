//! `cargo xtask bench`: builds `gasket` as phones get it, fetches the other engines, and runs the network bench
//! of `tests/bench/network` with them.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::report::Outcome;
use crate::test::build_executable;
use crate::{cargo, packages, root};

/// Other engines, programs that are measured through ours, and the tools that make the namespaces; names of Debian 12.
const PACKAGES: [&str; 7] = [
    "chromium-headless-shell",
    "curl",
    "iperf3",
    "iproute2",
    "passt",
    "slirp4netns",
    "util-linux",
];

/// The other engine that is a crate; its program is `tun2proxy-bin`.
const TUN2PROXY: &str = "tun2proxy@0.8.7";

/// Where whole runs write.
const DOCUMENT: &str = "docs/PERFORMANCE.md";

/// Runs the network bench; `arguments` go to it. A run without any writes the document.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    match packages::ensure_these(&PACKAGES) {
        Outcome::Passed => {}
        // The bench names the engines that are missing and measures the others.
        Outcome::Skipped(why) | Outcome::Failed(why) => eprintln!("xtask: {why}"),
    }
    let built = (
        release("gasket-cli", "gasket"),
        release("gasket-tests", "network-bench"),
    );
    let (gasket, bench) = match built {
        (Ok(gasket), Ok(bench)) => (gasket, bench),
        (Err(why), _) | (_, Err(why)) => {
            eprintln!("xtask: it does not build: {why}");
            return ExitCode::FAILURE;
        }
    };
    // It ends with this process, however that ends.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).arg(bench);
    command.arg("--gasket").arg(gasket);
    command.arg("--json").arg(root().join("target/bench.json"));
    match tun2proxy() {
        Ok(path) => {
            command.arg("--tun2proxy").arg(path);
        }
        Err(why) => eprintln!("xtask: no tun2proxy: {why}"),
    }
    if arguments.is_empty() {
        command.arg("--document").arg(root().join(DOCUMENT));
    }
    match command.args(arguments).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: the bench does not start by setpriv (util-linux): {error}");
            ExitCode::from(3)
        }
    }
}

/// Builds a program as it ships.
fn release(package: &str, program: &str) -> Result<PathBuf, String> {
    let mut build = cargo();
    build.args(["build", "--locked", "--release"]);
    build.args(["--package", package, "--bin", program]);
    build_executable(&mut build)
}

/// Builds tun2proxy, once, beside our own products.
fn tun2proxy() -> Result<PathBuf, String> {
    let folder = root().join("target/peers");
    let program = folder.join("bin/tun2proxy-bin");
    if program.exists() {
        return Ok(program);
    }
    println!("building: {TUN2PROXY}");
    let mut install = cargo();
    install.args(["install", "--locked", "--root"]).arg(&folder);
    install.arg("--target-dir").arg(folder.join("build"));
    install.args(["--bin", "tun2proxy-bin", TUN2PROXY]);
    match install.status() {
        Ok(status) if status.success() => Ok(program),
        Ok(status) => Err(format!("cargo install {TUN2PROXY}: {status}")),
        Err(error) => Err(error.to_string()),
    }
}
