//! `cargo xtask bench [WHAT]`: what it costs, measured on this machine.

mod network;

use std::process::{Command, ExitCode};

use crate::report::Outcome;
use crate::test::build_executable;
use crate::{cargo, packages};

/// What can be measured besides the network.
const BENCHES: [&str; 3] = ["inspect", "packet", "flow"];

/// Runs one bench; its exit code is ours.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let Some((what, rest)) = arguments.split_first() else {
        return network::run(arguments);
    };
    if what.starts_with("--") {
        return network::run(arguments);
    }
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let outcome = match (what.as_str(), rest.as_slice()) {
        ("inspect", rest) => bench_of_tests("inspect", rest),
        ("packet" | "flow", ["--accept"]) => count_instructions("--accept"),
        (what @ ("packet" | "flow"), []) => {
            bench_of_tests("stages", &[what]).and_then(|()| count_instructions(what))
        }
        _ => {
            eprintln!(
                "xtask: cannot read `{}`. Known: {}",
                arguments.join(" "),
                BENCHES.join(", ")
            );
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the core's hot stages take no more instructions than their committed baseline allows.
pub(crate) fn check_instructions() -> Outcome {
    let installed = packages::ensure_these(&["valgrind"]);
    if !packages::exists("valgrind") {
        let why = match installed {
            Outcome::Passed => String::from("valgrind does not start"),
            Outcome::Skipped(why) | Outcome::Failed(why) => why,
        };
        return Outcome::Skipped(format!("no instructions are counted: {why}"));
    }
    match count_instructions("--check") {
        Ok(()) => Outcome::Passed,
        Err(why) => Outcome::Failed(why),
    }
}

/// Runs one bench of `tests/` with these words.
fn bench_of_tests(bench: &str, words: &[&str]) -> Result<(), String> {
    let mut command = cargo();
    command.args(["bench", "--locked", "--package", "gasket-tests"]);
    command.args(["--bench", bench, "--"]).args(words);
    succeed(&mut command)
}

/// Runs the program that counts instructions, built as the network tests' `gasket` is.
fn count_instructions(word: &str) -> Result<(), String> {
    let mut build = cargo();
    build.args(["build", "--locked", "--profile", "ci"]);
    build.args(["--package", "gasket-tests", "--bin", "stage-counts"]);
    let program = build_executable(&mut build)?;
    succeed(Command::new(program).arg(word))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(format!("{}: {error}", command.get_program().display())),
    }
}
