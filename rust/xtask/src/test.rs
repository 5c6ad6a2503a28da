//! `cargo xtask test`: everything CI runs, with its own set-up.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use crate::report::{Outcome, Report};
use crate::{apk, bench, cargo, fuzz, memory, packages, planted, soak, walls};

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// What every change must pass.
    Quick,
    /// The sizes the project promises: 1 GB each way, 100,000 connections.
    Full,
}

/// Runs every step, whether or not one before it failed.
pub(crate) fn run(tier: Tier) -> ExitCode {
    let mut report = Report::default();
    report.step("toolchain", toolchain);
    report.step("packages", packages::ensure);
    report.step("format", || step(cargo().args(["fmt", "--all", "--check"])));
    report.step("walls", walls::check);
    report.step("lints", || {
        let mut clippy = cargo();
        clippy.args([
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-Dwarnings",
        ]);
        step(&mut clippy)
    });
    let mut gasket = None;
    report.step("gasket", || match build_gasket() {
        Ok(path) => {
            gasket = Some(path);
            Outcome::Passed
        }
        Err(error) => Outcome::Failed(error),
    });
    let mut tally = Tally::default();
    report.step("tests", || tests(tier, gasket.as_deref(), &mut tally));
    report.step("instructions", bench::check_instructions);
    report.step("fuzzing", fuzz::check);
    report.step("phone's library", || {
        apk::native::emulate::check(tier == Tier::Full)
    });
    report.step("style of Kotlin", apk::check_style);
    report.step("app", || {
        let (outcome, app) = apk::check();
        tally.passed += app.passed;
        tally.failed += app.failed;
        tally.ignored += app.skipped;
        outcome
    });
    report.step("licences and advisories", deny);
    if tier == Tier::Full {
        report.step("planted mistakes", || planted::check(&[]));
        memory::check(&mut report);
        report.step("soak", soak::check);
    }

    report.skipped_tests(tally.skipped.iter().cloned());
    let passed = report.close();
    // A test that skipped itself is counted as passed by its runner.
    let (skipped, counted) = (tally.skipped.len(), tally.passed);
    let ran = counted.saturating_sub(skipped);
    println!(
        "{ran} passed, {} failed, {} skipped",
        tally.failed,
        skipped + tally.ignored
    );
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The components the steps below run; rustup fetches what is missing.
fn toolchain() -> Outcome {
    let runs = |arguments: &[&str]| {
        let mut command = cargo();
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let components = [
        ("clippy", ["clippy", "--version"]),
        ("rustfmt", ["fmt", "--version"]),
    ];
    let missing: Vec<&str> = components
        .iter()
        .filter(|(_, check)| !runs(check))
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        return Outcome::Passed;
    }
    println!("installing: {}", missing.join(" "));
    step(
        Command::new("rustup")
            .current_dir(crate::root())
            .args(["component", "add"])
            .args(missing),
    )
}

/// How `timeout` ends where the time was not enough.
pub(crate) const TIMED_OUT: i32 = 124;

/// The names of tests from what `--list --format terse` printed: lines `NAME: test`.
pub(crate) fn listed(printed: &[u8]) -> Vec<String> {
    let printed = String::from_utf8_lossy(printed);
    let names = printed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

/// Runs a command to its end.
pub(crate) fn step(command: &mut Command) -> Outcome {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(status.to_string()),
        Err(error) => Outcome::Failed(format!(
            "{}: {error}",
            command.get_program().to_string_lossy()
        )),
    }
}

/// Builds the `gasket` that the network tests run, optimised but quick to link; its path.
fn build_gasket() -> Result<PathBuf, String> {
    let mut build = cargo();
    build.args([
        "build",
        "--locked",
        "--profile",
        "ci",
        "--package",
        "gasket-cli",
    ]);
    build.args(["--bin", "gasket"]);
    build_executable(&mut build)
}

/// Runs a `cargo build` of one program; its path.
pub(crate) fn build_executable(build: &mut Command) -> Result<PathBuf, String> {
    let output = build
        .args(["--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(output.status.to_string());
    }
    executable(&String::from_utf8_lossy(&output.stdout)).ok_or("cargo named no executable".into())
}

/// The path in cargo's one `"executable":"…"` message that names a file.
fn executable(messages: &str) -> Option<PathBuf> {
    let (_, rest) = messages.rsplit_once("\"executable\":\"")?;
    let (path, _) = rest.split_once('"')?;
    Some(PathBuf::from(path))
}

fn tests(tier: Tier, gasket: Option<&std::path::Path>, tally: &mut Tally) -> Outcome {
    let mut command = cargo();
    command.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    if tier == Tier::Full {
        command.env("GASKET_TEST_FULL", "1");
    }
    if let Some(gasket) = gasket {
        command.env("GASKET_BIN", gasket);
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let errors = child.stderr.take();
    let stderr =
        thread::spawn(move || errors.map(|pipe| forward(pipe, |line| eprintln!("{line}"))));
    let mut lines = child
        .stdout
        .take()
        .map_or_else(Vec::new, |pipe| forward(pipe, |line| println!("{line}")));
    lines.extend(stderr.join().ok().flatten().unwrap_or_default());
    tally.read(&lines);
    match child.wait() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(format!("{status}\n{}", failures(&lines).join("\n"))),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// Shows every line as it comes, and gives back all.
fn forward(pipe: impl Read, show: impl Fn(&str)) -> Vec<String> {
    let lines = BufReader::new(pipe).split(b'\n').map_while(Result::ok);
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    lines.inspect(|line| show(line)).collect()
}

/// What the tests that failed said.
fn failures(lines: &[String]) -> Vec<String> {
    stretches(
        lines,
        |line| line.starts_with("---- ") && line.ends_with(" ----"),
        |line| line == "failures:" || line.starts_with(Tally::RESULT),
    )
}

/// The first [`SHOWN`] lines of each stretch from one that `begins` it to before one that `ends` it: a long run's end
/// is often all that is kept of it.
pub(crate) fn stretches(
    lines: &[String],
    begins: impl Fn(&str) -> bool,
    ends: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = 0;
    for line in lines {
        if begins(line) {
            left = SHOWN;
        } else if ends(line) {
            left = 0;
        }
        if left > 0 {
            left -= 1;
            found.push(line.clone());
        }
    }
    found
}

/// How many lines of a failed test the summary repeats.
const SHOWN: usize = 40;

/// What the test runners said at their end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
    /// `name: why` of each test that could not run here.
    skipped: Vec<String>,
}

impl Tally {
    const RESULT: &str = "test result: ";
    const SKIPPED: &str = "skipped: ";

    fn read(&mut self, lines: &[String]) {
        for line in lines {
            if let Some(test) = line.strip_prefix(Self::SKIPPED) {
                self.skipped.push(test.to_owned());
            } else if line.starts_with(Self::RESULT) {
                self.passed += count(line, "passed");
                self.failed += count(line, "failed");
                self.ignored += count(line, "ignored");
            }
        }
    }
}

/// The number before `word` in `test result: ok. 3 passed; 0 failed; 0 ignored; …`.
fn count(line: &str, word: &str) -> usize {
    let words: Vec<&str> = line
        .split([' ', ';', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    let found = words.windows(2).find(|pair| pair[1] == word);
    found.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

fn deny() -> Outcome {
    let present = cargo().args(["deny", "--version"]).output();
    if !present.is_ok_and(|output| output.status.success()) {
        return Outcome::Skipped("cargo-deny is not installed".to_owned());
    }
    step(cargo().args(["deny", "--locked", "check"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_added_up() {
        let mut tally = Tally::default();
        tally.read(&[
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out"
                .to_owned(),
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured".to_owned(),
            "skipped: ssh_works: no sshd".to_owned(),
        ]);
        assert_eq!((tally.passed, tally.failed, tally.ignored), (15, 2, 1));
        assert_eq!(tally.skipped, ["ssh_works: no sshd"]);
    }

    #[test]
    fn what_failed_tests_said_is_kept_without_what_is_around_it() {
        let said = [
            "test good ... ok",
            "failures:",
            "",
            "---- bad stdout ----",
            "thread 'bad' panicked at src/lib.rs:1:1:",
            "failures:",
            "    bad",
            "test result: FAILED. 1 passed; 1 failed",
        ];
        let kept = failures(&said.map(str::to_owned));
        assert_eq!(kept, said[3..5]);
    }

    #[test]
    fn a_failed_test_that_says_much_is_cut_short() {
        let mut said = vec!["---- bad stdout ----".to_owned()];
        said.extend((0..1000).map(|line| line.to_string()));
        assert_eq!(failures(&said), said[..SHOWN]);
    }

    #[test]
    fn the_executable_is_read_from_cargos_messages() {
        let messages = "{\"executable\":null}\n{\"executable\":\"/t/ci/gasket\",\"fresh\":true}\n{\"reason\":\"build-finished\"}";
        assert_eq!(executable(messages), Some(PathBuf::from("/t/ci/gasket")));
    }
}
