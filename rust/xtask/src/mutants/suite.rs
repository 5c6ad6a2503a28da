//! The tests that are to notice a mutant: built, listed, and run as processes of their own.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::switch::Id;
use crate::test::{self, TIMED_OUT};
use crate::{OUT_OF_TIME, processor_limit};

/// Target and package of the tests, quickest first. Those of the network are not among them: they test what runs the core.
const TARGETS: [(&str, &[&str]); 3] = [
    ("gasket-core", &["--lib"]),
    ("gasket-tests", &["--test", "fuzz"]),
    ("gasket-tests", &["--test", "sim"]),
];

/// Address space that a test may take, in bytes: a mutant that asks for more is stopped.
const MOST_MEMORY: u64 = 8 << 30;

/// Seconds of a processor that one run of the compiler may take for the core's own tests.
const BUILD_MOST_S: u64 = 180;

/// Seconds of a processor for all of the core's own tests, which usually take ten.
const CORE_MOST: Duration = Duration::from_secs(60);

/// Of what is limited in seconds of a processor, seconds of the clock for each: beside other work, and for what waits and never wakes.
const PATIENCE: u32 = 4;

/// What the compiler has against a constant that takes long to work out. Where that has no end, neither has the compiler, unless this is an error.
const ENDLESS: &str = "long_running_const_eval";

/// How `timeout` ends where it had to kill.
const KILLED: i32 = 137;

/// One program of tests.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    /// Where cargo would start it.
    folder: PathBuf,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    /// Which of the programs.
    pub(super) program: usize,
    pub(super) name: String,
    /// How long it took without a mutant.
    pub(super) took: Duration,
}

/// What the compiler had against the code.
#[derive(Debug)]
pub(super) struct Refusal {
    /// From the root of the tree.
    pub(super) file: String,
    pub(super) bytes: Range<usize>,
    pub(super) why: String,
    /// A constant comes to no end.
    pub(super) is_endless: bool,
}

/// What was built, or what the compiler had against it, which is nothing where it came to no end; the outer error is of cargo itself.
type Built<T> = Result<Result<T, Vec<Refusal>>, String>;

/// Builds all tests in `tree`, optimised but with every check: slow to build, quick to run.
pub(super) fn build(tree: &Path, target: &Path) -> Built<Vec<Program>> {
    let mut programs = Vec::new();
    for nth in 0..TARGETS.len() {
        let mut build = crate::cargo();
        // What no mutant is reason to stop for.
        build.env("RUSTFLAGS", "--cap-lints=warn");
        match build_one(build, nth, tree, target, &["--profile", "fuzz"])? {
            Ok(program) => programs.push(program),
            Err(refusals) => return Ok(Err(refusals)),
        }
    }
    Ok(Ok(programs))
}

/// Builds the core's own tests, quickly. What the compiler does not allow by default it refuses here, so that it stops at what is endless.
pub(super) fn build_core(tree: &Path, target: &Path) -> Built<Program> {
    let mut build = Command::new("prlimit");
    build.arg(processor_limit(BUILD_MOST_S));
    build.arg(crate::cargo().get_program());
    build_one(build, 0, tree, target, &[])
}

