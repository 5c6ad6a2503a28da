//! `cargo xtask planted`: mistakes made on purpose, one at a time, each of which a test must notice.
//!
//! A mistake is a patch in `tests/planted/`. Lines before it say what it does and which test is to fail:
//!
//! ```text
//! Mistake: new settings are ignored by open flows
//! Test: sim phones::random
//! ```
//!
//! `sim` is a test target of `tests/`; `core` and `engine` are the unit tests of that room. The mistakes are made in a copy of
//! the sources, in `target/planted/`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

use crate::report::{Outcome, Report};
use crate::test::TIMED_OUT;
use crate::{cargo, root};

/// Where the patches are, from the root.
const PATCHES: &str = "tests/planted";

/// What a test that a mistake made hang is given, in seconds.
const MOST_S: u64 = 180;

/// Plants the mistakes whose file name contains one of `wanted`, or all; the exit code says whether all were noticed.
pub(crate) fn run(wanted: &[String]) -> ExitCode {
    let mut report = Report::default();
    report.step("planted mistakes", || check(wanted));
    if report.close() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The step of `cargo xtask test --full`.
pub(crate) fn check(wanted: &[String]) -> Outcome {
    match plant(wanted) {
        Ok(problems) => Outcome::from_problems(&problems),
        Err(why) => Outcome::Failed(why),
    }
}

/// A mistake, read from its file.
#[derive(Debug, PartialEq, Eq)]
struct Planted {
    patch: PathBuf,
    mistake: String,
    test: Test,
}

/// Which tests are to fail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Test {
    target: String,
    filter: String,
}

impl Test {
    /// `program` with what makes it this test's `cargo test`, but for the filter.
    fn command(&self, mut command: Command, tree: &Path) -> Command {
        command.args(["test", "--locked", "--quiet", "--package"]);
        match self.target.as_str() {
            "core" => command.args(["gasket-core", "--lib"]),
            "engine" => command.args(["gasket-engine", "--lib"]),
            target => command.args(["gasket-tests", "--test", target]),
        };
        command.current_dir(tree).stdin(Stdio::null());
        // Of this run's own, if any: it is not the copy's.
        command.env_remove("GASKET_BIN");
        command.env("CARGO_TARGET_DIR", root().join("target/planted/target"));
        command
    }

    /// Builds it, however long that takes, and runs it for at most [`MOST_S`].
    fn run(&self, tree: &Path) -> Result<Ran, String> {
        let ran = |command: &mut Command| command.output().map_err(|error| error.to_string());
        let built = ran(self.command(cargo(), tree).arg("--no-run"))?;
        if !built.status.success() {
            return Ok(Ran::of(&built));
        }
        let mut limited = Command::new("timeout");
        limited.args(["--kill-after", "10"]).arg(MOST_S.to_string());
        limited.arg(cargo().get_program());
        let output = ran(self.command(limited, tree).args(["--", &self.filter]))?;
        Ok(Ran::of(&output))
    }
}

/// How a run of tests ended.
#[derive(Debug, PartialEq, Eq)]
enum Ran {
    /// So many passed, none failed.
    Passed(usize),
    /// The first of what was said.
    Failed(String),
    Hung,
    /// No test ran.
    NotBuilt(String),
}

impl Ran {
    fn of(output: &Output) -> Self {
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(TIMED_OUT) {
            return Self::Hung;
        }
        let passed = said.lines().filter_map(|line| {
            let (_, rest) = line.split_once("test result: ok. ")?;
            rest.split_once(' ')?.0.parse::<usize>().ok()
        });
        let passed: usize = passed.sum();
        if output.status.success() {
            return Self::Passed(passed);
        }
        if !said.contains("test result: FAILED") {
            let error = said.lines().find(|line| line.starts_with("error"));
            return Self::NotBuilt(error.unwrap_or("nothing was said").to_owned());
        }
        let mut lines = said
            .lines()
            .skip_while(|line| !line.contains("panicked at"));
        let where_ = lines.next().unwrap_or_default();
        let why = lines.next().unwrap_or(where_);
        Self::Failed(why.chars().take(120).collect())
    }
}

/// Problems, one a mistake that was not noticed.
fn plant(wanted: &[String]) -> Result<Vec<String>, String> {
    let planted = read_all(&root().join(PATCHES))?;
    let chosen: Vec<&Planted> = planted
        .iter()
        .filter(|one| wanted.is_empty() || wanted.iter().any(|name| one.is_called(name)))
        .collect();
    if chosen.is_empty() {
        return Err(format!(
            "no patch in {PATCHES} is called {}",
            wanted.join(", ")
        ));
    }
    let tree = root().join("target/planted/tree");
    copy_sources(&tree)?;
    let tests: BTreeSet<&Test> = chosen.iter().map(|one| &one.test).collect();
    for test in tests {
        match test.run(&tree)? {
            Ran::Passed(count) if count > 0 => {}
            other => {
                let Test { target, filter } = test;
                return Err(format!("without any mistake: {target} {filter}: {other:?}"));
            }
        }
    }
    let mut problems = Vec::new();
    for one in &chosen {
        apply(&one.patch, &tree, false)?;
        let ran = one.test.run(&tree);
        apply(&one.patch, &tree, true)?;
        let (name, Test { target, filter }) = (one.name(), &one.test);
        match ran? {
            Ran::Failed(why) => println!("noticed   {name}: {target} {filter}: {why}"),
            Ran::Hung => println!("noticed   {name}: {target} {filter}: hung for {MOST_S} s"),
            Ran::Passed(_) => {
                println!("SURVIVED  {name}: {target} {filter}");
                problems.push(format!(
                    "{} was not noticed by {target} {filter}",
                    one.mistake
                ));
            }
            Ran::NotBuilt(why) => problems.push(format!("{name} does not build: {why}")),
        }
    }
    println!(
        "{} of {} noticed",
        chosen.len() - problems.len(),
        chosen.len()
    );
    Ok(problems)
}

