//! The Debian packages whose programs the tests run.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::report::Outcome;

/// What the network tests start: servers, ordinary clients, and the capture; what the phone's
/// library is built and tested with; and what compiles libFuzzer. Names of Debian 12.
const PACKAGES: [&str; 24] = [
    "chromium-headless-shell",
    "clang-14",
    "curl",
    "dnsmasq-base",
    "dnsutils",
    "fcgiwrap",
    "g++",
    "git",
    "iperf3",
    "iproute2",
    "iputils-ping",
    "maven",
    "nginx-light",
    "openjdk-17-jdk-headless",
    "openssh-client",
    "openssh-server",
    "openssl",
    "python3",
    "python3-dnspython",
    "python3-requests",
    "python3-websockets",
    "tcpdump",
    "util-linux",
    "wget",
];

/// Pauses before the second and third try, for a mirror that is busy.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(20)];

/// Installs what is missing where that is possible, else says what to run.
pub(crate) fn ensure() -> Outcome {
    ensure_these(&PACKAGES)
}

/// As [`ensure`], for packages that a step of its own needs.
pub(crate) fn ensure_these(packages: &[&'static str]) -> Outcome {
    let Some(missing) = missing(packages) else {
        return Outcome::Skipped(format!(
            "no dpkg here; what is used are the programs of these Debian packages: {}",
            packages.join(" ")
        ));
    };
    if missing.is_empty() {
        return Outcome::Passed;
    }
    let line = format!(
        "apt-get install --no-install-recommends {}",
        missing.join(" ")
    );
    if !is_root() || !exists("apt-get") {
        println!("Install what is missing:\n  sudo {line}");
        return Outcome::Skipped(format!("missing: {}; run: sudo {line}", missing.join(" ")));
    }
    println!("installing: {}", missing.join(" "));
    // Servers are started by the tests, in their own namespaces; nothing is to start by itself.
    let install = |packages: &[&str]| {
        apt(
            &["install", "-y", "--no-install-recommends"],
            packages,
            &[("RUNLEVEL", "1")],
        )
    };
    if !with_retries(|| apt(&["update"], &[], &[])) || !with_retries(|| install(&missing)) {
        return Outcome::Failed(format!("apt-get failed; by hand: {line}"));
    }
    Outcome::Passed
}

/// The packages not installed; `None` where there is no dpkg.
fn missing(packages: &[&'static str]) -> Option<Vec<&'static str>> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\n"])
        .args(packages)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let installed = String::from_utf8_lossy(&output.stdout);
    Some(not_installed(packages, &installed))
}

fn not_installed(packages: &[&'static str], dpkg_lines: &str) -> Vec<&'static str> {
    let installed = |package: &str| {
        dpkg_lines
            .lines()
            .any(|line| line.split_once(' ') == Some((package, "installed")))
    };
    packages
        .iter()
        .copied()
        .filter(|package| !installed(package))
        .collect()
}

fn apt(arguments: &[&str], packages: &[&str], environment: &[(&str, &str)]) -> bool {
    Command::new("apt-get")
        .args([
            "-q",
            "-o",
            "Dpkg::Use-Pty=0",
            "-o",
            "DPkg::Lock::Timeout=120",
        ])
        .args(arguments)
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn with_retries(mut attempt: impl FnMut() -> bool) -> bool {
    if attempt() {
        return true;
    }
    RETRY_PAUSES.iter().any(|pause| {
        println!("apt-get failed; trying again in {} s", pause.as_secs());
        std::thread::sleep(*pause);
        attempt()
    })
}

pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Whether the program can be started by its name.
pub(crate) fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_package_with_its_configuration_left_is_missing() {
        let lines: String = PACKAGES
            .iter()
            .map(|package| match *package {
                "curl" => "curl config-files\n".to_owned(),
                "git" => String::new(),
                other => format!("{other} installed\n"),
            })
            .collect();
        assert_eq!(not_installed(&PACKAGES, &lines), ["curl", "git"]);
    }
}