fn build_one(
    mut build: Command,
    nth: usize,
    tree: &Path,
    target: &Path,
    how: &[&str],
) -> Built<Program> {
    let (package, which) = TARGETS[nth];
    build.args(["test", "--locked", "--no-run", "--package", package]);
    build
        .args(which)
        .args(["--message-format", "json"])
        .args(how);
    build.current_dir(tree).env("CARGO_TARGET_DIR", target);
    let output = build.stdin(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.map_err(|error| format!("cargo: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let messages: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    if !output.status.success() {
        let refusals: Vec<Refusal> = messages.iter().filter_map(Refusal::read).collect();
        if refusals.is_empty() {
            let why = String::from_utf8_lossy(&output.stderr);
            if why.contains(OUT_OF_TIME) {
                return Ok(Err(refusals));
            }
            return Err(format!("cargo test --no-run: {}", why.trim()));
        }
        return Ok(Err(refusals));
    }
    let built = messages.iter().rev().find_map(Program::read);
    let built = built.ok_or("cargo named no program of tests")?;
    Ok(Ok(built))
}

impl Refusal {
    fn read(message: &Value) -> Option<Self> {
        let message = &message["message"];
        if message["level"] != "error" {
            return None;
        }
        let spans = message["spans"].as_array()?;
        let span = spans.iter().find(|span| span["is_primary"] == true)?;
        let byte = |name: &str| usize::try_from(span[name].as_u64()?).ok();
        Some(Self {
            file: span["file_name"].as_str()?.to_owned(),
            bytes: byte("byte_start")?..byte("byte_end")?,
            why: message["message"].as_str()?.to_owned(),
            is_endless: message["code"]["code"] == ENDLESS,
        })
    }
}

impl Program {
    fn read(message: &Value) -> Option<Self> {
        let is_test = message["profile"]["test"] == true;
        let path = message["executable"].as_str().filter(|_| is_test)?;
        let manifest = Path::new(message["manifest_path"].as_str()?);
        Some(Self {
            path: path.into(),
            folder: manifest.parent()?.to_owned(),
        })
    }

    /// The program, with so much time of a processor.
    fn command(&self, limit: Duration) -> Command {
        let mut command = Command::new("prlimit");
        command.arg(format!("--as={MOST_MEMORY}"));
        command.arg(processor_limit(limit.as_secs() + 1));
        command.args(["timeout", "--kill-after", "1"]);
        command.arg((limit * PATIENCE).as_secs().to_string());
        command.arg(&self.path).current_dir(&self.folder);
        command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// The tests of all programs, and which of them reach which mutant, as indices.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) tests: Vec<Test>,
    pub(super) by_mutant: HashMap<Id, Vec<usize>>,
}

/// Runs each test by itself, without a mutant.
pub(super) fn reached(programs: &[Program], scratch: &Path) -> Result<Reached, String> {
    let mut tests = Vec::new();
    let mut by_mutant: HashMap<Id, Vec<usize>> = HashMap::new();
    let file = scratch.join("reached");
    for (number, program) in programs.iter().enumerate() {
        for name in names(program)? {
            let mut command = program.command(Duration::from_secs(600));
            command.args(["--exact", &name, "--test-threads", "1"]);
            command.env("GASKET_MUTANTS_REACHED", &file);
            let started = Instant::now();
            let status = command.status().map_err(|error| error.to_string())?;
            let took = started.elapsed();
            if !status.success() {
                return Err(format!("without any mutant: {name}: {status}"));
            }
            let ids = fs::read_to_string(&file).unwrap_or_default();
            // A test that reaches none may not even have made it.
            fs::remove_file(&file).unwrap_or_default();
            for id in ids.lines() {
                let id = id.parse().map_err(|_| format!("{name} reached {id}"))?;
                by_mutant.entry(id).or_default().push(tests.len());
            }
            tests.push(Test {
                program: number,
                name,
                took,
            });
        }
    }
    Ok(Reached { tests, by_mutant })
}

/// Those that are run unless one asks for the others.
fn names(program: &Program) -> Result<Vec<String>, String> {
    let ignored = asked(program, &["--ignored"])?;
    let mut names = asked(program, &[])?;
    names.retain(|name| !ignored.contains(name));
    Ok(names)
}

fn asked(program: &Program, which: &[&str]) -> Result<Vec<String>, String> {
    let mut list = Command::new(&program.path);
    list.args(["--list", "--format", "terse"]).args(which);
    let output = list.current_dir(&program.folder).output();
    let output = output.map_err(|error| format!("{}: {error}", program.path.display()))?;
    Ok(test::listed(&output.stdout))
}

/// How tests ended with a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Passed,
    Failed,
    /// It came to no end, or took too much memory to have one.
    Stopped,
}

impl Ended {
    fn of(status: ExitStatus) -> Self {
        match status.code() {
            Some(0) => Self::Passed,
            Some(TIMED_OUT | KILLED) | None => Self::Stopped,
            Some(_) => Self::Failed,
        }
    }
}

/// Runs tests of one program with a mutant switched on, until one fails.
pub(super) fn run(program: &Program, tests: &[&Test], mutant: Id) -> Result<Ended, String> {
    let usual: Duration = tests.iter().map(|test| test.took).sum();
    let mut command = program.command(Duration::from_secs(5) + 10 * usual);
    command.arg("--exact").args(["--test-threads", "1"]);
    command.args(tests.iter().map(|test| &test.name));
    command.env("GASKET_MUTANT", mutant.to_string());
    let status = command.status().map_err(|error| error.to_string())?;
    Ok(Ended::of(status))
}

/// Runs all tests of a program, with nothing to switch.
pub(super) fn run_all(program: &Program) -> Result<Ended, String> {
    let mut command = program.command(CORE_MOST);
    let status = command.status().map_err(|error| error.to_string())?;
    Ok(Ended::of(status))
}