impl Planted {
    fn name(&self) -> String {
        let name = self.patch.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn is_called(&self, part: &str) -> bool {
        self.name().contains(part)
    }

    fn read(patch: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(patch).map_err(|error| at(patch, &error))?;
        Self::parse(patch, &text).ok_or_else(|| {
            format!(
                "{}: its first lines must be `Mistake: WHAT` and `Test: TARGET FILTER`",
                patch.display()
            )
        })
    }

    fn parse(patch: &Path, text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mistake = lines.next()?.strip_prefix("Mistake: ")?;
        let (target, filter) = lines.next()?.strip_prefix("Test: ")?.split_once(' ')?;
        Some(Self {
            patch: patch.to_owned(),
            mistake: mistake.to_owned(),
            test: Test {
                target: target.to_owned(),
                filter: filter.to_owned(),
            },
        })
    }
}

fn read_all(folder: &Path) -> Result<Vec<Planted>, String> {
    let mut patches = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
        let path = entry.map_err(|error| at(folder, &error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "patch")
        {
            patches.push(path);
        }
    }
    patches.sort();
    patches.iter().map(|patch| Planted::read(patch)).collect()
}

/// Makes a mistake, or takes it back.
fn apply(patch: &Path, tree: &Path, back: bool) -> Result<(), String> {
    let mut command = Command::new("git");
    command.arg("apply").current_dir(tree);
    if back {
        command.arg("--reverse");
    }
    // Else git takes the paths to be those of the repository around the copy, and leaves them alone.
    command.env("GIT_CEILING_DIRECTORIES", tree.parent().unwrap_or(tree));
    let output = command.arg(patch).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{} does not fit the code any more; make the mistake anew: {}",
        patch.display(),
        why.trim()
    ))
}

/// Brings the copy up to date; what did not change keeps its time, so that little is built anew.
pub(crate) fn copy_sources(tree: &Path) -> Result<(), String> {
    copy_folder(root(), tree, &["target", ".git"]).map_err(|error| at(tree, &error))
}

fn copy_folder(from: &Path, to: &Path, leave_out: &[&str]) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if leave_out.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let (source, copy) = (entry.path(), to.join(&name));
        names.insert(name);
        if entry.file_type()?.is_dir() {
            copy_folder(&source, &copy, &[])?;
        } else if entry.file_type()?.is_file() {
            let bytes = fs::read(&source)?;
            if !fs::read(&copy).is_ok_and(|there| there == bytes) {
                fs::write(&copy, bytes)?;
            }
        }
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if names.contains(&entry.file_name()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn ran(code: i32, stdout: &str) -> Ran {
        Ran::of(&Output {
            status: ExitStatus::from_raw(code << 8),
            stdout: stdout.as_bytes().to_vec(),
            stderr: Vec::new(),
        })
    }

    #[test]
    fn a_failed_test_is_no_failed_build() {
        let failed = "thread 'a' panicked at x.rs:1:1:\nbytes left\n\ntest result: FAILED. 0 passed; 1 failed";
        assert_eq!(ran(101, failed), Ran::Failed("bytes left".to_owned()));
        let error = "error[E0425]: cannot find value\nerror: could not compile";
        let why = "error[E0425]: cannot find value".to_owned();
        assert_eq!(ran(101, error), Ran::NotBuilt(why));
        assert_eq!(
            ran(0, "test result: ok. 2 passed; 0 failed"),
            Ran::Passed(2)
        );
        assert_eq!(
            ran(0, "test result: ok. 0 passed; 0 failed"),
            Ran::Passed(0)
        );
        assert_eq!(ran(TIMED_OUT, ""), Ran::Hung);
    }

    #[test]
    fn the_first_lines_say_what_and_which() {
        let planted = Planted::parse(Path::new("p"), "Mistake: a b\nTest: sim c::d\n\ndiff");
        let planted = planted.expect("two lines");
        assert_eq!(planted.mistake, "a b");
        assert_eq!(
            (planted.test.target.as_str(), planted.test.filter.as_str()),
            ("sim", "c::d")
        );
        assert!(Planted::parse(Path::new("p"), "Test: sim c\nMistake: a").is_none());
    }

    #[test]
    fn every_committed_patch_can_be_read_and_fits() {
        let all = read_all(&root().join(PATCHES)).expect("patches");
        assert!(all.len() >= 25, "only {}", all.len());
        for one in &all {
            let fits = Command::new("git")
                .args(["apply", "--check"])
                .arg(&one.patch)
                .current_dir(root())
                .output()
                .expect("git starts");
            let why = String::from_utf8_lossy(&fits.stderr);
            assert!(fits.status.success(), "{}: {why}", one.patch.display());
        }
    }
}
