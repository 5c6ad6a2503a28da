//! The one script for desk and CI: `cargo xtask demo`, `cargo xtask test`, `cargo xtask native`.

mod apk;
mod bench;
mod detect;
mod fuzz;
#[cfg(test)]
mod licences;
mod memory;
mod mutants;
mod packages;
mod planted;
mod report;
mod soak;
mod source;
mod tables;
mod test;
mod walls;
mod workers;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

const HELP: &str = "\
cargo xtask COMMAND

  demo [ARGS…]     build `gasket` and re-enact the incidents: ARGS go to `gasket demo`
  bench [--quick] [--only PART]…
                   the network: Gasket beside a bare link, tun2proxy, slirp4netns and pasta; target/bench.json, and
                   docs/PERFORMANCE.md after a whole run (8 minutes); --quick: 3 minutes, noisier;
                   --only: figures whose name contains PART
  bench packet|flow [--accept]
                   what the core does for a packet or a flow: time, instructions; --accept: the counts become the
                   baseline that `test` holds the core to (+10 %)
  bench inspect    what a verdict costs: time, allocations, instructions, and whether the promises are kept
  detect [--quick] how well identifiers are detected: tables, target/detect.json and docs/DETECTION.md;
                   --quick: fewer requests, and the document stays as it is
  native [--abi ABI]…
                   the library of the Android app, for arm64-v8a, armeabi-v7a and x86_64
  emulate          loads that library into emulated ARM processors and calls it
  test [--full]    everything CI runs; --full adds the long ones (1 GB, 100,000 connections,
                   24 simulated days), `planted`, `memory` and five minutes of `soak`
  soak [--minutes N] [--seed N]
                   mixed traffic, leaks and faults at once through the optimised engine, 60 minutes unless told
                   otherwise; target/soak.json
  fuzz [TARGET…] [--seconds N] [--jobs N]
                   libFuzzer on what reads foreign bytes, 60 s each, two side by side; without TARGET: all
  memory [miri [--from TEST]] [address] [thread]
                   the core under Miri, the engine under the address and thread sanitizers, or those named; by nightly Rust
  mutants [--survivors | --unswitched] [PART…]
                   every small change of policy, flow and inspection that cargo-mutants lists, or of the files whose path
                   contains PART: a test must notice, or tests/mutants/ say why none need; --survivors: only those of the last run; --unswitched: only those built one by one
  planted [NAME…]  mistakes made on purpose (tests/planted/), one at a time: a test must notice each
  apk [--debug]    the signed APKs, target/gasket-VERSION.apk for phones and -x86_64.apk for emulators, with what is
                   promised of each asserted on the file;
                   --twice: build again from a copy elsewhere and compare the bytes;
                   --debug: quick, not shrunk; then also --without-native: without the Rust library
  android-test [NAME]
                   the app's tests on the JVM; only those whose name contains NAME
  screens [LOOK]   every screen of the app in every state and look, target/android/screens/index.html, and what
                   keeps someone from reading or touching it; LOOK: a part of tablet-dark-font2.0-rtl
  kotlin-style [--fix]
                   ktlint's official style and detekt over all Kotlin; --fix lets ktlint rewrite
  lock             resolve android/libraries.list into android/libraries.lock
  tables           make the committed tables anew of the packages that data/tables.lock names

All do their own set-up. As root with apt-get they install the Debian packages they use;
elsewhere they print the line to run, and the tests that need them are reported as skipped, by name.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    };
    match (command.as_str(), rest) {
        ("help" | "--help" | "-h", _) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        ("bench", rest) => bench::run(rest),
        ("demo", rest) => demo(rest),
        ("detect", []) => detect::run(false),
        ("detect", [flag]) if flag == "--quick" => detect::run(true),
        ("emulate", []) => apk::native::emulate::run(),
        ("fuzz", rest) => fuzz::run(rest),
        ("native", rest) => apk::native::run(rest),
        ("android-test", []) => apk::android_test(""),
        ("android-test", [filter]) if !filter.starts_with('-') => apk::android_test(filter),
        ("soak", rest) => soak::run(rest),
        ("screens", []) => apk::screens(""),
        ("screens", [filter]) if !filter.starts_with('-') => apk::screens(filter),
        ("apk", rest) => apk::apk(rest),
        ("memory", tools) => memory::run(tools),
        ("mutants", parts) => mutants::run(parts),
        ("planted", names) => planted::run(names),
        ("kotlin-style", []) => apk::kotlin_style(apk::Mode::Check),
        ("kotlin-style", [flag]) if flag == "--fix" => apk::kotlin_style(apk::Mode::Fix),
        ("lock", []) => apk::lock(),
        ("tables", []) => tables::run(),
        ("test", []) => test::run(test::Tier::Quick),
        ("test", [flag]) if flag == "--full" => test::run(test::Tier::Full),
        ("test", [flag]) if flag == "--help" || flag == "-h" => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("xtask: cannot read `{}`\n\n{HELP}", arguments.join(" "));
            ExitCode::from(2)
        }
    }
}

/// Builds and runs the demonstration; its exit code is ours.
fn demo(arguments: &[String]) -> ExitCode {
    let status = cargo()
        .args(["run", "--locked", "--profile", "ci"])
        .args(["--package", "gasket-cli", "--bin", "gasket", "--", "demo"])
        .args(arguments)
        .status();
    match status {
        Ok(status) => ExitCode::from(
            status
                .code()
                .map_or(1, |code| u8::try_from(code).unwrap_or(1)),
        ),
        Err(error) => {
            eprintln!("xtask: cannot start cargo: {error}");
            ExitCode::from(3)
        }
    }
}

/// The cargo that started us, at the root of the workspace.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// What cargo says of a program that took more of a processor than [`processor_limit`] gives: SIGXCPU, of which it has no name.
const OUT_OF_TIME: &str = "(signal: 24";

/// For `prlimit`: so many seconds of a processor for each process, which other work on the machine does not use up; some more until it is killed.
fn processor_limit(seconds: u64) -> String {
    format!("--cpu={seconds}:{}", seconds + 5)
}

/// `cargo test` of one file of the tests, optimised; which tests of it, and how, is still to be added.
fn optimised_test(file: &str) -> Command {
    let mut command = cargo();
    command.args(["test", "--locked", "--profile", "ci"]);
    command.args(["--package", "gasket-tests", "--test", file]);
    command
}

/// The root of the workspace.
fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        root.canonicalize().unwrap_or_else(|_| root.to_owned())
    });
    &ROOT
}
