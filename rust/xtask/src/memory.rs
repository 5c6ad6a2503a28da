//! `cargo xtask memory`: the core under Miri, the engine under the address and thread sanitizers.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use crate::report::{Outcome, Report};
use crate::test::{build_executable, step};
use crate::{cargo, root};

/// Tests that take longer than this compiled would take minutes interpreted: they are fuzzers and generators.
const MIRI_MOST_S: f64 = 0.01;

/// What the sanitizers build for: they want it named, so that build scripts stay as they are.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// The network tests that move much, often, and through everything that can break.
const NETWORK: [&str; 3] = ["transfers::", "dialects::", "lifecycle::"];

/// Runs all three; the exit code says whether nothing was found.
pub(crate) fn run() -> ExitCode {
    let mut report = Report::default();
    check(&mut report);
    if report.close() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The steps, for `cargo xtask test --full`.
pub(crate) fn check(report: &mut Report) {
    let mut is_there = false;
    report.step("nightly toolchain", || {
        let outcome = toolchain();
        is_there = outcome == Outcome::Passed;
        outcome
    });
    if !is_there {
        return;
    }
    report.step("core under Miri", miri);
    report.step("engine under AddressSanitizer", || sanitized("address"));
    report.step("engine under ThreadSanitizer", || sanitized("thread"));
}

/// Miri and the standard library's source come with nightly only.
fn toolchain() -> Outcome {
    let install = Command::new("rustup")
        .args(["toolchain", "install", "nightly", "--profile", "minimal"])
        .args(["--no-self-update", "--component", "miri,rust-src"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match install {
        Ok(status) if status.success() => Outcome::Passed,
        _ => Outcome::Skipped("rustup cannot install nightly with miri and rust-src".to_owned()),
    }
}

fn miri() -> Outcome {
    let quick = match quick_tests() {
        Ok(quick) => quick,
        Err(why) => return Outcome::Failed(why),
    };
    let slow = quick.slow;
    println!(
        "{} tests, {slow} too slow to be interpreted",
        quick.names.len()
    );
    let mut miri = nightly();
    miri.args(["miri", "test", "--locked", "--package", "gasket-core"]);
    miri.args(["--lib", "--", "--exact"]).args(&quick.names);
    // The tests write nothing; some read files of the repository.
    miri.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    miri.env("CARGO_TARGET_DIR", target("miri"));
    step(&mut miri)
}

#[derive(Debug, PartialEq)]
struct Quick {
    names: Vec<String>,
    slow: usize,
}

/// The core's unit tests that are quick when compiled.
fn quick_tests() -> Result<Quick, String> {
    let mut timed = nightly();
    timed.args(["test", "--locked", "--package", "gasket-core", "--lib"]);
    timed.args(["--", "-Zunstable-options", "--report-time"]);
    timed.args(["--test-threads", "1"]);
    timed.env("CARGO_TARGET_DIR", target("nightly"));
    let output = timed.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("the core's own tests: {}", output.status));
    }
    let quick = quick_of(&String::from_utf8_lossy(&output.stdout));
    if quick.names.is_empty() {
        return Err("no line `test NAME ... ok <0.001s>` in what the tests said".to_owned());
    }
    Ok(quick)
}

/// From the lines `test NAME ... ok <0.001s>`.
fn quick_of(said: &str) -> Quick {
    let tests = said.lines().filter_map(|line| {
        let (name, took) = line.strip_prefix("test ")?.split_once(" ... ok <")?;
        Some((name.to_owned(), took.strip_suffix("s>")?.parse().ok()?))
    });
    let (quick, slow): (Vec<_>, Vec<_>) = tests.partition(|(_, took)| *took <= MIRI_MOST_S);
    Quick {
        names: quick
            .into_iter()
            .map(|(name, _): (String, f64)| name)
            .collect(),
        slow: slow.len(),
    }
}

/// The engine's unit tests, and network tests through a `gasket` that was built with `sanitizer`.
fn sanitized(sanitizer: &str) -> Outcome {
    let tests = step(
        built_with(sanitizer)
            .args(["test", "--package", "gasket-engine"])
            .args(BUILD),
    );
    if tests != Outcome::Passed {
        return tests;
    }
    let mut build = built_with(sanitizer);
    build.args(["build", "--package", "gasket-cli", "--bin", "gasket"]);
    let gasket = match build_executable(build.args(BUILD)) {
        Ok(gasket) => gasket,
        Err(why) => return Outcome::Failed(why),
    };
    let mut network = cargo();
    network.args(["test", "--locked", "--package", "gasket-tests"]);
    network.args(["--test", "netns", "--"]).args(NETWORK);
    // What is reported ends the program with an exit code that no test expects.
    network.env("GASKET_BIN", gasket);
    step(&mut network)
}

const BUILD: [&str; 4] = ["--locked", "-Zbuild-std", "--target", HOST];

fn built_with(sanitizer: &str) -> Command {
    let mut command = nightly();
    command.env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"));
    command.env("CARGO_TARGET_DIR", target(sanitizer));
    command
}

/// rustup's cargo, since the one that started us is of the stable toolchain.
fn nightly() -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo"])
        .current_dir(root());
    // Set for us by the cargo that started us; they would name its own compiler.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

/// A build folder of its own each: other flags would have everything built anew.
fn target(name: &str) -> PathBuf {
    root().join("target").join("memory").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_apart_by_what_they_took() {
        let said = "running 3 tests\n\
            test a::quick ... ok <0.001s>\n\
            test b::slow ... ok <1.234s>\n\
            test c::edge ... ok <0.010s>\n\
            test d::ignored ... ignored\n\n\
            test result: ok. 3 passed; 0 failed";
        let names = ["a::quick", "c::edge"].map(str::to_owned).to_vec();
        assert_eq!(quick_of(said), Quick { names, slow: 1 });
    }
}
