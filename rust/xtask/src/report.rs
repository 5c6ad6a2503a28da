//! Steps, their time, and the summary at the end.

use std::fmt;
use std::time::{Duration, Instant};

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what it should.
    Passed,
    /// It could not be done here; the text says what is missing.
    Skipped(String),
    /// It went wrong; the text says how.
    Failed(String),
}

impl Outcome {
    /// `Passed` where `problems` is empty, else `Failed` with all of them.
    pub(crate) fn from_problems(problems: &[String]) -> Self {
        if problems.is_empty() {
            Self::Passed
        } else {
            Self::Failed(problems.join("\n"))
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => write!(f, "ok"),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
            Self::Failed(how) => write!(f, "FAILED: {how}"),
        }
    }
}

/// All steps of one run, in order.
#[derive(Debug, Default)]
pub(crate) struct Report {
    steps: Vec<(&'static str, Duration, Outcome)>,
    skipped_tests: Vec<String>,
}

impl Report {
    /// Runs `step`, says so, and remembers how it ended.
    pub(crate) fn step(&mut self, name: &'static str, step: impl FnOnce() -> Outcome) {
        println!("==> {name}");
        let start = Instant::now();
        let outcome = step();
        let took = start.elapsed();
        println!("==> {name}: {outcome} ({:.1} s)\n", took.as_secs_f64());
        self.steps.push((name, took, outcome));
    }

    /// Remembers tests that could not run here, for the summary.
    pub(crate) fn skipped_tests(&mut self, tests: impl IntoIterator<Item = String>) {
        self.skipped_tests.extend(tests);
    }

    /// Prints the summary; whether nothing failed.
    pub(crate) fn close(self) -> bool {
        println!("Summary");
        for (name, took, outcome) in &self.steps {
            let mark = match outcome {
                Outcome::Passed => "ok",
                Outcome::Skipped(_) => "skipped",
                Outcome::Failed(_) => "FAILED",
            };
            println!("  {mark:<8}{:>7.1} s  {name}", took.as_secs_f64());
        }
        for (name, _, outcome) in &self.steps {
            if *outcome != Outcome::Passed {
                println!("  {name}: {outcome}");
            }
        }
        if !self.skipped_tests.is_empty() {
            println!("Skipped tests: {}", self.skipped_tests.len());
            for test in &self.skipped_tests {
                println!("  {test}");
            }
        }
        self.steps
            .iter()
            .all(|(_, _, outcome)| !matches!(outcome, Outcome::Failed(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_step_fails_the_run_and_the_next_still_runs() {
        let mut report = Report::default();
        let mut ran = false;
        report.step("first", || Outcome::from_problems(&["broken".to_owned()]));
        report.step("second", || {
            ran = true;
            Outcome::from_problems(&[])
        });
        assert!(ran);
        assert!(!report.close());
    }

    #[test]
    fn a_skipped_step_does_not_fail_the_run() {
        let mut report = Report::default();
        report.step("only", || Outcome::Skipped("no such tool".to_owned()));
        assert!(report.close());
    }
}
