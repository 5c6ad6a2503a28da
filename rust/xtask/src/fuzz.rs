//! `cargo xtask fuzz`: libFuzzer on the targets of `tests/fuzz`, with stable Rust.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::report::Outcome;
use crate::{cargo, packages, root, test, workers};

/// Seconds a target gets unless told otherwise.
const SECONDS: u32 = 60;
/// Seconds a target gets in `cargo xtask test`.
const SECONDS_IN_TEST: u32 = 15;
const JOBS: usize = 2;
/// Seconds after which an input counts as one that hangs.
const HANGS_AFTER: u32 = 20;

/// What makes code tell libFuzzer where it has been and what it has compared (LLVM's
/// SanitizerCoverage; cargo-fuzz asks for the same).
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// Empty for all.
    targets: Vec<String>,
    seconds: u32,
    jobs: usize,
}

/// `cargo xtask fuzz [TARGET…] [--seconds N] [--jobs N]`.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let outcome = Plan::read(arguments).and_then(|plan| match missing_compiler() {
        Some(why) => Err(why),
        None => fuzz(plan),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The step of `cargo xtask test`.
pub(crate) fn check() -> Outcome {
    if let Some(why) = missing_compiler() {
        return Outcome::Skipped(why);
    }
    let plan = Plan {
        targets: Vec::new(),
        seconds: SECONDS_IN_TEST,
        jobs: JOBS,
    };
    match fuzz(plan) {
        Ok(()) => Outcome::Passed,
        Err(problem) => Outcome::Failed(problem),
    }
}

impl Plan {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let mut plan = Self {
            targets: Vec::new(),
            seconds: SECONDS,
            jobs: JOBS,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut number = || {
                let number = rest.next().and_then(|text| text.parse().ok());
                number
                    .filter(|number| *number > 0)
                    .ok_or_else(|| format!("{argument} needs a whole number from 1 on"))
            };
            match argument.as_str() {
                "--seconds" => plan.seconds = number()?,
                "--jobs" => plan.jobs = number()? as usize,
                flag if flag.starts_with('-') => return Err(format!("fuzz knows no `{flag}`")),
                target => plan.targets.push(target.to_owned()),
            }
        }
        Ok(plan)
    }
}

/// libFuzzer is C++, and compiled here.
fn missing_compiler() -> Option<String> {
    let there = std::env::var_os("CXX").is_some() || packages::exists("c++");
    (!there)
        .then(|| String::from("no C++ compiler (c++, of the Debian package g++), so no libFuzzer"))
}

