//! `cargo xtask soak`: the optimised engine under mixed traffic and faults, for as long as one likes.

use std::process::ExitCode;

use crate::report::Outcome;
use crate::{optimised_test, packages, test};

/// How long it takes unless told otherwise, in minutes.
const MINUTES: u32 = 60;
/// How long it takes in `cargo xtask test --full`.
const MINUTES_IN_TEST: u32 = 5;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    minutes: u32,
    seed: Option<u64>,
}

/// `cargo xtask soak [--minutes N] [--seed N]`.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let outcome = match Plan::read(arguments) {
        Ok(plan) => soak(&plan),
        Err(problem) => Outcome::Failed(problem),
    };
    match outcome {
        Outcome::Passed => ExitCode::SUCCESS,
        Outcome::Failed(problem) | Outcome::Skipped(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The step of `cargo xtask test --full`.
pub(crate) fn check() -> Outcome {
    soak(&Plan {
        minutes: MINUTES_IN_TEST,
        seed: None,
    })
}

/// The test of the network level that is left out otherwise; all of it optimised, the engine as well.
fn soak(plan: &Plan) -> Outcome {
    if let Outcome::Failed(problem) = packages::ensure() {
        return Outcome::Failed(problem);
    }
    let mut command = optimised_test("netns");
    command.args(["soak::long", "--", "--exact", "--ignored", "--nocapture"]);
    command.env("SOAK_MINUTES", plan.minutes.to_string());
    command.envs(plan.seed.map(|seed| ("SOAK_SEED", seed.to_string())));
    test::step(&mut command)
}

impl Plan {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let mut plan = Self {
            minutes: MINUTES,
            seed: None,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut number = || {
                let said = words.next().and_then(|number| number.parse::<u64>().ok());
                said.ok_or_else(|| format!("{word} needs a number"))
            };
            match word.as_str() {
                "--minutes" => {
                    let minutes = u32::try_from(number()?).map_err(|error| error.to_string())?;
                    if minutes == 0 {
                        return Err("--minutes needs at least 1".to_owned());
                    }
                    plan.minutes = minutes;
                }
                "--seed" => plan.seed = Some(number()?),
                _ => return Err(format!("soak: cannot read `{word}`")),
            }
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Plan, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Plan::read(&words)
    }

    #[test]
    fn minutes_and_seed_are_read() {
        let plan = |minutes, seed| Ok(Plan { minutes, seed });
        assert_eq!(read(""), plan(60, None));
        assert_eq!(read("--minutes 5"), plan(5, None));
        assert_eq!(read("--seed 7 --minutes 90"), plan(90, Some(7)));
        for wrong in ["--minutes", "--minutes 0", "--minutes x", "5", "--seeds 1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
