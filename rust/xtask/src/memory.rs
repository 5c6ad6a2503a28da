//! `cargo xtask memory [miri [--from TEST]] [address] [thread]`: the core under Miri, the engine under the address and thread sanitizers.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use crate::report::{Outcome, Report};
use crate::test::{TIMED_OUT, build_executable, listed, step};
use crate::{OUT_OF_TIME, cargo, processor_limit, root, workers};

/// What a test is given under Miri, in seconds of a processor, where some tests take a thousand times as long as compiled.
const MIRI_MOST_S: u64 = 30;

/// The same in seconds of the clock, for a test that waits, and beside other work.
const MIRI_PATIENCE_S: &str = "150";

/// Tests that Miri interprets side by side; each is one thread.
const WORKERS: usize = 2;

/// What the sanitizers build for: they want it named, so that build scripts stay as they are.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// The network tests that move much, often, and through everything that can break.
const NETWORK: [&str; 3] = ["transfers::", "dialects::", "lifecycle::"];

/// What looks, by the word that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Miri,
    Address,
    Thread,
}

impl Tool {
    const ALL: [Self; 3] = [Self::Miri, Self::Address, Self::Thread];

    fn word(self) -> &'static str {
        match self {
            Self::Miri => "miri",
            Self::Address => "address",
            Self::Thread => "thread",
        }
    }

    /// Those that `words` name; without a word all.
    fn read(words: &[String]) -> Result<Vec<Self>, String> {
        if words.is_empty() {
            return Ok(Self::ALL.to_vec());
        }
        let of = |word: &String| {
            let tool = Self::ALL.into_iter().find(|tool| tool.word() == word);
            tool.ok_or_else(|| {
                format!("memory: cannot read `{word}`; expected miri, address or thread")
            })
        };
        words.iter().map(of).collect()
    }

    fn check(self, from: &str, report: &mut Report) {
        match self {
            Self::Miri => report.step("core under Miri", || miri(from)),
            Self::Address => report.step("engine under AddressSanitizer", || sanitized("address")),
            Self::Thread => report.step("engine under ThreadSanitizer", || sanitized("thread")),
        }
    }
}

/// Promises a time, which a sanitizer takes several times over.
const TIMED: &str = "lifecycle::sigterm_ends_it_within_a_second";

/// Runs those that `words` name, or all three; Miri from the test on whose name follows `--from`, or the first behind it, so that what was stopped goes on.
/// The exit code says whether nothing was found.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let (words, from) = match words {
        [words @ .., flag, from] if flag == "--from" => (words, &**from),
        words => (words, ""),
    };
    let tools = match Tool::read(words) {
        Ok(tools) => tools,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            return ExitCode::from(2);
        }
    };
    let mut report = Report::default();
    check_by(&tools, from, &mut report);
    if report.close() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The steps, for `cargo xtask test --full`.
pub(crate) fn check(report: &mut Report) {
    check_by(&Tool::ALL, "", report);
}

fn check_by(tools: &[Tool], from: &str, report: &mut Report) {
    let mut is_there = false;
    report.step("nightly toolchain", || {
        let outcome = toolchain();
        is_there = outcome == Outcome::Passed;
        outcome
    });
    if !is_there {
        return;
    }
    for tool in tools {
        tool.check(from, report);
    }
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

/// Each of the core's unit tests by itself, so that one that takes hours to be interpreted does not keep the others.
fn miri(from: &str) -> Outcome {
    let mut nightly = nightly();
    let output = interpreted(&mut nightly)
        .args(["--list", "--format", "terse"])
        .output();
    let mut names = match output {
        Ok(output) if output.status.success() => listed(&output.stdout),
        Ok(output) => return Outcome::Failed(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    names.sort_unstable();
    names.retain(|name| name.as_str() >= from);
    let ended = workers::each(&names, WORKERS, |_, name| {
        let one = Interpreted::of(name);
        println!("{name}: {}", one.word());
        one
    });
    let ended = names.iter().zip(ended).collect::<Vec<_>>();
    let too_long = ended.iter().filter(|(_, one)| *one == Interpreted::TooLong);
    let too_long: Vec<&str> = too_long.map(|(name, _)| name.as_str()).collect();
    println!(
        "{} tests, {} of them not to their end in {MIRI_MOST_S} s: {}",
        ended.len(),
        too_long.len(),
        too_long.join(", ")
    );
    let problems = ended.into_iter().filter_map(|(name, one)| match one {
        Interpreted::Failed(why) => Some(format!("{name}: {why}")),
        Interpreted::Passed | Interpreted::TooLong => None,
    });
    Outcome::from_problems(&problems.collect::<Vec<_>>())
}

/// How a test ended under Miri.
#[derive(Debug, PartialEq, Eq)]
enum Interpreted {
    Passed,
    Failed(String),
    TooLong,
}

impl Interpreted {
    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "FAILED",
            Self::TooLong => "not to its end",
        }
    }

    fn of(name: &str) -> Self {
        let mut limited = Command::new("prlimit");
        limited.arg(processor_limit(MIRI_MOST_S));
        limited.args(["timeout", "--kill-after", "5", MIRI_PATIENCE_S]);
        let nightly = nightly();
        limited.arg(nightly.get_program()).args(nightly.get_args());
        for (variable, value) in nightly.get_envs() {
            match value {
                Some(value) => limited.env(variable, value),
                None => limited.env_remove(variable),
            };
        }
        limited.current_dir(root());
        match interpreted(&mut limited).args(["--exact", name]).output() {
            Ok(output) if output.status.success() => Self::Passed,
            Ok(output) if output.status.code() == Some(TIMED_OUT) => Self::TooLong,
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                if said.contains(OUT_OF_TIME) {
                    Self::TooLong
                } else {
                    Self::Failed(said)
                }
            }
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

/// The core's unit tests under Miri; which, is still to be added.
fn interpreted(command: &mut Command) -> &mut Command {
    command.args(["miri", "test", "--locked", "--package", "gasket-core"]);
    command.args(["--lib", "--"]).stdin(Stdio::null());
    // The tests write nothing; some read files of the repository.
    command.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    command.env("CARGO_TARGET_DIR", target("miri"))
}

/// The engine's unit tests, and network tests through a `gasket` that was built with `sanitizer`.
fn sanitized(sanitizer: &str) -> Outcome {
    let tests = step(
        built_with(sanitizer)
            // Examples in the documentation are built by rustdoc, without the sanitizer.
            .args(["test", "--package", "gasket-engine", "--lib"])
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
    network.args(["--skip", TIMED]);
    // What is reported ends the program with an exit code that no test expects.
    network.env("GASKET_BIN", gasket);
    // What was freed is kept for a while, so that its use is noticed; a test looks at what the engine grows by.
    network.env("ASAN_OPTIONS", "quarantine_size_mb=2");
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
    fn words_choose_and_others_are_refused() {
        let read = |words: &[&str]| {
            let words = words.iter().map(|word| (*word).to_owned());
            Tool::read(&words.collect::<Vec<_>>())
        };
        assert_eq!(read(&[]), Ok(Tool::ALL.to_vec()));
        assert_eq!(
            read(&["thread", "address"]),
            Ok(vec![Tool::Thread, Tool::Address])
        );
        assert!(read(&["adress"]).is_err_and(|why| why.contains("`adress`")));
    }
}