/// Fuzzes as planned; what was found is the error.
fn fuzz(plan: Plan) -> Result<(), String> {
    let known = targets()?;
    if let Some(unknown) = plan.targets.iter().find(|target| !known.contains(target)) {
        return Err(format!(
            "no target `{unknown}`; there are: {}",
            known.join(" ")
        ));
    }
    let chosen = if plan.targets.is_empty() {
        known
    } else {
        plan.targets
    };
    let binary = build()?;
    println!(
        "{:<13} {:>10} {:>8} {:>6} {:>6}",
        "target", "runs", "runs/s", "edges", "inputs"
    );
    let fuzzed = workers::each(&chosen, plan.jobs, |_, target| {
        let fuzzed = fuzz_one(&binary, target, plan.seconds);
        fuzzed.map_err(|problem| {
            println!("{target:<13} {problem}");
            format!("{target}: {problem}")
        })
    });
    let problems: Vec<String> = fuzzed.into_iter().filter_map(Result::err).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

/// Each target has a folder of inputs; the replay test holds the two together.
fn targets() -> Result<Vec<String>, String> {
    let folder = seeds();
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut targets: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    targets.sort_unstable();
    Ok(targets)
}

fn seeds() -> PathBuf {
    root().join("tests/fuzz/corpus")
}

fn work() -> PathBuf {
    root().join("target/fuzz")
}

/// Builds the one binary that has all targets; its path.
fn build() -> Result<PathBuf, String> {
    let mut command = cargo();
    command
        .args(["build", "--locked", "--profile", "fuzz"])
        // With a target named, build scripts and macros are not instrumented.
        .args(["--target", &host()?])
        .arg("--target-dir")
        .arg(work())
        .args(["--package", "gasket-tests", "--features", "libfuzzer"])
        .args(["--bin", "fuzz-target"])
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", COVERAGE);
    test::build_executable(&mut command)
}

/// The triple of this machine.
fn host() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").current_dir(root()).output();
    let output = output.map_err(|error| format!("rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| String::from("rustc -vV names no host"))
}

/// Lets libFuzzer run on one target, and prints a line about it.
fn fuzz_one(binary: &Path, target: &str, seconds: u32) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    let (inputs, findings) = (
        work().join("corpus").join(target),
        work().join("findings").join(target),
    );
    for folder in [&inputs, &findings] {
        fs::create_dir_all(folder).map_err(told)?;
    }
    let log = work().join(format!("{target}.log"));
    let mut prefix = std::ffi::OsString::from("-artifact_prefix=");
    prefix.push(&findings);
    prefix.push("/");
    let status = Command::new(binary)
        .current_dir(work())
        .env("GASKET_FUZZ_TARGET", target)
        .args([&inputs, &seeds().join(target)])
        .arg(prefix)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={HANGS_AFTER}"))
        .arg("-print_final_stats=1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).map_err(told)?)
        .status()
        .map_err(told)?;
    let said = String::from_utf8_lossy(&fs::read(&log).map_err(told)?).into_owned();
    if !status.success() {
        return Err(finding(&said, &log));
    }
    let figures = Figures::read(&said);
    if figures.runs == 0 {
        return Err(format!("ran nothing: see {}", log.display()));
    }
    println!(
        "{target:<13} {:>10} {:>8} {:>6} {:>6}",
        figures.runs, figures.per_second, figures.edges, figures.inputs
    );
    Ok(())
}

/// The input that broke a promise, and how to see it again.
fn finding(said: &str, log: &Path) -> String {
    let written = said
        .lines()
        .rev()
        .find_map(|line| line.split_once("Test unit written to "));
    match written {
        Some((_, file)) => format!(
            "FINDING {file}\n  see {}; again: GASKET_FUZZ_INPUT={file} cargo test -p gasket-tests --test fuzz named",
            log.display()
        ),
        None => format!("libFuzzer failed: see {}", log.display()),
    }
}

/// What libFuzzer says at its end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    runs: u64,
    per_second: u64,
    /// Edges of the control flow that some input took.
    edges: u64,
    /// Inputs kept because each took a new one.
    inputs: u64,
}

impl Figures {
    fn read(said: &str) -> Self {
        let after = |word: &str| {
            let (_, rest) = said.rsplit_once(word)?;
            let digits = rest
                .trim_start()
                .split(|c: char| !c.is_ascii_digit())
                .next()?;
            digits.parse().ok()
        };
        let figure = |word| after(word).unwrap_or(0);
        Self {
            runs: figure("stat::number_of_executed_units:"),
            per_second: figure("stat::average_exec_per_sec:"),
            edges: figure(" cov: "),
            inputs: figure(" corp: "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn targets_and_numbers_are_read_in_any_order() {
        let plan = Plan::read(&words("tls --seconds 5 http --jobs 1")).expect("a plan");
        assert_eq!(plan.targets, ["tls", "http"]);
        assert_eq!((plan.seconds, plan.jobs), (5, 1));
        for wrong in ["--seconds", "--seconds soon", "--jobs 0", "--forever"] {
            assert!(Plan::read(&words(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_figures_count() {
        let said = "#1 INITED cov: 3 ft: 4 corp: 1/1b exec/s: 0\n\
             #900 DONE   cov: 120 ft: 310 corp: 22/1037b lim: 4 exec/s: 60 rss: 30Mb\n\
             stat::number_of_executed_units: 900\n\
             stat::average_exec_per_sec:     60\n";
        let figures = Figures {
            runs: 900,
            per_second: 60,
            edges: 120,
            inputs: 22,
        };
        assert_eq!(Figures::read(said), figures);
        assert_eq!(Figures::read(""), Figures::default());
    }

    #[test]
    fn a_finding_says_how_to_see_it_again() {
        let said =
            "panicked\nartifact_prefix='/t/'; Test unit written to /t/tls/crash-1\nBase64: AA==";
        let told = finding(said, Path::new("/t/tls.log"));
        assert!(
            told.contains("GASKET_FUZZ_INPUT=/t/tls/crash-1 cargo test"),
            "{told}"
        );
        assert!(finding("", Path::new("/t/tls.log")).contains("/t/tls.log"));
    }
}
